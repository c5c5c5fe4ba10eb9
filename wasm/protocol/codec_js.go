//go:build js && wasm

package protocol

import (
	"iter"
	"syscall/js"

	"homeroom/wasm/codec"
)

// Of makes an Object of a value, nil of null, undefined and what else is none.
func Of(v js.Value) Object { return codec.Of(v) }

// Value is the value of an Object, null of nil.
func Value(o Object) js.Value { return codec.Value(o) }

// Encode makes the JavaScript object of a message, and lists what of it is to be handed over and
// not copied. The error says what of it cannot be written as JSON, such as a figure that is no
// number, or that it is no message.
func Encode(message any) (object js.Value, transfer []any, err error) {
	return codec.Encode(message, toWorker, toPage)
}

// ForWorker decodes what the page sent, and takes out of the object what was handed over.
func ForWorker(object js.Value) (message any, err error) { return codec.Decode(object, toWorker) }

// ForPage does so with what a worker sent.
func ForPage(object js.Value) (message any, err error) { return codec.Decode(object, toPage) }

// Inbox hears from now on what the page sends a worker, whose global object self is, as codec.Inbox
// does.
func Inbox(self js.Value) iter.Seq2[any, error] { return codec.Inbox(self, toWorker) }
