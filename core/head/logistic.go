package head

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// logistic is the objective of multinomial logistic regression with an L2
// penalty, over parameters [C][d] followed by biases [C]:
//
//	f(W, b) = Σi s[i]·(log Σc exp(z[i]·w[c] + b[c]) − z[i]·w[y[i]] − b[y[i]]) + l2/2·Σ W²
//
// with weights s that add up to 1. See Hastie, Tibshirani and Friedman, The
// Elements of Statistical Learning, section 4.4.
type logistic struct {
	z      *design
	y      []int     // [n]
	s      []float64 // [n]
	c      int
	l2     float64
	w      *matrix // [C][d], scratch
	at     []float64
	value  float64
	slope  []float64
	failed error
	ctx    context.Context
}

func newLogistic(ctx context.Context, z *design, y []int, s []float64, classes int) *logistic {
	return &logistic{
		z: z, y: y, s: s, c: classes, ctx: ctx, w: newMatrix(classes, z.d),
		at: []float64{math.NaN()}, slope: make([]float64, classes*(z.d+1)),
	}
}

// evaluate computes value and slope at x, unless it did so last.
func (l *logistic) evaluate(x []float64) {
	if len(l.at) == len(x) && equal(l.at, x) {
		return
	}
	l.at = append(l.at[:0], x...)
	d := l.z.d
	weights, bias := x[:l.c*d], x[l.c*d:]
	square := 0.0
	for i, v := range weights {
		l.w.data[i] = float32(v)
		square += v * v
		l.slope[i] = l.l2 * v
	}
	biasSlope := l.slope[l.c*d:]
	clear(biasSlope)
	l.value = l.l2 / 2 * square
	part := newMatrix(l.c, d)
	e := make([]float64, l.c)
	l.z.each(func(b packedBlock) {
		logits := newMatrix(l.c, b.n)
		b.across.multiply(logits, l.w)
		for i := range b.n {
			y, s := l.y[b.from+i], l.s[b.from+i]
			top := math.Inf(-1)
			for c := range e {
				e[c] = float64(logits.data[c*b.n+i]) + bias[c]
				top = max(top, e[c])
			}
			l.value += s * (top - e[y])
			sum := 0.0
			for c := range e {
				e[c] = math.Exp(e[c] - top)
				sum += e[c]
			}
			l.value += s * math.Log(sum)
			for c := range e {
				p := s * e[c] / sum
				if c == y {
					p -= s
				}
				biasSlope[c] += p
				// Scaled by n so that float32 keeps its range.
				logits.data[c*b.n+i] = float32(p * float64(l.z.n))
			}
		}
		b.down.multiply(part, logits)
		for i, v := range part.data {
			l.slope[i] += float64(v) / float64(l.z.n)
		}
	})
}

func equal(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// tolerance is where a fit stops: when the largest slope is this small, or five
// steps gained less than this share of the value.
const (
	slopeTolerance = 1e-5
	gainTolerance  = 1e-6
)

// minimize runs L-BFGS (Liu and Nocedal 1989) from start, which it does not
// change, for at most so many steps. After each step it calls step, where that
// is not nil.
func (l *logistic) minimize(start []float64, steps int, step func(n int, value float64, x []float64)) ([]float64, error) {
	problem := optimize.Problem{
		Func: func(x []float64) float64 { l.evaluate(x); return l.value },
		Grad: func(slope, x []float64) { l.evaluate(x); copy(slope, l.slope) },
		Status: func() (optimize.Status, error) {
			if err := l.ctx.Err(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}
	settings := &optimize.Settings{
		GradientThreshold: slopeTolerance,
		Converger:         &optimize.FunctionConverge{Relative: gainTolerance, Iterations: 5},
		MajorIterations:   steps,
		Concurrent:        1,
	}
	if step != nil {
		settings.Recorder = recorder(step)
	}
	r, err := optimize.Minimize(problem, append([]float64(nil), start...), settings, &optimize.LBFGS{Store: 10})
	if e := l.ctx.Err(); e != nil {
		return nil, e
	}
	// A line search that finds no lower point has met the end of float32's
	// precision: what was reached is the answer.
	if err != nil && (r == nil || r.X == nil || !errors.Is(err, optimize.ErrLinesearcherFailure) && !errors.Is(err, optimize.ErrNoProgress) && !errors.Is(err, optimize.ErrNonDescentDirection)) {
		return nil, err
	}
	return r.X, nil
}

type recorder func(n int, value float64, x []float64)

func (recorder) Init() error { return nil }

func (r recorder) Record(at *optimize.Location, op optimize.Operation, stats *optimize.Stats) error {
	if op == optimize.MajorIteration {
		r(stats.MajorIterations, at.F, at.X)
	}
	return nil
}
