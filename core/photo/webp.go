package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"

	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"
)

// WebP: RFC 9649. The container is read here rather than with x/image/webp, so that animations give
// their first frame, chunk lengths are checked against the file before anything is allocated, and
// alpha, which would be dropped, is not decoded.

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

var (
	errWebPNoPicture = errors.New("no picture in it")
	errWebPHeader    = errors.New("bad header")
)

// webPFile is what the chunks tell before pixels are decoded.
type webPFile struct {
	w, h        int         // of the canvas
	frame       image.Point // where the first frame lies on it
	fw, fh      int         // the frame's size
	lossless    bool
	data        []byte // the frame's VP8 or VP8L chunk
	orientation int
	damaged     string // as in Photo
}

// webPChunk cuts the first chunk off b.
func webPChunk(b []byte) (id string, body, rest []byte, err error) {
	if len(b) < 8 {
		return "", nil, nil, io.ErrUnexpectedEOF
	}
	n := uint64(binary.LittleEndian.Uint32(b[4:]))
	if n > uint64(len(b)-8) {
		return "", nil, nil, io.ErrUnexpectedEOF
	}
	id, body, rest = string(b[:4]), b[8:][:n], b[8+n:]
	if n%2 == 1 && len(rest) > 0 {
		rest = rest[1:] // padding
	}
	return id, body, rest, nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func readWebP(data []byte) (f webPFile, err error) {
	f.orientation = 1
	var n turnNotes
	defer func() { f.orientation = n.orientation() }()
	extended := false
	for b := data[12:]; len(b) > 0; {
		id, body, rest, err := webPChunk(b)
		if err != nil {
			if f.data != nil {
				break // the picture is whole; bytes after it don't matter
			}
			return f, err
		}
		switch id {
		case "VP8X":
			if len(body) < 10 || f.data != nil {
				return f, errWebPHeader
			}
			extended = true
			f.w, f.h = uint24(body[4:])+1, uint24(body[7:])+1
		case "ANMF":
			if len(body) < 16 {
				return f, errWebPHeader
			}
			if f.data == nil {
				f.frame = image.Pt(2*uint24(body), 2*uint24(body[3:]))
				switch err := f.readFrame(body[16:]); {
				case errors.Is(err, errWebPNoPicture):
					f.damaged = "a frame of it has no picture" // and the next may have one
				case err != nil:
					return f, err
				}
			}
		case "VP8 ", "VP8L":
			if f.data == nil {
				if err := f.readFrame(b); err != nil {
					return f, err
				}
			}
		case "EXIF":
			n.addEXIF(body)
		case "XMP ":
			n.addXMP(body)
		}
		b = rest
	}
	if f.data == nil {
		return f, errWebPNoPicture
	}
	if !extended {
		f.w, f.h = f.fw, f.fh
	}
	if f.frame.X+f.fw > f.w || f.frame.Y+f.fh > f.h {
		return f, errWebPHeader
	}
	return f, nil
}

// readFrame takes the first bitstream chunk in b and its size.
func (f *webPFile) readFrame(b []byte) error {
	for len(b) > 0 {
		id, body, rest, err := webPChunk(b)
		if err != nil {
			return err
		}
		switch id {
		case "VP8 ":
			d := vp8.NewDecoder()
			d.Init(bytes.NewReader(body), len(body))
			header, err := d.DecodeFrameHeader()
			if err != nil {
				return err
			}
			f.data, f.fw, f.fh = body, header.Width, header.Height
			return nil
		case "VP8L":
			config, err := vp8l.DecodeConfig(bytes.NewReader(body))
			if err != nil {
				return err
			}
			f.data, f.fw, f.fh, f.lossless = body, config.Width, config.Height, true
			return nil
		}
		b = rest
	}
	return errWebPNoPicture
}

func webpSize(data []byte) (w, h int, err error) {
	f, err := readWebP(data)
	return f.w, f.h, err
}

// webpMemory estimates what decoding takes for each pixel beside the photo itself: the libraries
// hold the whole picture.
func webpMemory([]byte) float64 { return 6 }

func decodeWebP(data []byte) (pixels, error) {
	f, err := readWebP(data)
	if err != nil {
		return pixels{}, err
	}
	row, err := f.rows()
	if err != nil {
		return pixels{}, err
	}
	px := pixels{w: f.w, h: f.h, orientation: f.orientation, damaged: f.damaged, row: row}
	if f.fw < f.w || f.fh < f.h {
		px.row = func(y int, dst []byte) { // the canvas starts out black
			clear(dst[:3*f.w])
			if y >= f.frame.Y && y < f.frame.Y+f.fh {
				row(y-f.frame.Y, dst[3*f.frame.X:][:3*f.fw])
			}
		}
	}
	return px, nil
}

func (f *webPFile) rows() (func(y int, dst []byte), error) {
	if f.lossless {
		m, err := vp8l.Decode(bytes.NewReader(f.data))
		if errors.Is(err, io.ErrUnexpectedEOF) {
			// libwebp takes zeros for the few bits that the last codes may lack.
			f.damaged = "its data end early"
			m, err = vp8l.Decode(io.MultiReader(bytes.NewReader(f.data), bytes.NewReader(make([]byte, 8))))
		}
		if err != nil {
			return nil, err
		}
		return imageRows(m)
	}
	d := vp8.NewDecoder()
	d.Init(bytes.NewReader(f.data), len(f.data))
	if _, err := d.DecodeFrameHeader(); err != nil {
		return nil, err
	}
	m, err := d.DecodeFrame()
	if err != nil {
		return nil, err
	}
	return newYCCRows(m, libwebpH2V2, vp8ToRGB).row, nil
}
