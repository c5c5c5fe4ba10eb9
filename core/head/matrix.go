package head

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"homeroom/core/graph"
	"homeroom/core/kernel"
)

// matrix is [n][d] floats, with room behind them for kernels to read.
type matrix struct {
	n, d int
	data []float32 // [n][d], capacity at least kernel.Slack more
}

func newMatrix(n, d int) *matrix { return &matrix{n, d, slack(n * d)} }

// slack returns n zeros with kernel.Slack floats of room behind.
func slack(n int) []float32 { return make([]float32, n+kernel.Slack)[:n] }

// row returns row i, [d].
func (m *matrix) row(i int) []float32 { return m.data[i*m.d : (i+1)*m.d] }

// transpose returns [d][n].
func (m *matrix) transpose() *matrix {
	t := newMatrix(m.d, m.n)
	const tile = 32
	for i0 := 0; i0 < m.n; i0 += tile {
		for j0 := 0; j0 < m.d; j0 += tile {
			for i := i0; i < min(i0+tile, m.n); i++ {
				row := m.row(i)
				for j := j0; j < min(j0+tile, m.d); j++ {
					t.data[j*m.n+i] = row[j]
				}
			}
		}
	}
	return t
}

// panels is the right-hand side of products, packed for the machine's kernels.
type panels struct {
	level kernel.Level
	n, k  int
	data  []float32              // see kernel.PackWeights
	bias  []float32              // of each column, zeros from pack
	low   float32                // below which no product goes, −∞ from pack
	cut   atomic.Pointer[[3]int] // of the last product for several threads: its rows, and the rows and panels of its items
}

// pack packs a matrix b, [n][k], to be multiplied by.
func pack(b *matrix) *panels {
	l := kernel.Best()
	p := &panels{level: l, n: b.n, k: b.d, data: make([]float32, kernel.PackedLen(l, b.n, b.d)), low: float32(math.Inf(-1))}
	p.bias = kernel.PackBias(l, make([]float32, b.n))
	for i := range b.n {
		kernel.PackWeights(l, p.data, i, b.row(i))
	}
	return p
}

// worthy is how many multiplications a product has from which a second thread
// is worth its start.
const worthy = 1 << 20

// multiply computes c[m][n] = Σk a[m][k]·b[n][k] for a of m.n rows and the
// packed b. c has a's rows and b's rows as columns.
func (p *panels) multiply(c, a *matrix) {
	if a.d != p.k || c.d != p.n || c.n != a.n {
		panic("head: extents of a product do not agree")
	}
	p.run(c, a.n, a.data, a.d)
}

// run is multiply for n rows of a that are stride floats apart.
func (p *panels) run(c *matrix, n int, a []float32, stride int) {
	if n == 0 || p.n == 0 {
		return
	}
	j := kernel.Job{
		Kind: kernel.Gemm, Level: p.level,
		In: pointer(a), Out: pointer(c.data), Weight: pointer(p.data), Bias: pointer(p.bias),
		Lo: p.low, Hi: float32(math.Inf(1)), H: n, W: 1, C: stride, OH: n, OW: 1, OC: p.n, Groups: 1, M: n, K: p.k, N: p.n,
	}
	threads := runtime.GOMAXPROCS(0)
	if n*p.n*p.k < worthy {
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
		scratch := slack(j.ScratchLen())
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

// gramBlock is how many columns of a Gram matrix are made at once.
const gramBlock = 128

// gram returns m · mᵀ. It computes the lower half and the blocks on the
// diagonal, and copies the rest.
func (m *matrix) gram() *matrix {
	out := newMatrix(m.n, m.n)
	for from := 0; from < m.n; from += gramBlock {
		part := m.below(from)
		for i := range part.n {
			copy(out.data[(from+i)*m.n+from:], part.row(i))
			for j, v := range part.row(i) {
				out.data[(from+j)*m.n+from+i] = v
			}
		}
	}
	return out
}

// below returns the products of the rows from ≤ i with the gramBlock rows from ≤ j < …,
// [n−from][those].
func (m *matrix) below(from int) *matrix {
	to := min(from+gramBlock, m.n)
	out := newMatrix(m.n-from, to-from)
	pack(&matrix{to - from, m.d, m.data[from*m.d : to*m.d]}).run(out, out.n, m.data[from*m.d:], m.d)
	return out
}

// product returns a · bᵀ for a [m][k] and b [n][k].
func product(a, b *matrix) *matrix {
	c := newMatrix(a.n, b.n)
	pack(b).multiply(c, a)
	return c
}

func pointer(f []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(f)) }

// packColumns packs bᵀ for b [k][n]: the columns of b become what is
// multiplied by.
func packColumns(b *matrix) *panels {
	l := kernel.Best()
	nr := l.PanelWidth()
	p := &panels{level: l, n: b.d, k: b.n, data: make([]float32, kernel.PackedLen(l, b.d, b.n)), low: float32(math.Inf(-1))}
	p.bias = kernel.PackBias(l, make([]float32, b.d))
	for i := range b.n {
		row := b.row(i)
		for j := 0; j < b.d; j += nr {
			copy(p.data[(j/nr*b.n+i)*nr:][:nr], row[j:min(j+nr, b.d)])
		}
	}
	return p
}
