//go:build js && wasm

package codec

import (
	"errors"
	"iter"
	"syscall/js"
)

// errUnread is a message that the browser could not hand over: it tells of that by an event of its
// own, without what was sent.
var errUnread = errors.New("a message that the browser could not hand over")

// Inbox hears from now on what a worker is sent of some kinds, by the function hear of its global
// object self, which calls back with what comes and not with the event: that would stay in Go's own
// list of values for long, and in the event all that was handed over with it, such as a pack. One
// that the browser cannot hand over, that is malformed or of an unknown kind comes as an error.
// There is no end to it.
func Inbox(self js.Value, known Kinds) iter.Seq2[any, error] {
	type letter struct {
		object js.Value
		lost   bool
	}
	letters := make(chan letter, 16)
	hear := func(event string, lost bool) {
		self.Call("hear", event, js.FuncOf(func(_ js.Value, args []js.Value) any {
			letters <- letter{args[0], lost}
			return nil
		}))
	}
	hear("message", false)
	hear("messageerror", true)
	return func(yield func(any, error) bool) {
		for l := range letters {
			message, err := any(nil), errUnread
			if !l.lost {
				message, err = Decode(l.object, known)
			}
			if !yield(message, err) {
				return
			}
		}
	}
}
