// Package matrix has the linear algebra of learning over the kernels of the machine: products, a
// Cholesky factor, rows that are read when they are needed.
package matrix

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"homeroom/core/graph"
	"homeroom/core/kernel"
)

// Matrix is [n][d] floats, with room behind them for kernels to read.
type Matrix struct {
	N, D int
	Data []float32 // [n][d], capacity at least kernel.Slack more
}

// New returns [n][d] zeros.
func New(n, d int) *Matrix { return &Matrix{n, d, Slack(n * d)} }

// Of returns [n][d] floats that are there already. Where it is the left side of a product, they
// need the room behind them.
func Of(n, d int, data []float32) *Matrix { return &Matrix{n, d, data} }

// Slack returns n zeros with kernel.Slack floats of room behind.
func Slack(n int) []float32 { return make([]float32, n+kernel.Slack)[:n] }

// Row returns row i, [d].
func (m *Matrix) Row(i int) []float32 { return m.Data[i*m.D : (i+1)*m.D] }

// Transpose returns [d][n].
func (m *Matrix) Transpose() *Matrix {
	t := New(m.D, m.N)
	const tile = 32
	for i0 := 0; i0 < m.N; i0 += tile {
		for j0 := 0; j0 < m.D; j0 += tile {
			for i := i0; i < min(i0+tile, m.N); i++ {
				row := m.Row(i)
				for j := j0; j < min(j0+tile, m.D); j++ {
					t.Data[j*m.N+i] = row[j]
				}
			}
		}
	}
	return t
}

// Panels is the right-hand side of products, packed for the machine's kernels.
type Panels struct {
	level kernel.Level
	N, k  int
	data  []float32              // see kernel.PackWeights
	Bias  []float32              // of each column, zeros from Pack
	Low   float32                // below which no product goes, −∞ from Pack
	cut   atomic.Pointer[[3]int] // of the last product for several threads: its rows, and the rows and panels of its items
}

// Pack packs a matrix b, [n][k], to be multiplied by.
func Pack(b *Matrix) *Panels {
	l := kernel.Best()
	p := &Panels{level: l, N: b.N, k: b.D, data: make([]float32, kernel.PackedLen(l, b.N, b.D)), Low: float32(math.Inf(-1))}
	p.Bias = kernel.PackBias(l, make([]float32, b.N))
	for i := range b.N {
		kernel.PackWeights(l, p.data, i, b.Row(i))
	}
	return p
}

// worthy is how many multiplications a product has from which a second thread is worth its start.
const worthy = 1 << 20

// Multiply computes c[m][n] = Σk a[m][k]·b[n][k] for a of m.n rows and the packed b. c has a's rows
// and b's rows as columns.
func (p *Panels) Multiply(c, a *Matrix) {
	if a.D != p.k || c.D != p.N || c.N != a.N {
		panic("matrix: extents of a product do not agree")
	}
	p.Run(c, a.N, a.Data, a.D)
}

// Run is multiply for n rows of a that are stride floats apart.
func (p *Panels) Run(c *Matrix, n int, a []float32, stride int) {
	if n == 0 || p.N == 0 {
		return
	}
	j := kernel.Job{
		Kind: kernel.Gemm, Level: p.level,
		In: pointer(a), Out: pointer(c.Data), Weight: pointer(p.data), Bias: pointer(p.Bias),
		Lo: p.Low, Hi: float32(math.Inf(1)), H: n, W: 1, C: stride, OH: n, OW: 1, OC: p.N, Groups: 1, M: n, K: p.k, N: p.N,
	}
	threads := runtime.GOMAXPROCS(0)
	if n*p.N*p.k < worthy {
		threads = 1
	}
	if cut := p.cut.Load(); threads > 1 && cut != nil && cut[0] == n {
		j.RowBlock, j.PanelBlock = cut[1], cut[2]
	} else {
		graph.Share(&j, threads)
		if threads > 1 {
			p.cut.Store(&[3]int{n, j.RowBlock, j.PanelBlock})
		}
	}
	items := j.Items()
	threads = min(threads, items)
	var wait sync.WaitGroup
	for t := range threads {
		part := j
		scratch := Slack(j.ScratchLen())
		part.Scratch = unsafe.Pointer(unsafe.SliceData(scratch))
		from, to := items*t/threads, items*(t+1)/threads
		if t == threads-1 {
			kernel.RunRange(&part, from, to)
			runtime.KeepAlive(scratch)
			break
		}
		wait.Go(func() {
			kernel.RunRange(&part, from, to)
			runtime.KeepAlive(scratch)
		})
	}
	wait.Wait()
	runtime.KeepAlive(p)
	runtime.KeepAlive(a)
	runtime.KeepAlive(c)
}

// GramBlock is how many columns of a Gram matrix are made at once.
const GramBlock = 128

// Gram returns m · mᵀ. It computes the lower half and the blocks on the diagonal, and copies the
// rest.
func (m *Matrix) Gram() *Matrix {
	out := New(m.N, m.N)
	for from := 0; from < m.N; from += GramBlock {
		part := m.Below(from)
		for i := range part.N {
			copy(out.Data[(from+i)*m.N+from:], part.Row(i))
			for j, v := range part.Row(i) {
				out.Data[(from+j)*m.N+from+i] = v
			}
		}
	}
	return out
}

// Below returns the products of the rows from ≤ i with the GramBlock rows from ≤ j < …,
// [n−from][those].
func (m *Matrix) Below(from int) *Matrix {
	to := min(from+GramBlock, m.N)
	out := New(m.N-from, to-from)
	Pack(&Matrix{to - from, m.D, m.Data[from*m.D : to*m.D]}).Run(out, out.N, m.Data[from*m.D:], m.D)
	return out
}

// Product returns a · bᵀ for a [m][k] and b [n][k].
func Product(a, b *Matrix) *Matrix {
	c := New(a.N, b.N)
	Pack(b).Multiply(c, a)
	return c
}

func pointer(f []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(f)) }

// PackColumns packs bᵀ for b [k][n]: the columns of b become what is multiplied by.
func PackColumns(b *Matrix) *Panels {
	l := kernel.Best()
	nr := l.PanelWidth()
	p := &Panels{level: l, N: b.D, k: b.N, data: make([]float32, kernel.PackedLen(l, b.D, b.N)), Low: float32(math.Inf(-1))}
	p.Bias = kernel.PackBias(l, make([]float32, b.D))
	for i := range b.N {
		row := b.Row(i)
		for j := 0; j < b.D; j += nr {
			copy(p.data[(j/nr*b.N+i)*nr:][:nr], row[j:min(j+nr, b.D)])
		}
	}
	return p
}

// Squares returns the squared length of each row.
func (m *Matrix) Squares() []float64 {
	out := make([]float64, m.N)
	for i := range out {
		out[i] = Dot(m.Row(i), m.Row(i))
	}
	return out
}

// Orthogonalise takes off row i what the rows before it have of it, and makes it one long. It
// returns how long it was then; a row of which nothing was left is zero.
func (m *Matrix) Orthogonalise(i int) float64 {
	row := m.Row(i)
	was := math.Sqrt(Dot(row, row))
	for range 2 { // what rounding leaves of the others goes the second time
		for j := range i {
			other := m.Row(j)
			p := float32(Dot(row, other))
			for k, x := range other {
				row[k] -= p * x
			}
		}
	}
	now := math.Sqrt(Dot(row, row))
	if now <= 1e-4*was {
		clear(row)
		return 0
	}
	Normalise(row)
	return now
}

// Narrowed returns m without the columns at its end that are all 0.
func (m *Matrix) Narrowed() *Matrix {
	d := 0
	for i := range m.N {
		row := m.Row(i)
		for len(row) > d && row[len(row)-1] == 0 {
			row = row[:len(row)-1]
		}
		d = max(d, len(row))
	}
	out := New(m.N, d)
	for i := range m.N {
		copy(out.Row(i), m.Row(i))
	}
	return out
}
