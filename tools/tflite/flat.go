package tflite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// errFlat is what is wrong with most damaged files.
var errFlat = errors.New("this isn't a TensorFlow Lite model, or it is damaged or cut short: download it again")

// maxParts bounds tables, strings, vectors and their numbers together: they may be named many times
// over.
const maxParts = 1 << 22

// flat is a file of FlatBuffers, of which every offset is checked. The first thing that is wrong
// stays in err; what is read from then on is empty.
type flat struct {
	data []byte
	left int // of maxParts
	err  error
}

func (f *flat) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// at gives n bytes from a place on, zeros where there are none.
func (f *flat) at(place, n int) []byte {
	if f.err != nil || place < 0 || n < 0 || place > len(f.data)-n {
		f.fail(errFlat)
		return make([]byte, 8)
	}
	return f.data[place : place+n]
}

func (f *flat) u16(place int) int { return int(binary.LittleEndian.Uint16(f.at(place, 2))) }
func (f *flat) i32(place int) int { return int(int32(binary.LittleEndian.Uint32(f.at(place, 4)))) }
func (f *flat) u32(place int) int { return int(binary.LittleEndian.Uint32(f.at(place, 4))) }

// count counts parts.
func (f *flat) count(n int) bool {
	if f.left -= n; f.left < 0 {
		f.fail(fmt.Errorf("it has more than %d parts; it is damaged or hostile", maxParts))
	}
	return f.err == nil
}

// table is a table: fields that may be left out, by their slots. The zero value has none.
type table struct {
	flat        *flat
	place, list int // of its fields
	slots       int
}

// table gives the one that the offset at a place leads to.
func (f *flat) table(place int) table {
	t := table{flat: f, place: place + f.u32(place)}
	t.list = t.place - f.i32(t.place)
	t.slots = (f.u16(t.list) - 4) / 2
	if !f.count(1) {
		return table{}
	}
	return t
}

// field gives the place of a field, 0 where it is left out.
func (t table) field(slot int) int {
	if t.flat == nil || t.flat.err != nil || slot >= t.slots {
		return 0
	}
	if o := t.flat.u16(t.list + 4 + 2*slot); o != 0 {
		return t.place + o
	}
	return 0
}

func (t table) byte(slot int) int {
	if p := t.field(slot); p != 0 {
		return int(t.flat.at(p, 1)[0])
	}
	return 0
}

// int gives a field of 32 bits with a sign.
func (t table) int(slot, otherwise int) int {
	if p := t.field(slot); p != 0 {
		return t.flat.i32(p)
	}
	return otherwise
}

func (t table) float(slot int) float64 {
	if p := t.field(slot); p != 0 {
		return float64(math.Float32frombits(uint32(t.flat.u32(p))))
	}
	return 0
}

func (t table) table(slot int) table {
	if p := t.field(slot); p != 0 {
		return t.flat.table(p)
	}
	return table{}
}

// vector gives the place and the number of elements of a list, each of some bytes.
func (t table) vector(slot, each int) (place, n int) {
	p := t.field(slot)
	if p == 0 || !t.flat.count(1) {
		return 0, 0
	}
	p += t.flat.u32(p)
	n = t.flat.u32(p)
	if n > len(t.flat.data)/each {
		t.flat.fail(errFlat)
		return 0, 0
	}
	t.flat.at(p+4, n*each)
	return p + 4, n
}

// bytes gives a list of bytes or a string, as they lie in the file.
func (t table) bytes(slot int) []byte {
	place, n := t.vector(slot, 1)
	if n == 0 || t.flat.err != nil {
		return nil
	}
	return t.flat.at(place, n)
}

func (t table) text(slot int) string { return string(t.bytes(slot)) }

func (t table) tables(slot int) []table {
	place, n := t.vector(slot, 4)
	var out []table
	for i := 0; i < n && t.flat.err == nil; i++ {
		out = append(out, t.flat.table(place+4*i))
	}
	return out
}

func (t table) ints(slot int) []int {
	place, n := t.vector(slot, 4)
	var out []int
	for i := 0; i < n && t.flat.count(1); i++ {
		out = append(out, t.flat.i32(place+4*i))
	}
	return out
}

func (t table) floats(slot int) []float32 {
	place, n := t.vector(slot, 4)
	var out []float32
	for i := 0; i < n && t.flat.count(1); i++ {
		out = append(out, math.Float32frombits(uint32(t.flat.u32(place+4*i))))
	}
	return out
}

// longs gives a list of 64-bit numbers.
func (t table) longs(slot int) []int64 {
	place, n := t.vector(slot, 8)
	var out []int64
	for i := 0; i < n && t.flat.count(1); i++ {
		out = append(out, int64(binary.LittleEndian.Uint64(t.flat.at(place+8*i, 8))))
	}
	return out
}
