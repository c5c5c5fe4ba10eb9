// Package learn is how photos come to be answered for: the network that they are read with,
// reading, the input sizes that can be tried, learning, and how all of it is kept, restored and
// written as a file.
package learn

import (
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

// Shorthands that every panel uses.
var (
	el = markup.El
	at = markup.A

	say     = text.Say
	foreign = text.Foreign
	named   = text.Name
	fixed   = text.Fixed
)

type (
	node = markup.Node
	key  = markup.Key
)
