package jpeg

import (
	"encoding/binary"
	"math/bits"
)

// A progressive file tells the coefficients in several scans: the band from..to of them, down to
// bit low, or one bit more of those of which high bits were missing (ITU-T T.81, annex G).

// at returns the kept coefficients of a block.
func (c *component) at(block int) []int16 { return c.coefs[block*c.keep:][:c.keep] }

// firstDC decodes the first coefficient of each of some blocks side by side.
func (s *scan) firstDC(c *component, block, blocks int) {
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
	for last := block + blocks; block < last && s.n >= s.fake; {
		if sound := s.soundFirst(c, block, last-block); sound > 0 {
			block += sound
			continue
		}
		s.firstOne(c, block)
		block++
	}
}

func (s *scan) firstOne(c *component, block int) {
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
		value := extend(s.take(uint(size)), size)
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

// soundFirst does what firstAC does up to the first block in which something is wrong, or whose
// data end near a marker, and returns how many blocks came before it. As [scan.sound] it calls
// nothing.
func (s *scan) soundFirst(c *component, block, blocks int) (done int) {
	if c.known == nil {
		return 0
	}
	data, at, bits, n, eob := s.data, s.at, s.bits, s.n, s.run
	table, slots := s.d.tables[1][c.ac&3], c.slots
	from, to, low := s.d.from, s.d.to, s.d.low&31
	for i := range blocks {
		if eob > 0 {
			eob--
			s.run = eob
			continue
		}
		b := c.coefs[(block+i)*c.keep:][:c.keep]
		known := uint64(0)
		for k := from; k <= to; k++ {
			for n <= 32 {
				if at+4 > len(data) {
					return i
				}
				if x := binary.BigEndian.Uint32(data[at:]); (x&^(x+0x01010101))&0x80808080 == 0 {
					bits |= uint64(x) << ((32 - uint(n)) & 63)
					n += 32
					at += 4
					break
				}
				x := data[at]
				if at++; x == 0xff {
					if data[at] != 0 {
						return i
					}
					at++
				}
				bits |= uint64(x) << ((56 - uint(n)) & 63)
				n += 8
			}
			value := int32(0)
			if e := table.coef[bits>>(64-lookupBits)]; e != 0 {
				k += int(e>>8) & 15
				value = e >> 16
				bits <<= uint(e & 63)
				n -= int(e & 63)
			} else {
				e := table.lookup[bits>>(64-lookupBits)]
				if e == 0 {
					return i
				}
				bits <<= e >> 8 & 63
				n -= int(e >> 8)
				run, size := int(e>>4&15), int(e&15)
				if size == 0 {
					if run == 15 {
						k += 15
						continue
					}
					eob = 1<<(run&15) - 1 + int(bits>>1>>(uint(63-run)&63))
					bits <<= uint(run) & 63
					n -= run
					break
				}
				k += run
				value = int32(bits >> (uint(64-size) & 63))
				value += (value - 1<<(uint(size-1)&31)) >> 31 & (-1<<(uint(size)&31) + 1)
				bits <<= uint(size) & 63
				n -= size
			}
			if k > to {
				return i
			}
			known |= 1 << (k & 63)
			if at := int(slots[k]); at < len(b) {
				b[at] = int16(value << low)
			}
		}
		c.known[block+i] |= known
		s.at, s.bits, s.n, s.run = at, bits, n, eob
		if n < s.fake {
			return i + 1
		}
	}
	return blocks
}

// moreAC decodes one more bit of a band of blocks that follow each other, and the coefficients that
// are not zero from this bit on, up to the block in which the data end, section G.1.2.3.
func (s *scan) moreAC(c *component, block, blocks int) {
	for last := block + blocks; block < last && s.n >= s.fake; {
		if sound := s.soundMore(c, block, last-block); sound > 0 {
			block += sound
			continue
		}
		s.moreOne(c, block)
		block++
	}
}

func (s *scan) moreOne(c *component, block int) {
	d := s.d
	b := c.at(block)
	before := c.known[block]
	known := before
	ahead := d.ahead() // coefficients that are still to be passed
	for s.run == 0 && ahead != 0 {
		if s.n <= 32 {
			s.fill()
		}
		symbol, ok := s.symbol(d.tables[1][c.ac&3])
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
		// Over as many zeros as run says to the next one, or to the end of the band; there is a bit
		// for each coefficient on the way that is known.
		zeros := ahead &^ before
		for ; run > 0 && zeros != 0; run-- {
			zeros &= zeros - 1
		}
		next := zeros & -zeros // 0 for the end of the band
		s.correct(c, b, ahead&before&(next-1))
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
		known |= 1 << min(k, 63)
		if at := int(c.slots[k]); at < len(b) {
			b[at] = value
		}
	}
	if s.run > 0 {
		s.correct(c, b, ahead&before)
		s.run--
	}
	c.known[block] = known
}

// ahead is the band of the scan, a bit for each coefficient.
func (d *decoder) ahead() uint64 {
	return (2<<(d.to&63) - 1) &^ (1<<(d.from&63) - 1)
}

// soundMore does what moreAC does up to the first block in which something is wrong, or whose data
// end near a marker, and returns how many blocks came before it. What it has corrected in that one
// is corrected anew, which changes nothing. As [scan.sound] it calls nothing: half of the time of a
// progressive photo passes here.
func (s *scan) soundMore(c *component, block, blocks int) (done int) {
	data, at, word, n, eob := s.data, s.at, s.bits, s.n, s.run
	table, slots, wanted := s.d.tables[1][c.ac&3], c.slots, c.wanted
	band, low := s.d.ahead(), s.d.low&15
	for i := range blocks {
		before := c.known[block+i]
		known, ahead := before, band
		if eob > 0 && before&band == 0 {
			eob--
			s.run = eob
			continue
		}
		b := c.coefs[(block+i)*c.keep:][:c.keep]
		for ahead != 0 {
			for n <= 32 {
				if at+4 > len(data) {
					return i
				}
				if x := binary.BigEndian.Uint32(data[at:]); (x&^(x+0x01010101))&0x80808080 == 0 {
					word |= uint64(x) << ((32 - uint(n)) & 63)
					n += 32
					at += 4
					break
				}
				x := data[at]
				if at++; x == 0xff {
					if data[at] != 0 {
						return i
					}
					at++
				}
				word |= uint64(x) << ((56 - uint(n)) & 63)
				n += 8
			}
			value, next := int16(0), uint64(0)
			if eob == 0 {
				e := table.lookup[word>>(64-lookupBits)]
				if e == 0 {
					return i
				}
				word <<= e >> 8 & 63
				n -= int(e >> 8)
				switch run, size := int(e>>4&15), e&15; {
				case size == 0 && run < 15:
					eob = 1<<(run&15) + int(word>>1>>(uint(63-run)&63))
					word <<= uint(run) & 63
					n -= run
				case size > 1:
					return i
				default:
					if size == 1 {
						value = 1<<low - int16(^word>>63)<<((low+1)&15)
						word <<= 1
						n--
					}
					zeros := ahead &^ before
					for ; run > 0 && zeros != 0; run-- {
						zeros &= zeros - 1
					}
					if next = zeros & -zeros; next == 0 && value != 0 {
						return i
					}
				}
			}
			way := ahead & before & (next - 1)
			count := bits.OnesCount64(way)
			for count > n {
				if n > 56 || at+2 > len(data) {
					return i
				}
				x := data[at]
				if at++; x == 0xff {
					if data[at] != 0 {
						return i
					}
					at++
				}
				word |= uint64(x) << ((56 - uint(n)) & 63)
				n += 8
			}
			for kept := way & wanted; kept != 0; kept &= kept - 1 {
				one := kept & -kept
				bit := int16(word << (bits.OnesCount64(way&(one-1)) & 63) >> 63)
				at := int(slots[bits.TrailingZeros64(one)&63])
				if at >= len(b) {
					return i
				}
				v := b[at]
				b[at] = v + (v>>15|1)<<low&-(bit&^(v>>low)) // away from zero, where the bit is not there yet
			}
			word <<= count & 63
			n -= count
			ahead &^= next | (next - 1)
			if value != 0 {
				k := bits.TrailingZeros64(next) & 63
				known |= next
				if at := int(slots[k]); at < len(b) {
					b[at] = value
				}
			}
		}
		if eob > 0 {
			eob--
		}
		c.known[block+i] = known
		s.at, s.bits, s.n, s.run = at, word, n, eob
		if n < s.fake {
			return i + 1
		}
	}
	return blocks
}

// correct takes a bit for each of the given coefficients, which are known, and puts it to those
// that are kept.
func (s *scan) correct(c *component, b []int16, which uint64) {
	for ; which != 0; which &= which - 1 {
		if s.n <= 32 {
			s.fill()
		}
		if s.take(1) != 0 {
			c.refine(b, bits.TrailingZeros64(which), s.d.low)
		}
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
		s.blocks(s.firstAC)
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
