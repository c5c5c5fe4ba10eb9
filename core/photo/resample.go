package photo

import (
	"fmt"
	"math"
	"slices"
)

// Interpolation is the filter that resizing uses.
type Interpolation string

// The filters, widened by the scale when a photo shrinks, so that every pixel counts
// ("anti-aliasing").
const (
	Bilinear Interpolation = "bilinear" // a triangle of support 1
	Bicubic  Interpolation = "bicubic"  // Keys 1981, equation 4, a = −0.5, support 2
)

// precision is the number of fraction bits of a coefficient.
const precision = 22

// axis says how the output samples of one axis are made of its input samples. They are the
// coefficients of Pillow's Image.resize, so that what is resized here equals what the networks' own
// pipelines see.
type axis struct {
	first []int   // [out] first input sample
	count []int   // [out] number of input samples
	coef  []int32 // [out][width] fixed point, precision bits; zeros from count on
	width int     // a multiple of 8

	//lint:ignore U1000 only the kernels of WebAssembly need it
	planes []int32 // room for one row, where there are vectors
}

// newAxis prepares output samples from ≤ i < to of an axis that goes from in to out samples.
func newAxis(in, out, from, to int, f Interpolation) axis {
	return newPart(in, 0, float64(in), out, from, to, f)
}

// newPart is newAxis for the part of in samples that begins at start and has the given length.
func newPart(in int, start, length float64, out, from, to int, f Interpolation) axis {
	scale := length / float64(out)
	spread := max(scale, 1)
	radius := 1.0
	if f == Bicubic {
		radius = 2
	}
	support := radius * spread
	a := axis{width: (int(math.Ceil(support))*2 + 8) &^ 7}
	n := to - from
	a.first, a.count = make([]int, n), make([]int, n)
	a.coef = make([]int32, n*a.width)
	weights := make([]float64, a.width)
	for i := range n {
		centre := start + (float64(from+i)+0.5)*scale
		lo := max(int(centre-support+0.5), 0)
		hi := min(int(centre+support+0.5), in)
		sum := 0.0
		for k := range hi - lo {
			w := f.weight((float64(k+lo) - centre + 0.5) / spread)
			weights[k] = w
			sum += w
		}
		for k := range hi - lo {
			w := weights[k]
			if sum != 0 {
				w /= sum
			}
			a.coef[i*a.width+k] = int32(math.Trunc(w*(1<<precision) + math.Copysign(0.5, w)))
		}
		a.first[i], a.count[i] = lo, hi-lo
	}
	return a
}

// weight is the filter at distance x, in samples of the coarser grid.
func (f Interpolation) weight(x float64) float64 {
	x = math.Abs(x)
	if f == Bilinear {
		return max(1-x, 0)
	}
	const a = -0.5
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// window is a rectangle of pixels.
type window struct{ x, y, w, h int }

// columnsFirst says which way is resampled first, as Pillow 13 chooses it; the order matters
// because the result of the first is rounded to eight bits. Earlier ones always begin with the
// rows.
func columnsFirst(fromW, fromH, w, h int) bool {
	return h < fromH && 2*(fromW-w) < fromH-h
}

// resize returns the part win of p resized to w×h, as RGB8: first along one axis, rounded to eight
// bits, then along the other, as Pillow does. Only what win shows is computed.
func (p *Photo) resize(w, h int, win window, f Interpolation) []byte {
	if w < 1 || h < 1 || win.x < 0 || win.y < 0 || win.w < 1 || win.h < 1 || win.x+win.w > w || win.y+win.h > h {
		panic(fmt.Sprintf("photo: %+v is not within %d × %d", win, w, h))
	}
	left, top, width, height := p.extent()
	cols := newPart(p.Width, left, width, w, win.x, win.x+win.w, f)
	rows := newPart(p.Height, top, height, h, win.y, win.y+win.h, f)
	stride := 3 * win.w
	out := make([]byte, win.h*stride)
	if columnsFirst(p.Width, p.Height, w, h) {
		x0, x1 := cols.trim()
		n := 3 * (x1 - x0)
		low := make([]byte, win.h*n)
		rows.down(low, p.Pix[3*x0:], n, 3*p.Width)
		for y := range win.h {
			cols.along(out[y*stride:][:stride], low[y*n:][:n])
		}
		return out
	}
	y0, y1 := rows.trim()
	narrow := make([]byte, (y1-y0)*stride)
	for y := y0; y < y1; y++ {
		cols.along(narrow[(y-y0)*stride:][:stride], p.Pix[y*p.Width*3:][:p.Width*3])
	}
	rows.down(out, narrow, stride, stride)
	return out
}

// trim returns the range of input samples that are used, and counts them from its beginning from
// now on.
func (a *axis) trim() (from, to int) {
	from = slices.Min(a.first)
	for i := range a.first {
		to = max(to, a.first[i]+a.count[i])
		a.first[i] -= from
	}
	return from, to
}

// downPortable resamples columns: rows of n levels, which follow each other in dst and are pitch
// apart in src.
func (a *axis) downPortable(dst, src []byte, n, pitch int) {
	sums := make([]int32, n)
	for i, first := range a.first {
		for k := range sums {
			sums[k] = 1 << (precision - 1)
		}
		for k := range a.count[i] {
			c := a.coef[i*a.width+k]
			line := src[(first+k)*pitch:][:n]
			for x, v := range line {
				sums[x] += c * int32(v)
			}
		}
		line := dst[i*n:][:n]
		for x, s := range sums {
			line[x] = level(s)
		}
	}
}

// alongPortable resamples one row of RGB8.
func (a *axis) alongPortable(dst, src []byte) {
	for i, first := range a.first {
		coef := a.coef[i*a.width:][:a.count[i]]
		px := src[3*first:]
		r, g, b := int32(1<<(precision-1)), int32(1<<(precision-1)), int32(1<<(precision-1))
		for _, c := range coef {
			r += c * int32(px[0])
			g += c * int32(px[1])
			b += c * int32(px[2])
			px = px[3:]
		}
		dst[3*i], dst[3*i+1], dst[3*i+2] = level(r), level(g), level(b)
	}
}

// level rounds a fixed-point sum to 0 … 255.
func level(s int32) byte { return byte(min(max(s>>precision, 0), 255)) }
