//go:build js && wasm

package page

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"syscall/js"
	"time"

	"homeroom/core/head"
	"homeroom/wasm/protocol"
)

const (
	// patience is how long a worker may take over one photo before it counts as lost.
	patience = 3 * time.Minute
	// fullMemory is how much a worker may come to hold. WebAssembly memory cannot be given back, so a worker that a
	// huge photo has swollen is replaced by a fresh one.
	fullMemory = 640 << 20
	// mostFalseStarts is how many workers in a row may die before they are ready.
	mostFalseStarts = 3
)

// scriptStalls is how often a worker's script did not arrive.
var scriptStalls int

// A client is whom a pool works for. Jobs are known by ID and ticket, as in package protocol.
type client interface {
	opened(p *pool)              // one more worker is ready
	refused(p *pool, why string) // the pool cannot work with its pack
	thumb(id int, picture js.Value)
	answered(id, ticket int, message any)
	gaveUp(id, ticket int, why string)
	lost(id, ticket int, why string) // the worker died with it
	handBack(id, ticket int)         // the pool was closed before it was done
	progressed(id int, message head.Progress)
	dispatch() // there is an idle worker
}

// A pool is the workers that share one network. Without a pack its workers have no network: they learn.
type pool struct {
	client      client
	network     string   // "" while the page does not know yet
	pack        js.Value // Uint8Array; null until there is one to supply
	size        int
	workers     []*worker
	wanted      int // workers
	falseStarts int
	closed      bool
	most        float64 // bytes that a worker may come to hold; 0 for fullMemory
	threads     int     // that the first worker can run a photo on
	lacks       string  // why that is one
}

type worker struct {
	pool       *pool
	threads    int // to run a photo on, where the page may
	thread     js.Value
	opened     bool
	waits      bool            // it runs, and the pack is still to come
	headed     js.Value        // the head that it answers with
	others     map[string]bool // networks that it has for that, besides the pool's own
	gone       bool
	busy       bool
	id, ticket int // of what it is at work on
	watch      *time.Timer
	quiet      *quiet // watches over its start
	onMessage  js.Func
	onError    js.Func
	lock       string
	lockHolder js.Func
}

func newPool(c client, network string, pack js.Value, size, n int) *pool {
	p := &pool{client: c, network: network, pack: pack, size: size, wanted: n, threads: 1}
	// The first gets the helpers: one photo alone is run on as many threads as many photos are.
	p.workers = append(p.workers, p.spawn(n))
	return p
}

// fill starts the other workers. The first is ready, and done with the first photo, sooner when it need not share the
// device with them: they are started when there is nothing to do, or more than it is at work on.
func (p *pool) fill() {
	for len(p.workers) < p.wanted {
		p.workers = append(p.workers, p.spawn(1))
	}
}

// staff has n workers run. The first, which has the helpers, stays, and so do those that are at work.
func (p *pool) staff(n int) {
	p.wanted = n
	for i := len(p.workers) - 1; i > 0 && len(p.workers) > n; i-- {
		if w := p.workers[i]; !w.busy {
			w.end()
			p.workers = slices.Delete(p.workers, i, i+1)
		}
	}
	if len(p.workers) > 0 && p.workers[0].opened {
		p.fill()
	}
}

// supply gives a pool that was made with null its pack. Its workers have started meanwhile.
func (p *pool) supply(pack js.Value) {
	p.pack = pack
	for _, w := range p.workers {
		if w.waits {
			w.waits = false
			w.open()
		}
	}
}

func (w *worker) open() {
	w.post(protocol.Open{Name: w.pool.network, Pack: protocol.Of(w.pool.pack), Size: w.pool.size})
}

// idle returns a worker that waits for a job, or nil.
func (p *pool) idle() *worker {
	for _, w := range p.workers {
		if w.opened && !w.busy {
			return w
		}
	}
	return nil
}

// hand gives an idle worker a job.
func (p *pool) hand(w *worker, message interface{ Number() protocol.Job }) {
	job := message.Number()
	w.busy, w.id, w.ticket = true, job.ID, job.Ticket
	w.watch = time.AfterFunc(patience, func() { p.lose(w, "it took more than "+strconv.Itoa(int(patience.Minutes()))+" minutes") })
	w.post(message)
}

// post sends a message.
func (w *worker) post(message any) {
	object, transfer, err := protocol.Encode(message)
	if err != nil {
		w.pool.lose(w, err.Error())
		return
	}
	w.thread.Call("postMessage", object, transfer)
}

// close ends all workers. Their jobs are handed back.
func (p *pool) close() {
	p.closed = true
	for _, w := range p.workers {
		if w.busy {
			p.client.handBack(w.id, w.ticket)
		}
		w.end()
	}
	p.workers = nil
}

func (p *pool) spawn(threads int) *worker {
	w := &worker{pool: p, threads: threads, others: map[string]bool{}}
	if js.Global().Get("homeroom").Get("locks").Truthy() { // without, patience must do
		w.lock = "homeroom worker " + strconv.FormatUint(rand.Uint64(), 36)
	}
	if early := js.Global().Get("homeroom").Get("engine"); early.Truthy() {
		w.thread = early
		early.Set("onerror", nil)
		js.Global().Get("homeroom").Set("engine", nil)
	} else {
		script := "worker.js"
		if scriptStalls > 0 { // another address, so that no copy on the way is waited for
			script += "?again=" + strconv.Itoa(scriptStalls)
		}
		w.thread = js.Global().Get("Worker").New(script)
	}
	w.onMessage = js.FuncOf(func(_ js.Value, args []js.Value) any {
		if !w.gone {
			w.receive(args[0].Get("data"))
		}
		return nil
	})
	w.onError = js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault")
		why := "its script could not be loaded"
		if m := args[0].Get("message"); m.Type() == js.TypeString && m.String() != "" {
			why = m.String()
		}
		p.lose(w, why)
		return nil
	})
	w.thread.Call("addEventListener", "message", w.onMessage)
	w.thread.Call("addEventListener", "error", w.onError)
	w.thread.Call("postMessage", map[string]any{
		"module": js.Global().Get("homeroom").Get("module"), "shared": js.Global().Get("homeroom").Get("shared"), "threads": threads, "lock": w.lock,
		"build": attribute("data-build"),
	})
	w.quiet = watchQuiet(func(seconds int) {
		if !w.gone && !p.closed {
			scriptStalls++
			p.client.refused(p, "nothing of its script, worker.js, has arrived for "+strconv.Itoa(seconds)+" seconds")
		}
	}, nil)
	return w
}

func (w *worker) receive(object js.Value) {
	message, err := protocol.ForPage(object)
	if err != nil {
		w.pool.lose(w, "it sent "+err.Error())
		return
	}
	c := w.pool.client
	switch m := message.(type) {
	case protocol.Started:
		w.quiet.end()
		w.watchLock()
		if w.pool.pack.IsUndefined() {
			w.opened = true
			w.pool.falseStarts = 0
			w.pool.fill()
			c.opened(w.pool)
			return
		}
		if w.pool.pack.IsNull() {
			w.waits = true
			return
		}
		w.open()
	case protocol.Opened:
		w.opened = true
		w.pool.falseStarts = 0
		c.opened(w.pool) // which may give it work
		if !w.busy {
			w.pool.fill()
		}
	case protocol.Gathered:
		if w == w.pool.workers[0] {
			w.pool.threads = m.Threads
			if m.Error != "" {
				w.pool.lacks = m.Error
			}
			c.dispatch()
		}
	case protocol.Refused:
		c.refused(w.pool, m.Error)
	case protocol.Thumbnail:
		c.thumb(m.ID, m.Picture.Value)
	case protocol.Progress:
		w.watch.Reset(patience)
		c.progressed(m.ID, m.Progress)
	case protocol.Failed:
		w.rest(m.Done)
		c.gaveUp(m.ID, m.Ticket, m.Error)
		c.dispatch()
	case protocol.Stopped:
		w.rest(m.Done)
		c.gaveUp(m.ID, m.Ticket, m.Error)
		c.dispatch()
	case protocol.Ended:
		w.pool.lose(w, m.Error)
	case protocol.Fault:
		w.pool.lose(w, "it was sent "+m.Error)
	case interface{ Answers() protocol.Done }:
		done := m.Answers()
		w.rest(done)
		c.answered(done.ID, done.Ticket, message)
		c.dispatch()
	}
}

// rest marks the worker idle, or replaces it where its memory has swollen. Word of a job that was stopped may come when the
// next is under way, and says nothing of that.
func (w *worker) rest(done protocol.Done) {
	if w.id != done.ID || w.ticket != done.Ticket {
		return
	}
	w.busy = false
	w.watch.Stop()
	w.pool.fill()
	most := w.pool.most
	if most == 0 {
		most = fullMemory
	}
	if done.Memory > most {
		w.pool.replace(w)
	}
}

func answerOf(m protocol.Named) *Answer {
	answer := &Answer{
		Width: m.Width, Height: m.Height, Decode: m.Decode, Resize: m.Resize, Network: m.Network, Threads: m.Threads, Memory: m.Memory, Damaged: m.Damaged,
	}
	for _, r := range m.Results {
		answer.Results = append(answer.Results, Result(r))
	}
	return answer
}

// watchLock waits in line for the lock that the worker holds: it becomes free when the worker ends, even where the
// browser ends it and no event tells.
func (w *worker) watchLock() {
	if w.lock == "" {
		return
	}
	w.lockHolder = js.FuncOf(func(js.Value, []js.Value) any {
		w.lockHolder.Release()
		w.pool.lose(w, "the browser ended it")
		return nil
	})
	js.Global().Get("navigator").Get("locks").Call("request", w.lock, w.lockHolder)
}

// lose deals with a worker that died: its photo is tried again, and a new worker takes its place.
func (p *pool) lose(w *worker, why string) {
	if w.gone || p.closed {
		return
	}
	if !w.opened {
		if p.falseStarts++; p.falseStarts >= mostFalseStarts {
			p.client.refused(p, "the engine stopped while it was starting: "+why)
			return
		}
	}
	busy, id, ticket := w.busy, w.id, w.ticket
	p.replace(w)
	if busy {
		p.client.lost(id, ticket, why)
	}
	p.client.dispatch()
}

func (p *pool) replace(w *worker) {
	w.end()
	for i := range p.workers {
		if p.workers[i] == w {
			p.workers[i] = p.spawn(w.threads)
		}
	}
}

func (w *worker) end() {
	if w.gone {
		return
	}
	w.gone, w.opened, w.busy = true, false, false
	w.quiet.end()
	if w.watch != nil {
		w.watch.Stop()
	}
	w.thread.Call("removeEventListener", "message", w.onMessage)
	w.thread.Call("removeEventListener", "error", w.onError)
	w.thread.Call("terminate")
	w.onMessage.Release()
	w.onError.Release()
}
