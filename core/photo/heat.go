package photo

import (
	"image"
	"image/color"
	"math"

	"homeroom/core/tensor"
)

// How a heat map is painted, red, green and blue; the stronger the evidence, the less
// of the photo shows through, at most heatOpacity of 255.
var (
	heatFor     = [3]uint8{240, 90, 20}
	heatAgainst = [3]uint8{40, 110, 220}
)

const (
	heatOpacity = 200
	unseenShade = 120 // of 255, that darkens what the network did not see
)

// HeatLayer paints a heat map, H×W×1, to be laid over a photo: width × height
// pixels, warm where a value is above 0 and cool where it is below, clear at 0
// and strongest at the largest magnitude of the map. Values are interpolated by cubic
// convolution (Keys 1981). seen is the part of the photo that the map covers; the rest is darkened.
func HeatLayer(m tensor.Tensor, seen Part, width, height int) *image.NRGBA {
	most := 0.0
	for _, v := range m.Data[:m.H*m.W] {
		most = max(most, math.Abs(float64(v)))
	}
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	columns, rows := newTaps(width, seen.Left, seen.Right, m.W), newTaps(height, seen.Top, seen.Bottom, m.H)
	for y := range height {
		for x := range width {
			r, c := &rows[y], &columns[x]
			if !r.inside || !c.inside {
				out.SetNRGBA(x, y, color.NRGBA{A: unseenShade})
				continue
			}
			v := 0.0
			for i, a := range r.weight {
				for j, b := range c.weight {
					v += a * b * float64(m.Data[r.at[i]*m.W+c.at[j]])
				}
			}
			tint := heatFor
			if v < 0 {
				tint = heatAgainst
			}
			if most > 0 {
				v = min(math.Abs(v)/most, 1)
			}
			out.SetNRGBA(x, y, color.NRGBA{tint[0], tint[1], tint[2], uint8(heatOpacity*v + 0.5)})
		}
	}
	return out
}

// taps are the positions of a map that a pixel is made of, along one axis.
type taps struct {
	inside bool
	at     [4]int
	weight [4]float64
}

// newTaps returns the taps of n pixels, of which the part from lo to hi shows
// cells positions.
func newTaps(n int, lo, hi float64, cells int) []taps {
	out := make([]taps, n)
	for i := range out {
		share := ((float64(i)+0.5)/float64(n) - lo) / (hi - lo)
		if share < 0 || share >= 1 {
			continue
		}
		centre := share*float64(cells) - 0.5
		first := int(math.Floor(centre)) - 1
		t := &out[i]
		t.inside = true
		for k := range t.at {
			t.at[k] = min(max(first+k, 0), cells-1)
			t.weight[k] = Bicubic.weight(centre - float64(first+k))
		}
	}
	return out
}

// UnderHeat returns a copy of the photo with a heat map over it (see
// [HeatLayer]), its longer side at most side pixels.
func (p *Photo) UnderHeat(m tensor.Tensor, seen Part, side int) *image.RGBA {
	w, h := p.Width, p.Height
	if long := max(w, h); long > side {
		w, h = max(1, w*side/long), max(1, h*side/long)
	}
	pix := p.resize(w, h, window{0, 0, w, h}, Bilinear)
	layer := HeatLayer(m, seen, w, h)
	out := image.NewRGBA(layer.Rect)
	for i := range w * h {
		a := uint32(layer.Pix[4*i+3])
		for c := range 3 {
			out.Pix[4*i+c] = uint8((uint32(pix[3*i+c])*(255-a) + uint32(layer.Pix[4*i+c])*a + 127) / 255)
		}
		out.Pix[4*i+3] = 255
	}
	return out
}
