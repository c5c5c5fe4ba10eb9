//go:build goexperiment.simd && go1.27 && amd64

package kernel

// strip is one call of a depthwise body: Blocks times 7 or 4 neighbouring output positions of one
// row.
//
// The first column of the input may lie before the row's, so these are numbers and no pointers;
// what they point into belongs to the job. The bodies move In and Out on.
type strip struct {
	In, Out, Weight, Bias uintptr
	Rows                  int // of the window that lie inside the input
	C                     int
	Row                   int // floats between rows of the input
	Blocks                int
	Lo, Hi                float32
	// Columns has all bits set or none: whether the first two and the last two columns of the input
	// (of a 3×3 window the first and the last) are there.
	Columns [4]uint16
}

// depthwiseStrips does row oy of the output, for which the rows ky0 … ky1 of the window lie inside
// the input, and says whether it could.
func depthwiseStrips(j *Job, oy, ky0, ky1 int) bool {
	most := j.KW / 2 // columns of padding that a body can do at each side
	if j.Level != AVX512 && (j.Level != AVX2 || j.C%lanes(AVX2) != 0) || !square(j) || j.OW < 4 || j.PL > most || (j.OW-1)*j.SW+j.KW-j.PL-j.W > most {
		return false
	}
	wide := 7
	if j.OW < wide || j.OW == 8 {
		wide = 4
	}
	cols := (wide-1)*j.SW + j.KW
	s := strip{
		Weight: uintptr(at(j.Weight, ky0*j.KW*j.C)), Bias: uintptr(j.Bias), Rows: ky1 - ky0,
		C: j.C, Row: j.W * j.C, Lo: j.Lo, Hi: j.Hi,
	}
	row := (oy*j.SH - j.PT + ky0) * j.W
	for ox := 0; ox < j.OW; {
		// The last block may overlap the one before.
		ox = min(ox, j.OW-wide)
		x := ox*j.SW - j.PL
		left, right := max(0, -x), max(0, x+cols-j.W)
		s.Blocks = 1
		edge := left > 0 || right > 0
		if edge {
			for i := range most {
				s.Columns[i], s.Columns[2+i] = 0, 0
				if i >= left {
					s.Columns[i] = 0xffff
				}
				if i < most-right {
					s.Columns[2+i] = 0xffff
				}
			}
		} else {
			last := min((j.W-cols+j.PL)/j.SW, j.OW-wide)
			s.Blocks += (last - ox) / wide
		}
		s.In = uintptr(j.In) + uintptr(4*(row+x)*j.C)
		s.Out = uintptr(j.Out) + uintptr(4*(oy*j.OW+ox)*j.C)
		if j.Level == AVX512 {
			depthwiseStripAVX512(wide, j.KW, j.SW, edge, &s)
		} else {
			depthwiseStripAVX2(wide, j.KW, j.SW, edge, &s)
		}
		ox += s.Blocks * wide
	}
	return true
}
