package pool

import (
	"strings"
	"testing"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
)

// TestMessagesThatMakeNoSenseAreSeen: the worker that could not read one, or sent one that nobody
// knows, is replaced, and who waits for it is told why.
func TestMessagesThatMakeNoSenseAreSeen(t *testing.T) {
	for _, message := range []any{protocol.Fault{Error: "a message of the unknown kind \"nothing\""}, protocol.Classify{}, nil, "text"} {
		var numbers outside.Numbers
		turn := outside.NewTurn(time.Unix(9, 0), outside.Device{}, &numbers)
		p := NewLearning(turn)
		w := p.Workers[0]
		p.Receive(turn, w, protocol.Started{})
		job := protocol.Job{ID: 3, Ticket: 1}
		p.Hand(turn, w, protocol.Learn{Job: job})
		told := p.Receive(turn, w, message)
		lost := false
		for _, told := range told {
			if m, is := told.(Lost); is && m.Job == job && strings.Contains(m.Why, "sent") {
				lost = true
			}
		}
		if !lost || len(p.Workers) != 1 || p.Workers[0].ID == w.ID {
			t.Errorf("%#v: %v is told, and there are %d workers", message, told, len(p.Workers))
		}
	}
}
