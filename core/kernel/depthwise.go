package kernel

import "unsafe"

// run is a stretch of output positions of one row of a depthwise convolution whose windows lie
// wholly between the sides of the input.
type run struct {
	In, Out, Weight, Bias unsafe.Pointer
	Rows                  int // of the window that lie inside the input
	N                     int // positions
	C                     int // channels: floats between neighbouring positions
	Row                   int // floats between rows of the input
	Lo, Hi                float32
}

var kindDepthwise = kind{items: outputRows}

func runDepthwise(j *Job, from, to int) {
	for i := from; i < to; i++ {
		depthwiseRow(j, i)
	}
}

// depthwiseRow does row oy of the output: the positions whose window is whole by the widest body
// there is, the border by the tap-by-tap one.
func depthwiseRow(j *Job, oy int) {
	y0 := oy*j.SH - j.PT
	ky0, ky1 := taps(y0, j.DH, j.KH, j.H)
	if ky0 < ky1 && depthwiseStrips(j, oy, ky0, ky1) {
		if j.Act != Linear {
			j.act(at(j.Out, oy*j.OW*j.C), j.OW*j.C)
		}
		return
	}
	from, to := 0, 0
	if ky0 < ky1 && hasRun(j) {
		from = min(ceil(j.PL, j.SW), j.OW)
		if last := j.W - j.KW + j.PL; last >= 0 {
			to = min(last/j.SW+1, j.OW)
		}
		to = max(to, from)
		if to-from < runBlock {
			to = from
		} else {
			r := run{
				In:     at(j.In, ((y0+ky0)*j.W+from*j.SW-j.PL)*j.C),
				Out:    at(j.Out, (oy*j.OW+from)*j.C),
				Weight: at(j.Weight, ky0*j.KW*j.C), Bias: j.Bias, Rows: ky1 - ky0,
				N: to - from, C: j.C, Row: j.W * j.C,
				Lo: j.Lo, Hi: j.Hi,
			}
			depthwiseRun(runLevel(j), j.KH, j.SH, &r)
		}
	}
	for ox := range j.OW {
		if from <= ox && ox < to {
			continue
		}
		x0 := ox*j.SW - j.PL
		kx0, kx1 := taps(x0, j.DW, j.KW, j.W)
		q := window{
			In:     at(j.In, ((y0+ky0*j.DH)*j.W+x0+kx0*j.DW)*j.C),
			Out:    at(j.Out, (oy*j.OW+ox)*j.C),
			Weight: at(j.Weight, (ky0*j.KW+kx0)*j.C), Bias: j.Bias,
			KH: ky1 - ky0, KW: kx1 - kx0,
			C: j.C, InRow: j.DH * j.W * j.C, InTap: j.DW * j.C, WeightRow: j.KW * j.C,
			Lo: j.Lo, Hi: j.Hi,
		}
		depthwiseWindow(j.Level, &q)
	}
	if j.Act != Linear {
		j.act(at(j.Out, oy*j.OW*j.C), j.OW*j.C)
	}
}

// runBlock is the number of positions that a body of depthwiseRun does at a time; shorter runs go
// tap by tap.
const runBlock = 4

// hasRun says whether the job's window has a body of its own.
func hasRun(j *Job) bool {
	return j.Level != Portable && square(j) && j.C%lanes(runLevel(j)) == 0
}

// square says whether the window is 3×3 or 5×5 at stride 1 or 2.
func square(j *Job) bool {
	return j.KH == j.KW && (j.KH == 3 || j.KH == 5) && j.SH == j.SW && (j.SH == 1 || j.SH == 2) && j.DH == 1 && j.DW == 1
}

// runLevel returns the level that does the runs: of AVX-512 and AVX2 the one whose vectors the
// channels fill.
func runLevel(j *Job) Level {
	if j.Level == AVX512 && j.C%lanes(AVX512) != 0 {
		return AVX2
	}
	return j.Level
}

// lanes returns the number of float32 in a vector.
func lanes(l Level) int { return [...]int{1, 4, 8, 16}[l] }

// taps returns the first and the end of those of k taps, d apart, that fall into 0 … n when the
// first falls on p.
func taps(p, d, k, n int) (from, to int) {
	if p < 0 {
		from = min(ceil(-p, d), k)
	}
	to = k
	if p+(k-1)*d >= n {
		to = max(from, ceil(n-p, d))
	}
	return from, to
}

// window is one position of a depthwise convolution with the taps that fall inside the input.
type window struct {
	In, Out, Weight, Bias   unsafe.Pointer
	KH, KW                  int // taps that count
	C                       int
	InRow, InTap, WeightRow int // floats from tap to tap
	Lo, Hi                  float32
}

// windowPortable does the channels from c0 on.
func windowPortable(q *window, c0 int) {
	n := q.C - c0
	if n == 0 {
		return
	}
	out := floats(at(q.Out, c0), n)
	copy(out, floats(at(q.Bias, c0), n))
	for ky := range q.KH {
		for kx := range q.KW {
			x := floats(at(q.In, ky*q.InRow+kx*q.InTap+c0), n)
			w := floats(at(q.Weight, ky*q.WeightRow+kx*q.C+c0), n)
			for c, v := range x {
				out[c] += v * w[c]
			}
		}
	}
	for c, v := range out {
		out[c] = clamp(v, q.Lo, q.Hi)
	}
}
