package pack

import "math"

// halfFromFloat rounds f to the nearest binary16, ties to even. Magnitudes from 65520 on become
// infinity; NaN stays NaN.
func halfFromFloat(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000: // NaN: keep the top of the payload, and keep it a quiet NaN
		return sign | 0x7e00 | uint16(b>>13&0x3ff)
	case b >= 0x477ff000: // 65520, half way between the largest half and the next power of two
		return sign | 0x7c00
	case b >= 0x38800000: // 2^-14, the smallest normal half
		b -= (127 - 15) << 23
		b += 0xfff + b>>13&1
		return sign | uint16(b>>13)
	case b < 0x33000000: // below 2^-25, half of the smallest subnormal
		return sign
	default:
		// The result is a multiple of 2^-24: shift the significand, implicit one included, so that
		// its unit is that, and round what falls off.
		shift := 126 - b>>23 // 14 … 24
		m := b&0x7fffff | 0x800000
		half := uint32(1) << (shift - 1)
		m += half - 1 + m>>shift&1
		return sign | uint16(m>>shift)
	}
}

// floatFromHalf widens a binary16; every value is exact.
func floatFromHalf(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp := uint32(h >> 10 & 0x1f)
	frac := uint32(h & 0x3ff)
	switch exp {
	case 0:
		// frac × 2^-24 is exact in float32 and never subnormal there.
		return math.Float32frombits(sign | math.Float32bits(float32(frac)*0x1p-24))
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	default:
		return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
	}
}
