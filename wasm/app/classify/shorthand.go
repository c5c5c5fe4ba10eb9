package classify

import (
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

// Shorthands that every panel uses.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag

	say     = text.Say
	named   = text.Name
	foreign = text.Foreign
)

// shown is a slot with a text in it.
func shown(id, says string) markup.Slot {
	return markup.Slot{ID: id, Kids: []*markup.Node{{Text: says}}}
}
