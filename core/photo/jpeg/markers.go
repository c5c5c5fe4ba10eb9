package jpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// A FormatError says what is wrong with a file.
type FormatError string

func (e FormatError) Error() string { return string(e) }

// errTable is said of codes that are too many for their lengths.
const errTable = FormatError("it has a Huffman table that can't be")

// An UnsupportedError names a kind of JPEG that is not read.
type UnsupportedError string

func (e UnsupportedError) Error() string { return string(e) }

// Markers, table B.1.
const (
	sof0  = 0xc0 // baseline
	sof1  = 0xc1 // extended sequential
	sof2  = 0xc2 // progressive
	sof3  = 0xc3 // lossless
	dht   = 0xc4
	jpg   = 0xc8
	sof9  = 0xc9 // sequential, arithmetic
	sof10 = 0xca // progressive, arithmetic
	dac   = 0xcc
	sof15 = 0xcf
	rst0  = 0xd0
	rst7  = 0xd7
	soi   = 0xd8
	eoi   = 0xd9
	sos   = 0xda
	dqt   = 0xdb
	dnl   = 0xdc
	dri   = 0xdd
	app0  = 0xe0
	app1  = 0xe1
	app14 = 0xee
	app15 = 0xef
	com   = 0xfe
	tem   = 0x01
)

// frames names the kinds of frame that are not read.
var frames = map[byte]string{
	0xc5: "differential coding", 0xc6: "differential coding", 0xc7: "differential lossless coding",
	0xcb: "lossless arithmetic coding", 0xcd: "differential arithmetic coding", 0xce: "differential arithmetic coding", 0xcf: "differential lossless arithmetic coding",
}

// Header is what the segments before the first scan tell.
type Header struct {
	Width, Height int
	Components    int
	Samples       float64 // for each pixel, of all components
	Progressive   bool
	Arithmetic    bool
	Notes         [][]byte // what the APP1 segments hold: EXIF and XMP
}

// ReadHeader reads the segments up to the first scan.
func ReadHeader(data []byte) (Header, error) {
	d := &decoder{data: data}
	if err := d.begin(); err != nil {
		return Header{}, err
	}
	h := Header{Width: d.w, Height: d.h, Components: len(d.comps), Progressive: d.progressive, Arithmetic: d.arithmetic, Notes: d.notes}
	for i := range d.comps {
		h.Samples += float64(d.comps[i].h*d.comps[i].v) / float64(d.maxH*d.maxV)
	}
	return h, nil
}

// Scans counts the scans of a file, up to most. Each makes decoding pass over all samples of a
// component, or of all.
func Scans(data []byte, most int) int {
	d := &decoder{data: data}
	if d.begin() != nil {
		return 0
	}
	for d.scans < most {
		s := &scan{source: source{data: d.data, at: d.at}, d: d}
		s.skip()
		d.at = s.at
		if found, err := d.segments(); !found || err != nil {
			break
		}
	}
	return d.scans
}

// component is one colour channel of the frame, section A.1.1.
type component struct {
	id     byte
	h, v   int // sampling factors: blocks of a unit (MCU), across and down
	table  byte
	quant  *[64]int16 // in natural order; nil as long as no scan had this component
	dc, ac byte       // tables of the scan

	blocksX, blocksY int // that have a part in the picture
	padX, padY       int // with those that fill the last unit

	size   int // of a decoded block: 8, 4, 2 or 1 samples across and down
	w, h2  int // decoded samples that have a part in the picture
	stride int
	plane  []byte // padX·size × padY·size samples

	keep    int       // coefficients that are kept of a block
	wanted  uint64    // which those are, in the order of the file
	slots   *[96]byte // where each goes, by its place in the file's order; those past the end go where the last does
	factors [64]int16 // the quantisation of each slot
	coefs   []int16   // of a progressive file: [padY][padX][keep]
	known   []uint64  // of a progressive file: for each block, which coefficients are not zero, in the file's order

	// bits[0][k] is how many low bits of coefficient k are still missing, -1 where all are; bits[1]
	// is the same before the last scan of the component.
	bits [2][64]int8

	last    int32 // DC of the block before
	context int   // of arithmetic coding: what the last difference was like
}

// decoder is the state of decoding one file.
type decoder struct {
	data []byte
	at   int // the next byte
	opt  Options

	framed      bool
	progressive bool
	arithmetic  bool
	lossless    bool
	block       int // samples of a block of the file, across and down: 8, or 1 of a lossless file
	w, h        int
	comps       []component
	maxH, maxV  int
	unitsX      int // units (MCUs) of a scan of several components
	unitsY      int
	size        int // of a decoded block of the component with the most samples

	quant    [4]*[64]int16
	tables   [2][4]*huffman // DC, AC
	lower    [16]byte       // of DC conditioning, section F.1.4.4.1.4
	upper    [16]byte
	kx       [16]byte // of AC conditioning
	interval int      // units between restarts, 0 without

	jfif, adobe bool
	transform   byte
	notes       [][]byte
	damaged     string

	scan    []*component
	from    int // the band of the scan, or the predictor of a lossless one
	to      int
	high    uint // bits that were known before the scan
	low     uint // and that are missing after it, or in a lossless file
	scans   int
	some    bool // behind the header of some scan there is more, be it only the end of the image
	general bool // decode by the general loops alone, which the swift ones are held to
	whole   int  // row of units in which the data of the last scan were still there
}

// note keeps the first thing that is wrong.
func (d *decoder) note(what string) {
	if d.damaged == "" {
		d.damaged = what
	}
}

// begin reads the segments up to the first scan and the frame's sizes.
func (d *decoder) begin() error {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != soi {
		return FormatError("it does not begin as a JPEG does")
	}
	d.at = 2
	for i := range 16 {
		d.upper[i], d.kx[i] = 1, 5
	}
	found, err := d.segments()
	if err == nil && !found {
		err = io.ErrUnexpectedEOF
		if d.at < len(d.data) {
			err = FormatError("it has no picture in it")
		}
	}
	return err
}

// marker takes the next marker. Behind the end it is the end of the image.
func (d *decoder) marker() (code byte, skipped int) {
	for {
		i := bytes.IndexByte(d.data[d.at:], 0xff)
		if i < 0 {
			skipped += len(d.data) - d.at
			d.at = len(d.data)
			return eoi, skipped
		}
		skipped += i
		for d.at += i; d.at < len(d.data) && d.data[d.at] == 0xff; {
			d.at++
		}
		if d.at == len(d.data) {
			return eoi, skipped
		}
		code = d.data[d.at]
		d.at++
		if code != 0 {
			return code, skipped
		}
		skipped += 2
	}
}

// segments reads up to the data of the next scan. It has found none where the image ends first.
func (d *decoder) segments() (found bool, err error) {
	inHeader := d.scans == 0
	for {
		start := d.at
		code, skipped := d.marker()
		if skipped > 0 && inHeader {
			d.note("there are bytes between its segments that belong to none")
		}
		switch {
		case code == eoi:
			if d.at-start < 2 || d.data[d.at-1] != eoi || d.data[d.at-2] != 0xff {
				d.note("its end is missing")
			}
			return false, nil
		case code == soi || code == tem || rst0 <= code && code <= rst7:
			continue // these stand alone
		case code < sof0:
			return false, FormatError(fmt.Sprintf("it has an unknown marker, %#x", code))
		case code > com || code > app15 && code < com || code > dri && code < app0 || code == jpg:
			return false, UnsupportedError(fmt.Sprintf("marker %#x", code))
		}
		body, err := d.body(code)
		if err == nil {
			err = d.segment(code, body)
		}
		if err != nil || code == sos {
			return err == nil, err
		}
	}
}

// body takes what a segment holds.
func (d *decoder) body(code byte) ([]byte, error) {
	if d.at+2 > len(d.data) {
		return nil, io.ErrUnexpectedEOF
	}
	n := int(binary.BigEndian.Uint16(d.data[d.at:])) - 2
	d.at += 2
	if n < 0 {
		if code < app0 && code != dnl {
			return nil, FormatError("a segment has a length that can't be")
		}
		d.note("a segment has a length that can't be")
		n = 0
	}
	if n > len(d.data)-d.at {
		if code >= app0 || code == dnl {
			d.at = len(d.data)
			return nil, nil
		}
		return nil, io.ErrUnexpectedEOF
	}
	body := d.data[d.at:][:n]
	d.at += n
	return body, nil
}

func (d *decoder) segment(code byte, body []byte) error {
	switch code {
	case sof0, sof1, sof2, sof3, sof9, sof10:
		return d.frame(code, body)
	case dht:
		return d.huffmanTables(body)
	case dac:
		return d.conditioning(body)
	case dqt:
		return d.quantTables(body)
	case dri:
		if len(body) != 2 {
			return FormatError("the interval of its restarts can't be read")
		}
		d.interval = int(binary.BigEndian.Uint16(body))
	case sos:
		return d.scanHeader(body)
	case app0:
		d.jfif = d.jfif || len(body) >= 14 && string(body[:5]) == "JFIF\x00"
	case app1:
		d.notes = append(d.notes, body)
	case app14:
		if len(body) >= 12 && string(body[:5]) == "Adobe" {
			d.adobe, d.transform = true, body[11]
		}
	}
	if name := frames[code]; name != "" {
		return UnsupportedError(name)
	}
	return nil
}

// frame reads a frame header, section B.2.2.
func (d *decoder) frame(code byte, body []byte) error {
	if d.framed {
		return FormatError("it has two pictures in one")
	}
	if len(body) < 6 {
		return FormatError("the header of its picture is cut short")
	}
	d.framed = true
	d.progressive = code == sof2 || code == sof10
	d.arithmetic = code == sof9 || code == sof10
	d.lossless = code == sof3
	d.block = 8
	if d.lossless {
		d.block = 1
	}
	if body[0] != 8 {
		return UnsupportedError(fmt.Sprintf("%d bits a sample", body[0]))
	}
	d.h, d.w = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	n := int(body[5])
	if d.h == 0 {
		d.h = lines(d.data[d.at:])
	}
	switch {
	case d.w == 0 || d.h == 0:
		return FormatError(fmt.Sprintf("its size is %d × %d", d.w, d.h))
	case len(body) != 6+3*n:
		return FormatError("the header of its picture has a wrong length")
	case n != 1 && n != 3 && n != 4:
		return UnsupportedError(fmt.Sprintf("%d components", n))
	}
	d.comps = make([]component, n)
	d.maxH, d.maxV = 1, 1
	for i := range d.comps {
		c, from := &d.comps[i], body[6+3*i:]
		c.id, c.h, c.v, c.table = from[0], int(from[1]>>4), int(from[1]&15), from[2]
		if c.h < 1 || c.v < 1 || c.h > 4 || c.v > 4 {
			return FormatError(fmt.Sprintf("its sampling factors are %d × %d", c.h, c.v))
		}
		d.maxH, d.maxV = max(d.maxH, c.h), max(d.maxV, c.v)
	}
	d.unitsX, d.unitsY = ceil(d.w, d.block*d.maxH), ceil(d.h, d.block*d.maxV)
	for i := range d.comps {
		c := &d.comps[i]
		if d.maxH%c.h != 0 || d.maxV%c.v != 0 {
			return UnsupportedError(fmt.Sprintf("sampling factors %d × %d beside %d × %d", c.h, c.v, d.maxH, d.maxV))
		}
		c.blocksX, c.blocksY = ceil(d.w*c.h, d.block*d.maxH), ceil(d.h*c.v, d.block*d.maxV)
		c.padX, c.padY = d.unitsX*c.h, d.unitsY*c.v
		for k := range c.bits[0] {
			c.bits[0][k] = -1
		}
	}
	return nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

// lines looks for the number of lines that stands behind the first scan, section B.2.5, where the
// frame header has none. It is 0 where there is no such.
func lines(data []byte) int {
	for {
		i := bytes.IndexByte(data, 0xff)
		if i < 0 || i+6 > len(data) {
			return 0
		}
		switch code := data[i+1]; {
		case code == dnl && data[i+2] == 0 && data[i+3] == 4:
			return int(binary.BigEndian.Uint16(data[i+4:]))
		case code == eoi:
			return 0
		case code >= sof0 && code != soi && (code < rst0 || code > rst7):
			n := i + 2 + max(2, int(binary.BigEndian.Uint16(data[i+2:])))
			if n > len(data) {
				return 0
			}
			data = data[n:]
		case code == 0xff:
			data = data[i+1:]
		default:
			data = data[i+2:]
		}
	}
}

// quantTables reads quantisation tables, section B.2.4.1.
func (d *decoder) quantTables(body []byte) error {
	for len(body) > 0 {
		wide, to := body[0]>>4 != 0, body[0]&15
		body = body[1:]
		size := 64
		if wide {
			size = 128
		}
		if to > 3 || len(body) < size {
			return FormatError("its quantisation tables can't be read")
		}
		table := new([64]int16) // a new one: scans before may have kept the old
		for i := range 64 {
			if wide {
				table[natural[i]] = int16(binary.BigEndian.Uint16(body[2*i:]))
			} else {
				table[natural[i]] = int16(body[i])
			}
		}
		d.quant[to] = table
		body = body[size:]
	}
	return nil
}

// huffmanTables reads Huffman tables, section B.2.4.2.
func (d *decoder) huffmanTables(body []byte) error {
	for len(body) > 16 {
		class, to := body[0]>>4, body[0]&15
		n := 0
		for _, count := range body[1:17] {
			n += int(count)
		}
		if class > 1 || to > 3 || n > 256 || len(body) < 17+n {
			return FormatError("its Huffman tables can't be read")
		}
		t, ok := newHuffman(body[1:17], body[17:17+n], class == 0)
		if !ok {
			d.note(string(errTable)) // no more than that where no scan needs it
		}
		d.tables[class][to] = t
		body = body[17+n:]
	}
	if len(body) != 0 {
		return FormatError("its Huffman tables can't be read")
	}
	return nil
}

// conditioning reads what arithmetic coding is conditioned on, section B.2.4.3.
func (d *decoder) conditioning(body []byte) error {
	for ; len(body) >= 2; body = body[2:] {
		class, to, value := body[0]>>4, body[0]&15, body[1]
		switch {
		case class == 0 && value&15 <= value>>4:
			d.lower[to], d.upper[to] = value&15, value>>4
		case class == 1:
			d.kx[to] = value
		default:
			return FormatError("its arithmetic conditioning can't be read")
		}
	}
	if len(body) != 0 {
		return FormatError("its arithmetic conditioning can't be read")
	}
	return nil
}

// scanHeader reads a scan header, section B.2.3.
func (d *decoder) scanHeader(body []byte) error {
	if !d.framed {
		return FormatError("a scan comes before the header of the picture")
	}
	if len(body) < 1 {
		return FormatError("the header of a scan is cut short")
	}
	n := int(body[0])
	if n < 1 || n > 4 || len(body) != 4+2*n {
		return FormatError("the header of a scan has a wrong length")
	}
	d.scan = d.scan[:0]
	blocks := 0
next:
	for i := range n {
		id, tables := body[1+2*i], body[2+2*i]
	comps:
		for j := range d.comps {
			c := &d.comps[j]
			if c.id != id {
				continue
			}
			for _, other := range d.scan {
				if other == c {
					continue comps
				}
			}
			c.dc, c.ac = tables>>4, tables&15
			blocks += c.h * c.v
			d.scan = append(d.scan, c)
			continue next
		}
		return FormatError("a scan is of a component that there is not")
	}
	if n > 1 && blocks > 10 {
		return FormatError("a scan has more than ten blocks in a unit")
	}
	tail := body[1+2*n:]
	d.from, d.to = int(tail[0]), int(tail[1])
	d.high, d.low = uint(tail[2]>>4), uint(tail[2]&15)
	d.scans++
	return nil
}
