package graph

import (
	"fmt"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

const (
	// Conv is a convolution: Weight is [out][KH][KW][in/Groups], Bias [out] or "". A depthwise
	// convolution has as many groups as channels, a pointwise one a 1×1 kernel.
	Conv Op = "conv"
	// Dense is a fully connected layer on the channels of each position: Weight is [out][in], Bias
	// [out] or "".
	Dense Op = "dense"
)

var conv = operator{
	op: Conv, inputs: 1,
	written: func(n *Node, out tensor.Shape, alone bool) string {
		switch what := wide(extents(n.Kernel), out, alone); {
		case n.Groups == out.C:
			return "depthwise " + what
		case n.Groups > 1:
			return fmt.Sprintf("%s in %d groups", what, n.Groups)
		case alone:
			return "conv " + what
		default:
			return what
		}
	},
	shape: func(g *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
		var none tensor.Shape
		x, groups := in[0], max(n.Groups, 1)
		if x.C%groups != 0 {
			return none, fmt.Errorf("%d channels cannot be cut into %d groups", x.C, groups)
		}
		w, err := g.param(n.Weight, 0, n.Kernel[0], n.Kernel[1], x.C/groups)
		if err != nil {
			return none, err
		}
		out := w.Dims[0]
		if out%groups != 0 {
			return none, fmt.Errorf("%d output channels cannot be cut into %d groups", out, groups)
		}
		if err := g.vector(n.Bias, out); err != nil {
			return none, err
		}
		win, err := n.Window(x)
		return tensor.Shape{H: win.OH, W: win.OW, C: out}, err
	},
	macs:  weighted,
	pack:  packWeights,
	lower: lowerConv,
}

// weighted counts the multiply-adds of layers that apply their weights once at each position of the
// output.
func weighted(g *Graph, n *Node, _, out tensor.Shape) int64 {
	return int64(out.Pixels()) * int64(g.Params[n.Weight].Len())
}

// packWeights lays the weights of a convolution or dense layer out. Those of a 3×3 convolution that
// minimal filtering can do are left for [Packed.inTiles].
func packWeights(p *Packed, n *Node) (*operands, error) {
	g := p.graph
	w := g.Params[n.Weight]
	if w == nil {
		return nil, fmt.Errorf("parameter %q is missing", n.Weight)
	}
	out := w.Dims[0]
	if n.Op == Conv && canTile(p.level, n, w.Dims) {
		return nil, nil
	}
	groups := max(n.Groups, 1)
	bias := g.Floats(n.Bias, out, 0)
	if n.Op == Conv && groups == out && w.Dims[3] == 1 && groups > 1 {
		// [C][KH][KW][1] → [KH][KW][C]
		row := make([]float32, w.Len()/out)
		turned := make([]float32, w.Len()+kernel.Slack)
		for c := range out {
			w.Row(c, row)
			for k, v := range row {
				turned[k*out+c] = v
			}
		}
		return &operands{turned, withSlack(bias), true}, nil
	}
	return p.panels(w, bias, groups), nil
}

func lowerConv(c *compiler, n *Node, j kernel.Job, x value) {
	w, _ := n.Window(x.shape)
	out := c.shapes[n.Name]
	setWindow(&j, w)
	j.Groups = max(n.Groups, 1)
	macs := c.macs(n)
	ops := c.p.nodes[n.Name]
	if ops == nil {
		t := tileOf(j.Level, x.shape, out)
		ops = c.p.inTiles(n, t)
		j.Weight, j.Bias = pointer(ops.weight), pointer(ops.bias)
		if t > 0 {
			c.winograd(&j, t)
			c.fuseAndEmit(n, j, x, macs)
			return
		}
	}
	if ops.depthwise {
		j.Kind = kernel.Depthwise
		n = c.fuseActivation(n, &j)
		c.emit(n, j, x, nil, macs)
		return
	}
	j.Kind = kernel.Conv
	if w.KH == 1 && w.KW == 1 && w.SH == 1 && w.SW == 1 && j.Groups == 1 && w.Top+w.Left+w.Bottom+w.Right == 0 {
		j.Kind = kernel.Gemm
	}
	j.M, j.K, j.N = out.Pixels(), w.KH*w.KW*x.shape.C/j.Groups, out.C/j.Groups
	c.product(n, j, x, macs)
}

var dense = operator{
	op: Dense, inputs: 1,
	written: func(_ *Node, out tensor.Shape, alone bool) string { return wide("dense", out, alone) },
	shape: func(g *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
		x := in[0]
		w, err := g.param(n.Weight, 0, x.C)
		if err != nil {
			return tensor.Shape{}, err
		}
		return tensor.Shape{H: x.H, W: x.W, C: w.Dims[0]}, g.vector(n.Bias, w.Dims[0])
	},
	macs: weighted,
	pack: packWeights,
	lower: func(c *compiler, n *Node, j kernel.Job, x value) {
		j.Kind = kernel.Gemm
		j.M, j.K, j.N = x.shape.Pixels(), x.shape.C, c.shapes[n.Name].C
		c.product(n, j, x, c.macs(n))
	},
	forward: func(g *Graph, n *Node, x, y tensor.Tensor) error {
		bias := g.Floats(n.Bias, y.C, 0)
		g.rows(n, x.C, func(o int, w []float32) {
			for p := range x.H * x.W {
				sum := bias[o]
				for j, v := range x.Data[p*x.C : (p+1)*x.C] {
					sum += v * w[j]
				}
				y.Data[p*y.C+o] = sum
			}
		})
		return nil
	},
	backward: func(g *Graph, n *Node, x, slope, down tensor.Tensor) error {
		g.rows(n, x.C, func(o int, w []float32) {
			for p := range x.H * x.W {
				s := slope.Data[p*slope.C+o]
				if s == 0 {
					continue
				}
				for j, v := range w {
					down.Data[p*x.C+j] += s * v
				}
			}
		})
		return nil
	},
}

// rows calls f with each row of a fully connected layer's weights.
func (g *Graph) rows(n *Node, in int, f func(o int, w []float32)) {
	t := g.Params[n.Weight]
	w := make([]float32, in)
	for o := range t.Dims[0] {
		t.Row(o, w)
		f(o, w)
	}
}
