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
//go:wasmimport threads lead
func lead(sheet unsafe.Pointer)

// New returns a team of the threads that the program was started with. It must not run before
// Gather has returned. The error says why there can be none.
func New() (*graph.Team, error) {
	threads := js.Global().Get("homeroom").Get("threads")
	if !threads.Truthy() {
		return nil, errors.New("the program was started without its threads")
	}
	if why := threads.Get("lacks").String(); why != "" {
		return nil, errors.New(why)
	}
	team := graph.NewTeam(min(threads.Get("count").Int(), graph.MaxTeam), lead)
	teams = append(teams, team)
	return team, nil
}

// teams are those whose address the helpers hold for as long as they live.
var teams []*graph.Team

// Gather starts the helpers of a team and waits until they are there. It must not be called from a
// callback of JavaScript.
func Gather(team *graph.Team) error {
	threads := js.Global().Get("homeroom").Get("threads")
	_, err := promise.Await(threads.Call("gather", uintptr(team.Sheet()), team.Threads()))
	return err
}
