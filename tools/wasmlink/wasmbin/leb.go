package wasmbin

import "fmt"

// A FormatError says what in the module could not be read, and where.
type FormatError struct {
	Offset int // in bytes from the start of the module
	Msg    string
}

func (e *FormatError) Error() string { return fmt.Sprintf("wasm offset 0x%x: %s", e.Offset, e.Msg) }

// reader walks bytes; the first failure sticks, and every read after it gives zero.
type reader struct {
	b    []byte
	p    int
	base int // offset of b[0] in the module
	err  error
}

func (r *reader) fail(at int, format string, a ...any) {
	if r.err == nil {
		r.err = &FormatError{r.base + at, fmt.Sprintf(format, a...)}
	}
}

func (r *reader) more() bool { return r.err == nil && r.p < len(r.b) }

func (r *reader) byte() byte {
	if r.err != nil {
		return 0
	}
	if r.p >= len(r.b) {
		r.fail(r.p, "cut short")
		return 0
	}
	r.p++
	return r.b[r.p-1]
}

func (r *reader) bytes(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.b)-r.p {
		r.fail(r.p, "cut short: %d bytes announced, %d left", n, len(r.b)-r.p)
		return nil
	}
	r.p += n
	return r.b[r.p-n : r.p : r.p]
}

// uleb reads an unsigned LEB128 of at most 32 bits and the bytes it took.
func (r *reader) uleb() (v uint32, width uint8) {
	at := r.p
	for shift := 0; ; shift += 7 {
		x := r.byte()
		if r.err != nil {
			return 0, 0
		}
		if shift == 28 && x > 0x0f {
			r.fail(at, "number above 32 bits")
			return 0, 0
		}
		v |= uint32(x&0x7f) << shift
		width++
		if x < 0x80 {
			return v, width
		}
	}
}

// u32 reads an unsigned LEB128 that must be in its shortest form.
func (r *reader) u32() uint32 {
	at := r.p
	v, width := r.uleb()
	if r.err == nil && width != ulebLen(v) {
		r.fail(at, "number %d in %d bytes where %d do", v, width, ulebLen(v))
		return 0
	}
	return v
}

// sleb reads a signed LEB128 of the given bits in its shortest form.
func (r *reader) sleb(bits int) int64 {
	at := r.p
	var v int64
	for shift := 0; ; shift += 7 {
		x := r.byte()
		if r.err != nil {
			return 0
		}
		if shift >= bits {
			r.fail(at, "number above %d bits", bits)
			return 0
		}
		v |= int64(x&0x7f) << shift
		if x >= 0x80 {
			continue
		}
		if shift+7 < 64 && x&0x40 != 0 {
			v |= -1 << (shift + 7)
		}
		// The shortest form of a value in range is the only one taken: it also rules out stray bits
		// in the last byte.
		if v < -1<<(bits-1) || v > 1<<(bits-1)-1 || r.p-at != slebLen(v) || shift == 63 && x != 0 && x != 0x7f {
			r.fail(at, "signed number out of %d bits or not in its shortest form", bits)
			return 0
		}
		return v
	}
}

func (r *reader) name() string {
	n := r.u32()
	return string(r.bytes(int(n)))
}

func ulebLen(v uint32) uint8 {
	n := uint8(1)
	for v >>= 7; v != 0; v >>= 7 {
		n++
	}
	return n
}

func slebLen(v int64) int {
	n := 1
	for v < -64 || v > 63 {
		v >>= 7
		n++
	}
	return n
}

// appendULEB writes v in at least width bytes.
func appendULEB(b []byte, v uint32, width uint8) []byte {
	for n := uint8(1); ; n++ {
		x := byte(v & 0x7f)
		v >>= 7
		if v == 0 && n >= width {
			return append(b, x)
		}
		b = append(b, x|0x80)
	}
}

func appendU32(b []byte, v uint32) []byte { return appendULEB(b, v, 1) }

func appendSLEB(b []byte, v int64) []byte {
	for {
		x := byte(v & 0x7f)
		v >>= 7
		if v == 0 && x&0x40 == 0 || v == -1 && x&0x40 != 0 {
			return append(b, x)
		}
		b = append(b, x|0x80)
	}
}

func appendName(b []byte, s string) []byte { return append(appendU32(b, uint32(len(s))), s...) }
