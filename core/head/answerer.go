package head

import (
	"math"

	"homeroom/core/matrix"
)

// answerer is what a head answers with, packed for the machine's kernels once.
type answerer struct {
	layers  []*matrix.Panels
	memory  *matrix.Panels
	centres *matrix.Panels
	squares []float64 // of the lengths of the centres
}

func (h *Head) answerer() *answerer {
	a := &answerer{}
	for i, l := range h.Layers {
		p := matrix.Pack(matrix.Of(l.Out, l.In, l.Weight))
		copy(p.Bias, l.Bias)
		if i+1 < len(h.Layers) {
			p.Low = 0
		}
		a.layers = append(a.layers, p)
	}
	if m := h.Memory; m != nil {
		a.memory = m.panels()
	}
	if c := h.Unknown.centres; c != nil {
		a.centres, a.squares = matrix.Pack(c), c.Squares()
	}
	return a
}

// logits returns the logits [n][C] of rows of standardised x.
func (h *Head) logits(a *answerer, x *matrix.Matrix) *matrix.Matrix {
	if h.Memory != nil {
		return h.Memory.votes(a.memory, x, len(h.Classes))
	}
	for _, p := range a.layers {
		y := matrix.New(x.N, p.N)
		p.Multiply(y, x)
		x = y
	}
	return x
}

// NearestCentre returns the squared distance of each row of x to the nearest of centres, whose
// lengths have the given squares.
func NearestCentre(x *matrix.Matrix, centres *matrix.Panels, squares []float64) []float64 {
	p := matrix.New(x.N, centres.N)
	centres.Multiply(p, x)
	out := make([]float64, x.N)
	for i := range out {
		best := math.Inf(1)
		for c, s := range squares {
			best = min(best, s-2*float64(p.Row(i)[c]))
		}
		out[i] = max(0, best+matrix.Dot(x.Row(i), x.Row(i)))
	}
	return out
}
