//go:build js && wasm

package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"syscall/js"

	"homeroom/wasm/blob"
	"homeroom/wasm/promise"
)

// scratch is what Bytes goes through.
var scratch blob.Scratch

// Bytes is SHA256 of bytes of this program.
func Bytes(data []byte) string { return SHA256(scratch.Of(data)) }

// SHA256 returns the SHA-256 of an ArrayBuffer or a Uint8Array in hexadecimal: the browser's own,
// or, in a page without a secure connection, which has none, this program's. It waits, so it must
// not be called from a callback of JavaScript.
func SHA256(data js.Value) string {
	array := js.Global().Get("Uint8Array")
	sum := make([]byte, sha256.Size)
	if subtle := js.Global().Get("crypto").Get("subtle"); subtle.Truthy() {
		if digest, err := promise.Await(subtle.Call("digest", "SHA-256", data)); err == nil {
			js.CopyBytesToGo(sum, array.New(digest))
			return hex.EncodeToString(sum)
		}
	}
	if !data.InstanceOf(array) {
		data = array.New(data)
	}
	h := sha256.New()
	chunk := make([]byte, 256<<10)
	for at, n := 0, data.Length(); at < n; at += len(chunk) {
		h.Write(chunk[:js.CopyBytesToGo(chunk, data.Call("subarray", at))])
	}
	return hex.EncodeToString(h.Sum(sum[:0]))
}
