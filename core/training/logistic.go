package training

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/optimize"

	"homeroom/core/head"
	"homeroom/core/matrix"
)

// logistic is the objective of multinomial logistic regression with an L2 penalty, over weights
// [C][d] followed by biases [C]:
//
//	f(W, b) = Σi s[i]·(log Σc exp(z[i]·w[c] + b[c]) − z[i]·w[y[i]] − b[y[i]]) + l2/2·Σ W²
//
// with weights s that add up to 1. See Hastie, Tibshirani and Friedman, The Elements of Statistical
// Learning, section 4.4.
//
// What L-BFGS sees is a function of q, of which the weights are a linear map that makes all
// directions about equally curved (see basis).
type logistic struct {
	ctx       context.Context
	z         *design
	basis     *basis
	y         []int     // [n]
	s         []float64 // [n]
	c         int
	l2        float64
	mapping   scales  // q to weights
	biasScale float64 // q to biases

	// At the last q; value and what follows, where known.
	q      []float64
	w      *matrix.Matrix // [C][d]
	b      []float32      // [C]
	known  bool
	value  float64
	slope  *matrix.Matrix // by w, [C][d]; then by q
	slopeB []float64      // by b, [C]
	left   float64        // length of the slope over that of l2·w

	scratch  []float32      // logits of a block
	part     *matrix.Matrix // slope of a block
	top, sum []float32      // of the logits and exponentials of each photo of a block
}

func newLogistic(ctx context.Context, z *design, b *basis, y []int, s []float64, classes int, l2 float64) *logistic {
	l := &logistic{
		ctx: ctx, z: z, basis: b, y: y, s: s, c: classes, l2: l2,
		w: matrix.New(classes, z.D), b: make([]float32, classes), slope: matrix.New(classes, z.D), slopeB: make([]float64, classes),
		part: matrix.New(classes, z.D), scratch: matrix.Slack(classes * min(z.N, matrix.TableBlock)),
		top: make([]float32, min(z.N, matrix.TableBlock)), sum: make([]float32, min(z.N, matrix.TableBlock)),
	}
	l.scale(1)
	return l
}

// scale sets the size of q.
func (l *logistic) scale(size float64) {
	l.mapping, l.biasScale = l.basis.scales(l.l2, size), size/math.Sqrt(curvature+l.l2)
	l.q = nil
}

// weights computes w and b at q, unless it did so last.
func (l *logistic) weights(q []float64) {
	if len(l.q) == len(q) && equal(l.q, q) {
		return
	}
	l.q, l.known = append(l.q[:0], q...), false
	n := len(l.w.Data)
	for i, v := range q[:n] {
		l.w.Data[i] = float32(v)
	}
	l.basis.apply(l.w, l.mapping)
	for k, v := range q[n:] {
		l.b[k] = float32(v * l.biasScale)
	}
}

// from returns the q of weights and biases.
func (l *logistic) from(x head.Layer) []float64 {
	m := matrix.New(l.c, l.z.D)
	copy(m.Data, x.Weight)
	l.basis.apply(m, l.mapping.inverse())
	q := make([]float64, 0, len(m.Data)+l.c)
	for _, v := range m.Data {
		q = append(q, float64(v))
	}
	for _, v := range x.Bias {
		q = append(q, float64(v)/l.biasScale)
	}
	return q
}

// layer returns the weights and biases at q.
func (l *logistic) layer(q []float64) head.Layer {
	l.weights(q)
	out := head.Layer{In: l.z.D, Out: l.c, Weight: make([]float32, len(l.w.Data)), Bias: make([]float32, l.c)}
	copy(out.Weight, l.w.Data)
	copy(out.Bias, l.b)
	return out
}

// evaluate computes value and slope at q, unless it did so last.
func (l *logistic) evaluate(q []float64) {
	l.weights(q)
	if l.known {
		return
	}
	l.known = true
	square := 0.0
	for _, v := range l.w.Data {
		square += float64(v) * float64(v)
	}
	l.value = l.l2 / 2 * square
	clear(l.slope.Data)
	clear(l.slopeB)
	l.z.each(func(b packedBlock) {
		logits := matrix.Of(l.c, b.n, l.scratch[:l.c*b.n])
		b.logits(logits, l.w)
		l.value += l.residuals(logits, b)
		b.gradient(l.slope, logits, l.part)
	})
	scale, l2 := float32(1/float64(l.z.N)), float32(l.l2)
	slope := 0.0
	for i, v := range l.slope.Data {
		v = v*scale + l2*l.w.Data[i]
		l.slope.Data[i] = v
		slope += float64(v) * float64(v)
	}
	for _, v := range l.slopeB {
		slope += v * v
	}
	l.left = math.Sqrt(slope) / (l.l2 * math.Sqrt(square))
	l.basis.apply(l.slope, l.mapping)
	for k := range l.slopeB {
		l.slopeB[k] *= l.biasScale
	}
}

// residuals turns the products w·z in logits, [C][photos of the block], into s·(p − 1 for the right
// class)·n, whose factor n keeps float32 in its range. It adds to the slope of the biases and
// returns the loss.
func (l *logistic) residuals(logits *matrix.Matrix, b packedBlock) float64 {
	y, s := l.y[b.from:b.from+b.n], l.s[b.from:b.from+b.n]
	top, sum := l.top[:b.n], l.sum[:b.n]
	for c := range l.c {
		row, bias := logits.Row(c), l.b[c]
		for i, v := range row {
			v += bias
			row[i] = v
			if c == 0 || v > top[i] {
				top[i] = v
			}
		}
	}
	loss := 0.0
	for i, c := range y {
		loss += s[i] * float64(top[i]-logits.Data[c*b.n+i])
		sum[i] = 0
	}
	for c := range l.c {
		matrix.Exponentials(logits.Row(c), top, sum)
	}
	n := float64(l.z.N)
	for i, v := range sum {
		loss += s[i] * math.Log(float64(v))
		sum[i] = float32(s[i] * n / float64(v)) // now the factor of each e
	}
	for i, c := range y {
		l.slopeB[c] -= s[i]
	}
	for c := range l.c {
		row := logits.Row(c)
		total := 0.0
		for i, e := range row {
			e *= sum[i]
			row[i] = e
			total += float64(e)
		}
		l.slopeB[c] += total / n
	}
	for i, c := range y {
		logits.Data[c*b.n+i] -= float32(s[i] * n)
	}
	return loss
}

func equal(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// How near to the minimum a fit ends: how long the slope is against the penalty's part of it, l2·w.
// Since the objective is curved by l2 at least, the weights are then no farther than this share of
// their length from where they ought to be, and mostly far nearer.
const (
	roughly = 0.2  // for what is compared
	nearly  = 0.1  // for what is kept of very many photos
	closely = 0.01 // for what is kept otherwise
)

// gainTolerance is where a fit ends in any case: when five steps gained less than this share of the
// value.
const gainTolerance = 1e-6

const historySize = 5 // steps that L-BFGS remembers

// minimize runs L-BFGS (Liu and Nocedal 1989) from weights and biases, for at most so many steps.
// After each step it calls step, where that is not nil.
func (l *logistic) minimize(start head.Layer, steps int, tolerance float64, step func(n int, value float64, at func() head.Layer)) (head.Layer, error) {
	// The first step has length 1, and where curvature is 1 that of the slope is right.
	l.evaluate(l.from(start))
	size := 0.0
	for _, v := range l.slope.Data {
		size += float64(v) * float64(v)
	}
	for _, v := range l.slopeB {
		size += v * v
	}
	if size > 0 {
		l.scale(math.Sqrt(size))
	}
	problem := optimize.Problem{
		Func: func(q []float64) float64 { l.evaluate(q); return l.value },
		Grad: func(slope, q []float64) {
			l.evaluate(q)
			for i, v := range l.slope.Data {
				slope[i] = float64(v)
			}
			copy(slope[len(l.slope.Data):], l.slopeB)
		},
		Status: func() (optimize.Status, error) {
			if err := l.ctx.Err(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}
	settings := &optimize.Settings{
		Converger:       &settled{FunctionConverge: optimize.FunctionConverge{Relative: gainTolerance, Iterations: 5}, l: l, tolerance: tolerance},
		MajorIterations: steps,
		Concurrent:      1,
	}
	if step != nil {
		settings.Recorder = recorder(func(n int, value float64, q []float64) { step(n, value, func() head.Layer { return l.layer(q) }) })
	}
	r, err := optimize.Minimize(problem, l.from(start), settings, &optimize.LBFGS{Store: historySize, GradStopThreshold: math.NaN()})
	if e := l.ctx.Err(); e != nil {
		return head.Layer{}, e
	}
	// A line search that finds no lower point has met the end of float32's precision: what was
	// reached is the answer.
	if err != nil && (r == nil || r.X == nil || !errors.Is(err, optimize.ErrLinesearcherFailure) && !errors.Is(err, optimize.ErrNoProgress) && !errors.Is(err, optimize.ErrNonDescentDirection)) {
		return head.Layer{}, err
	}
	return l.layer(r.X), nil
}

// settled ends a fit.
type settled struct {
	optimize.FunctionConverge
	l         *logistic
	tolerance float64
}

func (s *settled) Converged(at *optimize.Location) optimize.Status {
	s.l.evaluate(at.X)
	if s.l.left <= s.tolerance {
		return optimize.GradientThreshold
	}
	return s.FunctionConverge.Converged(at)
}

type recorder func(n int, value float64, x []float64)

func (recorder) Init() error { return nil }

func (r recorder) Record(at *optimize.Location, op optimize.Operation, stats *optimize.Stats) error {
	if op == optimize.MajorIteration {
		r(stats.MajorIterations, at.F, at.X)
	}
	return nil
}
