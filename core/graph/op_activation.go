package graph

import (
	"fmt"
	"math"
	"slices"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

// Activations that are bounds of what they read. The others have a file each in core/kernel, and
// their names here are written from there.
const (
	ReLU  Op = "relu"
	ReLU6 Op = "relu6"
	Clip  Op = "clip" // to [Low, High]
)

// activation is an element-wise function.
type activation struct {
	op Op
	// act is the kernel's function; Linear where the clamp from low to high is all there is.
	act       kernel.Act
	low, high func(n *Node) float64 // nil where there is no bound
	// f is the function, for heat maps.
	f func(n *Node, x float64) float64
	// detail tells the node's numbers that Alpha is not among; nil where there are none.
	detail func(n *Node) string
	// check says what is wrong with the node's numbers; nil where it has none.
	check func(n *Node) error
}

func bound(v float64) func(*Node) float64 { return func(*Node) float64 { return v } }

var bounds = []activation{
	{op: ReLU, low: bound(0), f: func(_ *Node, x float64) float64 { return max(x, 0) }},
	{op: ReLU6, low: bound(0), high: bound(6), f: func(_ *Node, x float64) float64 { return min(max(x, 0), 6) }},
	{op: Clip, low: func(n *Node) float64 { return n.Low }, high: func(n *Node) float64 { return n.High }, check: checkClip,
		detail: func(n *Node) string { return fmt.Sprintf("%v to %v", n.Low, n.High) },
		f:      func(n *Node, x float64) float64 { return min(max(x, n.Low), n.High) }},
}

// activations are the bounds and what the kernels have.
func activations() []activation {
	all := slices.Clone(bounds)
	for _, k := range kernel.Activations {
		a := activation{op: Op(k.Name), act: k.Act, f: func(n *Node, x float64) float64 { return k.Act.Of(x, n.Alpha) }}
		if k.Alpha {
			a.check = checkAlpha
		}
		all = append(all, a)
	}
	return all
}

// Activations lists the element-wise activations.
func Activations() []Op {
	var list []Op
	for _, a := range activations() {
		list = append(list, a.op)
	}
	return list
}

func checkAlpha(n *Node) error {
	if !(math.Abs(n.Alpha) <= 1e6) {
		return fmt.Errorf("a slope of %v is not possible", n.Alpha)
	}
	return nil
}

func checkClip(n *Node) error {
	if !(n.Low <= n.High && math.Abs(n.Low) <= math.MaxFloat32 && math.Abs(n.High) <= math.MaxFloat32) {
		return fmt.Errorf("a range from %v to %v is not possible", n.Low, n.High)
	}
	return nil
}

// set makes a job apply the activation of node n to what it computes.
func (a *activation) set(n *Node, j *kernel.Job) {
	if a.low != nil {
		j.Lo = float32(a.low(n))
	}
	if a.high != nil {
		j.Hi = float32(a.high(n))
	}
	j.Act, j.Alpha = a.act, float32(n.Alpha)
}

func (a *activation) operator() *operator {
	return &operator{
		op: a.op, inputs: 1, act: a, detail: a.detail,
		shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
			if a.check != nil {
				return in[0], a.check(n)
			}
			return in[0], nil
		},
		lower: func(c *compiler, n *Node, j kernel.Job, x value) {
			j.Kind = kernel.Activate
			a.set(n, &j)
			c.emit(n, j, x, nil, 0)
		},
		forward: func(_ *Graph, n *Node, x, y tensor.Tensor) error {
			for i, v := range x.Data[:x.Len()] {
				y.Data[i] = float32(a.f(n, float64(v)))
			}
			return nil
		},
		backward: func(_ *Graph, n *Node, x, slope, down tensor.Tensor) error {
			const d = 1e-4
			for i, v := range x.Data[:x.Len()] {
				v := float64(v)
				down.Data[i] = slope.Data[i] * float32((a.f(n, v+d)-a.f(n, v-d))/(2*d))
			}
			return nil
		},
	}
}
