package kernel

import (
	"math"
	"unsafe"
)

var inf = float32(math.Inf(1))

// clamp returns v, or the bound that it is beyond. It is written out because the built-in min and
// max call the runtime on WebAssembly, which a helper thread has not.
func clamp(v, lo, hi float32) float32 {
	if v < lo {
		v = lo
	}
	if v > hi {
		v = hi
	}
	return v
}

var kindActivate = kind{items: func(j *Job) int { return ceil(j.H*j.W*j.C, ElementBlock) }}

func runActivate(j *Job, from, to int) {
	n := j.H * j.W * j.C
	for i := from; i < to; i++ {
		lo := i * ElementBlock
		m := min(ElementBlock, n-lo)
		clampTo(j.Level, at(j.Out, lo), at(j.In, lo), m, j.Lo, j.Hi)
		j.act(at(j.Out, lo), m)
	}
}

var (
	kindAffine = kind{items: positions}
	kindAdd    = kind{items: positions}
	kindMul    = kind{items: positions}
)

func runAffine(j *Job, from, to int) { runPositions(j, from, to) }
func runAdd(j *Job, from, to int)    { runPositions(j, from, to) }
func runMul(j *Job, from, to int)    { runPositions(j, from, to) }

func runPositions(j *Job, from, to int) {
	for i := from; i < to; i++ {
		y, x := at(j.Out, i*j.C), at(j.In, i*j.C)
		switch j.Kind {
		case Add:
			addRow(j.Level, y, x, j.second(i), j.C, j.Lo, j.Hi)
		case Mul:
			mulRow(j.Level, y, x, j.second(i), j.C, j.Lo, j.Hi)
		default:
			mulAddRow(j.Level, y, x, j.Weight, j.Bias, j.C, j.Lo, j.Hi)
		}
		if j.Act != Linear {
			j.act(y, j.C)
		}
	}
}

var kindSoftmax = kind{items: positions}

func runSoftmax(j *Job, from, to int) {
	for i := from; i < to; i++ {
		softmaxRow(j.Level, at(j.Out, i*j.C), at(j.In, i*j.C), j.C, 1)
	}
}

// The portable bodies of the element-wise loops. Each comment is the loop.

// clampPortable: y[i] = min(max(x[i], lo), hi)
func clampPortable(y, x unsafe.Pointer, from, n int, lo, hi float32) {
	dst, src := floats(y, n), floats(x, n)
	for i := from; i < n; i++ {
		dst[i] = clamp(src[i], lo, hi)
	}
}

// addPortable: y[i] = min(max(a[i]+b[i], lo), hi)
func addPortable(y, a, b unsafe.Pointer, from, n int, lo, hi float32) {
	dst, p, q := floats(y, n), floats(a, n), floats(b, n)
	for i := from; i < n; i++ {
		dst[i] = clamp(p[i]+q[i], lo, hi)
	}
}

// mulPortable: y[i] = min(max(a[i]·b[i], lo), hi)
func mulPortable(y, a, b unsafe.Pointer, from, n int, lo, hi float32) {
	dst, p, q := floats(y, n), floats(a, n), floats(b, n)
	for i := from; i < n; i++ {
		dst[i] = clamp(p[i]*q[i], lo, hi)
	}
}

// mulAddPortable: y[i] = min(max(x[i]·w[i]+b[i], lo), hi)
func mulAddPortable(y, x, w, b unsafe.Pointer, from, n int, lo, hi float32) {
	dst, p, q, r := floats(y, n), floats(x, n), floats(w, n), floats(b, n)
	for i := from; i < n; i++ {
		dst[i] = clamp(p[i]*q[i]+r[i], lo, hi)
	}
}

// maxPortable: y[i] = max(y[i], x[i])
func maxPortable(y, x unsafe.Pointer, from, n int) {
	dst, src := floats(y, n), floats(x, n)
	for i := from; i < n; i++ {
		if src[i] > dst[i] {
			dst[i] = src[i]
		}
	}
}

// scalePortable: y[i] *= s
func scalePortable(y unsafe.Pointer, from, n int, s float32) {
	dst := floats(y, n)
	for i := from; i < n; i++ {
		dst[i] *= s
	}
}

// sumPortable: y[i] += Σr x[r·stride+i]
func sumPortable(y, x unsafe.Pointer, from, n, rows, stride int) {
	dst := floats(y, n)
	for i := from; i < n; i++ {
		s := dst[i]
		for r := range rows {
			s += *(*float32)(at(x, r*stride+i))
		}
		dst[i] = s
	}
}

// softmaxRow: y[i] = exp(s·(x[i]−max x)) / Σ exp(s·(x[k]−max x)), s > 0; y may be x.
func softmaxRow(l Level, y, x unsafe.Pointer, n int, s float32) {
	top := maxOf(l, x, n, *(*float32)(x))
	scaleRow(l, y, n, 1/expSum(l, y, x, n, s, top))
}

// maxOfPortable returns the largest of x[from] … x[n−1] and top.
func maxOfPortable(x unsafe.Pointer, from, n int, top float32) float32 {
	for _, v := range floats(x, n)[from:] {
		if v > top {
			top = v
		}
	}
	return top
}

// expSumPortable: y[i] = e^(s·(x[i]−top)), and returns the sum of y
func expSumPortable(y, x unsafe.Pointer, from, n int, s, top float32) float32 {
	dst, src := floats(y, n), floats(x, n)
	sum := 0.0
	for i := from; i < n; i++ {
		e := math.Exp(float64(s * (src[i] - top)))
		dst[i] = float32(e)
		sum += e
	}
	return float32(sum)
}
