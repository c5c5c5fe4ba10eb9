package photo

import (
	"encoding/binary"
	"image"
)

// decodeBaseline decodes the JPEGs that cameras make: sequential, Huffman-coded, eight bits, one scan, grey or YCbCr at
// the usual ratios (ITU-T T.81, annexes A, B and F). It gives an *image.Gray or *image.YCbCr with the same samples as
// package image/jpeg, in a fraction of the time. It is nil for every other file and wherever something is not as it should
// be: image/jpeg then decodes the file, or says what is wrong with it.
func decodeBaseline(data []byte) image.Image {
	d := baseline{data: data}
	if !d.segments() {
		return nil
	}
	d.allocate()
	if !d.scan() {
		return nil
	}
	return d.image()
}

// component is one colour channel of the frame.
type component struct {
	id      byte
	h, v    int // blocks of a unit (MCU), across and down
	quant   byte
	dc, ac  byte // tables
	plane   []byte
	stride  int
	lastDC  int32
	factors *[64]int32
}

// baseline is the state of a decoder.
type baseline struct {
	data       []byte
	at         int // the next byte
	w, h       int
	comps      []component
	quant      [4][64]int32 // in zig-zag order
	quantKnown [4]bool
	tables     [2][4]huffman // DC, AC
	interval   int           // units between restarts, 0 without
	unitsX     int
	unitsY     int

	bits uint64 // the next bits, from the top
	n    int    // how many of them there are
	fake int    // how many of those are zeros that stand behind the end of the segment
}

// lookBits is how many bits of a code are looked up at once.
const lookBits = 10

// huffman is a table of codes.
type huffman struct {
	known bool
	// look has for the next lookBits bits the length and symbol of the code they begin with, length<<8 | symbol, or 0 where
	// the code is longer.
	look [1 << lookBits]uint16
	// whole has, where a code for a coefficient and the coefficient's own bits fit into lookBits, all about it:
	// value<<16 | zeros before it<<8 | bits; else 0.
	whole [1 << lookBits]int32
	// past[l] is the first code of length l+1 and more that is longer, its 16 bits flush left; offset[l] is what leads from
	// a code of length l to its symbol.
	past    [18]uint32
	offset  [17]int32
	symbols [256]byte
}

// zigzag is the natural place of the coefficients in the order of the file, figure A.6.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// segments reads everything up to the entropy-coded data of the first scan.
func (d *baseline) segments() bool {
	if len(d.data) < 4 || d.data[0] != 0xff || d.data[1] != 0xd8 {
		return false
	}
	d.at = 2
	for {
		if d.at+4 > len(d.data) || d.data[d.at] != 0xff {
			return false
		}
		marker := d.data[d.at+1]
		length := int(binary.BigEndian.Uint16(d.data[d.at+2:]))
		end := d.at + 2 + length
		if length < 2 || end > len(d.data) {
			return false
		}
		body := d.data[d.at+4 : end]
		d.at = end
		switch {
		case marker == 0xc0:
			if !d.frame(body) {
				return false
			}
		case marker == 0xc4:
			if !d.huffmanTables(body) {
				return false
			}
		case marker == 0xdb:
			if !d.quantTables(body) {
				return false
			}
		case marker == 0xdd:
			if len(body) != 2 {
				return false
			}
			d.interval = int(binary.BigEndian.Uint16(body))
		case marker == 0xda:
			return d.scanHeader(body)
		case marker == 0xee && len(body) >= 12 && string(body[:5]) == "Adobe":
			if body[11] != 1 { // not YCbCr
				return false
			}
		case marker >= 0xe0 && marker <= 0xef, marker == 0xfe:
		default:
			return false
		}
	}
}

func (d *baseline) frame(body []byte) bool {
	if d.comps != nil || len(body) < 6 || body[0] != 8 {
		return false
	}
	d.h, d.w = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	n := int(body[5])
	if d.w == 0 || d.h == 0 || n != 1 && n != 3 || len(body) != 6+3*n {
		return false
	}
	d.comps = make([]component, n)
	for i := range d.comps {
		c, from := &d.comps[i], body[6+3*i:]
		*c = component{id: from[0], h: int(from[1] >> 4), v: int(from[1] & 15), quant: from[2]}
		if c.quant > 3 || c.h < 1 || c.v < 1 || c.h > 4 || c.v > 4 {
			return false
		}
		if n == 1 {
			c.h, c.v = 1, 1 // the scan is not interleaved, section A.2.2
		} else if i == 0 && (c.h > 2 || c.v > 2) || i > 0 && (c.h != 1 || c.v != 1) {
			return false
		}
	}
	return n == 1 || !(d.comps[0].id == 'R' && d.comps[1].id == 'G' && d.comps[2].id == 'B') &&
		d.comps[0].id != d.comps[1].id && d.comps[1].id != d.comps[2].id && d.comps[0].id != d.comps[2].id
}

func (d *baseline) quantTables(body []byte) bool {
	for len(body) > 0 {
		wide, to := body[0]>>4, body[0]&15
		body = body[1:]
		size := 64 * (1 + int(wide))
		if wide > 1 || to > 3 || len(body) < size {
			return false
		}
		for i := range 64 {
			if wide == 0 {
				d.quant[to][i] = int32(body[i])
			} else {
				d.quant[to][i] = int32(binary.BigEndian.Uint16(body[2*i:]))
			}
		}
		d.quantKnown[to] = true
		body = body[size:]
	}
	return true
}

func (d *baseline) huffmanTables(body []byte) bool {
	for len(body) > 0 {
		class, to := body[0]>>4, body[0]&15
		if len(body) < 17 || class > 1 || to > 1 {
			return false
		}
		n := 0
		for _, count := range body[1:17] {
			n += int(count)
		}
		if n == 0 || n > 256 || len(body) < 17+n {
			return false
		}
		if !d.tables[class][to].build(body[1:17], body[17:17+n]) {
			return false
		}
		body = body[17+n:]
	}
	return true
}

// build makes the table of counts[l] codes of l+1 bits for the symbols, section C.2.
func (t *huffman) build(counts, symbols []byte) bool {
	*t = huffman{known: true}
	copy(t.symbols[:], symbols)
	code, next := uint32(0), 0
	for l := 1; l <= 16; l++ {
		t.offset[l] = int32(next) - int32(code)
		for range counts[l-1] {
			if code >= 1<<l {
				return false
			}
			if l <= lookBits {
				first := code << (lookBits - l)
				for i := range uint32(1) << (lookBits - l) {
					t.look[first+i] = uint16(l)<<8 | uint16(symbols[next])
				}
			}
			code++
			next++
		}
		t.past[l] = code << (16 - l)
		code <<= 1
	}
	t.past[17] = 1 << 16
	for i, e := range t.look {
		l, symbol := int(e>>8), int(e&255)
		run, size := symbol>>4, symbol&15
		if e == 0 || size == 0 || l+size > lookBits {
			continue
		}
		value := int32(i) >> (lookBits - l - size) & (1<<size - 1)
		if value < 1<<(size-1) {
			value += -1<<size + 1
		}
		t.whole[i] = value<<16 | int32(run)<<8 | int32(l+size)
	}
	return true
}

func (d *baseline) scanHeader(body []byte) bool {
	n := len(d.comps)
	if n == 0 || len(body) != 4+2*n || int(body[0]) != n || body[1+2*n] != 0 || body[2+2*n] != 63 || body[3+2*n] != 0 {
		return false
	}
	for i := range d.comps {
		c, from := &d.comps[i], body[1+2*i:]
		c.dc, c.ac = from[1]>>4, from[1]&15
		if from[0] != c.id || c.dc > 1 || c.ac > 1 || !d.quantKnown[c.quant] || !d.tables[0][c.dc].known || !d.tables[1][c.ac].known {
			return false
		}
		c.factors = &d.quant[c.quant]
	}
	return true
}

// allocate makes the planes, whole units large.
func (d *baseline) allocate() {
	first := &d.comps[0]
	d.unitsX = (d.w + 8*first.h - 1) / (8 * first.h)
	d.unitsY = (d.h + 8*first.v - 1) / (8 * first.v)
	for i := range d.comps {
		c := &d.comps[i]
		c.stride = 8 * c.h * d.unitsX
		c.plane = make([]byte, c.stride*8*c.v*d.unitsY)
	}
}

func (d *baseline) image() image.Image {
	rect := image.Rect(0, 0, d.w, d.h)
	y := &d.comps[0]
	if len(d.comps) == 1 {
		return &image.Gray{Pix: y.plane, Stride: y.stride, Rect: rect}
	}
	ratio := image.YCbCrSubsampleRatio444
	switch {
	case y.h == 2 && y.v == 2:
		ratio = image.YCbCrSubsampleRatio420
	case y.h == 2:
		ratio = image.YCbCrSubsampleRatio422
	case y.v == 2:
		ratio = image.YCbCrSubsampleRatio440
	}
	return &image.YCbCr{Y: y.plane, Cb: d.comps[1].plane, Cr: d.comps[2].plane, YStride: y.stride, CStride: d.comps[1].stride,
		SubsampleRatio: ratio, Rect: rect}
}

// scan decodes the entropy-coded data.
func (d *baseline) scan() bool {
	var b block
	units, restart := 0, byte(0xd0)
	for my := range d.unitsY {
		for mx := range d.unitsX {
			if d.interval > 0 && units > 0 && units%d.interval == 0 {
				if !d.restart(restart) {
					return false
				}
				restart = 0xd0 | (restart+1)&7
			}
			units++
			for i := range d.comps {
				c := &d.comps[i]
				for v := range c.v {
					for h := range c.h {
						to := c.plane[(my*c.v+v)*8*c.stride+(mx*c.h+h)*8:]
						if !d.block(c, &b, to) {
							return false
						}
					}
				}
			}
		}
	}
	if !d.ended() {
		return false
	}
	return d.at == len(d.data) || d.at+1 < len(d.data) && d.data[d.at+1] == 0xd9
}

// ended tells whether all of a segment was used, but for the bits that pad its last byte, and nothing beyond it.
func (d *baseline) ended() bool {
	left := d.n - d.fake
	return left >= 0 && left < 8 && (d.at == len(d.data) || d.data[d.at] == 0xff)
}

// restart passes the marker between two segments.
func (d *baseline) restart(marker byte) bool {
	if !d.ended() || d.at+2 > len(d.data) || d.data[d.at+1] != marker {
		return false
	}
	d.at += 2
	d.bits, d.n, d.fake = 0, 0, 0
	for i := range d.comps {
		d.comps[i].lastDC = 0
	}
	return true
}

// fill brings the number of bits to more than 32.
func (d *baseline) fill() {
	if d.at+4 <= len(d.data) {
		x := binary.BigEndian.Uint32(d.data[d.at:])
		if (x&^(x+0x01010101))&0x80808080 == 0 { // none of the bytes is ff
			d.bits |= uint64(x) << (32 - d.n)
			d.n += 32
			d.at += 4
			return
		}
	}
	for d.n <= 32 {
		x := uint64(0)
		switch {
		case d.at < len(d.data) && d.data[d.at] != 0xff:
			x = uint64(d.data[d.at])
			d.at++
		case d.at+1 < len(d.data) && d.data[d.at] == 0xff && d.data[d.at+1] == 0:
			x = 0xff
			d.at += 2
		default: // a marker or the end: zeros follow, which nobody may need
			d.fake += 8
		}
		d.bits |= x << (56 - d.n)
		d.n += 8
	}
}

// long decodes a symbol whose code is longer than lookBits. There are 16 bits at least.
func (d *baseline) long(t *huffman) (symbol int, ok bool) {
	code := uint32(d.bits >> 48)
	for l := lookBits + 1; l <= 16; l++ {
		if code < t.past[l] {
			d.bits <<= l
			d.n -= l
			return int(t.symbols[byte(int32(code>>(16-l))+t.offset[l])]), true
		}
	}
	return 0, false
}

// value takes size bits, 1 to 15, as section F.2.2.1 reads them.
func (d *baseline) value(size int) int32 {
	x := int32(d.bits >> (64 - size))
	d.bits <<= size
	d.n -= size
	if x < 1<<(size-1) {
		x += -1<<size + 1
	}
	return x
}

// block decodes one block of 8×8 samples into to. Its coefficients go through b, which is all zeros before and after.
func (d *baseline) block(c *component, b *block, to []byte) bool {
	if d.n <= 32 {
		d.fill()
	}
	dc, ac := &d.tables[0][c.dc], &d.tables[1][c.ac]
	size := 0
	if e := dc.look[d.bits>>(64-lookBits)]; e != 0 {
		size = int(e & 255)
		d.bits <<= e >> 8
		d.n -= int(e >> 8)
	} else {
		var ok bool
		if size, ok = d.long(dc); !ok {
			return false
		}
	}
	if size > 15 {
		return false
	}
	if size > 0 {
		c.lastDC += d.value(size)
	}
	b[0] = c.lastDC * c.factors[0]
	rows := uint(0) // those with a coefficient other than the first
	for k := 1; k < 64; k++ {
		if d.n <= 32 {
			d.fill()
		}
		next := d.bits >> (64 - lookBits)
		if e := ac.whole[next]; e != 0 {
			k += int(e>>8) & 255
			if k > 63 {
				return false
			}
			at := zigzag[k]
			b[at] = (e >> 16) * c.factors[k]
			rows |= 1 << (at >> 3)
			d.bits <<= uint(e & 255)
			d.n -= int(e & 255)
			continue
		}
		symbol := 0
		if e := ac.look[next]; e != 0 {
			symbol = int(e & 255)
			d.bits <<= e >> 8
			d.n -= int(e >> 8)
		} else {
			var ok bool
			if symbol, ok = d.long(ac); !ok {
				return false
			}
		}
		run, size := symbol>>4, symbol&15
		if size == 0 {
			if run == 0 { // the rest are zeros
				break
			}
			if run != 15 {
				return false
			}
			k += 15
			continue
		}
		if k += run; k > 63 {
			return false
		}
		at := zigzag[k]
		b[at] = d.value(size) * c.factors[k]
		rows |= 1 << (at >> 3)
	}
	if d.n < d.fake {
		return false
	}
	if rows == 0 {
		flat(b[0], to, c.stride)
		b[0] = 0
		return true
	}
	inverseRows(b, rows|1)
	inverseColumns(b, to, c.stride)
	*b = block{}
	return true
}
