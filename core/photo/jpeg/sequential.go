package jpeg

import (
	"encoding/binary"
	"runtime"
)

// sequential decodes a scan of a sequential, Huffman-coded file to samples: on several threads
// where it has restarts and is sound, else on this one.
func (s *scan) sequential() {
	d := s.d
	unitsX, unitsY, _ := d.units()
	s.lookForPairs()
	// Go in WebAssembly has one thread: a constant that says so keeps the rest out of the page.
	if threads := min(d.opt.Threads, runtime.GOMAXPROCS(0)); runtime.GOARCH != "wasm" && threads > 1 && d.interval > 0 && s.parts(threads) {
		return
	}
	s.sequence(0, unitsX*unitsY)
}

// sequence decodes units from one number up to another, with the restarts between them.
func (s *scan) sequence(from, to int) {
	d := s.d
	unitsX, _, alone := d.units()
	left := d.interval
	x, y := from%unitsX, from/unitsX
	for range to - from {
		if d.interval > 0 {
			if left == 0 {
				s.restart()
				left = d.interval
			}
			left--
		}
		for _, c := range d.scan {
			h, v := c.h, c.v
			if alone {
				h, v = 1, 1
			}
			for j := range v {
				to := c.plane[(y*v+j)*c.size*c.stride+x*h*c.size:]
				for i := range h {
					last := 0
					if !s.empty {
						last = -1
						if s.swift() {
							last = s.swiftBaseline(c)
						}
						if last < 0 {
							last = s.baseline(c)
						}
					}
					c.inverse(&s.block, last, to[i*c.size:])
				}
			}
		}
		if s.short() && !s.empty {
			s.empty = true
			d.note(cut)
		}
		if x++; x == unitsX {
			x, y = 0, y+1
		}
	}
}

// baseline decodes the coefficients of one block, section F.2.2, into s.block, which is all zeros
// before. It returns the place in the file's order of the last one that is not zero.
func (s *scan) baseline(c *component) (last int) {
	if s.n <= 32 {
		s.fill()
	}
	bits, n := s.bits, s.n
	b := &s.block
	size := 0
	if e := s.d.tables[0][c.dc&3].lookup[bits>>(64-lookupBits)]; e != 0 {
		bits <<= e >> 8 & 63
		n -= int(e >> 8)
		size = int(e & 255)
	} else {
		var ok bool
		if size, ok = s.symbol(s.d.tables[0][c.dc&3]); !ok {
			s.d.note(corrupt)
		}
		bits, n = s.bits, s.n
	}
	if size > 0 {
		x := int32(bits >> (uint(64-size) & 63))
		c.last += x + (x-1<<(uint(size-1)&31))>>31&(-1<<(uint(size)&31)+1)
		bits <<= uint(size) & 63
		n -= size
	}
	b[0] = int16(c.last)
	ac := s.d.tables[1][c.ac&3]
	if c.size == 1 {
		s.bits, s.n = bits, n
		s.drop(ac)
		return 0
	}
	slots := c.slots
	for k := 1; k < 64; k++ {
		if n <= 32 {
			if at := s.at; at+4 <= len(s.data) {
				x := binary.BigEndian.Uint32(s.data[at:])
				if (x&^(x+0x01010101))&0x80808080 == 0 {
					bits |= uint64(x) << ((32 - uint(n)) & 63)
					n += 32
					s.at = at + 4
					goto filled
				}
			}
			s.bits, s.n = bits, n
			s.fill()
			bits, n = s.bits, s.n
		}
	filled:
		if e := ac.coef[bits>>(64-lookupBits)]; e != 0 {
			k += int(e>>8) & 15
			b[slots[k]&63] = int16(e >> 16)
			last = k
			bits <<= uint(e & 63)
			n -= int(e & 63)
			continue
		}
		var run, size int
		if e := ac.lookup[bits>>(64-lookupBits)]; e != 0 {
			bits <<= e >> 8 & 63
			n -= int(e >> 8)
			run, size = int(e>>4&15), int(e&15)
		} else {
			s.bits, s.n = bits, n
			symbol, ok := s.symbol(ac)
			if !ok {
				s.d.note(corrupt)
			}
			bits, n = s.bits, s.n
			run, size = symbol>>4, symbol&15
		}
		if size == 0 {
			if run != 15 { // the rest are zeros
				break
			}
			k += 15
			continue
		}
		k += run
		// extend, without a branch that is as often taken as not
		x := int32(bits >> (uint(64-size) & 63))
		x += (x - 1<<(uint(size-1)&31)) >> 31 & (-1<<(uint(size)&31) + 1)
		b[slots[k]&63] = int16(x)
		bits <<= uint(size) & 63
		n -= size
		last = k
	}
	s.bits, s.n = bits, n
	if last > 63 {
		s.d.note(corrupt)
	}
	return last
}

// drop passes over the coefficients of one block other than the first.
func (s *scan) drop(ac *huffman) {
	for k := 1; k < 64; k++ {
		if s.n <= 32 {
			s.fill()
		}
		symbol, ok := s.symbol(ac)
		if !ok {
			s.d.note(corrupt)
		}
		run, size := symbol>>4, symbol&15
		if size == 0 {
			if run != 15 {
				return
			}
			k += 15
			continue
		}
		k += run
		s.bits <<= uint(size)
		s.n -= size
	}
}

// inverse writes the samples of a block whose coefficients are all zero after the given place, and
// makes the block all zeros again.
func (c *component) inverse(b *[64]int16, last int, to []byte) {
	c.transform(b, last, to)
	b[0], b[dropped] = 0, 0
	if last > 0 && c.size > 1 {
		*b = [64]int16{}
	}
}

// transform writes the samples of a block whose coefficients are all zero after the given place. It
// may leave anything in the block.
func (c *component) transform(b *[64]int16, last int, to []byte) {
	switch {
	case c.size == 1:
		to[0] = mean(b[0], c.factors[0])
	case last == 0:
		flat(b[0]*c.factors[0], to, c.stride, c.size)
	case c.size == 8:
		inverse8(b, &c.factors, to, c.stride)
	case c.size == 4:
		inverse4(b, &c.factors, to, c.stride)
	default:
		inverse2(b, &c.factors, to, c.stride)
	}
}
