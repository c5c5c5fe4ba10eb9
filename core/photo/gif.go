package photo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"homeroom/core/fault"
)

// GIF: CompuServe, GIF89a. The first picture is read as Pillow and browsers read it, which take for
// a picture much that image/gif refuses: frames that reach beyond the screen, unknown extensions,
// bytes between blocks and behind the last, and data that end early.

// A gifFrame is what comes before the first picture's data.
type gifFrame struct {
	w, h       int // of the screen, widened so that the frame lies on it
	x, y       int // where the frame lies
	fw, fh     int
	interlaced bool
	colours    [256][3]byte
	outside    uint8 // the index of what the frame doesn't cover: the transparent one, or else 0
	width      int   // bits of the smallest codes
	data       []byte
}

var errGIFNoPicture = errors.New("there is no picture in it")

// gifBlocks cuts off blocks up to and with an empty one. cut tells that the file ends before that.
func gifBlocks(data []byte) (rest []byte, cut bool) {
	for len(data) > 0 && data[0] != 0 {
		data = data[min(1+int(data[0]), len(data)):]
	}
	if len(data) == 0 {
		return nil, true
	}
	return data[1:], false
}

func readGIF(data []byte) (f gifFrame, err error) {
	if len(data) < 13 {
		return f, io.ErrUnexpectedEOF
	}
	f.w, f.h = int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))
	palette := func(flags byte) { // takes the table that is next
		f.colours = [256][3]byte{}
		n := 2 << (flags & 7)
		for i := range min(n, len(data)/3) {
			f.colours[i] = [3]byte(data[3*i:])
		}
		data = data[min(3*n, len(data)):]
	}
	flags := data[10]
	data = data[13:]
	if flags&0x80 != 0 {
		palette(flags)
	} else {
		for i := range f.colours {
			f.colours[i] = [3]byte{byte(i), byte(i), byte(i)}
		}
	}
	for len(data) > 0 {
		switch data[0] {
		case 0x21: // extension: label, then blocks
			if len(data) >= 7 && data[1] == 0xf9 && data[2] >= 4 && data[3]&1 != 0 {
				f.outside = data[6]
			}
			if data, _ = gifBlocks(data[min(2, len(data)):]); data == nil {
				return f, errGIFNoPicture
			}
		case 0x3b: // trailer
			return f, errGIFNoPicture
		case 0x2c: // image descriptor
			if len(data) < 11 {
				return f, io.ErrUnexpectedEOF
			}
			f.x, f.y = int(binary.LittleEndian.Uint16(data[1:])), int(binary.LittleEndian.Uint16(data[3:]))
			f.fw, f.fh = int(binary.LittleEndian.Uint16(data[5:])), int(binary.LittleEndian.Uint16(data[7:]))
			f.w, f.h = max(f.w, f.x+f.fw), max(f.h, f.y+f.fh)
			flags := data[9]
			f.interlaced = flags&0x40 != 0
			data = data[10:]
			if flags&0x80 != 0 {
				palette(flags)
			}
			if len(data) == 0 {
				return f, io.ErrUnexpectedEOF
			}
			f.width, f.data = int(data[0]), data[1:]
			return f, nil
		default:
			data = data[1:] // Pillow passes over what is no block
		}
	}
	return f, errGIFNoPicture
}

func gifSize(data []byte) (w, h int, err error) {
	f, err := readGIF(data)
	return f.w, f.h, err
}

// gifMemory estimates what decoding takes for each pixel beside the photo itself: the indices,
// where rows do not come in their order.
func gifMemory([]byte) float64 { return 1 }

func decodeGIF(data []byte) (pixels, error) {
	f, err := readGIF(data)
	if err != nil {
		return pixels{}, err
	}
	if f.fw == 0 || f.fh == 0 {
		return pixels{}, fault.Errorf("its picture is %d × %d", f.fw, f.fh)
	}
	if f.width > 12 {
		return pixels{}, fault.Errorf("its codes have %d bits", f.width)
	}
	codes := newLZW(f.width, f.data)
	line := make([]byte, f.fw)
	sound := 0 // rows
	blank := f.outside
	read := func(dst []byte) {
		n := codes.read(dst)
		if n == len(dst) {
			sound++
		}
		for i := range dst[n:] {
			dst[n+i] = blank
		}
	}
	// A picture of which there is nothing is none, so the first row is read before that is
	// promised.
	if read(line); sound == 0 {
		return pixels{}, codes.why()
	}
	rows := func(y int) []byte {
		if y > 0 {
			read(line)
		}
		return line
	}
	if f.interlaced {
		all := make([]byte, f.fw*f.fh)
		for _, pass := range [4]struct{ first, down int }{{0, 8}, {4, 8}, {2, 4}, {1, 2}} {
			for y := pass.first; y < f.fh; y += pass.down {
				copy(all[y*f.fw:], rows(y))
			}
		}
		rows = func(y int) []byte { return all[y*f.fw:][:f.fw] }
	}
	px := pixels{w: f.w, h: f.h, orientation: 1}
	px.row = func(y int, dst []byte) {
		within := y >= f.y && y < f.y+f.fh
		if !within || f.fw < f.w {
			c := f.colours[f.outside]
			for x := range f.w {
				copy(dst[3*x:3*x+3], c[:])
			}
		}
		if within {
			to := dst[3*f.x:]
			for x, index := range rows(y - f.y) {
				c := &f.colours[index]
				to[3*x], to[3*x+1], to[3*x+2] = c[0], c[1], c[2]
			}
		}
	}
	px.after = func() string {
		if sound < f.fh {
			return fmt.Sprintf("%s of %s rows could be read (%s)", grouped(sound), grouped(f.fh), reason(codes.why()))
		}
		return ""
	}
	return px, nil
}

// An lzw reads the codes of a GIF's picture (appendix F). Unlike compress/lzw it goes on where a
// table is full, and gives all up to a code that is none.
type lzw struct {
	blocks []byte // that were not read yet
	block  []byte // that is being read
	bits   uint32
	have   int
	clear  int // the code that begins a new table, 1 less than the one that ends all
	least  int // bits of an index
	width  int // of a code now
	next   int // the code to be defined
	last   int // the code before, −1 after a clear
	prefix [4096]uint16
	suffix [4096]byte
	first  [4096]byte // the first index of what a code stands for
	length [4096]uint16
	out    []byte // of a string that didn't fit
	buf    [4096]byte
	fault  error
}

func newLZW(width int, data []byte) *lzw {
	d := &lzw{blocks: data, least: width, clear: 1 << width}
	for i := range d.clear {
		d.suffix[i], d.first[i], d.length[i] = byte(i), byte(i), 1
	}
	d.restart()
	return d
}

func (d *lzw) restart() {
	d.next, d.last, d.width = d.clear+2, -1, d.least+1
}

// why tells why there are no more indices.
func (d *lzw) why() error {
	if d.fault != nil {
		return d.fault
	}
	return errors.New("not enough image data")
}

// code reads the next code, −1 for none.
func (d *lzw) code() int {
	for d.have < d.width {
		if len(d.block) == 0 {
			if len(d.blocks) == 0 {
				d.fault = io.ErrUnexpectedEOF
				return -1
			}
			n := int(d.blocks[0])
			if n == 0 {
				return -1
			}
			d.block = d.blocks[1:min(1+n, len(d.blocks))]
			d.blocks = d.blocks[1+len(d.block):]
			if len(d.block) == 0 {
				d.fault = io.ErrUnexpectedEOF
				return -1
			}
		}
		d.bits |= uint32(d.block[0]) << d.have
		d.block = d.block[1:]
		d.have += 8
	}
	code := int(d.bits & (1<<d.width - 1))
	d.bits >>= d.width
	d.have -= d.width
	return code
}

// read fills dst and returns how much of it there was.
func (d *lzw) read(dst []byte) int {
	n := copy(dst, d.out)
	d.out = d.out[n:]
	for n < len(dst) {
		code := -1
		if d.fault == nil {
			code = d.code()
		}
		switch {
		case code < 0 || code == d.clear+1:
			if d.fault == nil {
				d.fault = errors.New("not enough image data")
			}
			return n
		case code == d.clear:
			d.restart()
			continue
		case code > d.next || code == d.next && d.last < 0 || d.last < 0 && code > d.clear:
			d.fault = errors.New("a code that is none")
			return n
		}
		if d.last >= 0 && d.next < len(d.prefix) {
			head := code
			if code == d.next {
				head = d.last
			}
			d.prefix[d.next], d.suffix[d.next] = uint16(d.last), d.first[head]
			d.first[d.next], d.length[d.next] = d.first[d.last], d.length[d.last]+1
			d.next++
			if d.next == 1<<d.width && d.width < 12 {
				d.width++
			}
		} else if code >= d.next {
			d.fault = errors.New("a code that is none")
			return n
		}
		d.last = code
		// From the end of the string on; as a rule it fits where it belongs.
		length := int(d.length[code])
		to := dst[n:]
		if length > len(to) {
			to = d.buf[:]
		}
		to = to[:length]
		for i := length - 1; i >= 0; i-- {
			to[i] = d.suffix[code]
			code = int(d.prefix[code])
		}
		if n+length <= len(dst) {
			n += length
			continue
		}
		k := copy(dst[n:], to)
		n += k
		d.out = to[k:]
	}
	return n
}
