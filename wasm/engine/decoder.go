//go:build js && wasm

package engine

import (
	"syscall/js"

	"homeroom/core/photo"
)

// ByBrowser decodes a file with the browser's own decoder, upright and over white. data are its
// bytes.
func ByBrowser(file js.Value, data []byte, limits photo.Limits) (*photo.Photo, error) {
	return byBrowser(file, data, limits)
}
