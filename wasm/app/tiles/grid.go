// Package tiles says where cards lie that are too many to be drawn at once.
package tiles

import (
	"math"
	"sort"
	"strconv"

	"homeroom/wasm/markup"
)

// A Grid says where cards lie of which not all are drawn: what is seen and half a screen above and
// below it. Each card is told its place, so that none moves when others come or go, and one that
// has the keyboard can stay while the rest of its row does not. Cards may lie in groups, each under
// a heading. Lengths are in units of the root element's letter size.
type Grid struct {
	seen   markup.Sight
	groups []Group // nil where there are none
}

// A Group is cards under a heading.
type Group struct {
	Key, Title string
	From, To   int     // its cards
	Top        float64 // of its heading
}

const (
	tileWidth = 7.2 // of a card at least
	tileGap   = 0.7
	tileRow   = 11  // from one row to the next
	headRow   = 2.8 // of a heading
)

// The size of a window before the browser has told it.
const firstWidth, firstHeight = 80, 60

// Columns is how many cards lie beside one another.
func (g *Grid) Columns() int {
	width := g.seen.Width
	if width <= 0 {
		width = firstWidth
	}
	return max(1, int((width+tileGap)/(tileWidth+tileGap)))
}

// Divide has cards lie in groups, whose places follow from how many are in each.
func (g *Grid) Divide(groups []Group) {
	g.groups = groups
	g.stack()
}

// stack finds where each group lies.
func (g *Grid) stack() {
	top := 0.0
	for i := range g.groups {
		one := &g.groups[i]
		one.Top = top
		top += headRow + tileRow*float64(g.rowsOf(one.To-one.From))
	}
}

// rowsOf is how many rows so many cards take.
func (g *Grid) rowsOf(cards int) int { return (cards + g.Columns() - 1) / g.Columns() }

// tall is how tall the whole is, of so many cards.
func (g *Grid) tall(all int) float64 {
	if n := len(g.groups); n > 0 {
		last := g.groups[n-1]
		return last.Top + headRow + tileRow*float64(g.rowsOf(last.To-last.From))
	}
	return tileRow * float64(g.rowsOf(all))
}

// Spot is where a card lies: how far down, and in which column.
func (g *Grid) Spot(at int) (y float64, column int) {
	n := g.Columns()
	if len(g.groups) == 0 {
		return tileRow * float64(at/n), at % n
	}
	one := g.of(at)
	k := at - one.From
	return one.Top + headRow + tileRow*float64(k/n), k % n
}

// of is the group of a card.
func (g *Grid) of(at int) Group {
	return g.groups[max(0, sort.Search(len(g.groups), func(i int) bool { return g.groups[i].From > at })-1)]
}

// before is how many cards lie in rows that end above a height, of so many.
func (g *Grid) before(y float64, all int) int {
	n := g.Columns()
	rows := func(y float64) int { return max(0, int(math.Floor(y/tileRow))) }
	if len(g.groups) == 0 {
		return min(all, rows(y)*n)
	}
	i := sort.Search(len(g.groups), func(i int) bool { return g.groups[i].Top > y }) - 1
	if i < 0 {
		return 0
	}
	one := g.groups[i]
	return min(one.To, one.From+rows(y-one.Top-headRow)*n)
}

// Cards are those that are drawn, of so many: from one to before another.
func (g *Grid) Cards(all int) (from, to int) {
	height := g.seen.Height
	if height <= 0 {
		height = firstHeight
	}
	screen := math.Ceil(height/tileRow) * tileRow
	top := min(max(0, math.Floor(g.seen.Top/tileRow)*tileRow), max(0, g.tall(all)-screen))
	around := math.Ceil(screen/tileRow/2) * tileRow
	return g.before(top-around, all), g.before(top+screen+around+2*tileRow-1e-6, all)
}

// Drawn are the groups of which cards are drawn, from one to before another.
func (g *Grid) Drawn(from, to int) []Group {
	i := sort.Search(len(g.groups), func(i int) bool { return g.groups[i].To > from })
	j := sort.Search(len(g.groups), func(i int) bool { return g.groups[i].From >= to })
	return g.groups[i:max(i, j)]
}

// First is the first card that is seen as a whole, of so many.
func (g *Grid) First(all int) int {
	at := g.before(max(0, g.seen.Top), all)
	if at < all {
		if y, _ := g.Spot(at); y < g.seen.Top {
			at += g.Columns()
			if len(g.groups) > 0 {
				at = min(at, g.of(at-g.Columns()).To)
			}
		}
	}
	return max(0, min(at, all-1))
}

// Along is where the keys up and down lead to from a card, less than 0 where there is none.
func (g *Grid) Along(up bool, at, all int) int {
	n := g.Columns()
	one := Group{To: all}
	if len(g.groups) > 0 {
		one = g.of(at)
	}
	k, size := at-one.From, one.To-one.From
	switch {
	case up && k >= n:
		return at - n
	case up && one.From > 0: // into the last row of the group above
		above := g.of(one.From - 1)
		last := (above.To - above.From - 1) / n * n
		return min(above.From+last+k%n, above.To-1)
	case up:
		return -1
	case k+n < size:
		return at + n
	case k/n < (size-1)/n: // the last row is shorter
		return one.To - 1
	case one.To < all: // into the first row of the group below
		return min(one.To+k%n, g.of(one.To).To-1)
	}
	return -1
}

// Look notes what is seen, and tells whether other cards are to be drawn for it, of so many.
func (g *Grid) Look(seen markup.Sight, all int) bool {
	columns := g.Columns()
	first := g.First(all)
	from, to := g.Cards(all)
	g.seen = seen
	if columns != g.Columns() {
		g.stack()
		return true
	}
	nowFrom, nowTo := g.Cards(all)
	return from != nowFrom || to != nowTo || first != g.First(all)
}

// Attrs are those of the list: how large it is, for so many cards.
func (g *Grid) Attrs(all int, on bool) []markup.Attr {
	number := func(name string, value float64) markup.Attr {
		return markup.Attr{Name: name, Value: Length(value), Off: !on}
	}
	return []markup.Attr{{Name: "class", Value: "+many", Off: !on}, number("--columns", float64(g.Columns())), number("--tall", g.tall(all)), number("--row", tileRow), number("--gap", tileGap)}
}

// Length writes one for the style sheet.
func Length(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

// Place is where a card lies, as its attributes tell the style sheet and who listens to the page.
func (g *Grid) Place(at, all int) []markup.Attr {
	y, column := g.Spot(at)
	return []markup.Attr{markup.A("--y", Length(y)), markup.A("--c", column), markup.A("aria-posinset", at+1), markup.A("aria-setsize", all)}
}
