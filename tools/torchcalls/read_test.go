package torchcalls_test

import (
	"bytes"
	"strings"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/export"
	"homeroom/core/feature"
	"homeroom/core/graph"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/photo"
	"homeroom/core/safetensors"
	"homeroom/core/training"
	"homeroom/tools/checkpoint/checkpointtest"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph"
	"homeroom/tools/torchcalls"
)

func numbers(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i%7-3) / 8
	}
	return v
}

// written is a file of a small network with a head.
func written(t testing.TB) []byte {
	m := &model.Model{
		Name: "small",
		Graph: &graph.Graph{
			Nodes: []graph.Node{
				{Name: "stem", Op: graph.Conv, In: []string{graph.Input}, Weight: "w", Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}},
				{Name: "relu", Op: graph.ReLU6, In: []string{"stem"}},
				{Name: "gap", Op: graph.GAP, In: []string{"relu"}},
			},
			Output: "gap", Feature: "gap", Params: map[string]*pack.Tensor{"w": pack.Encode("w", []int{4, 3, 3, 3}, numbers(108), pack.F32)},
		},
		Preprocess: photo.Preprocess{Size: 32, CropFraction: 0.875, Interpolation: "bilinear", Mean: [3]float64{127, 127, 127}, Std: [3]float64{128, 128, 128}},
	}
	space := feature.Space{Network: "small", Size: 32}
	h := &head.Head{
		Kind: training.KNN, Classes: []string{"cat", "dog"}, Input: bank.Input{{space}}, Spaces: []bank.Space{{Name: space, Dim: 4}},
		Scale:       head.Scale{Root: true, Parts: []int{4}, Mean: numbers(4), Factor: numbers(4)},
		Memory:      &head.Memory{K: 2, Dim: 4, Rows: numbers(12), Class: []int{0, 1, 1}},
		Temperature: 1.5,
	}
	c, err := export.Taught("pets", h, map[string]*model.Model{"small": m})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Torch(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRead(t *testing.T) {
	m, err := torchcalls.Read(written(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := onnxgraph.NewRunner(m)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := r.Run(map[string][]float32{"image": make([]float32, 32*32*3)})
	if p := got[export.Probabilities]; err != nil || len(p) != 2 || p[0]+p[1] < 0.999 || p[0]+p[1] > 1.001 {
		t.Errorf("%v, %v", got, err)
	}
}

// A call that is not known is named.
func TestRefusedByName(t *testing.T) {
	f, err := safetensors.Read(written(t))
	if err != nil {
		t.Fatal(err)
	}
	f.Meta["steps"] = strings.Replace(f.Meta["steps"], `"conv2d"`, `"system"`, 1)
	var out bytes.Buffer
	if _, err := f.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if _, err := torchcalls.Read(out.Bytes()); err == nil || !strings.Contains(err.Error(), "(system): this call is not known here") {
		t.Errorf("%v", err)
	}
}

// Whatever the bytes, there is an error or a model, in bounded time and memory.
func FuzzRead(f *testing.F) {
	f.Add(written(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m *onnx.Model
		var err error
		checkpointtest.Bounded(t, len(data), func() { m, err = torchcalls.Read(data) })
		if err == nil {
			onnxgraph.Import(m, onnxgraph.Options{Size: 32})
		}
	})
}
