package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Inline is the longest str or bytes object that becomes a Go value; longer ones become a [Span].
const Inline = 4 << 10

const (
	maxLine = 1 << 20 // of the text instructions of protocol 0
	maxLong = 1 << 10 // bytes of an int
)

// Reader reads a file that holds pickles one after another, perhaps with other data between them.
type Reader struct {
	r    io.ReaderAt
	size int64
	off  int64 // of buf[0]
	buf  []byte
	pos  int
	room []byte
}

// NewReader reads size bytes of r from its start.
func NewReader(r io.ReaderAt, size int64) *Reader {
	return &Reader{r: r, size: size, room: make([]byte, 32<<10)}
}

// Offset is the number of bytes read so far: after [Reader.Read], where the pickle ended.
func (r *Reader) Offset() int64 { return r.off + int64(r.pos) }

// errShort means that the file ends inside a pickle.
var errShort = errors.New("the pickle is cut short")

// fill makes at least one byte available.
func (r *Reader) fill() error {
	r.off += int64(r.pos)
	r.pos = 0
	r.buf = r.room[:min(int64(len(r.room)), r.size-r.off)]
	if len(r.buf) == 0 {
		return fmt.Errorf("%w: it goes on past the end at byte %d", errShort, r.size)
	}
	n, err := r.r.ReadAt(r.buf, r.off)
	if n < len(r.buf) {
		r.buf = nil
		if err == io.EOF {
			return errShort
		}
		return fmt.Errorf("reading: %w", err)
	}
	return nil
}

func (r *Reader) byte() (byte, error) {
	if r.pos == len(r.buf) {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	b := r.buf[r.pos]
	r.pos++
	return b, nil
}

// bytes reads the next n, which the caller has bounded.
func (r *Reader) bytes(n int) ([]byte, error) {
	if err := r.need(int64(n)); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	for got := 0; got < n; {
		if r.pos == len(r.buf) {
			if err := r.fill(); err != nil {
				return nil, err
			}
		}
		m := copy(b[got:], r.buf[r.pos:])
		r.pos += m
		got += m
	}
	return b, nil
}

// need checks that n more bytes are there.
func (r *Reader) need(n int64) error {
	if n < 0 || n > r.size-r.Offset() {
		return fmt.Errorf("%w: %d bytes are announced at byte %d and %d remain", errShort, n, r.Offset(), r.size-r.Offset())
	}
	return nil
}

// skip passes over n bytes.
func (r *Reader) skip(n int64) error {
	if err := r.need(n); err != nil {
		return err
	}
	r.off, r.pos, r.buf = r.Offset()+n, 0, nil
	return nil
}

// uint reads a little endian unsigned integer of n bytes.
func (r *Reader) uint(n int) (uint64, error) {
	var v uint64
	for i := range n {
		b, err := r.byte()
		if err != nil {
			return 0, err
		}
		v |= uint64(b) << (8 * i)
	}
	return v, nil
}

// line reads up to a line feed, which isn't part of the result.
func (r *Reader) line() (string, error) {
	var line []byte
	for {
		if r.pos == len(r.buf) {
			if err := r.fill(); err != nil {
				return "", err
			}
		}
		rest := r.buf[r.pos:]
		i := bytes.IndexByte(rest, '\n')
		if i >= 0 {
			rest = rest[:i]
			r.pos++
		}
		r.pos += len(rest)
		line = append(line, rest...)
		if len(line) > maxLine {
			return "", fmt.Errorf("a line of more than %d bytes", maxLine)
		}
		if i >= 0 {
			return string(line), nil
		}
	}
}
