package graph

import (
	"slices"

	"homeroom/core/kernel"
)

// rowTile is a multiple of the rows of every level's tile, rowBlock how many rows are multiplied by
// one panel of weights before the next.
const (
	rowTile  = 12
	rowBlock = 48
)

func roundUp(n, to int) int { return ceil(n, to) * to }

// Share cuts a matrix product, a convolution or a Winograd job, whose M, K and N are set, into
// items. A single thread takes blocks of rowBlock rows by all panels. For several, it takes the cut
// that they should be done with soonest if each takes the next item whenever it is free. That takes
// some microseconds to find: once for each size of job, not for each run.
func Share(j *kernel.Job, threads int) {
	panels := ceil(j.N, j.Level.PanelWidth())
	j.PanelBlock = panels
	if j.Kind == kernel.Winograd {
		// As many tiles at once as make the transformed input no larger than the weights that go
		// by, since either has to stay in the cache for the other.
		j.RowBlock = ceil(j.M, ceil(j.M, max(rowBlock, j.C*j.OC/(j.C+j.OC))))
	} else if j.Kind == kernel.Conv && j.Strided() {
		// Rows of output are multiplied one by one.
		j.RowBlock = j.OW
	} else {
		blocks := max(1, (j.M+rowBlock/2)/rowBlock)
		j.RowBlock = roundUp(ceil(j.M, blocks), rowTile)
	}
	if threads < 2 || j.Items() > 64*threads {
		return
	}
	if each := j.M / threads; j.Kind != kernel.Winograd && each >= rowBlock {
		// As many blocks of rows for each thread, so that it finds in its own cache what it wrote
		// before: the items of a block of rows follow one another. Blocks of panels leave something
		// to take over from a thread that is held up.
		if !j.Strided() || j.Kind != kernel.Conv {
			j.RowBlock = ceil(j.M, threads*max(1, each/(2*rowBlock)))
		}
		for j.PanelBlock > 1 && j.Items() < 8*threads {
			j.PanelBlock = ceil(j.PanelBlock, 2)
		}
		return
	}
	heights := []int{j.RowBlock, roundUp(j.M, rowTile)}
	for h := rowTile; h <= rowBlock && h < j.M; h += rowTile {
		heights = append(heights, h)
	}
	best, height, width := -1.0, j.RowBlock, panels
	for _, h := range heights {
		for cuts := 1; cuts <= min(panels, 8*threads); cuts++ {
			w := ceil(panels, cuts)
			if ceil(j.M, h)*ceil(panels, w)*max(j.Groups, 1) > 32*threads {
				continue
			}
			if t := makespan(j, h, w, panels, threads); best < 0 || t < best {
				best, height, width = t, h, w
			}
		}
	}
	j.RowBlock, j.PanelBlock = height, width
}

// makespan returns how long the threads take for blocks of h rows by w panels.
func makespan(j *kernel.Job, h, w, panels, threads int) float64 {
	free := make([]float64, threads) // when each thread is
	for range max(j.Groups, 1) {
		for p := 0; p < panels; p += w {
			for m := 0; m < j.M; m += h {
				first := 0
				for i, at := range free {
					if at < free[first] {
						first = i
					}
				}
				free[first] += itemTime(j, min(h, j.M-m), min(w, panels-p), panels)
			}
		}
	}
	return slices.Max(free)
}

// itemTime estimates the nanoseconds of an item.
func itemTime(j *kernel.Job, rows, width, panels int) float64 {
	s := speeds[j.Level]
	weights := float64(width * j.Level.PanelWidth() * j.K)
	products, copies, rest := tileRows(j.Level, rows), 1.0, 200.0
	switch j.Kind {
	case kernel.Winograd:
		copies = float64((j.Tile + 2) * (j.Tile + 2))
		rest += float64(rows) * copies * s.transform * float64(j.C+width*j.Level.PanelWidth())
	case kernel.Conv:
		if j.KH*j.KW > 1 && !j.Strided() {
			rest += float64(rows*j.K) * s.transform
		}
	}
	stream := 0.0
	if float64(panels*j.Level.PanelWidth()*j.K)*copies > 1<<18 {
		stream = 4 * weights * copies * s.weight
	}
	return max(copies*products*weights*s.product, stream) + rest
}

// tileRows returns how many rows of a full tile take as long as these rows. The vectors of amd64
// have tiles of certain heights, and the low ones wait for their own sums.
func tileRows(l kernel.Level, rows int) float64 {
	heights := map[kernel.Level][][2]float64{
		kernel.AVX2:   {{6, 6}, {4, 4.5}, {2, 4}, {1, 4}},
		kernel.AVX512: {{12, 12}, {6, 6.5}, {4, 5}, {2, 4}, {1, 4}},
	}[l]
	if heights == nil {
		return float64(rows)
	}
	sum := 0.0
	for _, h := range heights {
		for ; rows >= int(h[0]); rows -= int(h[0]) {
			sum += h[1]
		}
	}
	return sum
}
