//go:build goexperiment.simd && go1.27 && wasm

package kernel

import (
	"simd/archsimd"
	"unsafe"
)

func at(p *float32, i int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), 4*i)) }

func load(p *float32, i int) archsimd.Float32x4 {
	return archsimd.LoadFloat32x4Array((*[4]float32)(unsafe.Add(unsafe.Pointer(p), 4*i)))
}

func store(p *float32, i int, x archsimd.Float32x4) {
	x.StoreArray((*[4]float32)(unsafe.Add(unsafe.Pointer(p), 4*i)))
}

// Product computes C[rows][cols] = A[rows][k]·B[k][cols], rows a multiple of 6 and cols
// of 8. It has more values alive than Go has registers.
//
//go:noinline
func Product(c, a, b *float32, rows, k, cols int) {
	for i := 0; i < rows; i += 6 {
		for j := 0; j < cols; j += 8 {
			var c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51 archsimd.Float32x4
			pa, pb := at(a, i*k), at(b, j)
			for range k {
				b0, b1 := load(pb, 0), load(pb, 4)
				x := archsimd.BroadcastFloat32x4(*pa)
				c00, c01 = x.Mul(b0).Add(c00), x.Mul(b1).Add(c01)
				x = archsimd.BroadcastFloat32x4(*at(pa, k))
				c10, c11 = x.Mul(b0).Add(c10), c11.Add(x.Mul(b1))
				x = archsimd.BroadcastFloat32x4(*at(pa, 2*k))
				c20, c21 = x.Mul(b0).Add(c20), x.Mul(b1).Add(c21)
				x = archsimd.BroadcastFloat32x4(*at(pa, 3*k))
				c30, c31 = x.Mul(b0).Add(c30), x.Mul(b1).Add(c31)
				x = archsimd.BroadcastFloat32x4(*at(pa, 4*k))
				c40, c41 = x.Mul(b0).Add(c40), x.Mul(b1).Add(c41)
				x = archsimd.BroadcastFloat32x4(*at(pa, 5*k))
				c50, c51 = x.Mul(b0).Add(c50), c51.Sub(x.Mul(b1))
				pa, pb = at(pa, 1), at(pb, cols)
			}
			pc := at(c, i*cols+j)
			store(pc, 0, c00)
			store(pc, 4, c01)
			store(pc, cols, c10)
			store(pc, cols+4, c11)
			store(pc, 2*cols, c20)
			store(pc, 2*cols+4, c21)
			store(pc, 3*cols, c30)
			store(pc, 3*cols+4, c31)
			store(pc, 4*cols, c40)
			store(pc, 4*cols+4, c41)
			store(pc, 5*cols, c50)
			store(pc, 5*cols+4, c51)
		}
	}
}

//go:noinline
func row(job *Job, r int) {
	for j := 0; j < job.Cols; j += 4 {
		var s archsimd.Float32x4
		for k := range job.K {
			s = archsimd.BroadcastFloat32x4(*at(job.A, r*job.K+k)).Mul(load(job.B, k*job.Cols+j)).Add(s)
		}
		store(job.C, r*job.Cols+j, s)
	}
}

// Spill keeps 20 sums, and swaps variables as it goes. y is [64], x is [n+80].
//
//go:noinline
func Spill(y, x *float32, n int) {
	var s [5]archsimd.Float32x4
	a, b, c, d, e := load(y, 0), load(y, 4), load(y, 8), load(y, 12), load(y, 16)
	f, g, h, i, j := load(y, 20), load(y, 24), load(y, 28), load(y, 32), load(y, 36)
	for k := range n {
		s0, s1 := load(x, k), load(x, k+8)
		a, b, c, d, e = b, a.Add(s0.Mul(s1)), s1.Mul(d).Add(c), e, c.Sub(d.Mul(s0))
		f, g, h, i, j = g.Add(a), f, i.Mul(s1).Sub(h), j.Max(i), h.Mul(s0).Add(b)
		if k%3 == 0 {
			s[k%5] = s[k%5].Add(j)
		}
	}
	store(y, 0, a.Add(b).Add(c).Add(d).Add(e))
	store(y, 4, f.Add(g).Add(h).Add(i).Add(j))
	for k := range s {
		store(y, 8+4*k, s[k])
	}
}

// Dots sums products of integers. y is [4], x is [16+n].
//
//go:noinline
func Dots(y *int32, x *float32, n int) {
	hundred := archsimd.BroadcastFloat32x4(100)
	var s, t archsimd.Int32x4
	for k := range n {
		v := load(x, k).Mul(hundred).ConvertToInt32()
		w := load(x, k+4).Mul(hundred).ConvertToInt32()
		s, t = s.Add(v.Mul(w)), t.Sub(v)
	}
	s.Add(t).StoreArray((*[4]int32)(unsafe.Pointer(y)))
}
