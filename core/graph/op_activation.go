package graph

import (
	"fmt"
	"math"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

// Element-wise activations, the lines of [activations].
const (
	ReLU        Op = "relu"
	ReLU6       Op = "relu6"
	Clip        Op = "clip" // to [Low, High]
	Sigmoid     Op = "sigmoid"
	SiLU        Op = "silu"
	HardSigmoid Op = "hardsigmoid"
	HardSwish   Op = "hardswish"
	GELU        Op = "gelu"     // the exact form, with erf
	GELUTanh    Op = "gelutanh" // by tanh (Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2)
	Tanh        Op = "tanh"
	// ELU is x, or Alpha·(eˣ−1) below 0 (Clevert et al. 2015, arXiv 1511.07289, section 3).
	ELU Op = "elu"
	// LeakyReLU is x, or Alpha·x below 0 (Maas et al. 2013, section 2).
	LeakyReLU Op = "leakyrelu"
	// Mish is x·tanh(ln(1+eˣ)) (Misra 2019, arXiv 1908.08681, equation 1).
	Mish Op = "mish"
	// Sqrt is √x, of what is negative 0. Reciprocal is 1/x.
	Sqrt       Op = "sqrt"
	Reciprocal Op = "reciprocal"
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

var activations = []activation{
	{op: ReLU, low: bound(0), f: func(_ *Node, x float64) float64 { return max(x, 0) }},
	{op: ReLU6, low: bound(0), high: bound(6), f: func(_ *Node, x float64) float64 { return min(max(x, 0), 6) }},
	{op: Clip, low: func(n *Node) float64 { return n.Low }, high: func(n *Node) float64 { return n.High }, check: checkClip,
		detail: func(n *Node) string { return fmt.Sprintf("%v to %v", n.Low, n.High) },
		f:      func(n *Node, x float64) float64 { return min(max(x, n.Low), n.High) }},
	{op: Sigmoid, act: kernel.Sigmoid, f: func(_ *Node, x float64) float64 { return sigmoid(x) }},
	{op: SiLU, act: kernel.SiLU, f: func(_ *Node, x float64) float64 { return x * sigmoid(x) }},
	{op: HardSigmoid, act: kernel.HardSigmoid, f: func(_ *Node, x float64) float64 { return hardSigmoid(x) }},
	{op: HardSwish, act: kernel.HardSwish, f: func(_ *Node, x float64) float64 { return x * hardSigmoid(x) }},
	{op: GELU, act: kernel.Gelu, f: func(_ *Node, x float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 }},
	{op: GELUTanh, act: kernel.GeluTanh, f: func(_ *Node, x float64) float64 { return x * sigmoid(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)) }},
	{op: Tanh, act: kernel.Tanh, f: func(_ *Node, x float64) float64 { return math.Tanh(x) }},
	{op: ELU, act: kernel.ELU, check: checkAlpha, f: func(n *Node, x float64) float64 { return max(x, 0) + n.Alpha*math.Expm1(min(x, 0)) }},
	{op: LeakyReLU, act: kernel.LeakyReLU, check: checkAlpha, f: func(n *Node, x float64) float64 { return max(x, 0) + n.Alpha*min(x, 0) }},
	{op: Sqrt, act: kernel.Sqrt, f: func(_ *Node, x float64) float64 { return math.Sqrt(max(x, 0)) }},
	{op: Reciprocal, act: kernel.Reciprocal, f: func(_ *Node, x float64) float64 { return 1 / x }},
	{op: Mish, act: kernel.Mish, f: func(_ *Node, x float64) float64 { return x * math.Tanh(math.Log1p(math.Exp(min(x, 700)))) }},
}

func sigmoid(v float64) float64     { return 1 / (1 + math.Exp(-v)) }
func hardSigmoid(v float64) float64 { return min(max(v+3, 0), 6) / 6 }

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
