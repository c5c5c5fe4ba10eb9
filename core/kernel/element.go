package kernel

import (
	"math"
	"unsafe"
)

var inf = float32(math.Inf(1))

// clamp returns v, or the bound that it is beyond. It is written out because
// the built-in min and max call the runtime on WebAssembly, which a helper
// thread has not.
func clamp(v, lo, hi float32) float32 {
	if v < lo {
		v = lo
	}
	if v > hi {
		v = hi
	}
	return v
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

// activatePortable: y[i] = act(y[i])
func activatePortable(act Act, y unsafe.Pointer, from, n int, alpha float32) {
	v := floats(y, n)
	switch act {
	case Linear:
	case Sigmoid:
		for i := from; i < n; i++ {
			v[i] = float32(1 / (1 + math.Exp(-float64(v[i]))))
		}
	case SiLU:
		for i := from; i < n; i++ {
			x := float64(v[i])
			v[i] = float32(x / (1 + math.Exp(-x)))
		}
	case HardSigmoid:
		for i := from; i < n; i++ {
			v[i] = clamp(v[i]+3, 0, 6) * (1.0 / 6)
		}
	case HardSwish:
		for i := from; i < n; i++ {
			v[i] *= clamp(v[i]+3, 0, 6) * (1.0 / 6)
		}
	case Gelu:
		for i := from; i < n; i++ {
			x := float64(v[i])
			v[i] = float32(x * 0.5 * (1 + math.Erf(x/math.Sqrt2)))
		}
	case Tanh:
		for i := from; i < n; i++ {
			v[i] = float32(math.Tanh(float64(v[i])))
		}
	case GeluTanh:
		for i := from; i < n; i++ {
			x := float64(v[i])
			v[i] = float32(x / (1 + math.Exp(-geluSlope*x*(1+geluCubic*x*x))))
		}
	case ELU:
		for i := from; i < n; i++ {
			if v[i] < 0 {
				v[i] = alpha * float32(math.Expm1(float64(v[i])))
			}
		}
	case LeakyReLU:
		for i := from; i < n; i++ {
			if v[i] < 0 {
				v[i] *= alpha
			}
		}
	case Mish:
		for i := from; i < n; i++ {
			// tanh(ln(1+e)) = ((1+e)²−1)/((1+e)²+1)
			x := float64(v[i])
			if x < 40 {
				e := math.Exp(x)
				e *= e + 2
				v[i] = float32(x * (e / (e + 2)))
			}
		}
	case Sqrt:
		for i := from; i < n; i++ {
			x := v[i]
			if x < 0 {
				x = 0
			}
			v[i] = float32(math.Sqrt(float64(x)))
		}
	case Reciprocal:
		for i := from; i < n; i++ {
			v[i] = 1 / v[i]
		}
	default:
		panic("kernel: unknown activation")
	}
}

// GELU by tanh is x·σ(geluSlope·x·(1 + geluCubic·x²)), where geluSlope is 2√(2/π).
const (
	geluSlope = 1.5957691216057308
	geluCubic = 0.044715
)

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
