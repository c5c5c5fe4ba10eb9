package photo

// PerceptualHash returns 64 bits: bit 8·y+x of 64 says whether, of a photo shrunk to 9×8 grey
// pixels, the pixel right of (x, y) is brighter (Krawetz's difference hash). Copies of a photo at
// other sizes and qualities differ in few bits.
func PerceptualHash(p *Photo) uint64 {
	const w, h = 9, 8
	var sum, n [w * h]int
	// A few thousand samples tell as much as all pixels.
	stepX, stepY := max(1, p.Width/(w*8)), max(1, p.Height/(h*8))
	for y := 0; y < p.Height; y += stepY {
		for x := 0; x < p.Width; x += stepX {
			at := 3 * (y*p.Width + x)
			cell := y*h/p.Height*w + x*w/p.Width
			sum[cell] += 299*int(p.Pix[at]) + 587*int(p.Pix[at+1]) + 114*int(p.Pix[at+2])
			n[cell]++
		}
	}
	grey := func(cell int) int { return sum[cell] / max(1, n[cell]) }
	var bits uint64
	for y := range h {
		for x := range w - 1 {
			if grey(y*w+x+1) > grey(y*w+x) {
				bits |= 1 << (8*y + x)
			}
		}
	}
	return bits
}
