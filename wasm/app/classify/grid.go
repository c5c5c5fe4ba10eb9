package classify

import (
	"math"
	"sort"
	"strconv"

	"homeroom/wasm/markup"
)

// A grid says where cards lie of which not all are drawn: what is seen and half a screen above and
// below it. Each card is told its place, so that none moves when others come or go, and one that
// has the keyboard can stay while the rest of its row does not. Cards may lie in groups, each under
// a heading. Lengths are in units of the root element's letter size.
type grid struct {
	seen   markup.Sight
	groups []group // nil where there are none
}

// A group is cards under a heading.
type group struct {
	key, title string
	from, to   int     // its cards
	top        float64 // of its heading
}

const (
	tileWidth = 7.2 // of a card at least
	tileGap   = 0.7
	tileRow   = 11  // from one row to the next
	headRow   = 2.8 // of a heading
)

// The size of a window before the browser has told it.
const firstWidth, firstHeight = 80, 60

// columns is how many cards lie beside one another.
func (g *grid) columns() int {
	width := g.seen.Width
	if width <= 0 {
		width = firstWidth
	}
	return max(1, int((width+tileGap)/(tileWidth+tileGap)))
}

// divide has cards lie in groups, whose places follow from how many are in each.
func (g *grid) divide(groups []group) {
	g.groups = groups
	g.stack()
}

// stack finds where each group lies.
func (g *grid) stack() {
	top := 0.0
	for i := range g.groups {
		one := &g.groups[i]
		one.top = top
		top += headRow + tileRow*float64(g.rowsOf(one.to-one.from))
	}
}

// rowsOf is how many rows so many cards take.
func (g *grid) rowsOf(cards int) int { return (cards + g.columns() - 1) / g.columns() }

// tall is how tall the whole is, of so many cards.
func (g *grid) tall(all int) float64 {
	if n := len(g.groups); n > 0 {
		last := g.groups[n-1]
		return last.top + headRow + tileRow*float64(g.rowsOf(last.to-last.from))
	}
	return tileRow * float64(g.rowsOf(all))
}

// spot is where a card lies: how far down, and in which column.
func (g *grid) spot(at int) (y float64, column int) {
	n := g.columns()
	if len(g.groups) == 0 {
		return tileRow * float64(at/n), at % n
	}
	one := g.of(at)
	k := at - one.from
	return one.top + headRow + tileRow*float64(k/n), k % n
}

// of is the group of a card.
func (g *grid) of(at int) group {
	return g.groups[max(0, sort.Search(len(g.groups), func(i int) bool { return g.groups[i].from > at })-1)]
}

// before is how many cards lie in rows that end above a height, of so many.
func (g *grid) before(y float64, all int) int {
	n := g.columns()
	rows := func(y float64) int { return max(0, int(math.Floor(y/tileRow))) }
	if len(g.groups) == 0 {
		return min(all, rows(y)*n)
	}
	i := sort.Search(len(g.groups), func(i int) bool { return g.groups[i].top > y }) - 1
	if i < 0 {
		return 0
	}
	one := g.groups[i]
	return min(one.to, one.from+rows(y-one.top-headRow)*n)
}

// cards are those that are drawn, of so many: from one to before another.
func (g *grid) cards(all int) (from, to int) {
	height := g.seen.Height
	if height <= 0 {
		height = firstHeight
	}
	screen := math.Ceil(height/tileRow) * tileRow
	top := min(max(0, math.Floor(g.seen.Top/tileRow)*tileRow), max(0, g.tall(all)-screen))
	around := math.Ceil(screen/tileRow/2) * tileRow
	return g.before(top-around, all), g.before(top+screen+around+2*tileRow-1e-6, all)
}

// drawn are the groups of which cards are drawn, from one to before another.
func (g *grid) drawn(from, to int) []group {
	i := sort.Search(len(g.groups), func(i int) bool { return g.groups[i].to > from })
	j := sort.Search(len(g.groups), func(i int) bool { return g.groups[i].from >= to })
	return g.groups[i:max(i, j)]
}

// first is the first card that is seen as a whole, of so many.
func (g *grid) first(all int) int {
	at := g.before(max(0, g.seen.Top), all)
	if at < all {
		if y, _ := g.spot(at); y < g.seen.Top {
			at += g.columns()
			if len(g.groups) > 0 {
				at = min(at, g.of(at-g.columns()).to)
			}
		}
	}
	return max(0, min(at, all-1))
}

// along is where the keys up and down lead to from a card, less than 0 where there is none.
func (g *grid) along(up bool, at, all int) int {
	n := g.columns()
	one := group{to: all}
	if len(g.groups) > 0 {
		one = g.of(at)
	}
	k, size := at-one.from, one.to-one.from
	switch {
	case up && k >= n:
		return at - n
	case up && one.from > 0: // into the last row of the group above
		above := g.of(one.from - 1)
		last := (above.to - above.from - 1) / n * n
		return min(above.from+last+k%n, above.to-1)
	case up:
		return -1
	case k+n < size:
		return at + n
	case k/n < (size-1)/n: // the last row is shorter
		return one.to - 1
	case one.to < all: // into the first row of the group below
		return min(one.to+k%n, g.of(one.to).to-1)
	}
	return -1
}

// look notes what is seen, and tells whether other cards are to be drawn for it, of so many.
func (g *grid) look(seen markup.Sight, all int) bool {
	columns := g.columns()
	first := g.first(all)
	from, to := g.cards(all)
	g.seen = seen
	if columns != g.columns() {
		g.stack()
		return true
	}
	nowFrom, nowTo := g.cards(all)
	return from != nowFrom || to != nowTo || first != g.first(all)
}

// attrs are those of the list: how large it is, for so many cards.
func (g *grid) attrs(all int, on bool) []markup.Attr {
	number := func(name string, value float64) markup.Attr {
		return markup.Attr{Name: name, Value: length(value), Off: !on}
	}
	return []markup.Attr{{Name: "class", Value: "+many", Off: !on}, number("--columns", float64(g.columns())), number("--tall", g.tall(all)), number("--row", tileRow), number("--gap", tileGap)}
}

func length(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

// place is where a card lies, as its attributes tell the style sheet and who listens to the page.
func (g *grid) place(at, all int) []markup.Attr {
	y, column := g.spot(at)
	return []markup.Attr{markup.A("--y", length(y)), markup.A("--c", column), markup.A("aria-posinset", at+1), markup.A("aria-setsize", all)}
}
