package photo

import (
	"fmt"
	"image"
	"image/color"
)

// FromImage makes a photo of a picture that was decoded elsewhere. Alpha is dropped as [Decode]
// drops it. Other decoders than this package's give levels that differ a little; where there is a
// file, Decode is better. The errors are of type [*Error].
func FromImage(m image.Image) (*Photo, error) {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if w < 1 || h < 1 {
		return nil, &Error{Kind: ErrDamaged, Text: "the picture has no pixels"}
	}
	if w > DefaultLimits.Pixels/h {
		return nil, &Error{Kind: ErrTooLarge, Text: fmt.Sprintf("the picture has %d × %d pixels, and the most that is read is %s; make it smaller", w, h, grouped(DefaultLimits.Pixels))}
	}
	p := &Photo{Width: w, Height: h, Pix: make([]byte, 0, 3*w*h)}
	switch m := m.(type) {
	case *image.NRGBA:
		for y := range h {
			row := m.Pix[y*m.Stride:]
			for x := range w {
				p.Pix = append(p.Pix, row[4*x], row[4*x+1], row[4*x+2])
			}
		}
	default:
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
				p.Pix = append(p.Pix, c.R, c.G, c.B)
			}
		}
	}
	return p, nil
}
