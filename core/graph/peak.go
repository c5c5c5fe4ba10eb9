package graph

import (
	"time"

	"homeroom/core/kernel"
)

// Peak measures how fast one thread multiplies matrices when everything lies in its first-level
// cache, in floating-point operations a second, a multiply-add being two: what no layer on this
// build and machine can pass. It takes about as long as it is given, and tries several shapes of 12
// to 48 rows and 16 to 64 columns over a depth of 128 to 256.
func Peak(level kernel.Level, within time.Duration) float64 {
	best := 0.0
	shapes := [][3]int{{12, 256, 16}, {24, 128, 32}, {24, 256, 32}, {48, 128, 64}}
	for _, s := range shapes {
		m, k, n := s[0], s[1], s[2]
		x, y := make([]float32, m*k+kernel.Slack), make([]float32, m*n+kernel.Slack)
		w := make([]float32, kernel.PackedLen(level, n, k))
		for i := range x {
			x[i] = float32(i%7) - 3
		}
		row := make([]float32, k)
		for i := range row {
			row[i] = float32(i%5) - 2
		}
		for i := range n {
			kernel.PackWeights(level, w, i, row)
		}
		bias := kernel.PackBias(level, make([]float32, n))
		j := kernel.Job{
			Kind: kernel.Gemm, Level: level, In: pointer(x), Out: pointer(y), Weight: pointer(w), Bias: pointer(bias),
			Lo: -infinity, Hi: infinity, H: 1, W: m, C: k, OH: 1, OW: m, OC: n, Groups: 1, M: m, K: k, N: n,
			RowBlock: m, PanelBlock: ceil(n, level.PanelWidth()),
		}
		j.Scratch = pointer(make([]float32, j.ScratchLen()+kernel.Slack))
		// Each turn takes long enough for a coarse clock; the first ones warm up.
		turns, share := 0, within/time.Duration(len(shapes))
		for begin := time.Now(); time.Since(begin) < share || turns < 4; turns++ {
			runs, start := 0, time.Now()
			took := time.Duration(0)
			for took < share/20+time.Millisecond {
				for range 50 {
					kernel.RunRange(&j, 0, j.Items())
				}
				runs += 50
				took = time.Since(start)
			}
			best = max(best, 2*float64(runs)*float64(m)*float64(k)*float64(n)/took.Seconds())
		}
	}
	return best
}
