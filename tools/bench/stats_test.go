package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		times []float64
		q     float64
		want  float64
	}{
		{[]float64{7}, 0.5, 7},
		{[]float64{7}, 1, 7},
		{[]float64{3, 1, 2}, 0.5, 2},
		{[]float64{4, 1, 3, 2}, 0.5, 2.5},
		{[]float64{5, 1, 2, 4, 3}, 0.25, 2},
		{[]float64{5, 1, 2, 4, 3}, 0, 1},
		{[]float64{5, 1, 2, 4, 3}, 1, 5},
		{[]float64{10, 20}, 0.25, 12.5},
	} {
		if got := quantile(c.times, c.q); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("quantile(%v, %v) = %v, want %v", c.times, c.q, got, c.want)
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing = %v", got)
	}
}

func TestQuantileKeepsOrder(t *testing.T) {
	times := []float64{3, 1, 2}
	median(times)
	if times[0] != 3 || times[1] != 1 || times[2] != 2 {
		t.Errorf("the times were sorted: %v", times)
	}
}

func TestSpread(t *testing.T) {
	if got := spread([]float64{8, 9, 10, 11, 12}); math.Abs(got-0.1) > 1e-12 {
		t.Errorf("spread = %v, want 0.1", got)
	}
}
