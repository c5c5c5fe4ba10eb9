package graph

import (
	"fmt"
	"math"

	"homeroom/core/pack"
)

// Fold merges each batch norm that directly follows a convolution or a dense layer into its weights
// and bias, where nothing else reads that layer's output and the parameters are float32. The layer
// keeps its name, and what read the batch norm then reads it. Other batch norms stay as they are.
// Parameters that no layer names are dropped.
//
// The arithmetic is in float64: W'[o] = W[o]·s[o] and b'[o] = (b[o]−mean[o])·s[o] + β[o], where s =
// γ/√(var+ε).
func (g *Graph) Fold() {
	readers := map[string]int{}
	users := map[string]int{} // of a parameter
	for i := range g.Nodes {
		n := &g.Nodes[i]
		for _, name := range n.In {
			readers[name]++
		}
		for _, name := range n.params() {
			users[name]++
		}
	}
	for _, name := range []string{g.Output, g.Feature, g.Map} {
		readers[name]++ // the caller reads these
	}
	renamed := map[string]string{}
	index := map[string]int{} // of a node in nodes
	nodes := g.Nodes[:0]
	for i := range g.Nodes {
		n := g.Nodes[i]
		n.In = append([]string(nil), n.In...)
		for k, name := range n.In {
			if to, ok := renamed[name]; ok {
				n.In[k] = to
			}
		}
		if n.Op == BatchNorm && len(n.In) == 1 && readers[g.Nodes[i].In[0]] == 1 {
			if at, ok := index[n.In[0]]; ok && g.merge(&nodes[at], &n, users) {
				renamed[n.Name] = n.In[0]
				continue
			}
		}
		index[n.Name] = len(nodes)
		nodes = append(nodes, n)
	}
	clear(g.Nodes[len(nodes):])
	g.Nodes = nodes
	for _, name := range []*string{&g.Output, &g.Feature, &g.Map} {
		if to, ok := renamed[*name]; ok {
			*name = to
		}
	}
	used := map[string]bool{}
	for i := range g.Nodes {
		for _, name := range g.Nodes[i].params() {
			used[name] = true
		}
	}
	for name := range g.Params {
		if !used[name] {
			delete(g.Params, name)
		}
	}
}

// params returns the names of a node's parameters.
func (n *Node) params() []string {
	var names []string
	for _, name := range []string{n.Weight, n.Bias, n.Mean, n.Var, n.Token} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// merge folds batch norm bn into layer n and says whether it could: both must be whole, and the
// weights n's own.
func (g *Graph) merge(n, bn *Node, users map[string]int) bool {
	if n.Op != Conv && n.Op != Dense {
		return false
	}
	w := g.Params[n.Weight]
	if w == nil || w.DType != pack.F32 || len(w.Dims) == 0 || users[n.Weight] != 1 || users[n.Bias] > 1 {
		return false
	}
	out := w.Dims[0]
	read := func(name string, v float32) ([]float32, bool) {
		x := make([]float32, out)
		if name == "" {
			for i := range x {
				x[i] = v
			}
			return x, true
		}
		t := g.Params[name]
		if t == nil || t.DType != pack.F32 || t.Len() != out {
			return nil, false
		}
		t.Floats(x)
		return x, true
	}
	if bn.Mean == "" || bn.Var == "" {
		return false
	}
	gamma, ok1 := read(bn.Weight, 1)
	beta, ok2 := read(bn.Bias, 0)
	mean, ok3 := read(bn.Mean, 0)
	variance, ok4 := read(bn.Var, 1)
	bias, ok5 := read(n.Bias, 0)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		return false
	}
	weights := make([]float32, w.Len())
	w.Floats(weights)
	row := len(weights) / out
	for o := range out {
		s := float64(gamma[o]) / math.Sqrt(float64(variance[o])+bn.Eps)
		for i := range row {
			weights[o*row+i] = float32(float64(weights[o*row+i]) * s)
		}
		bias[o] = float32((float64(bias[o])-float64(mean[o]))*s + float64(beta[o]))
	}
	g.Params[n.Weight] = pack.Encode(n.Weight, w.Dims, weights, pack.F32)
	if n.Bias == "" {
		n.Bias = n.Name + ".bias"
		for g.Params[n.Bias] != nil {
			n.Bias += "'"
		}
		users[n.Bias] = 1
	}
	g.Params[n.Bias] = pack.Encode(n.Bias, []int{out}, bias, pack.F32)
	return true
}

// SwapInput makes the network take its input's channels a and b in each other's place: the weights
// of the convolutions that read the input change. It fails where another kind of layer reads it, or
// the weights are not float32.
func (g *Graph) SwapInput(a, b int) error {
	for i := range g.Nodes {
		n := &g.Nodes[i]
		for _, in := range n.In {
			if in != Input {
				continue
			}
			w := g.Params[n.Weight]
			if n.Op != Conv || n.Groups > 1 || w == nil || w.DType != pack.F32 || len(w.Dims) != 4 || max(a, b) >= w.Dims[3] {
				return &Error{n.Name, fmt.Errorf("a layer that reads the photo and is no plain convolution cannot take its channels in another order")}
			}
			x := make([]float32, w.Len())
			w.Floats(x)
			for k := 0; k < len(x); k += w.Dims[3] {
				x[k+a], x[k+b] = x[k+b], x[k+a]
			}
			g.Params[n.Weight] = pack.Encode(n.Weight, w.Dims, x, pack.F32)
		}
	}
	return nil
}
