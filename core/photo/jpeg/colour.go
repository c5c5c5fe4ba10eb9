package jpeg

// h2v1 doubles a row: each output lies a quarter of a sample from the nearer input and three
// quarters from the farther. Halves are rounded down and up in turn.
func h2v1(dst, near, _ []byte, _ bool) {
	last := len(near) - 1
	prev, this := int(near[0]), int(near[0])
	for _, sample := range near[1:] {
		if len(dst) < 2 { // never; it spares the loop its bounds checks
			break
		}
		next := int(sample)
		dst[0] = uint8((3*this + prev + 1) >> 2)
		dst[1] = uint8((3*this + next + 2) >> 2)
		dst = dst[2:]
		prev, this = this, next
	}
	dst[0] = uint8((3*this + prev + 1) >> 2)
	if len(dst) > 1 {
		dst[1] = near[last]
	}
}

// h1v2 doubles a column the same way.
func h1v2(dst, near, far []byte, farBelow bool) {
	bias := 1
	if farBelow {
		bias = 2
	}
	near, far = near[:len(dst)], far[:len(dst)]
	for i := range dst {
		dst[i] = uint8((3*int(near[i]) + int(far[i]) + bias) >> 2)
	}
}

// h2v2Portable does both: sums of the two rows, 3:1, are kept at four times their size, so that
// there is one rounding only.
func h2v2Portable(dst, near, far []byte, _ bool) {
	far = far[:len(near)]
	this := 3*int(near[0]) + int(far[0])
	prev := this
	for i := 1; i < len(near); i++ {
		if len(dst) < 2 { // never
			break
		}
		next := 3*int(near[i]) + int(far[i])
		dst[0] = uint8((3*this + prev + 8) >> 4)
		dst[1] = uint8((3*this + next + 7) >> 4)
		dst = dst[2:]
		prev, this = this, next
	}
	dst[0] = uint8((3*this + prev + 8) >> 4)
	if len(dst) > 1 {
		dst[1] = uint8((4*this + 7) >> 4)
	}
}

// jfifToRGBPortable is the conversion of JFIF 1.02 (BT.601, full range) in libjpeg's 16-bit fixed
// point (jdcolor.c): the constants are 1.402, 1.772, 0.71414 and 0.34414 times 65536.
func jfifToRGBPortable(dst, y, cb, cr []byte) {
	cb, cr = cb[:len(y)], cr[:len(y)]
	for i, luma := range y {
		if len(dst) < 3 { // never
			break
		}
		l := int32(luma)<<16 + 1<<15
		b, r := int32(cb[i])-128, int32(cr[i])-128
		dst[0] = clamp8((l + 91881*r) >> 16)
		dst[1] = clamp8((l - 22554*b - 46802*r) >> 16)
		dst[2] = clamp8((l + 116130*b) >> 16)
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
