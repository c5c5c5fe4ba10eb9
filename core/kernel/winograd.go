package kernel

import "unsafe"

// The 3×3 convolution of stride 1 by minimal filtering (Winograd 1980; Lavin and Gray 2016, arXiv
// 1509.09308): t×t outputs at once from (t+2)×(t+2) inputs d,
//
//	Y = Aᵀ[(G·g·Gᵀ) ∘ (Bᵀ·d·B)]A
//
// The products ∘ of all channels are (t+2)² matrix products, one a frequency, of tiles by
// in-channels and in-channels by out-channels. F(2×2) does with 16 products what takes 36, F(4×4)
// with 36 what takes 144.
//
// Lost digits, measured on data of unit variance with 64 and with 512 in-channels, outputs of unit
// variance, largest error of 12544 outputs: the direct sum 5e-6 and 1.6e-5, F(2×2) 1.3e-6 and
// 3.3e-6 (it adds fewer numbers), F(4×4) 2.1e-5 and 4.6e-5. A difference of 1e-4 between two
// engines' logits is common, so all three will do.

// A filtering holds the matrices of one t.
type filtering struct {
	in  [][]float32 // Bᵀ
	g   [][]float64 // G
	out [][]float32 // Aᵀ
}

// filteringOf returns F(t×t). It is no map because a helper thread can look nothing up.
func filteringOf(t int) *filtering {
	if t == 2 {
		return &filtering2
	}
	return &filtering4
}

var (
	filtering2 = filtering{
		in:  [][]float32{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
		g:   [][]float64{{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}},
		out: [][]float32{{1, 1, 1, 0}, {0, 1, -1, -1}},
	}
	filtering4 = filtering{
		in: [][]float32{{4, 0, -5, 0, 1, 0}, {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
			{0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}},
		g: [][]float64{{1. / 4, 0, 0}, {-1. / 6, -1. / 6, -1. / 6}, {-1. / 6, 1. / 6, -1. / 6},
			{1. / 24, 1. / 12, 1. / 6}, {1. / 24, -1. / 12, 1. / 6}, {0, 0, 1}},
		out: [][]float32{{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}},
	}
)

// WinogradFits says whether channels of these numbers can go through a Winograd job of the level.
func WinogradFits(l Level, in, out int) bool { return in%lanes(l) == 0 && out%lanes(l) == 0 }

// WinogradLen returns the length in floats of the packed weights of a Winograd job with t×t tiles,
// n out-channels and c in-channels, Slack included.
func WinogradLen(l Level, t, n, c int) int {
	return (t+2)*(t+2)*(PackedLen(l, n, c)-Slack) + Slack
}

// PackWinograd lays the weights [3][3][c] of out-channel i of n into dst, which is, for each
// frequency, as PackWeights lays out a matrix [n][c].
func PackWinograd(l Level, t int, dst []float32, i, n int, row []float32) {
	f := filteringOf(t)
	c := len(row) / 9
	size := PackedLen(l, n, c) - Slack
	u, columns := make([]float32, c), make([]float64, 3*c)
	for a, ga := range f.g {
		clear(columns) // G·g, row a
		for y, s := range ga {
			if s == 0 {
				continue
			}
			for k, w := range row[3*c*y : 3*c*(y+1)] {
				columns[k] += s * float64(w)
			}
		}
		for b, gb := range f.g {
			for k := range u {
				u[k] = float32(gb[0]*columns[k] + gb[1]*columns[c+k] + gb[2]*columns[2*c+k])
			}
			PackWeights(l, dst[(a*(t+2)+b)*size:], i, u)
		}
	}
}

// tileRun is the transformation of one tile over all its channels.
type tileRun struct {
	In, Out  unsafe.Pointer
	Row, Col int            // floats between rows and columns of the picture
	Plane    int            // floats between frequencies
	N        int            // channels
	Tmp      unsafe.Pointer // (t+2)² vectors

	// Of the transformation of the output only.
	H, W    int // rows and columns that exist
	Bias, R unsafe.Pointer
	Lo, Hi  float32
}

// winogradScratch returns the floats of scratch between frequencies of the transformed input and of
// the products, and those of a tile of input.
func (j *Job) winogradScratch() (in, out, patch int) {
	width := j.panels() * j.Level.PanelWidth()
	if j.PanelBlock > 0 {
		width = min(width, j.PanelBlock*j.Level.PanelWidth())
	}
	// A vector more keeps the planes from meeting in one set of the cache.
	return j.RowBlock*j.C + Slack, j.RowBlock*width + Slack, (j.Tile + 2) * (j.Tile + 2) * j.C
}

var kindWinograd = kind{
	items: rowsOfPanels,
	scratch: func(j *Job) int {
		e := j.Tile + 2
		in, out, patch := j.winogradScratch()
		return e*e*(in+out) + patch + e*e*lanes(AVX512)
	},
}

func runWinograd(j *Job, from, to int) {
	for i := from; i < to; i++ {
		winogradItem(j, i)
	}
}

// winogradItem does one block of tiles for one block of panels.
func winogradItem(j *Job, item int) {
	t, e := j.Tile, j.Tile+2
	nr := j.Level.PanelWidth()
	rb := j.rowBlocks()
	m0, p0 := item%rb*j.RowBlock, item/rb*j.PanelBlock
	rows, panels := min(j.RowBlock, j.M-m0), min(j.PanelBlock, j.panels()-p0)
	inPlane, outPlane, patchLen := j.winogradScratch()
	v := j.Scratch
	products := at(v, e*e*inPlane)
	patch := at(products, e*e*outPlane)
	across := ceil(j.OW, t)

	r := tileRun{Plane: inPlane, N: j.C, Tmp: at(patch, patchLen)}
	for m := range rows {
		y0, x0 := (m0+m)/across*t-j.PT, (m0+m)%across*t-j.PL
		r.In, r.Row, r.Col = at(j.In, (y0*j.W+x0)*j.C), j.W*j.C, j.C
		if y0 < 0 || x0 < 0 || y0+e > j.H || x0+e > j.W {
			// Part of the tile is padding: transform a copy.
			for y := range e {
				dst := floats(at(patch, y*e*j.C), e*j.C)
				if y0+y < 0 || y0+y >= j.H {
					clear(dst)
					continue
				}
				from, to := clip(-x0, e), clip(j.W-x0, e)
				clear(dst[:from*j.C])
				copy(dst[from*j.C:to*j.C], floats(at(j.In, ((y0+y)*j.W+x0+from)*j.C), (to-from)*j.C))
				clear(dst[to*j.C:])
			}
			r.In, r.Row, r.Col = patch, e*j.C, j.C
		}
		r.Out = at(v, m*j.C)
		winogradInput(j.Level, t, &r)
	}

	size := j.panels() * nr * j.C
	width := panels * nr
	for f := range e * e {
		for p := range panels {
			q := panel{
				M: rows, K: j.C, Segments: 1, A: at(v, f*inPlane), LDA: j.C,
				B: at(j.Weight, f*size+(p0+p)*nr*j.C), Bias: zeros(),
				C: at(products, f*outPlane+p*nr), LDC: width, Lo: -inf, Hi: inf, columns: nr, N: nr,
			}
			gemmPanel(j.Level, &q)
		}
	}

	n0 := p0 * nr
	r = tileRun{
		Plane: outPlane, N: min(width, j.N-n0), Row: j.OW * j.OC, Col: j.OC, Bias: at(j.Bias, n0),
		Lo: j.Lo, Hi: j.Hi, Tmp: at(patch, patchLen),
	}
	for m := range rows {
		y0, x0 := (m0+m)/across*t, (m0+m)%across*t
		o := (y0*j.OW+x0)*j.OC + n0
		r.H, r.W = clip(j.OH-y0, t), clip(j.OW-x0, t)
		r.In, r.Out, r.R = at(products, m*width), at(j.Out, o), nil
		if j.In2 != nil {
			r.R = at(j.In2, o)
		}
		winogradOutput(j.Level, t, &r)
		if j.Act == Linear {
			continue
		}
		for y := range r.H {
			for x := range r.W {
				j.act(at(r.Out, y*r.Row+x*r.Col), r.N)
			}
		}
	}
}

// clip returns n, or the bound 0 or most that it is beyond.
func clip(n, most int) int {
	if n < 0 {
		return 0
	}
	if n > most {
		return most
	}
	return n
}

// winogradInputPortable: V = Bᵀ·d·B for each channel.
func winogradInputPortable(t int, r *tileRun) {
	f := filteringOf(t)
	e := t + 2
	var d [36]float32
	for c := range r.N {
		for i := range e {
			for x := range e {
				s := float32(0)
				for y, b := range f.in[i] {
					s += b * *(*float32)(at(r.In, y*r.Row+x*r.Col+c))
				}
				d[i*e+x] = s
			}
		}
		for i := range e {
			for k := range e {
				s := float32(0)
				for x, b := range f.in[k] {
					s += b * d[i*e+x]
				}
				*(*float32)(at(r.Out, (i*e+k)*r.Plane+c)) = s
			}
		}
	}
}

// winogradOutputPortable: Y = clamp(Aᵀ·M·A + b + r) for each channel.
func winogradOutputPortable(t int, r *tileRun) {
	f := filteringOf(t)
	e := t + 2
	var d [24]float32
	for c := range r.N {
		for i := range t {
			for x := range e {
				s := float32(0)
				for y, a := range f.out[i] {
					s += a * *(*float32)(at(r.In, (y*e+x)*r.Plane+c))
				}
				d[i*e+x] = s
			}
		}
		for i := range r.H {
			for k := range r.W {
				s := *(*float32)(at(r.Bias, c))
				for x, a := range f.out[k] {
					s += a * d[i*e+x]
				}
				o := i*r.Row + k*r.Col + c
				if r.R != nil {
					s += *(*float32)(at(r.R, o))
				}
				*(*float32)(at(r.Out, o)) = clamp(s, r.Lo, r.Hi)
			}
		}
	}
}
