package tensor

import (
	"math/rand/v2"
	"testing"
)

func TestShape(t *testing.T) {
	s := Shape{3, 5, 7}
	if s.Len() != 105 || s.Pixels() != 15 || s.String() != "3×5×7" {
		t.Fatalf("got %d, %d, %q", s.Len(), s.Pixels(), s)
	}
	x := New(3, 5, 7)
	x.Data[(2*5+4)*7+6] = 9
	if x.At(2, 4, 6) != 9 {
		t.Fatal("At does not read [H][W][C]")
	}
}

// TestPlanNeverOverlaps checks on random lives that no two buffers that live at the same time share
// a float, and that the arena holds them all.
func TestPlanNeverOverlaps(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		spans := make([]Span, 1+r.IntN(40))
		for i := range spans {
			f := r.IntN(30)
			spans[i] = Span{Len: 1 + r.IntN(500), First: f, Last: f + r.IntN(6)}
		}
		total := Plan(spans)
		for i, a := range spans {
			if a.Offset%align != 0 || a.Offset+a.Len > total {
				t.Fatalf("round %d: span %+v in an arena of %d", round, a, total)
			}
			for _, b := range spans[:i] {
				live := a.First <= b.Last && b.First <= a.Last
				if live && a.Offset < b.Offset+b.Len && b.Offset < a.Offset+a.Len {
					t.Fatalf("round %d: %+v and %+v overlap", round, a, b)
				}
			}
		}
	}
}

func TestPlanReusesDeadBuffers(t *testing.T) {
	chain := make([]Span, 10)
	for i := range chain {
		chain[i] = Span{Len: 160, First: i, Last: i + 1}
	}
	if total := Plan(chain); total != 320 {
		t.Fatalf("a chain of ten needs two buffers, 320 floats; got %d", total)
	}
}
