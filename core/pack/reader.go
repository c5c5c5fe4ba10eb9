package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Reader reads a pack as it arrives: what a tensor holds is checked and decoded while later ones
// are on their way.
type Reader struct {
	in   io.Reader
	p    *parser
	next int   // tensor
	err  error // that ended it
	room bytes.Buffer
}

// NewReader reads the header and the tables of a pack from r, and no further. name is what errors
// call the file; they are as those of [Read].
func NewReader(name string, r io.Reader) (*Reader, error) {
	d := &Reader{in: r}
	pre, err := d.take(name, preambleSize)
	if err != nil {
		return nil, err
	}
	if d.p, err = begin(name, pre); err != nil {
		return nil, err
	}
	section, err := d.take(name, d.p.start()-preambleSize)
	if err != nil {
		return nil, err
	}
	if err := d.p.readHeader(section); err != nil {
		return nil, err
	}
	tables, err := d.take(name, d.p.end)
	if err != nil {
		return nil, err
	}
	if err := d.p.readTables(tables); err != nil {
		return nil, err
	}
	return d, nil
}

// Manifest is as in [File].
func (d *Reader) Manifest() json.RawMessage { return d.p.head.Manifest }

// Coded is as in [File].
func (d *Reader) Coded() bool { return d.p.version == codedVersion }

// Coming lists all tensors, in file order, by their names, types and dims, which have been checked,
// without what they hold.
func (d *Reader) Coming() ([]*Tensor, error) {
	list := make([]*Tensor, len(d.p.head.Tensors))
	seen := make(map[string]bool, len(list))
	for i := range list {
		e := &d.p.head.Tensors[i]
		if e.Name == "" || seen[e.Name] {
			return nil, d.p.fail(i, "names must be unique and not empty")
		}
		seen[e.Name] = true
		kind, err := ParseDType(e.DType)
		if err == nil {
			_, err = elements(e.Dims, kind)
		}
		if err != nil {
			return nil, d.p.fail(i, "%w", err)
		}
		list[i] = &Tensor{Name: e.Name, DType: kind, Dims: append([]int{}, e.Dims...)}
	}
	return list, nil
}

// Size is the length of the whole file in bytes, as its preamble says.
func (d *Reader) Size() int64 { return int64(d.p.size) }

// Next returns the next tensor, in file order. After the last one it checks that the file ends
// there, and returns [io.EOF]. After an error it returns that again.
func (d *Reader) Next() (*Tensor, error) {
	if d.err != nil {
		return nil, d.err
	}
	t, err := d.read()
	if err != nil {
		d.err = err
		return nil, err
	}
	d.next++
	return t, nil
}

func (d *Reader) read() (*Tensor, error) {
	if d.next == len(d.p.head.Tensors) {
		if err := d.p.finish(); err != nil {
			return nil, err
		}
		switch n, err := io.ReadFull(d.in, make([]byte, 1)); {
		case n > 0:
			return nil, fmt.Errorf("%s is too long: bytes follow its %d; download it again", d.p.name, d.p.size)
		case err != io.EOF:
			return nil, fmt.Errorf("%s: %w", d.p.name, err)
		}
		return nil, io.EOF
	}
	before := d.p.end
	from, err := d.p.place(d.next)
	if err != nil {
		return nil, err
	}
	var raw []byte
	if d.p.head.Tensors[d.next].Coding != "" { // what is decoded is elsewhere
		d.room.Reset()
		raw, err = d.fill(&d.room, d.p.name, d.p.end-before)
	} else {
		raw, err = d.take(d.p.name, d.p.end-before)
	}
	if err != nil {
		return nil, err
	}
	return d.p.tensor(d.next, raw[:from-before], raw[from-before:])
}

// take reads n bytes. It takes no more memory than a small multiple of what arrives, whatever a
// header says.
func (d *Reader) take(name string, n int64) ([]byte, error) {
	return d.fill(new(bytes.Buffer), name, n)
}

// fill is take with room to read into.
func (d *Reader) fill(out *bytes.Buffer, name string, n int64) ([]byte, error) {
	got, err := io.CopyN(out, d.in, n)
	switch {
	case errors.Is(err, io.EOF) && got == 0 && d.p == nil:
		return nil, fmt.Errorf("%s is empty; download it again", name)
	case errors.Is(err, io.EOF) && d.p == nil:
		return nil, fmt.Errorf("%s is cut short: %d bytes, less than a pack's preamble; download it again", name, got)
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s is cut short of its %d bytes; download it again", name, d.p.size)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out.Bytes(), nil
}
