package training

import (
	"cmp"
	"context"
	"slices"

	"homeroom/core/head"
)

// Means is class means with a shrunken common covariance; discriminant.go solves them.
const Means head.Kind = "means"

type means struct{}

func (means) traits() traits {
	return traits{kind: Means, title: "Class means", quick: true, safe: true, classes: true, scout: Means, single: 1}
}

// shrinkageGrid is what the shrinkage is chosen from.
var shrinkageGrid = []float64{0.95, 0.9, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1}

func (means) try(c *dataset, _ map[head.Kind]*trial) (*trial, error) {
	return c.path(Means, given(c.cfg.Shrinkage, shrinkageGrid), func(l *trainingSet) solver { return l.means() })
}

func (means) alone(cfg Config) float64 { return cmp.Or(cfg.Shrinkage, 1) }

func (means) export(t *trial, s *head.Settings) { s.Shrinkage = t.Value }

func (means) fit(c *dataset, l *trainingSet, s head.Settings) (*head.Learnt, error) {
	return l.means()(c.ctx, s.Shrinkage)
}

func (k means) final(c *dataset, l *trainingSet, s head.Settings) (good, last *head.Learnt, err error) {
	good, err = k.fit(c, l, s)
	return good, nil, err
}

// means learns class means with a shrinkage.
func (l *trainingSet) means() solver {
	f := newDiscriminant(l.design(), l.y, l.s, l.classes)
	f.tick = func() { l.tell(0, 0) }
	var w []float64
	return func(ctx context.Context, shrinkage float64) (*head.Learnt, error) {
		v, b, err := f.solve(ctx, shrinkage, w)
		if err != nil {
			return nil, err
		}
		w = v
		l.tell(1, 0)
		return &head.Learnt{Layers: []head.Layer{layer64(append(slices.Clone(w), b...), l.classes, f.z.D)}}, nil
	}
}
