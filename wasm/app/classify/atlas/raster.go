package atlas

import (
	"math"
	"sort"
)

// A tone is a label that many photos have: its dots are of one colour and shape.
type tone struct {
	label, says string
	photos      int
}

// toned is how many labels have a tone; all others share one more. The colours are the first
// children of the canvas, in the order of the tones, then that of all others, of photos that are
// not asked for, and of those that are picked.
const (
	toned    = 8
	others   = toned
	faint    = toned + 1
	picked   = toned + 2
	colours  = toned + 3
	shapes   = 4
	dotWidth = 4.5 // half of it, in pixels
)

// tonesOf are the labels that most photos have, and which of them each photo has.
func tonesOf(photos []Photo) (tones []tone, of []uint8) {
	at := map[string]int{}
	var all []tone
	for i := range photos {
		label := photos[i].label()
		if label == "" {
			continue
		}
		k, is := at[label]
		if !is {
			k = len(all)
			at[label] = k
			all = append(all, tone{label: label, says: photos[i].Answer.Shown()})
		}
		all[k].photos++
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].photos > all[j].photos })
	tones = all[:min(toned, len(all))]
	at = map[string]int{}
	for i, t := range tones {
		at[t.label] = i
	}
	of = make([]uint8, len(photos))
	for i := range photos {
		of[i] = others
		if k, is := at[photos[i].label()]; is {
			of[i] = uint8(k)
		}
	}
	return tones, of
}

// A picture is that of the dots.
type picture struct {
	plane         plane
	photos        []Photo
	spots         []spot
	toneOf        []uint8
	large         bool // photos are seen as pictures
	width, height int
}

// Size is in pixels of the screen.
func (p *picture) Size() (width, height int) { return p.width, p.height }

// radius is half the width of a dot.
func (p *picture) radius() float64 {
	r := dotWidth * p.plane.density * min(1.6, math.Sqrt(math.Sqrt(p.plane.zoom)))
	switch n := len(p.photos); {
	case n > 5000:
		return 0.6 * r
	case n > 1000:
		return 0.8 * r
	}
	return r
}

// Draw draws the dots: what is not asked for under all others, and what is picked above them.
func (p *picture) Draw(pixels []byte, palette [][4]byte) {
	c := canvas{pixels, p.width, p.height}
	var masks [shapes]mask
	for i := range masks {
		masks[i] = maskOf(i, p.radius())
	}
	ring := maskOf(0, p.radius()+2.5*p.plane.density)
	k, corner, d := p.plane.scale()*p.plane.density, p.plane.see(spot{}), p.plane.density
	dot := func(i int, m *mask, tone int) {
		colour := [4]byte{128, 128, 128, 255}
		if tone < len(palette) {
			colour = palette[tone]
		}
		c.stamp(m, corner.x*d+p.spots[i].x*k, corner.y*d+p.spots[i].y*k, colour)
	}
	var above []int // picked
	for i := range p.photos {
		switch one := &p.photos[i]; {
		case !one.Shown && p.spots[i] != nowhere:
			dot(i, &masks[int(p.toneOf[i])%shapes], faint)
		case one.Picked:
			above = append(above, i)
		}
	}
	for i := range p.photos {
		if one := &p.photos[i]; one.Shown && !one.Picked && p.spots[i] != nowhere && !(p.large && one.Picture != nil) {
			dot(i, &masks[int(p.toneOf[i])%shapes], int(p.toneOf[i]))
		}
	}
	for _, i := range above {
		if one := &p.photos[i]; one.Shown && p.spots[i] != nowhere && !(p.large && one.Picture != nil) {
			dot(i, &ring, picked)
			dot(i, &masks[int(p.toneOf[i])%shapes], int(p.toneOf[i]))
		}
	}
}

// A canvas is pixels, RGBA, not premultiplied.
type canvas struct {
	pixels        []byte
	width, height int
}

// A mask is how much of each pixel a shape covers, [size][size].
type mask struct {
	size  int
	cover []byte
}

// maskOf is that of a shape of a radius: a disc, a square, a diamond, a triangle.
func maskOf(shape int, radius float64) mask {
	size := 2*int(math.Ceil(radius+0.5)) + 1
	m := mask{size, make([]byte, size*size)}
	half := float64(size) / 2
	for y := range size {
		for x := range size {
			dx, dy := float64(x)+0.5-half, float64(y)+0.5-half
			far := 0.0 // from the edge, outwards
			switch shape {
			case 0:
				far = math.Hypot(dx, dy) - radius
			case 1:
				far = max(math.Abs(dx), math.Abs(dy)) - 0.86*radius
			case 2:
				far = (math.Abs(dx)+math.Abs(dy))/math.Sqrt2 - 0.86*radius
			case 3:
				far = max(0.87*math.Abs(dx)-0.5*dy-0.5*radius, dy-0.75*radius)
			}
			m.cover[y*size+x] = byte(255 * max(0, min(1, 0.5-far)))
		}
	}
	return m
}

// stamp lays a mask over pixels, its middle at a place.
func (c *canvas) stamp(m *mask, x, y float64, colour [4]byte) {
	left, top := int(math.Floor(x))-m.size/2, int(math.Floor(y))-m.size/2
	if left >= c.width || top >= c.height || left+m.size <= 0 || top+m.size <= 0 {
		return
	}
	for row := max(0, -top); row < min(m.size, c.height-top); row++ {
		cover := m.cover[row*m.size : (row+1)*m.size]
		from := ((top+row)*c.width + left) * 4
		for k := max(0, -left); k < min(m.size, c.width-left); k++ {
			switch a := uint32(cover[k]); a {
			case 0:
			case 255:
				to := c.pixels[from+4*k : from+4*k+4 : from+4*k+4]
				to[0], to[1], to[2], to[3] = colour[0], colour[1], colour[2], 255
			default:
				to := c.pixels[from+4*k : from+4*k+4 : from+4*k+4]
				under := uint32(to[3]) * (255 - a) / 255
				all := a + under
				for j := range 3 {
					to[j] = byte((uint32(colour[j])*a + uint32(to[j])*under) / all)
				}
				to[3] = byte(all)
			}
		}
	}
}
