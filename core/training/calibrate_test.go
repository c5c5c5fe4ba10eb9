package training

import (
	"math"
	"testing"

	"homeroom/core/matrix"
)

// TestTemperature spoils calibrated logits by a factor, which the temperature undoes.
func TestTemperature(t *testing.T) {
	logits := matrix.New(4000, 2)
	truth := make([]int, logits.N)
	for i := range logits.N {
		v := float64(i%40)/10 - 2
		logits.Row(i)[0] = float32(5 * v)
		// Of the 100 photos with this logit, a share of σ(v) is of class 0.
		if float64(i/40)/100 >= 1/(1+math.Exp(-v)) {
			truth[i] = 1
		}
	}
	got, _ := temperature(logits, truth)
	if math.Abs(got-5) > 0.2 {
		t.Errorf("temperature %v, want 5", got)
	}
}
