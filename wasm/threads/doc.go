// Package threads gives a program in the browser the threads of a [graph.Team]: helper workers on
// the program's own memory.
//
// The side of JavaScript is site/threads.js, which instantiates the program and starts the helpers.
// It needs a cross-origin isolated page; without one there is no team, and the reason can be told
// to the user.
package threads
