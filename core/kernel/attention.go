package kernel

import (
	"math"
	"unsafe"
)

// The scratch of an Attention item, in floats: the keys and the values of one
// head packed as panels, the scores of a block of rows, and a panel's width of
// output for each row.
func (j *Job) attentionScratch() (keys, values, scores, narrow int) {
	nr := j.Level.PanelWidth()
	d := j.OC / j.Groups
	t := ceil(j.M, nr) * nr
	return t * d, ceil(d, nr) * nr * j.M, j.RowBlock * t, j.RowBlock * nr
}

// attentionItem does a block of queries of one head:
// softmax(q·kᵀ/√d)·v.
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
			Lo: -inf, Hi: inf, columns: nr,
		}
		gemmPanel(j.Level, &q)
	}
	scale := float32(1 / math.Sqrt(float64(d)))
	for m := range rows {
		row := at(scores, m*width)
		scaleRow(j.Level, row, j.M, scale)
		softmaxRow(j.Level, row, row, j.M)
		if j.In2 != nil {
			copy(floats(at(j.In2, (head*j.M+m0+m)*j.M), j.M), floats(row, j.M))
		}
	}
	for n := 0; n < d; n += nr {
		out := at(j.Out, m0*j.OC+head*d+n)
		q := panel{
			M: rows, K: j.M, Segments: 1, A: scores, LDA: width,
			B: at(values, n*j.M), Bias: zeros(), C: out, LDC: j.OC,
			Lo: -inf, Hi: inf, columns: nr,
		}
		if d-n >= nr {
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

// packRows lays n rows of k floats, stride apart, into panels as PackWeights
// does, with zeros after the last.
func packRows(dst, src unsafe.Pointer, n, k, stride, nr int) {
	for i := 0; i < n; i += nr {
		p := floats(at(dst, i*k), k*nr)
		for l := range nr {
			if i+l >= n {
				for c := range k {
					p[c*nr+l] = 0
				}
				continue
			}
			for c, v := range floats(at(src, (i+l)*stride), k) {
				p[c*nr+l] = v
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

// layerNormRow: y[c] = (x[c]−mean)/√(var+eps)·w[c] + b[c]
func layerNormRow(j *Job, i int) {
	x, y := floats(at(j.In, i*j.C), j.C), floats(at(j.Out, i*j.C), j.C)
	w, b := floats(j.Weight, j.C), floats(j.Bias, j.C)
	// Four sums each, so that additions do not wait for one another.
	var s [4]float32
	c := 0
	for ; c+4 <= len(x); c += 4 {
		s[0] += x[c]
		s[1] += x[c+1]
		s[2] += x[c+2]
		s[3] += x[c+3]
	}
	for ; c < len(x); c++ {
		s[0] += x[c]
	}
	mean := (s[0] + s[1] + s[2] + s[3]) / float32(j.C)
	s = [4]float32{}
	c = 0
	for ; c+4 <= len(x); c += 4 {
		d0, d1, d2, d3 := x[c]-mean, x[c+1]-mean, x[c+2]-mean, x[c+3]-mean
		s[0] += d0 * d0
		s[1] += d1 * d1
		s[2] += d2 * d2
		s[3] += d3 * d3
	}
	for ; c < len(x); c++ {
		d := x[c] - mean
		s[0] += d * d
	}
	r := float32(1 / math.Sqrt(float64((s[0]+s[1]+s[2]+s[3])/float32(j.C)+j.Eps)))
	for c, v := range x {
		y[c] = (v-mean)*r*w[c] + b[c]
	}
}
