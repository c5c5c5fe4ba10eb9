package photo

import (
	"image"
	"image/color"
	"math"

	"homeroom/core/tensor"
)

// How a heat map is painted, red, green and blue; the stronger the evidence, the less of the photo
// shows through, at most heatOpacity of 255.
var (
	heatFor     = [3]uint8{240, 90, 20}
	heatAgainst = [3]uint8{40, 110, 220}
)

const (
	heatOpacity = 200
	unseenShade = 120 // of 255, that darkens what the network did not see
)

// Heat is a heat map, H×W×1, and the part of a photo that it covers.
type Heat struct {
	Map  tensor.Tensor
	Seen Part
}

// HeatLayer paints heat maps, to be laid over a photo: width × height pixels, warm where the maps
// together are above 0 and cool where they are below, clear at 0 and strongest at the largest
// magnitude. The mean of a map is what it tells in all, so that where maps cover parts of different
// size each counts by how much it tells for its area. Values are interpolated by cubic convolution
// (Keys 1981). What no map covers is darkened.
func HeatLayer(maps []Heat, width, height int) *image.NRGBA {
	sum, seen := make([]float64, width*height), make([]bool, width*height)
	for _, h := range maps {
		m := h.Map
		density := 1 / ((h.Seen.Right - h.Seen.Left) * (h.Seen.Bottom - h.Seen.Top))
		columns, rows := newTaps(width, h.Seen.Left, h.Seen.Right, m.W), newTaps(height, h.Seen.Top, h.Seen.Bottom, m.H)
		for y := range height {
			for x := range width {
				r, c := &rows[y], &columns[x]
				if !r.inside || !c.inside {
					continue
				}
				v := 0.0
				for i, a := range r.weight {
					for j, b := range c.weight {
						v += a * b * float64(m.Data[r.at[i]*m.W+c.at[j]])
					}
				}
				sum[y*width+x] += v * density
				seen[y*width+x] = true
			}
		}
	}
	most := 0.0
	for _, v := range sum {
		most = max(most, math.Abs(v))
	}
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := sum[y*width+x]
			if !seen[y*width+x] {
				out.SetNRGBA(x, y, color.NRGBA{A: unseenShade})
				continue
			}
			tint := heatFor
			if v < 0 {
				tint = heatAgainst
			}
			if most > 0 {
				v = math.Abs(v) / most
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

// newTaps returns the taps of n pixels, of which the part from lo to hi shows cells positions.
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

// UnderHeat returns a copy of the photo with heat maps over it (see [HeatLayer]), its longer side
// at most side pixels.
func (p *Photo) UnderHeat(maps []Heat, side int) *image.RGBA {
	w, h := p.Size()
	if long := max(w, h); long > side {
		w, h = max(1, w*side/long), max(1, h*side/long)
	}
	p = p.For(min(w, h) * 10 / fineness) // no fewer pixels than are shown
	pix := p.resize(w, h, window{0, 0, w, h}, Bilinear)
	layer := HeatLayer(maps, w, h)
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
