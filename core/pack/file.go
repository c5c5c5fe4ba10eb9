package pack

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"unicode/utf8"
)

const (
	magic        = "\x89HRP\r\n\x1a\n"
	plainVersion = 1 // without coded tensors
	codedVersion = 2
	preambleSize = 32
	rans         = "rans" // the coding of a tensor

	// MaxHeader is the largest header that Read takes, in bytes.
	MaxHeader = 16 << 20
	// MaxRank is the largest number of axes of a tensor.
	MaxRank = 8
	// MaxElements is the largest number of elements of a tensor.
	MaxElements = 1 << 31
	// MaxTensors is the largest number of tensors of a pack.
	MaxTensors = 1 << 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// File is a pack: what it says about itself, and its tensors in file order.
type File struct {
	// Manifest is one JSON value. Its meaning belongs to the package that opens packs; an empty one
	// is written, and read, as null.
	Manifest json.RawMessage
	Tensors  []*Tensor
	// Coded has tensors entropy coded where that makes them smaller: a pack of version 2. Nothing
	// is lost by it.
	Coded bool
}

// alignment is what the header of a version ends at, and each tensor begins at, a multiple of.
// Coded tensors are not read in place.
func alignment(version uint32) int64 {
	if version == plainVersion {
		return 64
	}
	return 4
}

// Tensor finds a tensor by name, or returns nil.
func (f *File) Tensor(name string) *Tensor {
	for _, t := range f.Tensors {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// header is the JSON of a pack. Tables are there from version 2 on, in packs with coded tensors.
type header struct {
	Manifest json.RawMessage `json:"manifest"`
	Tables   *tablesEntry    `json:"tables,omitempty"`
	Tensors  []entry         `json:"tensors"`
}

type tablesEntry struct {
	Count int    `json:"count"`
	Bytes int64  `json:"bytes"`
	CRC   uint32 `json:"crc"`
}

type entry struct {
	Name   string `json:"name"`
	DType  string `json:"dtype"`
	Coding string `json:"coding,omitempty"`
	Dims   []int  `json:"dims"`
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	CRC    uint32 `json:"crc"`
}

// WriteTo writes the pack. The same manifest and tensors always give the same bytes, whatever the
// white space of the manifest. Nothing is written if the pack breaks a rule of the format.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	if len(f.Tensors) > MaxTensors {
		return 0, fmt.Errorf("pack: %d tensors, more than a pack may have (%d)", len(f.Tensors), MaxTensors)
	}
	seen := make(map[string]bool, len(f.Tensors))
	for i, t := range f.Tensors {
		if err := t.check(); err != nil {
			return 0, fmt.Errorf("pack: tensor %d (%q): %w", i, clip(t.Name), err)
		}
		if seen[t.Name] {
			return 0, fmt.Errorf("pack: tensor %d (%q): a second one of that name", i, clip(t.Name))
		}
		seen[t.Name] = true
	}
	version := uint32(plainVersion)
	head := header{Manifest: f.Manifest, Tensors: make([]entry, len(f.Tensors))}
	if len(f.Manifest) == 0 {
		head.Manifest = json.RawMessage("null")
	}
	c := coding{tensors: make([][]byte, len(f.Tensors))}
	end := int64(0)
	var tables []byte
	if f.Coded {
		version, c = codedVersion, code(f.Tensors)
		for i := range c.tables {
			tables = c.tables[i].appendTo(tables)
		}
		head.Tables = &tablesEntry{len(c.tables), int64(len(tables)), crc32.Checksum(tables, castagnoli)}
		end = int64(len(tables))
	}
	align := alignment(version)
	write := func(i int, w io.Writer) {
		if c.tensors[i] != nil {
			w.Write(c.tensors[i])
		} else {
			f.Tensors[i].writeTo(w)
		}
	}
	for i, t := range f.Tensors {
		_, size := layout(int64(t.Len()), t.Dims, t.DType)
		e := entry{Name: t.Name, DType: t.DType.String(), Dims: t.Dims, Offset: roundUp(end, align), Bytes: size}
		if c.tensors[i] != nil {
			e.Coding, e.Bytes = rans, int64(len(c.tensors[i]))
		}
		if e.Dims == nil {
			e.Dims = []int{}
		}
		sum := crc32.New(castagnoli)
		write(i, sum)
		e.CRC = sum.Sum32()
		head.Tensors[i] = e
		end = e.Offset + e.Bytes
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&head); err != nil {
		return 0, fmt.Errorf("pack: the manifest: %w", err)
	}
	text.Truncate(text.Len() - 1) // the encoder's line end
	h := text.Len()
	if h > MaxHeader {
		return 0, fmt.Errorf("pack: a header of %d bytes, more than a pack may have (%d)", h, MaxHeader)
	}
	start := roundUp(preambleSize+int64(h), align)

	le := binary.LittleEndian
	pre := append(make([]byte, 0, preambleSize), magic...)
	pre = le.AppendUint32(pre, version)
	pre = le.AppendUint32(pre, uint32(h))
	pre = le.AppendUint64(pre, uint64(start+end))
	pre = le.AppendUint32(pre, crc32.Checksum(text.Bytes(), castagnoli))
	pre = le.AppendUint32(pre, crc32.Checksum(pre, castagnoli))

	out := &counter{w: w}
	out.Write(pre)
	out.Write(text.Bytes())
	out.pad(start)
	out.Write(tables)
	for i := range f.Tensors {
		out.pad(start + head.Tensors[i].Offset)
		write(i, out)
	}
	return out.n, out.err
}

// check reports what keeps a tensor from being written.
func (t *Tensor) check() error {
	if t.Name == "" || !utf8.ValidString(t.Name) {
		return errors.New("its name must be UTF-8 and not empty")
	}
	if int(t.DType) >= len(dtypeNames) {
		return fmt.Errorf("its type is %v", t.DType)
	}
	n, err := elements(t.Dims, t.DType)
	if err != nil {
		return err
	}
	if elems, _ := layout(n, t.Dims, t.DType); elems != int64(len(t.Data)) {
		return fmt.Errorf("%d bytes of data where %v of %v take %d", len(t.Data), t.Dims, t.DType, elems)
	}
	scales := 0
	if t.DType == I8 {
		scales = t.Dims[0]
	}
	if len(t.Scale) != scales {
		return fmt.Errorf("%d scales where %v of %v take %d", len(t.Scale), t.Dims, t.DType, scales)
	}
	return checkScales(t.Scale)
}

// writeTo writes the tensor's bytes as the data section holds them.
func (t *Tensor) writeTo(w io.Writer) {
	w.Write(t.Data)
	if t.DType != I8 {
		return
	}
	gap := int(roundUp(int64(len(t.Data)), 4)) - len(t.Data)
	raw := make([]byte, gap, gap+4*len(t.Scale))
	for _, s := range t.Scale {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(s))
	}
	w.Write(raw)
}

func checkScales(scale []float32) error {
	for i, s := range scale {
		if !(s >= 0 && s <= math.MaxFloat32) {
			return fmt.Errorf("scale %d is %v; it must be finite and not negative", i, s)
		}
	}
	return nil
}

// elements is the product of dims, within the limits of the format.
func elements(dims []int, d DType) (int64, error) {
	if len(dims) > MaxRank {
		return 0, fmt.Errorf("%d axes, more than a tensor may have (%d)", len(dims), MaxRank)
	}
	if d == I8 && len(dims) == 0 {
		return 0, errors.New("an i8 scalar has no axis to scale")
	}
	n := int64(1)
	for _, dim := range dims {
		if dim < 1 || int64(dim) > MaxElements/n {
			return 0, fmt.Errorf("dims %v: each must be at least 1 and their product at most %d", dims, int64(MaxElements))
		}
		n *= int64(dim)
	}
	return n, nil
}

// layout gives the length in bytes of n elements, and of all that the tensor takes with its scales.
func layout(n int64, dims []int, d DType) (elems, all int64) {
	elems = n * int64(d.size())
	if d != I8 {
		return elems, elems
	}
	return elems, roundUp(elems, 4) + 4*int64(dims[0])
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }

func zero(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}

// clip keeps a name from outside short enough for a message.
func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}

// counter counts what goes to w and keeps the first error, after which it writes no more.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.err = err
	return n, err
}

// pad writes zeros until n bytes are written.
func (c *counter) pad(n int64) {
	if gap := n - c.n; gap > 0 {
		c.Write(make([]byte, gap))
	}
}
