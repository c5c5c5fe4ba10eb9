package classify

import (
	"testing"

	"homeroom/wasm/markup"
)

// TestGridDrawsWhatIsSeen: at any place in any window, all cards that are seen are drawn, and never
// more than about two screens of them.
func TestGridDrawsWhatIsSeen(t *testing.T) {
	for _, width := range []float64{3, 15.3, 17.5, 42, 73.5} {
		for _, height := range []float64{20, 50, 200} {
			for _, all := range []int{201, 203, 10_000} {
				g := grid{}
				for top := -100.0; top < float64(all)*tileRow+100; top += 7.3 {
					before := g
					changes := g.look(markup.Sight{Top: top, Height: height, Width: width}, all)
					n := g.columns()
					from, to := g.cards(all)
					wasFrom, wasTo := before.cards(all)
					if !changes && (from != wasFrom || to != wasTo || n != before.columns()) {
						t.Fatalf("%v → %v draws other cards without telling", before, g)
					}
					for i := max(0, int(top/tileRow)*n); i < min(all, int((top+height)/tileRow+1)*n); i++ {
						if i < from || i >= to {
							t.Fatalf("%v of %d: card %d is seen, and %d to %d are drawn", g, all, i, from, to)
						}
					}
					if most := (2*int(height/tileRow+1) + 3) * n; to-from > most {
						t.Fatalf("%v of %d: %d to %d are drawn, which is more than %d", g, all, from, to, most)
					}
					if top > 0 && (n < 1 || from%n != 0) {
						t.Fatalf("%v: the first card drawn, %d, begins no row of %d", g, from, n)
					}
				}
			}
		}
	}
}

// TestGridKeys: up and down lead to the card above and below, and into a last row that is shorter.
func TestGridKeys(t *testing.T) {
	g := grid{markup.Sight{Width: 3*(tileWidth+tileGap) + 1}}
	for _, c := range []struct {
		up       bool
		from, to int
	}{{false, 0, 3}, {true, 3, 0}, {true, 1, -2}, {false, 5, 7}, {false, 6, -1}, {false, 4, 7}} {
		if got := g.along(c.up, c.from, 8); got != c.to {
			t.Errorf("from %d of 8 in threes, up %v, leads to %d, want %d", c.from, c.up, got, c.to)
		}
	}
}
