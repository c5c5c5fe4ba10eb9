package jpeg

import "math/bits"

// A progressive file tells the coefficients in several scans: the band from..to of them, down to
// bit low, or one bit more of those of which high bits were missing (ITU-T T.81, annex G).

// at returns the kept coefficients of a block.
func (c *component) at(block int) []int16 { return c.coefs[block*c.keep:][:c.keep] }

// firstDC decodes the first coefficient of each of some blocks side by side.
func (s *scan) firstDC(c *component, block, blocks int) {
	if s.swift() && s.swiftDC(c, block, blocks) {
		return
	}
	table := s.d.tables[0][c.dc&3]
	for at := block * c.keep; blocks > 0; at, blocks = at+c.keep, blocks-1 {
		if s.n <= 32 {
			s.fill()
		}
		size, ok := s.symbol(table)
		if !ok {
			s.d.note(corrupt)
		}
		if size > 0 {
			c.last += extend(s.take(uint(size)), size)
		}
		c.coefs[at] = int16(c.last << (s.d.low & 31))
	}
}

// moreDC decodes one more bit of it, of up to 32 blocks.
func (s *scan) moreDC(c *component, block, blocks int) {
	if s.n < blocks {
		s.fill()
	}
	word, low := s.bits, s.d.low&15
	s.bits <<= uint(blocks) & 63
	s.n -= blocks
	for at := block * c.keep; blocks > 0; at, blocks = at+c.keep, blocks-1 {
		c.coefs[at] |= int16(word>>63) << low
		word <<= 1
	}
}

// firstAC decodes a band of blocks that follow each other, up to the one in which the data end.
func (s *scan) firstAC(c *component, block, blocks int) {
	for last := block + blocks; block < last && s.n >= s.fake; block++ {
		if c.known != nil && s.swift() {
			if block = s.swiftFirst(c, block, last-block); block == last {
				break
			}
		}
		s.firstBand(c, block)
	}
}

// firstBand decodes a band of one block.
func (s *scan) firstBand(c *component, block int) {
	if s.run > 0 {
		s.run--
		return
	}
	d := s.d
	table := d.tables[1][c.ac&3]
	word, n := s.bits, s.n
	b := c.at(block)
	known := uint64(0)
	for k := d.from; k <= d.to; k++ {
		if n <= 32 {
			s.bits, s.n = word, n
			s.fill()
			word, n = s.bits, s.n
		}
		var value int32
		if e := table.coef[word>>(64-lookupBits)]; e != 0 {
			k += int(e>>8) & 15
			value = e >> 16
			word <<= uint(e & 63)
			n -= int(e & 63)
		} else {
			s.bits, s.n = word, n
			symbol, ok := s.symbol(table)
			if !ok {
				d.note(corrupt)
			}
			run, size := symbol>>4, symbol&15
			if size == 0 && run != 15 {
				s.run = 1<<run - 1
				if run > 0 {
					s.run += int(s.take(uint(run)))
				}
				word, n = s.bits, s.n
				break
			}
			k += run
			if size > 0 {
				value = extend(s.take(uint(size)), size)
			}
			word, n = s.bits, s.n
			if size == 0 {
				continue
			}
		}
		if k > d.to {
			d.note(corrupt)
		}
		known |= 1 << (min(k, 63) & 63)
		if at := int(c.slots[k]); at < len(b) {
			b[at] = int16(value << (d.low & 31))
		}
	}
	if c.known != nil {
		c.known[block] |= known
	}
	s.bits, s.n = word, n
}

// moreAC decodes one more bit of a band of blocks that follow each other, and the coefficients that
// are not zero from this bit on, up to the block in which the data end.
func (s *scan) moreAC(c *component, block, blocks int) {
	s.d.tables[1][c.ac&3].lookAhead()
	for last := block + blocks; block < last && s.n >= s.fake; block++ {
		if s.swift() {
			if block = s.swiftMore(c, block, last-block); block == last {
				break
			}
		}
		s.moreBand(c, block)
	}
}

// moreBand decodes as much of one block, section G.1.2.3. A stretch of coefficients is a set of
// bits.
func (s *scan) moreBand(c *component, block int) {
	d := s.d
	table := d.tables[1][c.ac&3]
	band := (2<<(d.to&63) - 1) &^ (1<<(d.from&63) - 1) & ^uint64(0)
	word, n := s.bits, s.n
	b := c.at(block)
	known := c.known[block]
	before := known
	ahead := band // coefficients that are still to be passed
	for s.run == 0 && ahead != 0 {
		if n <= 32 {
			s.bits, s.n = word, n
			s.fill()
			word, n = s.bits, s.n
		}
		var symbol int
		if e := table.lookup[word>>(64-lookupBits)]; e != 0 {
			word <<= e >> 8 & 63
			n -= int(e >> 8)
			symbol = int(e & 255)
		} else {
			s.bits, s.n = word, n
			var ok bool
			if symbol, ok = s.symbol(table); !ok {
				d.note(corrupt)
			}
			word, n = s.bits, s.n
		}
		run, size := symbol>>4, symbol&15
		value := int16(0)
		if size != 0 {
			if size != 1 {
				d.note(corrupt)
			}
			value = 1<<(d.low&15) - int16(^word>>63)<<((d.low+1)&15) // the next bit tells the sign
			word <<= 1
			n--
		} else if run != 15 {
			s.run = 1 << run
			if run > 0 {
				s.bits, s.n = word, n
				s.run += int(s.take(uint(run)))
				word, n = s.bits, s.n
			}
			break
		}
		// Over as many zeros as run says to the next one, or to the end of the band; there is a
		// bit for each coefficient on the way that is known.
		zeros := ahead &^ before
		for ; run > 0 && zeros != 0; run-- {
			zeros &= zeros - 1
		}
		next := zeros & -zeros // 0 for the end of the band
		if way := ahead & before & (next - 1); way != 0 {
			word, n = s.correct(c, b, way, word, n)
		}
		ahead &^= next | (next - 1)
		if value == 0 {
			continue
		}
		k := d.to + 1
		if next != 0 {
			k = bits.TrailingZeros64(next)
		} else {
			d.note(corrupt)
		}
		known |= 1 << (min(k, 63) & 63)
		if at := int(c.slots[k]); at < len(b) {
			b[at] = value
		}
	}
	if s.run > 0 {
		if rest := ahead & before; rest != 0 {
			word, n = s.correct(c, b, rest, word, n)
		}
		s.run--
	}
	c.known[block] = known
	s.bits, s.n = word, n
}

// correct takes a bit for each of the given coefficients, which are known, and puts it to those
// that are kept. Bits are passed in and out; there are n of them in word.
func (s *scan) correct(c *component, b []int16, which uint64, word uint64, n int) (uint64, int) {
	for count := bits.OnesCount64(which); count > n; count = bits.OnesCount64(which) {
		for ; n > 0; n-- {
			if int64(word) < 0 {
				c.refine(b, bits.TrailingZeros64(which), s.d.low)
			}
			which &= which - 1
			word <<= 1
		}
		s.bits, s.n = word, n
		s.fill()
		word, n = s.bits, s.n
	}
	low := s.d.low & 15
	for kept := which & c.wanted; kept != 0; kept &= kept - 1 {
		one := kept & -kept
		bit := int16(word << (bits.OnesCount64(which&(one-1)) & 63) >> 63)
		if at := int(c.slots[bits.TrailingZeros64(one)&63]); at < len(b) {
			v := b[at]
			b[at] = v + (v>>15|1)<<low&-(bit&^(v>>low)) // away from zero, where the bit is not there yet
		}
	}
	count := bits.OnesCount64(which)
	return word << (count & 63), n - count
}

// refine gives coefficient k one more bit away from zero.
func (c *component) refine(b []int16, k int, low uint) {
	at := int(c.slots[k])
	if at >= len(b) {
		return
	}
	switch v := b[at]; {
	case v&(1<<low) != 0:
	case v >= 0:
		b[at] = v + 1<<low
	default:
		b[at] = v - 1<<low
	}
}

// skipAC passes over a band of a component of which only the first coefficients are kept. Where no
// scan follows it is decoded all the same, to know how far its data go, which smoothing depends on.
func (s *scan) skipAC() {
	start := s.at
	s.skip()
	if _, code := s.peek(); code == eoi && s.d.high == 0 {
		s.at = start
		s.blocks(s.firstAC)
	}
}

// reconstruct transforms the coefficients of all components to samples, and lets go of them.
func (d *decoder) reconstruct() {
	smooth := d.smooths()
	for i := range d.comps {
		c := &d.comps[i]
		c.plane = make([]byte, c.stride*c.padY*c.size)
		for y := range c.blocksY {
			for x := range c.blocksX {
				at := y*c.padX + x
				last := 0
				if c.known != nil && c.known[at] != 0 {
					last = 63 - bits.LeadingZeros64(c.known[at])
				}
				to := c.plane[y*c.size*c.stride+x*c.size:]
				b := (*[64]int16)(c.coefs[at*c.keep:]) // those of the next block that are in it are not read
				if smooth {
					own := [64]int16{}
					copy(own[:], c.at(at))
					last = max(last, d.smooth(c, &own, x, y))
					b = &own
				}
				c.transform(b, last, to)
			}
		}
		c.coefs, c.known = nil, nil
	}
}
