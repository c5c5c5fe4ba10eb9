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
						last = s.baseline(c)
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
	dc, ac := s.d.tables[0][c.dc&3], s.d.tables[1][c.ac&3]
	if c.size > 1 {
		if last = s.sound(c, dc, ac); last >= 0 {
			return last
		}
		s.block = [64]int16{}
	}
	if s.n <= 32 {
		s.fill()
	}
	size, ok := s.symbol(dc)
	if !ok {
		s.d.note(corrupt)
	}
	if size > 0 {
		c.last += extend(s.take(uint(size)), size)
	}
	b := &s.block
	b[0] = int16(c.last)
	if c.size == 1 {
		s.drop(ac)
		return 0
	}
	last = 0
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
			if run != 15 { // the rest are zeros
				break
			}
			k += 15
			continue
		}
		k += run
		b[c.slots[k]&63] = int16(extend(s.take(uint(size)), size))
		last = k
	}
	if last > 63 {
		s.d.note(corrupt)
	}
	return last
}

// sound does what baseline does where nothing is wrong with a block and its data end well before
// the next marker. Otherwise it returns -1, and all is as before but for s.block.
//
// It calls nothing. So in WebAssembly its variables are those of the machine, and its loops loops;
// Go has others ready to be left and entered again at each call.
func (s *scan) sound(c *component, dc, ac *huffman) (last int) {
	data, at, bits, n := s.data, s.at, s.bits, s.n
	b, slots := &s.block, c.slots
	// The difference of the first coefficient is coded as a coefficient without zeros before it.
	table := dc
	for k := 0; k < 64; k++ {
		for n <= 32 {
			if at+4 > len(data) {
				return -1
			}
			if x := binary.BigEndian.Uint32(data[at:]); (x&^(x+0x01010101))&0x80808080 == 0 { // none of the bytes is ff
				bits |= uint64(x) << ((32 - uint(n)) & 63)
				n += 32
				at += 4
				break
			}
			x := data[at]
			if at++; x == 0xff {
				if data[at] != 0 {
					return -1
				}
				at++
			}
			bits |= uint64(x) << ((56 - uint(n)) & 63)
			n += 8
		}
		if e := table.coef[bits>>(64-lookupBits)]; e != 0 {
			table = ac
			k += int(e>>8) & 15
			b[slots[k]&63] = int16(e >> 16)
			last = k
			bits <<= uint(e & 63)
			n -= int(e & 63)
			continue
		}
		symbol := 0
		if e := table.lookup[bits>>(64-lookupBits)]; e != 0 {
			symbol = int(e & 255)
			bits <<= e >> 8 & 63
			n -= int(e >> 8)
		} else {
			code, l := uint32(bits>>48), lookupBits+1
			for l <= 16 && code >= table.past[l] {
				l++
			}
			if l > 16 {
				return -1
			}
			symbol = int(table.symbols[byte(int32(code>>(uint(16-l)&31))+table.offset[l])])
			bits <<= uint(l) & 63
			n -= l
		}
		table = ac
		run, size := symbol>>4, symbol&15
		if size == 0 {
			if run == 15 {
				k += 15
			} else if k > 0 { // the rest are zeros
				break
			}
			continue
		}
		k += run
		// extend, without a branch that is as often taken as not
		x := int32(bits >> (uint(64-size) & 63))
		x += (x - 1<<(uint(size-1)&31)) >> 31 & (-1<<(uint(size)&31) + 1)
		b[slots[k]&63] = int16(x)
		last = k
		bits <<= uint(size) & 63
		n -= size
	}
	if last > 63 {
		return -1
	}
	c.last += int32(b[0])
	b[0] = int16(c.last)
	s.at, s.bits, s.n = at, bits, n
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
	switch {
	case c.size == 1:
		to[0] = mean(b[0], c.factors[0])
		b[0], b[dropped] = 0, 0
		return
	case last == 0:
		flat(b[0]*c.factors[0], to, c.stride, c.size)
		b[0] = 0
		return
	case c.size == 8:
		inverse8(b, &c.factors, to, c.stride)
	case c.size == 4:
		inverse4(b, &c.factors, to, c.stride)
	default:
		inverse2(b, &c.factors, to, c.stride)
	}
	*b = [64]int16{}
}
