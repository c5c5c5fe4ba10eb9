package head

import "homeroom/core/matrix"

// Layer is y[o] = Σi Weight[o][i]·x[i] + Bias[o].
type Layer struct {
	In, Out int
	Weight  []float32 // [Out][In]
	Bias    []float32 // [Out]
}

// Learnt is what answers: layers with rectified units between them, or a memory.
type Learnt struct {
	Layers []Layer
	Memory *Memory
}

// Scores returns logits [n][C] of rows of standardised x [n][D].
func (l *Learnt) Scores(x *matrix.Matrix, classes int) *matrix.Matrix {
	if l.Memory != nil {
		return l.Memory.votes(l.Memory.panels(), x, classes)
	}
	for i, layer := range l.Layers {
		w := matrix.Of(layer.Out, layer.In, layer.Weight)
		// Weights are the left side: they are few, and what is packed is padded.
		y := matrix.Product(slacked(w), x).Transpose()
		for r := range y.N {
			row := y.Row(r)
			for o := range row {
				row[o] += layer.Bias[o]
				if i+1 < len(l.Layers) {
					row[o] = max(0, row[o])
				}
			}
		}
		x = y
	}
	return x
}

// slacked returns m, copied where there is no room behind it.
func slacked(m *matrix.Matrix) *matrix.Matrix {
	c := matrix.New(m.N, m.D)
	copy(c.Data, m.Data)
	return c
}
