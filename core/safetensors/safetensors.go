// Package safetensors reads and writes the safetensors format (little-endian length, JSON header,
// bytes) for what Homeroom keeps itself: arrays of float32 and int32 with a few strings beside
// them.
//
// Reading trusts nothing: sizes are checked before anything is allocated, and tensors must cover
// the bytes without holes or overlaps. Checkpoints of other programs, with their many types, are
// read elsewhere.
package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Limits of what Read takes.
const (
	MaxHeader  = 16 << 20
	MaxTensors = 4096
	MaxRank    = 4
)

// Tensor is a named array, row-major; F32 or I32 holds its values. One to be written may have
// float32 values in pieces, Rows, instead.
type Tensor struct {
	Name string
	Dims []int
	F32  []float32
	I32  []int32
	Rows [][]float32
}

// pieces returns the float32 values, in pieces.
func (t *Tensor) pieces() [][]float32 {
	if t.F32 != nil {
		return [][]float32{t.F32}
	}
	return t.Rows
}

// check panics where the values are not as many as the extents say.
func (t *Tensor) check() int64 {
	have := len(t.I32)
	for _, r := range t.pieces() {
		have += len(r)
	}
	n, err := product(t.Dims)
	if err != nil || n != int64(have) || t.I32 != nil && t.pieces() != nil || t.F32 != nil && t.Rows != nil {
		panic(fmt.Sprintf("safetensors: tensor %q of %v has %d values", t.Name, t.Dims, have))
	}
	return n
}

// File is what a file holds.
type File struct {
	Meta    map[string]string
	Tensors []Tensor // in the order of their bytes
}

// Tensor returns the tensor called name, nil where there is none.
func (f *File) Tensor(name string) *Tensor {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i]
		}
	}
	return nil
}

// Floats returns the values of the float32 tensor called name, whose extents must be dims.
func (f *File) Floats(name string, dims ...int) ([]float32, error) {
	t := f.Tensor(name)
	if t == nil {
		return nil, fmt.Errorf("tensor %q is missing", name)
	}
	if t.F32 == nil || !slices.Equal(t.Dims, dims) {
		return nil, fmt.Errorf("tensor %q is not float32 of %v", name, dims)
	}
	return t.F32, nil
}

// Ints returns the values of the int32 tensor called name, whose extents must be dims.
func (f *File) Ints(name string, dims ...int) ([]int32, error) {
	t := f.Tensor(name)
	if t == nil {
		return nil, fmt.Errorf("tensor %q is missing", name)
	}
	if t.I32 == nil || !slices.Equal(t.Dims, dims) {
		return nil, fmt.Errorf("tensor %q is not int32 of %v", name, dims)
	}
	return t.I32, nil
}

type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

const (
	metadata = "__metadata__"
	float    = "F32"
	integer  = "I32"
)

// WriteTo writes the file. The same file always gives the same bytes. It panics where the values of
// a tensor are not as many as its extents say.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	var head bytes.Buffer
	head.WriteByte('{')
	put := func(name string, v any) error {
		if head.Len() > 1 {
			head.WriteByte(',')
		}
		for i, v := range []any{name, v} {
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			if i == 1 {
				head.WriteByte(':')
			}
			head.Write(text)
		}
		return nil
	}
	if len(f.Meta) > 0 {
		if err := put(metadata, f.Meta); err != nil {
			return 0, err
		}
	}
	at := int64(0)
	for _, t := range f.Tensors {
		n := t.check()
		e := entry{float, append([]int{}, t.Dims...), [2]int64{at, at + 4*n}}
		if t.I32 != nil {
			e.DType = integer
		}
		if err := put(t.Name, e); err != nil {
			return 0, err
		}
		at += 4 * n
	}
	head.WriteByte('}')
	for head.Len()%8 != 0 {
		head.WriteByte(' ')
	}
	out := &counter{w: w}
	if err := binary.Write(out, binary.LittleEndian, uint64(head.Len())); err != nil {
		return out.n, err
	}
	if _, err := out.Write(head.Bytes()); err != nil {
		return out.n, err
	}
	// A buffer at a time, so that no second copy of the values is made.
	buffer := make([]byte, 0, 1<<16)
	put32 := func(v uint32) error {
		buffer = binary.LittleEndian.AppendUint32(buffer, v)
		if len(buffer) < cap(buffer) {
			return nil
		}
		_, err := out.Write(buffer)
		buffer = buffer[:0]
		return err
	}
	for _, t := range f.Tensors {
		for _, v := range t.I32 {
			if err := put32(uint32(v)); err != nil {
				return out.n, err
			}
		}
		for _, piece := range t.pieces() {
			for _, v := range piece {
				if err := put32(math.Float32bits(v)); err != nil {
					return out.n, err
				}
			}
		}
	}
	_, err := out.Write(buffer)
	return out.n, err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// product returns the product of extents.
func product(dims []int) (int64, error) {
	if len(dims) > MaxRank {
		return 0, fmt.Errorf("%d axes, more than %d", len(dims), MaxRank)
	}
	n := int64(1)
	for _, d := range dims {
		if d < 0 || d > math.MaxInt32 || d > 0 && n > (1<<40)/int64(d) {
			return 0, fmt.Errorf("extents of %v", dims)
		}
		n *= int64(d)
	}
	return n, nil
}

// Read reads a file. Its values are copied out of data. An error says what is wrong with the file.
func Read(data []byte) (*File, error) { return ReadFrom(bytes.NewReader(data), int64(len(data))) }

var errShort = errors.New("it is cut short")

// ReadFrom reads a file of size bytes from r, front to back, and takes no more memory than its
// values and its header need. It does not look for what follows in r.
func ReadFrom(r io.Reader, size int64) (*File, error) {
	var first [8]byte
	if size < 8 {
		return nil, errShort
	}
	if err := fill(r, first[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(first[:])
	if n < 2 || n > MaxHeader {
		return nil, fmt.Errorf("its header claims %d bytes; at most %d are expected", n, MaxHeader)
	}
	if n > uint64(size-8) {
		return nil, errShort
	}
	text := make([]byte, n)
	if err := fill(r, text); err != nil {
		return nil, err
	}
	names, entries, meta, err := header(text)
	if err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := entries[a].Offsets, entries[b].Offsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	body := size - 8 - int64(n)
	buffer := make([]byte, 1<<16)
	// words calls put with n little-endian words of r, in order.
	words := func(n int, put func(k int, v uint32)) error {
		for k := 0; k < n; {
			some := buffer[:4*min(n-k, len(buffer)/4)]
			if err := fill(r, some); err != nil {
				return err
			}
			for ; len(some) > 0; k, some = k+1, some[4:] {
				put(k, binary.LittleEndian.Uint32(some))
			}
		}
		return nil
	}
	at := int64(0)
	f := &File{Meta: meta}
	for _, i := range order {
		e := entries[i]
		if e.Offsets[0] != at || e.Offsets[1] < at || e.Offsets[1] > body {
			return nil, fmt.Errorf("tensor %q: its bytes do not follow those before, or go past the end", names[i])
		}
		values, err := product(e.Shape)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", names[i], err)
		}
		if e.Offsets[1]-at != 4*values {
			return nil, fmt.Errorf("tensor %q: %d bytes where %v takes %d", names[i], e.Offsets[1]-at, e.Shape, 4*values)
		}
		t := Tensor{Name: names[i], Dims: e.Shape}
		switch e.DType {
		case float:
			t.F32 = make([]float32, values)
			err = words(len(t.F32), func(k int, v uint32) { t.F32[k] = math.Float32frombits(v) })
		case integer:
			t.I32 = make([]int32, values)
			err = words(len(t.I32), func(k int, v uint32) { t.I32[k] = int32(v) })
		default:
			return nil, fmt.Errorf("tensor %q: values of type %q are not expected here", names[i], e.DType)
		}
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", names[i], err)
		}
		at = e.Offsets[1]
		f.Tensors = append(f.Tensors, t)
	}
	if at != body {
		return nil, fmt.Errorf("%d bytes belong to no tensor", body-at)
	}
	return f, nil
}

// fill reads all of b.
func fill(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errShort
	}
	return err
}

// header reads the JSON object, in which no name may come twice.
func header(text []byte) (names []string, entries []entry, meta map[string]string, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return nil, nil, nil, errors.New("it is no JSON object")
	}
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, nil, nil, err
		}
		name, _ := tok.(string)
		if seen[name] || name == "" {
			return nil, nil, nil, fmt.Errorf("the name %q comes twice, or is none", name)
		}
		seen[name] = true
		if name == metadata {
			if err := dec.Decode(&meta); err != nil {
				return nil, nil, nil, err
			}
			continue
		}
		if len(names) == MaxTensors {
			return nil, nil, nil, fmt.Errorf("more than %d tensors", MaxTensors)
		}
		var e entry
		if err := dec.Decode(&e); err != nil {
			return nil, nil, nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		names, entries = append(names, name), append(entries, e)
	}
	if _, err := dec.Token(); err != nil {
		return nil, nil, nil, err
	}
	if rest := bytes.TrimLeft(text[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, nil, nil, errors.New("more follows the JSON object")
	}
	return names, entries, meta, nil
}
