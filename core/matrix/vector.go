package matrix

import "math"

// Finite reports whether all values are finite numbers.
func Finite(x []float32) bool {
	for _, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return false
		}
	}
	return true
}

// Quotient is part/whole, 0 of nothing.
func Quotient(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// Argmax returns the index of the largest value, the first among equals.
func Argmax[T float32 | float64](v []T) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}

// Dot returns Σ x·y.
func Dot(x, y []float32) float64 {
	s := 0.0
	for i, v := range x {
		s += float64(v) * float64(y[i])
	}
	return s
}

// Normalise scales x to length 1; zeros stay.
func Normalise(x []float32) {
	if n := float32(math.Sqrt(Dot(x, x))); n > 0 {
		for i := range x {
			x[i] /= n
		}
	}
}
