package training

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"homeroom/core/head"
	"homeroom/core/matrix"
)

// trainingSetOf is a small training set with unequal classes and weights.
func trainingSetOf(seed uint64, n, d, classes int) *trainingSet {
	r := rand.New(rand.NewPCG(seed, 9))
	z := matrix.New(n, d)
	y := make([]int, n)
	s := make([]float64, n)
	sum := 0.0
	for i := range n {
		y[i] = i % classes
		for j := range d {
			z.Row(i)[j] = float32((r.NormFloat64() + float64(y[i]*(j%3))/2) / math.Sqrt(float64(d)))
		}
		s[i] = 0.5 + r.Float64()
		sum += s[i]
	}
	for i := range s {
		s[i] /= sum
	}
	return &trainingSet{z: z.Table(), y: y, s: s, classes: classes, seed: seed}
}

func objective(l *trainingSet, ctx context.Context, l2 float64) *logistic {
	z := l.design()
	return newLogistic(ctx, z, newBasis(z, l.classes), l.y, l.s, l.classes, l2)
}

func zero(out, in int) head.Layer {
	return head.Layer{In: in, Out: out, Weight: make([]float32, out*in), Bias: make([]float32, out)}
}

// TestLogisticSlope compares the slope of the objective with differences of its value, in every
// direction.
func TestLogisticSlope(t *testing.T) {
	l := trainingSetOf(1, 37, 11, 4)
	f := objective(l, context.Background(), 0.03)
	f.scale(0.15) // weights of about 1
	r := rand.New(rand.NewPCG(2, 2))
	x := make([]float64, 4*12)
	for i := range x {
		x[i] = float64(float32(r.NormFloat64()))
	}
	at := func() float64 { f.evaluate(x); return f.value }
	at()
	var slope []float64
	for _, v := range f.slope.Data {
		slope = append(slope, float64(v))
	}
	slope = append(slope, f.slopeB...)
	for i := range x {
		const h = 1.0 / 64
		was := x[i]
		x[i] = was + h
		up := at()
		x[i] = was - h
		down := at()
		x[i] = was
		// Central differences err by h²/6 of the third derivative, below 1e-4 here.
		if got, want := slope[i], (up-down)/(2*h); math.Abs(got-want) > 1e-4 {
			t.Errorf("parameter %d: slope %v, by differences %v", i, got, want)
		}
	}
}

// TestLogisticIsTheMinimum holds what L-BFGS finds to the condition of a minimum, whichever way the
// rows were stored.
func TestLogisticIsTheMinimum(t *testing.T) {
	for _, d := range []int{5, 200} {
		l := trainingSetOf(3, 60, d, 3)
		f := objective(l, context.Background(), 0.01)
		x, err := f.minimize(zero(3, d), 300, closely, nil)
		if err != nil {
			t.Fatal(err)
		}
		if f.evaluate(f.from(x)); f.left > 1.1*closely {
			t.Errorf("d = %d: the slope is %v of the penalty's", d, f.left)
		}
		// By differences from the weights themselves, without a basis.
		for _, i := range []int{0, 1, d, 2*d + 1} {
			const h = 1.0 / 64
			was, values := x.Weight[i], [2]float64{}
			for k, at := range []float32{was - h, was + h} {
				x.Weight[i] = at
				f.evaluate(f.from(x))
				values[k] = f.value
			}
			x.Weight[i] = was
			if slope := (values[1] - values[0]) / (2 * h); math.Abs(slope) > 1e-3 {
				t.Errorf("d = %d: slope %v by weight %d is left", d, slope, i)
			}
		}
	}
}

func TestLogisticEndsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	l := trainingSetOf(3, 60, 20, 3)
	f := objective(l, ctx, 0.001)
	steps := 0
	_, err := f.minimize(zero(3, 20), 300, 0, func(int, float64, func() head.Layer) {
		if steps++; steps == 2 {
			cancel()
		}
	})
	if err != context.Canceled || steps > 3 {
		t.Errorf("ended with %v after %d steps", err, steps)
	}
}

// TestDiscriminantSolves holds the solution by conjugate gradients to the covariance formed in
// full.
func TestDiscriminantSolves(t *testing.T) {
	const n, d, classes, shrinkage = 40, 7, 3, 0.3
	l := trainingSetOf(5, n, d, classes)
	f := newDiscriminant(l.design(), l.y, l.s, classes)
	w, b, err := f.solve(context.Background(), shrinkage, nil)
	if err != nil {
		t.Fatal(err)
	}
	cov := make([]float64, d*d)
	trace := 0.0
	row := make([]float32, d)
	for i := range n {
		l.z.Read(row, i)
		for j := range d {
			for k := range d {
				m := f.mean[l.y[i]*d:]
				cov[j*d+k] += l.s[i] * (float64(row[j]) - m[j]) * (float64(row[k]) - m[k])
			}
		}
	}
	for j := range d {
		trace += cov[j*d+j]
	}
	for c := range classes {
		square := 0.0
		for j := range d {
			sum := shrinkage * trace / d * w[c*d+j]
			for k := range d {
				sum += (1 - shrinkage) * cov[j*d+k] * w[c*d+k]
			}
			if want := f.mean[c*d+j]; math.Abs(sum-want) > 2e-3*math.Abs(want)+1e-3 {
				t.Errorf("class %d, row %d: Σ·w = %v, want the mean %v", c, j, sum, want)
			}
			square += w[c*d+j] * f.mean[c*d+j]
		}
		if math.Abs(b[c]+square/2) > 1e-9 {
			t.Errorf("class %d: bias %v, want %v", c, b[c], -square/2)
		}
	}
}

// TestDualTurns holds what is learnt in the coordinates of the span to what is learnt from the
// features themselves.
func TestDualTurns(t *testing.T) {
	l := trainingSetOf(7, 30, 120, 3)
	s := newDual(l.z)
	if s.lower == nil {
		t.Fatal("30 photos of 120 features were not turned")
	}
	turned := *l
	turned.z = s.z
	a, err := l.linear(nil, closely, nil)(context.Background(), 0.01)
	if err != nil {
		t.Fatal(err)
	}
	b, err := turned.linear(nil, closely, nil)(context.Background(), 0.01)
	if err != nil {
		t.Fatal(err)
	}
	back := s.back(b.Layers[0].Weight, 3)
	x := l.z.Matrix(0, 30)
	want, got := a.Scores(x, 3), (&head.Learnt{Layers: []head.Layer{{In: 120, Out: 3, Weight: back, Bias: b.Layers[0].Bias}}}).Scores(x, 3)
	for i := range want.Data {
		if math.Abs(float64(want.Data[i]-got.Data[i])) > 0.02 {
			t.Fatalf("logit %d: %v from the span, %v from the features", i, got.Data[i], want.Data[i])
		}
	}
	// There and back gives the same products with the photos.
	for i, v := range s.forth(back, 3) {
		if math.Abs(float64(v-b.Layers[0].Weight[i])) > 0.02*(1+math.Abs(float64(v))) {
			t.Fatalf("weight %d: %v there and back, was %v", i, v, b.Layers[0].Weight[i])
		}
	}
}

// TestNetworkSlope takes one step of gradient descent by differences and by Adam's first step,
// whose size is the rate and whose direction the sign.
func TestNetworkSlope(t *testing.T) {
	l := trainingSetOf(11, mlpBatch, 6, 3) // one batch
	n := network{hidden: 5, rate: 1e-3, epochs: 1}
	start := []head.Layer{
		zero(5, 6), zero(3, 5)}
	r := rand.New(rand.NewPCG(1, 1))
	for _, layer := range start {
		for i := range layer.Weight {
			layer.Weight[i] = float32(r.NormFloat64())
		}
		for i := range layer.Bias {
			layer.Bias[i] = float32(r.NormFloat64())
		}
	}
	_, _, last, err := l.mlp(context.Background(), n, start, nil)
	if err != nil {
		t.Fatal(err)
	}
	loss := func() float64 {
		x := l.z.Matrix(0, l.z.N)
		logits := (&head.Learnt{Layers: start}).Scores(x, 3)
		sum := 0.0
		p := make([]float64, 3)
		for i, y := range l.y {
			head.Softmax(p, logits.Row(i), 1)
			sum -= l.s[i] * math.Log(p[y])
		}
		return sum
	}
	checked := 0
	for k := range start {
		for _, pair := range [][2][]float32{{start[k].Weight, last.Layers[k].Weight}, {start[k].Bias, last.Layers[k].Bias}} {
			for i, was := range pair[0] {
				const h = 1e-2
				pair[0][i] = was + h
				up := loss()
				pair[0][i] = was - h
				down := loss()
				pair[0][i] = was
				slope := (up - down) / (2 * h)
				moved := float64(pair[1][i] - was)
				// The decay moves weights by up to a ten-thousandth of themselves.
				if math.Abs(slope) < 1e-3 || math.Abs(moved) < 3e-4 {
					continue
				}
				checked++
				if (slope > 0) == (moved > 0) {
					t.Errorf("layer %d, parameter %d: slope %v, moved by %v", k, i, slope, moved)
				}
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d parameters had a slope to check", checked)
	}
}
