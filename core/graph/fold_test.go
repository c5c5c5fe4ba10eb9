package graph

import (
	"testing"

	"homeroom/core/pack"
	"homeroom/core/tensor"
)

// TestFoldIsExact compares with figures worked out by hand.
func TestFoldIsExact(t *testing.T) {
	f := func(name string, dims []int, w ...float32) *pack.Tensor { return pack.Encode(name, dims, w, pack.F32) }
	g := &Graph{
		Nodes: []Node{
			{Name: "fc", Op: Dense, In: []string{Input}, Weight: "w", Bias: "b"},
			{Name: "bn", Op: BatchNorm, In: []string{"fc"}, Weight: "gamma", Bias: "beta", Mean: "mean", Var: "var", Eps: 0.25},
			{Name: "relu", Op: ReLU, In: []string{"bn"}},
		},
		Output: "relu", Feature: "bn", Map: "bn",
		Params: map[string]*pack.Tensor{
			"w": f("w", []int{2, 1}, 3, 5), "b": f("b", []int{2}, 1, 2),
			"gamma": f("gamma", []int{2}, 2, 4), "beta": f("beta", []int{2}, 10, 20),
			"mean": f("mean", []int{2}, 0.5, 1), "var": f("var", []int{2}, 3.75, 0),
			"unused": f("unused", []int{1}, 7),
		},
	}
	g.Fold()
	// s = 2/√4 = 1 and 4/√¼ = 8.
	want := map[string][]float32{"w": {3, 40}, "b": {10.5, 28}}
	if len(g.Params) != len(want) {
		t.Errorf("%d parameters are left, want %d", len(g.Params), len(want))
	}
	for name, values := range want {
		got := make([]float32, 2)
		g.Params[name].Floats(got)
		if got[0] != values[0] || got[1] != values[1] {
			t.Errorf("%s: got %v, want %v", name, got, values)
		}
	}
	if len(g.Nodes) != 2 || g.Nodes[1].In[0] != "fc" || g.Feature != "fc" || g.Map != "fc" || g.Output != "relu" {
		t.Errorf("got layers %v, feature %q, map %q, output %q", g.Nodes, g.Feature, g.Map, g.Output)
	}
}

// TestFoldLeaves lists batch norms that cannot be merged.
func TestFoldLeaves(t *testing.T) {
	for name, change := range map[string]func(b *net, conv, norm *Node){
		"another reader":    func(b *net, conv, norm *Node) { b.add(GAP, Node{}, conv.Name) },
		"an output":         func(b *net, conv, norm *Node) { b.Map = conv.Name },
		"shared weights":    func(b *net, conv, norm *Node) { b.add(Conv, Node{Weight: conv.Weight, Kernel: conv.Kernel}, Input) },
		"shared bias":       func(b *net, conv, norm *Node) { b.conv(Input, 3, 8, 3, 1, 1, Node{}); b.Nodes[2].Bias = conv.Bias },
		"quantised weights": func(b *net, conv, norm *Node) { requantise(b, conv.Weight) },
		"a missing mean":    func(b *net, conv, norm *Node) { norm.Mean = "" },
		"a short variance":  func(b *net, conv, norm *Node) { norm.Var = b.positive(7) },
		"an activation":     func(b *net, conv, norm *Node) { conv.Op = ReLU },
	} {
		t.Run(name, func(t *testing.T) {
			b := newNet(1)
			x := b.conv(Input, 3, 8, 3, 1, 1, Node{})
			b.add(BatchNorm, Node{Weight: b.param(8), Bias: b.param(8), Mean: b.param(8), Var: b.positive(8), Eps: 1e-5}, x)
			change(b, &b.Nodes[0], &b.Nodes[1])
			before := len(b.Nodes)
			b.Fold()
			if len(b.Nodes) != before || b.Nodes[1].Op != BatchNorm {
				t.Errorf("%d of %d layers are left", len(b.Nodes), before)
			}
		})
	}
}

func requantise(b *net, name string) {
	t := b.Params[name]
	w := make([]float32, t.Len())
	t.Floats(w)
	b.Params[name] = pack.Encode(name, t.Dims, w, pack.I8)
}

// TestFoldTwice folds a batch norm that follows a folded one.
func TestFoldTwice(t *testing.T) {
	b := newNet(3)
	n := Node{Weight: b.param(4, 2, 2, 3), Kernel: [2]int{2, 2}}
	x := b.add(Conv, n, Input)
	for range 2 {
		x = b.add(BatchNorm, Node{Weight: b.param(4), Bias: b.param(4), Mean: b.param(4), Var: b.positive(4), Eps: 1e-5}, x)
	}
	in := tensor.New(3, 4, 3)
	for i := range in.Data {
		in.Data[i] = float32(b.r.NormFloat64())
	}
	want := b.interpret(t, in)[b.Output]
	b.Fold()
	if len(b.Nodes) != 1 || b.Output != b.Nodes[0].Name {
		t.Fatalf("%d layers are left, want 1", len(b.Nodes))
	}
	for i, v := range b.interpret(t, in)[b.Output] {
		if d := v - want[i]; d > 1e-5 || d < -1e-5 {
			t.Fatalf("output %d: got %v, want %v", i, v, want[i])
		}
	}
}
