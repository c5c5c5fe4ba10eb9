package base

import "homeroom/wasm/text"

// Shorthands for messages.
var (
	say     = text.Say
	foreign = text.Foreign
	named   = text.Name
)
