package kernel

import "unsafe"

// The scratch of a MatMul item, in floats: the second matrix packed as panels, the rows of the
// first where they do not lie together, and a panel's width of output for each row.
func (j *Job) matMulScratch() (right, left, narrow int) {
	nr := j.Level.PanelWidth()
	right, narrow = ceil(j.N, nr)*nr*j.K, j.RowBlock*nr
	if j.SW != 1 {
		left = j.RowBlock * j.K
	}
	return right, left, narrow
}

var kindMatMul = kind{
	items: rowsOfGroups,
	scratch: func(j *Job) int {
		a, b, c := j.matMulScratch()
		return a + b + c
	},
}

func runMatMul(j *Job, from, to int) {
	for i := from; i < to; i++ {
		matMulItem(j, i)
	}
}

// matMulItem does a block of rows of one pair of matrices.
func matMulItem(j *Job, item int) {
	nr := j.Level.PanelWidth()
	blocks := j.rowBlocks()
	batch, m0 := item/blocks, item%blocks*j.RowBlock
	rows := min(j.RowBlock, j.M-m0)
	start := (*[2]uint32)(unsafe.Add(j.Weight, 8*batch))
	a, b := at(j.In, int(start[0])+m0*j.SH), at(j.In2, int(start[1]))
	right, left, _ := j.matMulScratch()
	packed, narrow := j.Scratch, at(j.Scratch, right+left)
	switch {
	case j.DH == 1:
		packRows(packed, b, j.N, j.K, j.DW, nr)
	case j.DW == 1:
		packColumns(packed, b, j.K, j.N, j.DH, nr)
	default:
		packAny(packed, b, j.K, j.N, j.DH, j.DW, nr)
	}
	lda := j.SH
	if j.SW != 1 {
		to := at(j.Scratch, right)
		for m := range rows {
			gatherRow(at(to, m*j.K), at(a, m*j.SH), j.K, j.SW)
		}
		a, lda = to, j.K
	}
	out := at(j.Out, (batch*j.M+m0)*j.N)
	for n := 0; n < j.N; n += nr {
		q := panel{
			M: rows, K: j.K, Segments: 1, A: a, LDA: lda, B: at(packed, n*j.K), Bias: zeros(), C: at(out, n), LDC: j.N,
			Lo: -inf, Hi: inf, columns: nr, N: nr,
		}
		if j.N-n >= nr || j.Level == AVX512 {
			q.N = min(nr, j.N-n)
			gemmPanel(j.Level, &q)
			continue
		}
		q.C, q.LDC = narrow, nr
		gemmPanel(j.Level, &q)
		for m := range rows {
			copy(floats(at(out, m*j.N+n), j.N-n), floats(at(narrow, m*nr), j.N-n))
		}
	}
	if j.Alpha != 1 {
		scaleRow(j.Level, out, rows*j.N, j.Alpha)
	}
}

func gatherRow(dst, src unsafe.Pointer, n, step int) {
	for range n {
		*(*float32)(dst) = *(*float32)(src)
		dst, src = at(dst, 1), at(src, step)
	}
}

// packAny lays a matrix of k × n numbers, down and right apart, into panels, with zeros after the
// last column.
func packAny(dst, src unsafe.Pointer, k, n, down, right, nr int) {
	for i := 0; i < n; i += nr {
		w := min(nr, n-i)
		for r := range k {
			p := at(dst, i*k+r*nr)
			gatherRow(p, at(src, r*down+i*right), w, right)
			clear(floats(at(p, w), nr-w))
		}
	}
}

var kindRearrange = kind{items: (*Job).rowBlocks}

func runRearrange(j *Job, from, to int) {
	for i := from; i < to; i++ {
		rearrangeItem(j, i)
	}
}

// rearrangeItem copies a block of M runs of N floats from wherever in x they are.
func rearrangeItem(j *Job, item int) {
	r0 := item * j.RowBlock
	r1 := min(r0+j.RowBlock, j.M)
	from := (*[1 << 28]uint32)(j.Weight)[:r1:r1]
	y := at(j.Out, r0*j.N)
	if j.N == 1 {
		dst := floats(y, r1-r0)
		for i, k := range from[r0:] {
			dst[i] = *(*float32)(at(j.In, int(k)))
		}
		return
	}
	for _, k := range from[r0:] {
		copy(floats(y, j.N), floats(at(j.In, int(k)), j.N))
		y = at(y, j.N)
	}
}
