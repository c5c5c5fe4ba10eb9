//go:build js && wasm

package browser

import (
	"archive/zip"
	"fmt"
	"io"
	"path"
	"strings"
	"syscall/js"

	"homeroom/core/intake"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/blob"
	"homeroom/wasm/protocol"
)

// Limits of a zip of photos that is given to the page.
const (
	maxArchived = 20_000  // files
	maxExpanded = 2 << 30 // bytes
)

// unpack lists the files in a zip of photos, in its place: as those of a folder of its name.
func unpack(f outside.File) ([]outside.File, error) {
	r := blob.NewReader(f.Object.Value)
	defer r.Close()
	z, err := zip.NewReader(r, r.Size())
	if err != nil {
		return nil, fmt.Errorf("it is no zip, as projects of Teachable Machine (.tm) are, or it is cut short: %w", err)
	}
	if len(z.File) > maxArchived {
		return nil, fmt.Errorf("it holds %d files; at most %d are expected", len(z.File), maxArchived)
	}
	folder := strings.TrimSuffix(f.Name, path.Ext(f.Name))
	left := uint64(maxExpanded)
	var out []outside.File
	var pause breath
	for _, e := range z.File {
		name, marked := intake.ArchivedPath(e.Name)
		if e.FileInfo().IsDir() || name == intake.ArchiveManifest {
			continue
		}
		one := outside.File{Name: path.Base(name), Path: folder + "/" + name, Bytes: int64(e.UncompressedSize64), Changed: f.Changed}
		if !marked && intake.PassedOverPath(name) {
			out = append(out, one) // handed on without what is in it, to be counted
			continue
		}
		if e.UncompressedSize64 > left {
			return nil, fmt.Errorf("it unpacks to more than %d GB", maxExpanded>>30)
		}
		left -= e.UncompressedSize64
		object, err := unpacked(f.Object.Value, e, one.Name)
		if err != nil {
			return nil, fmt.Errorf("%s in it: %w", e.Name, err)
		}
		one.Object = protocol.Of(object)
		out = append(out, one)
		pause.take()
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
