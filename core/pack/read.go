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
)

// Read parses a pack. In a pack without coded tensors their data alias the file's, which must not
// be changed while they are in use; else all is copied, so that nothing keeps the file in memory.
// name is what errors call the file.
//
// Any error means that the pack can't be used: it isn't a pack, is of a later version, was cut
// short, or is damaged. The message names the file and the tensor or section, and what to do.
func Read(name string, data []byte) (*File, error) {
	if n := min(len(data), len(magic)); n == 0 {
		return nil, fmt.Errorf("%s is empty; download it again", name)
	} else if len(data) < preambleSize && string(data[:n]) == magic[:n] {
		return nil, fmt.Errorf("%s is cut short: %d bytes, less than a pack's preamble; download it again", name, len(data))
	}
	p, err := begin(name, data[:min(len(data), preambleSize)])
	if err != nil {
		return nil, err
	}
	if uint64(len(data)) < p.size {
		return nil, fmt.Errorf("%s is cut short: %d of %d bytes; download it again", name, len(data), p.size)
	} else if uint64(len(data)) > p.size {
		return nil, fmt.Errorf("%s is too long: %d bytes follow its %d; download it again", name, uint64(len(data))-p.size, p.size)
	}
	start := p.start()
	if err := p.readHeader(data[preambleSize:start]); err != nil {
		return nil, err
	}
	f := &File{Manifest: p.head.Manifest, Tensors: make([]*Tensor, 0, len(p.head.Tensors)), Coded: p.version == codedVersion}
	body := data[start:]
	if err := p.readTables(body[:p.end]); err != nil {
		return nil, err
	}
	for i := range p.head.Tensors {
		before := p.end
		from, err := p.place(i)
		if err != nil {
			return nil, err
		}
		t, err := p.tensor(i, body[before:from], body[from:p.end:p.end])
		if err != nil {
			return nil, err
		}
		if f.Coded && p.head.Tensors[i].Coding == "" {
			t.Data = bytes.Clone(t.Data)
		}
		f.Tensors = append(f.Tensors, t)
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return f, nil
}

// parser reads the sections of one pack, in their order.
type parser struct {
	name    string
	version uint32
	length  int64  // of the header's JSON
	sum     uint32 // of it
	size    uint64 // of the file
	head    *header
	seen    map[string]bool
	body    int64 // length of the data section
	end     int64 // of what was placed last in it
	tables  []table
}

// begin reads the preamble.
func begin(name string, pre []byte) (*parser, error) {
	if n := min(len(pre), len(magic)); string(pre[:n]) != magic[:n] {
		return nil, fmt.Errorf("%s isn't a pack: it begins with %q; make one with homeroom convert", name, pre[:n])
	}
	le := binary.LittleEndian
	p := &parser{name: name, version: le.Uint32(pre[8:]), length: int64(le.Uint32(pre[12:])), size: le.Uint64(pre[16:]), sum: le.Uint32(pre[24:])}
	if p.version != plainVersion && p.version != codedVersion {
		return nil, fmt.Errorf("%s is a pack of version %d, and this program reads versions %d and %d; use the program that wrote it, or convert it again",
			name, p.version, plainVersion, codedVersion)
	}
	if sum := crc32.Checksum(pre[:28], castagnoli); sum != le.Uint32(pre[28:]) {
		return nil, fmt.Errorf("%s: the preamble is damaged; download the file again", name)
	}
	if p.length > MaxHeader {
		return nil, fmt.Errorf("%s: a header of %d bytes, more than a pack may have (%d)", name, p.length, MaxHeader)
	}
	if p.size > math.MaxInt64 || p.start() > int64(p.size) {
		return nil, fmt.Errorf("%s: a header of %d bytes doesn't fit the file's %d", name, p.length, p.size)
	}
	p.body = int64(p.size) - p.start()
	return p, nil
}

// start is where the data section begins.
func (p *parser) start() int64 { return roundUp(preambleSize+p.length, alignment(p.version)) }

// readHeader reads the header's JSON and the zeros after it.
func (p *parser) readHeader(section []byte) error {
	text := section[:p.length]
	if crc32.Checksum(text, castagnoli) != p.sum || !zero(section[p.length:]) {
		return fmt.Errorf("%s: the header is damaged; download the file again", p.name)
	}
	p.head = new(header)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(p.head); err != nil {
		return fmt.Errorf("%s: the header: %w", p.name, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%s: the header holds more than one JSON value", p.name)
	}
	if string(p.head.Manifest) == "null" {
		p.head.Manifest = nil
	}
	if n := len(p.head.Tensors); n > MaxTensors {
		return fmt.Errorf("%s: %d tensors, more than a pack may have (%d)", p.name, n, MaxTensors)
	}
	p.seen = make(map[string]bool, len(p.head.Tensors))
	t := p.head.Tables
	switch {
	case (t != nil) != (p.version == codedVersion):
		return fmt.Errorf("%s: packs of version %d have tables, and only those", p.name, codedVersion)
	case t != nil && (t.Count < 0 || t.Count > MaxTables || t.Bytes < 0 || t.Bytes > p.body):
		return fmt.Errorf("%s: %d tables of frequencies in %d bytes; there may be %d, in the %d bytes of data", p.name, t.Count, t.Bytes, MaxTables, p.body)
	case t != nil:
		p.end = t.Bytes
	}
	return nil
}

// readTables reads the tables of frequencies, which a pack of version 1 does not have.
func (p *parser) readTables(raw []byte) error {
	if p.head.Tables == nil {
		return nil
	}
	if sum := crc32.Checksum(raw, castagnoli); sum != p.head.Tables.CRC {
		return fmt.Errorf("%s: the tables of frequencies are damaged (checksum %08x, not %08x); download the file again", p.name, sum, p.head.Tables.CRC)
	}
	list, err := parseTables(raw, p.head.Tables.Count)
	if err != nil {
		return fmt.Errorf("%s: the tables of frequencies: %w", p.name, err)
	}
	p.tables = make([]table, len(list))
	for i := range list {
		p.tables[i].lay(&list[i])
	}
	return nil
}

// fail is an error about tensor i.
func (p *parser) fail(i int, format string, args ...any) error {
	return fmt.Errorf("%s: tensor %d (%q): %w", p.name, i, clip(p.head.Tensors[i].Name), fmt.Errorf(format, args...))
}

// place checks all that the header says of tensor i. It returns where the tensor begins in the data
// section and moves p.end to where it ends.
func (p *parser) place(i int) (from int64, err error) {
	e := &p.head.Tensors[i]
	if e.Name == "" || p.seen[e.Name] {
		return 0, p.fail(i, "names must be unique and not empty")
	}
	p.seen[e.Name] = true
	d, err := ParseDType(e.DType)
	if err != nil {
		return 0, p.fail(i, "%w", err)
	}
	n, err := elements(e.Dims, d)
	if err != nil {
		return 0, p.fail(i, "%w", err)
	}
	_, size := layout(n, e.Dims, d)
	switch {
	case e.Coding != "" && (e.Coding != rans || p.version != codedVersion):
		return 0, p.fail(i, "its coding %q is unknown; a newer program may know it", clip(e.Coding))
	case e.Coding == "" && e.Bytes != size:
		return 0, p.fail(i, "%d bytes where %v of %v take %d", e.Bytes, e.Dims, d, size)
	case e.Coding == rans && len(p.tables) == 0:
		return 0, p.fail(i, "it is coded, and there are no tables of frequencies")
	case e.Coding == rans && (e.Bytes < statesLen || e.Bytes >= size):
		return 0, p.fail(i, "%d coded bytes for %v of %v, which take %d without", e.Bytes, e.Dims, d, size)
	}
	want := roundUp(p.end, alignment(p.version))
	switch {
	case e.Offset < p.end:
		return 0, p.fail(i, "at offset %d it overlaps what comes before, which ends at %d", e.Offset, p.end)
	case e.Offset != want:
		return 0, p.fail(i, "at offset %d, where %d is the only right one", e.Offset, want)
	case e.Bytes > p.body-want:
		return 0, p.fail(i, "its %d bytes at offset %d pass the end of the %d bytes of data", e.Bytes, want, p.body)
	}
	p.end = want + e.Bytes
	return want, nil
}

// tensor opens tensor i, which was placed, from the bytes before it and its own.
func (p *parser) tensor(i int, gap, raw []byte) (*Tensor, error) {
	e := &p.head.Tensors[i]
	if !zero(gap) {
		return nil, p.fail(i, "the gap before it isn't zero: the file is damaged; download it again")
	}
	if sum := crc32.Checksum(raw, castagnoli); sum != e.CRC {
		return nil, p.fail(i, "its bytes are damaged (checksum %08x, not %08x); download the file again", sum, e.CRC)
	}
	d, err := ParseDType(e.DType)
	if err != nil {
		return nil, err
	}
	t := &Tensor{Name: e.Name, DType: d, Dims: append([]int{}, e.Dims...)}
	n, err := elements(e.Dims, d)
	if err != nil {
		return nil, err
	}
	if e.Coding == rans {
		err = t.decodeTensor(raw, int(n), p.tables)
	} else {
		err = t.readPlain(raw, n)
	}
	if err == nil {
		err = checkScales(t.Scale)
	}
	if err != nil {
		return nil, p.fail(i, "%w", err)
	}
	return t, nil
}

// readPlain takes the data and the scales of n elements from what WriteTo wrote without coding.
func (t *Tensor) readPlain(raw []byte, n int64) error {
	elems, size := layout(n, t.Dims, t.DType)
	t.Data = raw[:elems:elems]
	if t.DType != I8 {
		return nil
	}
	scales := raw[roundUp(elems, 4):]
	if !zero(raw[elems : size-int64(len(scales))]) {
		return errors.New("the gap before its scales isn't zero")
	}
	t.Scale = make([]float32, t.Dims[0])
	for j := range t.Scale {
		t.Scale[j] = math.Float32frombits(binary.LittleEndian.Uint32(scales[4*j:]))
	}
	return nil
}

// finish checks that nothing follows the last tensor.
func (p *parser) finish() error {
	if p.end != p.body {
		return fmt.Errorf("%s: %d bytes that belong to no tensor follow the last one", p.name, p.body-p.end)
	}
	return nil
}
