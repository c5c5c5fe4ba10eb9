package jpeg

// arithmetic is the decoder of binary decisions of ITU-T T.81, annex D.
type arithmetic struct {
	c, a  uint32
	count int          // bits until the next byte
	bad   bool         // the data make no sense, and no more is decoded before the next restart
	dc    [16][64]byte // states of the decisions, for each table: index<<1 | more probable symbol
	ac    [16][256]byte
	fixed byte // the state of decisions that are as likely as not
}

// estimate is a row of table D.3: the probability of the less probable symbol, what follows it,
// what follows the more probable one, and whether they change places.
type estimate struct {
	qe         uint16
	less, more byte
	change     byte
}

// estimates has a row more than the table, for decisions that are always as likely as not.
var estimates = [114]estimate{
	{0x5a1d, 1, 1, 1}, {0x2586, 14, 2, 0}, {0x1114, 16, 3, 0}, {0x080b, 18, 4, 0}, {0x03d8, 20, 5, 0}, {0x01da, 23, 6, 0},
	{0x00e5, 25, 7, 0}, {0x006f, 28, 8, 0}, {0x0036, 30, 9, 0}, {0x001a, 33, 10, 0}, {0x000d, 35, 11, 0}, {0x0006, 9, 12, 0},
	{0x0003, 10, 13, 0}, {0x0001, 12, 13, 0}, {0x5a7f, 15, 15, 1}, {0x3f25, 36, 16, 0}, {0x2cf2, 38, 17, 0}, {0x207c, 39, 18, 0},
	{0x17b9, 40, 19, 0}, {0x1182, 42, 20, 0}, {0x0cef, 43, 21, 0}, {0x09a1, 45, 22, 0}, {0x072f, 46, 23, 0}, {0x055c, 48, 24, 0},
	{0x0406, 49, 25, 0}, {0x0303, 51, 26, 0}, {0x0240, 52, 27, 0}, {0x01b1, 54, 28, 0}, {0x0144, 56, 29, 0}, {0x00f5, 57, 30, 0},
	{0x00b7, 59, 31, 0}, {0x008a, 60, 32, 0}, {0x0068, 62, 33, 0}, {0x004e, 63, 34, 0}, {0x003b, 32, 35, 0}, {0x002c, 33, 9, 0},
	{0x5ae1, 37, 37, 1}, {0x484c, 64, 38, 0}, {0x3a0d, 65, 39, 0}, {0x2ef1, 67, 40, 0}, {0x261f, 68, 41, 0}, {0x1f33, 69, 42, 0},
	{0x19a8, 70, 43, 0}, {0x1518, 72, 44, 0}, {0x1177, 73, 45, 0}, {0x0e74, 74, 46, 0}, {0x0bfb, 75, 47, 0}, {0x09f8, 77, 48, 0},
	{0x0861, 78, 49, 0}, {0x0706, 79, 50, 0}, {0x05cd, 48, 51, 0}, {0x04de, 50, 52, 0}, {0x040f, 50, 53, 0}, {0x0363, 51, 54, 0},
	{0x02d4, 52, 55, 0}, {0x025c, 53, 56, 0}, {0x01f8, 54, 57, 0}, {0x01a4, 55, 58, 0}, {0x0160, 56, 59, 0}, {0x0125, 57, 60, 0},
	{0x00f6, 58, 61, 0}, {0x00cb, 59, 62, 0}, {0x00ab, 61, 63, 0}, {0x008f, 61, 32, 0}, {0x5b12, 65, 65, 1}, {0x4d04, 80, 66, 0},
	{0x412c, 81, 67, 0}, {0x37d8, 82, 68, 0}, {0x2fe8, 83, 69, 0}, {0x293c, 84, 70, 0}, {0x2379, 86, 71, 0}, {0x1edf, 87, 72, 0},
	{0x1aa9, 87, 73, 0}, {0x174e, 72, 74, 0}, {0x1424, 72, 75, 0}, {0x119c, 74, 76, 0}, {0x0f6b, 74, 77, 0}, {0x0d51, 75, 78, 0},
	{0x0bb6, 77, 79, 0}, {0x0a40, 77, 48, 0}, {0x5832, 80, 81, 1}, {0x4d1c, 88, 82, 0}, {0x438e, 89, 83, 0}, {0x3bdd, 90, 84, 0},
	{0x34ee, 91, 85, 0}, {0x2eae, 92, 86, 0}, {0x299a, 93, 87, 0}, {0x2516, 86, 71, 0}, {0x5570, 88, 89, 1}, {0x4ca9, 95, 90, 0},
	{0x44d9, 96, 91, 0}, {0x3e22, 97, 92, 0}, {0x3824, 99, 93, 0}, {0x32b4, 99, 94, 0}, {0x2e17, 93, 86, 0}, {0x56a8, 95, 96, 1},
	{0x4f46, 101, 97, 0}, {0x47e5, 102, 98, 0}, {0x41cf, 103, 99, 0}, {0x3c3d, 104, 100, 0}, {0x375e, 99, 93, 0}, {0x5231, 105, 102, 0},
	{0x4c0f, 106, 103, 0}, {0x4639, 107, 104, 0}, {0x415e, 103, 99, 0}, {0x5627, 105, 106, 1}, {0x50e7, 108, 107, 0}, {0x4b85, 109, 103, 0},
	{0x5597, 110, 109, 0}, {0x504f, 111, 107, 0}, {0x5a10, 110, 111, 1}, {0x5522, 112, 109, 0}, {0x59eb, 112, 111, 1},
	half: {0x5a1d, half, half, 0},
}

const half = 113

// begin starts decoding the data before the next restart: Initdec, figure D.22.
func (s *scan) begin() {
	a := &s.coder
	for _, c := range s.d.scan {
		if !s.d.progressive || s.d.from == 0 && s.d.high == 0 {
			a.dc[c.dc] = [64]byte{}
		}
		if !s.d.progressive || s.d.from > 0 {
			a.ac[c.ac] = [256]byte{}
		}
	}
	a.fixed, a.bad = half<<1, false
	a.c, a.a, a.count = 0, 1<<16, 0
	s.byteIn()
	a.c <<= 8
	s.byteIn()
	a.c <<= 8
}

// byteIn takes one byte, figure D.20; zeros where the data have ended.
func (s *scan) byteIn() {
	if s.at >= len(s.data) {
		return
	}
	b := s.data[s.at]
	if b != 0xff {
		s.at++
		s.coder.c += uint32(b) << 8
		return
	}
	next := s.at + 1
	for next < len(s.data) && s.data[next] == 0xff {
		next++
	}
	if next < len(s.data) && s.data[next] == 0 {
		s.at = next + 1
		s.coder.c += 0xff00
	}
}

// decide decodes a binary decision, figures D.17 to D.19.
func (s *scan) decide(state *byte) bool {
	a := &s.coder
	e := &estimates[*state>>1]
	more := *state & 1
	qe := uint32(e.qe)
	a.a -= qe
	symbol := more
	if a.c>>16 < a.a {
		if a.a >= 0x8000 {
			return more != 0
		}
		if a.a < qe {
			symbol ^= 1
		}
	} else {
		if a.a >= qe {
			symbol ^= 1
		}
		a.c -= a.a << 16
		a.a = qe
	}
	if symbol == more {
		*state = e.more<<1 | more
	} else {
		*state = e.less<<1 | more ^ e.change
	}
	for { // Renorm_d, figure D.19
		if a.count == 0 {
			s.byteIn()
			a.count = 8
		}
		a.a <<= 1
		a.c <<= 1
		a.count--
		if a.a >= 0x8000 {
			return symbol != 0
		}
	}
}

// magnitude decodes a value's size from the bin on, figure F.23, where the size is more than one
// bit from the bin more on. It is the highest bit of the value less one.
func (s *scan) magnitude(m int, more []byte) (top int, bin *byte, ok bool) {
	for i := range 15 {
		if !s.decide(&more[i]) {
			return m, &more[i+14], true
		}
		if m <<= 1; m == 0x8000 {
			break
		}
	}
	s.coder.bad = true
	s.d.note(corrupt)
	return 0, nil, false
}

// pattern decodes the bits below the highest one, figure F.24, and puts the sign to the value.
func (s *scan) pattern(m int, bin *byte, negative bool) int {
	v := m
	for m >>= 1; m > 0; m >>= 1 {
		if s.decide(bin) {
			v |= m
		}
	}
	v++
	if negative {
		return -v
	}
	return v
}

// difference decodes the difference of the first coefficient from that of the block before, section
// F.2.4.1, and adds it.
func (s *scan) difference(c *component) bool {
	bins := &s.coder.dc[c.dc]
	at := bins[c.context:]
	if !s.decide(&at[0]) {
		c.context = 0
		return true
	}
	negative := s.decide(&at[1])
	bin := &at[2]
	sign := 0
	if negative {
		bin, sign = &at[3], 4
	}
	m := 0
	pattern := bin // not read where m is 0
	if s.decide(bin) {
		var ok bool
		if m, pattern, ok = s.magnitude(1, bins[20:]); !ok {
			return false
		}
	}
	switch {
	case m < 1<<s.d.lower[c.dc]>>1:
		c.context = 0
	case m > 1<<s.d.upper[c.dc]>>1:
		c.context = 12 + sign
	default:
		c.context = 4 + sign
	}
	c.last = int32(uint16(int(c.last) + s.pattern(m, pattern, negative)))
	return true
}

// value decodes a coefficient that is not zero, section F.2.4.2. Its bins begin at bin.
func (s *scan) value(c *component, k, bin int) (int, bool) {
	bins := &s.coder.ac[c.ac]
	negative := s.decide(&s.coder.fixed)
	m := 0
	pattern := &bins[bin+2]
	if s.decide(&bins[bin+2]) {
		m = 1
		if s.decide(&bins[bin+2]) {
			more := bins[217:]
			if k <= int(s.d.kx[c.ac]) {
				more = bins[189:]
			}
			var ok bool
			if m, pattern, ok = s.magnitude(2, more); !ok {
				return 0, false
			}
		}
	}
	return s.pattern(m, pattern, negative), true
}

// coefficients decodes the band from..to of a block and gives each that is not zero to put.
func (s *scan) coefficients(c *component, from, to int, put func(k, value int)) {
	bins := &s.coder.ac[c.ac]
	for k := from; k <= to; k++ {
		bin := 3 * (k - 1)
		if s.decide(&bins[bin]) { // the rest are zeros
			return
		}
		for !s.decide(&bins[bin+1]) {
			bin += 3
			if k++; k > to {
				s.coder.bad = true
				s.d.note(corrupt)
				return
			}
		}
		v, ok := s.value(c, k, bin)
		if !ok {
			return
		}
		put(k, v)
	}
}

// arithmeticBlock decodes a block of a sequential file to samples.
func (s *scan) arithmeticBlock(c *component, block int) {
	last := 0
	if !s.coder.bad && s.difference(c) {
		s.block[0] = int16(c.last)
		s.coefficients(c, 1, 63, func(k, v int) {
			s.block[c.slots[k]] = int16(v)
			last = k
		})
	}
	y, x := block/c.padX, block%c.padX
	c.inverse(&s.block, last, c.plane[y*c.size*c.stride+x*c.size:])
}

// arithmeticProgressive returns what decodes a block of the scan of a progressive file.
func (s *scan) arithmeticProgressive() func(c *component, block int) {
	d := s.d
	switch {
	case d.from == 0 && d.high == 0:
		return func(c *component, block int) {
			if !s.coder.bad && s.difference(c) {
				c.coefs[block*c.keep] = int16(c.last << d.low)
			}
		}
	case d.from == 0:
		return func(c *component, block int) {
			if s.decide(&s.coder.fixed) {
				c.coefs[block*c.keep] |= 1 << d.low
			}
		}
	case d.scan[0].size == 1:
		return func(c *component, block int) {}
	case d.high == 0:
		return func(c *component, block int) {
			if s.coder.bad {
				return
			}
			b := c.at(block)
			s.coefficients(c, d.from, d.to, func(k, v int) {
				c.known[block] |= 1 << k
				if at := int(c.slots[k]); at < len(b) {
					b[at] = int16(v << d.low)
				}
			})
		}
	}
	return s.arithmeticMore
}

// arithmeticMore decodes one more bit of a band of a block, section G.1.3.3.
func (s *scan) arithmeticMore(c *component, block int) {
	if s.coder.bad {
		return
	}
	d := s.d
	bins := &s.coder.ac[c.ac]
	b := c.at(block)
	known := c.known[block]
	before := known & (2<<d.to - 1) // ends the block not before its last coefficient
	for k := d.from; k <= d.to; k++ {
		bin := 3 * (k - 1)
		if before>>k == 0 && s.decide(&bins[bin]) {
			break
		}
		for {
			if known>>k&1 != 0 {
				if s.decide(&bins[bin+2]) {
					c.refine(b, k, d.low)
				}
				break
			}
			if s.decide(&bins[bin+1]) {
				value := int16(1) << d.low
				if s.decide(&s.coder.fixed) {
					value = -value
				}
				known |= 1 << k
				if at := int(c.slots[k]); at < len(b) {
					b[at] = value
				}
				break
			}
			bin += 3
			if k++; k > d.to {
				s.coder.bad = true
				d.note(corrupt)
				c.known[block] = known
				return
			}
		}
	}
	c.known[block] = known
}
