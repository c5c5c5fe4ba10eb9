//go:build js && wasm

// Package blob reads Blobs and files of the browser.
package blob

import (
	"errors"
	"io"
	"slices"
	"syscall/js"

	"homeroom/core/fault"
	"homeroom/wasm/promise"
)

// Reader reads a Blob as an [io.ReaderAt], a piece at a time, and quickly where one place follows
// another. One goroutine may use it.
//
// It reads a stream into one buffer again and again where the browser can do that: what
// Blob.arrayBuffer reads, Chromium keeps for as long as its collector does not run, so that a large
// file comes to be in memory as a whole.
type Reader struct {
	blob   js.Value
	size   int64
	stream js.Value // ReadableStreamBYOBReader; undefined for none
	next   int64    // that the stream gives
	array  js.Value // Uint8Array that it reads into
	from   int64
	window []byte // what was read last
}

const windowBytes = 1 << 20

// spare is an array that no reader has now, undefined for none.
var spare js.Value

// NewReader returns a reader of blob.
func NewReader(blob js.Value) *Reader {
	return &Reader{blob: blob, size: int64(blob.Get("size").Float())}
}

// Size is the length of the Blob in bytes.
func (r *Reader) Size() int64 { return r.size }

// Close ends what is being read.
func (r *Reader) Close() {
	if !r.stream.IsUndefined() {
		r.stream.Call("cancel")
		r.stream, spare = js.Undefined(), r.array
	}
}

// ReadAt implements [io.ReaderAt].
func (r *Reader) ReadAt(b []byte, at int64) (int, error) {
	if at < 0 {
		return 0, errors.New("blob: a place before the beginning")
	}
	n := 0
	for n < len(b) {
		if at >= r.size {
			return n, io.EOF
		}
		if at < r.from || at >= r.from+int64(len(r.window)) {
			if err := r.fill(at); err != nil {
				return n, fault.Errorf("the file could not be read (%w); it may have been moved, renamed or deleted", err)
			}
		}
		k := copy(b[n:], r.window[at-r.from:])
		n, at = n+k, at+int64(k)
	}
	return n, nil
}

// fill reads what follows from at.
func (r *Reader) fill(at int64) error {
	if r.stream.IsUndefined() || at != r.next {
		r.Close()
		r.open(at)
	}
	r.from, r.window = at, r.window[:0]
	var got js.Value
	if r.stream.IsUndefined() {
		buffer, err := promise.Await(r.blob.Call("slice", at, min(at+windowBytes, r.size)).Call("arrayBuffer"))
		if err != nil {
			return err
		}
		got = js.Global().Get("Uint8Array").New(buffer)
	} else {
		result, err := promise.Await(r.stream.Call("read", r.array))
		if err != nil {
			r.stream = js.Undefined()
			return err
		}
		got = result.Get("value")
		if result.Get("done").Bool() || got.IsUndefined() {
			r.stream = js.Undefined()
			return io.ErrUnexpectedEOF
		}
		// The buffer went into the stream and came out of it.
		r.array = js.Global().Get("Uint8Array").New(got.Get("buffer"))
	}
	r.window = slices.Grow(r.window, got.Length())[:got.Length()]
	if js.CopyBytesToGo(r.window, got) == 0 {
		return io.ErrUnexpectedEOF
	}
	r.next = at + int64(len(r.window))
	return nil
}

// open opens a stream from at, where the browser has streams that read into a buffer.
func (r *Reader) open(at int64) {
	defer func() {
		if e := recover(); e != nil {
			if _, thrown := e.(js.Error); !thrown { // as it is where streams are of another kind
				panic(e)
			}
		}
	}()
	stream := r.blob.Call("slice", at).Call("stream").Call("getReader", map[string]any{"mode": "byob"})
	if r.array, spare = spare, js.Undefined(); r.array.IsUndefined() {
		r.array = js.Global().Get("Uint8Array").New(windowBytes)
	}
	r.stream, r.next = stream, at
}

// Bytes reads all of a Blob.
func Bytes(blob js.Value) ([]byte, error) {
	r := NewReader(blob)
	defer r.Close()
	data := make([]byte, r.size)
	if _, err := r.ReadAt(data, 0); err != nil {
		return nil, err
	}
	return data, nil
}
