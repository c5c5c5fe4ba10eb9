package jpeg

import (
	"encoding/binary"
	"math/bits"
)

// In the loops of this file nearly all of the time passes that a photo's coefficients take. They
// call nothing, so that in WebAssembly all that they hold is in variables which the browser places
// (see package postlink), and they know only what sound data have nearly everywhere. Where there is
// anything else, a marker, a code longer than what is looked up, a band that is overrun, they stop
// before the block and the general form decodes it, from the same bits on: baseline, firstBand and
// moreBand, which tests hold these loops to.

// swift says whether the swift loops can go on: all bits that were read are the file's.
func (s *scan) swift() bool { return s.fake == 0 && !s.d.general }

// fourBytes returns the four bytes of data from at on, the first on top, and whether none is ff.
func fourBytes(data []byte, at int) (x uint64, plain bool) {
	v := binary.LittleEndian.Uint32(data[at:])
	return uint64(bits.ReverseBytes32(v)), (v&^(v+0x01010101))&0x80808080 == 0
}

// pairBits is how many bits are looked up at once for two coefficients.
const pairBits = 11

// lookForPairs makes the table of what the next pairBits bits say of a block: one coefficient and
// the zeros before it, or two, and whether the rest are zeros. An entry has the number of their
// bits, in 4 bits, the zeros before the first coefficient, in 5, how much later the second one is,
// in 5, whether all is said of the block, and from the 16th bit on the two coefficients, in 16 bits
// each. Where there is but one it is there twice, at the same place. An entry is 0 where not even
// one is there in full.
func (t *huffman) lookForPairs() {
	if t.pairs != nil {
		return
	}
	t.pairs = new([1 << pairBits]uint64)
	for i := range t.pairs {
		used := 0
		// code returns the next code, with the bits that belong to it; length is 0 where it is not
		// there in full.
		code := func() (run, size, length int, value uint64) {
			left := i << used & (1<<pairBits - 1)
			e := int(t.lookup[left>>(pairBits-lookupBits)])
			run, size, length = e>>4&15, e&15, e>>8+e&15
			if e == 0 || used+length > pairBits {
				return 0, 0, 0, 0
			}
			if size > 0 {
				value = uint64(uint16(extend(uint64(left)>>(pairBits-length)&(1<<size-1), size)))
			}
			return run, size, length, value
		}
		run, size, length, value := code()
		if size == 0 {
			continue
		}
		used = length
		e := uint64(run)<<4 | value<<16 | value<<32
		if run, size, length, value = code(); size > 0 {
			used += length
			e = e&^(0xffff<<32) | uint64(run+1)<<9 | value<<32
			run, size, length, _ = code()
		}
		if length > 0 && size == 0 && run == 0 {
			used += length
			e |= 1 << 14
		}
		t.pairs[i] = e | uint64(used)
	}
}

// lookForPairs makes the tables that swiftBaseline needs, before several threads do.
func (s *scan) lookForPairs() {
	for _, c := range s.d.scan {
		s.d.tables[1][c.ac&3].lookForPairs()
	}
}

// swiftBaseline is baseline; its last is -1 where it decoded nothing.
func (s *scan) swiftBaseline(c *component) (last int) {
	dc, ac := s.d.tables[0][c.dc&3], s.d.tables[1][c.ac&3]
	word, n, at, data := s.bits, s.n, s.at, s.data
	b, slots := &s.block, c.slots
	first := int32(0)
	for k := 0; k < 64; k++ {
		for n <= 32 {
			if at+4 > len(data) {
				return -1
			}
			x, plain := fourBytes(data, at)
			if plain {
				word |= x << ((32 - uint(n)) & 63)
				n += 32
				at += 4
				break
			}
			x >>= 24
			if x == 0xff {
				at++
				if data[at] != 0 {
					return -1
				}
			}
			at++
			word |= x << ((56 - uint(n)) & 63)
			n += 8
		}
		if k == 0 {
			e := dc.lookup[word>>(64-lookupBits)]
			if e == 0 {
				return -1
			}
			word <<= e >> 8 & 63
			n -= int(e >> 8)
			if size := uint(e & 255); size > 0 {
				x := int32(word >> ((64 - size) & 63))
				first = x + (x-1<<((size-1)&31))>>31&(-1<<(size&31)+1)
				word <<= size & 63
				n -= int(size)
			}
			continue
		}
		if e := ac.pairs[word>>(64-pairBits)]; e != 0 {
			k += int(e >> 4 & 31)
			b[slots[k]&63] = int16(e >> 16)
			k += int(e >> 9 & 31)
			b[slots[k]&63] = int16(e >> 32)
			last = k
			word <<= e & 15
			n -= int(e & 15)
			if e>>14&1 != 0 {
				if k >= 63 { // the code is of the next block
					return -1
				}
				break
			}
			continue
		}
		e := ac.lookup[word>>(64-lookupBits)]
		if e == 0 {
			return -1
		}
		word <<= e >> 8 & 63
		n -= int(e >> 8)
		run, size := int(e>>4&15), uint(e&15)
		if size == 0 {
			if run != 15 { // the rest are zeros
				break
			}
			k += 15
			continue
		}
		k += run
		x := int32(word >> ((64 - size) & 63))
		x += (x - 1<<((size-1)&31)) >> 31 & (-1<<(size&31) + 1)
		b[slots[k]&63] = int16(x)
		word <<= size & 63
		n -= int(size)
		last = k
	}
	if last > 63 {
		return -1
	}
	c.last += first
	b[0] = int16(c.last)
	s.bits, s.n, s.at = word, n, at
	return last
}

// swiftDC is firstDC. It is false where it did nothing.
func (s *scan) swiftDC(c *component, block, blocks int) bool {
	t := s.d.tables[0][c.dc&3]
	word, n, at, data, value := s.bits, s.n, s.at, s.data, c.last
	for to := block * c.keep; blocks > 0; to, blocks = to+c.keep, blocks-1 {
		if n <= 32 {
			if at+4 > len(data) {
				return false
			}
			x, plain := fourBytes(data, at)
			if !plain {
				return false
			}
			word |= x << ((32 - uint(n)) & 63)
			n += 32
			at += 4
		}
		e := t.lookup[word>>(64-lookupBits)]
		if e == 0 {
			return false
		}
		word <<= e >> 8 & 63
		n -= int(e >> 8)
		if size := uint(e & 255); size > 0 {
			x := int32(word >> ((64 - size) & 63))
			value += x + (x-1<<((size-1)&31))>>31&(-1<<(size&31)+1)
			word <<= size & 63
			n -= int(size)
		}
		c.coefs[to] = int16(value << (s.d.low & 31))
	}
	c.last = value
	s.bits, s.n, s.at = word, n, at
	return true
}

// swiftFirst decodes as firstAC does, and returns the first block that it did not decode.
func (s *scan) swiftFirst(c *component, block, blocks int) int {
	d := s.d
	t := d.tables[1][c.ac&3]
	slots, known, coefs, keep := c.slots, c.known, c.coefs, c.keep
	from, to, low := d.from, d.to, d.low&31
	word, n, at, data, empty := s.bits, s.n, s.at, s.data, s.run
	for last := block + blocks; block < last; block++ {
		if empty > 0 {
			empty--
			continue
		}
		s.bits, s.n, s.at, s.run = word, n, at, 0
		b := coefs[block*keep:][:keep]
		set := uint64(0)
		for k := from; k <= to; k++ {
			for n <= 32 {
				if at+4 > len(data) {
					return block
				}
				x, plain := fourBytes(data, at)
				if plain {
					word |= x << ((32 - uint(n)) & 63)
					n += 32
					at += 4
					break
				}
				x >>= 24
				if x == 0xff {
					at++
					if data[at] != 0 {
						return block
					}
				}
				at++
				word |= x << ((56 - uint(n)) & 63)
				n += 8
			}
			var value int32
			if e := t.coef[word>>(64-lookupBits)]; e != 0 {
				k += int(e>>8) & 15
				value = e >> 16
				word <<= uint(e & 63)
				n -= int(e & 63)
			} else {
				e := t.lookup[word>>(64-lookupBits)]
				if e == 0 {
					return block
				}
				word <<= e >> 8 & 63
				n -= int(e >> 8)
				run, size := uint(e>>4&15), uint(e&15)
				if size == 0 {
					if run != 15 {
						empty = 1<<run - 1 + int(word>>1>>((63-run)&63))
						word <<= run
						n -= int(run)
						break
					}
					k += 15
					continue
				}
				k += int(run)
				x := int32(word >> ((64 - size) & 63))
				value = x + (x-1<<((size-1)&31))>>31&(-1<<(size&31)+1)
				word <<= size & 63
				n -= int(size)
			}
			if k > to {
				return block
			}
			set |= 1 << (uint(k) & 63)
			if slot := int(slots[k]); slot < len(b) {
				b[slot] = int16(value << low)
			}
		}
		known[block] |= set
	}
	s.bits, s.n, s.at, s.run = word, n, at, empty
	return block
}

// mostAhead is over how many coefficients an entry of ahead goes.
const mostAhead = 24

// lookAhead makes the table of what the next lookupBits bits say in a scan that gives coefficients
// one more bit, where none on the way is known: as many codes as there are in full, but for the end
// of a band. An entry has the number of their bits, in 4 bits, that of the coefficients, in 5,
// which of those are new, and which are new and negative; it is 0 where there is no such code.
func (t *huffman) lookAhead() {
	if t.ahead != nil {
		return
	}
	t.ahead = new([1 << lookupBits]uint64)
	for i := range t.ahead {
		used, passed := 0, 0
		var fresh, negative uint64
		for {
			left := i << used & (1<<lookupBits - 1)
			e := int(t.lookup[left])
			run, size := e>>4&15, e&15
			length := e>>8 + size
			if e == 0 || size > 1 || size == 0 && run != 15 || used+length > lookupBits || passed+run+1 > mostAhead {
				break
			}
			if size == 1 {
				fresh |= 1 << (passed + run)
				if left>>(lookupBits-length)&1 == 0 {
					negative |= 1 << (passed + run)
				}
			}
			used, passed = used+length, passed+run+1
		}
		t.ahead[i] = negative<<(9+mostAhead) | fresh<<9 | uint64(passed)<<4 | uint64(used)
	}
}

// swiftMore decodes as moreAC does, and returns the first block that it did not decode.
func (s *scan) swiftMore(c *component, block, blocks int) int {
	d := s.d
	t := d.tables[1][c.ac&3]
	slots, knowns, coefs, keep, wanted := c.slots, c.known, c.coefs, c.keep, c.wanted
	from, to, low := d.from, d.to, d.low&15
	band := (2<<(to&63) - 1) &^ (1<<(from&63) - 1) & ^uint64(0)
	word, n, at, data, empty := s.bits, s.n, s.at, s.data, s.run
	for last := block + blocks; block < last; block++ {
		s.bits, s.n, s.at, s.run = word, n, at, empty
		known := knowns[block]
		before := known & band
		var fresh, negative, more uint64 // coefficients that are new, those of them below zero, and those that get a one
		rest := before                   // those that get a bit behind the last new one
		k := from
		if empty > 0 {
			empty--
			k = to + 1
		}
		for k <= to {
			for n <= 32 {
				if at+4 > len(data) {
					return block
				}
				x, plain := fourBytes(data, at)
				if plain {
					word |= x << ((32 - uint(n)) & 63)
					n += 32
					at += 4
					break
				}
				x >>= 24
				if x == 0xff {
					at++
					if data[at] != 0 {
						return block
					}
				}
				at++
				word |= x << ((56 - uint(n)) & 63)
				n += 8
			}
			zeros := bits.TrailingZeros64(before >> (uint(k) & 63)) // up to the next coefficient that is known
			if e := t.ahead[word>>(64-lookupBits)]; e != 0 && int(e>>4&31) <= zeros && k+int(e>>4&31) <= to {
				fresh |= e >> 9 & (1<<mostAhead - 1) << (uint(k) & 63)
				negative |= e >> (9 + mostAhead) << (uint(k) & 63)
				k += int(e >> 4 & 31)
				word <<= e & 15
				n -= int(e & 15)
				continue
			}
			e := uint(t.lookup[word>>(64-lookupBits)])
			if e == 0 {
				return block
			}
			word <<= e >> 8 & 63
			n -= int(e >> 8)
			run, size := int(e>>4&15), e&15
			sign := word >> 63 // of a new one
			if size == 0 && run != 15 {
				empty = 1<<uint(run) - 1 + int(word>>1>>((63-uint(run))&63))
				word <<= uint(run)
				n -= run
				rest = before >> (uint(k) & 63) << (uint(k) & 63)
				break
			}
			if size > 1 {
				return block
			}
			word <<= size & 63
			n -= int(size)
			// Over as many zeros as run says to the next one; of each coefficient on the way that
			// is known comes a bit.
			for ; zeros <= run; zeros = bits.TrailingZeros64(before >> (uint(k) & 63)) {
				if n == 0 {
					return block
				}
				k += zeros
				run -= zeros
				more |= word >> 63 << (uint(k) & 63)
				word <<= 1
				n--
				if k++; k > to {
					return block
				}
			}
			if k += run; k > to {
				return block
			}
			fresh |= uint64(size) << (uint(k) & 63)
			negative |= (1 - sign) << (uint(k) & 63)
			if k++; k > to {
				rest = 0
			}
		}
		for ; rest != 0; rest &= rest - 1 {
			if n == 0 {
				return block
			}
			more |= word >> 63 << (uint(bits.TrailingZeros64(rest)) & 63)
			word <<= 1
			n--
		}
		if fresh|more == 0 {
			continue
		}
		b := coefs[block*keep:][:keep]
		knowns[block] = known | fresh
		for set := fresh & wanted; set != 0; set &= set - 1 {
			k := uint(bits.TrailingZeros64(set)) & 63
			b[slots[k]] = int16(1-2*(negative>>k&1)) << low
		}
		for set := more & wanted; set != 0; set &= set - 1 {
			slot := slots[bits.TrailingZeros64(set)&63]
			v := b[slot]
			b[slot] = v + (v>>15|1)<<low&-(1&^(v>>low)) // away from zero, where the bit is not there yet
		}
	}
	s.bits, s.n, s.at, s.run = word, n, at, empty
	return block
}
