package onnxgraph_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	for _, name := range []string{"windows_20", "norms_17", "pooled_17", "quantised_17"} {
		f.Add(unzipped(f, name), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, gap bool) {
		m, err := onnx.Read("fuzz.onnx", data)
		if err != nil {
			return
		}
		all(t, m, gap)
	})
}

// all takes a model the whole way to a program that runs.
func all(t *testing.T, m *onnx.Model, gap bool) {
	r, err := onnxgraph.Import(m, onnxgraph.Options{GAP: gap, Size: 32})
	if err != nil {
		return
	}
	in := tensor.Shape{H: r.Size, W: r.Size, C: 3}
	shapes, err := r.Graph.Shapes(in)
	if err != nil {
		t.Fatalf("the graph is wrong: %v", err)
	}
	work := 0
	for _, s := range shapes {
		work += s.Len()
	}
	costs, err := r.Graph.Costs(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range costs {
		work += int(c.MACs / 16)
	}
	if work > 1<<21 {
		return // what is large is refused by the budget of memory, elsewhere
	}
	packed, err := graph.Pack(r.Graph, kernel.Best())
	if err != nil {
		t.Fatalf("the graph cannot be laid out: %v", err)
	}
	p, err := packed.Compile(in, graph.Options{})
	if err != nil {
		t.Fatalf("the graph does not compile: %v", err)
	}
	p.Run()
}

// Small changes to models that are right get deeper than changes to bytes: each takes four bytes of
// edits.
func FuzzImportEdited(f *testing.F) {
	names := []string{"dense_17", "shuffle_17", "shuffle_20", "activations_17", "norms_17", "norms_20", "gates_17", "gates_20", "pools_20", "resized_17", "padded_17",
		"windows_17", "windows_20", "across_17", "across_20", "fused_17", "pooled_17", "quantised_17"}
	var seeds [][]byte
	for i, name := range names {
		seeds = append(seeds, unzipped(f, name))
		for kind := range byte(8) {
			f.Add(uint8(i), []byte{kind, byte(i), 1, 2, kind + 1, 9, 0, 7})
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, edits []byte) {
		m, err := onnx.Read("fuzz.onnx", slices.Clone(seeds[int(which)%len(seeds)]))
		if err != nil {
			t.Fatal(err)
		}
		for ; len(edits) >= 4; edits = edits[4:] {
			edit(m.Graph, edits[0], int(edits[1]), int(edits[2]), int(int8(edits[3])))
		}
		all(t, m, which > 127)
	})
}

// edit changes one thing of a graph.
func edit(g *onnx.Graph, kind byte, a, b, v int) {
	n := g.Nodes[a%len(g.Nodes)]
	x := g.Initialisers[a%len(g.Initialisers)]
	var keys []string
	for key := range n.Attributes {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	switch kind % 8 {
	case 0: // reads something else
		if len(n.Inputs) > 0 {
			other := g.Nodes[b%len(g.Nodes)]
			n.Inputs[max(v, -v)%len(n.Inputs)] = other.Outputs[0]
		}
	case 1: // is something else
		n.Op = g.Nodes[b%len(g.Nodes)].Op
	case 2: // has another number
		if len(keys) > 0 {
			at := n.Attributes[keys[b%len(keys)]]
			at.I, at.F = int64(v), float32(v)
			for i := range at.Ints {
				if i == b%max(len(at.Ints), 1) {
					at.Ints[i] = int64(v)
				}
			}
		}
	case 3: // lacks a number
		if len(keys) > 0 {
			delete(n.Attributes, keys[b%len(keys)])
		}
	case 4: // has axes in another order
		if k := len(x.Dims); k > 1 {
			x.Dims[b%k], x.Dims[max(v, -v)%k] = x.Dims[max(v, -v)%k], x.Dims[b%k]
		}
	case 5: // has another shape or other axes
		for k := 0; k < len(g.Initialisers); k++ {
			if x = g.Initialisers[(a+k)%len(g.Initialisers)]; x.Type.String() == "INT64" && len(x.Data) >= 8 {
				binary.LittleEndian.PutUint64(x.Data[b%(len(x.Data)/8)*8:], uint64(int64(v)))
				break
			}
		}
	case 6: // reads nothing there
		if len(n.Inputs) > 0 {
			n.Inputs[b%len(n.Inputs)] = ""
		}
	case 7: // reads a constant there
		if len(n.Inputs) > 0 {
			n.Inputs[b%len(n.Inputs)] = g.Initialisers[max(v, -v)%len(g.Initialisers)].Name
		}
	}
}
