package jpeg

// Where coefficients of a progressive file are still missing, libjpeg estimates the lowest of them
// from the first coefficients of the 5×5 blocks around (section K.8 of the standard has a smaller
// form of it), so that blocks don't show.

// weights of the neighbours, row by row, in the estimate of one coefficient, over 256 when the
// quantisers are taken off.
type weights [25]int32

// lowest are the coefficients that are estimated where no scan told any of them, and first how the
// first coefficient itself then changes; lower are those that are estimated where some were told.
var (
	lowest = [9]weights{
		{-1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1},
		{-1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1},
		{0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0},
		{-1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1},
		{0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0},
		{0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0},
		{0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0},
		{0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0},
		{0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0},
	}
	first = weights{-2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 152, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2}
	lower = [5]weights{
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7},
		{0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0},
		{0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0},
		{0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0},
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1},
	}
)

// smooths says whether blocks are smoothed: the first coefficients are known at least in part, and
// some of the next nine are not.
func (d *decoder) smooths() bool {
	missing := false
	for i := range d.comps {
		c := &d.comps[i]
		if c.bits[0][0] < 0 {
			return false
		}
		for k := range 10 {
			if c.quant[natural[k]] == 0 {
				return false
			}
			missing = missing || k > 0 && c.bits[0][k] != 0
		}
		if d.scans < 2 {
			for k := 1; k < 10; k++ {
				c.bits[1][k] = -1
			}
		}
	}
	return missing
}

// smooth puts estimates into the block at (x, y) of the component, and returns the place of the
// last of them, 0 where there is none.
func (d *decoder) smooth(c *component, b *[64]int16, x, y int) (last int) {
	row := y / c.v
	bits := &c.bits[0]
	if row > d.whole { // the last scan did not get here
		bits = &c.bits[1]
	}
	untold := true
	for k := 1; k < 10; k++ {
		untold = untold && bits[k] == -1
	}
	bottom := c.padY - 1
	if row == d.unitsY-1 {
		bottom = c.blocksY - 1
	}
	var near [25]int32
	for i := range near {
		v, u := min(max(y+i/5-2, 0), bottom), min(max(x+i%5-2, 0), c.blocksX-1)
		near[i] = int32(c.coefs[(v*c.padX+u)*c.keep])
	}
	estimates := lower[:]
	if untold {
		estimates = lowest[:]
	}
	for k := 1; k <= len(estimates); k++ {
		at := int(c.slots[k])
		if bits[k] == 0 || at >= c.keep || b[at] != 0 {
			continue
		}
		v := c.estimate(&estimates[k-1], &near, k)
		if bits[k] > 0 {
			most := int64(1)<<bits[k] - 1
			v = max(min(v, most), -most)
		}
		if b[at] = int16(v); v != 0 {
			last = k
		}
	}
	if untold {
		b[0] = int16(c.estimate(&first, &near, 0))
	}
	return last
}

// estimate returns an estimate of coefficient k, rounded away from zero at halves.
func (c *component) estimate(w *weights, near *[25]int32, k int) int64 {
	sum := int64(0)
	for i, v := range near {
		sum += int64(w[i]) * int64(v)
	}
	sum *= int64(uint16(c.quant[0]))
	q := int64(uint16(c.quant[natural[k]]))
	if sum < 0 {
		return -((q<<7 - sum) / (q << 8))
	}
	return (q<<7 + sum) / (q << 8)
}
