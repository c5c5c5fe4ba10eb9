// Package result shows what was learnt: how good it is and where it goes wrong, and its versions.
package result

import (
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

// Shorthands that every panel uses.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
	is   = markup.Is

	say     = text.Say
	named   = text.Name
	listed  = text.List
	fixed   = text.Fixed
	rounded = text.Rounded
)

type (
	node = markup.Node
	key  = markup.Key
)
