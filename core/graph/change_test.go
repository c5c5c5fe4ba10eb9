package graph

import (
	"slices"
	"strings"
	"testing"

	"homeroom/core/kernel"
	"homeroom/core/pack"
	"homeroom/core/tensor"
)

// block is a network that doubles its input of one pixel, and adds it to that: three times it.
func block() *Graph {
	return &Graph{Output: "sum", Params: map[string]*pack.Tensor{"w": pack.Keep("w", []int{1, 1, 1, 1}, []float32{2})}, Nodes: []Node{
		{Name: "double", Op: Conv, In: []string{Input}, Weight: "w", Kernel: [2]int{1, 1}},
		{Name: "act", Op: ReLU, In: []string{"double"}},
		{Name: "sum", Op: Add, In: []string{"act", Input}},
	}}
}

// TestChanged runs a network with layers read in others' stead, and with channels scaled; the
// network itself stays as it is.
func TestChanged(t *testing.T) {
	g := block()
	if s := g.Shortcuts(); len(s) != 1 || s[0] != (Shortcut{Add: "sum", Past: Input, Branch: "act", Plain: true}) {
		t.Fatalf("skip connections %+v", s)
	}
	for _, c := range []struct {
		change   Change
		in, want float32
	}{
		{Change{}, 5, 15},
		{Change{Instead: map[string]string{"sum": "act"}}, 5, 10},
		{Change{Instead: map[string]string{"act": "double"}}, -5, -15},
		{Change{}, -5, -5},
		{Change{Scale: map[string][]float32{"act": {3}}}, 5, 35},
		{Change{Instead: map[string]string{"act": "double"}, Scale: map[string][]float32{"act": {3}}}, -5, -35},
	} {
		changed, err := g.Changed(c.change)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := Pack(changed, kernel.Portable)
		if err != nil {
			t.Fatal(err)
		}
		p, err := packed.Compile(tensor.Shape{H: 1, W: 1, C: 1}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		p.Input().Data[0] = c.in
		if p.Run(); p.Output().Data[0] != c.want {
			t.Errorf("%+v makes %v of %v, want %v", c.change, p.Output().Data[0], c.in, c.want)
		}
	}
	if n := block(); !slices.EqualFunc(g.Nodes, n.Nodes, func(a, b Node) bool { return a.Name == b.Name && slices.Equal(a.In, b.In) }) || len(g.Params) != 1 {
		t.Errorf("the network itself is another now: %+v", g)
	}
	for _, c := range []Change{
		{Instead: map[string]string{"act": "sum"}}, {Instead: map[string]string{"none": "act"}}, {Scale: map[string][]float32{"none": {1}}}, {Instead: map[string]string{"act": "act"}},
	} {
		if _, err := g.Changed(c); err == nil || !strings.Contains(err.Error(), "layer") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestFields: two windows of 3 see 5, and a stride moves the next window further.
func TestFields(t *testing.T) {
	g := &Graph{Output: "c", Params: map[string]*pack.Tensor{"w": pack.Keep("w", []int{1, 3, 3, 1}, make([]float32, 9))}, Nodes: []Node{
		{Name: "a", Op: Conv, In: []string{Input}, Weight: "w", Kernel: [2]int{3, 3}, Pad: [4]int{1, 1, 1, 1}},
		{Name: "b", Op: MaxPool, In: []string{"a"}, Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}},
		{Name: "c", Op: Conv, In: []string{"b"}, Weight: "w", Kernel: [2]int{3, 3}},
		{Name: "d", Op: GAP, In: []string{"c"}},
		{Name: "e", Op: Add, In: []string{"c", "d"}},
	}}
	fields, err := g.Fields(tensor.Shape{H: 12, W: 12, C: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]Field{"a": {-1, 1, 3}, "b": {-1, 2, 4}, "c": {-1, 2, 8}} {
		if fields[name] != [2]Field{want, want} {
			t.Errorf("%s sees %+v, want %+v", name, fields[name], want)
		}
	}
	if len(fields) != 4 {
		t.Errorf("fields of %d layers, want 4: what has seen all positions has none", len(fields))
	}
	if from, to := (Field{-1, 2, 8}).At(2, 10); from != 3 || to != 10 {
		t.Errorf("position 2 sees from %d to %d", from, to)
	}
}
