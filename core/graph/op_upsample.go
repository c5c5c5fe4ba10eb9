package graph

import (
	"fmt"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

// Upsample repeats rows and columns Scale times (nearest neighbour) or, with Linear, interpolates
// bilinearly between the centres of pixels, borders repeated: PyTorch's interpolate with
// align_corners=False.
const Upsample Op = "upsample"

var upsample = operator{
	op: Upsample, inputs: 1,
	shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
		x := in[0]
		if n.Scale[0] < 1 || n.Scale[1] < 1 || n.Scale[0] > maxKernel || n.Scale[1] > maxKernel {
			return x, fmt.Errorf("a scale of %d × %d is not possible", n.Scale[0], n.Scale[1])
		}
		return tensor.Shape{H: x.H * n.Scale[0], W: x.W * n.Scale[1], C: x.C}, nil
	},
	lower: func(c *compiler, n *Node, j kernel.Job, x value) {
		j.Kind, j.SH, j.SW = kernel.Upsample, n.Scale[0], n.Scale[1]
		j.Linear = n.Linear
		c.emit(n, j, x, nil, 0)
	},
}
