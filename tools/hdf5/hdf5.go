// Package hdf5 reads what Keras writes of HDF5 (.h5): groups, attributes of text, and data sets of
// floats. That is the format as h5py has it where nothing else is asked for: superblock 0, groups
// by B-trees of version 1 with a local heap, object headers of version 1, and data that lie in one
// piece, in chunks, or in the header itself. What is newer or packed is refused by name.
//
// The format is specified in "HDF5 File Format Specification Version 3.0" of The HDF Group.
package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Limits: objects may be named many times over, and text may be long.
const (
	maxObjects = 1 << 17
	maxNumbers = 1 << 29
	maxText    = 128 << 20 // bytes of all attributes
	maxDepth   = 32        // of B-trees and of groups
)

// ErrNot is what is wrong with most damaged files.
var ErrNot = errors.New("this isn't an HDF5 file, or it is damaged or cut short: save it again")

// none is an address that leads nowhere.
const none = math.MaxUint64

// A Group is a folder of groups and data sets.
type Group struct {
	Attributes map[string]Attribute
	Groups     map[string]*Group
	Data       map[string]*Dataset
}

// An Attribute is text, or a list of it; numbers are passed over.
type Attribute struct{ Text []string }

// A Dataset is an array of floats.
type Dataset struct {
	Dims   []int
	Floats []float32
}

// file is what is read; at most so much is made of it.
type file struct {
	data                   []byte
	objects, numbers, text int
	open                   map[uint64]bool // groups that are being read: a group may hold itself
}

// Read reads a file.
func Read(data []byte) (*Group, error) {
	f := &file{data: data, open: map[uint64]bool{}}
	if !bytes.HasPrefix(data, []byte("\x89HDF\r\n\x1a\n")) || len(data) < 96 {
		return nil, ErrNot
	}
	if v := data[8]; v != 0 {
		return nil, fmt.Errorf("its superblock is of version %d, and 0 is known here, as h5py and Keras write it: save it without libver", v)
	}
	if data[13] != 8 || data[14] != 8 {
		return nil, errors.New("its addresses are not of 8 bytes, as h5py and Keras write them")
	}
	if base := binary.LittleEndian.Uint64(data[24:]); base != 0 {
		return nil, errors.New("it begins within another file; take it out of that")
	}
	root, err := f.object(binary.LittleEndian.Uint64(data[64:]), 0)
	if err != nil {
		return nil, err
	}
	if g, ok := root.(*Group); ok {
		return g, nil
	}
	return nil, ErrNot
}

// at gives n bytes from an address on.
func (f *file) at(address uint64, n int) ([]byte, error) {
	if n < 0 || address > uint64(len(f.data)) || uint64(n) > uint64(len(f.data))-address {
		return nil, ErrNot
	}
	return f.data[address:][:n], nil
}

// message is a part of an object header.
type message struct {
	kind int
	data []byte
}

// messages reads an object header of version 1 (IV.A.1.a of the specification), with its
// continuations.
func (f *file) messages(address uint64) ([]message, error) {
	if f.objects++; f.objects > maxObjects {
		return nil, fmt.Errorf("it has more than %d objects; it is damaged or hostile", maxObjects)
	}
	head, err := f.at(address, 16)
	if err != nil {
		return nil, err
	}
	if string(head[:4]) == "OHDR" {
		return nil, errors.New("its object headers are of version 2, and 1 is known here, as h5py and Keras write it: save it without libver and track_order")
	}
	if head[0] != 1 {
		return nil, ErrNot
	}
	count := int(binary.LittleEndian.Uint16(head[2:]))
	type block struct {
		at uint64
		n  int
	}
	var out []message
	blocks := []block{{address + 16, int(binary.LittleEndian.Uint32(head[8:]))}}
	for len(blocks) > 0 && len(out) < count {
		b, err := f.at(blocks[0].at, blocks[0].n)
		if err != nil {
			return nil, err
		}
		blocks = blocks[1:]
		for len(b) >= 8 && len(out) < count {
			kind, n := int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:]))
			if n > len(b)-8 {
				return nil, ErrNot
			}
			body := b[8:][:n]
			b = b[8+n:]
			out = append(out, message{kind, body})
			if kind == 0x10 {
				if n < 16 || len(blocks) > 64 {
					return nil, ErrNot
				}
				blocks = append(blocks, block{binary.LittleEndian.Uint64(body), int(min(binary.LittleEndian.Uint64(body[8:]), uint64(len(f.data)+1)))})
			}
		}
	}
	return out, nil
}

// object reads a group or a data set; it is nil where a data set is of no floats.
func (f *file) object(address uint64, depth int) (any, error) {
	if f.open[address] || depth > maxDepth {
		return nil, errors.New("its groups hold themselves, or are too deep")
	}
	list, err := f.messages(address)
	if err != nil {
		return nil, err
	}
	f.open[address] = true
	defer delete(f.open, address)
	find := func(kind int) []byte {
		for _, m := range list {
			if m.kind == kind {
				return m.data
			}
		}
		return nil
	}
	if find(0x08) != nil {
		return f.dataset(find(0x01), find(0x03), find(0x08), find(0x0b))
	}
	g := &Group{Attributes: map[string]Attribute{}, Groups: map[string]*Group{}, Data: map[string]*Dataset{}}
	for _, m := range list {
		if m.kind != 0x0c {
			continue
		}
		name, a, err := f.attribute(m.data)
		if err != nil {
			return nil, err
		}
		if a != nil {
			g.Attributes[name] = *a
		}
	}
	table := find(0x11)
	if table == nil {
		if find(0x02) != nil || find(0x06) != nil {
			return nil, errors.New("its groups are of a newer kind than h5py and Keras write: save it without libver and track_order")
		}
		return g, nil
	}
	if len(table) < 16 {
		return nil, ErrNot
	}
	heap, err := f.heap(binary.LittleEndian.Uint64(table[8:]))
	if err != nil {
		return nil, err
	}
	return g, f.tree(binary.LittleEndian.Uint64(table), 0, func(node []byte) error { return f.entries(g, node, heap, depth) })
}

// heap is where the names of a group lie (III.D).
func (f *file) heap(address uint64) ([]byte, error) {
	head, err := f.at(address, 32)
	if err != nil || string(head[:4]) != "HEAP" {
		return nil, ErrNot
	}
	return f.at(binary.LittleEndian.Uint64(head[24:]), int(min(binary.LittleEndian.Uint64(head[8:]), uint64(len(f.data)+1))))
}

// tree calls each with the leaves of a group's B-tree (III.A.1).
func (f *file) tree(address uint64, depth int, each func(node []byte) error) error {
	if f.objects++; f.objects > maxObjects || depth > maxDepth {
		return fmt.Errorf("it has more than %d objects; it is damaged or hostile", maxObjects)
	}
	head, err := f.at(address, 24)
	if err != nil || string(head[:4]) != "TREE" || head[4] != 0 {
		return ErrNot
	}
	n := int(binary.LittleEndian.Uint16(head[6:]))
	body, err := f.at(address+24, 16*n+8)
	if err != nil {
		return err
	}
	for i := range n {
		child := binary.LittleEndian.Uint64(body[16*i+8:])
		if head[5] > 0 {
			err = f.tree(child, depth+1, each)
		} else {
			var node []byte
			if node, err = f.at(child, 8); err == nil {
				if string(node[:4]) != "SNOD" {
					return ErrNot
				}
				if node, err = f.at(child, 8+40*int(binary.LittleEndian.Uint16(node[6:]))); err == nil {
					err = each(node[8:])
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entries reads what a group holds (III.C).
func (f *file) entries(g *Group, node, heap []byte, depth int) error {
	for ; len(node) >= 40; node = node[40:] {
		at := binary.LittleEndian.Uint64(node)
		if at > uint64(len(heap)) {
			return ErrNot
		}
		end := bytes.IndexByte(heap[at:], 0)
		if end < 0 {
			return ErrNot
		}
		name := string(heap[at:][:end])
		if binary.LittleEndian.Uint32(node[16:]) == 2 {
			continue // a link by name
		}
		o, err := f.object(binary.LittleEndian.Uint64(node[8:]), depth+1)
		if err != nil {
			return fmt.Errorf("%s: %w", clip(name), err)
		}
		switch o := o.(type) {
		case *Group:
			g.Groups[name] = o
		case *Dataset:
			if o != nil {
				g.Data[name] = o
			}
		}
	}
	return nil
}

// space reads a dataspace (IV.A.2.b); ok is false where there is nothing in it.
func space(b []byte) (dims []int, n int, err error) {
	if len(b) < 4 || b[0] != 1 && b[0] != 2 {
		return nil, 0, ErrNot
	}
	rank, from := int(b[1]), 8
	if b[0] == 2 {
		from = 4
		if b[3] == 2 {
			return nil, 0, nil
		}
	}
	if rank > 8 || len(b) < from+8*rank {
		return nil, 0, ErrNot
	}
	n = 1
	for i := range rank {
		d := binary.LittleEndian.Uint64(b[from+8*i:])
		if d > maxNumbers || d > 0 && n > maxNumbers/int(d) {
			return nil, 0, fmt.Errorf("an array of more than %d numbers is not expected", maxNumbers)
		}
		dims = append(dims, int(d))
		n *= int(d)
	}
	return dims, n, nil
}

// dtype is a datatype (IV.A.2.d).
type dtype struct {
	class, size int
	big         bool // numbers have their bytes the other way round
	text        bool // of variable length
	signed      bool
}

func datatype(b []byte) (dtype, error) {
	if len(b) < 8 {
		return dtype{}, ErrNot
	}
	t := dtype{class: int(b[0] & 15), size: int(binary.LittleEndian.Uint32(b[4:])), big: b[1]&1 != 0, signed: b[1]&8 != 0}
	t.text = t.class == 9 && b[1]&15 == 1
	if t.class == 9 {
		t.size = 16
	}
	if t.size < 1 || t.size > 1<<24 {
		return t, ErrNot
	}
	return t, nil
}

// attribute reads one (IV.A.2.m); it is nil where it is no text.
func (f *file) attribute(b []byte) (string, *Attribute, error) {
	if len(b) < 8 || b[0] < 1 || b[0] > 3 {
		return "", nil, ErrNot
	}
	sizes := [3]int{}
	for i := range sizes {
		sizes[i] = int(binary.LittleEndian.Uint16(b[2+2*i:]))
	}
	version := b[0]
	rest := b[8:]
	if version == 3 {
		if len(rest) < 1 {
			return "", nil, ErrNot
		}
		rest = rest[1:]
	}
	take := func(n int) []byte {
		whole := n
		if version == 1 {
			whole = (n + 7) &^ 7
		}
		if whole > len(rest) {
			return nil
		}
		out := rest[:n]
		rest = rest[whole:]
		return out
	}
	name, kind, extent := take(sizes[0]), take(sizes[1]), take(sizes[2])
	if name == nil || kind == nil || extent == nil {
		return "", nil, ErrNot
	}
	t, err := datatype(kind)
	if err != nil || t.class != 3 && !t.text {
		return "", nil, err
	}
	_, n, err := space(extent)
	if err != nil {
		return "", nil, err
	}
	if n > len(rest)/t.size {
		return "", nil, ErrNot
	}
	a := &Attribute{}
	for i := range n {
		item := rest[i*t.size:][:t.size]
		if t.text {
			if item, err = f.global(item); err != nil {
				return "", nil, err
			}
		}
		if f.text += len(item); f.text > maxText {
			return "", nil, fmt.Errorf("its attributes come to more than %d bytes", maxText)
		}
		a.Text = append(a.Text, strings.TrimRight(string(item), "\x00"))
	}
	return strings.TrimRight(string(name), "\x00"), a, nil
}

// global reads an item of variable length (III.E).
func (f *file) global(item []byte) ([]byte, error) {
	n, address, index := int(binary.LittleEndian.Uint32(item)), binary.LittleEndian.Uint64(item[4:]), binary.LittleEndian.Uint32(item[12:])
	if n == 0 {
		return nil, nil
	}
	head, err := f.at(address, 16)
	if err != nil || string(head[:4]) != "GCOL" {
		return nil, ErrNot
	}
	heap, err := f.at(address, int(min(binary.LittleEndian.Uint64(head[8:]), uint64(len(f.data)+1))))
	if err != nil || len(heap) < 16 {
		return nil, ErrNot
	}
	for heap = heap[16:]; len(heap) >= 16; {
		if f.objects++; f.objects > 64*maxObjects {
			return nil, fmt.Errorf("it has more than %d objects; it is damaged or hostile", 64*maxObjects)
		}
		size := binary.LittleEndian.Uint64(heap[8:])
		if size > uint64(len(heap)-16) {
			return nil, ErrNot
		}
		if uint32(binary.LittleEndian.Uint16(heap)) == index {
			if uint64(n) > size {
				return nil, ErrNot
			}
			return heap[16:][:n], nil
		}
		heap = heap[min(16+(int(size)+7)&^7, len(heap)):]
	}
	return nil, ErrNot
}

// dataset reads one of floats.
func (f *file) dataset(extent, kind, layout, filters []byte) (*Dataset, error) {
	dims, n, err := space(extent)
	if err != nil {
		return nil, err
	}
	t, err := datatype(kind)
	if err != nil {
		return nil, err
	}
	if t.class > 1 || t.class == 1 && t.size != 2 && t.size != 4 && t.size != 8 || t.class == 0 && t.size > 8 {
		return nil, nil // text and the like, which is no weight
	}
	// Arrays may lie in one place, or be packed; both are little used for weights.
	if f.numbers += n; f.numbers > min(maxNumbers, maxZeros+16*len(f.data)) {
		return nil, fmt.Errorf("its arrays come to %d numbers, more than is expected in %d bytes; it is damaged or hostile", f.numbers, len(f.data))
	}
	if len(layout) < 2 || layout[0] != 3 {
		return nil, fmt.Errorf("an array laid out by version %d is not known here, 3 is", slices.Max(append(layout[:min(len(layout), 1)], 0)))
	}
	var raw []byte
	switch layout[1] {
	case 0:
		if len(layout) < 4 || len(layout)-4 < int(binary.LittleEndian.Uint16(layout[2:])) {
			return nil, ErrNot
		}
		raw = layout[4:]
	case 1:
		if len(layout) < 18 {
			return nil, ErrNot
		}
		if filters != nil {
			return nil, ErrNot
		}
		address := binary.LittleEndian.Uint64(layout[2:])
		if address == none { // never written, so zeros
			return f.zeros(dims, n)
		}
		if raw, err = f.at(address, n*t.size); err != nil {
			return nil, err
		}
	case 2:
		if raw, err = f.chunks(layout, filters, dims, n, t.size); err != nil {
			return nil, err
		}
	default:
		return nil, ErrNot
	}
	if len(raw) < n*t.size {
		return nil, ErrNot
	}
	d := &Dataset{dims, make([]float32, n)}
	for i := range d.Floats {
		d.Floats[i] = t.number(raw[i*t.size:][:t.size])
	}
	return d, nil
}

// maxZeros bounds an array that is not in the file.
const maxZeros = 1 << 22

func (f *file) zeros(dims []int, n int) (*Dataset, error) {
	if n > maxZeros {
		return nil, fmt.Errorf("an array of %v was never written", dims)
	}
	return &Dataset{dims, make([]float32, n)}, nil
}

// number reads one.
func (t dtype) number(b []byte) float32 {
	v := uint64(0)
	for i := range b {
		k := i
		if !t.big {
			k = len(b) - 1 - i
		}
		v = v<<8 | uint64(b[k])
	}
	switch {
	case t.class == 0 && t.signed:
		shift := 64 - 8*len(b)
		return float32(int64(v<<shift) >> shift)
	case t.class == 0:
		return float32(v)
	case len(b) == 8:
		return float32(math.Float64frombits(v))
	case len(b) == 4:
		return math.Float32frombits(uint32(v))
	}
	// Half precision (IEEE 754): sign, 5 bits of exponent, 10 of fraction.
	sign, exponent, fraction := float32(1), int(v>>10&31), float64(v&1023)
	if v>>15 != 0 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * float32(math.Ldexp(fraction, -24))
	case 31:
		if fraction != 0 {
			return float32(math.NaN())
		}
		return sign * float32(math.Inf(1))
	}
	return sign * float32(math.Ldexp(1024+fraction, exponent-25))
}

// chunks reads an array that lies in pieces (III.A.1, IV.A.2.i), each of them packed by zlib or
// not.
func (f *file) chunks(layout, filters []byte, dims []int, n, size int) ([]byte, error) {
	rank := len(dims)
	if len(layout) < 11 || int(layout[2]) != rank+1 || len(layout) < 11+4*rank+4 || rank == 0 {
		return nil, ErrNot
	}
	packed, err := deflated(filters)
	if err != nil {
		return nil, err
	}
	chunk, length := make([]int, rank), size
	for i := range chunk {
		chunk[i] = int(binary.LittleEndian.Uint32(layout[11+4*i:]))
		if chunk[i] < 1 || length > maxNumbers/chunk[i] {
			return nil, ErrNot
		}
		length *= chunk[i]
	}
	if n > maxZeros && n*size > 1100*len(f.data) { // what zlib makes of as many bytes
		return nil, fmt.Errorf("an array of %v is more than the file holds", dims)
	}
	out := make([]byte, n*size)
	made := 0
	return out, f.pieces(binary.LittleEndian.Uint64(layout[3:]), rank, 0, func(at []int, raw []byte) error {
		if made += length; made > 4*len(out)+length*4 {
			return errors.New("its pieces come to more than the array")
		}
		if packed {
			z, err := zlib.NewReader(bytes.NewReader(raw))
			if err != nil {
				return ErrNot
			}
			if raw, err = io.ReadAll(io.LimitReader(z, int64(length))); err != nil {
				return ErrNot
			}
		}
		if len(raw) < length {
			return ErrNot
		}
		return place(out, raw, dims, chunk, at, size)
	})
}

// deflated says whether pieces are packed by zlib, and refuses all other filters.
func deflated(filters []byte) (bool, error) {
	if filters == nil {
		return false, nil
	}
	if len(filters) < 10 || filters[0] != 1 || filters[1] != 1 || binary.LittleEndian.Uint16(filters[8:]) != 1 {
		return false, errors.New("its arrays are packed otherwise than by gzip alone: save it without compression")
	}
	return true, nil
}

// pieces calls each with the chunks of an array, and where they begin.
func (f *file) pieces(address uint64, rank, depth int, each func(at []int, raw []byte) error) error {
	if address == none {
		return nil
	}
	if f.objects++; f.objects > maxObjects || depth > maxDepth {
		return fmt.Errorf("it has more than %d objects; it is damaged or hostile", maxObjects)
	}
	head, err := f.at(address, 24)
	if err != nil || string(head[:4]) != "TREE" || head[4] != 1 {
		return ErrNot
	}
	n, key := int(binary.LittleEndian.Uint16(head[6:])), 8+8*(rank+1)
	body, err := f.at(address+24, n*(key+8))
	if err != nil {
		return err
	}
	for ; len(body) > 0; body = body[key+8:] {
		child := binary.LittleEndian.Uint64(body[key:])
		if head[5] > 0 {
			if err := f.pieces(child, rank, depth+1, each); err != nil {
				return err
			}
			continue
		}
		raw, err := f.at(child, int(binary.LittleEndian.Uint32(body)))
		if err != nil {
			return err
		}
		at := make([]int, rank)
		for i := range at {
			if at[i] = int(binary.LittleEndian.Uint64(body[8+8*i:])); at[i] < 0 {
				return ErrNot
			}
		}
		if err := each(at, raw); err != nil {
			return err
		}
	}
	return nil
}

// place copies a chunk to where it belongs, row by row of the last axis; what of it is beyond the
// array is left out.
func place(out, raw []byte, dims, chunk, at []int, size int) error {
	rank := len(dims)
	index := make([]int, rank)
	row := chunk[rank-1]
	for {
		to, inside := 0, true
		for i := range rank {
			p := at[i] + index[i]
			inside = inside && p < dims[i]
			to = to*dims[i] + p
		}
		if inside {
			count := min(row, dims[rank-1]-at[rank-1])
			copy(out[to*size:][:count*size], raw)
		}
		raw = raw[row*size:]
		k := rank - 2
		for ; k >= 0; k-- {
			if index[k]++; index[k] < chunk[k] {
				break
			}
			index[k] = 0
		}
		if k < 0 {
			return nil
		}
	}
}

// clip keeps a name from outside short enough for a message.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
