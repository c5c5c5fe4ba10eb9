package head

import (
	"cmp"
	"context"
	"math"
	"slices"

	"homeroom/core/kernel"
)

// KNN is the classes of the nearest photos.
const KNN Kind = "knn"

type knn struct{}

func (knn) traits() traits { return traits{kind: KNN, title: "Nearest photos", features: true} }

// neighbourGrid is what the number of neighbours is chosen from.
var neighbourGrid = []float64{20, 10, 5, 3, 1}

func (knn) try(c *dataset, _ map[Kind]*trial) (*trial, error) {
	return c.path(KNN, given(float64(c.cfg.K), neighbourGrid), func(l *trainingSet) solver {
		whole := l.neighbours(1)
		return func(ctx context.Context, k float64) (*learnt, error) {
			m := *whole.memory
			m.K = int(k)
			return &learnt{memory: &m}, ctx.Err()
		}
	})
}

func (knn) alone(cfg Config) float64 { return float64(cmp.Or(cfg.K, 1)) }

func (knn) export(t *trial, s *Settings) { s.K = int(t.Value) }

func (knn) fit(c *dataset, l *trainingSet, s Settings) (*learnt, error) {
	return l.neighbours(s.K), c.ctx.Err()
}

func (k knn) final(c *dataset, l *trainingSet, s Settings) (good, last *learnt, err error) {
	good, err = k.fit(c, l, s)
	return good, nil, err
}

// Memory is the photos that nearest neighbours are looked for among.
type Memory struct {
	K     int       // how many neighbours vote
	Dim   int       // D
	Rows  []float32 // [N][D], standardised, each of length 1
	Class []int     // [N]
}

// knnSharpness turns a cosine into a vote: exp(knnSharpness · cosine).
const knnSharpness = 10

// voteFloor is a vote that every class gets: it keeps the logarithm of a class
// that no neighbour names finite.
const voteFloor = 1e-2

// votes returns, for each row of x, the logarithm of the sum of votes of the
// K nearest photos of each class, by cosine. rows are those of the memory.
func (m *Memory) votes(rows *panels, x *matrix, classes int) *matrix {
	cosines := cosines(rows, x)
	out := newMatrix(x.n, classes)
	order := make([]int, len(m.Class))
	votes := make([]float64, classes)
	for i := range x.n {
		row := cosines.row(i)
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
			out.row(i)[c] = float32(math.Log(v))
		}
	}
	return out
}

// Rule returns how neighbours vote: each of the K nearest gives exp(sharpness · cosine) to its
// class, and the logits are the logarithms of the votes, of which every class has floor to begin
// with.
func (m *Memory) Rule() (sharpness, floor float64) { return knnSharpness, voteFloor }

// panels packs the photos.
func (m *Memory) panels() *panels { return pack(&matrix{len(m.Class), m.Dim, m.Rows}) }

// cosines returns [n][N] cosines of rows of x with those, of length 1, of a memory.
func cosines(rows *panels, x *matrix) *matrix {
	u := newMatrix(x.n, x.d)
	copy(u.data, x.data)
	for i := range u.n {
		unit(u.row(i))
	}
	out := newMatrix(x.n, rows.n)
	rows.multiply(out, u)
	return out
}

// nearest brings the k indices of highest similarity to the front of order,
// the highest first, the lowest index first among equals.
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

// neighbours remembers the photos.
func (l *trainingSet) neighbours(k int) *learnt {
	m := &Memory{K: k, Dim: l.z.d, Rows: slack(l.z.n * l.z.d), Class: slices.Clone(l.y)}
	for i := range l.z.n {
		row := m.Rows[i*m.Dim : (i+1)*m.Dim]
		l.z.read(row, i)
		unit(row)
	}
	return &learnt{memory: m}
}
