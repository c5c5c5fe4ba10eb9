package jpeg

// The inverse cosine transforms of libjpeg, to the last bit: the one of eight samples by Loeffler,
// Ligtenberg and Moschytz, "Practical Fast 1-D DCT Algorithms with 11 Multiplications" (ICASSP
// 1989) in its "islow" form, and the shorter ones that give the means of 2×2, 4×4 and 8×8 of its
// samples. Columns first, whose results have two bits of fraction in 16 bits, then rows.
//
// Sums of two coefficients wrap at 16 bits, and results of a pass are limited to them, as in the
// vector code of libjpeg-turbo. That matters to damaged files only.

// The constants have 13 bits of fraction.
const (
	constBits = 13
	passBits  = 2

	c0298 = 2446
	c0390 = 3196
	c0541 = 4433
	c0765 = 6270
	c0899 = 7373
	c1175 = 9633
	c1501 = 12299
	c1847 = 15137
	c1961 = 16069
	c2053 = 16819
	c2562 = 20995
	c3072 = 25172

	// of the shorter transforms
	c0211 = 1730
	c0509 = 4176
	c0601 = 4926
	c0720 = 5906
	c0850 = 6967
	c1061 = 8697
	c1272 = 10426
	c1451 = 11893
	c2172 = 17799
	c3624 = 29692
)

func short16(x int32) int16 { return int16(min(max(x, -1<<15), 1<<15-1)) }

// level limits a sample and shifts it to the middle.
func level(x int32) byte {
	x += 128
	if uint32(x) > 255 {
		if x < 0 {
			return 0
		}
		return 255
	}
	return byte(x)
}

// mean returns the mean of the samples of a block with the given first coefficient. Damaged files
// may have such that are out of range; those wrap, as in libjpeg.
func mean(dc, factor int16) byte {
	x := (int32(dc)*int32(factor) + 4) >> 3
	return level(x << 22 >> 22)
}

// flat writes size×size samples of a block that has nothing but its first coefficient, dequantised.
func flat(dc int16, to []byte, stride, size int) {
	v := level((int32(dc<<passBits) + 16) >> 5)
	switch size {
	case 8:
		for range 8 {
			row := to[:8]
			row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7] = v, v, v, v, v, v, v, v
			to = to[min(stride, len(to)):]
		}
	case 4:
		for y := range 4 {
			row := to[y*stride:][:4]
			row[0], row[1], row[2], row[3] = v, v, v, v
		}
	default:
		to[0], to[1], to[stride], to[stride+1] = v, v, v, v
	}
}

// eight transforms eight numbers; the results are to be shifted.
func eight(x0, x1, x2, x3, x4, x5, x6, x7 int16) (y [8]int32) {
	e0, e1 := int32(x0+x4)<<constBits, int32(x0-x4)<<constBits
	e2 := int32(x2)*c0541 + int32(x6)*(c0541-c1847)
	e3 := int32(x2)*(c0541+c0765) + int32(x6)*c0541
	z3, z4 := int32(x7+x3), int32(x5+x1)
	z3, z4 = z3*(c1175-c1961)+z4*c1175, z3*c1175+z4*(c1175-c0390)
	o0 := int32(x7)*(c0298-c0899) - int32(x1)*c0899 + z3
	o1 := int32(x5)*(c2053-c2562) - int32(x3)*c2562 + z4
	o2 := int32(x3)*(c3072-c2562) - int32(x5)*c2562 + z3
	o3 := int32(x1)*(c1501-c0899) - int32(x7)*c0899 + z4
	y[0], y[7] = e0+e3+o3, e0+e3-o3
	y[1], y[6] = e1+e2+o2, e1+e2-o2
	y[2], y[5] = e1-e2+o1, e1-e2-o1
	y[3], y[4] = e0-e3+o0, e0-e3-o0
	return y
}

// inverse8Portable writes the 8×8 samples of a block, whose coefficients, in natural order, are
// multiplied by the factors.
func inverse8Portable(b, factors *[64]int16, to []byte, stride int) {
	var w [64]int16
	rest := int16(0)
	for _, x := range b[8:] {
		rest |= x
	}
	for i := range 8 {
		x0 := b[i] * factors[i]
		if rest == 0 {
			for y := range 8 {
				w[8*y+i] = x0 << passBits
			}
			continue
		}
		if b[8+i]|b[16+i]|b[24+i]|b[32+i]|b[40+i]|b[48+i]|b[56+i] == 0 {
			v := short16(int32(x0) << passBits)
			for y := range 8 {
				w[8*y+i] = v
			}
			continue
		}
		y := eight(x0, b[8+i]*factors[8+i], b[16+i]*factors[16+i], b[24+i]*factors[24+i],
			b[32+i]*factors[32+i], b[40+i]*factors[40+i], b[48+i]*factors[48+i], b[56+i]*factors[56+i])
		for k, v := range y {
			w[8*k+i] = short16((v + 1<<(constBits-passBits-1)) >> (constBits - passBits))
		}
	}
	const shift = constBits + passBits + 3
	for i := range 8 {
		x := w[8*i:][:8]
		row := to[i*stride:][:8]
		if x[1]|x[2]|x[3]|x[4]|x[5]|x[6]|x[7] == 0 {
			v := level((int32(x[0]) + 16) >> 5)
			row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7] = v, v, v, v, v, v, v, v
			continue
		}
		y := eight(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])
		for k, v := range y {
			row[k] = level((v + 1<<(shift-1)) >> shift)
		}
	}
}

// four transforms to four numbers, which are to be shifted.
func four(x0, x1, x2, x3, x5, x6, x7 int16) (y0, y1, y2, y3 int32) {
	e0 := int32(x0) << (constBits + 1)
	e2 := int32(x2)*c1847 - int32(x6)*c0765
	o0 := int32(x1)*c1061 - int32(x3)*c2172 + int32(x5)*c1451 - int32(x7)*c0211
	o2 := int32(x1)*c2562 + int32(x3)*c0899 - int32(x5)*c0601 - int32(x7)*c0509
	return e0 + e2 + o2, e0 - e2 + o0, e0 - e2 - o0, e0 + e2 - o2
}

// inverse4Portable writes the 4×4 samples of a block at half size.
func inverse4Portable(b, factors *[64]int16, to []byte, stride int) {
	var w [32]int16
	rest := int16(0)
	for i := 8; i < 64; i++ {
		if i&^7 != 32 {
			rest |= b[i]
		}
	}
	for i := range 8 {
		if i == 4 { // not needed
			continue
		}
		x0 := b[i] * factors[i]
		if rest == 0 {
			x0 <<= passBits
			w[i], w[8+i], w[16+i], w[24+i] = x0, x0, x0, x0
			continue
		}
		if b[8+i]|b[16+i]|b[24+i]|b[40+i]|b[48+i]|b[56+i] == 0 {
			x0 = short16(int32(x0) << passBits)
			w[i], w[8+i], w[16+i], w[24+i] = x0, x0, x0, x0
			continue
		}
		const shift = constBits - passBits + 1
		y0, y1, y2, y3 := four(x0, b[8+i]*factors[8+i], b[16+i]*factors[16+i], b[24+i]*factors[24+i],
			b[40+i]*factors[40+i], b[48+i]*factors[48+i], b[56+i]*factors[56+i])
		w[i], w[8+i] = short16((y0+1<<(shift-1))>>shift), short16((y1+1<<(shift-1))>>shift)
		w[16+i], w[24+i] = short16((y2+1<<(shift-1))>>shift), short16((y3+1<<(shift-1))>>shift)
	}
	const shift = constBits + passBits + 3 + 1
	for i := range 4 {
		x := w[8*i:][:8]
		row := to[i*stride:][:4]
		if x[1]|x[2]|x[3]|x[5]|x[6]|x[7] == 0 {
			v := level((int32(x[0]) + 16) >> 5)
			row[0], row[1], row[2], row[3] = v, v, v, v
			continue
		}
		y0, y1, y2, y3 := four(x[0], x[1], x[2], x[3], x[5], x[6], x[7])
		row[0], row[1] = level((y0+1<<(shift-1))>>shift), level((y1+1<<(shift-1))>>shift)
		row[2], row[3] = level((y2+1<<(shift-1))>>shift), level((y3+1<<(shift-1))>>shift)
	}
}

// two transforms to two numbers, which are to be shifted.
func two(x0, x1, x3, x5, x7 int16) (y0, y1 int32) {
	e := int32(x0) << (constBits + 2)
	o := int32(x1)*c3624 - int32(x3)*c1272 + int32(x5)*c0850 - int32(x7)*c0720
	return e + o, e - o
}

// inverse2Portable writes the 2×2 samples of a block at a quarter of its size. Of the coefficients
// there are 5×5, of the rows and columns 0, 1, 3, 5 and 7.
func inverse2Portable(b, factors *[64]int16, to []byte, stride int) {
	var w [10]int16
	for i := range 5 {
		const shift = constBits - passBits + 2
		x0 := b[i] * factors[i]
		if b[5+i]|b[10+i]|b[15+i]|b[20+i] == 0 {
			x0 = short16(int32(x0) << passBits)
			w[i], w[5+i] = x0, x0
			continue
		}
		y0, y1 := two(x0, b[5+i]*factors[5+i], b[10+i]*factors[10+i], b[15+i]*factors[15+i], b[20+i]*factors[20+i])
		w[i], w[5+i] = short16((y0+1<<(shift-1))>>shift), short16((y1+1<<(shift-1))>>shift)
	}
	const shift = constBits + passBits + 3 + 2
	y0, y1 := two(w[0], w[1], w[2], w[3], w[4])
	to[0], to[1] = level((y0+1<<(shift-1))>>shift), level((y1+1<<(shift-1))>>shift)
	y0, y1 = two(w[5], w[6], w[7], w[8], w[9])
	to[stride], to[stride+1] = level((y0+1<<(shift-1))>>shift), level((y1+1<<(shift-1))>>shift)
}
