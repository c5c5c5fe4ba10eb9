package onnxgraph_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph"
)

// unzipped returns a model of testdata/layers.
func unzipped(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "layers", name+".onnx.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return data
}

// Every kind of layer that exporters write answers as in ONNX Runtime, within 1e-4, and so do the
// models in testdata/cases, which are as people sent them: weights in a file beside the model,
// joined feature maps, a head with both poolings, an average pool that is partial at the end, an
// input of bytes.
func TestLayersAnswerAsInONNXRuntime(t *testing.T) {
	var want map[string][]float64
	readJSON(t, "layers.json", &want)
	for name, logits := range want {
		t.Run(name, func(t *testing.T) {
			var m *onnx.Model
			var err error
			if strings.HasPrefix(name, "cases/") {
				m, err = onnx.Open(filepath.Join("testdata", name+".onnx"))
			} else {
				m, err = onnx.Read(name, unzipped(t, name))
			}
			if err != nil {
				t.Fatal(err)
			}
			r, err := onnxgraph.Import(m, onnxgraph.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Bytes != strings.Contains(name, "uint8") {
				t.Errorf("the input is taken for bytes: %v", r.Bytes)
			}
			for _, level := range []kernel.Level{kernel.Portable, kernel.Best()} {
				got := answers(t, r, level)
				if len(got) != len(logits) {
					t.Fatalf("%d logits, want %d", len(got), len(logits))
				}
				largest := 1.0
				for _, w := range logits {
					largest = max(largest, math.Abs(w))
				}
				for i, w := range logits {
					if d := math.Abs(float64(got[i]) - w); !(d <= 1e-4*largest) {
						t.Fatalf("%v: logit %d is %v, want %v", level, i, got[i], w)
					}
				}
			}
		})
	}
}

func answers(t *testing.T, r *onnxgraph.Result, level kernel.Level) []float32 {
	t.Helper()
	packed, err := graph.Pack(r.Graph, level)
	if err != nil {
		t.Fatal(err)
	}
	p, err := packed.Compile(tensor.Shape{H: r.Size, W: r.Size, C: 3}, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	planes := uniform("input", 3*r.Size*r.Size)
	for i := range p.Input().Data {
		v := planes[i%3*r.Size*r.Size+i/3]
		if p.Input().Data[i] = v*4 - 2; r.Bytes {
			p.Input().Data[i] = float32(math.Floor(float64(v) * 256))
		}
	}
	p.Run()
	return p.Output().Data
}

// What works by places takes photos of one size only, and says so; the rest takes any.
func TestSizes(t *testing.T) {
	for name, fixed := range map[string]int{"windows_17": 32, "across_20": 32, "dense_20": 0, "shuffle_17": 0, "norms_23": 0, "resized_17": 0, "padded_20": 0, "pooled_17": 0} {
		m, err := onnx.Read(name, unzipped(t, name))
		if err != nil {
			t.Fatal(err)
		}
		r, err := onnxgraph.Import(m, onnxgraph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Graph.FixedSize != fixed {
			t.Errorf("%s: the fixed size is %d, want %d", name, r.Graph.FixedSize, fixed)
		}
		if _, err := r.Graph.Shapes(tensor.Shape{H: 96, W: 96, C: 3}); (err == nil) != (fixed == 0) {
			t.Errorf("%s at 96: %v", name, err)
		}
	}
}

// Newer operator sets that change nothing of a model's operators are read alike.
func TestOperatorSetsTo25(t *testing.T) {
	for opset := int64(17); opset <= 25; opset++ {
		m, err := onnx.Read("dense", unzipped(t, "dense_17"))
		if err != nil {
			t.Fatal(err)
		}
		m.Opsets[""] = opset
		if _, err := onnxgraph.Import(m, onnxgraph.Options{}); err != nil {
			t.Errorf("operator set %d: %v", opset, err)
		}
	}
}

// A sigmoid over one output is what two exclusive names come to; over several it is refused, since
// a softmax would answer wrongly without a word.
func TestEndsInSigmoid(t *testing.T) {
	end := func(m *onnx.Model) {
		out := m.Graph.Outputs[0].Name
		m.Graph.Nodes = append(m.Graph.Nodes, &onnx.Node{Op: "Sigmoid", Name: "end", Inputs: []string{out}, Outputs: []string{"scores"}})
		m.Graph.Outputs[0].Name = "scores"
	}
	read := func() *onnx.Model {
		m, err := onnx.Read("dense", unzipped(t, "dense_17"))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := read()
	logits := m.Graph.Outputs[0].Name
	end(m)
	if _, err := onnxgraph.Import(m, onnxgraph.Options{}); err == nil || !strings.Contains(err.Error(), "sigmoid of 7 outputs") || !strings.Contains(err.Error(), strconv.Quote(logits)+" named as the output") {
		t.Errorf("seven outputs: %v", err)
	}
	if r, err := onnxgraph.Import(m, onnxgraph.Options{Output: logits}); err != nil || r.Classes != 7 {
		t.Errorf("asked for by name: %v", err)
	}
	m = read()
	for _, n := range m.Graph.Nodes {
		if n.Op == "Gemm" {
			w, b := m.Graph.Initialiser(n.Inputs[1]), m.Graph.Initialiser(n.Inputs[2])
			w.Dims[0], b.Dims[0] = 1, 1
			w.Data, b.Data = w.Data[:4*w.Len()], b.Data[:4]
		}
	}
	plain, err := onnxgraph.Import(m, onnxgraph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	end(m)
	r, err := onnxgraph.Import(m, onnxgraph.Options{})
	if err != nil || r.Classes != 1 || answers(t, r, kernel.Portable)[0] != answers(t, plain, kernel.Portable)[0] {
		t.Errorf("one output: %+v, %v; the logit is wanted", r, err)
	}
}
