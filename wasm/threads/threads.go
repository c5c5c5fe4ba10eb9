//go:build js && wasm

package threads

import (
	"errors"
	"syscall/js"
	"unsafe"

	"homeroom/core/graph"
	"homeroom/wasm/promise"
)

// lead does this thread's part of a run, in the helpers' module. It is the import that the
// post-link pass's module exports, called without JavaScript in between.
//
//go:wasmimport crew lead
func lead(sheet unsafe.Pointer)

// New returns a team of the threads that the program was started with. It must not run before
// Gather has returned. The error says why there can be none.
func New() (*graph.Team, error) {
	crew := js.Global().Get("homeroom").Get("crew")
	if !crew.Truthy() {
		return nil, errors.New("the program was started without a crew")
	}
	if why := crew.Get("lacks").String(); why != "" {
		return nil, errors.New(why)
	}
	team := graph.NewTeam(min(crew.Get("threads").Int(), graph.MaxTeam), lead)
	kept = append(kept, team)
	return team, nil
}

// kept are teams whose address the helpers hold for as long as they live.
var kept []*graph.Team

// Gather starts the helpers of a team and waits until they are there. It must not be called from a
// callback of JavaScript.
func Gather(team *graph.Team) error {
	crew := js.Global().Get("homeroom").Get("crew")
	_, err := promise.Await(crew.Call("gather", uintptr(team.Sheet()), team.Threads()))
	return err
}
