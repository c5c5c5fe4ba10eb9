package photo

import "image"

// A chromaFilter writes one row of chroma at the width of the picture, from the nearest row of
// samples and the next nearest, which lies below near if farBelow. At the top and bottom edges far
// is near. Filters that only widen don't look at far.
type chromaFilter func(dst, near, far []byte, farBelow bool)

// A yccToRGB turns a row of luma and chroma into RGB8; the lengths are those of y, and 3*len(y) for
// dst.
type yccToRGB func(dst, y, cb, cr []byte)

// yccRows hands out the rows of a YCbCr picture as RGB8.
type yccRows struct {
	m            *image.YCbCr
	stepX, stepY int          // luma samples for one of chroma
	filter       chromaFilter // nil: repeat samples
	convert      yccToRGB
	cb, cr       []byte // one row each, widened
}

func newYCCRows(m *image.YCbCr, filter chromaFilter, convert yccToRGB) *yccRows {
	r := &yccRows{m: m, stepX: 1, stepY: 1, filter: filter, convert: convert}
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		r.stepX = 2
	case image.YCbCrSubsampleRatio420:
		r.stepX, r.stepY = 2, 2
	case image.YCbCrSubsampleRatio440:
		r.stepY = 2
	case image.YCbCrSubsampleRatio411:
		r.stepX = 4
	case image.YCbCrSubsampleRatio410:
		r.stepX, r.stepY = 4, 2
	}
	if filter != nil || r.stepX > 1 {
		r.cb, r.cr = make([]byte, m.Rect.Dx()), make([]byte, m.Rect.Dx())
	}
	return r
}

// row writes row y into dst[:3*w].
func (r *yccRows) row(y int, dst []byte) {
	m := r.m
	w, h := m.Rect.Dx(), m.Rect.Dy()
	cw, ch := (w+r.stepX-1)/r.stepX, (h+r.stepY-1)/r.stepY
	near := y / r.stepY
	far, farBelow := near, false
	if r.stepY == 2 {
		farBelow = y%2 == 1
		if farBelow {
			far = min(near+1, ch-1)
		} else {
			far = max(near-1, 0)
		}
	}
	nearAt, farAt := near*m.CStride, far*m.CStride
	cb, cr := m.Cb[nearAt:][:cw], m.Cr[nearAt:][:cw]
	switch {
	case r.filter != nil:
		r.filter(r.cb, cb, m.Cb[farAt:][:cw], farBelow)
		r.filter(r.cr, cr, m.Cr[farAt:][:cw], farBelow)
		cb, cr = r.cb, r.cr
	case r.stepX > 1:
		repeat(r.cb, cb, r.stepX)
		repeat(r.cr, cr, r.stepX)
		cb, cr = r.cb, r.cr
	}
	r.convert(dst[:3*w], m.Y[y*m.YStride:][:w], cb, cr)
}

// repeat writes every sample of src n times, as far as dst goes.
func repeat(dst, src []byte, n int) {
	for i := range dst {
		dst[i] = src[i/n]
	}
}

// libwebpH2V2 is the "fancy upsampler" of libwebp (its src/dsp/upsampling.c): weights of 9, 3, 3
// and 1 sixteenths, reached in two roundings.
func libwebpH2V2(dst, near, far []byte, _ bool) {
	far = far[:len(near)]
	n0, f0 := int(near[0]), int(far[0])
	dst[0] = uint8((3*n0 + f0 + 2) >> 2)
	dst = dst[1:]
	for i := 1; i < len(near); i++ {
		if len(dst) < 2 { // never
			break
		}
		n1, f1 := int(near[i]), int(far[i])
		sum := n0 + n1 + f0 + f1 + 8
		dst[0] = uint8(((sum+2*(n1+f0))>>3 + n0) >> 1)
		dst[1] = uint8(((sum+2*(n0+f1))>>3 + n1) >> 1)
		dst = dst[2:]
		n0, f0 = n1, f1
	}
	if len(dst) > 0 {
		dst[0] = uint8((3*n0 + f0 + 2) >> 2)
	}
}

// vp8ToRGB is libwebp's conversion (its src/dsp/yuv.h): BT.601, luma from 16 to 235, products cut
// to six bits of fraction.
func vp8ToRGB(dst, y, cb, cr []byte) {
	cb, cr = cb[:len(y)], cr[:len(y)]
	for i, luma := range y {
		if len(dst) < 3 { // never
			break
		}
		l := int32(luma) * 19077 >> 8
		b, r := int32(cb[i]), int32(cr[i])
		dst[0] = clamp8((l + r*26149>>8 - 14234) >> 6)
		dst[1] = clamp8((l - b*6419>>8 - r*13320>>8 + 8708) >> 6)
		dst[2] = clamp8((l + b*33050>>8 - 17685) >> 6)
		dst = dst[3:]
	}
}

func clamp8(v int32) uint8 {
	if uint32(v) > 255 {
		if v < 0 {
			return 0
		}
		return 255
	}
	return uint8(v)
}
