package training

import (
	"math"

	"homeroom/core/head"
	"homeroom/core/matrix"
)

// doubt is how many photos of no class in particular count in a calibration.
const doubt = 2

// temperature returns the T in [0.02, 50] that minimises the mean of −log softmax(logits/T)[truth]
// over photos (Guo et al. 2017, arXiv 1706.04599, section 4.2), and that mean. The loss is convex
// in 1/T; its slope is brought to 0 by Newton's method, and by halving where that would leave what
// is known to hold the minimum.
//
// Besides the photos there count two of no class in particular, so that a handful that are all
// right don't make the head sure beyond measure.
func temperature(logits *matrix.Matrix, truth []int) (t, loss float64) {
	if logits.N == 0 {
		return 1, 0
	}
	e, none, sum := make([]float32, logits.D), make([]float32, logits.D), make([]float32, logits.D)
	n := float64(logits.N)
	// slopes of the loss by 1/T.
	slopes := func(b float64) (first, second float64) {
		for i, y := range truth {
			row := logits.Row(i)
			top := row[matrix.Argmax(row)]
			for c, v := range row {
				e[c] = float32(float64(v-top) * b)
			}
			matrix.Exponentials(e, none, sum)
			whole, mean, square, all := 0.0, 0.0, 0.0, 0.0
			for c, v := range row {
				p := float64(e[c])
				whole += p
				mean += p * float64(v)
				square += p * float64(v) * float64(v)
				all += float64(v)
			}
			mean, square = mean/whole, square/whole
			first += mean - float64(row[y]) + doubt/n*(mean-all/float64(len(row)))
			second += (1 + doubt/n) * (square - mean*mean)
		}
		return first / (n + doubt), second / (n + doubt)
	}
	low, high := 1/50.0, 1/0.02
	b := 1.0
	for range 60 {
		first, second := slopes(b)
		if first > 0 {
			high = b
		} else {
			low = b
		}
		next := b - first/second
		if !(next > low && next < high) {
			next = math.Sqrt(low * high)
		}
		near := math.Abs(next-b) < 1e-4*b
		b = next
		if near {
			break
		}
	}
	return 1 / b, logLoss(logits, truth, 1/b)
}

// logLoss is the mean of −log softmax(logits/t)[truth].
func logLoss(logits *matrix.Matrix, truth []int, t float64) float64 {
	p := make([]float64, logits.D)
	sum := 0.0
	for i, y := range truth {
		head.Softmax(p, logits.Row(i), t)
		sum -= math.Log(max(p[y], 1e-15))
	}
	return matrix.Quotient(sum, float64(len(truth)))
}
