package graph

import (
	"fmt"
	"math"

	"homeroom/core/pack"
	"homeroom/core/tensor"
)

// Op names the layer that a node computes. What there is of them is in the table of operator.go.
type Op string

// Node is one layer. In names the nodes it reads, or [Input]. The fields that an Op does not
// mention are zero.
//
// Nodes are what packs keep, and a program that does not know an Op refuses the pack by its name.
// So what a layer computes never changes under an old name, not by a new field either: that is a
// new Op.
type Node struct {
	Name string   `json:"name"`
	Op   Op       `json:"op"`
	In   []string `json:"in"`

	Weight string `json:"weight,omitempty"` // names of parameters
	Bias   string `json:"bias,omitempty"`
	Mean   string `json:"mean,omitempty"`
	Var    string `json:"var,omitempty"`
	Token  string `json:"token,omitempty"`

	Kernel   [2]int `json:"kernel,omitzero"`   // height, width
	Stride   [2]int `json:"stride,omitzero"`   // down, right; 0 means 1
	Pad      [4]int `json:"pad,omitzero"`      // top, left, bottom, right
	Same     bool   `json:"same,omitempty"`    // padding such that out = ⌈in/stride⌉, the odd one below and to the right
	Dilation [2]int `json:"dilation,omitzero"` // 0 means 1
	Groups   int    `json:"groups,omitempty"`  // 0 means 1
	Ceil     bool   `json:"ceil,omitempty"`
	CountPad bool   `json:"count_pad,omitempty"`

	Eps    float64 `json:"eps,omitempty"`
	Heads  int     `json:"heads,omitempty"`
	Index  int     `json:"index,omitempty"`
	Grid   [2]int  `json:"grid,omitzero"` // rows, columns that the position embeddings were trained on
	Prefix int     `json:"prefix,omitempty"`

	Count  int     `json:"count,omitempty"`  // channels of a Slice
	Alpha  float64 `json:"alpha,omitempty"`  // of an ELU or LeakyReLU
	Low    float64 `json:"low,omitempty"`    // of a Clip
	High   float64 `json:"high,omitempty"`   // of a Clip
	Scale  [2]int  `json:"scale,omitzero"`   // down, right, of an Upsample
	Linear bool    `json:"linear,omitempty"` // of an Upsample

	Border string  `json:"border,omitempty"` // of a Pad
	Fill   float64 `json:"fill,omitempty"`   // of a Pad

	Walk    Walk      `json:"walk,omitempty"`    // of a Rearrange
	Left    *Matrices `json:"left,omitempty"`    // of a MatMul
	Right   *Matrices `json:"right,omitempty"`   // of a MatMul
	Rows    int       `json:"rows,omitempty"`    // of each matrix on the left
	Depth   int       `json:"depth,omitempty"`   // what rows and columns have in common
	Columns int       `json:"columns,omitempty"` // of each matrix on the right
}

// Input is the name by which nodes read the photo, size × size × 3.
const Input = "input"

// Graph is a network as data: nodes in an order in which each reads only what came before it, and
// the parameters they name.
type Graph struct {
	Nodes   []Node `json:"nodes"`
	Output  string `json:"output"`            // the node whose output is the logits
	Feature string `json:"feature,omitempty"` // the node whose output is the feature vector, 1×1×C
	Map     string `json:"map,omitempty"`     // the node whose output is the last feature map, for heat maps

	// FixedSize is the only input size that the network takes, or 0.
	FixedSize int `json:"fixed_size,omitempty"`

	Params map[string]*pack.Tensor `json:"-"`
}

// Error says which node of a network is wrong and how.
type Error struct {
	Node string
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("layer %q: %v", e.Node, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Limits on what a graph from outside may ask for.
const (
	maxNodes   = 20_000
	maxExtent  = 1 << 20
	maxValues  = 1 << 28 // elements of one tensor
	maxKernel  = 1 << 10
	maxPadding = 1 << 12
	maxFront   = 1 << 8 // tokens in front of the patches
	maxInputs  = 1 << 10
)

// Shapes checks the graph at an input shape and returns the output shape of every node by name,
// [Input] included. A graph that passes can be compiled. The errors are of type *[Error].
func (g *Graph) Shapes(in tensor.Shape) (map[string]tensor.Shape, error) {
	if len(g.Nodes) == 0 || len(g.Nodes) > maxNodes {
		return nil, fmt.Errorf("a network has from 1 to %d layers, this one %d", maxNodes, len(g.Nodes))
	}
	if in.H < 1 || in.W < 1 || in.C < 1 || in.H > maxExtent || in.W > maxExtent {
		return nil, fmt.Errorf("input of %v is not possible", in)
	}
	shapes := map[string]tensor.Shape{Input: in}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if n.Name == "" {
			return nil, fmt.Errorf("layer %d has no name", i)
		}
		if _, ok := shapes[n.Name]; ok {
			return nil, &Error{n.Name, fmt.Errorf("the name is taken")}
		}
		s, err := g.NodeShape(n, shapes)
		if err != nil {
			return nil, err
		}
		shapes[n.Name] = s
	}
	for _, name := range []string{g.Output, g.Feature, g.Map} {
		if _, ok := shapes[name]; !ok && (name != "" || g.Output == "") {
			return nil, fmt.Errorf("there is no layer %q to take the output from", name)
		}
	}
	return shapes, nil
}

// NodeShape checks one node, which need not be of the graph yet, and returns the shape of its
// output; shapes has those of the nodes it reads. The errors are of type *[Error].
func (g *Graph) NodeShape(n *Node, shapes map[string]tensor.Shape) (tensor.Shape, error) {
	s, err := g.shape(n, shapes)
	if err == nil && (s.H < 1 || s.W < 1 || s.C < 1) {
		err = fmt.Errorf("nothing is left of its input at this size; take a larger one")
	}
	if err == nil && (s.H > maxExtent || s.W > maxExtent || s.C > maxExtent || s.H*s.W > maxValues/s.C) {
		err = fmt.Errorf("its output of %v is too large", s)
	}
	if err != nil {
		return s, &Error{n.Name, err}
	}
	return s, nil
}

// shape checks one node and returns the shape of its output.
func (g *Graph) shape(n *Node, shapes map[string]tensor.Shape) (tensor.Shape, error) {
	var none tensor.Shape
	o := operators[n.Op]
	if o == nil {
		return none, fmt.Errorf("there is no layer of kind %q; a newer version may know it", n.Op)
	}
	switch {
	case o.inputs == manyInputs && (len(n.In) < 2 || len(n.In) > maxInputs):
		return none, fmt.Errorf("%s takes from 2 to %d inputs, not %d", n.Op, maxInputs, len(n.In))
	case o.inputs != manyInputs && len(n.In) != o.inputs:
		return none, fmt.Errorf("%s takes %d inputs, not %d", n.Op, o.inputs, len(n.In))
	}
	in := make([]tensor.Shape, len(n.In))
	for i, name := range n.In {
		s, ok := shapes[name]
		if !ok {
			return none, fmt.Errorf("it reads %q, which does not come before it", name)
		}
		in[i] = s
	}
	return o.shape(g, n, in)
}

func (g *Graph) tokens(n *Node, x tensor.Shape) (tensor.Shape, error) {
	var none tensor.Shape
	front := 0
	if n.Token != "" {
		front = 1
		if t := g.Params[n.Token]; t != nil && len(t.Dims) == 2 {
			if _, err := g.param(n.Token, 0, x.C); err != nil {
				return none, err
			}
			if front = t.Dims[0]; front > maxFront {
				return none, fmt.Errorf("%d tokens in front of the patches are not possible", front)
			}
		} else if err := g.vector(n.Token, x.C); err != nil {
			return none, err
		}
	}
	if n.Weight != "" {
		if n.Grid[0] < 1 || n.Grid[1] < 1 || n.Grid[0] > maxKernel || n.Grid[1] > maxKernel || n.Prefix < 0 {
			return none, fmt.Errorf("position embeddings for a grid of %d × %d are not possible", n.Grid[0], n.Grid[1])
		}
		if n.Prefix > front {
			return none, fmt.Errorf("there are positions for %d tokens in front of the patches, of which there are %d", n.Prefix, front)
		}
		if _, err := g.param(n.Weight, n.Prefix+n.Grid[0]*n.Grid[1], x.C); err != nil {
			return none, err
		}
	}
	return tensor.Shape{H: front + x.H*x.W, W: 1, C: x.C}, nil
}

// Needed returns the nodes that the value of one node depends on, itself among them.
func (g *Graph) Needed(name string) map[string]bool {
	needed := map[string]bool{name: true}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if n := &g.Nodes[i]; needed[n.Name] {
			for _, in := range n.In {
				needed[in] = true
			}
		}
	}
	return needed
}

// TokenTable returns what a Tokens node puts in front of the patches of x, [P][C], and what it adds
// to them, [H·W][C], the position embeddings resampled to their grid.
func (g *Graph) TokenTable(n *Node, x tensor.Shape) (front, positions []float32) {
	if n.Token != "" {
		front = g.Floats(n.Token, 0, 0)
	}
	positions = make([]float32, x.Len())
	if n.Weight != "" {
		all := g.Floats(n.Weight, 0, 0)
		for i := range n.Prefix * x.C {
			front[i] += all[i]
		}
		positions = resample(all[n.Prefix*x.C:], n.Grid[0], n.Grid[1], x.C, x.H, x.W)
	}
	return front, positions
}

// param looks a parameter up and checks its extents; 0 stands for any.
func (g *Graph) param(name string, dims ...int) (*pack.Tensor, error) {
	t := g.Params[name]
	if t == nil {
		return nil, fmt.Errorf("parameter %q is missing", name)
	}
	ok := len(t.Dims) == len(dims)
	for i := 0; ok && i < len(dims); i++ {
		ok = t.Dims[i] > 0 && (dims[i] == 0 || t.Dims[i] == dims[i])
	}
	if !ok {
		return nil, fmt.Errorf("parameter %q is %v, not %v", name, t.Dims, dims)
	}
	return t, nil
}

// vector checks an optional parameter of n elements.
func (g *Graph) vector(name string, n int) error {
	if name == "" {
		return nil
	}
	_, err := g.param(name, n)
	return err
}

// Floats returns a copy of a parameter's elements, in order; or n times v where there is none of
// the name, as "" stands for one that a node does without.
func (g *Graph) Floats(name string, n int, v float32) []float32 {
	if t := g.Params[name]; t != nil {
		out := make([]float32, t.Len())
		t.Floats(out)
		return out
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func (n *Node) checkEps() error {
	if !(n.Eps >= 0 && n.Eps < 1) || math.IsNaN(n.Eps) {
		return fmt.Errorf("epsilon of %v is not possible", n.Eps)
	}
	return nil
}

// Window is a sliding window with everything resolved for an input shape.
type Window struct {
	KH, KW, SH, SW, DH, DW   int
	Top, Left, Bottom, Right int // padding
	OH, OW                   int // output
}

// Window resolves the window of a convolution or pooling node for an input.
func (n *Node) Window(x tensor.Shape) (Window, error) {
	w := Window{
		KH: n.Kernel[0], KW: n.Kernel[1],
		SH: max(n.Stride[0], 1), SW: max(n.Stride[1], 1),
		DH: max(n.Dilation[0], 1), DW: max(n.Dilation[1], 1),
		Top: n.Pad[0], Left: n.Pad[1], Bottom: n.Pad[2], Right: n.Pad[3],
	}
	for _, v := range [...]int{w.KH, w.KW, w.SH, w.SW, w.DH, w.DW} {
		if v < 1 || v > maxKernel {
			return w, fmt.Errorf("a window of %d × %d, stride %d × %d, dilation %d × %d is not possible", w.KH, w.KW, w.SH, w.SW, w.DH, w.DW)
		}
	}
	for _, p := range n.Pad {
		if p < 0 || p > maxPadding {
			return w, fmt.Errorf("padding of %v is not possible", n.Pad)
		}
	}
	eh, ew := (w.KH-1)*w.DH+1, (w.KW-1)*w.DW+1
	if n.Same {
		w.OH, w.OW = ceil(x.H, w.SH), ceil(x.W, w.SW)
		ph := max((w.OH-1)*w.SH+eh-x.H, 0)
		pw := max((w.OW-1)*w.SW+ew-x.W, 0)
		w.Top, w.Left = ph/2, pw/2
		w.Bottom, w.Right = ph-ph/2, pw-pw/2
		return w, nil
	}
	w.OH = outputs(x.H, eh, w.SH, w.Top, w.Bottom, n.Ceil)
	w.OW = outputs(x.W, ew, w.SW, w.Left, w.Right, n.Ceil)
	return w, nil
}

// outputs counts the positions of a window of extent e along n elements.
func outputs(n, e, stride, before, after int, ceiling bool) int {
	room := n + before + after - e
	if room < 0 {
		return 0
	}
	if !ceiling {
		return room/stride + 1
	}
	// As PyTorch does: the last window must begin inside the input or the padding before it.
	o := ceil(room, stride) + 1
	if (o-1)*stride >= n+before {
		o--
	}
	return o
}

func ceil(a, b int) int { return (a + b - 1) / b }
