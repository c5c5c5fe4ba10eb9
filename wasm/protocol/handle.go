//go:build !(js && wasm)

package protocol

// A Handle stands for a value of JavaScript's, which there is none of here: tests tell them apart
// by name.
type Handle struct{ Name string }
