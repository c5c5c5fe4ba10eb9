package graph

import (
	"sync"

	"homeroom/core/kernel"
	"homeroom/core/pack"
)

// Packed is a graph with its weights laid out for the kernels of one level. It serves any number of
// programs, at any input size, and may be used by several goroutines at once.
type Packed struct {
	graph *Graph
	level kernel.Level
	nodes map[string]*operands

	// Which algorithm a 3×3 convolution of stride 1 goes by depends on the input's size. Its
	// weights are laid out when a program first needs them.
	mu    sync.Mutex
	tiled map[tiledNode]*operands
}

// tiledNode is a convolution with the tile it is done in, 0 for the direct sum.
type tiledNode struct {
	name string
	tile int
}

// operands are the arrays that the kernel of one node reads.
type operands struct {
	weight, bias []float32 // Slack included
	depthwise    bool
}

// Pack lays the weights of g out for the level, dequantising them on the way. g must have passed
// [Graph.Shapes].
func Pack(g *Graph, level kernel.Level) (*Packed, error) {
	p := Begin(g, level)
	for i := range g.Nodes {
		if err := p.Lay(&g.Nodes[i]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Begin returns a Packed with nothing laid out. Lay has to be called with every node of g before
// a program is compiled.
func Begin(g *Graph, level kernel.Level) *Packed {
	return &Packed{graph: g, level: level, nodes: map[string]*operands{}, tiled: map[tiledNode]*operands{}}
}

// Lay lays out the weights of one node of the graph.
func (p *Packed) Lay(n *Node) error {
	pack := operators[n.Op].pack
	if pack == nil {
		return nil
	}
	ops, err := pack(p, n)
	if err != nil {
		return &Error{n.Name, err}
	}
	if ops != nil {
		p.nodes[n.Name] = ops
	}
	return nil
}

// Of tells whether the weights of a graph are laid out here, for a level.
func (p *Packed) Of(g *Graph, level kernel.Level) bool { return p.graph == g && p.level == level }

// First returns the first n nodes of the graph as a graph that ends in the last of them, with what
// is laid out of them.
func (p *Packed) First(n int) *Packed {
	g := *p.graph
	g.Nodes = g.Nodes[:n:n]
	g.Output, g.Feature, g.Map = g.Nodes[n-1].Name, "", ""
	return &Packed{graph: &g, level: p.level, nodes: p.nodes, tiled: map[tiledNode]*operands{}}
}

// panels lays out the rows of a weight for a matrix product of each group.
func (p *Packed) panels(w *pack.Tensor, bias []float32, groups int) *operands {
	per, row := w.Dims[0]/groups, make([]float32, w.Len()/w.Dims[0])
	size := kernel.PackedLen(p.level, per, len(row)) - kernel.Slack
	packed := make([]float32, groups*size+kernel.Slack)
	var biases []float32
	for k := range groups {
		for i := range per {
			w.Row(k*per+i, row)
			kernel.PackWeights(p.level, packed[k*size:(k+1)*size], i, row)
		}
		b := kernel.PackBias(p.level, bias[k*per:(k+1)*per])
		biases = append(biases, b[:len(b)-kernel.Slack]...)
	}
	return &operands{weight: packed, bias: withSlack(biases)}
}

// inTiles returns the operands of a convolution for which canTile holds, for tiles of t × t outputs
// or, where t is 0, for the direct sum.
func (p *Packed) inTiles(n *Node, t int) *operands {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := tiledNode{n.Name, t}
	if ops := p.tiled[key]; ops != nil {
		return ops
	}
	w := p.graph.Params[n.Weight]
	bias := p.graph.Floats(n.Bias, w.Dims[0], 0)
	ops := &operands{}
	if t == 0 {
		ops = p.panels(w, bias, 1)
	} else {
		out, in := w.Dims[0], w.Dims[3]
		row := make([]float32, 9*in)
		ops.weight = make([]float32, kernel.WinogradLen(p.level, t, out, in))
		for i := range out {
			w.Row(i, row)
			kernel.PackWinograd(p.level, t, ops.weight, i, out, row)
		}
		ops.bias = kernel.PackBias(p.level, bias)
	}
	p.tiled[key] = ops
	return ops
}

func withSlack(x []float32) []float32 { return append(x, make([]float32, kernel.Slack)...) }
