package classify

import "homeroom/wasm/markup"

// Shorthands that every panel uses.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
)

// text is a slot with a text in it.
func text(id, says string) markup.Slot {
	return markup.Slot{ID: id, Kids: []*markup.Node{{Text: says}}}
}
