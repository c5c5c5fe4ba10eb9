package kernel

import "math"

// Act is an activation function that a clamp to [Lo, Hi] cannot express.
type Act int32

// The activations, by their usual names. Each has a file act_….go of its own or shares one with its
// kin; this list and those files are all there is of them. gen writes the rest: the loops, the
// table [Activations] and the names of core/graph.
//
// For Mish there is the function mish, the formula of the portable loop and of heat maps, with
// Alpha as its second parameter where it has one; its comment is that of the name in core/graph. In
// packs it is called "mish". Where mishVector is there too, that is what a vector does, in the few
// words that gen knows: + − · / and numbers, min, max, sqrt, exp, madd and other such functions.
// Without it vectors are done by the portable loop.
const (
	Linear Act = iota
	Sigmoid
	SiLU
	HardSigmoid
	HardSwish
	GELU
	Tanh
	GELUTanh
	ELU
	LeakyReLU
	Mish
	Sqrt
	Reciprocal
)

// Activation is what there is to know of an activation beside its loops and its formula, [Act.Of].
type Activation struct {
	Act   Act
	Name  string
	Alpha bool // it reads Job.Alpha
}

// float is what formulas are written for: float32 in the portable loops, float64 in heat maps.
type float interface{ float32 | float64 }

// exp and madd are two words of what vectors do, here for one number.
func exp(x float32) float32        { return float32(math.Exp(float64(min(max(x, -87), 88)))) }
func madd(x, y, z float32) float32 { return x*y + z }
