//go:build js && wasm

package browser

import (
	"slices"
	"syscall/js"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/window"
)

// A camera is what the page has of the device's.
type camera struct {
	stream js.Value // MediaStream, undefined while the camera is off
	canvas js.Value
	opened int    // how often it was opened or closed
	device string // that was open last
}

func (p *page) openCamera(e outside.OpenCamera) {
	c := &p.camera
	c.close()
	this := c.opened
	devices := js.Global().Get("navigator").Get("mediaDevices")
	if !devices.Truthy() {
		p.send(outside.CameraOpened{Ticket: e.Ticket, None: true})
		return
	}
	open := func(which string, value any) (js.Value, error) {
		return promise.Await(devices.Call("getUserMedia", map[string]any{
			"audio": false, "video": map[string]any{"width": map[string]any{"ideal": e.Width}, "height": map[string]any{"ideal": e.Height}, which: value},
		}).Call("catch", js.Global().Get("Object"))) // so that the error comes with its name
	}
	stream, err := open("facingMode", map[bool]string{false: "environment", true: "user"}[e.Front])
	opened := outside.CameraOpened{Ticket: e.Ticket}
	device, facing := "", ""
	if err == nil && stream.Get("getTracks").Truthy() {
		device, facing = window.CameraOf(stream)
		all := window.Cameras(devices)
		opened.Cameras = len(all)
		// Where a camera does not say which way it looks, as one on a desk, the next one is meant.
		if i := slices.Index(all, device); e.Other && device == c.device && len(all) > 1 {
			stop(stream)
			stream, err = open("deviceId", map[string]any{"exact": all[(i+1)%len(all)]})
			if err == nil && stream.Get("getTracks").Truthy() {
				device, facing = window.CameraOf(stream)
			}
		}
	}
	switch {
	case err != nil:
		p.send(outside.CameraOpened{Ticket: e.Ticket, Error: err.Error()})
	case stream.Get("getTracks").IsUndefined():
		p.send(outside.CameraOpened{Ticket: e.Ticket, Name: stream.Get("name").String(), Error: promise.Reason(stream)})
	case this != c.opened: // closed meanwhile
		stop(stream)
	default:
		c.stream, c.device, opened.Away = stream, device, facing == "environment"
		p.send(opened)
		p.drawn()
		c.attach()
	}
}

func (c *camera) close() {
	c.opened++
	if c.stream.Truthy() {
		stop(c.stream)
	}
	c.stream = js.Undefined()
}

func stop(stream js.Value) {
	for _, track := range list(stream.Call("getTracks")) {
		track.Call("stop")
	}
}

// attach shows the stream in the videos that are drawn.
func (c *camera) attach() {
	if !c.stream.Truthy() {
		return
	}
	for _, video := range list(js.Global().Get("document").Call("querySelectorAll", "video")) {
		if !video.Get("srcObject").Equal(c.stream) {
			video.Set("muted", true)
			video.Set("srcObject", c.stream)
			video.Call("play").Call("catch", js.Global().Get("Boolean"))
		}
	}
}

// takeStill takes a picture as a JPEG.
func (p *page) takeStill(e outside.TakeStill) {
	w, _ := p.camera.paint(e.Element, e.Side, e.Mirror)
	if w == 0 {
		p.send(outside.Still{Ticket: e.Ticket})
		return
	}
	done := make(chan js.Value, 1)
	got := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- args[0]
		return nil
	})
	defer got.Release()
	p.camera.canvas.Call("toBlob", got, "image/jpeg", e.Quality)
	blob := <-done
	if !blob.Truthy() {
		p.send(outside.Still{Ticket: e.Ticket})
		return
	}
	file := js.Global().Get("File").New([]any{blob}, e.Name, map[string]any{"type": "image/jpeg"})
	p.send(outside.Still{Ticket: e.Ticket, File: outside.File{Object: protocol.Of(file), Name: e.Name, Bytes: int64(file.Get("size").Float())}})
}

// takeFrame takes the pixels of what the camera sees.
func (p *page) takeFrame(e outside.TakeFrame) {
	w, h := p.camera.paint(e.Element, e.Side, e.Mirror)
	if w == 0 {
		p.send(outside.Frame{Ticket: e.Ticket})
		return
	}
	pixels := p.camera.canvas.Call("getContext", "2d").Call("getImageData", 0, 0, w, h).Get("data")
	p.send(outside.Frame{Ticket: e.Ticket, Pixels: protocol.Of(pixels), Width: w, Height: h})
}

// paint puts what the camera sees on the canvas, its shorter side at most so long, and returns its
// size; 0 where there is nothing to see yet.
func (c *camera) paint(element string, side int, mirror bool) (w, h int) {
	video := js.Global().Get("document").Call("getElementById", element)
	if !video.Truthy() {
		return 0, 0
	}
	if w, h = video.Get("videoWidth").Int(), video.Get("videoHeight").Int(); w == 0 || h == 0 {
		return 0, 0
	}
	if c.canvas.IsUndefined() {
		c.canvas = js.Global().Get("document").Call("createElement", "canvas")
	}
	if s := min(w, h); s > side {
		w, h = w*side/s, h*side/s
	}
	if c.canvas.Get("width").Int() != w || c.canvas.Get("height").Int() != h {
		c.canvas.Set("width", w)
		c.canvas.Set("height", h)
	}
	context := c.canvas.Call("getContext", "2d", map[string]any{"willReadFrequently": true})
	context.Call("setTransform", 1, 0, 0, 1, 0, 0)
	if mirror {
		context.Call("setTransform", -1, 0, 0, 1, w, 0)
	}
	context.Call("drawImage", video, 0, 0, w, h)
	return w, h
}
