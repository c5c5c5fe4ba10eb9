package photo

import (
	"image"
	"image/color"

	"homeroom/core/fault"
)

// imageRows gives the rows of m as RGB8, by the rules of convert("RGB"): alpha is left out without
// blending, of 16 bits the high ones are kept.
//
// One rule differs from Pillow on purpose: of 16-bit grey Pillow keeps the low eight bits, clipped,
// so that nearly everything turns white; here the high ones are kept as for colour.
func imageRows(m image.Image) (func(y int, dst []byte), error) {
	if b := m.Bounds(); b.Min != (image.Point{}) {
		return nil, fault.Errorf("picture starts at %v", b.Min)
	}
	switch m := m.(type) {
	case *image.Gray:
		return func(y int, dst []byte) { greyRow(dst, m.Pix[y*m.Stride:], 1, m.Rect.Dx()) }, nil
	case *image.Gray16:
		return func(y int, dst []byte) { greyRow(dst, m.Pix[y*m.Stride:], 2, m.Rect.Dx()) }, nil
	case *image.RGBA:
		return func(y int, dst []byte) { colourRow(dst, m.Pix[y*m.Stride:], 1, m.Rect.Dx()) }, nil
	case *image.NRGBA:
		return func(y int, dst []byte) { colourRow(dst, m.Pix[y*m.Stride:], 1, m.Rect.Dx()) }, nil
	case *image.RGBA64:
		return func(y int, dst []byte) { colourRow(dst, m.Pix[y*m.Stride:], 2, m.Rect.Dx()) }, nil
	case *image.NRGBA64:
		return func(y int, dst []byte) { colourRow(dst, m.Pix[y*m.Stride:], 2, m.Rect.Dx()) }, nil
	case *image.Paletted:
		var colours [256][3]byte
		for i, c := range m.Palette[:min(256, len(m.Palette))] {
			switch c := c.(type) {
			case color.NRGBA: // RGBA() would multiply by alpha
				colours[i] = [3]byte{c.R, c.G, c.B}
			default:
				r, g, b, _ := c.RGBA()
				colours[i] = [3]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8)}
			}
		}
		return palettedRows{m, &colours}.row, nil
	}
	return nil, fault.Errorf("pixels of type %T", m)
}

// greyRow copies w samples of n bytes, high byte first, into red, green and blue.
func greyRow(dst, src []byte, n, w int) {
	for i := range w {
		v := src[i*n]
		dst[3*i], dst[3*i+1], dst[3*i+2] = v, v, v
	}
}

// colourRow drops the alpha of w pixels with four samples of n bytes each.
func colourRow(dst, src []byte, n, w int) {
	for i := range w {
		from, to := src[4*n*i:][:4*n], dst[3*i:][:3]
		to[0], to[1], to[2] = from[0], from[n], from[2*n]
	}
}

type palettedRows struct {
	m       *image.Paletted
	colours *[256][3]byte
}

func (r palettedRows) row(y int, dst []byte) {
	for i, index := range r.m.Pix[y*r.m.Stride:][:r.m.Rect.Dx()] {
		c := &r.colours[index]
		to := dst[3*i:][:3]
		to[0], to[1], to[2] = c[0], c[1], c[2]
	}
}
