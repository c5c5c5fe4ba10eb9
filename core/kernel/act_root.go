package kernel

import "math"

// Sqrt is √x, of what is negative 0.
func sqrt[T float](x T) T {
	if x < 0 {
		x = 0
	}
	return T(math.Sqrt(float64(x)))
}

func sqrtVector(x float32) float32 { return sqrt(max(x, 0)) }

// Reciprocal is 1/x.
func reciprocal[T float](x T) T { return 1 / x }

func reciprocalVector(x float32) float32 { return 1 / x }
