package kernel

import "math"

// GELU is x·Φ(x) in the exact form, with erf (Hendrycks and Gimpel 2016, arXiv 1606.08415, section
// 2).
func gelu[T float](x T) T {
	v := float64(x)
	return T(v * 0.5 * (1 + math.Erf(v/math.Sqrt2)))
}

// It takes erf by formula 7.1.26 of Abramowitz and Stegun (1964), whose absolute error is at most
// 1.5e-7, and x·Φ(x) = max(x, 0) − |x|·(1−erf|z|)/2.
func geluVector(x float32) float32 {
	z := x * 0.70710678
	z = max(z, -z)
	t := 1 / madd(z, 0.3275911, 1)
	p := madd(1.061405429, t, -1.453152027)
	p = madd(p, t, 1.421413741)
	p = madd(p, t, -0.284496736)
	p = madd(p, t, 0.254829592)
	e := exp(-(z * z))
	p = p * t * e
	half := max(x, -x) * 0.5
	return max(x, 0) - half*p
}

// GELUTanh is GELU by tanh (section 2 there).
func geluTanh[T float](x T) T {
	// x·(1+tanh u)/2 = x/(1+e^(−2u)), where u is √(2/π)·(x + 0.044715·x³)
	const slope = 1.5957691216057308 // 2√(2/π)
	v := float64(x)
	return T(v / (1 + math.Exp(-slope*v*(1+0.044715*v*v))))
}

func geluTanhVector(x float32) float32 {
	u := madd(x*x, 0.071354814, 1.5957691) * x
	s := sigmoidVector(u)
	return max(x, -87) * s
}
