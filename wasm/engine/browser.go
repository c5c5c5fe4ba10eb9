//go:build js && wasm

package engine

import (
	"errors"
	"fmt"
	"syscall/js"

	"homeroom/core/photo"
	"homeroom/wasm/promise"
)

// byBrowser decodes a file with the browser's own decoder, upright and over white, for formats such
// as AVIF and HEIC.
func byBrowser(file js.Value, limits photo.Limits) (*photo.Photo, error) {
	canvasType := js.Global().Get("OffscreenCanvas")
	if js.Global().Get("createImageBitmap").IsUndefined() || canvasType.IsUndefined() {
		return nil, errors.New("this browser gives its decoder to no worker")
	}
	bitmap, err := promise.Await(js.Global().Call("createImageBitmap", file, map[string]any{
		"imageOrientation": "from-image", "premultiplyAlpha": "none", "colorSpaceConversion": "default",
	}))
	if err != nil {
		return nil, err
	}
	defer bitmap.Call("close")
	w, h := bitmap.Get("width").Int(), bitmap.Get("height").Int()
	if w < 1 || h < 1 {
		return nil, errors.New("the picture has no pixels")
	}
	if limits.Pixels > 0 && w*h > limits.Pixels {
		return nil, &photo.Error{Kind: photo.ErrTooLarge, Text: fmt.Sprintf("the picture has %d × %d pixels, more than can be named here; save a smaller copy of it", w, h)}
	}
	canvas := canvasType.New(w, h)
	context := canvas.Call("getContext", "2d", map[string]any{"willReadFrequently": true, "alpha": false})
	if context.IsNull() {
		return nil, errors.New("there is no memory for the picture")
	}
	context.Set("fillStyle", "#fff")
	context.Call("fillRect", 0, 0, w, h)
	context.Call("drawImage", bitmap, 0, 0)

	// In bands of rows: the pixels of a whole photo would be held twice, at four bytes each.
	p := &photo.Photo{Width: w, Height: h, Pix: make([]byte, 3*w*h), Format: "browser"}
	rows := max(1, 1<<20/w)
	band := make([]byte, 4*w*min(rows, h))
	for y := 0; y < h; y += rows {
		n := min(rows, h-y)
		js.CopyBytesToGo(band, context.Call("getImageData", 0, y, w, n).Get("data"))
		to := p.Pix[3*w*y:]
		for i := range n * w {
			to[3*i], to[3*i+1], to[3*i+2] = band[4*i], band[4*i+1], band[4*i+2]
		}
	}
	return p, nil
}
