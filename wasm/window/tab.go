//go:build js && wasm

package window

import (
	"syscall/js"

	"homeroom/wasm/promise"
)

// FillScreen has an element fill the screen, or none.
func FillScreen(selector string) {
	document := js.Global().Get("document")
	caught := js.Global().Get("Boolean") // it may not be let: then it fills the window alone
	if selector == "" {
		if document.Get("fullscreenElement").Truthy() {
			document.Call("exitFullscreen").Call("catch", caught)
		}
		return
	}
	if on := document.Call("querySelector", selector); on.Truthy() && on.Get("requestFullscreen").Truthy() {
		on.Call("requestFullscreen").Call("catch", caught)
	}
}

// CameraOf says which camera a stream is of, and which way that looks, "" where it does not say.
func CameraOf(stream js.Value) (device, facing string) {
	track := stream.Call("getVideoTracks").Index(0)
	if track.IsUndefined() || !track.Get("getSettings").Truthy() {
		return "", ""
	}
	text := func(v js.Value) string {
		if v.Type() != js.TypeString {
			return ""
		}
		return v.String()
	}
	set := track.Call("getSettings")
	return text(set.Get("deviceId")), text(set.Get("facingMode"))
}

// Cameras lists those of the device.
func Cameras(devices js.Value) (out []string) {
	all, err := promise.AwaitCall(devices, "enumerateDevices")
	if err != nil {
		return nil
	}
	for i := range all.Length() {
		d := all.Index(i)
		if d.Get("kind").String() == "videoinput" {
			out = append(out, d.Get("deviceId").String())
		}
	}
	return out
}
