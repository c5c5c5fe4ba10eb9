package photo

// A network looks at a few hundred pixels of the millions that a camera makes. So a large picture
// is not held as a whole: of the other formats the mean of 2×2, 4×4 or 8×8 pixels is taken as their
// rows are decoded, and a JPEG can be decoded at a half, a quarter or an eighth of its size, in a
// fraction of the time, and what is lost by that is little as long as the filter of the network's
// own pre-processing does the last of the reduction.

const (
	// What is decoded has a shorter side of at least fineness/10 times the one that is wanted. It
	// is as much as leaves a camera's 4000 × 3000 at a quarter for 256 pixels; with 25 two names in
	// 125 changed that were less than 0.12 sure (see TestScaledAgreement in core/model).
	fineness = 29
	// leastShort is the least that is wanted, so that thumbnails and perceptual hashes, which are
	// made of the same picture, have enough.
	leastShort = 128
)

// Denominator returns what width and height of a picture are divided by, where its shorter side is
// to be resized to short pixels: the largest of 1, 2, 4 and 8 that leaves at least 2.9 times as
// many.
func Denominator(width, height, short int) int {
	short = max(short, leastShort)
	for d := 8; d > 1; d /= 2 {
		if 10*min(width, height) >= fineness*short*d {
			return d
		}
	}
	return 1
}

// DecodeFor is [Decode] for a network that resizes the shorter side to short pixels: of a large one
// it gives a smaller picture, as [Denominator] says. Size tells the size of the whole. The photo
// keeps data, to give [Photo.For] other sizes.
func DecodeFor(data []byte, lim Limits, short int) (*Photo, error) {
	p, err := decode(data, lim, func(w, h int) int { return Denominator(w, h, short) })
	if err == nil {
		p.file, p.limits = data, lim
	}
	return p, err
}

// reduction is how a Photo was made smaller than its file's picture.
type reduction struct {
	file          []byte // nil where the photo is what it is
	limits        Limits
	denominator   int
	width, height int     // of the file's picture, upright; 0 where it is the photo's
	left, top     float64 // where in the photo that picture begins: it need not fill the last column and row
	others        []*Photo
}

// Size returns the size of the picture in the file, upright, in pixels. It is larger than Width and
// Height where [DecodeFor] reduced it.
func (p *Photo) Size() (width, height int) {
	if p.width == 0 {
		return p.Width, p.Height
	}
	return p.width, p.height
}

// extent returns where the picture begins in the photo and how far it goes, in the photo's pixels.
func (p *Photo) extent() (left, top, width, height float64) {
	if p.width == 0 {
		return 0, 0, float64(p.Width), float64(p.Height)
	}
	d := float64(p.denominator)
	return p.left, p.top, float64(p.width) / d, float64(p.height) / d
}

// For returns the photo as [DecodeFor] would give it for another shorter side. Which picture a
// network gets thus depends on the sizes of photo and network alone, not on what else the photo is
// decoded for. A photo that was not made by DecodeFor is returned as it is. It must not be called
// by several goroutines at once.
func (p *Photo) For(short int) *Photo {
	if p.file == nil {
		return p
	}
	d := Denominator(p.width, p.height, short)
	if d == p.denominator {
		return p
	}
	for _, other := range p.others {
		if other.denominator == d {
			return other
		}
	}
	other, err := decode(p.file, p.limits, func(int, int) int { return d })
	if err != nil {
		return p // it is too large for that
	}
	p.others = append(p.others, other)
	return other
}

// reduced notes in a photo that it was made 1/denominator of w × h stored pixels.
func (p *Photo) reduced(px pixels, w, h, denominator int) {
	d := float64(denominator)
	right, below := float64(px.w)-float64(w)/d, float64(px.h)-float64(h)/d // what the last column and row have too much
	p.denominator, p.width, p.height = denominator, w, h
	if px.orientation >= 5 {
		p.width, p.height = h, w
	}
	switch px.orientation { // see upright: the last column or row may come first
	case 2:
		p.left = right
	case 3:
		p.left, p.top = right, below
	case 4:
		p.top = below
	case 6:
		p.left = below
	case 7:
		p.left, p.top = below, right
	case 8:
		p.top = right
	}
}

// averaged returns what reduces the pictures of a format that can't be decoded at another scale:
// the mean of denominator² pixels is taken row by row, so that no more is held than what comes of
// it, and what decode itself holds. memory estimates the latter, in bytes for each pixel.
func averaged(decode func(data []byte) (pixels, error), memory func(data []byte) float64) func(int, int) (func(data []byte) (pixels, error), func(data []byte) float64) {
	return func(denominator, _ int) (func(data []byte) (pixels, error), func(data []byte) float64) {
		need := func(data []byte) float64 { return memory(data) + 3/float64(denominator*denominator) }
		if denominator == 1 {
			return decode, need
		}
		return func(data []byte) (pixels, error) {
			px, err := decode(data)
			if err != nil {
				return px, err
			}
			return px.average(denominator), nil
		}, need
	}
}

// average returns the picture at 1/d of its size. In the last column and row is the mean of what
// there is.
func (px pixels) average(d int) pixels {
	small := px
	small.w, small.h = (px.w+d-1)/d, (px.h+d-1)/d
	line := make([]byte, 3*px.w)
	sums := make([]uint16, 3*small.w) // of at most 64 levels
	small.row = func(y int, dst []byte) {
		clear(sums)
		rows := min(d, px.h-y*d)
		for k := range rows {
			px.row(y*d+k, line)
			for x := range small.w {
				var r, g, b uint16
				for from := line[3*x*d : min(3*(x+1)*d, len(line))]; len(from) >= 3; from = from[3:] {
					r, g, b = r+uint16(from[0]), g+uint16(from[1]), b+uint16(from[2])
				}
				sums[3*x], sums[3*x+1], sums[3*x+2] = sums[3*x]+r, sums[3*x+1]+g, sums[3*x+2]+b
			}
		}
		full, last := uint32(rows*d), uint32(rows*(px.w-(small.w-1)*d))
		for i, s := range sums {
			n := full
			if i >= 3*(small.w-1) {
				n = last
			}
			dst[i] = byte((uint32(s) + n/2) / n)
		}
	}
	return small
}
