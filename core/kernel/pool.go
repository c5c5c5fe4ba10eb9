package kernel

var kindMaxPool = kind{items: outputRows}

func runMaxPool(j *Job, from, to int) {
	for i := from; i < to; i++ {
		poolRow(j, i)
	}
}

var kindAvgPool = kind{items: outputRows}

func runAvgPool(j *Job, from, to int) {
	for i := from; i < to; i++ {
		poolRow(j, i)
	}
}

// poolRow does row oy of a max or average pooling. Rows of channels are folded into the output
// position one tap at a time, so that the vector bodies need no more than an element-wise maximum
// and sum.
func poolRow(j *Job, oy int) {
	y0 := oy*j.SH - j.PT
	ky0, ky1 := taps(y0, j.DH, j.KH, j.H)
	for ox := range j.OW {
		x0 := ox*j.SW - j.PL
		kx0, kx1 := taps(x0, j.DW, j.KW, j.W)
		out := at(j.Out, (oy*j.OW+ox)*j.C)
		first := true
		for ky := ky0; ky < ky1; ky++ {
			for kx := kx0; kx < kx1; kx++ {
				x := at(j.In, ((y0+ky*j.DH)*j.W+x0+kx*j.DW)*j.C)
				switch {
				case first:
					copy(floats(out, j.C), floats(x, j.C))
					first = false
				case j.Kind == MaxPool:
					maxRow(j.Level, out, x, j.C)
				default:
					addRow(j.Level, out, out, x, j.C, -inf, inf)
				}
			}
		}
		if first {
			// A window wholly in the padding: no graph builds one, but an answer that depends on
			// what was in memory would be worse.
			clear(floats(out, j.C))
		}
		if j.Kind == AvgPool {
			n := (ky1 - ky0) * (kx1 - kx0)
			if j.CountPad {
				// A window that is partial below or to the right counts the padding there, and
				// nothing beyond it.
				n = reach(y0, j.DH, j.KH, j.H+j.PB) * reach(x0, j.DW, j.KW, j.W+j.PR)
			}
			scaleRow(j.Level, out, j.C, 1/float32(max(n, 1)))
		}
	}
}

// reach counts the taps of a window from x0 on that lie before end.
func reach(x0, dilation, k, end int) int {
	n := ceil(end-x0, dilation)
	if n > k {
		n = k
	}
	return n
}

var kindGMP = kind{items: channelBlocks}

func runGMP(j *Job, from, to int) {
	for i := from; i < to; i++ {
		gmpItem(j, i)
	}
}

// gmpItem takes the largest of a block of channels over all positions.
func gmpItem(j *Job, item int) {
	c0 := item * GAPBlock
	n := min(GAPBlock, j.C-c0)
	x, out := at(j.In, c0), at(j.Out, c0)
	copy(floats(out, n), floats(x, n))
	for range j.H*j.W - 1 {
		x = at(x, j.C)
		maxRow(j.Level, out, x, n)
	}
}

var kindGAP = kind{items: channelBlocks}

func runGAP(j *Job, from, to int) {
	for i := from; i < to; i++ {
		gapItem(j, i)
	}
}

// gapItem averages a block of channels over all positions.
func gapItem(j *Job, item int) {
	c0 := item * GAPBlock
	n := min(GAPBlock, j.C-c0)
	out := at(j.Out, c0)
	clear(floats(out, n))
	sumRows(j.Level, out, at(j.In, c0), n, j.H*j.W, j.C)
	scaleRow(j.Level, out, n, 1/float32(j.H*j.W))
}

var kindAdaptiveAvgPool = kind{items: outputRows}

func runAdaptiveAvgPool(j *Job, from, to int) {
	for i := from; i < to; i++ {
		adaptiveRow(j, i)
	}
}

// adaptiveRow averages the cells of row oy.
func adaptiveRow(j *Job, oy int) {
	y0, y1 := oy*j.H/j.OH, ceil((oy+1)*j.H, j.OH)
	for ox := range j.OW {
		x0, x1 := ox*j.W/j.OW, ceil((ox+1)*j.W, j.OW)
		out := at(j.Out, (oy*j.OW+ox)*j.C)
		clear(floats(out, j.C))
		for y := y0; y < y1; y++ {
			sumRows(j.Level, out, at(j.In, (y*j.W+x0)*j.C), j.C, x1-x0, j.C)
		}
		scaleRow(j.Level, out, j.C, 1/float32((y1-y0)*(x1-x0)))
	}
}
