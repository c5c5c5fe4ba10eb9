package classify

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// A bench is the part of the page that ?bench in its address adds: it measures the network that is
// open, layer by layer, in this browser and build.
type bench struct {
	engine *engine

	due  bool
	busy bool
	job  protocol.Job
	now  *measured
}

// measured is what a worker measured.
type measured struct {
	protocol.Measured
	network string
	size    int
}

// benchRuns is how often each layer runs, at least.
const benchRuns = 20

// Measure measures the network, once the first worker is idle.
type Measure struct{}

func (Measure) update(b *bench, t *outside.Turn) {
	if b == nil || b.busy || b.engine.pool == nil || !b.engine.ready {
		return
	}
	if w := b.engine.pool.Workers[0]; !w.Opened || w.Busy {
		t.Say(say("The engine is at work; measure when it is done."))
		return
	}
	b.busy, b.due = true, true
}

// hand gives the first worker the work.
func (b *bench) hand(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
	if b == nil || !b.due || w != p.Workers[0] {
		return false
	}
	b.due = false
	b.job = protocol.Job{ID: -t.Ticket()}
	p.Hand(t, w, protocol.Measure{Job: b.job, Runs: benchRuns})
	return true
}

// handBack is called when the worker was ended before it was done.
func (b *bench) handBack(job protocol.Job) bool {
	if b == nil || !b.busy || b.job != job {
		return false
	}
	b.busy = false
	return true
}

func (b *bench) receive(t *outside.Turn, told any) bool {
	if b == nil || !b.busy {
		return false
	}
	switch m := told.(type) {
	case pool.Answered:
		got, is := m.Message.(protocol.Measured)
		if !is || m.Job != b.job {
			return false
		}
		now := &measured{Measured: got, network: b.engine.network().Called(), size: b.engine.inUse()}
		b.now = now
		t.Say(say("Measured {1}: {2} on one thread.", now.network, words.Milliseconds(got.One)))
	case pool.GaveUp:
		if m.Job != b.job {
			return false
		}
		t.Say(say("The network could not be measured. {1}", words.Sentence(m.Why)))
	case pool.Lost:
		if m.Job != b.job {
			return false
		}
		t.Say(say("The engine stopped while it was measured: {1}.", foreign(m.Why)))
	default:
		return false
	}
	b.busy = false
	return true
}

func (b *bench) view() []*markup.Node {
	label := say("Measure the network")
	if b.busy {
		label = say("Measuring…")
	}
	kids := []*markup.Node{
		el("h2", at("id", "bench-title"), say("Bench")),
		el("p", say("How fast the network runs here, layer by layer, on one thread; photos wait meanwhile.")),
		el("p", el("button.button", at("type", "button"), flag("disabled", b.busy), markup.Click(Measure{}), label)),
	}
	if b.now != nil {
		kids = append(kids, sheet.Layers(b.now.Measured, b.now.network, b.now.size)...)
	}
	return kids
}
