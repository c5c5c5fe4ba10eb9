package tour

import (
	"fmt"
	"strconv"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
)

// A board is a picture with a grid over it.
type board struct {
	id, alt       string
	picture       outside.Object
	pixels        int // of the picture in a row: few of them are drawn as squares
	rows, columns int
	share         func(cell int) float64 // from -1 to 1: how strongly it is coloured; nil for no colour
	press         func(cell int) any     // what pressing a cell does; nil where that is nothing
	pressed       func(cell int) bool
	what          func(row, column int) string // that a cell is, for people who listen
	frames        []*node                      // over the picture
	stroke        func(way string) any         // what painting over it does; nil where that is nothing
}

// move brings the keyboard to another cell.
type move struct {
	board string
	to    int
}

func (e move) update(d *desk) {
	d.cells[e.board] = e.to
	d.focus = "#" + e.board + "-" + strconv.Itoa(e.to)
}

func (b *board) node(d *desk) *node {
	picture := el("img", markup.Shown(b.picture), at("alt", b.alt))
	if b.pixels < 100 {
		picture.Attrs = append(picture.Attrs, at("class", "squares"))
	}
	cells := el("div.cells", at("--columns", b.columns), at("role", "group"), at("aria-label", b.alt))
	if b.press == nil {
		cells.Attrs[len(cells.Attrs)-2] = at("aria-hidden", "true")
	}
	here := min(max(d.cells[b.id], 0), max(b.rows*b.columns-1, 0))
	for i := range b.rows * b.columns {
		colour := ""
		if b.share != nil {
			if v := b.share(i); v < 0 {
				colour = fmt.Sprintf("rgb(40 110 220 / %.2f)", -v*.85)
			} else {
				colour = fmt.Sprintf("rgb(240 90 20 / %.2f)", v*.85)
			}
		}
		paint := at("--colour", colour)
		paint.Off = colour == ""
		if b.press == nil {
			cells.Kids = append(cells.Kids, el("span", paint))
			continue
		}
		stop := -1
		if i == here {
			stop = 0
		}
		cells.Kids = append(cells.Kids, el("button", at("type", "button"), at("id", b.id+"-"+strconv.Itoa(i)), at("tabindex", stop), paint, markup.Is("aria-pressed", b.pressed(i)),
			at("aria-label", b.what(i/b.columns+1, i%b.columns+1)), markup.Click(b.press(i)), markup.On("keydown", func(in markup.Input) any { return b.leads(in.Key, i) })))
	}
	if b.stroke == nil {
		return el("div.board", picture, cells, b.frames)
	}
	return el("div.board.canvas", picture, cells, b.frames, markup.On("stroke", func(in markup.Input) any { return b.stroke(in.Value) }))
}

// leads is the event of a key on a cell, nil where it leads nowhere.
func (b *board) leads(key string, from int) any {
	to := -1
	switch key {
	case "ArrowUp":
		to = from - b.columns
	case "ArrowDown":
		if to = from + b.columns; to >= b.rows*b.columns {
			to = -1
		}
	default:
		to, _ = outside.Along(key, from, b.rows*b.columns)
	}
	if to < 0 {
		return nil
	}
	return move{b.id, to}
}
