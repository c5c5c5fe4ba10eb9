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
// as AVIF and HEIC. data are its bytes.
func byBrowser(file js.Value, data []byte, limits photo.Limits) (*photo.Photo, error) {
	// The browser takes up to sixteen bytes for a pixel, twice as many as ours: a file of 3 KB can
	// have it take gigabytes, which nothing stops once it has begun.
	most := limits.Pixels / 2
	if w, h := photo.Claimed(data); float64(w)*float64(h) > float64(most) {
		return nil, tooLarge(w, h, most)
	}
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
	if w > most/h {
		return nil, tooLarge(w, h, most)
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

func tooLarge(w, h, most int) error {
	return &photo.Error{Kind: photo.ErrTooLarge, Text: fmt.Sprintf("the picture has %d × %d pixels, more than the %d million that can be read of its kind; save a smaller copy of it", w, h, most/1_000_000)}
}
