//go:build js && wasm

package promise

import (
	"errors"
	"syscall/js"
)

// Await waits for p and returns what it was fulfilled with, or an error with the message it was rejected with.
// It must not be called from a callback of JavaScript, which may not wait.
func Await(p js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	done := make(chan outcome, 1)
	fulfilled := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{value: first(args)}
		return nil
	})
	defer fulfilled.Release()
	rejected := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{err: errors.New(Reason(first(args)))}
		return nil
	})
	defer rejected.Release()
	p.Call("then", fulfilled, rejected)
	out := <-done
	return out.value, out.err
}

func first(args []js.Value) js.Value {
	if len(args) == 0 {
		return js.Undefined()
	}
	return args[0]
}

// Reason returns the text of a JavaScript error, or of whatever else was thrown.
func Reason(v js.Value) string {
	if v.Type() == js.TypeObject {
		if m := v.Get("message"); m.Type() == js.TypeString && m.String() != "" {
			return m.String()
		}
	}
	return js.Global().Call("String", v).String()
}
