package head

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// TestScore counts a table small enough to count by hand.
func TestScore(t *testing.T) {
	p := [][]float64{{0.9, 0.1, 0}, {0.2, 0.8, 0}, {0.6, 0.3, 0.1}, {0.1, 0.2, 0.7}, {0.5, 0.5, 0}}
	r := Score([]string{"a", "b", "c"}, []int{0, 1, 1, 2, 0}, p)
	near(t, "accuracy", r.Accuracy, 0.8, 1e-12)
	near(t, "loss", r.Loss, -(math.Log(0.9)+math.Log(0.8)+math.Log(0.3)+math.Log(0.7)+math.Log(0.5))/5, 1e-12)
	near(t, "precision of a", r.Classes[0].Precision, 2.0/3, 1e-12)
	near(t, "recall of b", r.Classes[1].Recall, 0.5, 1e-12)
	near(t, "F1 of c", r.Classes[2].F1, 1, 1e-12)
	if r.Confusion[1][0] != 1 || r.Confusion[1][1] != 1 || r.Confusion[0][0] != 2 {
		t.Errorf("confusion %v", r.Confusion)
	}
	// Each photo has a bin of its own.
	near(t, "ECE", r.ECE, (0.1+0.2+0.6+0.3+0.5)/5, 1e-12)
}

// TestWilson has the roots of (p − k/n)² = z²·p·(1 − p)/n.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{8, 10, 0.4901625, 0.9433178}, {0, 10, 0, 0.2775328}, {10, 10, 0.7224672, 1}, {324, 372, 0.8330728, 0.9012794}} {
		low, high := Wilson(c.k, c.n)
		near(t, "low", low, c.low, 1e-6)
		near(t, "high", high, c.high, 1e-6)
	}
}

func TestAUROC(t *testing.T) {
	near(t, "AUROC", AUROC([]float64{1, 2, 3}, []float64{2, 4}), 4.5/6, 1e-12)
	near(t, "apart", AUROC([]float64{1, 2}, []float64{3}), 1, 0)
	near(t, "alike", AUROC([]float64{1, 1}, []float64{1}), 0.5, 0)
}

// TestTemperature spoils calibrated logits by a factor, which the temperature
// undoes.
func TestTemperature(t *testing.T) {
	logits := newMatrix(4000, 2)
	truth := make([]int, logits.n)
	for i := range logits.n {
		v := float64(i%40)/10 - 2
		logits.row(i)[0] = float32(5 * v)
		// Of the 100 photos with this logit, a share of σ(v) is of class 0.
		if float64(i/40)/100 >= 1/(1+math.Exp(-v)) {
			truth[i] = 1
		}
	}
	got, _ := temperature(logits, truth)
	near(t, "temperature", got, 5, 0.2)
}
