package matrix

import "math"

// choleskyBlock is how many columns of a factor are made at once.
const choleskyBlock = 32

// Cholesky returns the lower triangle L of the symmetric a + jitter·I = L·Lᵀ, of whose upper half
// nothing is read; ok says whether there is one.
//
// Columns are made in blocks, each from all those before it (left-looking: Golub and Van Loan,
// Matrix Computations, section 4.2): nearly all of the work is products of float32 matrices, which
// add up in registers, and what happens within a block is done in float64.
func Cholesky(a *Matrix, jitter float64) (l *Matrix, ok bool) {
	n := a.N
	l = New(n, n)
	var block [choleskyBlock][choleskyBlock]float64 // of the diagonal
	var row [choleskyBlock]float64
	for k0 := 0; k0 < n; k0 += choleskyBlock {
		k1 := min(k0+choleskyBlock, n)
		width := k1 - k0
		before := New(n-k0, width)
		if k0 > 0 {
			left := New(width, k0)
			for i := range width {
				copy(left.Row(i), l.Data[(k0+i)*n:])
			}
			Pack(left).Run(before, n-k0, l.Data[k0*n:], n)
		}
		for i := k0; i < n; i++ {
			sums := before.Row(i - k0)
			from := a.Data[i*n+k0:]
			for j := range min(width, i-k0+1) {
				other := &block[j]
				if i == k0+j {
					other = &row
				}
				v := float64(from[j]) - float64(sums[j])
				for m, u := range row[:j] {
					v -= u * other[m]
				}
				if i != k0+j {
					row[j] = v / other[j]
					continue
				}
				if v += jitter; !(v > 0) {
					return nil, false
				}
				row[j] = math.Sqrt(v)
			}
			to := l.Data[i*n+k0:]
			for j, v := range row[:min(width, i-k0+1)] {
				to[j] = float32(v)
			}
			if i < k1 {
				block[i-k0] = row
			}
		}
	}
	return l, true
}

// SolveLower solves L·x = b in place for a lower triangle l.
func SolveLower(l *Matrix, b []float64) {
	for i := range b {
		row := l.Row(i)
		v := b[i]
		for j, x := range b[:i] {
			v -= float64(row[j]) * x
		}
		b[i] = v / float64(row[i])
	}
}

// SolveUpper solves Lᵀ·x = b in place for a lower triangle l.
func SolveUpper(l *Matrix, b []float64) {
	for i := len(b) - 1; i >= 0; i-- {
		row := l.Row(i)
		b[i] /= float64(row[i])
		x := b[i]
		for j := range b[:i] {
			b[j] -= x * float64(row[j])
		}
	}
}
