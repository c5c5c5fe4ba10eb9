package pack

import (
	"math"
	"testing"
)

func TestHalfKnownValues(t *testing.T) {
	for _, c := range []struct {
		f float32
		h uint16
	}{
		{0, 0}, {float32(math.Copysign(0, -1)), 0x8000},
		{1, 0x3c00}, {-2, 0xc000}, {0.333251953125, 0x3555}, {65504, 0x7bff},
		{65519.996, 0x7bff}, {65520, 0x7c00}, {-1e10, 0xfc00}, {float32(math.Inf(1)), 0x7c00},
		{0x1p-14, 0x0400}, {0x1p-24, 0x0001}, {0x3ffp-24, 0x03ff},
		{0x1p-25, 0x0000}, {0x1.000002p-25, 0x0001}, {0x3p-25, 0x0002}, {0x5p-25, 0x0002}, {-0x1p-26, 0x8000},
		{0x1.ffbp-15, 0x03ff}, {0x1.ffcp-15, 0x0400}, // the tie between the largest subnormal and the smallest normal
		{1 + 0x1p-11, 0x3c00}, {1 + 0x3p-11, 0x3c02}, {1 + 0x1.8p-11, 0x3c01},
		{math.SmallestNonzeroFloat32, 0},
	} {
		if h := halfFromFloat(c.f); h != c.h {
			t.Errorf("halfFromFloat(%g) = %04x, want %04x", c.f, h, c.h)
		}
	}
	if h := halfFromFloat(float32(math.NaN())); h&0x7c00 != 0x7c00 || h&0x3ff == 0 {
		t.Errorf("NaN becomes %04x", h)
	}
	// A NaN whose payload lies below a half's must not turn into an infinity.
	if h := halfFromFloat(math.Float32frombits(0x7f800001)); h&0x3ff == 0 {
		t.Errorf("a signalling NaN becomes %04x", h)
	}
}

// value is the definition of binary16 in float64 arithmetic, the oracle.
func value(h uint16) float64 {
	v := float64(h & 0x3ff)
	if e := int(h >> 10 & 0x1f); e > 0 {
		v = math.Ldexp(v+1024, e-25)
	} else {
		v = math.Ldexp(v, -24)
	}
	if h&0x8000 != 0 {
		v = -v
	}
	return v
}

func TestHalfEveryValueAndEveryTie(t *testing.T) {
	for b := range 1 << 16 {
		h := uint16(b)
		f := floatFromHalf(h)
		switch {
		case h&0x7fff > 0x7c00:
			if f == f {
				t.Fatalf("%04x is %v, want NaN", h, f)
			}
			continue
		case h&0x7fff == 0x7c00:
			if !math.IsInf(float64(f), 1-2*int(h>>15)) {
				t.Fatalf("%04x is %v, want infinity", h, f)
			}
			continue
		}
		if float64(f) != value(h) {
			t.Fatalf("%04x is %v, want %v", h, f, value(h))
		}
		if back := halfFromFloat(f); back != h {
			t.Fatalf("%04x comes back as %04x", h, back)
		}
		if h&0x7fff == 0x7bff {
			continue
		}
		// Half way to the neighbour of larger magnitude: to the even one; a hair to either side: to
		// the nearer.
		tie := float32((value(h) + value(h+1)) / 2)
		away := float32(math.Inf(1 - 2*int(h>>15)))
		for _, c := range []struct {
			f    float32
			want uint16
		}{{tie, h + h&1}, {math.Nextafter32(tie, 0), h}, {math.Nextafter32(tie, away), h + 1}} {
			if got := halfFromFloat(c.f); got != c.want {
				t.Fatalf("%g between %04x and %04x becomes %04x, want %04x", c.f, h, h+1, got, c.want)
			}
		}
	}
}
