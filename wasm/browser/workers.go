//go:build js && wasm

package browser

import (
	"math/rand/v2"
	"strconv"
	"syscall/js"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
)

// A worker is one of the page's, from its start to its end.
type worker struct {
	thread    js.Value
	onMessage js.Func
	onError   js.Func
	onUnread  js.Func
	lock      string // that it holds for as long as it lives; "" where there are none
	watched   bool

	poured js.Value // pack that it is sent as it comes
	had    int64    // bytes of that
}

// spawn starts a worker: the one that boot.js has started already, or a new one.
func (p *page) spawn(e outside.Spawn) {
	homeroom := js.Global().Get("homeroom")
	w := &worker{}
	if homeroom.Get("locks").Truthy() {
		w.lock = "homeroom worker " + strconv.FormatUint(rand.Uint64(), 36)
	}
	p.workers[e.Worker] = w
	if early := homeroom.Get("engine"); early.Truthy() && e.Program == nil {
		w.thread = early
		early.Set("onerror", nil)
		homeroom.Set("engine", nil)
	} else {
		script := "worker.js"
		if e.Again > 0 { // another address, so that no copy on the way is waited for
			script += "?again=" + strconv.Itoa(e.Again)
		}
		w.thread = js.Global().Get("Worker").New(script)
	}
	w.onMessage = js.FuncOf(func(_ js.Value, args []js.Value) any {
		message, err := protocol.ForPage(args[0].Get("data"))
		if err != nil {
			js.Global().Get("console").Call("error", err.Error())
			p.send(outside.WorkerDied{Worker: e.Worker, Why: "it sent " + err.Error()})
			return nil
		}
		p.watch(e.Worker, w)
		p.send(outside.FromWorker{Worker: e.Worker, Message: message})
		return nil
	})
	w.onError = js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault")
		why := "its script could not be loaded"
		if m := args[0].Get("message"); m.Type() == js.TypeString && m.String() != "" {
			why = m.String()
		}
		p.send(outside.WorkerDied{Worker: e.Worker, Why: why})
		return nil
	})
	w.onUnread = js.FuncOf(func(js.Value, []js.Value) any { // it comes without what was sent
		p.send(outside.WorkerDied{Worker: e.Worker, Why: "it sent a message that the browser could not hand over"})
		return nil
	})
	w.thread.Call("addEventListener", "message", w.onMessage)
	w.thread.Call("addEventListener", "error", w.onError)
	w.thread.Call("addEventListener", "messageerror", w.onUnread)
	begin := func(module, rest js.Value) {
		w.thread.Call("postMessage", map[string]any{
			"module": module, "rest": rest, "shared": homeroom.Get("shared"), "threads": e.Threads, "lock": w.lock, "build": attribute("data-build"),
		})
	}
	if e.Program == nil {
		begin(homeroom.Get("module"), homeroom.Call("rest"))
		return
	}
	go func() {
		module, err := compile(e.Program.Value, homeroom.Get("shared").Truthy())
		switch {
		case p.workers[e.Worker] != w:
		case err != nil:
			p.send(outside.WorkerDied{Worker: e.Worker, Why: err.Error()})
		default:
			begin(module, js.Undefined()) // it is whole
		}
	}()
}

// compile makes a module of the bytes of a program.
func compile(program js.Value, shared bool) (js.Value, error) {
	stream := js.Global().Get("Response").New(program).Get("body")
	fitted, err := promise.Try(func() js.Value { return js.Global().Get("homeroom").Call("fit", stream, shared) })
	if err != nil {
		return fitted, err
	}
	bytes, err := promise.AwaitCall(js.Global().Get("Response").New(fitted), "arrayBuffer")
	if err != nil {
		return bytes, err
	}
	return promise.AwaitCall(js.Global().Get("WebAssembly"), "compile", bytes)
}

// watch waits in line for the lock that a worker holds: it becomes free when the worker ends, even
// where the browser ends it and no event tells. Pages without a secure connection have no locks,
// nor has one for which the browser keeps nothing.
func (p *page) watch(id int, w *worker) {
	if w.watched || w.lock == "" {
		return
	}
	w.watched = true
	var free js.Func
	free = js.FuncOf(func(js.Value, []js.Value) any {
		free.Release()
		if p.workers[id] == w {
			p.send(outside.WorkerDied{Worker: id, Why: "the browser ended it"})
		}
		return nil
	})
	js.Global().Get("navigator").Get("locks").Call("request", w.lock, free)
}

func (p *page) post(e outside.Post) {
	w := p.workers[e.Worker]
	if w == nil {
		return
	}
	object, transfer, err := protocol.Encode(e.Message)
	if err != nil {
		p.send(outside.WorkerDied{Worker: e.Worker, Why: err.Error()})
		return
	}
	w.thread.Call("postMessage", object, transfer)
}

func (p *page) terminate(e outside.Terminate) {
	w := p.workers[e.Worker]
	if w == nil {
		return
	}
	delete(p.workers, e.Worker)
	w.thread.Call("removeEventListener", "message", w.onMessage)
	w.thread.Call("removeEventListener", "error", w.onError)
	w.thread.Call("removeEventListener", "messageerror", w.onUnread)
	w.thread.Call("terminate")
	w.onMessage.Release()
	w.onError.Release()
	w.onUnread.Release()
}
