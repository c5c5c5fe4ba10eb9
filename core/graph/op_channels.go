package graph

import (
	"fmt"
	"math"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

const (
	// Flatten turns H×W×C into 1×1×(H·W·C) without moving anything: the order is NHWC, and what
	// follows must have its weights in that order.
	Flatten Op = "flatten"
	// Concat puts the channels of two or more inputs of the same height and width behind one
	// another (Huang et al. 2016, arXiv 1608.06993, equation 2).
	Concat Op = "concat"
	// Slice takes Count channels of each position from Index on.
	Slice Op = "slice"
	// Shuffle reads the channels as Groups rows and writes them as columns: channel i·Groups + g of
	// the output is channel g·(C/Groups) + i of the input (Zhang et al. 2017, arXiv 1707.01083,
	// section 3.1).
	Shuffle Op = "shuffle"
)

var (
	flatten = operator{
		op: Flatten, inputs: 1,
		shape: func(_ *Graph, _ *Node, in []tensor.Shape) (tensor.Shape, error) {
			return tensor.Shape{H: 1, W: 1, C: in[0].Len()}, nil
		},
		lower:   func(c *compiler, n *Node, _ kernel.Job, x value) { c.alias(n, x, 0) },
		forward: func(_ *Graph, _ *Node, x, y tensor.Tensor) error { copy(y.Data, x.Data[:x.Len()]); return nil },
		backward: func(_ *Graph, _ *Node, x, slope, down tensor.Tensor) error {
			copy(down.Data, slope.Data[:x.Len()])
			return nil
		},
	}
	concat = operator{
		op: Concat, inputs: manyInputs,
		shape: func(_ *Graph, _ *Node, in []tensor.Shape) (tensor.Shape, error) {
			out := in[0]
			for _, s := range in[1:] {
				if s.H != out.H || s.W != out.W {
					return out, fmt.Errorf("maps of %v and %v cannot be joined", in[0], s)
				}
				if out.C += s.C; out.C > maxExtent {
					return out, fmt.Errorf("it joins more than %d channels", maxExtent)
				}
			}
			return out, nil
		},
		lower: lowerConcat,
	}
	sliceChannels = operator{
		op: Slice, inputs: 1,
		detail: func(n *Node) string {
			if n.Count == 0 {
				return ""
			}
			return fmt.Sprintf("channels %d to %d", n.Index, n.Index+n.Count-1)
		},
		shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
			x := in[0]
			if n.Index < 0 || n.Count < 1 || n.Count > x.C || n.Index > x.C-n.Count {
				return x, fmt.Errorf("there are no %d channels from %d on in %v", n.Count, n.Index, x)
			}
			return tensor.Shape{H: x.H, W: x.W, C: n.Count}, nil
		},
		lower: func(c *compiler, n *Node, j kernel.Job, x value) {
			x.shift += n.Index
			if x.shape.Pixels() == 1 {
				c.alias(n, x, 0)
				return
			}
			copyChannels(&j, x.shape, n.Count, n.Count)
			c.emit(n, j, x, nil, 0)
		},
	}
	shuffle = operator{
		op: Shuffle, inputs: 1,
		shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
			if n.Groups < 1 || in[0].C%n.Groups != 0 {
				return in[0], fmt.Errorf("%d channels cannot be cut into %d groups", in[0].C, n.Groups)
			}
			return in[0], nil
		},
		lower: func(c *compiler, n *Node, j kernel.Job, x value) {
			each := x.shape.C / n.Groups
			from := make([]float32, x.shape.C) // whole numbers, as bits
			for i := range from {
				from[i] = math.Float32frombits(uint32(i%n.Groups*each + i/n.Groups))
			}
			j.Kind, j.M, j.RowBlock = kernel.Permute, x.shape.Pixels(), positionBlock(x.shape)
			j.Weight = c.constant(from)
			c.emit(n, j, x, nil, 0)
		},
	}
)

// copyChannels makes a job copy n channels of each position, into rows of width channels.
func copyChannels(j *kernel.Job, x tensor.Shape, n, width int) {
	j.Kind, j.M, j.K, j.N = kernel.Copy, x.Pixels(), x.C, n
	j.OC = width
	j.RowBlock = positionBlock(x)
}

// positionBlock is how many positions make an item of a job that only moves data.
func positionBlock(s tensor.Shape) int { return max(1, kernel.ElementBlock/s.C) }

func lowerConcat(c *compiler, n *Node, j kernel.Job, _ value) {
	out := c.newValue(c.shapes[n.Name])
	part := out
	for _, name := range n.In {
		x := c.values[name]
		j.H, j.W, j.C = x.shape.H, x.shape.W, x.shape.C
		copyChannels(&j, x.shape, x.shape.C, out.shape.C)
		c.spans[out.span].Last = len(c.steps)
		c.steps = append(c.steps, step{job: j, name: n.Name, in: c.read(x), out: part})
		part.shift += x.shape.C
	}
	c.values[n.Name] = out
}
