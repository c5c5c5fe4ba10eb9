package graph

import (
	"fmt"
	"math"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

// Pad puts Pad rows and columns around its input: the number Fill, or by Border the input
// "reflect"ed about its first and last row and column, or those "edge"s themselves. Convolutions
// and poolings pad by zeros themselves.
const Pad Op = "pad"

var borders = map[string]kernel.Border{"": kernel.Filled, "reflect": kernel.Reflected, "edge": kernel.Repeated}

var pad = operator{
	op: Pad, inputs: 1,
	detail: func(n *Node) string { return n.Border },
	shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
		x := in[0]
		border, ok := borders[n.Border]
		if !ok {
			return x, fmt.Errorf("there is no border %q", n.Border)
		}
		if !(math.Abs(n.Fill) <= math.MaxFloat32) {
			return x, fmt.Errorf("padding by %v is not possible", n.Fill)
		}
		for i, p := range n.Pad {
			if p < 0 || p > maxPadding || border == kernel.Reflected && p >= [2]int{x.H, x.W}[i%2] {
				return x, fmt.Errorf("padding of %v around %v is not possible", n.Pad, x)
			}
		}
		return tensor.Shape{H: x.H + n.Pad[0] + n.Pad[2], W: x.W + n.Pad[1] + n.Pad[3], C: x.C}, nil
	},
	lower: func(c *compiler, n *Node, j kernel.Job, x value) {
		j.Kind, j.Border, j.Fill = kernel.Pad, borders[n.Border], float32(n.Fill)
		j.PT, j.PL = n.Pad[0], n.Pad[1]
		c.emit(n, j, x, nil, 0)
	},
}
