package head

import (
	"cmp"
	"math"
	"slices"

	"homeroom/core/kernel"
	"homeroom/core/matrix"
)

// slope returns Σ back[c] · d votes[c]/dx.
func (m *Memory) slope(x *matrix.Matrix, back []float32) []float32 {
	cosines := cosines(m.panels(), x).Row(0)
	order := make([]int, len(m.Class))
	for j := range order {
		order[j] = j
	}
	nearest(order, cosines, m.K)
	sum := make([]float64, len(back))
	for c := range sum {
		sum[c] = voteFloor
	}
	order = order[:min(m.K, len(order))]
	for _, j := range order {
		sum[m.Class[j]] += kernel.Exp(knnSharpness * float64(cosines[j]))
	}
	out := make([]float32, m.Dim)
	length := float32(math.Sqrt(matrix.Dot(x.Row(0), x.Row(0))))
	if length == 0 {
		return out
	}
	for _, j := range order {
		c := m.Class[j]
		g := back[c] * float32(knnSharpness*kernel.Exp(knnSharpness*float64(cosines[j]))/sum[c]) / length
		row := m.Rows[j*m.Dim : (j+1)*m.Dim]
		for i, v := range row {
			out[i] += g * (v - cosines[j]*x.Data[i]/length)
		}
	}
	return out
}

// Memory is the photos that nearest neighbours are looked for among.
type Memory struct {
	K     int       // how many neighbours vote
	Dim   int       // D
	Rows  []float32 // [N][D], standardised, each of length 1
	Class []int     // [N]
}

// Rounded returns the memory with its photos rounded to 11 significant bits, as many as numbers of
// half precision have: in a file that is packed they take less than half.
func (m *Memory) Rounded() *Memory {
	out := *m
	out.Rows = make([]float32, len(m.Rows))
	for i, v := range m.Rows {
		const lost = 1<<13 - 1
		b := math.Float32bits(v)
		out.Rows[i] = math.Float32frombits((b + lost/2 + b>>13&1) &^ lost) // ties to even
	}
	return &out
}

// knnSharpness turns a cosine into a vote: exp(knnSharpness · cosine).
const knnSharpness = 10

// voteFloor is a vote that every class gets: it keeps the logarithm of a class that no neighbour
// names finite.
const voteFloor = 1e-2

// votes returns, for each row of x, the logarithm of the sum of votes of the K nearest photos of
// each class, by cosine. rows are those of the memory.
func (m *Memory) votes(rows *matrix.Panels, x *matrix.Matrix, classes int) *matrix.Matrix {
	cosines := cosines(rows, x)
	out := matrix.New(x.N, classes)
	order := make([]int, len(m.Class))
	votes := make([]float64, classes)
	for i := range x.N {
		row := cosines.Row(i)
		for j := range order {
			order[j] = j
		}
		nearest(order, row, m.K)
		for c := range votes {
			votes[c] = voteFloor
		}
		for _, j := range order[:min(m.K, len(order))] {
			votes[m.Class[j]] += kernel.Exp(knnSharpness * float64(row[j]))
		}
		for c, v := range votes {
			out.Row(i)[c] = float32(math.Log(v))
		}
	}
	return out
}

// Rule returns how neighbours vote: each of the K nearest gives exp(sharpness · cosine) to its
// class, and the logits are the logarithms of the votes, of which every class has floor to begin
// with.
func (m *Memory) Rule() (sharpness, floor float64) { return knnSharpness, voteFloor }

// panels packs the photos.
func (m *Memory) panels() *matrix.Panels {
	return matrix.Pack(matrix.Of(len(m.Class), m.Dim, m.Rows))
}

// cosines returns [n][N] cosines of rows of x with those, of length 1, of a memory.
func cosines(rows *matrix.Panels, x *matrix.Matrix) *matrix.Matrix {
	u := matrix.New(x.N, x.D)
	copy(u.Data, x.Data)
	for i := range u.N {
		matrix.Normalise(u.Row(i))
	}
	out := matrix.New(x.N, rows.N)
	rows.Multiply(out, u)
	return out
}

// nearest brings the k indices of highest similarity to the front of order, the highest first, the
// lowest index first among equals.
func nearest(order []int, similarity []float32, k int) {
	if k >= len(order) || len(order) < 64 {
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Or(cmp.Compare(similarity[b], similarity[a]), cmp.Compare(a, b))
		})
		return
	}
	for i := range k {
		best := i
		for j := i + 1; j < len(order); j++ {
			a, b := order[j], order[best]
			if similarity[a] > similarity[b] || similarity[a] == similarity[b] && a < b {
				best = j
			}
		}
		order[i], order[best] = order[best], order[i]
	}
}
