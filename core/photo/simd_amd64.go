//go:build goexperiment.simd && go1.27 && amd64

package photo

import (
	"simd/archsimd"
	"unsafe"
)

// Resampling in vectors of 256 bits. Each loop gives what its portable twin gives, to the last bit.

type words = archsimd.Int32x8

var haveAVX2 = archsimd.X86.AVX2()

func loadWords(p unsafe.Pointer, i int) words {
	return archsimd.LoadInt32x8Array((*[8]int32)(unsafe.Add(p, 4*i)))
}

func storeWords(p unsafe.Pointer, i int, x words) { x.StoreArray((*[8]int32)(unsafe.Add(p, 4*i))) }

// spread loads eight bytes, and eight more that are not used, as words.
func spread(p unsafe.Pointer, i int) words {
	return archsimd.LoadUint8x16Array((*[16]uint8)(unsafe.Add(p, i))).ExtendLo8ToUint32().BitsToInt32()
}

// Numbers of bytes for PermuteOrZero: one colour of four pixels, as words.
var (
	everyRed   = [16]int8{0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1}
	everyGreen = [16]int8{1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1}
	everyBlue  = [16]int8{2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1}
)

// along takes the three colours of the row apart, as words, so that eight samples are multiplied at
// once.
func (a *axis) along(dst, src []byte) {
	if !haveAVX2 {
		a.alongPortable(dst, src)
		return
	}
	archsimd.ClearAVXUpperBits() // as core/photo/jpeg tells
	n := len(src) / 3
	span := n + 8 // a sum reads up to seven samples more than there are, with a coefficient of zero
	if len(a.planes) < 3*span {
		a.planes = make([]int32, 3*span)
	}
	base := unsafe.Pointer(&a.planes[0])
	i := 0
	if n >= 6 {
		r, g, b := archsimd.LoadInt8x16Array(&everyRed), archsimd.LoadInt8x16Array(&everyGreen), archsimd.LoadInt8x16Array(&everyBlue)
		put := func(at int, x archsimd.Uint8x16) { x.StoreArray((*[16]uint8)(unsafe.Add(base, 4*at))) }
		for ; i+6 <= n; i += 4 {
			x := archsimd.LoadUint8x16Array((*[16]uint8)(src[3*i:]))
			put(i, x.PermuteOrZero(r))
			put(span+i, x.PermuteOrZero(g))
			put(2*span+i, x.PermuteOrZero(b))
		}
	}
	for ; i < n; i++ {
		a.planes[i], a.planes[span+i], a.planes[2*span+i] = int32(src[3*i]), int32(src[3*i+1]), int32(src[3*i+2])
	}
	for i, first := range a.first {
		coef := unsafe.Pointer(&a.coef[i*a.width])
		reds := unsafe.Add(base, 4*first)
		greens, blues := unsafe.Add(reds, 4*span), unsafe.Add(reds, 8*span)
		c := loadWords(coef, 0)
		red, green, blue := loadWords(reds, 0).Mul(c), loadWords(greens, 0).Mul(c), loadWords(blues, 0).Mul(c)
		for k := 8; k < a.count[i]; k += 8 {
			c := loadWords(coef, k)
			red = loadWords(reds, k).Mul(c).Add(red)
			green = loadWords(greens, k).Mul(c).Add(green)
			blue = loadWords(blues, k).Mul(c).Add(blue)
		}
		// r0+r4 r1+r5 …, then pairs of pairs of the three colours.
		rg := red.GetLo().Add(red.GetHi()).ConcatAddPairs(green.GetLo().Add(green.GetHi()))
		bb := blue.GetLo().Add(blue.GetHi())
		all := rg.ConcatAddPairs(bb.ConcatAddPairs(bb))
		const half = 1 << (precision - 1)
		dst[3*i], dst[3*i+1], dst[3*i+2] = level(all.GetElem(0)+half), level(all.GetElem(1)+half), level(all.GetElem(2)+half)
	}
	archsimd.ClearAVXUpperBits()
}

func (a *axis) down(dst, src []byte, n, pitch int) {
	const lanes = 16 // eight are computed, sixteen loaded
	whole := 0
	if haveAVX2 && n >= lanes {
		whole = (n - lanes + 8) &^ 7
	}
	sums := make([]int32, n+8)
	p := unsafe.Pointer(&sums[0])
	for i, first := range a.first {
		half := archsimd.BroadcastInt32x8(1 << (precision - 1))
		for x := 0; x < whole; x += 8 {
			storeWords(p, x, half)
		}
		for x := whole; x < n; x++ {
			sums[x] = 1 << (precision - 1)
		}
		k := 0
		for ; k+1 < a.count[i]; k += 2 { // two rows at once: the sums are loaded and stored half as often
			c, d := a.coef[i*a.width+k], a.coef[i*a.width+k+1]
			line, next := src[(first+k)*pitch:][:n], src[(first+k+1)*pitch:][:n]
			cs, ds := archsimd.BroadcastInt32x8(c), archsimd.BroadcastInt32x8(d)
			u, v := unsafe.Pointer(unsafe.SliceData(line)), unsafe.Pointer(unsafe.SliceData(next))
			for x := 0; x < whole; x += 8 {
				storeWords(p, x, spread(u, x).Mul(cs).Add(spread(v, x).Mul(ds)).Add(loadWords(p, x)))
			}
			archsimd.ClearAVXUpperBits()
			for x := whole; x < n; x++ {
				sums[x] += c*int32(line[x]) + d*int32(next[x])
			}
		}
		for ; k < a.count[i]; k++ {
			c := a.coef[i*a.width+k]
			line := src[(first+k)*pitch:][:n]
			cs := archsimd.BroadcastInt32x8(c)
			u := unsafe.Pointer(unsafe.SliceData(line))
			for x := 0; x < whole; x += 8 {
				storeWords(p, x, spread(u, x).Mul(cs).Add(loadWords(p, x)))
			}
			archsimd.ClearAVXUpperBits()
			for x := whole; x < n; x++ {
				sums[x] += c * int32(line[x])
			}
		}
		line := dst[i*n:][:n]
		for x, s := range sums[:n] {
			line[x] = level(s)
		}
	}
}
