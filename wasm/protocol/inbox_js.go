//go:build js && wasm

package protocol

import (
	"errors"
	"iter"
	"syscall/js"
)

// errUnread is a message that the browser could not hand over: it tells of that by an event of its
// own, without what was sent.
var errUnread = errors.New("a message that the browser could not hand over")

// Inbox hears from now on what the page sends a worker, whose global object self is. One that the
// browser cannot hand over, that is malformed or of an unknown kind comes as an error. There is no
// end to it.
func Inbox(self js.Value) iter.Seq2[any, error] {
	type letter struct {
		object js.Value
		lost   bool
	}
	letters := make(chan letter, 16)
	hear := func(event string, lost bool) {
		self.Call("addEventListener", event, js.FuncOf(func(_ js.Value, args []js.Value) any {
			letters <- letter{args[0].Get("data"), lost}
			return nil
		}))
	}
	hear("message", false)
	hear("messageerror", true)
	return func(yield func(any, error) bool) {
		for l := range letters {
			message, err := any(nil), errUnread
			if !l.lost {
				message, err = ForWorker(l.object)
			}
			if !yield(message, err) {
				return
			}
		}
	}
}
