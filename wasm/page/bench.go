//go:build js && wasm

package page

import (
	"fmt"
	"strconv"
	"syscall/js"

	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// A bench is the part of the page that ?bench in its address adds: it measures the network that is open, layer by
// layer, in this browser and build.
type bench struct {
	app    *app
	root   js.Value // the section
	ticket int
	busy   bool
	now    *measured
	nodes  []*markup.Node // what root holds
}

// measured is what a worker measured.
type measured struct {
	network         string
	size            int
	one, all        float64 // ms
	threads, runs   int
	peak, speed     float64 // GFLOP/s
	megabytes       float64
	layers          []layerTime
	slowest, slower float64 // ms of the slowest layer, and of all together
}

type layerTime struct {
	name, kernel, shape, product string
	ms, speed                    float64
}

// benchID is no photo's ID.
const benchID = -1

// benchRuns is how often each layer runs, at least.
const benchRuns = 20

func newBench(a *app) *bench {
	b := &bench{app: a}
	document := js.Global().Get("document")
	b.root = document.Call("createElement", "section")
	b.root.Set("className", "bench")
	b.root.Set("id", "bench")
	b.root.Call("setAttribute", "aria-labelledby", "bench-title")
	document.Call("querySelector", "main").Call("append", b.root)
	b.root.Call("addEventListener", "click", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if !args[0].Get("target").Call("closest", "button").IsNull() {
			b.start()
		}
		return nil
	}))
	b.show()
	return b
}

// start hands the work to the first worker, once it is idle.
func (b *bench) start() {
	a := b.app
	if b.busy || a.pool == nil || !a.ready {
		return
	}
	w := a.pool.workers[0]
	if !w.opened || w.busy {
		a.say("The engine is at work; measure when it is done.")
		return
	}
	b.busy, b.ticket = true, b.ticket+1
	b.show()
	a.pool.hand(w, protocol.Measure{Job: protocol.Job{ID: benchID, Ticket: b.ticket}, Runs: benchRuns})
}

// stopped is called when the worker ended, or was ended, before it was done.
func (b *bench) stopped() {
	b.busy = false
	b.show()
}

// done takes the worker's answer.
func (b *bench) done(got protocol.Measured) {
	m := &measured{
		network: b.app.networks[b.app.chosen].called(), size: b.app.inUse(),
		one: got.One, all: got.All, threads: got.Threads, runs: got.Runs, peak: got.Peak, speed: got.Speed, megabytes: got.Memory / 1e6,
	}
	for _, l := range got.Layers {
		t := layerTime{name: l.Name, kernel: l.Kernel, shape: l.Shape, product: l.Product, ms: l.Milliseconds, speed: l.Speed}
		m.layers = append(m.layers, t)
		m.slowest, m.slower = max(m.slowest, t.ms), m.slower+t.ms
	}
	b.busy, b.now = false, m
	b.show()
	b.app.say("Measured " + m.network + ": " + words.Milliseconds(m.one) + " on one thread.")
}

func (b *bench) show() {
	label := "Measure the network"
	if b.busy {
		label = "Measuring…"
	}
	kids := []*markup.Node{
		markup.El("h2", markup.A("id", "bench-title"), "Bench"),
		markup.El("p", "How fast the network runs here, layer by layer, on one thread; photos wait meanwhile."),
		markup.El("p", markup.El("button.button", markup.A("type", "button"), markup.Flag("disabled", b.busy), label)),
	}
	if b.now != nil {
		kids = append(kids, b.now.nodes()...)
	}
	markup.Patch(b.root, b.nodes, kids)
	b.nodes = kids
}

func (m *measured) nodes() []*markup.Node {
	two := func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
	line := fmt.Sprintf("%s at %d px: %s ms on one thread, %.1f GFLOP/s of a peak of %.1f", m.network, m.size, two(m.one), m.speed, m.peak)
	if m.all > 0 {
		line += fmt.Sprintf("; %s ms on %d threads", two(m.all), m.threads)
	}
	line += fmt.Sprintf(". Mean of %d runs. The worker holds %.1f MB.", m.runs, m.megabytes)
	head := markup.El("tr")
	for _, name := range []string{"Layer", "Kernel", "Output", "Product", "ms", "Share", "GFLOP/s", "Of peak"} {
		head.Kids = append(head.Kids, markup.El("th", markup.A("scope", "col"), name))
	}
	body := markup.El("tbody")
	for _, l := range m.layers {
		speed, part := "", ""
		if l.speed > 0 {
			speed, part = fmt.Sprintf("%.1f", l.speed), fmt.Sprintf("%.0f%%", 100*l.speed/m.peak)
		}
		name := markup.El("th", markup.A("scope", "row"), l.name)
		if l.ms == m.slowest {
			name.Kids = append(name.Kids, markup.El("strong", " slowest"))
		}
		row := markup.El("tr", name)
		for _, text := range []string{l.kernel, l.shape, l.product, strconv.FormatFloat(l.ms, 'f', 3, 64), fmt.Sprintf("%.1f%%", 100*l.ms/m.slower), speed, part} {
			row.Kids = append(row.Kids, markup.El("td", text))
		}
		body.Kids = append(body.Kids, row)
	}
	return []*markup.Node{
		markup.El("p", markup.A("id", "bench-sum"), markup.A("role", "status"), line),
		markup.El("div.bench-table", markup.A("tabindex", 0), markup.A("role", "region"), markup.A("aria-label", "Layers"),
			markup.El("table", markup.El("thead", head), body)),
	}
}
