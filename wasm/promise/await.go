//go:build js && wasm

package promise

import (
	"strings"
	"syscall/js"
)

// An Error is one of JavaScript's.
type Error struct {
	Name string // of its kind, such as NotFoundError; "" where it has none
	Text string
}

func (e *Error) Error() string { return e.Text }

func nameOf(v js.Value) string {
	if v.Type() == js.TypeObject {
		if name := v.Get("name"); name.Type() == js.TypeString {
			return name.String()
		}
	}
	return ""
}

// Await waits for p and returns what it was fulfilled with, or an error with the message it was
// rejected with. It must not be called from a callback of JavaScript, which may not wait.
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
		done <- outcome{err: &Error{Name: nameOf(first(args)), Text: Reason(first(args))}}
		return nil
	})
	defer rejected.Release()
	p.Call("then", fulfilled, rejected)
	out := <-done
	return out.value, out.err
}

// AwaitCall calls a method that returns a promise, and waits for that. What it throws at once is an
// error like any other.
func AwaitCall(of js.Value, method string, args ...any) (js.Value, error) {
	p, err := Try(func() js.Value { return of.Call(method, args...) })
	if err != nil {
		return js.Undefined(), err
	}
	return Await(p)
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

// Try calls do, and returns what JavaScript throws in a call that it makes as an error. What is
// thrown while a property is read is not caught there: Property does that.
func Try(do func() js.Value) (v js.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			thrown, is := r.(js.Error)
			if !is {
				panic(r)
			}
			v, err = js.Undefined(), &Error{Name: nameOf(thrown.Value), Text: strings.TrimRight(Reason(thrown.Value), ".")}
		}
	}()
	return do(), nil
}

// Property reads a property that may throw instead of having a value, as what a browser keeps for
// pages does where it keeps nothing.
func Property(of js.Value, name string) (js.Value, error) {
	return Try(func() js.Value { return js.Global().Get("Reflect").Call("get", of, name) })
}
