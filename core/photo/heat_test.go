package photo

import (
	"math"
	"testing"

	"homeroom/core/tensor"
)

// TestSeen holds the part that a network sees to a photo whose columns and rows tell where they
// are.
func TestSeen(t *testing.T) {
	d := Preprocess{Size: 56, CropFraction: 0.875, Interpolation: Bilinear}
	for _, size := range [][2]int{{256, 192}, {192, 256}, {200, 200}, {255, 64}} {
		p := &Photo{Width: size[0], Height: size[1], Pix: make([]byte, 3*size[0]*size[1])}
		for y := range p.Height {
			for x := range p.Width {
				p.Pix[3*(y*p.Width+x)], p.Pix[3*(y*p.Width+x)+1] = byte(255*x/p.Width), byte(255*y/p.Height)
			}
		}
		pix := d.Crop(p)
		part := d.Seen(p.Width, p.Height)
		end := 3 * (56*56 - 1)
		for _, at := range []struct {
			name      string
			got, want float64
		}{
			{"left", float64(pix[0]) / 255, part.Left}, {"top", float64(pix[1]) / 255, part.Top},
			{"right", float64(pix[end]) / 255, part.Right}, {"bottom", float64(pix[end+1]) / 255, part.Bottom},
		} {
			if math.Abs(at.got-at.want) > 0.02 {
				t.Errorf("%d × %d: %s is %.3f, the crop shows %.3f", p.Width, p.Height, at.name, at.want, at.got)
			}
		}
	}
	d.Squash = true
	if got := d.Seen(30, 90); got != (Part{0, 0, 1, 1}) {
		t.Errorf("squashed, it sees %v", got)
	}
}

// TestHeatLayer has one warm and one cool cell in the middle half of a photo.
func TestHeatLayer(t *testing.T) {
	m := tensor.New(2, 2, 1)
	m.Data[0], m.Data[3] = 4, -2
	l := HeatLayer([]Heat{{m, Part{0.25, 0.25, 0.75, 0.75}}}, 80, 80)
	if c := l.NRGBAAt(5, 40); c.A != unseenShade || c.R != 0 {
		t.Errorf("outside of what is seen the layer is %v", c)
	}
	if c := l.NRGBAAt(24, 24); c.R < c.B || c.A < heatOpacity*9/10 {
		t.Errorf("the warm cell is %v", c)
	}
	if c := l.NRGBAAt(56, 56); c.B < c.R || c.A < heatOpacity*4/10 || c.A > heatOpacity*6/10 {
		t.Errorf("the cool cell is %v", c)
	}
	if c := HeatLayer([]Heat{{tensor.New(2, 2, 1), Part{0, 0, 1, 1}}}, 4, 4).NRGBAAt(1, 1); c.A != 0 {
		t.Errorf("a map of nothing is %v", c)
	}

	p := &Photo{Width: 200, Height: 100, Pix: make([]byte, 3*200*100)}
	o := p.UnderHeat([]Heat{{m, Part{0, 0, 1, 1}}}, 50)
	if o.Rect.Dx() != 50 || o.Rect.Dy() != 25 || o.RGBAAt(8, 4).R < 100 || o.RGBAAt(8, 4).A != 255 {
		t.Errorf("%v, of the colour %v", o.Rect, o.RGBAAt(8, 4))
	}
}

// TestHeatLayersTogether: a map of the whole photo and one of its left half add up, the latter,
// which tells the same for half of the area, counting twice where it is.
func TestHeatLayersTogether(t *testing.T) {
	even := func(v float32) tensor.Tensor {
		m := tensor.New(1, 1, 1)
		m.Data[0] = v
		return m
	}
	whole, left := Heat{even(1), Part{0, 0, 1, 1}}, Heat{even(1), Part{0, 0, 0.5, 1}}
	l := HeatLayer([]Heat{whole, left}, 8, 4)
	if a, b := l.NRGBAAt(1, 1), l.NRGBAAt(6, 1); a.A != heatOpacity || b.A != uint8(math.Round(heatOpacity/3.0)) {
		t.Errorf("the left is %v, the right %v; want strengths of 3 to 1", a, b)
	}
	against := Heat{even(-1.5), Part{0, 0, 0.5, 1}}
	if c := HeatLayer([]Heat{whole, against}, 8, 4).NRGBAAt(1, 1); c.B < c.R || c.A != heatOpacity {
		t.Errorf("1 for it and twice 1.5 against it is %v", c)
	}
}
