package classify

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	wording "homeroom/wasm/text"
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
	network         string
	size            int
	slowest, slower float64 // ms of the slowest layer, and of all together
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
		for _, l := range got.Layers {
			now.slowest, now.slower = max(now.slowest, l.Milliseconds), now.slower+l.Milliseconds
		}
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
		kids = append(kids, b.now.nodes()...)
	}
	return kids
}

func (m *measured) nodes() []*markup.Node {
	line := say("{1} at {2} px: {3} ms on one thread, {4} GFLOP/s of a peak of {5}.", m.network, m.size, wording.Fixed(m.One, 2), wording.Fixed(m.Speed, 1), wording.Fixed(m.Peak, 1))
	if m.All > 0 {
		line += " " + say("{1} ms on {2|# thread|# threads}.", wording.Fixed(m.All, 2), m.Threads)
	}
	line += " " + say("Mean of {1|# run|# runs}. The worker holds {2} MB.", m.Runs, wording.Fixed(m.Memory/1e6, 1))
	head := el("tr")
	for _, name := range []string{say("Layer"), say("Kernel"), say("Output"), say("Product"), named("ms"), say("Share of time"), named("GFLOP/s"), say("Of peak")} {
		head.Kids = append(head.Kids, el("th", at("scope", "col"), name))
	}
	body := el("tbody")
	for _, l := range m.Layers {
		speed, part := "", ""
		if l.Speed > 0 {
			speed, part = wording.Fixed(l.Speed, 1), words.Percent(l.Speed/m.Peak)
		}
		name := el("th", at("scope", "row"), named(l.Name))
		if l.Milliseconds == m.slowest {
			name.Kids = append(name.Kids, &markup.Node{Text: " "}, el("strong", say("slowest")))
		}
		row := el("tr", name)
		for _, text := range []string{named(l.Kernel), named(l.Shape), named(l.Product), wording.Fixed(l.Milliseconds, 3), words.Percent(l.Milliseconds / m.slower), speed, part} {
			row.Kids = append(row.Kids, el("td", text))
		}
		body.Kids = append(body.Kids, row)
	}
	return []*markup.Node{
		el("p", at("id", "bench-sum"), at("role", "status"), line),
		el("div.bench-table", at("tabindex", 0), at("role", "region"), at("aria-label", say("Layers")), el("table", el("thead", head), body)),
	}
}
