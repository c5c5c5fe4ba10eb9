//go:build js && wasm

package blob

import "syscall/js"

// mostScratch is above what length a Scratch keeps no array.
const mostScratch = 16 << 20

// Scratch hands bytes of this program to functions of the browser that copy them, by one array
// again and again: the browser would keep an array of its own for each until its collector runs.
// The zero value is ready.
type Scratch struct{ array js.Value }

// Of returns a Uint8Array of the bytes, which holds until Of is called again.
func (s *Scratch) Of(data []byte) js.Value {
	array := s.array
	if array.IsUndefined() || array.Length() < len(data) {
		array = js.Global().Get("Uint8Array").New(len(data))
		if len(data) <= mostScratch {
			s.array = array
		}
	}
	js.CopyBytesToJS(array, data)
	return array.Call("subarray", 0, len(data))
}
