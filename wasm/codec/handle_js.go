//go:build js && wasm

package codec

import "syscall/js"

// An Object is something of the browser's that only JavaScript can look into: a File, a Blob, a
// typed array, an ArrayBuffer. Here it is passed on; nil is none. Two are the same where the
// pointers are.
type Object = *Handle

// A Handle holds a value of JavaScript's.
type Handle struct{ Value js.Value }

// Of makes an Object of a value, nil of null, undefined and what else is none.
func Of(v js.Value) Object {
	if !v.Truthy() {
		return nil
	}
	return &Handle{v}
}

// Value is the value of an Object, null of nil.
func Value(o Object) js.Value {
	if o == nil {
		return js.Null()
	}
	return o.Value
}
