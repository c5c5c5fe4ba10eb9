package classify

import (
	"math"
	"strconv"

	"homeroom/wasm/markup"
)

// A grid says where cards lie of which not all are drawn: what is seen and half a screen above and
// below it. Each card is told its row and column, so that none moves when others come or go, and
// one that has the keyboard can stay while the rest of its row does not. Lengths are in units of
// the root element's letter size.
type grid struct{ seen markup.Sight }

const (
	tileWidth = 7.2 // of a card at least
	tileGap   = 0.7
	tileRow   = 11 // from one row to the next
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

// rows are those that are drawn, of so many cards: from the first to before the last.
func (g *grid) rows(cards int) (from, to int) {
	height := g.seen.Height
	if height <= 0 {
		height = firstHeight
	}
	all := (cards + g.columns() - 1) / g.columns()
	screen := int(math.Ceil(height / tileRow))
	first := min(max(0, int(math.Floor(g.seen.Top/tileRow))), max(0, all-screen))
	around := (screen + 1) / 2
	return max(0, first-around), min(all, first+screen+1+around)
}

// cards are those that are drawn, of so many.
func (g *grid) cards(all int) (from, to int) {
	from, to = g.rows(all)
	return from * g.columns(), min(all, to*g.columns())
}

// first is the first card that is seen as a whole, of so many.
func (g *grid) first(all int) int {
	row := int(math.Ceil(max(0, g.seen.Top) / tileRow))
	return max(0, min(row*g.columns(), all-1))
}

// along is where the keys up and down lead to from a card, less than 0 where there is none.
func (g *grid) along(up bool, at, all int) int {
	n := g.columns()
	switch to := at + n; {
	case up:
		return at - n
	case to < all:
		return to
	case at/n < (all-1)/n: // the last row is shorter
		return all - 1
	}
	return -1
}

// look notes what is seen, and tells whether other cards are to be drawn for it, of so many.
func (g *grid) look(seen markup.Sight, all int) bool {
	columns := g.columns()
	first := g.first(all)
	from, to := g.rows(all)
	g.seen = seen
	nowFrom, nowTo := g.rows(all)
	return columns != g.columns() || from != nowFrom || to != nowTo || first != g.first(all)
}

// attrs are those of the list: how large it is, for so many cards.
func (g *grid) attrs(all int, on bool) []markup.Attr {
	n := g.columns()
	number := func(name string, value float64) markup.Attr {
		return markup.Attr{Name: name, Value: strconv.FormatFloat(value, 'f', -1, 64), Off: !on}
	}
	return []markup.Attr{{Name: "class", Value: "+many", Off: !on}, number("--columns", float64(n)), number("--rows", float64((all+n-1)/n)), number("--row", tileRow), number("--gap", tileGap)}
}

// place is where a card lies, as its attributes tell the style sheet and who listens to the page.
func (g *grid) place(at, all int) []markup.Attr {
	n := g.columns()
	return []markup.Attr{markup.A("--r", at/n), markup.A("--c", at%n), markup.A("aria-posinset", at+1), markup.A("aria-setsize", all)}
}
