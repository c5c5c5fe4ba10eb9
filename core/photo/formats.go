package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
)

func isUnsupportedImage(err error) bool {
	var pngErr png.UnsupportedError
	return errors.As(err, &pngErr) || errors.Is(err, bmp.ErrUnsupported)
}

// PNG: W3C, Portable Network Graphics, third edition.

func pngSize(data []byte) (w, h int, err error) {
	if len(data) < 33 { // signature, IHDR
		return 0, 0, io.ErrUnexpectedEOF
	}
	if string(data[12:16]) != "IHDR" {
		return 0, 0, errors.New("no header chunk")
	}
	return int(binary.BigEndian.Uint32(data[16:])), int(binary.BigEndian.Uint32(data[20:])), nil
}

// pngMemory estimates what image/png takes for each pixel. It holds an interlaced picture one and a half times.
func pngMemory(data []byte) float64 {
	depth, colour, interlaced := data[24], data[25], data[28] != 0
	each := 4.0 // RGB as RGBA, too
	if colour == 0 || colour == 3 {
		each = 1 // grey, or from a palette
	}
	if depth == 16 {
		each *= 2
	}
	if interlaced {
		each *= 1.5
	}
	return each + 3
}

func decodePNG(data []byte) (pixels, error) {
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return pixels{}, err
	}
	row, err := imageRows(m)
	return pixels{w: m.Bounds().Dx(), h: m.Bounds().Dy(), orientation: pngOrientation(data), row: row}, err
}

// pngOrientation looks for an eXIf chunk, which may come before or after the
// pixels (section 11.3.4.5).
func pngOrientation(data []byte) int {
	for at := 8; at+12 <= len(data); {
		length := uint64(binary.BigEndian.Uint32(data[at:]))
		if length > uint64(len(data)-at-12) {
			break
		}
		if string(data[at+4:at+8]) == "eXIf" {
			return exifOrientation(data[at+8:][:length])
		}
		at += 12 + int(length)
	}
	return 1
}

// GIF: CompuServe, GIF89a.

func gifSize(data []byte) (w, h int, err error) {
	config, err := gif.DecodeConfig(bytes.NewReader(data))
	return config.Width, config.Height, err
}

func decodeGIF(data []byte) (pixels, error) {
	m, err := gif.Decode(bytes.NewReader(data)) // reads up to the end of the first frame
	if err != nil {
		return pixels{}, err
	}
	frame, ok := m.(*image.Paletted)
	if !ok {
		return pixels{}, fmt.Errorf("frame of type %T", m)
	}
	w, h, err := gifSize(data)
	if err != nil {
		return pixels{}, err
	}
	colours, outside := gifColours(data)
	rows := palettedRows{frame, colours}
	left, width := frame.Rect.Min.X, frame.Rect.Dx()
	return pixels{w: w, h: h, orientation: 1, row: func(y int, dst []byte) {
		within := image.Pt(left, y).In(frame.Rect)
		if !within || width < w {
			for x := range w {
				copy(dst[3*x:3*x+3], colours[outside][:])
			}
		}
		if within {
			rows.row(y-frame.Rect.Min.Y, dst[3*left:][:3*width])
		}
	}}, nil
}

// gifColours reads the first frame's colours, because image/gif forgets the
// colour of the transparent index and convert("RGB") shows it. outside is the
// index of what the frame doesn't cover: the transparent one, or else 0.
func gifColours(data []byte) (colours *[256][3]byte, outside uint8) {
	colours = new([256][3]byte)
	table := func(at int, flags byte) int { // reads the table at, tells where it ends
		if flags&0x80 == 0 {
			return at
		}
		n := 2 << (flags & 7)
		for i := range n {
			if at+3*i+3 <= len(data) {
				colours[i] = [3]byte(data[at+3*i:])
			}
		}
		return at + 3*n
	}
	at := table(13, data[10])
	for at+10 <= len(data) {
		switch data[at] {
		case 0x21: // extension: label, then blocks up to an empty one
			if data[at+1] == 0xf9 && data[at+2] == 4 && data[at+3]&1 != 0 {
				outside = data[at+6]
			}
			for at += 2; at < len(data) && data[at] != 0; {
				at += 1 + int(data[at])
			}
			at++
		case 0x2c: // image descriptor
			table(at+10, data[at+9])
			return colours, outside
		default:
			return colours, outside
		}
	}
	return colours, outside
}

// BMP: Microsoft, Bitmap Storage.

func isBMP(data []byte) bool {
	return len(data) >= 26 && string(data[:2]) == "BM" && string(data[6:10]) == "\x00\x00\x00\x00"
}

func bmpSize(data []byte) (w, h int, err error) {
	config, err := bmp.DecodeConfig(bytes.NewReader(data))
	return config.Width, config.Height, err
}

func decodeBMP(data []byte) (pixels, error) {
	m, err := bmp.Decode(bytes.NewReader(data))
	if err != nil {
		return pixels{}, err
	}
	row, err := imageRows(m)
	return pixels{w: m.Bounds().Dx(), h: m.Bounds().Dy(), orientation: 1, row: row}, err
}
