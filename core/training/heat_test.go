package training

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"homeroom/core/bank/banktest"
	"homeroom/core/head"
	"homeroom/core/matrix"
	"homeroom/core/tensor"
)

// TestHeatMapAddsUp holds the mean of a heat map to what the features add to the class's logit: the
// logits, less those of the means of the standardised features, less their mean over classes. For
// all but linear layers it is the slope that is held to differences.
func TestHeatMapAddsUp(t *testing.T) {
	b := banktest.Blobs(21, 3, 12, 16, 1)
	for _, root := range []bool{false, true} {
		got, err := Fit(context.Background(), b, Config{Kind: Linear, Root: &root})
		if err != nil {
			t.Fatal(err)
		}
		h := got.Best
		r := rand.New(rand.NewPCG(8, 8))
		m := tensor.New(3, 5, 16)
		mean := make([]float32, 16)
		for p := range 15 {
			for j := range 16 {
				v := float32(math.Abs(r.NormFloat64()))
				m.Data[p*16+j] = v
				mean[j] += v / 15
			}
		}
		for class := range 3 {
			heat, err := h.HeatMap(class, [][]float32{mean}, banktest.Net, m)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for _, v := range heat.Data[:15] {
				sum += float64(v) / 15
			}
			// What the features add: weights on what stands before the mean is taken off.
			want := 0.0
			x := append([]float32(nil), mean...)
			if root {
				head.TakeRoot(x, []int{16})
			}
			for j, v := range x {
				w := float64(h.Layers[0].Weight[class*16+j])
				for c := range 3 {
					w -= float64(h.Layers[0].Weight[c*16+j]) / 3
				}
				want += w * float64(h.Scale.Factor[j]) * float64(v)
			}
			banktest.Near(t, "mean of the heat map", sum, want, 1e-4*(1+math.Abs(want)))
		}
	}
}

// TestHeatSlope compares the slopes of every kind with differences of the logits.
func TestHeatSlope(t *testing.T) {
	b := banktest.Blobs(22, 3, 12, 8, 1)
	for _, kind := range Kinds {
		got, err := Fit(context.Background(), b, Config{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		h := got.Best
		x := matrix.New(1, 8)
		copy(x.Data, b.Photos[5].Features[0])
		h.Scale.Apply(x.Row(0))
		x.Data[0] += 0.01 // off the photo itself, where nearest neighbours have a kink
		value := func() float64 {
			l := (&head.Learnt{Layers: h.Layers, Memory: h.Memory}).Scores(x, 3).Row(0)
			return float64(l[1]) - float64(l[0]+l[1]+l[2])/3
		}
		slope := h.Slope(x, 1)
		for j := range slope {
			const d = 1e-3
			was := x.Data[j]
			x.Data[j] = was + d
			up := value()
			x.Data[j] = was - d
			down := value()
			x.Data[j] = was
			banktest.Near(t, string(kind)+" slope", float64(slope[j]), (up-down)/(2*d), 0.02*(1+math.Abs(float64(slope[j]))))
		}
	}
}
