// Package teach is the view in which a person teaches classes of their own.
//
// A file has one panel of it: its state, the events that change it, and how it is shown. Imports
// point one way: what panels share of the open project is in base; learn, result and ask stand on
// it, result on learn too. So do the files here: panel.go says what a panel is, session.go puts
// those of the open project together and lists them, projects.go, files.go, locks.go, deleting.go,
// taking.go, showing.go and loading.go have what there is besides it, and teach.go puts all of it
// together.
package teach

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
)

type (
	node = markup.Node
	key  = markup.Key
)
