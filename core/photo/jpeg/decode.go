package jpeg

import (
	"fmt"
	"io"
)

// Options say how a file is decoded.
type Options struct {
	// Denominator is what width and height are divided by, rounded up: 1, 2, 4 or 8. 0 is 1.
	Denominator int
	// Threads is how many goroutines may decode at once; 0 is 1. Only sequential files with restart
	// markers are decoded by more than one, to the same samples.
	Threads int
}

// A Picture is a decoded file. Its rows are turned into RGB as they are asked for.
type Picture struct {
	Width, Height int // in pixels, of what was decoded
	// Damaged says in a few words what is wrong with the file, of which what was there was decoded;
	// "" where nothing is.
	Damaged string

	comps   []component
	widen   []widener
	space   colours
	samples [4][]byte // one widened row of each component
}

// colours is what the components are.
type colours int

const (
	grey colours = iota
	ycc
	rgb
	cmyk
	ycck
)

// Decode decodes a file. Where its data are damaged or cut short after the first scan began, it
// gives what libjpeg does, and says so.
func Decode(data []byte, opt Options) (*Picture, error) {
	if opt.Denominator == 0 {
		opt.Denominator = 1
	}
	switch opt.Denominator {
	case 1, 2, 4, 8:
	default:
		panic(fmt.Sprintf("jpeg: decoding at 1/%d", opt.Denominator))
	}
	return (&decoder{data: data, opt: opt}).decode()
}

func (d *decoder) decode() (*Picture, error) {
	if err := d.begin(); err != nil {
		return nil, err
	}
	d.allocate()
	if err := d.allScans(); err != nil {
		return nil, err
	}
	if d.progressive {
		d.reconstruct()
	}
	if d.lossless {
		d.shrink()
	}
	return d.picture(), nil
}

// space tells what the components are, as libjpeg guesses it.
func (d *decoder) space() colours {
	switch len(d.comps) {
	case 1:
		return grey
	case 4:
		if !d.adobe || d.transform == 0 {
			return cmyk
		}
		return ycck
	}
	switch {
	case d.jfif:
	case d.adobe:
		if d.transform == 0 {
			return rgb
		}
	case d.lossless && d.comps[0].id == 1 && d.comps[1].id == 2 && d.comps[2].id == 3:
		return rgb
	case d.comps[0].id == 'R' && d.comps[1].id == 'G' && d.comps[2].id == 'B':
		return rgb
	}
	return ycc
}

// Memory estimates how many bytes decoding a file takes for each of its pixels, at its peak. It is
// 0 where the file can't be read.
func Memory(data []byte, opt Options) float64 {
	d := &decoder{data: data, opt: opt}
	if d.begin() != nil {
		return 0
	}
	d.arrange()
	sum := 0.0 // for each block of every component
	for i := range d.comps {
		c := &d.comps[i]
		bytes := float64(c.size * c.size)
		if d.progressive {
			bytes += float64(2*c.keep + 8)
		}
		if d.lossless { // the whole plane, and the smaller one
			bytes = 64
			if n := opt.Denominator; n > 1 {
				bytes += float64(64 / (n * n))
			}
		}
		sum += bytes / 64 * float64(c.h*c.v) / float64(d.maxH*d.maxV)
	}
	return sum
}

// allocate makes room for the planes, and for the coefficients of a progressive file.
func (d *decoder) allocate() {
	d.arrange()
	for i := range d.comps {
		c := &d.comps[i]
		if !d.progressive {
			c.plane = make([]byte, c.stride*c.padY*c.size)
			continue
		}
		c.coefs = make([]int16, c.padX*c.padY*c.keep+64) // so that 64 may be read from any block's first on
		if c.size > 1 {
			c.known = make([]uint64, c.padX*c.padY)
		}
	}
}

// arrange finds out how large each component is decoded.
func (d *decoder) arrange() {
	d.size = 8 / d.opt.Denominator
	if d.lossless {
		d.size = 1
	}
	for i := range d.comps {
		c := &d.comps[i]
		// A component with fewer samples is decoded larger, as far as it then is no larger than the
		// picture.
		c.size = d.size
		for c.size < d.block && d.maxH*d.size%(c.h*c.size*2) == 0 && d.maxV*d.size%(c.v*c.size*2) == 0 {
			c.size *= 2
		}
		c.w, c.h2 = ceil(d.w*c.h*c.size, d.block*d.maxH), ceil(d.h*c.v*c.size, d.block*d.maxV)
		c.stride = c.padX * c.size
		c.keep, c.slots = layout(c.size)
		for k := range 64 {
			if int(c.slots[k]) < c.keep {
				c.wanted |= 1 << k
			}
		}
	}
}

// layout tells where the coefficients that a transform of a size reads are kept, and how many there
// are.
func layout(size int) (keep int, slots *[96]byte) {
	switch size {
	case 1:
		return 1, &only1
	case 2:
		return 25, &only2
	}
	return 64, &all
}

// dropped is the slot of coefficients that are not kept, in the room of one block.
const dropped = 63

// all keeps all coefficients in natural order. only2 keeps those of the rows and columns 0, 1, 3, 5
// and 7, which are what the mean of 4×4 samples depends on. only1 keeps the first.
var all, only2, only1 = func() (all, only2, only1 [96]byte) {
	place := [8]int{0, 1, -1, 2, -1, 3, -1, 4}
	for k := range all {
		at := int(natural[min(k, 63)])
		all[k], only2[k], only1[k] = byte(at), dropped, dropped
		if y, x := place[at/8], place[at%8]; y >= 0 && x >= 0 {
			only2[k] = byte(5*y + x)
		}
	}
	only1[0] = 0
	return all, only2, only1
}()

// allScans decodes the scan whose header was read, and those that follow.
func (d *decoder) allScans() error {
	once := !d.progressive && len(d.scan) == len(d.comps)
	seen := 0
	for {
		if err := d.beginScan(); err != nil {
			if seen == 0 {
				return err
			}
			d.note(err.Error())
			break
		}
		if d.at < len(d.data) {
			d.some = true
		}
		d.decodeScan()
		if seen++; once {
			if d.arithmetic && d.at >= len(d.data) {
				d.note(cut) // without a marker behind them nothing tells whether the data are whole
			}
			break
		}
		found, err := d.segments()
		if err != nil {
			d.note(err.Error())
		}
		if !found {
			break
		}
	}
	d.unfinished()
	if !d.some {
		return io.ErrUnexpectedEOF
	}
	for i := range d.comps {
		if c := &d.comps[i]; c.quant == nil {
			d.note("a component of its colours is missing")
			c.quant = new([64]int16)
			for j := range c.plane {
				c.plane[j] = 128
			}
		}
	}
	return nil
}

// unfinished notes where a progressive file lacks scans.
func (d *decoder) unfinished() {
	if !d.progressive {
		return
	}
	for i := range d.comps {
		for _, missing := range d.comps[i].bits[0] {
			if missing != 0 {
				d.note("some of its scans are missing")
				return
			}
		}
	}
}

// beginScan checks a scan's header and tables.
func (d *decoder) beginScan() error {
	for _, c := range d.scan {
		if d.lossless {
			c.quant = new([64]int16) // it has none
		}
		if c.quant != nil {
			continue
		}
		if c.table > 3 || d.quant[c.table] == nil {
			return FormatError("a quantisation table is missing")
		}
		c.quant = d.quant[c.table]
		for k := range 64 {
			c.factors[c.slots[k]] = c.quant[natural[k]]
		}
	}
	if d.progressive {
		if err := d.band(); err != nil {
			return err
		}
	}
	if d.lossless {
		if err := d.checkLossless(); err != nil {
			return err
		}
	}
	if d.arithmetic {
		return nil
	}
	for _, c := range d.scan {
		needDC := !d.progressive || d.from == 0 && d.high == 0
		needAC := !d.lossless && (!d.progressive || d.from > 0)
		if !d.progressive && !d.lossless {
			d.assume(0, c.dc)
			d.assume(1, c.ac)
		}
		if needDC && (c.dc > 3 || d.tables[0][c.dc] == nil) || needAC && (c.ac > 3 || d.tables[1][c.ac] == nil) {
			return FormatError("a Huffman table is missing")
		}
		if needDC && (d.tables[0][c.dc] == impossible || d.tables[0][c.dc].longest && !d.lossless) || needAC && d.tables[1][c.ac] == impossible {
			return errTable
		}
	}
	return nil
}

// assume puts the usual table where there is none: the frames of Motion JPEG leave them out.
func (d *decoder) assume(class int, to byte) {
	if to < 2 && d.tables[class][to] == nil {
		d.tables[class][to] = usual()[class][to]
	}
}

// band checks the band of a progressive scan, section G.1.1.1.1, and notes what will be known after
// it.
func (d *decoder) band() error {
	if d.from == 0 && d.to != 0 || d.from > 0 && (d.from > d.to || d.to > 63 || len(d.scan) != 1) ||
		d.high != 0 && d.low != d.high-1 || d.low > 13 {
		return FormatError("a scan has a band of coefficients that can't be")
	}
	for _, c := range d.scan {
		if d.from > 0 && c.bits[0][0] < 0 {
			d.note("its scans don't fit together")
		}
		for k := min(d.from, 1); k <= max(d.to, 9); k++ {
			c.bits[1][k] = 0
			if d.scans > 1 {
				c.bits[1][k] = c.bits[0][k]
			}
		}
		for k := d.from; k <= d.to; k++ {
			if int8(d.high) != max(c.bits[0][k], 0) {
				d.note("its scans don't fit together")
			}
			c.bits[0][k] = int8(d.low)
		}
	}
	return nil
}

// decodeScan decodes the data of one scan.
func (d *decoder) decodeScan() {
	d.whole = 0
	s := &scan{source: source{data: d.data, at: d.at}, d: d}
	for _, c := range d.scan {
		c.last, c.context = 0, 0
	}
	switch {
	case d.arithmetic:
		s.begin()
		if d.progressive {
			s.units(s.arithmeticProgressive())
		} else {
			s.units(s.arithmeticBlock)
		}
	case d.lossless:
		s.lossless()
	case !d.progressive:
		s.sequential()
	case d.from > 0 && d.scan[0].size == 1:
		s.skipAC()
	case d.from > 0 && d.high == 0:
		s.blocks(s.firstAC)
	case d.from > 0:
		s.blocks(s.moreAC)
	default:
		s.units(nil)
	}
	d.at = s.at
}
