package graph

import (
	"fmt"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

const (
	// Softmax over the channels of each position.
	Softmax Op = "softmax"
	// Add is x + r, Mul x · r, where x is the first input and r the second, which may be 1×1×C.
	Add Op = "add"
	Mul Op = "mul"
)

var (
	softmax = operator{
		op: Softmax, inputs: 1, shape: same,
		lower: func(c *compiler, n *Node, j kernel.Job, x value) {
			j.Kind = kernel.Softmax
			c.emit(n, j, x, nil, 0)
		},
	}
	add = pairwise(Add, kernel.Add)
	mul = pairwise(Mul, kernel.Mul)
)

func pairwise(op Op, kind kernel.Kind) operator {
	return operator{
		op: op, inputs: 2,
		shape: func(_ *Graph, _ *Node, in []tensor.Shape) (tensor.Shape, error) {
			x, r := in[0], in[1]
			if r != x && r != (tensor.Shape{H: 1, W: 1, C: x.C}) {
				return tensor.Shape{}, fmt.Errorf("its inputs, %v and %v, do not fit", x, r)
			}
			return x, nil
		},
		lower: func(c *compiler, n *Node, j kernel.Job, x value) {
			r := c.values[n.In[1]]
			j.Kind = kind
			j.Broadcast = r.shape != x.shape
			n = c.fuseActivation(n, &j)
			c.emit(n, j, x, &r, 0)
		},
	}
}
