package photo

// The inverse cosine transform of image/jpeg, to the last bit: the algorithm of Loeffler, Ligtenberg and Moschytz,
// "Practical Fast 1-D DCT Algorithms with 11 Multiplications" (ICASSP 1989), run backwards, in 32-bit fixed point, rows
// first. What is done here and not there is to leave out what is zero, and four columns at once where there are vectors.

// block is 8×8 coefficients, row by row.
type block [64]int32

// The constants are cosines and sines of multiples of π/16 with so many bits of fraction as their names say.
const (
	half8  = 181   // 1/√2
	half14 = 11585 // 1/√2

	cos6at18, sin6at18 = 70936, 171254 // cos and sin of 6π/16, by 1/√2
	cos6at12, sin6at12 = 1108, 2676
	cos3at12, sin3at12 = 3406, 2276
	cos1at12, sin1at12 = 4017, 799
)

// rotate turns (x0, x1) by the angle with the given cosine and sine, backwards, in three multiplications.
func rotate(x0, x1, cos, sin int32) (int32, int32) {
	sum := cos * (x0 + x1)
	return sum - (sin+cos)*x1, sum + (sin-cos)*x0
}

// flat writes a block that has nothing but its first coefficient.
func flat(dc int32, to []byte, stride int) {
	v := uint64(clamp8((dc<<17+1<<19)>>20+128)) * 0x0101010101010101
	for y := range 8 {
		row := to[y*stride:][:8]
		row[0], row[1], row[2], row[3] = byte(v), byte(v), byte(v), byte(v)
		row[4], row[5], row[6], row[7] = byte(v), byte(v), byte(v), byte(v)
	}
}

// inverseRows transforms the rows that have something in them, by the bits of which.
func inverseRows(b *block, which uint) {
	for i := range 8 {
		if which>>i&1 == 0 {
			continue
		}
		x := (*[8]int32)(b[8*i:])
		x0, x7, x2, x5, x1, x6, x3, x4 := x[0]<<17, x[1], x[2], x[3], x[4]<<17, x[5], x[6], x[7]
		x0, x1 = x0+x1, x0-x1
		x2, x3 = rotate(x2, x3, cos6at18, sin6at18)
		x1, x2 = x1+x2, x1-x2
		x0, x3 = x0+x3, x0-x3

		x4 <<= 7
		x7 <<= 7
		x7, x4 = x7+x4, x7-x4
		x6 *= half8
		x5 *= half8
		x7, x5 = x7+x5, x7-x5
		x4, x6 = x4+x6, x4-x6
		x4, x7 = rotate(x4>>2, x7>>2, cos3at12, sin3at12)
		x5, x6 = rotate(x5>>2, x6>>2, cos1at12, sin1at12)

		x[0], x[7] = x0+x7, x0-x7
		x[1], x[6] = x1+x6, x1-x6
		x[2], x[5] = x2+x5, x2-x5
		x[3], x[4] = x3+x4, x3-x4
	}
}

// inverseColumnsPortable transforms the columns and writes them as samples.
func inverseColumnsPortable(b *block, to []byte, stride int) {
	to = to[:7*stride+8]
	for i := range 8 {
		x0, x7, x2, x5, x1, x6, x3, x4 := b[i]+1<<19, b[8+i], b[16+i], b[24+i], b[32+i], b[40+i], b[48+i], b[56+i]
		x0, x1 = (x0+x1)>>2, (x0-x1)>>2
		x2, x3 = rotate(x2>>13, x3>>13, cos6at12, sin6at12)
		x1, x2 = x1+x2, x1-x2
		x0, x3 = x0+x3, x0-x3

		x7, x4 = x7+x4, x7-x4
		x5 = (x5 >> 13) * half14
		x6 = (x6 >> 13) * half14
		x7, x5 = x7+x5, x7-x5
		x4, x6 = x4+x6, x4-x6
		x4, x7 = rotate(x4>>14, x7>>14, cos3at12, sin3at12)
		x5, x6 = rotate(x5>>14, x6>>14, cos1at12, sin1at12)

		to[i], to[7*stride+i] = sample(x0+x7), sample(x0-x7)
		to[stride+i], to[6*stride+i] = sample(x1+x6), sample(x1-x6)
		to[2*stride+i], to[5*stride+i] = sample(x2+x5), sample(x2-x5)
		to[3*stride+i], to[4*stride+i] = sample(x3+x4), sample(x3-x4)
	}
}

// sample takes the fraction off and shifts the level to the middle.
func sample(x int32) byte { return clamp8(x>>18 + 128) }
