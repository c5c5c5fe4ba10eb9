package graph

import "math"

// resample returns an h0×w0×c grid of position embeddings at h×w, by bicubic convolution with A =
// −0.75 and half-pixel centres, borders repeated: what PyTorch's interpolate(mode="bicubic",
// align_corners=False) computes (Keys 1981, equation 4 with a = −0.75).
func resample(src []float32, h0, w0, c, h, w int) []float32 {
	if h == h0 && w == w0 {
		return append([]float32(nil), src[:h*w*c]...)
	}
	rows := cubic(h0, h)
	cols := cubic(w0, w)
	out := make([]float32, h*w*c)
	for y := range h {
		for x := range w {
			for k := range c {
				sum := 0.0
				for i := range 4 {
					line := 0.0
					for j := range 4 {
						line += cols[x].weight[j] * float64(src[(rows[y].index[i]*w0+cols[x].index[j])*c+k])
					}
					sum += rows[y].weight[i] * line
				}
				out[(y*w+x)*c+k] = float32(sum)
			}
		}
	}
	return out
}

// tap4 is what one output sample takes from four input samples.
type tap4 struct {
	index  [4]int
	weight [4]float64
}

func cubic(n0, n int) []tap4 {
	const a = -0.75
	taps := make([]tap4, n)
	for i := range taps {
		x := (float64(i)+0.5)*float64(n0)/float64(n) - 0.5
		base := math.Floor(x)
		for k := range 4 {
			d := math.Abs(x - (base + float64(k-1)))
			w := 0.0
			switch {
			case d <= 1:
				w = ((a+2)*d-(a+3))*d*d + 1
			case d < 2:
				w = ((a*d-5*a)*d+8*a)*d - 4*a
			}
			taps[i].weight[k] = w
			taps[i].index[k] = min(max(int(base)+k-1, 0), n0-1)
		}
	}
	return taps
}
