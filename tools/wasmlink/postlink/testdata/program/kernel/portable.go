//go:build !(goexperiment.simd && go1.27 && wasm)

package kernel

import "unsafe"

func at(p *float32, i int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), 4*i)) }

// Product computes C[rows][cols] = A[rows][k]·B[k][cols].
//
//go:noinline
func Product(c, a, b *float32, rows, k, cols int) {
	for i := range rows {
		for j := range cols {
			s := float32(0)
			for l := range k {
				s += *at(a, i*k+l) * *at(b, l*cols+j)
			}
			*at(c, i*cols+j) = s
		}
	}
}

//go:noinline
func row(job *Job, r int) {
	for j := range job.Cols {
		s := float32(0)
		for k := range job.K {
			s += *at(job.A, r*job.K+k) * *at(job.B, k*job.Cols+j)
		}
		*at(job.C, r*job.Cols+j) = s
	}
}

// Spill has more variables than Go has registers. y is [64], x is [n+80].
//
//go:noinline
func Spill(y, x *float32, n int) {
	a, b, c, d, e := *at(y, 0), *at(y, 1), *at(y, 2), *at(y, 3), *at(y, 4)
	f, g, h, i, j := *at(y, 5), *at(y, 6), *at(y, 7), *at(y, 8), *at(y, 9)
	l, m, o, p, q, r := *at(y, 10), *at(y, 11), *at(y, 12), *at(y, 13), *at(y, 14), *at(y, 15)
	for k := range n {
		s0, s1 := *at(x, k), *at(x, k+8)
		a, b, c, d, e = b, a+s0*s1, s1*d+c, e, c-d*s0
		f, g, h, i, j = g+a, f, i*s1-h, j, h*s0+b
		l, m, o, p, q, r = m+f, l, o*s0, p*s1+q, r, q
	}
	for k, v := range []float32{a, b, c, d, e, f, g, h, i, j, l, m, o, p, q, r} {
		*at(y, k) = v
	}
}

// Dots sums products of integers. y is [4], x is [16+n].
//
//go:noinline
func Dots(y *int32, x *float32, n int) {
	for lane := range 4 {
		s := int32(0)
		for k := range n {
			v, w := int32(*at(x, k+lane)*100), int32(*at(x, k+lane+4)*100)
			s += v*w - v
		}
		*(*int32)(unsafe.Add(unsafe.Pointer(y), 4*lane)) = s
	}
}
