package kernel

var kindPad = kind{items: outputRows}

func runPad(j *Job, from, to int) {
	for i := from; i < to; i++ {
		padRow(j, i)
	}
}

// padRow does row oy of a padding: what lies outside the input is Fill, or by Border the input
// mirrored about its first and last element, or that element itself.
func padRow(j *Job, oy int) {
	y := at(j.Out, oy*j.OW*j.C)
	iy := j.Border.source(oy-j.PT, j.H)
	for ox := range j.OW {
		ix := j.Border.source(ox-j.PL, j.W)
		out := floats(y, j.C)
		if iy < 0 || ix < 0 {
			for i := range out {
				out[i] = j.Fill
			}
		} else {
			copy(out, floats(at(j.In, (iy*j.W+ix)*j.C), j.C))
		}
		y = at(y, j.C)
	}
}

// Border says what lies outside of a padded input.
type Border int32

// The borders.
const (
	Filled    Border = iota // one number
	Reflected               // … 2 1 0 1 2 …
	Repeated                // … 0 0 0 1 2 …
)

// source returns which of n elements lies at i, or −1. A reflection reaches as far as the input
// does.
func (b Border) source(i, n int) int {
	if i >= 0 && i < n {
		return i
	}
	switch b {
	case Reflected:
		if i < 0 {
			i = -i
		}
		if i >= n {
			i = 2*(n-1) - i
		}
	case Repeated:
		if i < 0 {
			return 0
		}
		return n - 1
	default:
		return -1
	}
	return i
}
