// Package alike finds photos that are like one another: whose files are the same to the byte
// (twins.go), that look alike (stacks.go), and those that are most like one (near.go). Workers
// compare them.
package alike

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

var say = text.Say

// A Card is what photos are compared by.
type Card struct {
	Photo  *queue.Photo
	File   outside.File
	Look   protocol.Look
	LookBy string // what answered then
}
