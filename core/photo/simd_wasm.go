//go:build goexperiment.simd && go1.27 && wasm

package photo

import (
	"simd/archsimd"
	"unsafe"
)

// The loops that a large photo spends its time in, in vectors of 128 bits. Each gives what its
// portable twin gives, to the last bit.

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
	transposed4 = [16]int8{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}
	everyRed    = [16]int8{0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1}
	everyGreen  = [16]int8{1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1}
	everyBlue   = [16]int8{2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1}
)

func signed(x archsimd.Uint32x4) words { return x.BitsToInt32() }

// along takes the three colours of the row apart, as words, so that four samples are multiplied at
// once.
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
