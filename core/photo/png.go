package photo

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"homeroom/core/fault"
)

// PNG: W3C, Portable Network Graphics, third edition. It is read here rather than with image/png,
// which refuses a whole picture for a wrong sum in a note beside it, shows nothing of one that is
// cut short, and holds all of it at once.

const pngMagic = "\x89PNG\r\n\x1a\n"

// pngHeader is the IHDR chunk.
type pngHeader struct {
	w, h       int
	depth      int // bits a sample
	colour     int // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
	interlaced bool
}

var pngChannels = map[int]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

func (p pngHeader) channels() int { return pngChannels[p.colour] }

// stride is the length of a row of w pixels, without the byte that names its filter.
func (p pngHeader) stride(w int) int { return (w*p.depth*p.channels() + 7) / 8 }

// step is the distance of neighbours in a row, in bytes, for the filters.
func (p pngHeader) step() int { return max(1, p.depth*p.channels()/8) }

// errUnsupportedPart says what of a file there is no reader for.
type errUnsupportedPart string

func (e errUnsupportedPart) Error() string { return string(e) }

// fromPNGHeader is data from eight bytes before its header chunk on, as if that came first, as it
// must (section 5.6): some writers put notes before it, which Pillow passes over.
func fromPNGHeader(data []byte) []byte {
	from := data
	pngChunks(data, 8, func(at int, kind string, body []byte, whole bool) bool {
		switch {
		case kind == "IHDR":
			from = data[at-8:]
		case kind[0] >= 'a' && whole && pngSound(data, at, body):
			return true
		}
		return false
	})
	return from
}

// readPNGHeader reads the header chunk of data, from whose eighth byte on it lies (section 11.2.1).
func readPNGHeader(data []byte) (p pngHeader, err error) {
	if len(data) < 33 { // signature, IHDR
		return p, io.ErrUnexpectedEOF
	}
	if string(data[12:16]) != "IHDR" || binary.BigEndian.Uint32(data[8:]) != 13 {
		if string(data[12:16]) == "CgBI" {
			return p, errUnsupportedPart("Apple's CgBI, the form of pictures inside apps for iPhones")
		}
		return p, errors.New("no header chunk")
	}
	p.w, p.h = int(binary.BigEndian.Uint32(data[16:])), int(binary.BigEndian.Uint32(data[20:]))
	p.depth, p.colour, p.interlaced = int(data[24]), int(data[25]), data[28] != 0
	known := false
	switch p.colour {
	case 0:
		known = p.depth == 1 || p.depth == 2 || p.depth == 4 || p.depth == 8 || p.depth == 16
	case 3:
		known = p.depth == 1 || p.depth == 2 || p.depth == 4 || p.depth == 8
	case 2, 4, 6:
		known = p.depth == 8 || p.depth == 16
	}
	switch {
	case p.w <= 0 || p.h <= 0 || p.w > 1<<31-1 || p.h > 1<<31-1:
		return p, nil // said by whoever asked
	case !known:
		return p, errUnsupportedPart(fmt.Sprintf("bit depth %d, color type %d", p.depth, p.colour))
	case data[27] != 0:
		return p, errUnsupportedPart(fmt.Sprintf("filter method %d", data[27]))
	}
	return p, nil
}

func pngSize(data []byte) (w, h int, err error) {
	p, err := readPNGHeader(fromPNGHeader(data))
	return p.w, p.h, err
}

// pngMemory estimates what decoding takes for each pixel beside the photo itself: RGB, where the
// rows do not come in their order.
func pngMemory(data []byte) float64 {
	if fromPNGHeader(data)[28] != 0 {
		return 3
	}
	return 0
}

// pngChunks walks over the chunks from data[at:] on until f says that it has enough or a chunk is
// not whole. A body is cut short where the file is.
func pngChunks(data []byte, at int, f func(at int, kind string, body []byte, whole bool) (more bool)) {
	for at+8 <= len(data) {
		length, rest := uint64(binary.BigEndian.Uint32(data[at:])), data[at+8:]
		kind := data[at+4 : at+8]
		for _, c := range kind {
			if c|0x20 < 'a' || c|0x20 > 'z' {
				return
			}
		}
		whole := length+4 <= uint64(len(rest))
		if !f(at, string(kind), rest[:min(length, uint64(len(rest)))], whole) || !whole {
			return
		}
		at += 12 + int(length)
	}
}

// pngSound tells whether the sum of a whole chunk is right.
func pngSound(data []byte, at int, body []byte) bool {
	return crc32.ChecksumIEEE(data[at+4:][:4+len(body)]) == binary.BigEndian.Uint32(data[at+8+len(body):])
}

// A pngData reads what the IDAT chunks that follow each other hold.
type pngData struct {
	data []byte
	next int    // where the next chunk begins
	rest []byte // of the chunk that is being read
	sums bool   // every sum so far was right
}

func (d *pngData) Read(dst []byte) (int, error) {
	for len(d.rest) == 0 {
		found := false
		pngChunks(d.data, d.next, func(at int, kind string, body []byte, whole bool) bool {
			if found = kind == "IDAT"; !found {
				return false
			}
			d.rest, d.next = body, at+12+len(body)
			if !whole {
				d.next = len(d.data)
			} else if !pngSound(d.data, at, body) {
				d.sums = false
			}
			return false
		})
		if !found {
			return 0, io.EOF
		}
	}
	n := copy(dst, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func decodePNG(data []byte) (pixels, error) {
	orientation := pngOrientation(data)
	data = fromPNGHeader(data)
	p, err := readPNGHeader(data)
	if err != nil {
		return pixels{}, err
	}
	if crc32.ChecksumIEEE(data[12:29]) != binary.BigEndian.Uint32(data[29:]) {
		return pixels{}, errors.New("the checksum of its header is wrong")
	}
	var colours [256][3]byte
	start, palettes := 0, 0
	pngChunks(data, 33, func(at int, kind string, body []byte, whole bool) bool {
		switch kind {
		case "PLTE":
			if whole && pngSound(data, at, body) {
				palettes++
				for i := range min(256, len(body)/3) {
					colours[i] = [3]byte(body[3*i:])
				}
			}
		case "IDAT":
			start = at
			return false
		case "IEND":
			return false
		}
		return true
	})
	switch {
	case start == 0:
		return pixels{}, errors.New("there is no picture in it")
	case p.colour == 3 && palettes == 0:
		return pixels{}, errors.New("it lacks its palette")
	}
	idat := &pngData{data: data, next: start, sums: true}
	file, err := inflater(idat)
	if err != nil {
		return pixels{}, err
	}
	r := &pngRows{header: p, colours: &colours, file: file, line: make([]byte, 1+p.stride(p.w)), before: make([]byte, p.stride(p.w))}
	px := pixels{w: p.w, h: p.h, orientation: orientation}
	if p.interlaced {
		err = r.interlaced()
		px.row = func(y int, dst []byte) { copy(dst, r.all[3*p.w*y:][:3*p.w]) }
	} else {
		// A picture of which there is nothing is none, so the first row is read before that is
		// promised.
		var row []byte
		row, err = r.next(p.w)
		px.row = func(y int, dst []byte) {
			if y > 0 {
				row, _ = r.next(p.w)
			}
			r.rgb(dst, row)
		}
	}
	if err != nil {
		return pixels{}, err
	}
	px.after = func() string {
		switch {
		case r.fault != nil && p.interlaced:
			return fmt.Sprintf("it is cut short, and some of it could be read only coarsely (%s)", reason(r.fault))
		case r.fault != nil:
			return fmt.Sprintf("%s of %s rows could be read (%s)", grouped(r.sound), grouped(p.h), reason(r.fault))
		case !idat.sums:
			return "the checksum of its pixels is wrong"
		}
		return ""
	}
	return px, nil
}

// inflater reads a zlib stream without its sum at the end, which says nothing that those of the
// chunks don't.
func inflater(r io.Reader) (io.Reader, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	if head[0]&15 != 8 || head[1]&0x20 != 0 || (int(head[0])<<8|int(head[1]))%31 != 0 {
		return nil, zlib.ErrHeader
	}
	return flate.NewReader(r), nil
}

// pngRows reads rows one after the other. From a fault on, all that it gives are zeros, as Pillow
// has it.
type pngRows struct {
	header  pngHeader
	colours *[256][3]byte
	file    io.Reader
	line    []byte // filter and row
	before  []byte // the row above
	sound   int    // rows that were read; an interlaced picture has more of them than it is high
	fault   error
	all     []byte // RGB of an interlaced picture
}

// next reads a row of w pixels. It is valid until the next one.
func (r *pngRows) next(w int) ([]byte, error) {
	n := r.header.stride(w)
	line, before := r.line[:1+n], r.before[:n]
	if r.fault == nil {
		if _, err := io.ReadFull(r.file, line); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.ErrUnexpectedEOF
			}
			r.fault = err
		} else if line[0] > 4 {
			r.fault = fault.Errorf("there is no filter %d", line[0])
		}
	}
	if r.fault != nil {
		clear(before)
		return before, r.fault
	}
	r.sound++
	unfilter(line[0], line[1:], before, r.header.step())
	copy(before, line[1:])
	return before, nil
}

// unfilter undoes the filter of a row in place (section 9.2). before is the row above, step the
// distance of neighbours in bytes.
func unfilter(filter byte, row, before []byte, step int) {
	before = before[:len(row)]
	switch filter {
	case 1: // Sub
		for i := step; i < len(row); i++ {
			row[i] += row[i-step]
		}
	case 2: // Up
		for i, b := range before {
			row[i] += b
		}
	case 3: // Average
		for i := range min(step, len(row)) {
			row[i] += before[i] / 2
		}
		for i := step; i < len(row); i++ {
			row[i] += byte((int(row[i-step]) + int(before[i])) / 2)
		}
	case 4: // Paeth
		for c := range min(step, len(row)) {
			var a, b, corner int
			for i := c; i < len(row); i += step {
				b = int(before[i])
				pa, pb := b-corner, a-corner
				pc := pa + pb
				pa, pb, pc = max(pa, -pa), max(pb, -pb), max(pc, -pc)
				switch {
				case pa <= pb && pa <= pc:
				case pb <= pc:
					a = b
				default:
					a = corner
				}
				a = int(byte(a + int(row[i])))
				row[i] = byte(a)
				corner = b
			}
		}
	}
}

// rgb writes a row as RGB8, by the rules of [Decode].
func (r *pngRows) rgb(dst, row []byte) {
	n := len(dst) / 3
	bytes := r.header.depth / 8 // a sample has
	switch {
	case r.header.depth < 8:
		depth := r.header.depth
		mask := byte(1)<<depth - 1
		scale := 255 / mask
		for i := range n {
			v := row[i*depth/8] >> (8 - depth - i*depth%8) & mask
			c := [3]byte{v * scale, v * scale, v * scale}
			if r.header.colour == 3 {
				c = r.colours[v]
			}
			dst[3*i], dst[3*i+1], dst[3*i+2] = c[0], c[1], c[2]
		}
	case r.header.colour == 3:
		for i, v := range row[:n] {
			c := &r.colours[v]
			to := dst[3*i:][:3]
			to[0], to[1], to[2] = c[0], c[1], c[2]
		}
	case r.header.colour == 2 && bytes == 1:
		copy(dst, row)
	case r.header.colour == 2:
		for i := range dst {
			dst[i] = row[2*i]
		}
	case r.header.colour == 6:
		colourRow(dst, row, bytes, n)
	case r.header.colour == 4:
		greyRow(dst, row, 2*bytes, n)
	default:
		greyRow(dst, row, bytes, n)
	}
}

// adam7 are the passes of an interlaced picture: where the first pixel lies and how far apart they
// are (section 8.1).
var adam7 = [7]struct{ x, y, across, down int }{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}

// The cells of a picture for whose upper left pixels there is a value after each pass.
var adam7Cells = [7][2]int{{8, 8}, {4, 8}, {4, 4}, {2, 4}, {2, 2}, {1, 2}, {1, 1}}

// interlaced reads all passes. What is missing of a picture that is cut short is filled with the
// nearest pixel up and to the left that there is, as browsers show it.
func (r *pngRows) interlaced() error {
	w, h := r.header.w, r.header.h
	r.all = make([]byte, 3*w*h)
	line := make([]byte, 3*w)
	for i, pass := range adam7 {
		wide := (w - pass.x + pass.across - 1) / pass.across
		if wide <= 0 {
			continue
		}
		clear(r.before)
		for y := pass.y; y < h; y += pass.down {
			row, err := r.next(wide)
			if err != nil {
				if r.sound == 0 {
					return err
				}
				r.spread(i, y)
				return nil
			}
			r.rgb(line[:3*wide], row)
			for i := range wide {
				copy(r.all[3*(y*w+pass.x+i*pass.across):][:3], line[3*i:3*i+3])
			}
		}
	}
	return nil
}

// spread fills the pixels that are missing where the pass of an index ends before row end.
func (r *pngRows) spread(pass, end int) {
	w, h := r.header.w, r.header.h
	fine, coarse := adam7Cells[pass], adam7Cells[max(pass-1, 0)]
	for y := range h {
		for x := range w {
			u, v := x-x%fine[0], y-y%fine[1]
			if v >= end && (u%coarse[0] != 0 || v%coarse[1] != 0) {
				u, v = x-x%coarse[0], y-y%coarse[1]
			}
			copy(r.all[3*(y*w+x):][:3], r.all[3*(v*w+u):][:3])
		}
	}
}

// pngOrientation looks for an eXIf chunk, which may come before or after the pixels (section
// 11.3.4.5), for XMP in a text chunk, and for the EXIF data that ImageMagick writes as text.
func pngOrientation(data []byte) int {
	var n turnNotes
	pngChunks(data, 8, func(at int, kind string, body []byte, whole bool) bool {
		if !whole || kind == "IDAT" || kind == "IEND" {
			return whole
		}
		switch kind {
		case "eXIf":
			n.addEXIF(body)
		case "iTXt":
			if text, ok := bytes.CutPrefix(body, []byte("XML:com.adobe.xmp\x00\x00\x00")); ok {
				n.addXMP(text)
			}
		case "zTXt":
			for _, key := range []string{"Raw profile type exif\x00\x00", "Raw profile type APP1\x00\x00"} {
				if packed, ok := bytes.CutPrefix(body, []byte(key)); ok {
					if file, err := inflater(bytes.NewReader(packed)); err == nil {
						text, _ := io.ReadAll(io.LimitReader(file, 1<<18)) // what is after the first directories doesn't matter
						n.addEXIF(rawProfile(text))
					}
				}
			}
		case "tEXt":
			for _, key := range []string{"Raw profile type exif\x00", "Raw profile type APP1\x00"} {
				if text, ok := bytes.CutPrefix(body, []byte(key)); ok {
					n.addEXIF(rawProfile(text))
				}
			}
		}
		return true
	})
	return n.orientation()
}

// rawProfile reads bytes that ImageMagick wrote as text: a name, a length, and lines of hexadecimal
// digits.
func rawProfile(text []byte) []byte {
	lines := strings.SplitN(strings.TrimLeft(string(text), "\n"), "\n", 3)
	if len(lines) < 3 {
		return nil
	}
	digits := strings.NewReplacer("\n", "", " ", "").Replace(lines[2])
	out := make([]byte, hex.DecodedLen(len(digits)))
	n, _ := hex.Decode(out, []byte(digits))
	return out[:n]
}
