package graph

import (
	"errors"
	"fmt"
	"math"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

const (
	// MaxPool and AvgPool slide a Kernel window. With CountPad an average counts the padding as
	// zeros; with Ceil the last window may be partial, and what of it lies beyond the padding never
	// counts.
	MaxPool Op = "maxpool"
	AvgPool Op = "avgpool"
	// AdaptiveAvgPool averages over a grid of Kernel cells that partition the input as PyTorch's
	// layer of that name does. It is free where the input has that size already.
	AdaptiveAvgPool Op = "adaptiveavgpool"
	// GAP is global average pooling: H×W×C → 1×1×C (Lin et al. 2013, arXiv 1312.4400, section 3.2).
	GAP Op = "gap"
	// GMP is the largest of each channel: H×W×C → 1×1×C.
	GMP Op = "gmp"
)

var (
	maxPool         = windowPool(MaxPool, kernel.MaxPool, "max pool ")
	avgPool         = windowPool(AvgPool, kernel.AvgPool, "average pool ")
	gap             = globalPool(GAP, kernel.GAP, called("GAP"))
	gmp             = globalPool(GMP, kernel.GMP, nil)
	adaptiveAvgPool = operator{
		op: AdaptiveAvgPool, inputs: 1, forward: poolForward, backward: poolBackward,
		written: func(n *Node, _ tensor.Shape, _ bool) string { return "average pool to " + extents(n.Kernel) },
		shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
			if n.Kernel[0] < 1 || n.Kernel[1] < 1 || n.Kernel[0] > maxKernel || n.Kernel[1] > maxKernel {
				return tensor.Shape{}, fmt.Errorf("a grid of %d × %d is not possible", n.Kernel[0], n.Kernel[1])
			}
			return tensor.Shape{H: n.Kernel[0], W: n.Kernel[1], C: in[0].C}, nil
		},
		lower: func(c *compiler, n *Node, j kernel.Job, x value) {
			if c.shapes[n.Name] == x.shape {
				c.alias(n, x, 0)
				return
			}
			j.Kind = kernel.AdaptiveAvgPool
			c.emit(n, j, x, nil, 0)
		},
	}
)

func windowPool(op Op, kind kernel.Kind, title string) operator {
	return operator{
		op: op, inputs: 1, forward: poolForward, backward: poolBackward,
		written: func(n *Node, _ tensor.Shape, _ bool) string { return title + extents(n.Kernel) },
		shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
			win, err := n.Window(in[0])
			return tensor.Shape{H: win.OH, W: win.OW, C: in[0].C}, err
		},
		lower: func(c *compiler, n *Node, j kernel.Job, x value) {
			w, _ := n.Window(x.shape)
			setWindow(&j, w)
			j.Kind, j.CountPad = kind, n.CountPad
			j.PB, j.PR = w.Bottom, w.Right
			c.emit(n, j, x, nil, 0)
		},
	}
}

func globalPool(op Op, kind kernel.Kind, written func(*Node, tensor.Shape, bool) string) operator {
	return operator{
		op: op, inputs: 1, forward: poolForward, backward: poolBackward, written: written,
		shape: func(_ *Graph, _ *Node, in []tensor.Shape) (tensor.Shape, error) {
			return tensor.Shape{H: 1, W: 1, C: in[0].C}, nil
		},
		lower: func(c *compiler, n *Node, j kernel.Job, x value) {
			j.Kind = kind
			c.emit(n, j, x, nil, 0)
		},
	}
}

var errTrace = errors.New("no heat map is made through this layer")

// largest says whether a pooling takes the largest value instead of the mean.
func (n *Node) largest() bool { return n.Op == MaxPool || n.Op == GMP }

func poolForward(_ *Graph, n *Node, x, y tensor.Tensor) error {
	return pooled(n, x.Shape, y.Shape, func(to int, from []int) {
		for ch := range x.C {
			if n.largest() {
				y.Data[to+ch] = float32(math.Inf(-1))
			}
			for _, f := range from {
				if n.largest() {
					y.Data[to+ch] = max(y.Data[to+ch], x.Data[f+ch])
				} else {
					y.Data[to+ch] += x.Data[f+ch] / float32(len(from))
				}
			}
		}
	})
}

func poolBackward(_ *Graph, n *Node, x, slope, down tensor.Tensor) error {
	return pooled(n, x.Shape, slope.Shape, func(to int, from []int) {
		for ch := range x.C {
			if !n.largest() {
				for _, f := range from {
					down.Data[f+ch] += slope.Data[to+ch] / float32(len(from))
				}
				continue
			}
			top := from[0]
			for _, f := range from {
				if x.Data[f+ch] > x.Data[top+ch] {
					top = f
				}
			}
			down.Data[top+ch] += slope.Data[to+ch]
		}
	})
}

// pooled calls f for each position of a pooling's output, with where its channels begin and where
// those of the positions that it reads do. Padding is left out.
func pooled(n *Node, x, y tensor.Shape, f func(to int, from []int)) error {
	cell := func(i, in, out int) (int, int) { return i * in / out, ((i+1)*in + out - 1) / out }
	bounds := func(row, column int) (r0, r1, c0, c1 int) {
		r0, r1 = cell(row, x.H, y.H)
		c0, c1 = cell(column, x.W, y.W)
		return
	}
	if n.Op == MaxPool || n.Op == AvgPool {
		w, err := n.Window(x)
		switch {
		case err != nil:
			return err
		case w.DH > 1 || w.DW > 1 || n.Op == AvgPool && n.CountPad && w.Top+w.Left+w.Bottom+w.Right > 0:
			return &Error{n.Name, errTrace}
		}
		bounds = func(row, column int) (r0, r1, c0, c1 int) {
			r0, c0 = row*w.SH-w.Top, column*w.SW-w.Left
			return max(r0, 0), min(r0+w.KH, x.H), max(c0, 0), min(c0+w.KW, x.W)
		}
	}
	var from []int
	for row := range y.H {
		for column := range y.W {
			from = from[:0]
			r0, r1, c0, c1 := bounds(row, column)
			for r := r0; r < r1; r++ {
				for k := c0; k < c1; k++ {
					from = append(from, (r*x.W+k)*x.C)
				}
			}
			f((row*y.W+column)*y.C, from)
		}
	}
	return nil
}
