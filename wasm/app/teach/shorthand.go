// Package teach is the view in which a person teaches classes of their own.
//
// A file has one panel of it: its state, the events that change it, and how it is shown. Imports
// point one way: what panels share of the open project is in base; learn, result and ask stand on
// it, result on learn too. Here panels.go lists them, session.go puts them together, and teach.go
// keeps the projects that there are.
package teach

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
