package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
)

// tolerance is how far logits may be from PyTorch's, as a part of the largest.
const tolerance = 1e-2

// agree says why logits are not the same answer as want, if they are not: none may be further off
// than the tolerance, and the best must be the same one.
func agree(logits, want []float64) error {
	if len(logits) != len(want) {
		return fmt.Errorf("%d logits in place of %d", len(logits), len(want))
	}
	scale, off := 0.0, 0.0
	for i, v := range want {
		if math.IsNaN(logits[i]) {
			return fmt.Errorf("logit %d is not a number", i)
		}
		scale = max(scale, math.Abs(v))
		off = max(off, math.Abs(logits[i]-v))
	}
	if off > tolerance*scale {
		return fmt.Errorf("logits are off by up to %.2g where the largest is %.2g", off, scale)
	}
	if a, b := best(logits), best(want); a != b {
		return fmt.Errorf("the best class is %d, not %d", a, b)
	}
	return nil
}

func best(logits []float64) int { return slices.Index(logits, slices.Max(logits)) }

// readFloats reads a file of little-endian float32.
func readFloats(name string) ([]float64, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(data)/4)
	for i := range out {
		out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
	}
	return out, nil
}
