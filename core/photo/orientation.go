package photo

import (
	"bytes"
	"encoding/binary"
	"math"
)

// turnNotes are what a file tells beside its pixels of how it was held: EXIF data, which may come
// in pieces, and XMP.
type turnNotes struct {
	exif []byte
	xmp  []byte
}

// addEXIF takes EXIF data, with or without "Exif\0\0" before it. An empty block before a good one
// doesn't count, and one after it goes on with it, as Pillow has it.
func (n *turnNotes) addEXIF(data []byte) {
	for {
		rest, ok := bytes.CutPrefix(data, []byte("Exif\x00\x00"))
		if !ok {
			break
		}
		data = rest
	}
	if n.exif == nil {
		n.exif = data
		return
	}
	n.exif = append(n.exif[:len(n.exif):len(n.exif)], data...)
}

// addXMP takes an XMP packet.
func (n *turnNotes) addXMP(data []byte) {
	if n.xmp == nil {
		n.xmp = data
	}
}

// addAPP1 takes what is in an APP1 segment of a JPEG: EXIF data, XMP, or something else.
func (n *turnNotes) addAPP1(body []byte) {
	if bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
		n.addEXIF(body)
	} else if packet, ok := bytes.CutPrefix(body, []byte("http://ns.adobe.com/xap/1.0/\x00")); ok {
		n.addXMP(packet)
	}
}

// orientation returns what EXIF says, or where that says nothing, XMP; 1, upright, for anything
// that is not a valid orientation: the photo matters more than its notes.
func (n *turnNotes) orientation() int {
	value, ok := exifOrientation(n.exif)
	if !ok {
		value = xmpOrientation(n.xmp)
	}
	if 1 <= value && value <= 8 {
		return value
	}
	return 1
}

// exifOrientation reads the Orientation tag (0x0112) from EXIF data: a TIFF header and its first
// directory. It tells whether there is one. Of two the first counts, and of several values in one,
// too.
//
// Exif 2.32, section 4.6; TIFF 6.0, section 2.
func exifOrientation(data []byte) (value int, ok bool) {
	if len(data) < 8 {
		return 0, false
	}
	var order binary.ByteOrder
	switch string(data[:4]) {
	case "II*\x00", "II\x00*": // the latter is wrong, and seen
		order = binary.LittleEndian
	case "MM\x00*", "MM*\x00":
		order = binary.BigEndian
	default:
		return 0, false
	}
	at := order.Uint32(data[4:])
	if uint64(at)+2 > uint64(len(data)) {
		return 0, false
	}
	entries := data[at+2:]
	for range order.Uint16(data[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			if value, ok = exifNumber(order, data, entries); ok {
				break
			}
		}
		entries = entries[12:]
	}
	return value, ok
}

// exifNumber reads the first value of an entry of a directory, of whatever type of number it is;
// the standard says SHORT.
func exifNumber(order binary.ByteOrder, data, entry []byte) (int, bool) {
	kind, count := order.Uint16(entry[2:]), order.Uint32(entry[4:])
	size := uint64(0)
	switch kind {
	case 6: // SBYTE
		size = 1
	case 3, 8: // SHORT, SSHORT
		size = 2
	case 4, 9, 11, 13: // LONG, SLONG, FLOAT, IFD
		size = 4
	case 5, 10, 12, 16: // RATIONAL, SRATIONAL, DOUBLE, LONG8
		size = 8
	}
	if size == 0 || count == 0 {
		return 0, false
	}
	value := entry[8:12]
	if size*uint64(count) > 4 {
		at := uint64(order.Uint32(value))
		if at+size*uint64(count) > uint64(len(data)) {
			return 0, false
		}
		value = data[at:]
	}
	var v float64
	switch kind {
	case 6:
		v = float64(int8(value[0]))
	case 3:
		v = float64(order.Uint16(value))
	case 8:
		v = float64(int16(order.Uint16(value)))
	case 4, 13:
		v = float64(order.Uint32(value))
	case 9:
		v = float64(int32(order.Uint32(value)))
	case 11:
		v = float64(math.Float32frombits(order.Uint32(value)))
	case 5:
		v = float64(order.Uint32(value)) / float64(order.Uint32(value[4:]))
	case 10:
		v = float64(int32(order.Uint32(value))) / float64(int32(order.Uint32(value[4:])))
	case 12:
		v = math.Float64frombits(order.Uint64(value))
	case 16:
		v = float64(order.Uint64(value))
	}
	if !(v >= 0 && v <= 1<<15) || v != math.Trunc(v) {
		return 0, true // it says something, and nothing that is valid
	}
	return int(v), true
}

// xmpOrientation looks for tiff:Orientation, as an attribute or an element (Adobe, XMP
// Specification Part 2, section 3.5).
func xmpOrientation(data []byte) int {
	const name = "tiff:Orientation"
	for {
		at := bytes.Index(data, []byte(name))
		if at < 0 {
			return 0
		}
		data = data[at+len(name):]
		rest := bytes.TrimLeft(data, " \t\r\n")
		switch {
		case len(rest) > 0 && rest[0] == '>':
			rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		case len(rest) > 0 && rest[0] == '=':
			rest = bytes.TrimLeft(rest[1:], " \t\r\n")
			if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
				continue
			}
			rest = rest[1:]
		default:
			continue
		}
		if len(rest) > 0 && '0' <= rest[0] && rest[0] <= '9' {
			return int(rest[0] - '0')
		}
	}
}

// upright turns px into a Photo with its orientation applied on the way, so that there is only one
// copy of the pixels in RGB.
//
// With the stored picture w×h and its pixel (x, y), the orientations are:
//
//	1 upright             5 transposed: (x, y) goes to (y, x)
//	2 mirrored            6 turned a quarter clockwise to be upright
//	3 upside down         7 transposed over the other diagonal
//	4 mirrored from 3     8 turned a quarter anticlockwise to be upright
func (px pixels) upright() *Photo {
	if px.orientation >= 5 {
		return px.transposed()
	}
	p := &Photo{Width: px.w, Height: px.h, Pix: make([]byte, 3*px.w*px.h)}
	for y := range px.h {
		to := y
		if px.orientation == 3 || px.orientation == 4 {
			to = px.h - 1 - y
		}
		row := p.Pix[3*px.w*to:][:3*px.w]
		px.row(y, row)
		if px.orientation == 2 || px.orientation == 3 {
			mirror(row)
		}
	}
	return p
}

// mirror reverses the pixels of an RGB row.
func mirror(row []byte) {
	for i, j := 0, len(row)-3; i < j; i, j = i+3, j-3 {
		row[i], row[j] = row[j], row[i]
		row[i+1], row[j+1] = row[j+1], row[i+1]
		row[i+2], row[j+2] = row[j+2], row[i+2]
	}
}

// transposed is upright for orientations 5 to 8. It works in bands of rows: a column of a band
// becomes a run of pixels that fills whole cache lines.
func (px pixels) transposed() *Photo {
	const band = 32
	w, h := px.w, px.h
	p := &Photo{Width: h, Height: w, Pix: make([]byte, 3*w*h)}
	rows := make([]byte, 3*w*min(band, h))
	rightToLeft := px.orientation == 6 || px.orientation == 7
	bottomUp := px.orientation == 7 || px.orientation == 8
	for y0 := 0; y0 < h; y0 += band {
		n := min(band, h-y0)
		left := y0
		if rightToLeft {
			left = h - y0 - n
		}
		for i := range n {
			at := i
			if rightToLeft {
				at = n - 1 - i
			}
			px.row(y0+i, rows[3*w*at:][:3*w])
		}
		for x := range w {
			y := x
			if bottomUp {
				y = w - 1 - x
			}
			run := p.Pix[3*(h*y+left):][:3*n]
			from := rows[3*x:]
			for i := 0; ; i++ {
				run[3*i+2] = from[2]
				run[3*i+1] = from[1]
				run[3*i] = from[0]
				if i == n-1 {
					break
				}
				from = from[3*w:]
			}
		}
	}
	return p
}
