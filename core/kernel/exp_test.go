package kernel_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"homeroom/core/kernel"
)

func TestExp(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	check := func(x float64) {
		t.Helper()
		// math.Exp may be off by two units in the last place itself.
		if got, want := kernel.Exp(x), math.Exp(x); math.Abs(got-want) > 4*unit(want) {
			t.Errorf("e^%v is %v, not %v", x, got, want)
		}
	}
	for range 200_000 {
		check(1417*r.Float64() - 707.9)
		check(math.Ldexp(r.Float64()-0.5, -r.IntN(60)))
	}
	for _, x := range []float64{0, 1, -1, math.Ln2 / 2, -math.Ln2 / 2, 709.7, 709.78, 709.782, -707.99, math.SmallestNonzeroFloat64} {
		check(x)
	}
	for x, want := range map[float64]float64{math.Inf(1): math.Inf(1), 710: math.Inf(1), math.Inf(-1): 0, -709: 0} {
		if got := kernel.Exp(x); got != want {
			t.Errorf("e^%v is %v, not %v", x, got, want)
		}
	}
	if got := kernel.Exp(math.NaN()); !math.IsNaN(got) {
		t.Errorf("e^NaN is %v", got)
	}
}

// unit is that of the last place of x.
func unit(x float64) float64 { return math.Nextafter(x, math.Inf(1)) - x }

// TestExpIsExact compares with a sum of the series in 240 bits.
func TestExpIsExact(t *testing.T) {
	const bits = 240
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(x) }
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 300 {
		x := 1400*r.Float64() - 700
		if i%2 == 0 {
			x /= 100
		}
		sum, term := number(1), number(1)
		for k := 1; k < 2500; k++ {
			sum.Add(sum, term.Quo(term.Mul(term, number(math.Abs(x))), number(float64(k))))
		}
		if x < 0 {
			sum.Quo(number(1), sum)
		}
		want, _ := sum.Float64()
		if got := kernel.Exp(x); math.Abs(got-want) > 2*unit(want) {
			t.Errorf("e^%v is %v, not %v", x, got, want)
		}
	}
}

func BenchmarkExp(b *testing.B) {
	sum := 0.0
	for i := 0; b.Loop(); i++ {
		sum += kernel.Exp(-float64(i&1023) / 64)
	}
	if sum == 0 {
		b.Fatal("nothing was added up")
	}
}
