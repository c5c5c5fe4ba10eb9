//go:build js && wasm

package page

import (
	"math/rand/v2"
	"strconv"
	"syscall/js"
	"time"

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

// A pool is the workers that share one network.
type pool struct {
	app         *app
	network     string
	pack        js.Value // Uint8Array
	size        int
	workers     []*worker
	falseStarts int
	closed      bool
}

type worker struct {
	pool       *pool
	thread     js.Value
	opened     bool
	gone       bool
	photo      *Photo // at work on, or nil
	ticket     int
	watch      *time.Timer
	onMessage  js.Func
	onError    js.Func
	lock       string
	lockHolder js.Func
}

func newPool(a *app, network string, pack js.Value, size, n int) *pool {
	p := &pool{app: a, network: network, pack: pack, size: size}
	for range n {
		p.workers = append(p.workers, p.spawn())
	}
	return p
}

// ready counts the workers that have opened the pack.
func (p *pool) ready() int {
	n := 0
	for _, w := range p.workers {
		if w.opened {
			n++
		}
	}
	return n
}

// idle returns a worker that waits for a photo, or nil.
func (p *pool) idle() *worker {
	for _, w := range p.workers {
		if w.opened && w.photo == nil {
			return w
		}
	}
	return nil
}

// hand gives a photo to an idle worker.
func (p *pool) hand(w *worker, ph *Photo, file js.Value) {
	w.photo, w.ticket = ph, ph.Ticket
	w.watch = time.AfterFunc(patience, func() { p.lose(w, "it took more than "+strconv.Itoa(int(patience.Minutes()))+" minutes") })
	w.thread.Call("postMessage", map[string]any{
		protocol.Kind: protocol.Photo, protocol.ID: ph.ID, protocol.Ticket: ph.Ticket, protocol.File: file, protocol.Top: top,
	})
}

// close ends all workers. Photos at work go back into the queue.
func (p *pool) close() {
	p.closed = true
	for _, w := range p.workers {
		if w.photo != nil {
			p.app.queue.HandBack(w.photo.ID, w.ticket)
			p.app.cards[w.photo.ID].show(w.photo)
		}
		w.end()
	}
	p.workers = nil
}

func (p *pool) spawn() *worker {
	w := &worker{pool: p, lock: "homeroom worker " + strconv.FormatUint(rand.Uint64(), 36)}
	w.thread = js.Global().Get("Worker").New("worker.js")
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
	w.thread.Call("postMessage", map[string]any{"module": js.Global().Get("homeroom").Get("module"), "lock": w.lock})
	return w
}

func (w *worker) receive(message js.Value) {
	a := w.pool.app
	id := func() (int, int) { return message.Get(protocol.ID).Int(), message.Get(protocol.Ticket).Int() }
	switch message.Get(protocol.Kind).String() {
	case protocol.Started:
		w.watchLock()
		w.thread.Call("postMessage", map[string]any{
			protocol.Kind: protocol.Open, protocol.Name: w.pool.network, protocol.Pack: w.pool.pack, protocol.Size: w.pool.size,
		})
	case protocol.Opened:
		w.opened = true
		w.pool.falseStarts = 0
		a.opened(w.pool)
	case protocol.Refused:
		a.refused(w.pool, message.Get(protocol.Error).String())
	case protocol.Thumb:
		id, _ := id()
		if c := a.cards[id]; c != nil {
			c.picture(message.Get(protocol.Picture))
		}
	case protocol.Named:
		id, ticket := id()
		w.rest(message)
		a.answered(id, ticket, answerOf(message))
		a.dispatch()
	case protocol.Failed:
		id, ticket := id()
		w.rest(message)
		a.gaveUp(id, ticket, message.Get(protocol.Error).String())
		a.dispatch()
	case protocol.Ended:
		w.pool.lose(w, message.Get(protocol.Error).String())
	}
}

// rest marks the worker idle, or replaces it where its memory has swollen.
func (w *worker) rest(message js.Value) {
	w.photo = nil
	w.watch.Stop()
	if message.Get(protocol.Memory).Float() > fullMemory {
		w.pool.replace(w)
	}
}

func answerOf(message js.Value) *Answer {
	answer := &Answer{
		Width: message.Get(protocol.Width).Int(), Height: message.Get(protocol.Height).Int(),
		Decode: message.Get(protocol.Decode).Float(), Resize: message.Get(protocol.Resize).Float(), Network: message.Get(protocol.Network).Float(),
	}
	for _, r := range list(message.Get(protocol.Results)) {
		answer.Results = append(answer.Results, Result{
			Index: r.Get(protocol.Index).Int(), Label: r.Get(protocol.Label).String(), Score: r.Get(protocol.Score).Float(),
		})
	}
	return answer
}

// watchLock waits in line for the lock that the worker holds: it becomes free when the worker ends, even where the
// browser ends it and no event tells.
func (w *worker) watchLock() {
	locks := js.Global().Get("navigator").Get("locks")
	if locks.IsUndefined() { // pages without a secure connection; patience must do
		return
	}
	w.lockHolder = js.FuncOf(func(js.Value, []js.Value) any {
		w.lockHolder.Release()
		w.pool.lose(w, "the browser ended it")
		return nil
	})
	locks.Call("request", w.lock, w.lockHolder)
}

// lose deals with a worker that died: its photo is tried again, and a new worker takes its place.
func (p *pool) lose(w *worker, why string) {
	if w.gone || p.closed {
		return
	}
	if !w.opened {
		if p.falseStarts++; p.falseStarts >= mostFalseStarts {
			p.app.refused(p, "the engine stopped while it was starting: "+why)
			return
		}
	}
	photo, ticket := w.photo, w.ticket
	p.replace(w)
	if photo != nil {
		p.app.lost(photo.ID, ticket, why)
	}
	p.app.dispatch()
}

func (p *pool) replace(w *worker) {
	w.end()
	for i := range p.workers {
		if p.workers[i] == w {
			p.workers[i] = p.spawn()
		}
	}
}

func (w *worker) end() {
	if w.gone {
		return
	}
	w.gone, w.opened, w.photo = true, false, nil
	if w.watch != nil {
		w.watch.Stop()
	}
	w.thread.Call("removeEventListener", "message", w.onMessage)
	w.thread.Call("removeEventListener", "error", w.onError)
	w.thread.Call("terminate")
	w.onMessage.Release()
	w.onError.Release()
}
