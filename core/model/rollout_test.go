package model

import (
	"math"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/pack"
	"homeroom/core/photo"
)

// evenly is a transformer of one block, on patches of 16 pixels behind a class token, whose queries
// and keys are zero, so that every token attends to all alike. It has seen a photo at 48 × 48.
func evenly(t *testing.T) *Classifier {
	t.Helper()
	params := map[string]*pack.Tensor{}
	put := func(name string, value float32, dims ...int) string {
		n := 1
		for _, d := range dims {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = value
		}
		params[name] = pack.Keep(name, dims, values)
		return name
	}
	g := &graph.Graph{Params: params, Output: "logits", Feature: "token", Nodes: []graph.Node{
		{Name: "patches", Op: graph.Conv, In: []string{graph.Input}, Weight: put("w", 0.01, 4, 16, 16, 3), Kernel: [2]int{16, 16}, Stride: [2]int{16, 16}},
		{Name: "tokens", Op: graph.Tokens, In: []string{"patches"}, Token: put("class", 1, 4)},
		{Name: "qkv", Op: graph.Dense, In: []string{"tokens"}, Weight: put("qkv.w", 0, 12, 4)},
		{Name: "attention", Op: graph.Attention, In: []string{"qkv"}, Heads: 2},
		{Name: "token", Op: graph.Token, In: []string{"attention"}},
		{Name: "logits", Op: graph.Dense, In: []string{"token"}, Weight: put("head", 1, 2, 4)},
	}}
	m := &Model{
		Name: "small", Labels: []string{"a", "b"}, Graph: g,
		Preprocess: photo.Preprocess{Size: 32, CropFraction: 1, Interpolation: photo.Bilinear, Std: [3]float64{1, 1, 1}},
	}
	opt := m.Inside()
	opt.Size = 48
	c, err := NewClassifier(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.Run(&photo.Photo{Width: 2, Height: 2, Pix: make([]byte, 12)})
	return c
}

// TestRollout: each patch gets the same.
func TestRollout(t *testing.T) {
	r, err := evenly(t).Rollout()
	if err != nil {
		t.Fatal(err)
	}
	if r.H != 3 || r.W != 3 {
		t.Fatalf("the map is %d × %d, want 3 × 3", r.H, r.W)
	}
	for i := range 9 {
		if math.Abs(float64(r.Data[i])-1.0/9) > 1e-6 {
			t.Errorf("patch %d has %v, want 1/9", i, r.Data[i])
		}
	}
}
