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
	version      = 1
	preambleSize = 32
	align        = 64

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
	// Manifest is one JSON value. Its meaning belongs to the package that opens packs; an empty one is
	// written, and read, as null.
	Manifest json.RawMessage
	Tensors  []*Tensor
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

type header struct {
	Manifest json.RawMessage `json:"manifest"`
	Tensors  []entry         `json:"tensors"`
}

type entry struct {
	Name   string `json:"name"`
	DType  string `json:"dtype"`
	Dims   []int  `json:"dims"`
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	CRC    uint32 `json:"crc"`
}

// Read parses a pack. The tensors' Data alias data, which must not be changed while they are in
// use; the rest is copied. name is what errors call the file.
//
// Any error means that the pack can't be used: it isn't a pack, is of a later version, was cut short, or is
// damaged. The message names the file and the tensor or section, and what to do.
func Read(name string, data []byte) (*File, error) {
	head, start, err := readHeader(name, data)
	if err != nil {
		return nil, err
	}
	if len(head.Tensors) > MaxTensors {
		return nil, fmt.Errorf("%s: %d tensors, more than a pack may have (%d)", name, len(head.Tensors), MaxTensors)
	}
	f := &File{Manifest: head.Manifest, Tensors: make([]*Tensor, 0, len(head.Tensors))}
	seen := make(map[string]bool, len(head.Tensors))
	body := data[start:]
	end := int64(0) // of the tensor before
	for i, e := range head.Tensors {
		fail := func(format string, args ...any) (*File, error) {
			return nil, fmt.Errorf("%s: tensor %d (%q): %w", name, i, clip(e.Name), fmt.Errorf(format, args...))
		}
		if e.Name == "" || seen[e.Name] {
			return fail("names must be unique and not empty")
		}
		seen[e.Name] = true
		d, err := ParseDType(e.DType)
		if err != nil {
			return fail("%w", err)
		}
		n, err := elements(e.Dims, d)
		if err != nil {
			return fail("%w", err)
		}
		elems, size := layout(n, e.Dims, d)
		if e.Bytes != size {
			return fail("%d bytes where %v of %v take %d", e.Bytes, e.Dims, d, size)
		}
		want := roundUp(end, align)
		switch {
		case e.Offset < end:
			return fail("at offset %d it overlaps what comes before, which ends at %d", e.Offset, end)
		case e.Offset != want:
			return fail("at offset %d, where %d is the only right one", e.Offset, want)
		case size > int64(len(body))-want:
			return fail("its %d bytes at offset %d pass the end of the %d bytes of data", size, want, len(body))
		}
		if !zero(body[end:want]) {
			return fail("the gap before it isn't zero: the file is damaged; download it again")
		}
		end = want + size
		raw := body[want:end:end]
		if sum := crc32.Checksum(raw, castagnoli); sum != e.CRC {
			return fail("its bytes are damaged (checksum %08x, not %08x); download the file again", sum, e.CRC)
		}
		t := &Tensor{Name: e.Name, DType: d, Dims: append([]int{}, e.Dims...), Data: raw[:elems:elems]}
		if d == I8 {
			scales := raw[roundUp(elems, 4):]
			if !zero(raw[elems : size-int64(len(scales))]) {
				return fail("the gap before its scales isn't zero")
			}
			t.Scale = make([]float32, e.Dims[0])
			for j := range t.Scale {
				t.Scale[j] = math.Float32frombits(binary.LittleEndian.Uint32(scales[4*j:]))
			}
			if err := checkScales(t.Scale); err != nil {
				return fail("%w", err)
			}
		}
		f.Tensors = append(f.Tensors, t)
	}
	if end != int64(len(body)) {
		return nil, fmt.Errorf("%s: %d bytes that belong to no tensor follow the last one", name, int64(len(body))-end)
	}
	return f, nil
}

// readHeader checks the preamble and the header, and returns the header and where the data starts.
func readHeader(name string, data []byte) (*header, int64, error) {
	if n := min(len(data), len(magic)); n == 0 || string(data[:n]) != magic[:n] {
		if n == 0 {
			return nil, 0, fmt.Errorf("%s is empty; download it again", name)
		}
		return nil, 0, fmt.Errorf("%s isn't a pack: it begins with %q; make one with homeroom convert", name, data[:n])
	}
	if len(data) < preambleSize {
		return nil, 0, fmt.Errorf("%s is cut short: %d bytes, less than a pack's preamble; download it again", name, len(data))
	}
	le := binary.LittleEndian
	if v := le.Uint32(data[8:]); v != version {
		return nil, 0, fmt.Errorf("%s is a pack of version %d, and this program reads version %d; use the program that wrote it, or convert it again", name, v, version)
	}
	if sum := crc32.Checksum(data[:28], castagnoli); sum != le.Uint32(data[28:]) {
		return nil, 0, fmt.Errorf("%s: the preamble is damaged; download the file again", name)
	}
	if size := le.Uint64(data[16:]); uint64(len(data)) < size {
		return nil, 0, fmt.Errorf("%s is cut short: %d of %d bytes; download it again", name, len(data), size)
	} else if uint64(len(data)) > size {
		return nil, 0, fmt.Errorf("%s is too long: %d bytes follow its %d; download it again", name, uint64(len(data))-size, size)
	}
	h := int64(le.Uint32(data[12:]))
	if h > MaxHeader {
		return nil, 0, fmt.Errorf("%s: a header of %d bytes, more than a pack may have (%d)", name, h, MaxHeader)
	}
	start := roundUp(preambleSize+h, align)
	if start > int64(len(data)) {
		return nil, 0, fmt.Errorf("%s: a header of %d bytes doesn't fit the file's %d", name, h, len(data))
	}
	text := data[preambleSize : preambleSize+h]
	if crc32.Checksum(text, castagnoli) != le.Uint32(data[24:]) || !zero(data[preambleSize+h:start]) {
		return nil, 0, fmt.Errorf("%s: the header is damaged; download the file again", name)
	}
	head := new(header)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(head); err != nil {
		return nil, 0, fmt.Errorf("%s: the header: %w", name, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, 0, fmt.Errorf("%s: the header holds more than one JSON value", name)
	}
	if string(head.Manifest) == "null" {
		head.Manifest = nil
	}
	return head, start, nil
}

// WriteTo writes the pack. The same manifest and tensors always give the same bytes, whatever the white
// space of the manifest. Nothing is written if the pack breaks a rule of the format.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	if len(f.Tensors) > MaxTensors {
		return 0, fmt.Errorf("pack: %d tensors, more than a pack may have (%d)", len(f.Tensors), MaxTensors)
	}
	head := header{Manifest: f.Manifest, Tensors: make([]entry, len(f.Tensors))}
	if len(f.Manifest) == 0 {
		head.Manifest = json.RawMessage("null")
	}
	seen := make(map[string]bool, len(f.Tensors))
	end := int64(0)
	for i, t := range f.Tensors {
		if err := t.check(); err != nil {
			return 0, fmt.Errorf("pack: tensor %d (%q): %w", i, clip(t.Name), err)
		}
		if seen[t.Name] {
			return 0, fmt.Errorf("pack: tensor %d (%q): a second one of that name", i, clip(t.Name))
		}
		seen[t.Name] = true
		_, size := layout(int64(t.Len()), t.Dims, t.DType)
		sum := crc32.New(castagnoli)
		t.writeTo(sum)
		e := entry{Name: t.Name, DType: t.DType.String(), Dims: t.Dims, Offset: roundUp(end, align), Bytes: size, CRC: sum.Sum32()}
		if e.Dims == nil {
			e.Dims = []int{}
		}
		head.Tensors[i] = e
		end = e.Offset + size
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
	for i, t := range f.Tensors {
		out.pad(start + head.Tensors[i].Offset)
		t.writeTo(out)
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
