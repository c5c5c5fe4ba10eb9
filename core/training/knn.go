package training

import (
	"cmp"
	"context"
	"slices"

	"homeroom/core/head"
	"homeroom/core/matrix"
)

// KNN is the classes of the nearest photos.
const KNN head.Kind = "knn"

type knn struct{}

func (knn) traits() traits {
	return traits{kind: KNN, title: "Nearest photos", features: true, heavy: true, classes: true, scout: Means, single: 2}
}

// neighbourGrid is what the number of neighbours is chosen from.
var neighbourGrid = []float64{20, 10, 5, 3, 1}

func (knn) try(c *dataset, _ map[head.Kind]*trial) (*trial, error) {
	return c.path(KNN, given(float64(c.cfg.K), neighbourGrid), func(l *trainingSet) solver {
		whole := l.neighbours(1)
		return func(ctx context.Context, k float64) (*head.Learnt, error) {
			m := *whole.Memory
			m.K = int(k)
			return &head.Learnt{Memory: &m}, ctx.Err()
		}
	})
}

func (knn) alone(cfg Config) float64 { return float64(cmp.Or(cfg.K, 1)) }

func (knn) export(t *trial, s *head.Settings) { s.K = int(t.Value) }

func (knn) fit(c *dataset, l *trainingSet, s head.Settings) (*head.Learnt, error) {
	return l.neighbours(s.K), c.ctx.Err()
}

func (k knn) final(c *dataset, l *trainingSet, s head.Settings) (good, last *head.Learnt, err error) {
	good, err = k.fit(c, l, s)
	return good, nil, err
}

// neighbours remembers the photos.
func (l *trainingSet) neighbours(k int) *head.Learnt {
	m := &head.Memory{K: k, Dim: l.z.D, Rows: matrix.Slack(l.z.N * l.z.D), Class: slices.Clone(l.y)}
	for i := range l.z.N {
		row := m.Rows[i*m.Dim : (i+1)*m.Dim]
		l.z.Read(row, i)
		matrix.Normalise(row)
	}
	return &head.Learnt{Memory: m}
}
