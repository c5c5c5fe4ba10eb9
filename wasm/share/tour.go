//go:build js && wasm

package main

import (
	"errors"
	"syscall/js"

	"homeroom/core/fault"
	"homeroom/core/photo"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/blob"
	"homeroom/wasm/engine"
	"homeroom/wasm/protocol"
	"homeroom/wasm/tour"
)

// guided makes the view of how networks grew, which reads files and shows pictures in the browser.
func guided() *tour.Guide {
	t := tour.New()
	t.Read = decode
	t.Show = func(png []byte) outside.Object {
		array := js.Global().Get("Uint8Array").New(len(png))
		js.CopyBytesToJS(array, png)
		return protocol.Of(js.Global().Get("Blob").New([]any{array}, map[string]any{"type": "image/png"}))
	}
	return &tour.Guide{Tour: t}
}

// walk goes on in it.
func (s *sharer) walk(m protocol.Walk) (any, error) {
	if s.guide == nil {
		s.guide = guided()
	}
	out, err := s.guide.Walk(m, bytesOf)
	out.Done = done(m.Job)
	return out, err
}

// mostFileBytes is the largest file that is read into memory.
const mostFileBytes = 256 << 20

// decode reads a photo, by the browser's decoder where ours does not know the format or calls the
// file damaged.
func decode(file outside.Object, shorter int) (*photo.Photo, error) {
	if file == nil {
		return nil, errors.New("there is no file to read")
	}
	if n := file.Value.Get("size").Float(); n > mostFileBytes {
		return nil, fault.Errorf("the file has %.0f MB, more than the %d MB that can be read here; choose a smaller copy of it", n/1e6, mostFileBytes/1_000_000)
	}
	data, err := blob.Bytes(file.Value)
	if err != nil {
		return nil, err
	}
	p, err := photo.DecodeFor(data, photo.DefaultLimits, shorter)
	if errors.Is(err, photo.ErrUnsupported) || errors.Is(err, photo.ErrDamaged) {
		if q, other := engine.ByBrowser(file.Value, data, photo.DefaultLimits); other == nil {
			return q, nil
		}
	}
	return p, err
}
