package training

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"homeroom/core/head"
)

// Linear is multinomial logistic regression.
const Linear head.Kind = "linear"

type linear struct{}

func (linear) traits() traits {
	return traits{kind: Linear, title: "Linear", standard: true, penalty: true, scout: Linear}
}

// l2Decades are the penalties that one is chosen from, from strong to weak, so that each fit starts
// from the one before.
var l2Decades = []float64{1e-2, 1e-3, 1e-4, 1e-5, 1e-6}

func (linear) try(c *dataset, _ map[head.Kind]*trial) (*trial, error) { return c.penalty() }

func (linear) alone(cfg Config) float64 { return cmp.Or(cfg.L2, 1e-3) }

func (linear) export(t *trial, s *head.Settings) { s.L2 = t.Value }

func (linear) fit(c *dataset, l *trainingSet, s head.Settings) (*head.Learnt, error) {
	out, err := l.linear(c.begun, c.tolerance(), nil)(c.ctx, s.L2)
	if err == nil && c.begun != nil {
		c.begun = &out.Layers[0]
	}
	return out, err
}

func (linear) final(c *dataset, l *trainingSet, s head.Settings) (good, last *head.Learnt, err error) {
	return c.finalLinear(c, l, s.L2)
}

// linear learns logistic regression with a penalty, as nearly as tolerance says: from start, or
// zeros where that is nil, the first time, then from what it learnt with the nearest penalty. After
// each step it calls step, where that is not nil.
func (l *trainingSet) linear(start *head.Layer, tolerance float64, step func(*head.Learnt)) solver {
	z := l.design()
	b := newBasis(z, l.classes)
	if start == nil {
		start = &head.Layer{In: z.D, Out: l.classes, Weight: make([]float32, l.classes*z.D), Bias: make([]float32, l.classes)}
	}
	type solved struct {
		l2    float64
		layer head.Layer
	}
	var before []solved
	return func(ctx context.Context, l2 float64) (*head.Learnt, error) {
		from, nearest := *start, math.Inf(1)
		for _, s := range before {
			if far := math.Abs(math.Log(s.l2 / l2)); far < nearest {
				from, nearest = s.layer, far
			}
		}
		f := newLogistic(ctx, z, b, l.y, l.s, l.classes, l2)
		layer, err := f.minimize(from, linearSteps, tolerance, func(n int, value float64, at func() head.Layer) {
			l.tell(1-1/(1+float64(n)/20), value)
			if step != nil {
				step(&head.Learnt{Layers: []head.Layer{at()}})
			}
		})
		if err != nil {
			return nil, err
		}
		before = append(before, solved{l2, layer})
		return &head.Learnt{Layers: []head.Layer{layer}}, nil
	}
}

const linearSteps = 300

// penalty tries linear heads with the penalty that was given, or with one for each decade, from
// strong to weak, and then with what those tell.
//
// The least loss once a head is calibrated is only half of the truth: how sure it is of itself
// tells as much. The penalty is chosen half way between the one with the least calibrated loss and
// the weaker one that needs no calibration, whose temperature is 1; RATIONALE.md has the figures.
func (c *dataset) penalty() (*trial, error) {
	t := c.trials(Linear, len(l2Decades)+1, func(l *trainingSet) solver { return l.linear(nil, roughly, nil) })
	if c.cfg.L2 > 0 {
		return t.at(c.cfg.L2)
	}
	var losses, sure []float64 // sure: log of the temperature, rising
	for g, l2 := range l2Decades {
		one, err := t.at(l2)
		if err != nil {
			return nil, err
		}
		losses, sure = append(losses, one.Loss), append(sure, math.Log(one.temperature))
		if argmin(losses) < g && sure[g] >= 0 {
			break
		}
	}
	place := (lowest(losses) + crossing(sure)) / 2
	if i := int(math.Round(place)); math.Abs(place-float64(i)) < 0.05 {
		return t.tried[i], nil
	}
	return t.at(twoDigits(l2Decades[0] * math.Pow(10, -place)))
}

// lowest returns where the parabola through the least of the values and its neighbours has its
// minimum, in places of the list.
func lowest(v []float64) float64 {
	i := argmin(v)
	if i == 0 || i == len(v)-1 {
		return float64(i)
	}
	left, right := v[i-1]-v[i], v[i+1]-v[i]
	if left+right <= 0 {
		return float64(i)
	}
	return float64(i) + (left-right)/(left+right)/2
}

// crossing returns where values first reach 0, in places of the list, between which they are
// straight lines: the last place where they never do.
func crossing(v []float64) float64 {
	for i, x := range v {
		if x < 0 {
			continue
		}
		if i == 0 {
			return 0
		}
		return float64(i) - x/(x-v[i-1])
	}
	return float64(len(v) - 1)
}

// twoDigits rounds a number above 0.
func twoDigits(v float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 1, 64), 64)
	if err != nil {
		panic(err)
	}
	return short
}

// finalLinear learns logistic regression from all photos, and tells of each step how it answers the
// Valid photos.
func (f *fit) finalLinear(c *dataset, l *trainingSet, l2 float64) (good, last *head.Learnt, err error) {
	watch := f.watch(c.dual.z)
	start, err := c.warm(l.classes)
	if err != nil {
		return nil, nil, err
	}
	if start == nil {
		start = c.begun
	}
	step := func(x *head.Learnt) { watch.see(x) }
	last, err = l.linear(start, c.tolerance(), step)(f.ctx, l2)
	if err != nil {
		return nil, nil, err
	}
	return watch.choose(last)
}

// tolerance is how near to the minimum a head that is kept is learnt.
func (c *dataset) tolerance() float64 {
	if c.begun != nil {
		return nearly
	}
	return closely
}

// warm returns the layer that an earlier head has in the coordinates of the dual, nil without such
// a head.
func (c *dataset) warm(classes int) (*head.Layer, error) {
	w := c.cfg.Warm
	if w == nil || len(w.Layers) != 1 || w.Layers[0].In != c.dual.x.D {
		return nil, nil
	}
	from := w.Rescaled(c.scale)[0]
	d := c.dual.x.D
	x := &head.Layer{In: d, Out: classes, Weight: make([]float32, classes*d), Bias: make([]float32, classes)}
	for k, name := range c.bank.Classes {
		if old := slices.Index(w.Classes, name); old >= 0 {
			copy(x.Weight[k*d:(k+1)*d], from.Weight[old*d:])
			x.Bias[k] = from.Bias[old]
		}
	}
	if c.dual.lower == nil {
		return x, nil
	}
	return &head.Layer{In: c.dual.z.D, Out: classes, Weight: c.dual.forth(x.Weight, classes), Bias: x.Bias}, nil
}
