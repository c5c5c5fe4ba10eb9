package head

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"homeroom/core/tensor"
)

// TestHeatMapAddsUp holds the mean of a heat map to what the features add to the class's logit: the
// logits, less those of the means of the standardised features, less their mean over classes. For
// all but linear layers it is the slope that is held to differences.
func TestHeatMapAddsUp(t *testing.T) {
	b := blobs(21, 3, 12, 16, 1)
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
			heat, err := h.HeatMap(class, [][]float32{mean}, net, m)
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
				takeRoot(x, []int{16})
			}
			for j, v := range x {
				w := float64(h.Layers[0].Weight[class*16+j])
				for c := range 3 {
					w -= float64(h.Layers[0].Weight[c*16+j]) / 3
				}
				want += w * float64(h.Scale.Factor[j]) * float64(v)
			}
			near(t, "mean of the heat map", sum, want, 1e-4*(1+math.Abs(want)))
		}
	}
}

// TestHeatSlope compares the slopes of every kind with differences of the
// logits.
func TestHeatSlope(t *testing.T) {
	b := blobs(22, 3, 12, 8, 1)
	for _, kind := range []Kind{Linear, Means, Blend, MLP, KNN} {
		got, err := Fit(context.Background(), b, Config{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		h := got.Best
		x := newMatrix(1, 8)
		copy(x.data, b.Photos[5].Features[0])
		h.Scale.apply(x.row(0))
		x.data[0] += 0.01 // off the photo itself, where nearest neighbours have a kink
		value := func() float64 {
			l := (&learnt{h.Layers, h.Memory}).scores(x, 3).row(0)
			return float64(l[1]) - float64(l[0]+l[1]+l[2])/3
		}
		slope := h.slope(x, 1)
		for j := range slope {
			const d = 1e-3
			was := x.data[j]
			x.data[j] = was + d
			up := value()
			x.data[j] = was - d
			down := value()
			x.data[j] = was
			near(t, string(kind)+" slope", float64(slope[j]), (up-down)/(2*d), 0.02*(1+math.Abs(float64(slope[j]))))
		}
	}
}

// TestRollout has one layer whose heads attend from the class token to a patch
// each.
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
		near(t, "patch", float64(m.Data[i]), want, 1e-6)
	}
	if _, err := Rollout([]tensor.Tensor{a}, 3, 2, 1); err == nil {
		t.Error("attention of another size was rolled out")
	}
}
