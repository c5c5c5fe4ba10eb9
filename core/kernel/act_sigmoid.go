package kernel

import "math"

// Sigmoid is 1/(1+e⁻ˣ).
func sigmoid[T float](x T) T { return T(1 / (1 + math.Exp(-float64(x)))) }

func sigmoidVector(x float32) float32 { return 1 / (1 + exp(-x)) }

// SiLU is x/(1+e⁻ˣ) (Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2).
func silu[T float](x T) T {
	v := float64(x)
	return T(v / (1 + math.Exp(-v)))
}

func siluVector(x float32) float32 {
	s := sigmoidVector(x)
	return max(x, -87) * s
}

// Tanh is the hyperbolic tangent.
func tanh[T float](x T) T { return T(math.Tanh(float64(x))) }

func tanhVector(x float32) float32 {
	s := sigmoidVector(x + x)
	return s + s - 1
}
