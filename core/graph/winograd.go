package graph

import (
	"math"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

// speed is what the choice of a convolution's algorithm needs to know of a level: nanoseconds for a
// multiply-add of a matrix product, for an element that a tile's transformation reads or writes,
// and for a byte of weights that comes from beyond the second-level cache. Measured on a Xeon of
// the Sapphire Rapids generation, in Chromium and natively; only their proportions matter, and
// those are alike on others.
type speed struct{ product, transform, weight float64 }

var speeds = map[kernel.Level]speed{
	kernel.Portable: {1, 2, 0.1},
	kernel.SIMD128:  {0.043, 0.4, 0.1},
	kernel.AVX2:     {0.02, 0.2, 0.1},
	kernel.AVX512:   {0.0115, 0.14, 0.1},
}

// canTile says whether a convolution with weights [out][kh][kw][in] is one that minimal filtering
// can do.
func canTile(level kernel.Level, n *Node, dims []int) bool {
	one := func(x [2]int) bool { return max(x[0], 1) == 1 && max(x[1], 1) == 1 }
	return dims[1] == 3 && dims[2] == 3 && max(n.Groups, 1) == 1 && one(n.Stride) && one(n.Dilation) &&
		kernel.WinogradFits(level, dims[3], dims[0])
}

// tileOf chooses the tile of a 3×3 convolution of stride 1: 4, 2, or 0 for the direct sum. A large
// tile does with fewer products, but has more weights: of 512 × 512 channels 38 MB, which take
// longer to read than 49 positions take to compute with AVX-512.
func tileOf(level kernel.Level, in, out tensor.Shape) int {
	s := speeds[level]
	weights := float64(in.C) * float64(out.C)
	best, choice := math.Inf(1), 0
	for _, t := range []int{0, 2, 4} {
		products, elements, copies := 9*float64(out.Pixels()), 0.0, 9.0
		if t > 0 {
			copies = float64((t + 2) * (t + 2))
			tiles := float64(ceil(out.H, t) * ceil(out.W, t))
			products, elements = copies*tiles, copies*tiles*float64(in.C+out.C)
		}
		cost := max(products*weights*s.product, 4*copies*weights*s.weight) + elements*s.transform
		if cost < best {
			best, choice = cost, t
		}
	}
	return choice
}

// winograd fills in the job of a convolution in tiles of t × t.
func (c *compiler) winograd(j *kernel.Job, t int) {
	j.Kind, j.Tile = kernel.Winograd, t
	j.M, j.K, j.N = ceil(j.OH, t)*ceil(j.OW, t), j.C, j.OC
	Share(j, c.opt.Threads)
}
