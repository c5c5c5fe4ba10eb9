package head

import "math"

// answerer is what a head answers with, packed for the machine's kernels once.
type answerer struct {
	layers  []*panels
	memory  *panels
	centres *panels
	squares []float64 // of the lengths of the centres
}

func (h *Head) answerer() *answerer {
	a := &answerer{}
	for i, l := range h.Layers {
		p := pack(&matrix{l.Out, l.In, l.Weight})
		copy(p.bias, l.Bias)
		if i+1 < len(h.Layers) {
			p.low = 0
		}
		a.layers = append(a.layers, p)
	}
	if m := h.Memory; m != nil {
		a.memory = m.panels()
	}
	if c := h.Unknown.centres; c != nil {
		a.centres, a.squares = pack(c), c.squares()
	}
	return a
}

// logits returns the logits [n][C] of rows of standardised x.
func (h *Head) logits(a *answerer, x *matrix) *matrix {
	if h.Memory != nil {
		return h.Memory.votes(a.memory, x, len(h.Classes))
	}
	for _, p := range a.layers {
		y := newMatrix(x.n, p.n)
		p.multiply(y, x)
		x = y
	}
	return x
}

// nearestCentre returns the squared distance of each row of x to the nearest
// of centres, whose lengths have the given squares.
func nearestCentre(x *matrix, centres *panels, squares []float64) []float64 {
	p := newMatrix(x.n, centres.n)
	centres.multiply(p, x)
	out := make([]float64, x.n)
	for i := range out {
		best := math.Inf(1)
		for c, s := range squares {
			best = min(best, s-2*float64(p.row(i)[c]))
		}
		out[i] = max(0, best+dot(x.row(i), x.row(i)))
	}
	return out
}

// squares returns the squared length of each row.
func (m *matrix) squares() []float64 {
	out := make([]float64, m.n)
	for i := range out {
		out[i] = dot(m.row(i), m.row(i))
	}
	return out
}
