package graph

import (
	"testing"

	"homeroom/core/kernel"
)

// Whatever the cut, every row meets every panel once, and two threads get shares that differ
// little.
func TestShare(t *testing.T) {
	for _, level := range []kernel.Level{kernel.Portable, kernel.SIMD128, kernel.AVX2, kernel.AVX512} {
		for _, s := range [][3]int{{1, 1280, 1000}, {49, 1152, 320}, {49, 4608, 512}, {196, 96, 576}, {784, 40, 240}, {12544, 16, 96}, {5, 3, 1}} {
			for _, kind := range []kernel.Kind{kernel.Gemm, kernel.Conv, kernel.Winograd} {
				j := kernel.Job{Kind: kind, Level: level, M: s[0], K: s[1], N: s[2], C: s[1], OC: s[2], KH: 1, KW: 1, Groups: 1, Tile: 4}
				one := j
				Share(&one, 1)
				panels := ceil(j.N, level.PanelWidth())
				if one.PanelBlock != panels {
					t.Errorf("%v %v %v: one thread takes %d of %d panels at a time", level, kind, s, one.PanelBlock, panels)
				}
				Share(&j, 2)
				if j.RowBlock < 1 || j.PanelBlock < 1 || j.PanelBlock > panels {
					t.Fatalf("%v %v %v: cut to %d × %d", level, kind, s, j.RowBlock, j.PanelBlock)
				}
				alone, both := makespan(&one, one.RowBlock, one.PanelBlock, panels, 1), makespan(&j, j.RowBlock, j.PanelBlock, panels, 2)
				if panels > 1 && both > 0.65*alone {
					t.Errorf("%v %v %v: two threads take %.2f of the time of one", level, kind, s, both/alone)
				}
			}
		}
	}
}
