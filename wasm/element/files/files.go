// Package files puts together what a page needs to name photos without Homeroom's own page: the
// element's scripts and the engine.
package files

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
)

// Scripts are those of the folder element that go along as they are.
var Scripts = []string{"homeroom.js", "element.js", "standalone.css"}

// Of returns the files by their names: the scripts, worker.js with Go's own script in it, and
// engine.bin, the program, gzipped. root is that of the Go toolchain that built the program.
func Of(folder, root string, program []byte) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, name := range Scripts {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		out[name] = data
	}
	starts, err := os.ReadFile(filepath.Join(root, "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return nil, err
	}
	own, err := os.ReadFile(filepath.Join(folder, "worker.js"))
	if err != nil {
		return nil, err
	}
	out["worker.js"] = bytes.Join([][]byte{starts, own}, []byte("\n"))
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(program); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	out["engine.bin"] = packed.Bytes()
	return out, nil
}
