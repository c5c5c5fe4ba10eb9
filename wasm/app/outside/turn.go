package outside

import (
	"math/rand/v2"
	"time"

	"homeroom/wasm/text"
)

// How soon what changed is shown: Soon, or Later for what comes in a stream, since drawing takes
// the time of workers that share the device. What a person does is shown at once.
const (
	Soon  = 12 * time.Millisecond
	Later = 150 * time.Millisecond
)

// A Turn is one turn of the program: what is at hand while an event is dealt with, and what comes
// of it.
type Turn struct {
	Now     time.Time
	Device  Device
	Effects []any
	Said    string        // to people who listen to the page; "" where nothing is
	Draw    time.Duration // how soon

	Language *text.Language // that the page is in; nil for English

	numbers *Numbers
}

// Numbers gives tickets, draws lots and counts. The zero value is ready.
type Numbers struct {
	last   int
	lots   *rand.Rand
	stalls int // copies of the worker's script that did not come through
}

// Seed begins drawing lots.
func (n *Numbers) Seed(seed uint64) { n.lots = rand.New(rand.NewPCG(seed, 0)) }

// NewTurn begins a turn.
func NewTurn(now time.Time, device Device, numbers *Numbers) *Turn {
	return &Turn{Now: now, Device: device, Draw: Later, numbers: numbers}
}

// Words puts a message into the words of the language of the page, for what bears them as a name
// from then on, in whatever language the page is later.
func (t *Turn) Words(message string) string { return t.Language.Words(message) }

// Ask has the browser do something.
func (t *Turn) Ask(effect any) { t.Effects = append(t.Effects, effect) }

// Say tells people who listen to the page.
func (t *Turn) Say(text string) { t.Said = text; t.Soon() }

// Soon has what changed shown soon.
func (t *Turn) Soon() { t.Draw = min(t.Draw, Soon) }

// Ticket returns a number that was not given before.
func (t *Turn) Ticket() int {
	t.numbers.last++
	return t.numbers.last
}

// Stalled counts a copy of the worker's script that did not come through, Stalls is how many there
// were.
func (t *Turn) Stalled() { t.numbers.stalls++ }

// Stalls is explained with Stalled.
func (t *Turn) Stalls() int { return t.numbers.stalls }

// Lot draws a number by lot.
func (t *Turn) Lot() uint64 {
	if t.numbers.lots == nil {
		t.numbers.Seed(1)
	}
	return t.numbers.lots.Uint64()
}

// Focus brings the keyboard to an element.
func (t *Turn) Focus(selector string) { t.Ask(Focus{Selector: selector}) }

// A Wake is the earliest of the times at which something is to be done. The zero value is none.
type Wake struct{ At time.Time }

// By has it be no later than a time; the zero time is none.
func (w *Wake) By(at time.Time) {
	if !at.IsZero() && (w.At.IsZero() || at.Before(w.At)) {
		w.At = at
	}
}
