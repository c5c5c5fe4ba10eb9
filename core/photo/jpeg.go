package photo

import "homeroom/core/photo/jpeg"

func jpegSize(data []byte) (w, h int, err error) {
	header, err := jpeg.ReadHeader(data)
	return header.Width, header.Height, err
}

// jpegMemory estimates what decoding takes for each pixel, RGB included. Of a progressive file all coefficients are kept until the last scan,
// two bytes each, and a bit for each that tells whether it is zero.
func jpegMemory(data []byte) float64 {
	header, err := jpeg.ReadHeader(data)
	if err != nil {
		return 0 // decoding it says what is wrong
	}
	if header.Progressive {
		return 3.125*header.Samples + 3
	}
	return header.Samples + 3
}

func decodeJPEG(data []byte) (pixels, error) {
	header, err := jpeg.ReadHeader(data)
	if err != nil {
		return pixels{}, err
	}
	p, err := jpeg.Decode(data, jpeg.Options{})
	if err != nil {
		return pixels{}, err
	}
	return pixels{w: p.Width, h: p.Height, orientation: jpegOrientation(header.Notes), damaged: p.Damaged, row: p.Row}, nil
}

// jpegOrientation reads the orientation among a file's APP1 segments.
func jpegOrientation(notes [][]byte) int {
	var turned turnNotes
	for _, note := range notes {
		turned.addAPP1(note)
	}
	return turned.orientation()
}
