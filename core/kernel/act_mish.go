package kernel

import "math"

// Mish is x·tanh(ln(1+eˣ)) (Misra 2019, arXiv 1908.08681, equation 1).
func mish[T float](x T) T {
	v := float64(x)
	if !(v < 40) {
		return x
	}
	// tanh(ln(1+e)) = ((1+e)²−1)/((1+e)²+1)
	e := math.Exp(v)
	e *= e + 2
	return T(v * (e / (e + 2)))
}

func mishVector(x float32) float32 {
	e := exp(min(x, 20))
	m := e * (e + 2)
	return max(x, -87) * (m / (m + 2))
}
