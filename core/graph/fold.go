package graph

import (
	"math"

	"homeroom/core/pack"
)

// Fold merges every batch norm into the convolution or dense layer whose output
// only it reads: with s = Weight/√(Var+Eps), the layer's weights become w·s and
// its bias (b−Mean)·s + Bias. What comes out is float32; a batch norm elsewhere
// stays. Parameters that no layer names any more are dropped.
func (g *Graph) Fold() {
	readers := map[string]int{}
	at := map[string]int{}
	for i, n := range g.Nodes {
		at[n.Name] = i
		for _, name := range n.In {
			readers[name]++
		}
	}
	outputs := map[string]bool{g.Output: true, g.Feature: true, g.Map: true}
	moved := map[string]string{} // a batch norm's name → that of its layer
	var kept []Node
	for _, n := range g.Nodes {
		for k, name := range n.In {
			if to, ok := moved[name]; ok {
				n.In[k] = to
			}
		}
		if n.Op == BatchNorm {
			i, ok := at[n.In[0]]
			if ok && readers[n.In[0]] == 1 && !outputs[n.In[0]] && (g.Nodes[i].Op == Conv || g.Nodes[i].Op == Dense) {
				for k := range kept {
					if kept[k].Name == n.In[0] {
						g.merge(&kept[k], &n)
					}
				}
				moved[n.Name] = n.In[0]
				continue
			}
		}
		kept = append(kept, n)
	}
	g.Nodes = kept
	for _, name := range []*string{&g.Output, &g.Feature, &g.Map} {
		if to, ok := moved[*name]; ok {
			*name = to
		}
	}
	used := map[string]*pack.Tensor{}
	for _, n := range g.Nodes {
		for _, name := range []string{n.Weight, n.Bias, n.Mean, n.Var, n.Token} {
			if name != "" {
				used[name] = g.Params[name]
			}
		}
	}
	g.Params = used
}

// merge folds the batch norm bn into the layer n.
func (g *Graph) merge(n, bn *Node) {
	read := func(name string, count int, v float32) []float32 {
		out := make([]float32, count)
		if name == "" {
			for i := range out {
				out[i] = v
			}
			return out
		}
		g.Params[name].Floats(out)
		return out
	}
	w := g.Params[n.Weight]
	out := w.Dims[0]
	mean, variance := read(bn.Mean, out, 0), read(bn.Var, out, 1)
	gamma, beta := read(bn.Weight, out, 1), read(bn.Bias, out, 0)
	bias := read(n.Bias, out, 0)
	weights := make([]float32, w.Len())
	w.Floats(weights)
	row := len(weights) / out
	for c := range out {
		s := float64(gamma[c]) / math.Sqrt(float64(variance[c])+bn.Eps)
		for i := c * row; i < (c+1)*row; i++ {
			weights[i] = float32(float64(weights[i]) * s)
		}
		bias[c] = float32((float64(bias[c])-float64(mean[c]))*s + float64(beta[c]))
	}
	g.Params[n.Weight] = pack.Encode(n.Weight, w.Dims, weights, pack.F32)
	if n.Bias == "" {
		n.Bias = n.Name + ".bias"
	}
	g.Params[n.Bias] = pack.Encode(n.Bias, []int{out}, bias, pack.F32)
}
