package evaluation

import (
	"math"
	"testing"

	"homeroom/core/bank/banktest"
)

// TestScore counts a table small enough to count by hand.
func TestScore(t *testing.T) {
	p := [][]float64{{0.9, 0.1, 0}, {0.2, 0.8, 0}, {0.6, 0.3, 0.1}, {0.1, 0.2, 0.7}, {0.5, 0.5, 0}}
	r := Score([]string{"a", "b", "c"}, []int{0, 1, 1, 2, 0}, p)
	banktest.Near(t, "accuracy", r.Accuracy, 0.8, 1e-12)
	banktest.Near(t, "loss", r.Loss, -(math.Log(0.9)+math.Log(0.8)+math.Log(0.3)+math.Log(0.7)+math.Log(0.5))/5, 1e-12)
	banktest.Near(t, "precision of a", r.Classes[0].Precision, 2.0/3, 1e-12)
	banktest.Near(t, "recall of b", r.Classes[1].Recall, 0.5, 1e-12)
	banktest.Near(t, "F1 of c", r.Classes[2].F1, 1, 1e-12)
	if r.Confusion[1][0] != 1 || r.Confusion[1][1] != 1 || r.Confusion[0][0] != 2 {
		t.Errorf("confusion %v", r.Confusion)
	}
	// Each photo has a bin of its own.
	banktest.Near(t, "ECE", r.ECE, (0.1+0.2+0.6+0.3+0.5)/5, 1e-12)
}

// TestWilson has the roots of (p − k/n)² = z²·p·(1 − p)/n.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{8, 10, 0.4901625, 0.9433178}, {0, 10, 0, 0.2775328}, {10, 10, 0.7224672, 1}, {324, 372, 0.8330728, 0.9012794}} {
		low, high := Wilson(c.k, c.n)
		banktest.Near(t, "low", low, c.low, 1e-6)
		banktest.Near(t, "high", high, c.high, 1e-6)
	}
}

func TestAUROC(t *testing.T) {
	banktest.Near(t, "AUROC", AUROC([]float64{1, 2, 3}, []float64{2, 4}), 4.5/6, 1e-12)
	banktest.Near(t, "apart", AUROC([]float64{1, 2}, []float64{3}), 1, 0)
	banktest.Near(t, "alike", AUROC([]float64{1, 1}, []float64{1}), 0.5, 0)
}
