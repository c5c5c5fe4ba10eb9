package graph

import (
	"fmt"
	"math"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

const (
	// BatchNorm scales and shifts each channel by running statistics:
	// (x−Mean)/√(Var+Eps)·Weight+Bias (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 2).
	// Weight and Bias may be "" (1 and 0).
	BatchNorm Op = "batchnorm"
	// LayerNorm normalises the channels of each position to mean 0 and variance 1, then scales by
	// Weight and adds Bias (Ba et al. 2016, arXiv 1607.06450).
	LayerNorm Op = "layernorm"
	// GroupNorm normalises each of Groups groups of channels over all positions to mean 0 and
	// variance 1, then scales each channel by Weight and adds Bias (Wu and He 2018, arXiv
	// 1803.08494, equation 7). With as many groups as channels it is instance normalisation
	// (Ulyanov et al. 2016, arXiv 1607.08022).
	GroupNorm Op = "groupnorm"
)

// affineShape is the shape of a norm whose optional scale and shift have one number a channel.
func affineShape(g *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
	for _, p := range []string{n.Weight, n.Bias} {
		if err := g.vector(p, in[0].C); err != nil {
			return tensor.Shape{}, err
		}
	}
	return in[0], n.checkEps()
}

// affineConstants hands the optional scale and shift to a job.
func (c *compiler) affineConstants(n *Node, j *kernel.Job, channels int) {
	j.Eps = float32(n.Eps)
	j.Weight = c.constant(c.g.Floats(n.Weight, channels, 1))
	j.Bias = c.constant(c.g.Floats(n.Bias, channels, 0))
}

var batchNorm = operator{
	op: BatchNorm, inputs: 1,
	shape: func(g *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
		if n.Mean == "" || n.Var == "" {
			return tensor.Shape{}, fmt.Errorf("its running mean or variance is missing")
		}
		for _, p := range []string{n.Mean, n.Var} {
			if err := g.vector(p, in[0].C); err != nil {
				return tensor.Shape{}, err
			}
		}
		return affineShape(g, n, in)
	},
	pack: func(p *Packed, n *Node) (*operands, error) {
		scale, shift := p.graph.ScaleShift(n)
		return &operands{weight: withSlack(scale), bias: withSlack(shift)}, nil
	},
	lower: func(c *compiler, n *Node, j kernel.Job, x value) {
		j.Kind = kernel.Affine
		macs := int64(c.shapes[n.Name].Len())
		n = c.fuseActivation(n, &j)
		c.emit(n, j, x, nil, macs)
	},
	forward: func(g *Graph, n *Node, x, y tensor.Tensor) error {
		scale, shift := g.ScaleShift(n)
		for i, v := range x.Data[:x.Len()] {
			y.Data[i] = v*scale[i%x.C] + shift[i%x.C]
		}
		return nil
	},
	backward: func(g *Graph, n *Node, x, slope, down tensor.Tensor) error {
		scale, _ := g.ScaleShift(n)
		for i := range down.Data[:x.Len()] {
			down.Data[i] = slope.Data[i] * scale[i%x.C]
		}
		return nil
	},
}

// ScaleShift returns the batch norm of a node as x·scale + shift, [C] each.
func (g *Graph) ScaleShift(n *Node) (scale, shift []float32) {
	mean, variance := g.Floats(n.Mean, 0, 0), g.Floats(n.Var, 0, 1)
	scale, shift = g.Floats(n.Weight, len(mean), 1), g.Floats(n.Bias, len(mean), 0)
	for c := range mean {
		s := float64(scale[c]) / math.Sqrt(float64(variance[c])+n.Eps)
		shift[c] = float32(float64(shift[c]) - float64(mean[c])*s)
		scale[c] = float32(s)
	}
	return scale, shift
}

var layerNorm = operator{
	op: LayerNorm, inputs: 1, shape: affineShape,
	lower: func(c *compiler, n *Node, j kernel.Job, x value) {
		j.Kind = kernel.LayerNorm
		c.affineConstants(n, &j, x.shape.C)
		c.emit(n, j, x, nil, 0)
	},
}

var groupNorm = operator{
	op: GroupNorm, inputs: 1,
	shape: func(g *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
		if n.Groups < 1 || in[0].C%n.Groups != 0 {
			return tensor.Shape{}, fmt.Errorf("%d channels cannot be cut into %d groups", in[0].C, n.Groups)
		}
		return affineShape(g, n, in)
	},
	lower: func(c *compiler, n *Node, j kernel.Job, x value) {
		j.Kind, j.Groups = kernel.GroupNorm, n.Groups
		c.affineConstants(n, &j, x.shape.C)
		n = c.fuseActivation(n, &j)
		c.emit(n, j, x, nil, 0)
	},
}
