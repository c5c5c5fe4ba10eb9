package head

import (
	"testing"

	"homeroom/core/bank/banktest"
	"homeroom/core/tensor"
)

// TestRollout has one layer whose heads attend from the class token to a patch each.
func TestRollout(t *testing.T) {
	a := tensor.New(2, 5, 5)
	for h := range 2 {
		for to := range 5 {
			from := to
			if to == 0 {
				from = 1 + 2*h
			}
			a.Data[(h*5+to)*5+from] = 1
		}
	}
	m, err := Rollout([]tensor.Tensor{a, a}, 2, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.5, 0, 0.5, 0} {
		banktest.Near(t, "patch", float64(m.Data[i]), want, 1e-6)
	}
	if _, err := Rollout([]tensor.Tensor{a}, 3, 2, 1); err == nil {
		t.Error("attention of another size was rolled out")
	}
}
