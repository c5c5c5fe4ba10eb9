//go:build js && wasm

package browser

import (
	"archive/zip"
	"io"
	"syscall/js"

	"homeroom/core/fault"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/blob"
	"homeroom/wasm/protocol"
	"homeroom/wasm/window"
)

// unpack makes files of what is in a zip of photos.
func unpack(f outside.File) ([]outside.File, error) {
	r := blob.NewReader(f.Object.Value)
	defer r.Close()
	packed, err := outside.Unpack(f, r, r.Size())
	if err != nil {
		return nil, err
	}
	out := make([]outside.File, len(packed))
	var pause window.Breath
	for i, p := range packed {
		out[i] = p.File
		if p.Entry == nil {
			continue
		}
		object, err := unpacked(f.Object.Value, p.Entry, p.Name)
		if err != nil {
			return nil, fault.Errorf("%s in it: %w", p.Entry.Name, err)
		}
		out[i].Object = protocol.Of(object)
		pause.Take()
	}
	return out, nil
}

// unpacked is a file of a zip as one of the browser's. What is stored as it is stays where it lies.
func unpacked(whole js.Value, e *zip.File, name string) (js.Value, error) {
	var part js.Value
	if e.Method == zip.Store {
		at, err := e.DataOffset()
		if err != nil {
			return js.Value{}, err
		}
		part = whole.Call("slice", float64(at), float64(at)+float64(e.CompressedSize64))
	} else {
		r, err := e.Open()
		if err != nil {
			return js.Value{}, err
		}
		defer r.Close()
		data, err := io.ReadAll(r) // no more than was said, or there is an error
		if err != nil {
			return js.Value{}, err
		}
		part = js.Global().Get("Uint8Array").New(len(data))
		js.CopyBytesToJS(part, data)
	}
	return js.Global().Get("File").New([]any{part}, name), nil
}
