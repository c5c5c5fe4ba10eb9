package training

import (
	"context"

	"homeroom/core/matrix"
)

// discriminant learns class means with a shrunken common covariance (linear discriminant analysis;
// Friedman 1989 for the shrinkage, Hastie, Tibshirani and Friedman, section 4.3.1): over rows z
// with weights s, and class means m,
//
//	Σ = (1−λ)·S + λ·(tr S/d)·I,  S = Σi s[i]·(z[i]−m[y[i]])·(z[i]−m[y[i]])ᵀ
//	w[c] = Σ⁻¹·m[c],  b[c] = −½·m[c]·w[c]
//
// Priors of the classes are equal. With λ = 1, or one photo a class, it is the nearest class mean
// by Euclidean distance.
//
// Σ is never formed: the systems of all classes are solved together by conjugate gradients
// (Hestenes and Stiefel 1952), each step of which is the same two products as a gradient of
// logistic regression. Shrinkage keeps Σ well-conditioned, so a few dozen steps do.
type discriminant struct {
	z        *design
	y        []int // [n]
	c        int
	mean     []float64      // [C][d]
	means    *matrix.Panels // of mean
	weight   []float64      // [C] sums of s; 0 for a class without photos
	s        []float64      // [n]
	variance float64        // tr S / d
	tick     func()         // called at each step, where not nil
}

// newDiscriminant takes rows of z of classes y with weights s that add up to 1.
func newDiscriminant(z *design, y []int, s []float64, classes int) *discriminant {
	l := &discriminant{z: z, y: y, c: classes, s: s, mean: make([]float64, classes*z.D), weight: make([]float64, classes)}
	square := 0.0
	row := matrix.Slack(z.D)
	for i := range z.N {
		z.Read(row, i)
		m := l.mean[y[i]*z.D : (y[i]+1)*z.D]
		for j, v := range row {
			m[j] += s[i] * float64(v)
			square += s[i] * float64(v) * float64(v)
		}
		l.weight[y[i]] += s[i]
	}
	for c, w := range l.weight {
		if w == 0 {
			continue
		}
		m := l.mean[c*z.D : (c+1)*z.D]
		for j := range m {
			m[j] /= w
			square -= w * m[j] * m[j]
		}
	}
	mean := matrix.New(classes, z.D)
	for i, v := range l.mean {
		mean.Data[i] = float32(v)
	}
	l.means = matrix.Pack(mean)
	// The means took a part of the scatter with them.
	present := 0
	for _, w := range l.weight {
		if w > 0 {
			present++
		}
	}
	l.variance = max(0, square) / float64(z.D)
	if z.N <= present || l.variance < 1e-9/float64(z.D) {
		// One photo a class: only the distance to it is known. The scale of the answers is the
		// calibration's to set.
		l.variance = 0.5 / float64(z.D)
	}
	return l
}

// scatter computes S·w for w [C][d] into out, as Σi s[i]·z[i]·((z[i]−m[y[i]])·w). Within a class
// the products with the mean add up to nothing, so that it need be taken off one side only, where
// it is one number for each two classes.
func (l *discriminant) scatter(out, w []float64) {
	d := l.z.D
	a, off := matrix.New(l.c, d), matrix.New(l.c, l.c)
	for i, v := range w {
		a.Data[i] = float32(v)
	}
	l.means.Multiply(off, a)
	part, sum := matrix.New(l.c, d), matrix.New(l.c, d)
	l.z.each(func(b packedBlock) {
		u := matrix.New(l.c, b.n)
		b.logits(u, a)
		for i := range b.n {
			s, y := float32(l.s[b.from+i]*float64(l.z.N)), l.y[b.from+i]
			for c := range l.c {
				u.Data[c*b.n+i] = s * (u.Data[c*b.n+i] - off.Data[c*l.c+y])
			}
		}
		b.gradient(sum, u, part)
	})
	for i, v := range sum.Data {
		out[i] = float64(v) / float64(l.z.N)
	}
}

// solve returns w [C][d] and b [C] for a shrinkage in (0, 1], starting from the solution for
// another, or from nil.
func (l *discriminant) solve(ctx context.Context, shrinkage float64, start []float64) (w, b []float64, err error) {
	d := l.z.D
	ridge := shrinkage * l.variance
	w = make([]float64, l.c*d)
	b = make([]float64, l.c)
	if shrinkage >= 1 {
		for i, m := range l.mean {
			w[i] = m / ridge
		}
	} else if err := l.conjugate(ctx, w, start, 1-shrinkage, ridge); err != nil {
		return nil, nil, err
	}
	for c := range b {
		if l.weight[c] == 0 {
			// A class that no photo teaches is not answered.
			b[c] = -1e4
			continue
		}
		b[c] = -0.5 * dot64(w[c*d:(c+1)*d], l.mean[c*d:(c+1)*d])
	}
	return w, b, nil
}

const (
	conjugateSteps     = 200
	conjugateTolerance = 1e-3 // of the length of a residual against that of the right-hand side
)

// conjugate solves (share·S + ridge·I)·w[c] = mean[c] for every class.
func (l *discriminant) conjugate(ctx context.Context, w, start []float64, share, ridge float64) error {
	d := l.z.D
	r, p, q := make([]float64, len(w)), make([]float64, len(w)), make([]float64, len(w))
	copy(r, l.mean)
	if start != nil {
		copy(w, start)
		l.scatter(q, w)
		for i := range r {
			r[i] -= share*q[i] + ridge*w[i]
		}
	}
	copy(p, r)
	rr, goal := make([]float64, l.c), make([]float64, l.c)
	for c := range rr {
		x, m := r[c*d:(c+1)*d], l.mean[c*d:(c+1)*d]
		rr[c] = dot64(x, x)
		goal[c] = conjugateTolerance * conjugateTolerance * dot64(m, m)
	}
	for range conjugateSteps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if l.tick != nil {
			l.tick()
		}
		done := true
		for c := range rr {
			done = done && rr[c] <= goal[c]
		}
		if done {
			break
		}
		l.scatter(q, p)
		for c := range rr {
			if rr[c] <= goal[c] {
				continue
			}
			x, y, z, a := w[c*d:(c+1)*d], r[c*d:(c+1)*d], q[c*d:(c+1)*d], p[c*d:(c+1)*d]
			curve := share*dot64(a, z) + ridge*dot64(a, a)
			if !(curve > 0) {
				rr[c] = 0
				continue
			}
			step := rr[c] / curve
			for j := range x {
				x[j] += step * a[j]
				y[j] -= step * (share*z[j] + ridge*a[j])
			}
			now := dot64(y, y)
			beta := now / rr[c]
			rr[c] = now
			for j := range a {
				a[j] = y[j] + beta*a[j]
			}
		}
	}
	return nil
}

func dot64(x, y []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += v * y[i]
	}
	return s
}
