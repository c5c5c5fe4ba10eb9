package tiles

import (
	"math/rand/v2"
	"testing"

	"homeroom/wasm/markup"
)

// TestGridDrawsWhatIsSeen: at any place in any window, all cards that are seen are drawn, and never
// more than about two screens of them.
func TestGridDrawsWhatIsSeen(t *testing.T) {
	for _, width := range []float64{3, 15.3, 17.5, 42, 73.5} {
		for _, height := range []float64{20, 50, 200} {
			for _, all := range []int{201, 203, 10_000} {
				g := Grid{}
				for top := -100.0; top < float64(all)*tileRow+100; top += 7.3 {
					before := g
					changes := g.Look(markup.Sight{Top: top, Height: height, Width: width}, all)
					n := g.Columns()
					from, to := g.Cards(all)
					wasFrom, wasTo := before.Cards(all)
					if !changes && (from != wasFrom || to != wasTo || n != before.Columns()) {
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
	g := Grid{seen: markup.Sight{Width: 3*(tileWidth+tileGap) + 1}}
	for _, c := range []struct {
		up       bool
		from, to int
	}{{false, 0, 3}, {true, 3, 0}, {true, 1, -1}, {false, 5, 7}, {false, 6, -1}, {false, 4, 7}} {
		if got := g.Along(c.up, c.from, 8); got != c.to {
			t.Errorf("from %d of 8 in threes, up %v, leads to %d, want %d", c.from, c.up, got, c.to)
		}
	}
}

// TestGridInGroups: whatever the groups, all cards that are seen are drawn, no two lie on one
// another or on a heading, and the arrows lead through all of them.
func TestGridInGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	for range 200 {
		g := Grid{seen: markup.Sight{Width: 8 + 60*r.Float64(), Height: 20 + 60*r.Float64()}}
		var groups []Group
		all := 0
		for range 1 + r.IntN(30) {
			n := 1 + r.IntN(40)
			groups = append(groups, Group{From: all, To: all + n})
			all += n
		}
		g.Divide(groups)
		n, end := g.Columns(), 0.0
		for _, one := range groups {
			if one.Top < end-1e-9 {
				t.Fatalf("the heading at %v lies on the cards that end at %v", one.Top, end)
			}
			for at := one.From; at < one.To; at++ {
				y, column := g.Spot(at)
				if column != (at-one.From)%n || y != one.Top+headRow+tileRow*float64((at-one.From)/n) {
					t.Fatalf("card %d lies at %v, %d", at, y, column)
				}
				end = y + tileRow
			}
		}
		if g.tall(all) != end {
			t.Fatalf("it is %v tall, and ends at %v", g.tall(all), end)
		}
		for top := -50.0; top < end+50; top += 5.3 {
			g.Look(markup.Sight{Top: top, Width: g.seen.Width, Height: g.seen.Height}, all)
			from, to := g.Cards(all)
			for at := range all {
				if y, _ := g.Spot(at); y+tileRow > top && y < top+g.seen.Height && (at < from || at >= to) {
					t.Fatalf("at %v of %v, card %d at %v is seen, and %d to %d are drawn", top, end, at, y, from, to)
				}
			}
			if most := (2*int(g.seen.Height/tileRow+1) + 4) * n; to-from > most {
				t.Fatalf("%d to %d are drawn, more than %d", from, to, most)
			}
			if at := g.First(all); at < all-1 {
				if y, _ := g.Spot(at); y < min(top, end-tileRow) {
					t.Fatalf("at %v the first that is seen is %d at %v", top, at, y)
				}
			}
			if len(g.Drawn(from, to)) == 0 {
				t.Fatal("no heading is drawn")
			}
		}
		for at, steps := 0, 0; ; steps++ {
			to := g.Along(false, at, all)
			if to < 0 {
				if y, _ := g.Spot(at); y+tileRow != end {
					t.Fatalf("down ends at card %d of %d", at, all)
				}
				break
			}
			a, _ := g.Spot(at)
			b, _ := g.Spot(to)
			if b <= a || steps > all {
				t.Fatalf("down leads from %d at %v to %d at %v", at, a, to, b)
			}
			if back := g.Along(true, to, all); back < 0 {
				t.Fatalf("up leads nowhere from %d", to)
			}
			at = to
		}
	}
}
