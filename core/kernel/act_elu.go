package kernel

import "math"

// ELU is x, or Alpha·(eˣ−1) below 0 (Clevert et al. 2015, arXiv 1511.07289, section 3).
func elu[T float](x, alpha T) T {
	if x < 0 {
		return alpha * T(math.Expm1(float64(x)))
	}
	return x
}

func eluVector(x, alpha float32) float32 {
	e := exp(min(x, 0))
	return max(x, 0) + alpha*(e-1)
}

// LeakyReLU is x, or Alpha·x below 0 (Maas et al. 2013, section 2).
func leakyReLU[T float](x, alpha T) T {
	if x < 0 {
		return x * alpha
	}
	return x
}

func leakyReLUVector(x, alpha float32) float32 { return max(x, 0) + alpha*min(x, 0) }
