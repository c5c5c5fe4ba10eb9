package onnxgraph_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph"
)

// Whatever the bytes, there is an error or a graph that compiles at the size it was followed at.
func FuzzImport(f *testing.F) {
	for _, name := range []string{"gates_9", "gates_13", "gates_20"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".onnx.gz"))
		if err != nil {
			f.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			f.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			f.Fatal(err)
		}
		f.Add(data, false)
		f.Add(data, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, gap bool) {
		m, err := onnx.Read("fuzz.onnx", data)
		if err != nil {
			return
		}
		r, err := onnxgraph.Import(m, onnxgraph.Options{GAP: gap, Size: 32})
		if err != nil {
			return
		}
		packed, err := graph.Pack(r.Graph, kernel.Portable)
		if err != nil {
			t.Fatalf("the graph cannot be laid out: %v", err)
		}
		if r.Size > 64 {
			return
		}
		if _, err := packed.Compile(tensor.Shape{H: r.Size, W: r.Size, C: 3}, graph.Options{}); err != nil {
			t.Fatalf("the graph does not compile: %v", err)
		}
	})
}
