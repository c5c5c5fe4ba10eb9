package classify

import (
	"homeroom/wasm/markup"
	wording "homeroom/wasm/text" // a slot with a text is called text here
)

// Shorthands that every panel uses.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag

	say     = wording.Say
	named   = wording.Name
	label   = wording.Label
	foreign = wording.Foreign
)

// text is a slot with a text in it.
func text(id, says string) markup.Slot {
	return markup.Slot{ID: id, Kids: []*markup.Node{{Text: says}}}
}
