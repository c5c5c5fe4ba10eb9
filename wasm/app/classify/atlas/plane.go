package atlas

import "math"

// A spot is a place: of the map, which reaches from −1 to 1, or of the picture, in pixels from its
// corner.
type spot struct{ x, y float64 }

// nowhere is where a photo lies that has no place.
var nowhere = spot{math.MaxFloat64, 0}

func dist(a, b spot) float64 { return math.Hypot(a.x-b.x, a.y-b.y) }

// A plane is which part of the map is seen, and how large.
type plane struct {
	x, y                   float64 // of the map, in the middle of the picture
	zoom                   float64 // 1 shows all of it
	width, height, density float64 // of the picture in pixels, and how many of the screen one is
}

// most is how far it is zoomed, and the margin around all of it, in pixels.
const most, margin = 80, 44

func (p *plane) resize(width, height, density float64) {
	if width > 0 && height > 0 {
		p.width, p.height, p.density = width, height, min(max(density, 1), 2)
	}
}

// scale is how many pixels a unit of the map has.
func (p *plane) scale() float64 {
	return max(20, min(p.width, p.height)/2-margin) * p.zoom
}

func (p *plane) middle() spot { return spot{p.width / 2, p.height / 2} }

// see is where a spot of the map is seen in the picture.
func (p *plane) see(at spot) spot {
	k := p.scale()
	return spot{p.width/2 + (at.x-p.x)*k, p.height/2 + (at.y-p.y)*k}
}

// has tells whether a spot of the picture is in it.
func (p *plane) has(at spot) bool {
	return at.x >= 0 && at.y >= 0 && at.x <= p.width && at.y <= p.height
}

// move moves the map by pixels of the picture. Some of it stays in sight.
func (p *plane) move(dx, dy float64) {
	k := p.scale()
	p.x = max(-1, min(1, p.x-dx/k))
	p.y = max(-1, min(1, p.y-dy/k))
}

func (p *plane) zoomed(factor float64) float64 { return max(1, min(most, p.zoom*factor)) }

// by zooms so that a spot of the picture stays where it is.
func (p *plane) by(about spot, factor float64) {
	k := p.scale()
	fixed := spot{p.x + (about.x-p.width/2)/k, p.y + (about.y-p.height/2)/k}
	p.zoom = p.zoomed(factor)
	k = p.scale()
	p.x, p.y = fixed.x-(about.x-p.width/2)/k, fixed.y-(about.y-p.height/2)/k
	p.move(0, 0)
	if p.zoom == 1 {
		p.x, p.y = 0, 0
	}
}

// reveal moves the map so that a spot of it is seen, and not at the edge.
func (p *plane) reveal(at spot) {
	here := p.see(at)
	edge := min(60, p.width/4, p.height/4)
	p.move(max(edge-here.x, 0)-max(here.x-(p.width-edge), 0), max(edge-here.y, 0)-max(here.y-(p.height-edge), 0))
}

// within tells whether a spot is inside a closed line, by how often a ray from it crosses that.
func within(line []spot, at spot) bool {
	in := false
	for i, a := range line {
		b := line[(i+1)%len(line)]
		if (a.y > at.y) != (b.y > at.y) && at.x < (b.x-a.x)*(at.y-a.y)/(b.y-a.y)+a.x {
			in = !in
		}
	}
	return in
}
