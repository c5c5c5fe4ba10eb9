package kernel

import (
	"math"
	"unsafe"
)

// The scratch of an Attention item, in floats: the keys and the values of one head packed as
// panels, the scores of a block of rows, and a panel's width of output for each row.
func (j *Job) attentionScratch() (keys, values, scores, narrow int) {
	nr := j.Level.PanelWidth()
	d := j.OC / j.Groups
	t := ceil(j.M, nr) * nr
	return t * d, ceil(d, nr) * nr * j.M, j.RowBlock * t, j.RowBlock * nr
}

var kindAttention = kind{
	items: rowsOfGroups,
	scratch: func(j *Job) int {
		a, b, c, d := j.attentionScratch()
		return a + b + c + d
	},
}

func runAttention(j *Job, from, to int) {
	for i := from; i < to; i++ {
		attentionItem(j, i)
	}
}

// attentionItem does a block of queries of one head: softmax(q·kᵀ/√d)·v.
func attentionItem(j *Job, item int) {
	nr := j.Level.PanelWidth()
	rb := j.rowBlocks()
	head, m0 := item/rb, item%rb*j.RowBlock
	rows := min(j.RowBlock, j.M-m0)
	d := j.OC / j.Groups
	width := ceil(j.M, nr) * nr
	nk, nv, ns, _ := j.attentionScratch()
	keys := j.Scratch
	values := at(keys, nk)
	scores := at(values, nv)
	narrow := at(scores, ns)

	packRows(keys, at(j.In, j.OC+head*d), j.M, d, j.C, nr)
	packColumns(values, at(j.In, 2*j.OC+head*d), j.M, d, j.C, nr)

	for n := 0; n < j.M; n += nr {
		q := panel{
			M: rows, K: d, Segments: 1, A: at(j.In, m0*j.C+head*d), LDA: j.C,
			B: at(keys, n*d), Bias: zeros(), C: at(scores, n), LDC: width,
			Lo: -inf, Hi: inf, columns: nr, N: nr,
		}
		gemmPanel(j.Level, &q)
	}
	scale := inverseRoot(float32(d))
	for m := range rows {
		row := at(scores, m*width)
		softmaxRow(j.Level, row, row, j.M, scale)
		if j.In2 != nil {
			copy(floats(at(j.In2, (head*j.M+m0+m)*j.M), j.M), floats(row, j.M))
		}
	}
	for n := 0; n < d; n += nr {
		out := at(j.Out, m0*j.OC+head*d+n)
		q := panel{
			M: rows, K: j.M, Segments: 1, A: scores, LDA: width,
			B: at(values, n*j.M), Bias: zeros(), C: out, LDC: j.OC,
			Lo: -inf, Hi: inf, columns: nr, N: nr,
		}
		if d-n >= nr || j.Level == AVX512 {
			q.N = min(nr, d-n)
			gemmPanel(j.Level, &q)
			continue
		}
		q.C, q.LDC = narrow, nr
		gemmPanel(j.Level, &q)
		for m := range rows {
			copy(floats(at(out, m*j.OC), d-n), floats(at(narrow, m*nr), d-n))
		}
	}
}

// zeroPanel is the bias of products that have none.
var zeroPanel [64]float32

func zeros() unsafe.Pointer { return unsafe.Pointer(&zeroPanel) }

// packRows lays n rows of k floats, stride apart, into panels as PackWeights does, with zeros after
// the last.
func packRows(dst, src unsafe.Pointer, n, k, stride, nr int) {
	for i := 0; i < n; i += nr {
		for l := range nr {
			p := at(dst, i*k+l)
			if i+l >= n {
				for range k {
					*(*float32)(p) = 0
					p = at(p, nr)
				}
				continue
			}
			x := at(src, (i+l)*stride)
			c := 0
			for ; c <= k-4; c += 4 {
				v0, v1, v2, v3 := *(*float32)(x), *(*float32)(at(x, 1)), *(*float32)(at(x, 2)), *(*float32)(at(x, 3))
				*(*float32)(p) = v0
				p = at(p, nr)
				*(*float32)(p) = v1
				p = at(p, nr)
				*(*float32)(p) = v2
				p = at(p, nr)
				*(*float32)(p) = v3
				p, x = at(p, nr), at(x, 4)
			}
			for ; c < k; c++ {
				*(*float32)(p) = *(*float32)(x)
				p, x = at(p, nr), at(x, 1)
			}
		}
	}
}

// packColumns lays the columns of k rows of n floats, stride apart, into panels.
func packColumns(dst, src unsafe.Pointer, k, n, stride, nr int) {
	for i := 0; i < n; i += nr {
		w := min(nr, n-i)
		for r := range k {
			p := floats(at(dst, i*k+r*nr), nr)
			copy(p, floats(at(src, r*stride+i), w))
			clear(p[w:])
		}
	}
}

var kindLayerNorm = kind{items: positions}

func runLayerNorm(j *Job, from, to int) {
	for i := from; i < to; i++ {
		layerNorm(j.Level, at(j.Out, i*j.C), at(j.In, i*j.C), j.Weight, j.Bias, j.C, j.Eps)
	}
}

// layerNormPortable: y[c] = (x[c]−mean)/√(var+eps)·w[c] + b[c]
func layerNormPortable(y, x, w, b unsafe.Pointer, n int, eps float32) {
	mean := sumOfPortable(x, 0, n) / float32(n)
	normalisePortable(y, x, w, b, 0, n, mean, inverseRoot(squaresPortable(x, 0, n, mean)/float32(n)+eps))
}

func inverseRoot(x float32) float32 { return float32(1 / math.Sqrt(float64(x))) }

// sumOfPortable returns Σ x[i].
func sumOfPortable(x unsafe.Pointer, from, n int) float32 {
	sum := 0.0
	for _, v := range floats(x, n)[from:] {
		sum += float64(v)
	}
	return float32(sum)
}

// squaresPortable returns Σ (x[i]−mean)².
func squaresPortable(x unsafe.Pointer, from, n int, mean float32) float32 {
	sum := 0.0
	for _, v := range floats(x, n)[from:] {
		sum += float64(v-mean) * float64(v-mean)
	}
	return float32(sum)
}

// normalisePortable: y[i] = (x[i]−mean)·r·w[i] + b[i]
func normalisePortable(y, x, w, b unsafe.Pointer, from, n int, mean, r float32) {
	dst, src, scale, shift := floats(y, n), floats(x, n), floats(w, n), floats(b, n)
	for i := from; i < n; i++ {
		dst[i] = (src[i]-mean)*r*scale[i] + shift[i]
	}
}
