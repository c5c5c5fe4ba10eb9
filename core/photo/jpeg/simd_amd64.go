//go:build goexperiment.simd && go1.27 && amd64

package jpeg

import (
	"simd/archsimd"
	"unsafe"
)

// The loops that a large photo spends its time in, in vectors. Each gives what its portable twin
// gives, to the last bit.
//
// Each begins by clearing what it does not use, the upper parts of the registers. When Go takes a
// thread from a goroutine and gives it back, it loads them whole, and from then on every
// instruction that knows only the lower parts, such as those that the compiler saves a register
// with, waits for them: a block of 8×8 took 6,000 ns in place of 200.

type (
	words  = archsimd.Int32x4
	shorts = archsimd.Int16x8
	octet  = archsimd.Uint8x16
)

var haveAVX2 = archsimd.X86.AVX2()

func loadShorts(b *[64]int16, row int) shorts {
	return archsimd.LoadInt16x8Array((*[8]int16)(unsafe.Add(unsafe.Pointer(b), 16*row)))
}

func storeShorts(b *[64]int16, row int, x shorts) {
	x.StoreArray((*[8]int16)(unsafe.Add(unsafe.Pointer(b), 16*row)))
}

// pair is a factor for the even and one for the odd elements.
func pair(even, odd int16) shorts {
	return archsimd.BroadcastInt32x4(int32(odd)<<16 | int32(uint16(even))).ToBits().ReshapeToUint16s().BitsToInt16()
}

func asWords(x shorts) words          { return x.ToBits().ReshapeToUint32s().BitsToInt32() }
func loadBytes(x []byte, i int) octet { return archsimd.LoadUint8x16Array((*[16]byte)(x[i:])) }

// fraction gives four numbers the bits of fraction of the constants. low has them in the odd
// elements.
func fraction(low shorts) words { return asWords(low).ShiftAllRight(16 - constBits) }

// pass transforms the columns of eight rows of numbers in place, with shifted results.
func pass(b *[64]int16, shift uint64) {
	round := archsimd.BroadcastInt32x4(1 << (shift - 1))
	zero := archsimd.BroadcastInt16x8(0)
	r0, r4 := loadShorts(b, 0), loadShorts(b, 4)
	sum, difference := r0.Add(r4), r0.Sub(r4)
	r2, r6 := loadShorts(b, 2), loadShorts(b, 6)
	r1, r3, r5, r7 := loadShorts(b, 1), loadShorts(b, 3), loadShorts(b, 5), loadShorts(b, 7)
	z3, z4 := r7.Add(r3), r5.Add(r1)
	k2, k3 := pair(c0541, c0541-c1847), pair(c0541+c0765, c0541)
	kz3, kz4 := pair(c1175-c1961, c1175), pair(c1175, c1175-c0390)
	k0, k1 := pair(c0298-c0899, -c0899), pair(c2053-c2562, -c2562)
	kq, kr := pair(-c2562, c3072-c2562), pair(-c0899, c1501-c0899)

	e26, z34, o71, o53 := r2.InterleaveLo(r6), z3.InterleaveLo(z4), r7.InterleaveLo(r1), r5.InterleaveLo(r3)
	e0, e1 := fraction(zero.InterleaveLo(sum)).Add(round), fraction(zero.InterleaveLo(difference)).Add(round)
	e2, e3 := e26.DotProductPairs(k2), e26.DotProductPairs(k3)
	a, c := z34.DotProductPairs(kz3), z34.DotProductPairs(kz4)
	t, o := e0.Add(e3), o71.DotProductPairs(kr).Add(c)
	l0, l7 := t.Add(o).ShiftAllRight(shift), t.Sub(o).ShiftAllRight(shift)
	t, o = e1.Add(e2), o53.DotProductPairs(kq).Add(a)
	l1, l6 := t.Add(o).ShiftAllRight(shift), t.Sub(o).ShiftAllRight(shift)
	t, o = e1.Sub(e2), o53.DotProductPairs(k1).Add(c)
	l2, l5 := t.Add(o).ShiftAllRight(shift), t.Sub(o).ShiftAllRight(shift)
	t, o = e0.Sub(e3), o71.DotProductPairs(k0).Add(a)
	l3, l4 := t.Add(o).ShiftAllRight(shift), t.Sub(o).ShiftAllRight(shift)

	e26, z34, o71, o53 = r2.InterleaveHi(r6), z3.InterleaveHi(z4), r7.InterleaveHi(r1), r5.InterleaveHi(r3)
	e0, e1 = fraction(zero.InterleaveHi(sum)).Add(round), fraction(zero.InterleaveHi(difference)).Add(round)
	e2, e3 = e26.DotProductPairs(k2), e26.DotProductPairs(k3)
	a, c = z34.DotProductPairs(kz3), z34.DotProductPairs(kz4)
	t, o = e0.Add(e3), o71.DotProductPairs(kr).Add(c)
	storeShorts(b, 0, l0.SaturateToInt16Concat(t.Add(o).ShiftAllRight(shift)))
	storeShorts(b, 7, l7.SaturateToInt16Concat(t.Sub(o).ShiftAllRight(shift)))
	t, o = e1.Add(e2), o53.DotProductPairs(kq).Add(a)
	storeShorts(b, 1, l1.SaturateToInt16Concat(t.Add(o).ShiftAllRight(shift)))
	storeShorts(b, 6, l6.SaturateToInt16Concat(t.Sub(o).ShiftAllRight(shift)))
	t, o = e1.Sub(e2), o53.DotProductPairs(k1).Add(c)
	storeShorts(b, 2, l2.SaturateToInt16Concat(t.Add(o).ShiftAllRight(shift)))
	storeShorts(b, 5, l5.SaturateToInt16Concat(t.Sub(o).ShiftAllRight(shift)))
	t, o = e0.Sub(e3), o71.DotProductPairs(k0).Add(a)
	storeShorts(b, 3, l3.SaturateToInt16Concat(t.Add(o).ShiftAllRight(shift)))
	storeShorts(b, 4, l4.SaturateToInt16Concat(t.Sub(o).ShiftAllRight(shift)))
}

// transpose exchanges rows and columns.
func transpose(b *[64]int16) {
	r0, r1, r2, r3 := loadShorts(b, 0), loadShorts(b, 1), loadShorts(b, 2), loadShorts(b, 3)
	r4, r5, r6, r7 := loadShorts(b, 4), loadShorts(b, 5), loadShorts(b, 6), loadShorts(b, 7)
	a0, a1 := asWords(r0.InterleaveLo(r1)), asWords(r0.InterleaveHi(r1))
	a2, a3 := asWords(r2.InterleaveLo(r3)), asWords(r2.InterleaveHi(r3))
	a4, a5 := asWords(r4.InterleaveLo(r5)), asWords(r4.InterleaveHi(r5))
	a6, a7 := asWords(r6.InterleaveLo(r7)), asWords(r6.InterleaveHi(r7))
	put := func(row int, x, y words) {
		low, high := x.ToBits().ReshapeToUint64s(), y.ToBits().ReshapeToUint64s()
		storeShorts(b, row, low.InterleaveLo(high).ReshapeToUint16s().BitsToInt16())
		storeShorts(b, row+1, low.InterleaveHi(high).ReshapeToUint16s().BitsToInt16())
	}
	put(0, a0.InterleaveLo(a2), a4.InterleaveLo(a6))
	put(2, a0.InterleaveHi(a2), a4.InterleaveHi(a6))
	put(4, a1.InterleaveLo(a3), a5.InterleaveLo(a7))
	put(6, a1.InterleaveHi(a3), a5.InterleaveHi(a7))
}

func inverse8(b, factors *[64]int16, to []byte, stride int) {
	if !haveAVX2 {
		inverse8Portable(b, factors, to, stride)
		return
	}
	archsimd.ClearAVXUpperBits()
	r := loadShorts(b, 1).Or(loadShorts(b, 2)).Or(loadShorts(b, 3)).Or(loadShorts(b, 4)).Or(loadShorts(b, 5)).Or(loadShorts(b, 6)).Or(loadShorts(b, 7))
	rest := r.ToBits().ReshapeToUint64s()
	if rest.GetElem(0)|rest.GetElem(1) == 0 {
		inverse8Portable(b, factors, to, stride)
		return
	}
	to = to[:7*stride+8]
	for i := range 8 {
		storeShorts(b, i, loadShorts(b, i).Mul(loadShorts(factors, i)))
	}
	pass(b, constBits-passBits)
	transpose(b)
	pass(b, constBits+passBits+3)
	// Now each row of b is a column of samples.
	low, high, middle := archsimd.BroadcastInt16x8(-128), archsimd.BroadcastInt16x8(127), archsimd.BroadcastInt16x8(128)
	two := func(i int) shorts {
		x := loadShorts(b, i).Max(low).Min(high).Add(middle)
		return loadShorts(b, i+1).Max(low).Min(high).Add(middle).ShiftAllLeft(8).Or(x)
	}
	c01, c23, c45, c67 := two(0), two(2), two(4), two(6)
	put := func(row int, left, right words) {
		x, y := left.InterleaveLo(right).ToBits().ReshapeToUint64s(), left.InterleaveHi(right).ToBits().ReshapeToUint64s()
		p := unsafe.Pointer(&to[row*stride])
		*(*uint64)(p) = x.GetElem(0)
		*(*uint64)(unsafe.Add(p, stride)) = x.GetElem(1)
		*(*uint64)(unsafe.Add(p, 2*stride)) = y.GetElem(0)
		*(*uint64)(unsafe.Add(p, 3*stride)) = y.GetElem(1)
	}
	put(0, asWords(c01.InterleaveLo(c23)), asWords(c45.InterleaveLo(c67)))
	put(4, asWords(c01.InterleaveHi(c23)), asWords(c45.InterleaveHi(c67)))
}

func inverse4(b, factors *[64]int16, to []byte, stride int) { inverse4Portable(b, factors, to, stride) }
func inverse2(b, factors *[64]int16, to []byte, stride int) { inverse2Portable(b, factors, to, stride) }

// Numbers of bytes for PermuteOrZero: eight pixels of words with red and green, and of words with
// blue, to 24 bytes.
var (
	redGreen1 = [16]int8{0, 1, -1, 2, 3, -1, 4, 5, -1, 6, 7, -1, 8, 9, -1, 10}
	blue1     = [16]int8{-1, -1, 0, -1, -1, 2, -1, -1, 4, -1, -1, 6, -1, -1, 8, -1}
	redGreen2 = [16]int8{11, -1, 12, 13, -1, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1}
	blue2     = [16]int8{-1, 10, -1, -1, 12, -1, -1, 14, -1, -1, -1, -1, -1, -1, -1, -1}
)

func jfifToRGB(dst, y, cb, cr []byte) {
	n := len(y)
	cb, cr, dst = cb[:n], cr[:n], dst[:3*n]
	i := 0
	if haveAVX2 {
		archsimd.ClearAVXUpperBits()
		rg1, b1, rg2, b2 := archsimd.LoadInt8x16Array(&redGreen1), archsimd.LoadInt8x16Array(&blue1), archsimd.LoadInt8x16Array(&redGreen2), archsimd.LoadInt8x16Array(&blue2)
		zero, top := archsimd.BroadcastInt16x8(0), archsimd.BroadcastInt16x8(255)
		middle, one := archsimd.BroadcastInt16x8(128), archsimd.BroadcastInt16x8(1)
		half := archsimd.BroadcastInt32x4(1 << 15)
		// The constants of the portable twin, less the whole multiples of 65536 that are in them.
		forRed, forBlue := archsimd.BroadcastInt16x8(91881-65536), archsimd.BroadcastInt16x8(116130-2*65536)
		forGreen := pair(-22554, 65536-46802)
		for ; i+16 <= n; i += 8 { // of 16 bytes that are loaded 8 are taken
			l := loadBytes(y, i).ExtendLo8ToUint16().BitsToInt16()
			b := loadBytes(cb, i).ExtendLo8ToUint16().BitsToInt16().Sub(middle)
			r := loadBytes(cr, i).ExtendLo8ToUint16().BitsToInt16().Sub(middle)
			// of a doubled number the high half of a product, rounded once more
			red := r.Add(r).MulHigh(forRed).Add(one).ShiftAllRight(1).Add(r).Add(l)
			blue := b.Add(b).MulHigh(forBlue).Add(one).ShiftAllRight(1).Add(b).Add(b).Add(l)
			lo := b.InterleaveLo(r).DotProductPairs(forGreen).Add(half).ShiftAllRight(16)
			hi := b.InterleaveHi(r).DotProductPairs(forGreen).Add(half).ShiftAllRight(16)
			green := lo.SaturateToInt16Concat(hi).Sub(r).Add(l)
			rg := red.Max(zero).Min(top).Or(green.Max(zero).Min(top).ShiftAllLeft(8)).ToBits().ReshapeToUint8s()
			bb := blue.Max(zero).Min(top).ToBits().ReshapeToUint8s()
			to := dst[3*i:][:24]
			rg.PermuteOrZero(rg1).Or(bb.PermuteOrZero(b1)).StoreArray((*[16]byte)(to))
			*(*uint64)(unsafe.Pointer(&to[16])) = rg.PermuteOrZero(rg2).Or(bb.PermuteOrZero(b2)).ReshapeToUint64s().GetElem(0)
		}
	}
	jfifToRGBPortable(dst[3*i:], y[i:], cb[i:], cr[i:])
}

func h2v2(dst, near, far []byte, farBelow bool) {
	n := len(near)
	if !haveAVX2 || n < 32 || len(dst) < 2*n-1 {
		h2v2Portable(dst, near, far, farBelow)
		return
	}
	archsimd.ClearAVXUpperBits()
	far = far[:n]
	three, seven, eight := archsimd.BroadcastUint16x8(3), archsimd.BroadcastUint16x8(7), archsimd.BroadcastUint16x8(8)
	first := 3*int(near[0]) + int(far[0])
	second := 3*int(near[1]) + int(far[1])
	dst[0] = uint8((4*first + 8) >> 4)
	dst[1] = uint8((3*first + second + 7) >> 4)
	i := 1
	for ; i+17 <= n; i += 8 {
		before := loadBytes(near, i-1).ExtendLo8ToUint16().Mul(three).Add(loadBytes(far, i-1).ExtendLo8ToUint16())
		this := loadBytes(near, i).ExtendLo8ToUint16().Mul(three).Add(loadBytes(far, i).ExtendLo8ToUint16())
		after := loadBytes(near, i+1).ExtendLo8ToUint16().Mul(three).Add(loadBytes(far, i+1).ExtendLo8ToUint16())
		this = this.Mul(three)
		even := this.Add(before).Add(eight).ShiftAllRight(4)
		odd := this.Add(after).Add(seven).ShiftAllRight(4)
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
