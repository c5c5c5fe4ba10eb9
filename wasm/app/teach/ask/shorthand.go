// Package look is what is asked of the taught head: photos that are tried, the camera, and one
// photo looked at closely. The camera takes photos for classes, too.
package ask

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
