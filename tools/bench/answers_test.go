package main

import (
	"math"
	"path/filepath"
	"slices"
	"testing"
)

func TestAgree(t *testing.T) {
	want := []float64{-4, 1, 10, 9.95}
	for _, c := range []struct {
		name   string
		logits []float64
		ok     bool
	}{
		{"the same", []float64{-4, 1, 10, 9.95}, true},
		{"within the tolerance", []float64{-4.05, 1.05, 10, 9.9}, true},
		{"one too far off", []float64{-4, 1.2, 10, 9.95}, false},
		{"another best class", []float64{-4, 1, 9.96, 9.98}, false},
		{"not a number", []float64{-4, math.NaN(), 10, 9.95}, false},
		{"too few", []float64{-4, 1, 10}, false},
		{"none", nil, false},
	} {
		if err := agree(c.logits, want); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestReadFloats(t *testing.T) {
	want := []float64{0, 1.5, -3.25}
	name := filepath.Join(t.TempDir(), "logits.f32")
	if err := writeFloats(name, []float32{0, 1.5, -3.25}); err != nil {
		t.Fatal(err)
	}
	got, err := readFloats(name)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}
