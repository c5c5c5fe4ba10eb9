//go:build !(js && wasm)

package codec

// An Object is something of the browser's that only JavaScript can look into: a File, a Blob, a
// typed array, an ArrayBuffer. Here it is passed on; nil is none. Two are the same where the
// pointers are.
type Object = *Handle

// A Handle stands for a value of JavaScript's, which there is none of here: tests tell them apart
// by name.
type Handle struct{ Name string }
