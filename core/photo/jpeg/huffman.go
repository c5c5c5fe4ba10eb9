package jpeg

import (
	"encoding/binary"
	"sync"
)

// natural is the place in a block, row by row, of the coefficients in the order of the file, figure
// A.6.
var natural = [64]byte{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// lookupBits is how many bits of a code are looked up at once.
const lookupBits = 10

// huffman is a table of codes.
type huffman struct {
	// lookup has for the next lookBits bits the length and symbol of the code they begin with,
	// length<<8 | symbol, or 0 where the code is longer.
	lookup [1 << lookupBits]uint16
	// coef has, where a code for a coefficient and the coefficient's own bits fit into lookBits,
	// all about it: value<<16 | zeros before it<<8 | bits; else 0.
	coef [1 << lookupBits]int32
	// past[l] is the first code of length l+1 and more that is longer, its 16 bits flush left;
	// offset[l] is what leads from a code of length l to its symbol.
	past    [18]uint32
	offset  [17]int32
	symbols [256]byte
	// pairs is made by lookForPairs, and ahead by lookAhead, which see.
	pairs *[1 << pairBits]uint64
	ahead *[1 << lookupBits]uint64
	// longest is whether it has the difference of 16 bits, which only lossless files may have.
	longest bool
}

// impossible stands for a table that can't be, which matters to the scans that need it.
var impossible = new(huffman)

// newHuffman makes the table of counts[l] codes of l+1 bits for the symbols, section C.2.
func newHuffman(counts, symbols []byte, dc bool) (*huffman, bool) {
	t := new(huffman)
	copy(t.symbols[:], symbols)
	code, next := uint32(0), 0
	for l := 1; l <= 16; l++ {
		t.offset[l] = int32(next) - int32(code)
		for range counts[l-1] {
			if code >= 1<<l || dc && symbols[next] > 16 {
				return impossible, false
			}
			t.longest = t.longest || dc && symbols[next] == 16
			if l <= lookupBits {
				first := code << (lookupBits - l)
				for i := range uint32(1) << (lookupBits - l) {
					t.lookup[first+i] = uint16(l)<<8 | uint16(symbols[next])
				}
			}
			code++
			next++
		}
		t.past[l] = code << (16 - l)
		code <<= 1
	}
	for i, e := range t.lookup {
		l, symbol := int(e>>8), int(e&255)
		run, size := symbol>>4, symbol&15
		if e == 0 || size == 0 || l+size > lookupBits {
			continue
		}
		value := extend(uint64(i)>>(lookupBits-l-size)&(1<<size-1), size)
		t.coef[i] = value<<16 | int32(run)<<8 | int32(l+size)
	}
	return t, true
}

// extend is EXTEND of section F.2.2.1, for 1 to 15 bits.
func extend(x uint64, size int) int32 {
	if x < 1<<(size-1) {
		return int32(x) - 1<<size + 1
	}
	return int32(x)
}

// usual has the tables of section K.3, which are meant where a sequential file has none: those of
// luminance, and those of chrominance.
var usual = sync.OnceValue(func() (tables [2][2]*huffman) {
	dcCounts := [2]string{"\x00\x01\x05\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00", "\x00\x03\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00"}
	acCounts := [2]string{"\x00\x02\x01\x03\x03\x02\x04\x03\x05\x05\x04\x04\x00\x00\x01\x7d", "\x00\x02\x01\x02\x04\x04\x03\x04\x07\x05\x04\x04\x00\x01\x02\x77"}
	// The symbols of the short codes; those of 16 bits, and in the second table some before, are
	// all that are left, in order.
	acShort := [2]string{
		"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08\x23\x42\xb1\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82",
		"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91\xa1\xb1\xc1\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1",
	}
	for i := range 2 {
		dc := make([]byte, 12)
		for k := range dc {
			dc[k] = byte(k)
		}
		ac := []byte(acShort[i])
		seen := [256]bool{}
		for _, s := range ac {
			seen[s] = true
		}
		for run := range 16 {
			for size := 1; size <= 10; size++ {
				if s := byte(run<<4 | size); !seen[s] {
					ac = append(ac, s)
				}
			}
		}
		tables[0][i], _ = newHuffman([]byte(dcCounts[i]), dc, true)
		tables[1][i], _ = newHuffman([]byte(acCounts[i]), ac, false)
	}
	return tables
})

// source takes bits from the entropy-coded data of a scan, up to the next marker.
type source struct {
	data []byte
	at   int    // the next byte, or the marker where the data ended
	bits uint64 // the next bits, from the top
	n    int    // how many of them there are
	fake int    // how many of those are zeros that stand behind the end
}

// fill brings the number of bits to more than 32.
func (s *source) fill() {
	if s.at+4 <= len(s.data) {
		x := binary.BigEndian.Uint32(s.data[s.at:])
		if (x&^(x+0x01010101))&0x80808080 == 0 { // none of the bytes is ff
			s.bits |= uint64(x) << (32 - s.n)
			s.n += 32
			s.at += 4
			return
		}
	}
	for s.n <= 32 {
		x := uint64(0)
		if s.at < len(s.data) && s.data[s.at] != 0xff {
			x = uint64(s.data[s.at])
			s.at++
		} else {
			next := s.at + 1
			for next < len(s.data) && s.data[next] == 0xff {
				next++
			}
			if next < len(s.data) && s.data[next] == 0 {
				x = 0xff
				s.at = next + 1
			} else { // a marker or the end: zeros follow, which nobody may need
				s.fake += 8
			}
		}
		s.bits |= x << (56 - s.n)
		s.n += 8
	}
}

// short says that more bits were taken than there are.
func (s *source) short() bool { return s.n < s.fake }

// reset drops what bits are left.
func (s *source) reset() { s.bits, s.n, s.fake = 0, 0, 0 }

// take takes size bits, 0 to 16. There must be as many.
func (s *source) take(size uint) uint64 {
	x := s.bits >> 1 >> (63 - size)
	s.bits <<= size
	s.n -= int(size)
	return x
}

// symbol takes a code. There must be 17 bits. A code that there is not takes all of them and stands
// for 0, as in libjpeg.
func (s *source) symbol(t *huffman) (symbol int, ok bool) {
	if e := t.lookup[s.bits>>(64-lookupBits)]; e != 0 {
		s.bits <<= e >> 8
		s.n -= int(e >> 8)
		return int(e & 255), true
	}
	code := uint32(s.bits >> 48)
	for l := lookupBits + 1; l <= 16; l++ {
		if code < t.past[l] {
			s.bits <<= l
			s.n -= l
			return int(t.symbols[byte(int32(code>>(16-l))+t.offset[l])]), true
		}
	}
	s.bits <<= 17
	s.n -= 17
	return 0, false
}
