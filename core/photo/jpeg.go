package photo

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"io"
)

func jpegSize(data []byte) (w, h int, err error) {
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	return config.Width, config.Height, err
}

// jpegNotes is what the segments before a JPEG's first scan tell that
// image/jpeg does not.
type jpegNotes struct {
	orientation int
	components  int
	samples     float64 // for each pixel, of all components
	progressive bool
	oneScan     bool // sequential, with every component in the first scan
	scan        int  // where the data after the first scan's header begin, 0 where there is none
	adobe       bool // has an APP14 segment that names the colour model
}

// readJPEGNotes walks the segments up to the first scan (ITU-T T.81, annex B).
func readJPEGNotes(data []byte) (notes jpegNotes) {
	sequential := false
	var turned turnNotes
	defer func() { notes.orientation = turned.orientation() }()
	for at := 2; ; {
		start := bytes.IndexByte(data[min(at, len(data)):], 0xff)
		if start < 0 {
			return notes
		}
		at += start
		for at < len(data) && data[at] == 0xff {
			at++
		}
		if at+3 > len(data) {
			return notes
		}
		marker := data[at]
		if marker == 0 || marker == 0x01 || 0xd0 <= marker && marker <= 0xd8 {
			at++ // these stand alone, without a length
			continue
		}
		length := int(data[at+1])<<8 | int(data[at+2])
		if length < 2 || at+1+length > len(data) {
			return notes
		}
		body := data[at+3 : at+1+length]
		at += 1 + length
		switch marker {
		case 0xc0, 0xc1, 0xc2: // start of frame
			sequential = marker != 0xc2
			notes.progressive = !sequential
			if len(body) >= 6 {
				notes.components = int(body[5])
				notes.samples = samplesOf(body[6:])
			}
		case 0xda: // start of scan
			notes.oneScan = sequential && len(body) > 0 && int(body[0]) == notes.components
			notes.scan = at
			return notes
		case 0xd9: // end of image
			return notes
		case 0xe1: // APP1
			turned.addAPP1(body)
		case 0xee: // APP14
			notes.adobe = notes.adobe || len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe"))
		}
	}
}

// samplesOf returns how many samples there are for each pixel, by the sampling factors of the components of a frame header.
func samplesOf(components []byte) float64 {
	sum, across, down := 0, 1, 1
	for ; len(components) >= 3; components = components[3:] {
		h, v := int(components[1]>>4), int(components[1]&15)
		sum += h * v
		across, down = max(across, h), max(down, v)
	}
	return float64(sum) / float64(across*down)
}

// jpegMemory estimates what image/jpeg takes for each pixel. Of a progressive file it keeps all coefficients, four bytes each,
// until the last scan.
func jpegMemory(data []byte) float64 {
	notes := readJPEGNotes(data)
	if notes.progressive {
		return 5*notes.samples + 3
	}
	return notes.samples + 3
}

// jpegScans counts how often the decoder passes over the pixels of a JPEG, up to most.
func jpegScans(data []byte, most int) int {
	at := readJPEGNotes(data).scan
	if at == 0 {
		return 0
	}
	count := 1
	for count < most {
		// To the next marker that is no part of a scan's data: those are stuffed zeros and restarts.
		next := bytes.IndexByte(data[at:], 0xff)
		if next < 0 || at+next+1 >= len(data) {
			return count
		}
		at += next + 1
		switch marker := data[at]; {
		case marker == 0xff:
		case marker == 0xd9: // end of image
			return count
		case marker == 0 || marker == 0x01 || 0xd0 <= marker && marker <= 0xd8:
			at++
		case at+3 > len(data):
			return count
		default:
			if marker == 0xda {
				count++
			}
			at = min(at+1+int(data[at+1])<<8+int(data[at+2]), len(data))
		}
	}
	return count
}

// adobeCMYK is an APP14 segment that says "the four components are inks".
const adobeCMYK = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"

func decodeJPEG(data []byte) (pixels, error) {
	notes := readJPEGNotes(data)
	if m := decodeBaseline(data); m != nil {
		return jpegPixels(m, notes)
	}
	var file io.Reader = bytes.NewReader(data)
	if notes.components == 4 && !notes.adobe {
		// libjpeg takes four components without a colour model for CMYK.
		file = io.MultiReader(bytes.NewReader(data[:2]), bytes.NewReader([]byte(adobeCMYK)), bytes.NewReader(data[2:]))
	}
	if notes.oneScan {
		// Some cameras leave out the end-of-image marker. When the only scan
		// is complete nothing is missing; when it isn't, the decoder fails
		// inside the scan all the same.
		file = io.MultiReader(file, bytes.NewReader([]byte("\xff\xd9")))
	}
	m, err := jpeg.Decode(file)
	if err != nil {
		return pixels{}, err
	}
	return jpegPixels(m, notes)
}

func jpegPixels(m image.Image, notes jpegNotes) (px pixels, err error) {
	px = pixels{w: m.Bounds().Dx(), h: m.Bounds().Dy(), orientation: notes.orientation}
	if m, ok := m.(*image.YCbCr); ok {
		px.row = newYCCRows(m, libjpegChroma(m), jfifToRGB).row
		return px, nil
	}
	px.row, err = imageRows(m)
	return px, err
}

func isUnsupported(err error) bool {
	var jpegErr jpeg.UnsupportedError
	return errors.As(err, &jpegErr) || isUnsupportedImage(err)
}

// libjpegChroma chooses how libjpeg widens the chroma of m (jdsample.c of
// libjpeg-turbo, with its default of "fancy upsampling"): triangle filters for
// 4:2:2, 4:4:0 and 4:2:0, repetition for the rarer ratios and for chroma
// planes at most two samples wide.
func libjpegChroma(m *image.YCbCr) chromaFilter {
	wide := (m.Rect.Dx()+1)/2 > 2
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		if wide {
			return libjpegH2V1
		}
	case image.YCbCrSubsampleRatio440:
		return libjpegH1V2
	case image.YCbCrSubsampleRatio420:
		if wide {
			return libjpegH2V2
		}
	}
	return nil
}
