package kernel

import "unsafe"

// panel is one call of the inner matrix product: M rows of A against one panel of B.
//
//	c[m][n] = clamp(start[n] + Σk a[m][k]·b[k][n] + r[m][n])
//
// where start is Bias, or c itself when Bias is nil: a later block of a depth that was cut.
//
// The depth may lie in several segments, K deep each. Row m of segment s is at A + m·LDA + s·Step,
// or, where Rows is there, at an address that it holds.
type panel struct {
	M, K     int
	Segments int
	A        unsafe.Pointer // [M][LDA]
	LDA      int            // floats between rows of A
	Step     int            // floats between segments of A

	Rows       unsafe.Pointer // [Segments][RowsStride] addresses in place of A, less rowsBias floats, or nil
	RowsStride int

	B       unsafe.Pointer // [Segments·K][NR]
	Bias    unsafe.Pointer // [NR] or nil
	C       unsafe.Pointer // [M][LDC]
	LDC     int
	R       unsafe.Pointer // [M][LDC] or nil
	Lo, Hi  float32
	columns int // NR

	// N is the number of columns that exist, for the levels whose tiles may be narrower; then no
	// others are written. Mask is for their use.
	N    int
	Mask [2]uint16
}

// pointerSize is the size of an address in bytes.
const pointerSize = int(unsafe.Sizeof(uintptr(0)))

// rowsBias is what is added to the addresses in panel.Rows. An address that was added to is never
// nil for the compiler, so that loops do without checks.
const rowsBias = 1

// PackedLen returns the length in floats of n rows of k weights packed for the level, Slack
// included.
func PackedLen(l Level, n, k int) int {
	nr := l.PanelWidth()
	return ceil(n, nr)*nr*k + Slack
}

// PackWeights lays row n of a weight matrix [N][K] into dst, which is [⌈N/NR⌉][K][NR]: panel by
// panel, for each k the NR weights that meet the same input value. What is past N stays as it was
// (zero in a new buffer).
func PackWeights(l Level, dst []float32, n int, row []float32) {
	nr := l.PanelWidth()
	base := n/nr*nr*len(row) + n%nr
	for k, w := range row {
		dst[base+k*nr] = w
	}
}

// PackBias returns bias padded with zeros to whole panels, with Slack behind.
func PackBias(l Level, bias []float32) []float32 {
	nr := l.PanelWidth()
	out := make([]float32, ceil(len(bias), nr)*nr+Slack)
	copy(out, bias)
	return out
}

var kindGemm = kind{
	items: rowsOfPanels,
	scratch: func(j *Job) int {
		if nr := j.Level.PanelWidth(); j.N%nr != 0 {
			return j.RowBlock * nr
		}
		return 0
	},
}

func runGemm(j *Job, from, to int) {
	for i := from; i < to; i++ {
		gemmItem(j, i)
	}
}

// gemmItem does one block of rows against one block of panels.
func gemmItem(j *Job, item int) {
	cuts := ceil(j.panels(), j.PanelBlock)
	m0 := item / cuts * j.RowBlock
	p0 := item % cuts * j.PanelBlock
	rows := min(j.RowBlock, j.M-m0)
	panels := min(j.PanelBlock, j.panels()-p0)
	q := panel{M: rows, K: j.K, Segments: 1, A: at(j.In, m0*j.C), LDA: j.C}
	product(j, &q, j.Weight, j.Bias, m0, p0, panels, 0)
}

var kindConv = kind{
	items: func(j *Job) int { return rowsOfPanels(j) * j.Groups },
	scratch: func(j *Job) int {
		addresses, zero, windows := j.convScratch()
		return addresses + zero + windows + j.RowBlock*j.Level.PanelWidth()
	},
}

func runConv(j *Job, from, to int) {
	for i := from; i < to; i++ {
		convItem(j, i)
	}
}

// convItem multiplies the windows of a block of output positions by a block of panels of their
// group. Where rows of panels can be anywhere, it tells where each row of each window is; else it
// gathers the windows into rows of scratch (im2col, one block at a time).
func convItem(j *Job, item int) {
	cuts := ceil(j.panels(), j.PanelBlock)
	g, p0 := item/cuts%j.Groups, item%cuts*j.PanelBlock
	panels := min(j.PanelBlock, j.panels()-p0)
	m0 := item / (cuts * j.Groups) * j.RowBlock
	rows := min(j.RowBlock, j.M-m0)
	switch {
	case j.Strided():
		j.pieces(m0, rows, p0, panels)
		return
	case j.indirect():
		j.point(m0, rows)
		q := panel{M: rows, K: j.KW * j.C, Segments: j.KH, Rows: j.Scratch, RowsStride: j.RowBlock}
		product(j, &q, j.Weight, j.Bias, m0, p0, panels, 0)
		return
	}
	gather(j, m0, rows, g*(j.C/j.Groups))
	nr := j.Level.PanelWidth()
	q := panel{M: rows, K: j.K, Segments: 1, A: j.Scratch, LDA: j.K}
	w := at(j.Weight, g*j.panels()*nr*j.K)
	b := at(j.Bias, g*j.panels()*nr)
	product(j, &q, w, b, m0, p0, panels, g*j.N)
}

// indirect says whether the convolution reads its windows where they are. The taps of a row of the
// window are then one stretch of the input. The tiles of amd64 want rows evenly apart: with 12 of
// them there are no registers for as many addresses.
func (j *Job) indirect() bool {
	return j.Level < AVX2 && j.DW == 1 && j.Groups == 1
}

// Strided says whether the windows of a row of output are multiplied where they are: each begins
// SW·C floats after the one before, and each row of a window is a segment of the depth. The tiles
// of amd64 take that as it is. Short rows would leave most of a tile empty.
func (j *Job) Strided() bool {
	return j.Level >= AVX2 && j.DW == 1 && j.Groups == 1 && j.SW <= j.KW && j.OW >= stridedWidth
}

// stridedWidth is the least OW of Strided.
const stridedWidth = 24

// pieces multiplies the windows of output positions m0 … m0+rows, row of output by row. What of the
// input reaches into the padding at the sides is copied with its zeros.
func (j *Job) pieces(m0, rows, p0, panels int) {
	nr := j.Level.PanelWidth()
	for m, end := m0, m0+rows; m < end; {
		oy, ox := m/j.OW, m%j.OW
		n := min(j.OW-ox, end-m)
		y0, x0 := oy*j.SH-j.PT, ox*j.SW-j.PL
		ky0, ky1 := taps(y0, j.DH, j.KH, j.H)
		w := j.Weight
		var q panel
		if ky0 < ky1 {
			q = panel{M: n, K: j.KW * j.C, Segments: ky1 - ky0, LDA: j.SW * j.C}
			w = at(w, ky0*q.K*nr)
			row := (y0 + ky0*j.DH) * j.W
			if width := (n-1)*j.SW + j.KW; x0 >= 0 && x0+width <= j.W {
				q.A, q.Step = at(j.In, (row+x0)*j.C), j.DH*j.W*j.C
			} else {
				q.A, q.Step = j.Scratch, width*j.C
				from, to := clip(-x0, width), clip(j.W-x0, width)
				for ky := range q.Segments {
					dst := floats(at(j.Scratch, ky*q.Step), q.Step)
					clear(dst[:from*j.C])
					copy(dst[from*j.C:to*j.C], floats(at(j.In, (row+ky*j.DH*j.W+x0+from)*j.C), (to-from)*j.C))
					clear(dst[to*j.C:])
				}
			}
		} else {
			gather(j, m, n, 0)
			q = panel{M: n, K: j.K, Segments: 1, A: j.Scratch, LDA: j.K}
		}
		product(j, &q, w, j.Bias, m, p0, panels, 0)
		m += n
	}
}

// convScratch returns the parts of the scratch of a Conv, in floats: addresses of rows, a row of
// zeros, and gathered windows or what of them lies partly in the padding.
func (j *Job) convScratch() (addresses, zero, windows int) {
	if j.indirect() {
		return j.KH * j.RowBlock * pointerSize / 4, j.KW * j.C, j.RowBlock * j.K
	}
	return 0, 0, j.RowBlock * j.K
}

// point writes the address of each row of the windows of output positions m0 … m0+rows into
// scratch, [KH][RowBlock]. A row that lies partly in the padding is copied, one that lies there
// wholly is a row of zeros.
func (j *Job) point(m0, rows int) {
	na, nz, _ := j.convScratch()
	n := j.KW * j.C
	zero := at(j.Scratch, na)
	clear(floats(zero, nz))
	next := at(zero, nz)
	oy, ox := m0/j.OW, m0%j.OW
	for m := range rows {
		y0, x0 := oy*j.SH-j.PT, ox*j.SW-j.PL
		whole := x0 >= 0 && x0+j.KW <= j.W
		for ky := range j.KH {
			y := y0 + ky*j.DH
			row := zero
			if y >= 0 && y < j.H {
				row = at(j.In, (y*j.W+x0)*j.C)
				if !whole {
					from, to := clip(-x0, j.KW)*j.C, clip(j.W-x0, j.KW)*j.C
					dst := floats(next, n)
					clear(dst[:from])
					copy(dst[from:to], floats(at(row, from), to-from))
					clear(dst[to:])
					row, next = next, at(next, n)
				}
			}
			*(*uintptr)(unsafe.Add(j.Scratch, (ky*j.RowBlock+m)*pointerSize)) = uintptr(row) - 4*rowsBias
		}
		if ox++; ox == j.OW {
			oy, ox = oy+1, 0
		}
	}
}

// product multiplies the rows that t names with panels p0 … p0+panels, into rows m0 … of the output
// from column col0 on.
func product(j *Job, t *panel, w, bias unsafe.Pointer, m0, p0, panels, col0 int) {
	nr := j.Level.PanelWidth()
	depth := min(depthBlock, t.K)
	if t.Rows != nil || t.Segments > 1 {
		depth = t.K
	}
	for p := p0; p < p0+panels; p++ {
		col := p * nr
		out := m0*j.OC + col0 + col
		q := *t
		q.Bias, q.C, q.LDC, q.columns = at(bias, col), at(j.Out, out), j.OC, nr
		q.N = min(nr, j.N-col)
		whole := q.N == nr || j.Level == AVX512
		if !whole {
			// A panel that is wider than what is left of the output goes by way of scratch, behind
			// the windows of a convolution.
			q.C = j.Scratch
			if j.Kind == Conv {
				addresses, zero, windows := j.convScratch()
				q.C = at(j.Scratch, addresses+zero+windows)
			}
			q.LDC = nr
		}
		for k := 0; k < t.K; k += depth {
			q.K = min(depth, t.K-k)
			q.A = at(t.A, k)
			q.B = at(w, (p*j.K+k)*nr)
			if k > 0 {
				q.Bias = nil
			}
			q.Lo, q.Hi, q.R = -inf, inf, nil
			if whole && k+q.K == t.K {
				q.Lo, q.Hi = j.Lo, j.Hi
				if j.In2 != nil {
					q.R = at(j.In2, out)
				}
			}
			gemmPanel(j.Level, &q)
		}
		if !whole {
			finishNarrow(j, &q, t.M, j.N-col, out)
		}
	}
	if j.Act != Linear {
		from := p0 * nr
		n := min(panels*nr, j.N-from)
		if n == j.OC {
			j.act(at(j.Out, m0*j.OC), t.M*n)
			return
		}
		for m := range t.M {
			j.act(at(j.Out, (m0+m)*j.OC+col0+from), n)
		}
	}
}

// finishNarrow copies n columns of each row from scratch to the output, adding the residual and
// clamping.
func finishNarrow(j *Job, q *panel, rows, n, out int) {
	for m := range rows {
		to := out + m*j.OC
		if j.In2 != nil {
			addRow(j.Level, at(j.Out, to), at(q.C, m*q.LDC), at(j.In2, to), n, j.Lo, j.Hi)
		} else {
			clampTo(j.Level, at(j.Out, to), at(q.C, m*q.LDC), n, j.Lo, j.Hi)
		}
	}
}

// gather writes the windows of output positions m0 … m0+rows, channels from c0 on, as rows of K =
// KH·KW·C/Groups floats into scratch, zero where the window lies in the padding.
func gather(j *Job, m0, rows, c0 int) {
	cg := j.C / j.Groups
	for m := range rows {
		oy, ox := (m0+m)/j.OW, (m0+m)%j.OW
		y0, x0 := oy*j.SH-j.PT, ox*j.SW-j.PL
		dst := at(j.Scratch, m*j.K)
		for ky := range j.KH {
			y := y0 + ky*j.DH
			row := floats(at(dst, ky*j.KW*cg), j.KW*cg)
			if y < 0 || y >= j.H {
				clear(row)
				continue
			}
			if j.DW == 1 && j.Groups == 1 {
				// Neighbouring taps are neighbours in memory.
				lo, hi := max(0, -x0), min(j.KW, j.W-x0)
				if lo >= hi {
					clear(row)
					continue
				}
				clear(row[:lo*cg])
				copy(row[lo*cg:hi*cg], floats(at(j.In, (y*j.W+x0+lo)*j.C), (hi-lo)*cg))
				clear(row[hi*cg:])
				continue
			}
			for kx := range j.KW {
				x := x0 + kx*j.DW
				tap := row[kx*cg : (kx+1)*cg]
				if x < 0 || x >= j.W {
					clear(tap)
				} else {
					copy(tap, floats(at(j.In, (y*j.W+x)*j.C+c0), cg))
				}
			}
		}
	}
}

// panelPortable is the plain twin of the vector bodies of gemmPanel.
func panelPortable(q *panel) {
	for m := range q.M {
		c := floats(at(q.C, m*q.LDC), q.columns)
		if q.Bias != nil {
			copy(c, floats(q.Bias, q.columns))
		}
		for s := range q.Segments {
			row := at(q.A, m*q.LDA+s*q.Step)
			if q.Rows != nil {
				row = at(*(*unsafe.Pointer)(unsafe.Add(q.Rows, (s*q.RowsStride+m)*pointerSize)), rowsBias)
			}
			for k, x := range floats(row, q.K) {
				b := floats(at(q.B, (s*q.K+k)*q.columns), q.columns)
				for n, w := range b {
					c[n] += x * w
				}
			}
		}
		for n, v := range c {
			if q.R != nil {
				v += *(*float32)(at(q.R, m*q.LDC+n))
			}
			c[n] = clamp(v, q.Lo, q.Hi)
		}
	}
}
