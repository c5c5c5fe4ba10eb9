package photo

import "encoding/binary"

// exifOrientation reads the Orientation tag (0x0112) from EXIF data: a TIFF
// header and its first directory, with or without "Exif\0\0" before it. It
// answers 1, upright, for anything that is not a valid orientation: the photo
// matters more than its notes.
//
// Exif 2.32, section 4.6; TIFF 6.0, section 2.
func exifOrientation(data []byte) int {
	const upright = 1
	if len(data) >= 6 && string(data[:6]) == "Exif\x00\x00" {
		data = data[6:]
	}
	if len(data) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(data[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := order.Uint32(data[4:])
	if uint64(at)+2 > uint64(len(data)) {
		return upright
	}
	entries := data[at+2:]
	for range order.Uint16(data[at:]) {
		if len(entries) < 12 {
			return upright
		}
		tag, kind, count := order.Uint16(entries), order.Uint16(entries[2:]), order.Uint32(entries[4:])
		if tag == 0x0112 {
			value := uint32(0)
			switch {
			case count != 1:
			case kind == 3: // SHORT, as the standard says
				value = uint32(order.Uint16(entries[8:]))
			case kind == 4: // LONG, as some write it
				value = order.Uint32(entries[8:])
			}
			if 1 <= value && value <= 8 {
				return int(value)
			}
			return upright
		}
		entries = entries[12:]
	}
	return upright
}

// upright turns px into a Photo with its orientation applied on the way, so
// that there is only one copy of the pixels in RGB.
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

// transposed is upright for orientations 5 to 8. It works in bands of rows: a
// column of a band becomes a run of pixels that fills whole cache lines.
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
