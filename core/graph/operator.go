package graph

import (
	"fmt"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

// operator is all that the engine knows of one kind of layer. Each has a file of its own or shares
// one with its kin, and a line in the table below: checks, kernels, costs, fusing and heat maps go
// by these and switch on no names.
type operator struct {
	op     Op
	inputs int // how many layers it reads; manyInputs for two or more

	// shape checks the node against the shapes of what it reads and returns that of its output.
	shape func(g *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error)
	// lower appends the steps that compute the node. j has the shapes and what pack laid out.
	lower func(c *compiler, n *Node, j kernel.Job, x value)
	// pack lays the parameters out for the kernels, once for all programs; nil where there is
	// nothing to lay out.
	pack func(p *Packed, n *Node) (*operands, error)
	// macs counts multiply-adds; nil where what the layer does is not counted in them.
	macs func(g *Graph, n *Node, x, out tensor.Shape) int64
	// written is the layer as papers list it; nil where they do not. alone is set where it is the
	// only one of its row, which then has its channels.
	written func(n *Node, out tensor.Shape, alone bool) string
	// detail tells what the kind of layer and its window leave open; nil where that is nothing.
	detail func(n *Node) string
	// act is set for an element-wise activation.
	act *activation

	// forward computes the node by plain loops, for layers with one input; y is zeroed.
	forward func(g *Graph, n *Node, x, y tensor.Tensor) error
	// backward adds to down the slopes by x, given those by the output.
	backward func(g *Graph, n *Node, x, slope, down tensor.Tensor) error
}

const manyInputs = 0

// operators are those of the table, by name. It is filled by init, since the bodies look operators
// up themselves.
var operators map[Op]*operator

func init() {
	table := []*operator{
		&conv, &dense,
		&batchNorm, &layerNorm, &groupNorm,
		&maxPool, &avgPool, &adaptiveAvgPool, &gap, &gmp,
		&softmax,
		&add, &mul,
		&flatten, &concat, &sliceChannels, &shuffle, &upsample, &concatRows,
		&rearrange, &matMul, &bias, &pad,
		&tokens, &attention, &token, &dropToken,
	}
	for _, a := range activations() {
		table = append(table, a.operator())
	}
	operators = make(map[Op]*operator, len(table))
	for _, o := range table {
		if operators[o.op] != nil {
			panic("graph: two operators called " + string(o.op))
		}
		operators[o.op] = o
	}
}

// same is the shape of layers that change no extent.
func same(_ *Graph, _ *Node, in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

// Written is the layer as papers list it, "" where they do not; alone is set where it is the only
// one of its row, which then has its channels.
func (c Cost) Written(alone bool) string {
	if o := operators[c.Node.Op]; o != nil && o.written != nil {
		return o.written(c.Node, c.Out, alone)
	}
	return ""
}

// Detail tells what the kind of a layer and its window leave open, such as the bounds of a clip.
func (n *Node) Detail() string {
	if o := operators[n.Op]; o != nil && o.detail != nil {
		return o.detail(n)
	}
	return ""
}

// extents are those of a window, 3×3.
func extents(of [2]int) string { return fmt.Sprintf("%d×%d", of[0], of[1]) }

// wide adds the channels to what is written of a layer.
func wide(what string, out tensor.Shape, alone bool) string {
	if alone {
		return what
	}
	return fmt.Sprintf("%s, %d", what, out.C)
}

// called is a name for [operator].written.
func called(name string) func(*Node, tensor.Shape, bool) string {
	return func(*Node, tensor.Shape, bool) string { return name }
}

// Activates says whether layers of this kind are element-wise activations.
func (o Op) Activates() bool { return operators[o] != nil && operators[o].act != nil }

// Traceable says whether [Graph.Forward] and [Graph.Backward] know layers of this kind.
func (o Op) Traceable() bool { return operators[o] != nil && operators[o].backward != nil }

// Forward computes a layer that reads one other by plain loops: what heat maps are made with. It is
// for kinds that are [Op.Traceable].
func (g *Graph) Forward(n *Node, x tensor.Tensor) (tensor.Tensor, error) {
	o, shape, err := g.trace(n, x.Shape)
	if err != nil {
		return tensor.Tensor{}, err
	}
	y := tensor.New(shape.H, shape.W, shape.C)
	return y, o.forward(g, n, x, y)
}

// Backward returns the slopes of a value by each element of x, which layer n reads, given those by
// what it gives: one step of back-propagation.
func (g *Graph) Backward(n *Node, x, slope tensor.Tensor) (tensor.Tensor, error) {
	o, _, err := g.trace(n, x.Shape)
	if err != nil {
		return tensor.Tensor{}, err
	}
	down := tensor.New(x.H, x.W, x.C)
	return down, o.backward(g, n, x, slope, down)
}

func (g *Graph) trace(n *Node, x tensor.Shape) (*operator, tensor.Shape, error) {
	if len(n.In) != 1 || !n.Op.Traceable() {
		return nil, x, &Error{n.Name, errTrace}
	}
	shape, err := g.NodeShape(n, map[string]tensor.Shape{n.In[0]: x})
	return operators[n.Op], shape, err
}
