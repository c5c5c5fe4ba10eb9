package jpeg

import "math/bits"

// A progressive file tells the coefficients in several scans: the band from..to of them, down to
// bit low, or one bit more of those of which high bits were missing (ITU-T T.81, annex G).

// at returns the kept coefficients of a block.
func (c *component) at(block int) []int16 { return c.coefs[block*c.keep:][:c.keep] }

// firstDC decodes the first coefficient of a block.
func (s *scan) firstDC(c *component, block int) {
	if s.n <= 32 {
		s.fill()
	}
	size, ok := s.symbol(s.d.tables[0][c.dc&3])
	if !ok {
		s.d.note(corrupt)
	}
	if size > 0 {
		c.last += extend(s.take(uint(size)), size)
	}
	c.coefs[block*c.keep] = int16(c.last << s.d.low)
}

// moreDC decodes one more bit of it.
func (s *scan) moreDC(c *component, block int) {
	if s.bit() {
		c.coefs[block*c.keep] |= 1 << s.d.low
	}
}

// firstAC decodes a band of a block.
func (s *scan) firstAC(c *component, block int) {
	if s.run > 0 {
		s.run--
		return
	}
	d := s.d
	b := c.at(block)
	known := uint64(0)
	table := d.tables[1][c.ac&3]
	for k := d.from; k <= d.to; k++ {
		if s.n <= 32 {
			s.fill()
		}
		var value int32
		if e := table.coef[s.bits>>(64-lookupBits)]; e != 0 {
			k += int(e>>8) & 15
			value = e >> 16
			s.bits <<= uint(e & 63)
			s.n -= int(e & 63)
		} else {
			symbol, ok := s.symbol(table)
			if !ok {
				d.note(corrupt)
			}
			run, size := symbol>>4, symbol&15
			if size == 0 {
				if run == 15 {
					k += 15
					continue
				}
				s.run = 1<<run - 1
				if run > 0 {
					s.run += int(s.take(uint(run)))
				}
				break
			}
			k += run
			value = extend(s.take(uint(size)), size)
		}
		if k > d.to {
			d.note(corrupt)
		}
		known |= 1 << min(k, 63)
		if at := int(c.slots[k]); at < len(b) {
			b[at] = int16(value << d.low)
		}
	}
	if c.known != nil {
		c.known[block] |= known
	}
}

// moreAC decodes one more bit of a band of a block, and the coefficients that are not zero from
// this bit on, section G.1.2.3.
func (s *scan) moreAC(c *component, block int) {
	d := s.d
	b := c.at(block)
	known := c.known[block]
	k := d.from
	if s.run == 0 {
		table := d.tables[1][c.ac&3]
		fresh := known
		for ; k <= d.to; k++ {
			if s.n <= 32 {
				s.fill()
			}
			symbol, ok := s.symbol(table)
			if !ok {
				d.note(corrupt)
			}
			run, size := symbol>>4, symbol&15
			value := int16(0)
			if size != 0 {
				if size != 1 {
					d.note(corrupt)
				}
				value = 1<<d.low - int16(^s.bits>>63)<<(d.low+1) // the next bit tells the sign
				s.bits <<= 1
				s.n--
			} else if run != 15 {
				s.run = 1 << run
				if run > 0 {
					s.run += int(s.take(uint(run)))
				}
				break
			}
			// Over as many zeros as run says to the next one, or to the end of the band; there is a
			// bit for each coefficient on the way that is known.
			zeros := ^fresh >> k << k & (2<<d.to - 1)
			for ; run > 0 && zeros != 0; run-- {
				zeros &= zeros - 1
			}
			end := d.to + 1
			if zeros != 0 {
				end = bits.TrailingZeros64(zeros)
			}
			s.correct(c, b, fresh>>k<<k&(1<<end-1))
			k = end
			if value != 0 {
				if k > d.to {
					d.note(corrupt)
				}
				known |= 1 << min(k, 63)
				if at := int(c.slots[k]); at < len(b) {
					b[at] = value
				}
			}
		}
	}
	if s.run > 0 {
		if k <= d.to {
			s.correct(c, b, c.known[block]>>k<<k&(2<<d.to-1))
		}
		s.run--
	}
	c.known[block] = known
}

// correct takes a bit for each of the given coefficients, which are known, and puts it to those
// that are kept.
func (s *scan) correct(c *component, b []int16, which uint64) {
	for which != 0 {
		if s.n <= 32 {
			s.fill()
		}
		n := bits.OnesCount64(which)
		if n <= s.n && which&c.wanted == 0 {
			s.bits <<= n & 63
			s.n -= n
			return
		}
		low := s.d.low
		left := s.n
		word := s.bits
		for ; which != 0 && left > 0; which &= which - 1 {
			if int64(word) < 0 {
				c.refine(b, bits.TrailingZeros64(which), low)
			}
			word <<= 1
			left--
		}
		s.bits, s.n = word, left
	}
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
		s.units(s.firstAC)
	}
}

// reconstruct transforms the coefficients of all components to samples, and lets go of them.
func (d *decoder) reconstruct() {
	smooth := d.smooths()
	for i := range d.comps {
		c := &d.comps[i]
		c.plane = make([]byte, c.stride*c.padY*c.size)
		var b [64]int16
		for y := range c.blocksY {
			for x := range c.blocksX {
				at := y*c.padX + x
				copy(b[:], c.at(at))
				last := 0
				if c.known != nil && c.known[at] != 0 {
					last = 63 - bits.LeadingZeros64(c.known[at])
				}
				if smooth {
					last = max(last, d.smooth(c, &b, x, y))
				}
				c.inverse(&b, last, c.plane[y*c.size*c.stride+x*c.size:])
			}
		}
		c.coefs, c.known = nil, nil
	}
}
