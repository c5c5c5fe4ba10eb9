package classify

import "homeroom/wasm/markup"

// Shorthands that every panel uses.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
)
