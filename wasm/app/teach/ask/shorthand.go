// Package look is what is asked of the taught head: photos that are tried, the camera, and one
// photo looked at closely. The camera takes photos for classes, too.
package ask

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
	foreign = text.Foreign
	named   = text.Name
	fixed   = text.Fixed
)

type (
	node = markup.Node
	key  = markup.Key
)
