package kernel

import (
	"math"
	"unsafe"
)

// normBlock is how many channels an item of a GroupNorm has: whole groups, some vectors' worth of
// channels where groups are narrow.
func (j *Job) normBlock() int {
	each := j.C / j.Groups
	return each * max(1, GAPBlock/each)
}

var kindGroupNorm = kind{
	items:   func(j *Job) int { return ceil(j.C, j.normBlock()) },
	scratch: func(j *Job) int { return 2 * j.normBlock() },
}

func runGroupNorm(j *Job, from, to int) {
	for i := from; i < to; i++ {
		groupNormItem(j, i)
	}
}

// groupNormItem normalises the groups of a block of channels. It sums by channel, so that groups of
// any width go through the same vector loops: the mean of each first and the squared deviations
// from it then, since the difference of two large sums would lose what the variance is.
func groupNormItem(j *Job, item int) {
	block, each := j.normBlock(), j.C/j.Groups
	c0 := item * block
	n := min(block, j.C-c0)
	pixels := j.H * j.W
	x := at(j.In, c0)
	mean, square := j.Scratch, at(j.Scratch, block)
	clear(floats(mean, n))
	clear(floats(square, n))
	sumRows(j.Level, mean, x, n, pixels, j.C)
	perGroup(floats(mean, n), each, 1/float64(pixels*each))
	squareRows(j.Level, square, x, mean, n, pixels, j.C)
	perGroup(floats(square, n), each, 1/float64(pixels*each))
	// x·s + t with s = w/√(var+eps) and t = b − mean·s
	m, s := floats(mean, n), floats(square, n)
	w, b := floats(at(j.Weight, c0), n), floats(at(j.Bias, c0), n)
	for i := range s {
		s[i] = w[i] * float32(1/math.Sqrt(float64(s[i])+float64(j.Eps)))
		m[i] = b[i] - m[i]*s[i]
	}
	y := at(j.Out, c0)
	for range pixels {
		mulAddRow(j.Level, y, x, square, mean, n, j.Lo, j.Hi)
		j.act(y, n)
		x, y = at(x, j.C), at(y, j.C)
	}
}

// perGroup replaces the numbers of each group of channels by their sum times scale.
func perGroup(v []float32, each int, scale float64) {
	for i := 0; i < len(v); i += each {
		sum := 0.0
		for _, x := range v[i : i+each] {
			sum += float64(x)
		}
		g := v[i : i+each]
		for k := range g {
			g[k] = float32(sum * scale)
		}
	}
}

// squareRowsPortable: y[i] += Σr (x[r·stride+i]−m[i])²
func squareRowsPortable(y, x, m unsafe.Pointer, from, n, rows, stride int) {
	dst, mean := floats(y, n), floats(m, n)
	for i := from; i < n; i++ {
		s := dst[i]
		for r := range rows {
			d := *(*float32)(at(x, r*stride+i)) - mean[i]
			s += d * d
		}
		dst[i] = s
	}
}
