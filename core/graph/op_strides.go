package graph

import (
	"fmt"
	"math"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

const (
	// Rearrange gives the elements of its input in another order, or some of them, or some several
	// times: those that a Walk from element Index on meets, as an output of Grid positions. The
	// walk is for an input of Count elements, and so for one size of photo.
	Rearrange Op = "rearrange"
	// MatMul multiplies pairs of matrices out of two inputs, Left and Right, times Alpha: the
	// output has for each pair, one after the other, Rows positions of Columns channels. It is for
	// inputs of those sizes alone.
	MatMul Op = "matmul"
	// Bias adds Weight, [R][C], to the positions of its input, whose number is a multiple of R, R
	// at a time: what is added to the attention scores of every window (Liu et al. 2021, arXiv
	// 2103.14030, equation 4).
	Bias Op = "bias"
)

// Stride is one loop of a walk through a tensor: N steps of Step elements.
type Stride [2]int

// Walk visits elements by nested loops, the outermost first.
type Walk []Stride

const maxWalk = 16

// length checks a walk from an element on over n elements and returns how many it visits.
func (w Walk) length(start, n int) (int, error) {
	if len(w) > maxWalk || start < 0 {
		return 0, fmt.Errorf("a walk of %d loops from element %d on is not possible", len(w), start)
	}
	count, last := 1, start
	for _, s := range w {
		if s[0] < 1 || s[0] > maxValues || s[1] < 0 || s[1] > maxValues || count > maxValues/s[0] {
			return 0, fmt.Errorf("%d steps of %d are not possible", s[0], s[1])
		}
		count *= s[0]
		if last += (s[0] - 1) * s[1]; last >= n {
			return 0, fmt.Errorf("it walks beyond the %d elements of its input", n)
		}
	}
	return count, nil
}

// offsets lists the elements that a walk meets.
func (w Walk) offsets(start int) []uint32 {
	out := []uint32{uint32(start)}
	for _, s := range w {
		next := make([]uint32, 0, len(out)*s[0])
		for _, o := range out {
			for i := range s[0] {
				next = append(next, o+uint32(i*s[1]))
			}
		}
		out = next
	}
	return out
}

// whole keeps numbers of 32 bits as what the constants of a program are.
func whole(v []uint32) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = math.Float32frombits(x)
	}
	return out
}

var rearrange = operator{
	op: Rearrange, inputs: 1,
	shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
		x := in[0]
		if x.Len() != n.Count {
			return x, sized(n.Count, x)
		}
		count, err := n.Walk.length(n.Index, x.Len())
		if err != nil {
			return x, err
		}
		if n.Grid[0] < 1 || n.Grid[1] < 1 || n.Grid[0] > count || count%n.Grid[0] != 0 || count/n.Grid[0]%n.Grid[1] != 0 {
			return x, fmt.Errorf("%d elements are no grid of %d × %d", count, n.Grid[0], n.Grid[1])
		}
		return tensor.Shape{H: n.Grid[0], W: n.Grid[1], C: count / n.Grid[0] / n.Grid[1]}, nil
	},
	lower: func(c *compiler, n *Node, j kernel.Job, x value) {
		// What walks straight on is there already.
		walk, run := n.Walk, 1
		for k := len(walk) - 1; k >= 0 && (walk[k][1] == run || walk[k][0] == 1); k-- {
			run *= walk[k][0]
			walk = walk[:k]
		}
		if len(walk) == 0 {
			c.alias(n, x, n.Index)
			return
		}
		from := walk.offsets(n.Index)
		j.Kind, j.M, j.N = kernel.Rearrange, len(from), run
		j.RowBlock = max(1, kernel.ElementBlock/run)
		j.Weight = c.constant(whole(from))
		c.emit(n, j, x, nil, 0)
	},
}

// sized says that an input is not of the size that a layer was made for.
func sized(want int, x tensor.Shape) error {
	return fmt.Errorf("it was made for an input of %d elements, not for the %d of %v; the network takes one size only", want, x.Len(), x)
}

// Matrices are where an input of a MatMul has its matrices: in one of Count elements, those of each
// pair at the offsets of a walk, rows Down and columns Right elements apart.
type Matrices struct {
	Count int  `json:"count"`
	Index int  `json:"index,omitempty"`
	Walk  Walk `json:"walk,omitempty"`
	Down  int  `json:"down"`
	Right int  `json:"right"`
}

// pairs checks matrices of some rows and columns in x and returns how many there are.
func (m *Matrices) pairs(rows, columns int, x tensor.Shape) (int, error) {
	if m == nil {
		return 0, fmt.Errorf("it does not say where its matrices are")
	}
	if x.Len() != m.Count {
		return 0, sized(m.Count, x)
	}
	if _, err := append(append(Walk{}, m.Walk...), Stride{rows, m.Down}, Stride{columns, m.Right}).length(m.Index, x.Len()); err != nil {
		return 0, err
	}
	return m.Walk.length(m.Index, x.Len())
}

var matMul = operator{
	op: MatMul, inputs: 2,
	detail: func(n *Node) string {
		return fmt.Sprintf("%d×%d times %d×%d", n.Rows, n.Depth, n.Depth, n.Columns)
	},
	shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
		if err := checkAlpha(n); err != nil {
			return in[0], err
		}
		a, err := n.Left.pairs(n.Rows, n.Depth, in[0])
		if err != nil {
			return in[0], err
		}
		b, err := n.Right.pairs(n.Depth, n.Columns, in[1])
		if err != nil {
			return in[0], err
		}
		if a != b || a > maxValues/n.Rows {
			return in[0], fmt.Errorf("%d matrices times %d", a, b)
		}
		return tensor.Shape{H: a * n.Rows, W: 1, C: n.Columns}, nil
	},
	macs: func(_ *Graph, n *Node, _, out tensor.Shape) int64 { return int64(out.Len()) * int64(n.Depth) },
	lower: func(c *compiler, n *Node, j kernel.Job, x value) {
		y := c.values[n.In[1]]
		a, b := n.Left.Walk.offsets(n.Left.Index), n.Right.Walk.offsets(n.Right.Index)
		starts := make([]uint32, 0, 2*len(a))
		for i := range a {
			starts = append(starts, a[i], b[i])
		}
		j.Kind = kernel.MatMul
		j.M, j.K, j.N, j.Groups = n.Rows, n.Depth, n.Columns, len(a)
		j.SH, j.SW, j.DH, j.DW = n.Left.Down, n.Left.Right, n.Right.Down, n.Right.Right
		j.Alpha = float32(n.Alpha)
		j.RowBlock = roundUp(ceil(j.M, ceil(j.M, 8*rowBlock)), rowTile)
		j.Weight = c.constant(whole(starts))
		c.emit(n, j, x, &y, c.macs(n))
	},
}

var bias = operator{
	op: Bias, inputs: 1,
	shape: func(g *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
		w, err := g.param(n.Weight, 0, in[0].C)
		if err == nil && in[0].Pixels()%w.Dims[0] != 0 {
			err = fmt.Errorf("%d positions are added to %v", w.Dims[0], in[0])
		}
		return in[0], err
	},
	lower: func(c *compiler, n *Node, j kernel.Job, x value) {
		j.Kind = kernel.Add
		w := c.g.Floats(n.Weight, 0, 0)
		j.In2, j.Period = c.constant(w), len(w)/x.shape.C
		n = c.fuseActivation(n, &j)
		c.emit(n, j, x, nil, 0)
	},
}

// ConcatRows puts the rows of inputs of the same width and number of channels under one another,
// such as tokens in front of others.
const ConcatRows Op = "concatrows"

var concatRows = operator{
	op: ConcatRows, inputs: manyInputs,
	shape: func(_ *Graph, _ *Node, in []tensor.Shape) (tensor.Shape, error) {
		out := in[0]
		for _, s := range in[1:] {
			if s.W != out.W || s.C != out.C {
				return out, fmt.Errorf("rows of %v and %v cannot be put under one another", in[0], s)
			}
			if out.H += s.H; out.H > maxExtent {
				return out, fmt.Errorf("it has more than %d rows", maxExtent)
			}
		}
		return out, nil
	},
	lower: func(c *compiler, n *Node, j kernel.Job, _ value) {
		out := c.newValue(c.shapes[n.Name])
		part := out
		for _, name := range n.In {
			x := c.values[name]
			j.H, j.W, j.C = x.shape.H, x.shape.W, x.shape.C
			copyChannels(&j, x.shape, x.shape.C, x.shape.C)
			c.spans[out.span].Last = len(c.steps)
			c.steps = append(c.steps, step{job: j, name: n.Name, in: c.read(x), out: part})
			part.shift += x.shape.Len()
		}
		c.values[n.Name] = out
	},
}
