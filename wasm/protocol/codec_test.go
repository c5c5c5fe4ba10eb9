//go:build js && wasm

package protocol

import (
	"fmt"
	"math"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"homeroom/core/training"
	"homeroom/wasm/codec/codectest"
)

// posted is an object as it arrives on the other side.
func posted(message any) (js.Value, time.Duration) {
	return codectest.Posted(message, toWorker, toPage)
}

func TestEveryMessage(t *testing.T) { codectest.Messages(t, toWorker, toPage) }

// TestPackStaysWithItsSender sends a pack twice: a pool has several workers.
func TestPackStaysWithItsSender(t *testing.T) {
	open := Open{Name: "net", Pack: Of(js.Global().Get("Uint8Array").New(5))}
	for range 2 {
		object, _ := posted(open)
		if n := object.Get("pack").Length(); n != 5 {
			t.Fatalf("%d bytes of the pack came, not 5", n)
		}
	}
}

// TestWhatIsTransferredIsGone: features are handed over, not copied.
func TestWhatIsTransferredIsGone(t *testing.T) {
	buffer := js.Global().Get("ArrayBuffer").New(16)
	picture := js.Global().Get("Uint8ClampedArray").New(8)
	posted(Features{Vectors: []Object{Of(buffer)}})
	posted(Ask{Frame: Of(picture)})
	if n, m := buffer.Get("byteLength").Int(), picture.Get("length").Int(); n != 0 || m != 0 {
		t.Errorf("%d and %d bytes are still here", n, m)
	}
}

// TestWhatCannotBeSentIsAnError: JSON has no figure that is none.
func TestWhatCannotBeSentIsAnError(t *testing.T) {
	if _, _, err := Encode(Progress{Progress: training.Progress{Loss: math.NaN()}}); err == nil || !strings.Contains(err.Error(), "progress") {
		t.Errorf("the error is %v", err)
	}
}

// TestWhatIsNoMessageCannotBeSent, and nothing panics.
func TestWhatIsNoMessageCannotBeSent(t *testing.T) {
	type Open struct{ Name string } // which only looks like one
	for _, message := range []any{nil, 7, "text", Open{}, &Stop{}, struct{}{}, Seen{}} {
		if _, _, err := Encode(message); err == nil {
			t.Errorf("%T was taken for a message", message)
		}
	}
}

// TestInbox: what the browser cannot hand over comes as an error, in its turn, as does what is
// malformed.
func TestInbox(t *testing.T) {
	self := js.Global().Get("EventTarget").New()
	self.Set("hear", js.Global().Call("eval", "(function (event, heard) { this.addEventListener(event, ({ data }) => heard(data)); })"))
	send := func(event string, data js.Value) {
		e := js.Global().Get("Event").New(event)
		e.Set("data", data)
		self.Call("dispatchEvent", e)
	}
	inbox := Inbox(self)
	object, _ := posted(Forget{ID: 3})
	send("message", object)
	send("messageerror", js.Null())
	send("message", js.ValueOf("text"))
	send("message", object)
	var got []string
	for message, err := range inbox {
		got = append(got, fmt.Sprint(message, err))
		if len(got) == 4 {
			break
		}
	}
	want := []string{"{3} <nil>", "<nil> a message that the browser could not hand over", "<nil> a message that is no object but string", "{3} <nil>"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d came as %q, want %q", i, got[i], want[i])
		}
	}
}

// TestSpeed prints what a message costs.
func TestSpeed(t *testing.T) {
	message := Named{Seen: Seen{Width: 4000, Height: 3000}, Results: make([]Result, 5)}
	var encode, decode time.Duration
	const times = 2000
	for range times {
		object, took := posted(message)
		start := time.Now()
		if _, err := ForPage(object); err != nil {
			t.Fatal(err)
		}
		encode, decode = encode+took, decode+time.Since(start)
	}
	t.Logf("Named is encoded in %v and decoded in %v", encode/times, decode/times)
}
