package kernel

var kindCopy = kind{items: (*Job).rowBlocks}

func runCopy(j *Job, from, to int) {
	for i := from; i < to; i++ {
		copyItem(j, i)
	}
}

// copyItem copies N channels of each of a block of positions, from rows of K channels to rows of
// OC.
func copyItem(j *Job, item int) {
	p0 := item * j.RowBlock
	p1 := min(p0+j.RowBlock, j.M)
	if j.N == j.K && j.N == j.OC {
		copy(floats(at(j.Out, p0*j.OC), (p1-p0)*j.N), floats(at(j.In, p0*j.K), (p1-p0)*j.N))
		return
	}
	x, y := at(j.In, p0*j.K), at(j.Out, p0*j.OC)
	for range p1 - p0 {
		copy(floats(y, j.N), floats(x, j.N))
		x, y = at(x, j.K), at(y, j.OC)
	}
}

var kindPermute = kind{items: (*Job).rowBlocks}

func runPermute(j *Job, from, to int) {
	for i := from; i < to; i++ {
		permuteItem(j, i)
	}
}

// permuteItem reorders the channels of a block of positions.
func permuteItem(j *Job, item int) {
	p0 := item * j.RowBlock
	from := (*[1 << 26]uint32)(j.Weight)[:j.OC:j.OC]
	for p := p0; p < min(p0+j.RowBlock, j.M); p++ {
		x, y := floats(at(j.In, p*j.C), j.C), floats(at(j.Out, p*j.OC), j.OC)
		for c, k := range from {
			y[c] = x[k]
		}
	}
}

var kindUpsample = kind{items: outputRows}

func runUpsample(j *Job, from, to int) {
	for i := from; i < to; i++ {
		upsampleRow(j, i)
	}
}

// upsampleRow does row oy of an upsampling. Bilinearly, output pixel i lies at (i + ½)/scale − ½ of
// the input's pixels, cut off at the borders; its four neighbours are added by their weights, two
// rows of the window at a time.
func upsampleRow(j *Job, oy int) {
	if !j.Linear {
		x := at(j.In, oy/j.SH*j.W*j.C)
		y := at(j.Out, oy*j.OW*j.C)
		for ox := range j.OW {
			copy(floats(y, j.C), floats(at(x, ox/j.SW*j.C), j.C))
			y = at(y, j.C)
		}
		return
	}
	y0, y1, fy := between(oy, j.SH, j.H)
	for ox := range j.OW {
		x0, x1, fx := between(ox, j.SW, j.W)
		a, b := floats(at(j.In, (y0*j.W+x0)*j.C), j.C), floats(at(j.In, (y0*j.W+x1)*j.C), j.C)
		c, d := floats(at(j.In, (y1*j.W+x0)*j.C), j.C), floats(at(j.In, (y1*j.W+x1)*j.C), j.C)
		out := floats(at(j.Out, (oy*j.OW+ox)*j.C), j.C)
		for i := range out {
			above, below := a[i]+(b[i]-a[i])*fx, c[i]+(d[i]-c[i])*fx
			out[i] = above + (below-above)*fy
		}
	}
}

// between returns the two pixels that output pixel i lies between, and how far it is from the first
// to the second.
func between(i, scale, n int) (lo, hi int, f float32) {
	at := (float32(i)+0.5)/float32(scale) - 0.5
	if at < 0 {
		at = 0
	}
	lo = min(int(at), n-1)
	return lo, min(lo+1, n-1), at - float32(lo)
}
