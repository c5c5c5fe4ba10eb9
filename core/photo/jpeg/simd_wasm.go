//go:build goexperiment.simd && go1.27 && wasm

package jpeg

import (
	"simd/archsimd"
	"unsafe"
)

// The loops that a large photo spends its time in, in vectors of 128 bits. Each gives what its
// portable twin gives, to the last bit.

type (
	words  = archsimd.Int32x4
	shorts = archsimd.Int16x8
	octet  = archsimd.Uint8x16
)

func splat(x int32) words { return archsimd.BroadcastInt32x4(x) }

func loadBytes(x []byte, at int) octet { return archsimd.LoadUint8x16Array((*[16]byte)(x[at:])) }

func loadWords(p unsafe.Pointer, i int) words {
	return archsimd.LoadInt32x4Array((*[4]int32)(unsafe.Add(p, 4*i)))
}

// pick arranges the bytes of x by their numbers; a number from 128 on gives a zero.
func pick(x octet, order archsimd.Int8x16) octet {
	return x.BitsToInt8().LookupOrZero(order).ToBits()
}

func order(of [16]int8) archsimd.Int8x16 { return archsimd.LoadInt8x16Array(&of) }

func asBytes(x words) octet { return x.ToBits().ReshapeToUint8s() }

// without4th are the numbers of bytes for pick.
var without4th = [16]int8{0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1}

// dequantised returns eight coefficients from the given one on.
func dequantised(b, factors *[64]int16, from int) shorts {
	return archsimd.LoadInt16x8Array((*[8]int16)(b[from:])).Mul(archsimd.LoadInt16x8Array((*[8]int16)(factors[from:])))
}

func constant(x int16) shorts { return archsimd.BroadcastInt16x8(x) }

// shortened rounds and shifts sums, and limits them to 16 bits.
func shortened(x words, shift uint64) words {
	return x.Add(splat(1 << (shift - 1))).ShiftAllRight(shift).Max(splat(-1 << 15)).Min(splat(1<<15 - 1))
}

// column puts four sums, which lie beside each other in four rows, into the columns of w that begin
// at the given one, each of which is four numbers.
func column(w *[32]int32, at int, y0, y1, y2, y3 words) {
	to := (*[16]int32)(w[4*at:])
	to[0], to[1], to[2], to[3] = y0.GetElem(0), y1.GetElem(0), y2.GetElem(0), y3.GetElem(0)
	to[4], to[5], to[6], to[7] = y0.GetElem(1), y1.GetElem(1), y2.GetElem(1), y3.GetElem(1)
	to[8], to[9], to[10], to[11] = y0.GetElem(2), y1.GetElem(2), y2.GetElem(2), y3.GetElem(2)
	to[12], to[13], to[14], to[15] = y0.GetElem(3), y1.GetElem(3), y2.GetElem(3), y3.GetElem(3)
}

func inverse4(b, factors *[64]int16, to []byte, stride int) {
	var rest uint64
	for y := 1; y < 8; y++ {
		if y != 4 {
			row := (*[2]uint64)(unsafe.Pointer(&b[8*y]))
			rest |= row[0] | row[1]
		}
	}
	if rest == 0 { // the sums of a single row wrap
		inverse4Portable(b, factors, to, stride)
		return
	}
	x0, x1, x2, x3 := dequantised(b, factors, 0), dequantised(b, factors, 8), dequantised(b, factors, 16), dequantised(b, factors, 24)
	x5, x6, x7 := dequantised(b, factors, 40), dequantised(b, factors, 48), dequantised(b, factors, 56)
	var w [32]int32
	{
		const shift = constBits - passBits + 1
		e0 := x0.ExtendLo4ToInt32().ShiftAllLeft(constBits + 1)
		e2 := x2.MulWidenLo(constant(c1847)).Sub(x6.MulWidenLo(constant(c0765)))
		o0 := x1.MulWidenLo(constant(c1061)).Sub(x3.MulWidenLo(constant(c2172))).Add(x5.MulWidenLo(constant(c1451))).Sub(x7.MulWidenLo(constant(c0211)))
		o2 := x1.MulWidenLo(constant(c2562)).Add(x3.MulWidenLo(constant(c0899))).Sub(x5.MulWidenLo(constant(c0601))).Sub(x7.MulWidenLo(constant(c0509)))
		column(&w, 0, shortened(e0.Add(e2).Add(o2), shift), shortened(e0.Sub(e2).Add(o0), shift), shortened(e0.Sub(e2).Sub(o0), shift), shortened(e0.Add(e2).Sub(o2), shift))
		e0 = x0.ExtendHi4ToInt32().ShiftAllLeft(constBits + 1)
		e2 = x2.MulWidenHi(constant(c1847)).Sub(x6.MulWidenHi(constant(c0765)))
		o0 = x1.MulWidenHi(constant(c1061)).Sub(x3.MulWidenHi(constant(c2172))).Add(x5.MulWidenHi(constant(c1451))).Sub(x7.MulWidenHi(constant(c0211)))
		o2 = x1.MulWidenHi(constant(c2562)).Add(x3.MulWidenHi(constant(c0899))).Sub(x5.MulWidenHi(constant(c0601))).Sub(x7.MulWidenHi(constant(c0509)))
		column(&w, 4, shortened(e0.Add(e2).Add(o2), shift), shortened(e0.Sub(e2).Add(o0), shift), shortened(e0.Sub(e2).Sub(o0), shift), shortened(e0.Add(e2).Sub(o2), shift))
	}
	p := unsafe.Pointer(&w[0])
	e0 := loadWords(p, 0).ShiftAllLeft(constBits + 1)
	e2 := turned(loadWords(p, 8), c1847).Sub(turned(loadWords(p, 24), c0765))
	r1, r3, r5, r7 := loadWords(p, 4), loadWords(p, 12), loadWords(p, 20), loadWords(p, 28)
	o0 := turned(r1, c1061).Sub(turned(r3, c2172)).Add(turned(r5, c1451)).Sub(turned(r7, c0211))
	o2 := turned(r1, c2562).Add(turned(r3, c0899)).Sub(turned(r5, c0601)).Sub(turned(r7, c0509))
	const shift = constBits + passBits + 3 + 1
	round, middle, zero, top := splat(1<<(shift-1)), splat(128), splat(0), splat(255)
	sample := func(x words) words { return x.Add(round).ShiftAllRight(shift).Add(middle).Max(zero).Min(top) }
	rows := sample(e0.Add(e2).Add(o2)).Or(sample(e0.Sub(e2).Add(o0)).ShiftAllLeft(8)).Or(sample(e0.Sub(e2).Sub(o0)).ShiftAllLeft(16)).Or(sample(e0.Add(e2).Sub(o2)).ShiftAllLeft(24))
	to = to[:3*stride+4]
	q := unsafe.Pointer(&to[0])
	*(*int32)(q), *(*int32)(unsafe.Add(q, stride)) = rows.GetElem(0), rows.GetElem(1)
	*(*int32)(unsafe.Add(q, 2*stride)), *(*int32)(unsafe.Add(q, 3*stride)) = rows.GetElem(2), rows.GetElem(3)
}

func inverse2(b, factors *[64]int16, to []byte, stride int) {
	x0, x1, x3 := dequantised(b, factors, 0), dequantised(b, factors, 5), dequantised(b, factors, 10)
	x5, x7 := dequantised(b, factors, 15), dequantised(b, factors, 20)
	const first = constBits - passBits + 2
	e := x0.ExtendLo4ToInt32().ShiftAllLeft(constBits + 2)
	o := x1.MulWidenLo(constant(c3624)).Sub(x3.MulWidenLo(constant(c1272))).Add(x5.MulWidenLo(constant(c0850))).Sub(x7.MulWidenLo(constant(c0720)))
	w0, w1 := shortened(e.Add(o), first), shortened(e.Sub(o), first)
	e = x0.ExtendHi4ToInt32().ShiftAllLeft(constBits + 2)
	o = x1.MulWidenHi(constant(c3624)).Sub(x3.MulWidenHi(constant(c1272))).Add(x5.MulWidenHi(constant(c0850))).Sub(x7.MulWidenHi(constant(c0720)))
	v0, v1 := shortened(e.Add(o), first), shortened(e.Sub(o), first)
	const shift = constBits + passBits + 3 + 2
	to = to[:stride+2]
	y0, y1 := two(int16(w0.GetElem(0)), int16(w0.GetElem(1)), int16(w0.GetElem(2)), int16(w0.GetElem(3)), int16(v0.GetElem(0)))
	to[0], to[1] = level((y0+1<<(shift-1))>>shift), level((y1+1<<(shift-1))>>shift)
	y0, y1 = two(int16(w1.GetElem(0)), int16(w1.GetElem(1)), int16(w1.GetElem(2)), int16(w1.GetElem(3)), int16(v1.GetElem(0)))
	to[stride], to[stride+1] = level((y0+1<<(shift-1))>>shift), level((y1+1<<(shift-1))>>shift)
}

func jfifToRGB(dst, y, cb, cr []byte) {
	n := len(y)
	cb, cr, dst = cb[:n], cr[:n], dst[:3*n]
	pack := order(without4th)
	i := 0
	for ; i+22 <= n; i += 16 { // what is written past the sixteenth pixel stays within the row
		ys, bs, rs := loadBytes(y, i), loadBytes(cb, i), loadBytes(cr, i)
		y0, y1 := ys.ExtendLo8ToUint16(), ys.ExtendHi8ToUint16()
		b0, b1 := bs.ExtendLo8ToUint16(), bs.ExtendHi8ToUint16()
		r0, r1 := rs.ExtendLo8ToUint16(), rs.ExtendHi8ToUint16()
		to := dst[3*i:][:52]
		fourToRGB(signed(y0.ExtendLo4ToUint32()), signed(b0.ExtendLo4ToUint32()), signed(r0.ExtendLo4ToUint32()), pack).StoreArray((*[16]byte)(to))
		fourToRGB(signed(y0.ExtendHi4ToUint32()), signed(b0.ExtendHi4ToUint32()), signed(r0.ExtendHi4ToUint32()), pack).StoreArray((*[16]byte)(to[12:]))
		fourToRGB(signed(y1.ExtendLo4ToUint32()), signed(b1.ExtendLo4ToUint32()), signed(r1.ExtendLo4ToUint32()), pack).StoreArray((*[16]byte)(to[24:]))
		fourToRGB(signed(y1.ExtendHi4ToUint32()), signed(b1.ExtendHi4ToUint32()), signed(r1.ExtendHi4ToUint32()), pack).StoreArray((*[16]byte)(to[36:]))
	}
	jfifToRGBPortable(dst[3*i:], y[i:], cb[i:], cr[i:])
}

func signed(x archsimd.Uint32x4) words { return x.BitsToInt32() }

// fourToRGB converts four pixels, in the lowest twelve bytes of what it returns.
func fourToRGB(y, cb, cr words, pack archsimd.Int8x16) octet {
	l, b, r := y.ShiftAllLeft(16).Add(splat(1<<15)), cb.Sub(splat(128)), cr.Sub(splat(128))
	red := byteRange(r.Mul(splat(91881)).Add(l).ShiftAllRight(16))
	green := byteRange(l.Sub(b.Mul(splat(22554))).Sub(r.Mul(splat(46802))).ShiftAllRight(16))
	blue := byteRange(b.Mul(splat(116130)).Add(l).ShiftAllRight(16))
	return pick(asBytes(red.Or(green.ShiftAllLeft(8)).Or(blue.ShiftAllLeft(16))), pack)
}

func byteRange(x words) words { return x.Max(splat(0)).Min(splat(255)) }

func h2v2(dst, near, far []byte, farBelow bool) {
	n := len(near)
	if n < 32 || len(dst) < 2*n-1 {
		h2v2Portable(dst, near, far, farBelow)
		return
	}
	far = far[:n]
	three, seven, eight := archsimd.BroadcastUint16x8(3), archsimd.BroadcastUint16x8(7), archsimd.BroadcastUint16x8(8)
	sum := func(at int) archsimd.Uint16x8 {
		return loadBytes(near, at).ExtendLo8ToUint16().Mul(three).Add(loadBytes(far, at).ExtendLo8ToUint16())
	}
	first := 3*int(near[0]) + int(far[0])
	second := 3*int(near[1]) + int(far[1])
	dst[0] = uint8((4*first + 8) >> 4)
	dst[1] = uint8((3*first + second + 7) >> 4)
	i := 1
	for ; i+17 <= n; i += 8 {
		this := sum(i).Mul(three)
		even := this.Add(sum(i - 1)).Add(eight).ShiftAllRight(4)
		odd := this.Add(sum(i + 1)).Add(seven).ShiftAllRight(4)
		even.Or(odd.ShiftAllLeft(8)).ReshapeToUint8s().StoreArray((*[16]byte)(dst[2*i:]))
	}
	prev, this := 3*int(near[i-1])+int(far[i-1]), 3*int(near[i])+int(far[i])
	for ; i+1 < n; i++ {
		next := 3*int(near[i+1]) + int(far[i+1])
		dst[2*i], dst[2*i+1] = uint8((3*this+prev+8)>>4), uint8((3*this+next+7)>>4)
		prev, this = this, next
	}
	dst[2*i] = uint8((3*this + prev + 8) >> 4)
	if 2*i+1 < len(dst) {
		dst[2*i+1] = uint8((4*this + 7) >> 4)
	}
}

// turned is the constant of a rotation.
func turned(x words, by int32) words { return x.Mul(splat(by)) }

// short cuts sums to 16 bits, as the portable twin does.
func short(x words) words { return x.ShiftAllLeft(16).ShiftAllRight(16) }

// rowsOf transforms four rows of numbers, those from the given one on, of which w has the columns.
// What comes back are the first and the last four columns of samples, a row in each word.
func rowsOf(w *[64]int32, from int) (left, right words) {
	p := unsafe.Pointer(&w[from])
	x0, x4 := loadWords(p, 0), loadWords(p, 32)
	e0, e1 := x0.Add(x4).ShiftAllLeft(16).ShiftAllRight(16-constBits), x0.Sub(x4).ShiftAllLeft(16).ShiftAllRight(16-constBits)
	x2, x6 := loadWords(p, 16), loadWords(p, 48)
	z := turned(x2.Add(x6), c0541)
	e2, e3 := z.Sub(turned(x6, c1847)), z.Add(turned(x2, c0765))
	x1, x3, x5, x7 := loadWords(p, 8), loadWords(p, 24), loadWords(p, 40), loadWords(p, 56)
	z3, z4 := short(x7.Add(x3)), short(x5.Add(x1))
	z = turned(z3.Add(z4), c1175)
	z3, z4 = z.Sub(turned(z3, c1961)), z.Sub(turned(z4, c0390))
	z1, z2 := turned(x7.Add(x1), c0899), turned(x5.Add(x3), c2562)
	o0, o1 := turned(x7, c0298).Sub(z1).Add(z3), turned(x5, c2053).Sub(z2).Add(z4)
	o2, o3 := turned(x3, c3072).Sub(z2).Add(z3), turned(x1, c1501).Sub(z1).Add(z4)

	const shift = constBits + passBits + 3
	round, middle, zero, top := splat(1<<(shift-1)), splat(128), splat(0), splat(255)
	a0, a1, a2, a3 := e0.Add(e3).Add(round), e1.Add(e2).Add(round), e1.Sub(e2).Add(round), e0.Sub(e3).Add(round)
	sample := func(x words) words { return x.ShiftAllRight(shift).Add(middle).Max(zero).Min(top) }
	left = sample(a0.Add(o3)).Or(sample(a1.Add(o2)).ShiftAllLeft(8)).Or(sample(a2.Add(o1)).ShiftAllLeft(16)).Or(sample(a3.Add(o0)).ShiftAllLeft(24))
	right = sample(a3.Sub(o0)).Or(sample(a2.Sub(o1)).ShiftAllLeft(8)).Or(sample(a1.Sub(o2)).ShiftAllLeft(16)).Or(sample(a0.Sub(o3)).ShiftAllLeft(24))
	return left, right
}

func inverse8(b, factors *[64]int16, to []byte, stride int) {
	var w [64]int32
	if !columns8(b, factors, &w) {
		inverse8Portable(b, factors, to, stride)
		return
	}
	to = to[:7*stride+8]
	p := unsafe.Pointer(&to[0])
	for y := 0; y < 8; y += 4 {
		left, right := rowsOf(&w, y)
		put := func(row int, l, r int32) {
			at := unsafe.Add(p, (y+row)*stride)
			*(*int32)(at), *(*int32)(unsafe.Add(at, 4)) = l, r
		}
		put(0, left.GetElem(0), right.GetElem(0))
		put(1, left.GetElem(1), right.GetElem(1))
		put(2, left.GetElem(2), right.GetElem(2))
		put(3, left.GetElem(3), right.GetElem(3))
	}
}

// columns8 transforms the columns of a block, each of which comes to lie in a row of w. It does not
// where all rows but the first are zeros.
func columns8(b, factors *[64]int16, w *[64]int32) bool {
	var rest [2]uint64
	for y := 1; y < 8; y++ {
		row := (*[2]uint64)(unsafe.Pointer(&b[8*y]))
		rest[0] |= row[0]
		rest[1] |= row[1]
	}
	if rest[0]|rest[1] == 0 {
		return false
	}
	for i := range 8 {
		to := (*[8]int32)(w[8*i:])
		x0 := b[i] * factors[i]
		if rest[i>>2]>>(16*(i&3))&0xffff == 0 {
			v := int32(short16(int32(x0) << passBits))
			to[0], to[1], to[2], to[3], to[4], to[5], to[6], to[7] = v, v, v, v, v, v, v, v
			continue
		}
		y := eight(x0, b[8+i]*factors[8+i], b[16+i]*factors[16+i], b[24+i]*factors[24+i],
			b[32+i]*factors[32+i], b[40+i]*factors[40+i], b[48+i]*factors[48+i], b[56+i]*factors[56+i])
		for k, v := range y {
			to[k] = int32(short16((v + 1<<(constBits-passBits-1)) >> (constBits - passBits)))
		}
	}
	return true
}
