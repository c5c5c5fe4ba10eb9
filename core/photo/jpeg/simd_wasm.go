//go:build goexperiment.simd && go1.27 && wasm

package jpeg

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

// pick arranges the bytes of x by their numbers; a number from 128 on gives a zero.
func pick(x octet, order archsimd.Int8x16) octet {
	return x.BitsToInt8().LookupOrZero(order).ToBits()
}

func order(of [16]int8) archsimd.Int8x16 { return archsimd.LoadInt8x16Array(&of) }

func asBytes(x words) octet { return x.ToBits().ReshapeToUint8s() }

// without4th are the numbers of bytes for pick.
var without4th = [16]int8{0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1}

func inverse4(b, factors *[64]int16, to []byte, stride int) { inverse4Portable(b, factors, to, stride) }

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

func inverse8(b, factors *[64]int16, to []byte, stride int) { inverse8Portable(b, factors, to, stride) }
