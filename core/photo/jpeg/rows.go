package jpeg

// A widener tells how the rows of a component become as wide as the picture, and where they are.
type widener struct {
	across, down int    // pixels for one sample
	filter       filter // nil: samples are repeated
}

// A filter writes one row of samples at twice the width, or the same, from the nearest row of
// samples and the next nearest, which lies below near if farBelow. At the top and bottom edges far
// is near. Filters that only widen don't look at far.
type filter func(dst, near, far []byte, farBelow bool)

// picture chooses how components are widened, as libjpeg does (jdsample.c of libjpeg-turbo, with
// its default of "fancy upsampling"): by triangle filters where they have half as many samples
// across or down or both, by repetition where there are fewer, and where they are at most two
// samples wide.
func (d *decoder) picture() *Picture {
	p := &Picture{Width: ceil(d.w, d.opt.Denominator), Height: ceil(d.h, d.opt.Denominator), Damaged: d.damaged, comps: d.comps, space: d.space()}
	p.widen = make([]widener, len(d.comps))
	for i := range d.comps {
		c, w := &d.comps[i], &p.widen[i]
		w.across, w.down = d.maxH*d.size/(c.h*c.size), d.maxV*d.size/(c.v*c.size)
		fine := d.size > 1
		switch {
		case w.across == 2 && w.down == 1 && fine && c.w > 2:
			w.filter = h2v1
		case w.across == 1 && w.down == 2 && fine:
			w.filter = h1v2
		case w.across == 2 && w.down == 2 && fine && c.w > 2:
			w.filter = h2v2
		}
		if w.filter != nil || w.across > 1 {
			p.samples[i] = make([]byte, p.Width)
		}
	}
	return p
}

// widened returns row y of a component, as wide as the picture.
func (p *Picture) widened(i, y int) []byte {
	c, w := &p.comps[i], &p.widen[i]
	near := min(y/w.down, c.h2-1)
	row := c.plane[near*c.stride:][:c.w]
	if w.filter != nil {
		far, below := near, w.down == 2 && y&1 == 1
		if below {
			far = min(near+1, c.h2-1)
		} else if w.down == 2 {
			far = max(near-1, 0)
		}
		w.filter(p.samples[i], row, c.plane[far*c.stride:][:c.w], below)
		return p.samples[i]
	}
	if w.across > 1 {
		repeat(p.samples[i], row, w.across)
		return p.samples[i]
	}
	return row[:p.Width]
}

// Row writes row y, 0 ≤ y < Height, as RGB8 into dst[:3*Width]. Inks are mixed as Pillow does,
// which takes them for inverted: white paper less black less ink. It must not be called by several
// goroutines at once.
func (p *Picture) Row(y int, dst []byte) {
	dst = dst[:3*p.Width]
	a := p.widened(0, y)
	if p.space == grey {
		for i, v := range a {
			dst[3*i], dst[3*i+1], dst[3*i+2] = v, v, v
		}
		return
	}
	b, c := p.widened(1, y), p.widened(2, y)
	switch p.space {
	case ycc, ycck:
		jfifToRGB(dst, a, b, c)
	default:
		for i, v := range a {
			dst[3*i], dst[3*i+1], dst[3*i+2] = v, b[i], c[i]
		}
	}
	if len(p.comps) < 4 {
		return
	}
	k := p.widened(3, y)
	for i, white := range k {
		px := dst[3*i:][:3]
		for j, ink := range px {
			if p.space == cmyk { // libjpeg's conversion of YCCK inverts as well
				ink = 255 - ink
			}
			// ink*white/255, rounded, without a division
			less := int(ink)*int(white) + 128
			px[j] = uint8(max(int(white)-(less+less>>8)>>8, 0))
		}
	}
}

func repeat(dst, src []byte, n int) {
	for i := range dst {
		dst[i] = src[i/n]
	}
}
