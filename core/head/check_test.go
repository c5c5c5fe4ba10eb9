package head

import (
	"math"
	"strings"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/bank/banktest"
)

// TestHeadsOfNoNumbersAreRefused has heads whose numbers are none, or too large to answer with.
func TestHeadsOfNoNumbersAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		v    float32
		into func(h *Head, v float32)
	}{
		{"NaN as a mean", float32(math.NaN()), func(h *Head, v float32) { h.Scale.Mean[1] = v }},
		{"an infinite factor", float32(math.Inf(1)), func(h *Head, v float32) { h.Scale.Factor[0] = v }},
		{"a weight whose products are infinite", 3e38, func(h *Head, v float32) { h.Layers[0].Weight[2] = v }},
		{"a bias of −∞", float32(math.Inf(-1)), func(h *Head, v float32) { h.Layers[0].Bias[0] = v }},
		{"a huge temperature", 1e20, func(h *Head, v float32) { h.Temperature = float64(v) }},
		{"a temperature of nearly 0", 1e-30, func(h *Head, v float32) { h.Temperature = float64(v) }},
		{"a setting below 0", -1, func(h *Head, v float32) { h.Settings.L2 = float64(v) }},
	} {
		h := &Head{
			Kind: "linear", Classes: []string{"a", "b"}, Input: bank.Input{{banktest.Net}}, Spaces: []bank.Space{{Name: banktest.Net, Dim: 3}}, Temperature: 1,
			Scale:  Scale{Parts: []int{3}, Mean: make([]float32, 3), Factor: []float32{1, 1, 1}},
			Layers: []Layer{{3, 2, make([]float32, 6), make([]float32, 2)}},
		}
		data, err := h.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var good, bad Head
		if err := good.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if _, err := good.Answer([][]float32{{3e38, -3e38, 3e38}}); err != nil {
			t.Errorf("weights of 0 cannot answer: %v", err)
		}
		c.into(h, c.v)
		if data, err = h.MarshalBinary(); err != nil {
			t.Fatal(err)
		}
		if err := bad.UnmarshalBinary(data); err == nil || !strings.Contains(err.Error(), "cannot be used") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestAnswersAreNumbers has features so large that what they are multiplied with overflows: an
// error, never a probability of NaN.
func TestAnswersAreNumbers(t *testing.T) {
	h := &Head{
		Kind: "linear", Classes: []string{"a", "b"}, Input: bank.Input{{banktest.Net}}, Spaces: []bank.Space{{Name: banktest.Net, Dim: 2}}, Temperature: 1,
		Scale:  Scale{Parts: []int{2}, Mean: make([]float32, 2), Factor: []float32{1e6, 1e6}},
		Layers: []Layer{{2, 2, []float32{1e6, -1e6, 1e6, 1e6}, make([]float32, 2)}},
	}
	if _, err := h.Answer([][]float32{{3e38, 3e38}}); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("it answers, with the error %v", err)
	}
	if a, err := h.Answer([][]float32{{1, 0}}); err != nil || a.Class != 0 && a.Class != 1 {
		t.Errorf("%+v, %v", a, err)
	}
}
