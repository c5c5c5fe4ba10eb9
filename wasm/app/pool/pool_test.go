package pool

import (
	"slices"
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

// TestTheFirstWorkerOpensAPackAsItComes, whichever fetch goes on with it; it opens the whole of it
// where another fetch brought that, and so do all that start later.
func TestTheFirstWorkerOpensAPackAsItComes(t *testing.T) {
	pack := new(protocol.Handle)
	for _, c := range []struct {
		pours []int // tickets
		came  int
		want  bool
	}{{[]int{4}, 4, true}, {[]int{4, 4, 5}, 5, true}, {[]int{4}, 5, false}, {[]int{4}, 0, false}, {nil, 4, false}, {[]int{0}, 4, false}} {
		var numbers outside.Numbers
		turn := outside.NewTurn(time.Unix(9, 0), outside.Device{}, &numbers)
		p := New(turn, "net", 0, 2)
		p.Pour(turn, 4) // it does not run yet
		p.Receive(turn, p.Workers[0], protocol.Started{})
		for _, ticket := range c.pours {
			p.Pour(turn, ticket)
		}
		p.Supply(turn, "net", 0, pack, c.came)
		p.Pour(turn, 6) // it waits for none any more
		p.Fill(turn)
		p.Receive(turn, p.Workers[1], protocol.Started{})
		var asked []outside.Pour
		var opens []protocol.Open
		for _, e := range turn.Effects {
			switch e := e.(type) {
			case outside.Pour:
				asked = append(asked, e)
			case outside.Post:
				opens = append(opens, e.Message.(protocol.Open))
			}
		}
		first := protocol.Open{Name: "net", Came: c.want}
		if !c.want {
			first.Pack = pack
		}
		if len(opens) != 2 || opens[0] != first || opens[1] != (protocol.Open{Name: "net", Pack: pack}) {
			t.Errorf("%+v: %+v is opened", c, opens)
		}
		want := slices.DeleteFunc(slices.Compact(slices.Clone(c.pours)), func(ticket int) bool { return ticket == 0 })
		if len(asked) != len(want) {
			t.Errorf("%+v: %+v is asked for", c, asked)
		}
	}
	var none *Pool
	none.Pour(nil, 4)
}
