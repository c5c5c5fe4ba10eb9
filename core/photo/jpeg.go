package photo

import "homeroom/core/photo/jpeg"

func jpegSize(data []byte) (w, h int, err error) {
	header, err := jpeg.ReadHeader(data)
	return header.Width, header.Height, err
}

// jpegAt returns what decodes a JPEG at 1/denominator of its size on so many threads, and what
// estimates the memory of that for each of its pixels.
func jpegAt(denominator, threads int) (func(data []byte) (pixels, error), func(data []byte) float64) {
	opt := jpeg.Options{Denominator: denominator, Threads: threads}
	decode := func(data []byte) (pixels, error) {
		header, err := jpeg.ReadHeader(data)
		if err != nil {
			return pixels{}, err
		}
		p, err := jpeg.Decode(data, opt)
		if err != nil {
			return pixels{}, err
		}
		return pixels{w: p.Width, h: p.Height, orientation: jpegOrientation(header.Notes), damaged: p.Damaged, row: p.Row}, nil
	}
	return decode, func(data []byte) float64 {
		return jpeg.Memory(data, opt) + 3/float64(denominator*denominator)
	}
}

// jpegOrientation reads the orientation among a file's APP1 segments.
func jpegOrientation(notes [][]byte) int {
	var turned turnNotes
	for _, note := range notes {
		turned.addAPP1(note)
	}
	return turned.orientation()
}
