package kernel

import "math"

// Exp returns eˣ within two units in the last place; 0 where that is below the normal numbers.
//
// It is here beside [math.Exp] because that one is assembly on some machines and Go on others,
// which need not agree to the last bit as the page and the program should, and because the assembly
// for amd64 mixes two encodings of instructions: in a build with GOEXPERIMENT=simd it takes a
// hundred times as long once the runtime has interrupted the goroutine and restored its vector
// registers.
//
// x is k·log 2 + r with |r| ≤ ½·log 2, and eʳ is its Taylor series up to r¹³, the even and the odd
// powers apart.
func Exp(x float64) float64 {
	const (
		high  = 0x1.62e42feep-1 // log 2 is high + low, and k·high is exact: high has 32 bits
		low   = math.Ln2 - high
		shift = 1.5 * (1 << 52) // adding it rounds to an integer, in the low bits
	)
	switch {
	case x > 709:
		return math.Exp(x) // near the largest number, or above
	case x < -708:
		return 0
	case math.IsNaN(x):
		return x
	}
	t := x*math.Log2E + shift
	k := t - shift
	r := x - k*high - k*low
	q := r * r
	even := 1 + q*(1.0/2+q*(1.0/24+q*(1.0/720+q*(1.0/40320+q*(1.0/3628800+q*(1.0/479001600))))))
	odd := r * (1 + q*(1.0/6+q*(1.0/120+q*(1.0/5040+q*(1.0/362880+q*(1.0/39916800+q*(1.0/6227020800)))))))
	return (even + odd) * math.Float64frombits((math.Float64bits(t)+1023)<<52)
}
