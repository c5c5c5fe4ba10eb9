//go:build goexperiment.simd && go1.27 && wasm

package photo

import (
	"simd/archsimd"
	"unsafe"
)

// The loops that a large photo spends its time in, in vectors of 128 bits. Each gives what its portable twin gives, to the
// last bit.

type (
	words = archsimd.Int32x4
	octet = archsimd.Uint8x16
)

func splat(x int32) words { return archsimd.BroadcastInt32x4(x) }

func loadBytes(x []byte, at int) octet { return archsimd.LoadUint8x16Array((*[16]byte)(x[at:])) }

func loadWords(p unsafe.Pointer, i int) words {
	return archsimd.LoadInt32x4Array((*[4]int32)(unsafe.Add(p, 4*i)))
}

func storeWords(p unsafe.Pointer, i int, x words) { x.StoreArray((*[4]int32)(unsafe.Add(p, 4*i))) }

// pick arranges the bytes of x by their numbers; a number from 128 on gives a zero.
func pick(x octet, order archsimd.Int8x16) octet {
	return x.BitsToInt8().LookupOrZero(order).ToBits()
}

func order(of [16]int8) archsimd.Int8x16 { return archsimd.LoadInt8x16Array(&of) }

func asWords(x octet) words { return x.ReshapeToUint32s().BitsToInt32() }
func asBytes(x words) octet { return x.ToBits().ReshapeToUint8s() }

// limit clamps to a byte's range.
func limit(x, zero, top words) words { return x.Max(zero).Min(top) }

// Numbers of bytes for pick.
var (
	firstOfEach  = [16]int8{0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1} // of four words, in front
	firstToRight = [16]int8{-1, -1, -1, -1, 0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1} // the same, four bytes on
	without4th   = [16]int8{0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1}
	transposed4  = [16]int8{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}
	everyRed     = [16]int8{0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1}
	everyGreen   = [16]int8{1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1}
	everyBlue    = [16]int8{2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1}
)

// turn is rotate on four columns.
func turn(x0, x1 words, cos, sin int32) (words, words) {
	sum := x0.Add(x1).Mul(splat(cos))
	return sum.Sub(x1.Mul(splat(sin + cos))), x0.Mul(splat(sin - cos)).Add(sum)
}

// columns transforms four columns, from the given one on, to rows of words in place.
func columns(b *block, from int) {
	p := unsafe.Pointer(&b[from])
	x0 := loadWords(p, 0).Add(splat(1 << 19))
	x1 := loadWords(p, 32)
	x0, x1 = x0.Add(x1).ShiftAllRight(2), x0.Sub(x1).ShiftAllRight(2)
	x2, x3 := turn(loadWords(p, 16).ShiftAllRight(13), loadWords(p, 48).ShiftAllRight(13), cos6at12, sin6at12)
	x1, x2 = x1.Add(x2), x1.Sub(x2)
	x0, x3 = x0.Add(x3), x0.Sub(x3)

	x7, x4 := loadWords(p, 8), loadWords(p, 56)
	x7, x4 = x7.Add(x4), x7.Sub(x4)
	x5 := loadWords(p, 24).ShiftAllRight(13).Mul(splat(half14))
	x6 := loadWords(p, 40).ShiftAllRight(13).Mul(splat(half14))
	x7, x5 = x7.Add(x5), x7.Sub(x5)
	x4, x6 = x4.Add(x6), x4.Sub(x6)
	x4, x7 = turn(x4.ShiftAllRight(14), x7.ShiftAllRight(14), cos3at12, sin3at12)
	x5, x6 = turn(x5.ShiftAllRight(14), x6.ShiftAllRight(14), cos1at12, sin1at12)

	storeWords(p, 0, x0.Add(x7))
	storeWords(p, 8, x1.Add(x6))
	storeWords(p, 16, x2.Add(x5))
	storeWords(p, 24, x3.Add(x4))
	storeWords(p, 32, x3.Sub(x4))
	storeWords(p, 40, x2.Sub(x5))
	storeWords(p, 48, x1.Sub(x6))
	storeWords(p, 56, x0.Sub(x7))
}

func inverseColumns(b *block, to []byte, stride int) {
	columns(b, 0)
	columns(b, 4)
	zero, top, middle := splat(0), splat(255), splat(128)
	left, right := order(firstOfEach), order(firstToRight)
	p := unsafe.Pointer(b)
	for y := range 8 {
		a := limit(loadWords(p, 8*y).ShiftAllRight(18).Add(middle), zero, top)
		c := limit(loadWords(p, 8*y+4).ShiftAllRight(18).Add(middle), zero, top)
		row := pick(asBytes(a), left).Or(pick(asBytes(c), right))
		*(*uint64)(unsafe.Pointer(&to[y*stride:][:8][0])) = row.ReshapeToUint64s().GetElem(0)
	}
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
		rgb(signed(y0.ExtendLo4ToUint32()), signed(b0.ExtendLo4ToUint32()), signed(r0.ExtendLo4ToUint32()), pack).StoreArray((*[16]byte)(to))
		rgb(signed(y0.ExtendHi4ToUint32()), signed(b0.ExtendHi4ToUint32()), signed(r0.ExtendHi4ToUint32()), pack).StoreArray((*[16]byte)(to[12:]))
		rgb(signed(y1.ExtendLo4ToUint32()), signed(b1.ExtendLo4ToUint32()), signed(r1.ExtendLo4ToUint32()), pack).StoreArray((*[16]byte)(to[24:]))
		rgb(signed(y1.ExtendHi4ToUint32()), signed(b1.ExtendHi4ToUint32()), signed(r1.ExtendHi4ToUint32()), pack).StoreArray((*[16]byte)(to[36:]))
	}
	jfifToRGBPortable(dst[3*i:], y[i:], cb[i:], cr[i:])
}

func signed(x archsimd.Uint32x4) words { return x.BitsToInt32() }

// rgb converts four pixels, in the lowest twelve bytes of what it returns.
func rgb(y, cb, cr words, pack archsimd.Int8x16) octet {
	l, b, r := y.ShiftAllLeft(16).Add(splat(1<<15)), cb.Sub(splat(128)), cr.Sub(splat(128))
	red := byteRange(r.Mul(splat(91881)).Add(l).ShiftAllRight(16))
	green := byteRange(l.Sub(b.Mul(splat(22554))).Sub(r.Mul(splat(46802))).ShiftAllRight(16))
	blue := byteRange(b.Mul(splat(116130)).Add(l).ShiftAllRight(16))
	return pick(asBytes(red.Or(green.ShiftAllLeft(8)).Or(blue.ShiftAllLeft(16))), pack)
}

func byteRange(x words) words { return x.Max(splat(0)).Min(splat(255)) }

func libjpegH2V2(dst, near, far []byte, farBelow bool) {
	n := len(near)
	if n < 32 || len(dst) < 2*n-1 {
		libjpegH2V2Portable(dst, near, far, farBelow)
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

// along takes the three colours of the row apart, as words, so that four samples are multiplied at once.
func (a *axis) along(dst, src []byte) {
	n := len(src) / 3
	span := n + 8 // a sum reads up to three samples more than there are, with a coefficient of zero
	if len(a.planes) < 3*span {
		a.planes = make([]int32, 3*span)
	}
	base := unsafe.Pointer(&a.planes[0])
	r, g, b := order(everyRed), order(everyGreen), order(everyBlue)
	i := 0
	for ; i+6 <= n; i += 4 {
		x := loadBytes(src, 3*i)
		storeWords(base, i, asWords(pick(x, r)))
		storeWords(base, span+i, asWords(pick(x, g)))
		storeWords(base, 2*span+i, asWords(pick(x, b)))
	}
	for ; i < n; i++ {
		a.planes[i], a.planes[span+i], a.planes[2*span+i] = int32(src[3*i]), int32(src[3*i+1]), int32(src[3*i+2])
	}
	for i, first := range a.first {
		coef := unsafe.Pointer(&a.coef[i*a.width])
		reds := unsafe.Add(base, 4*first)
		greens, blues := unsafe.Add(reds, 4*span), unsafe.Add(reds, 8*span)
		red, green, blue := splat(0), splat(0), splat(0)
		for k := 0; k < a.count[i]; k += 4 {
			c := loadWords(coef, k)
			red = loadWords(reds, k).Mul(c).Add(red)
			green = loadWords(greens, k).Mul(c).Add(green)
			blue = loadWords(blues, k).Mul(c).Add(blue)
		}
		dst[3*i], dst[3*i+1], dst[3*i+2] = level(total(red)), level(total(green)), level(total(blue))
	}
}

// total adds the four words up, and a half.
func total(x words) int32 {
	return x.GetElem(0) + x.GetElem(1) + x.GetElem(2) + x.GetElem(3) + 1<<(precision-1)
}

func (a *axis) down(dst, src []byte, n, pitch int) {
	const lanes = 16
	sums := make([]int32, n+lanes)
	p := unsafe.Pointer(&sums[0])
	zero, top, half := splat(0), splat(255), splat(1<<(precision-1))
	turned := order(transposed4)
	whole := n &^ (lanes - 1)
	for i, first := range a.first {
		for x := 0; x < n; x += 4 {
			storeWords(p, x, half)
		}
		for k := range a.count[i] {
			c := a.coef[i*a.width+k]
			cs := splat(c)
			line := src[(first+k)*pitch:][:n]
			for x := 0; x < whole; x += lanes {
				v := loadBytes(line, x)
				lo, hi := v.ExtendLo8ToUint16(), v.ExtendHi8ToUint16()
				storeWords(p, x, signed(lo.ExtendLo4ToUint32()).Mul(cs).Add(loadWords(p, x)))
				storeWords(p, x+4, signed(lo.ExtendHi4ToUint32()).Mul(cs).Add(loadWords(p, x+4)))
				storeWords(p, x+8, signed(hi.ExtendLo4ToUint32()).Mul(cs).Add(loadWords(p, x+8)))
				storeWords(p, x+12, signed(hi.ExtendHi4ToUint32()).Mul(cs).Add(loadWords(p, x+12)))
			}
			for x := whole; x < n; x++ {
				sums[x] += c * int32(line[x])
			}
		}
		line := dst[i*n:][:n]
		for x := 0; x < whole; x += lanes {
			s0 := limit(loadWords(p, x).ShiftAllRight(precision), zero, top)
			s1 := limit(loadWords(p, x+4).ShiftAllRight(precision), zero, top)
			s2 := limit(loadWords(p, x+8).ShiftAllRight(precision), zero, top)
			s3 := limit(loadWords(p, x+12).ShiftAllRight(precision), zero, top)
			all := s0.Or(s1.ShiftAllLeft(8)).Or(s2.ShiftAllLeft(16)).Or(s3.ShiftAllLeft(24))
			pick(asBytes(all), turned).StoreArray((*[16]byte)(line[x:]))
		}
		for x := whole; x < n; x++ {
			line[x] = level(sums[x])
		}
	}
}
