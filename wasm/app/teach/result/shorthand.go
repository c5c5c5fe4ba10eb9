// Package result shows what was learnt: how good it is and where it goes wrong, and its versions.
package result

import "homeroom/wasm/markup"

// Shorthands that every panel uses.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
	is   = markup.Is
)

type (
	node = markup.Node
	key  = markup.Key
)
