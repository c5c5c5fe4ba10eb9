//go:build js && wasm

package browser

import (
	"syscall/js"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/promise"
)

// holding is the locks of projects that this tab has, and its way to the other tabs.
type holding struct {
	free    map[string]js.Value // gives a lock up, by project
	channel js.Value            // undefined where there is none
}

func (p *page) hearTabs() {
	h := &p.holding
	h.free = map[string]js.Value{}
	seen := js.FuncOf(func(js.Value, []js.Value) any {
		p.send(outside.Seen{})
		return nil
	})
	js.Global().Call("addEventListener", "homeroom seen", seen) // by the boot script
	js.Global().Call("addEventListener", "focus", seen)
	channel := js.Global().Get("BroadcastChannel")
	if !channel.Truthy() {
		return
	}
	var err error
	if h.channel, err = promise.Try(func() js.Value { return channel.New("homeroom projects") }); err != nil {
		h.channel = js.Undefined()
		return
	}
	h.channel.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if project := args[0].Get("data"); project.Type() == js.TypeString {
			p.send(outside.Called{Project: project.String()})
		}
		return nil
	}))
}

func (h *holding) call(project string) {
	if h.channel.Truthy() {
		h.channel.Call("postMessage", project)
	}
}

// hold asks for the lock of a project. boot.js has found out whether there are locks: where site
// data is blocked they refuse.
func (p *page) hold(e outside.Hold) {
	h := &p.holding
	out := outside.Held{Ticket: e.Ticket, Project: e.Project, Mine: true}
	switch {
	case h.free[e.Project].Truthy():
	case !js.Global().Get("homeroom").Get("locks").Truthy():
		out.Unsure = true
	default:
		out.Mine = p.lock(e)
	}
	p.send(out)
}

// lock tells whether this tab got the lock, which it has until it lets go or another takes it by
// force.
func (p *page) lock(e outside.Hold) bool {
	h := &p.holding
	options := map[string]any{"ifAvailable": true}
	if signal := js.Global().Get("AbortSignal"); e.Steal {
		options = map[string]any{"steal": true}
	} else if e.Patience > 0 && signal.Truthy() && signal.Get("timeout").Truthy() {
		options = map[string]any{"signal": signal.Call("timeout", e.Patience.Milliseconds())}
	}
	got := make(chan bool, 2)
	mine := js.Undefined()
	take := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if !args[0].Truthy() {
			got <- false
			return nil
		}
		keep := js.FuncOf(func(_ js.Value, args []js.Value) any {
			mine = args[0]
			h.free[e.Project] = mine
			return nil
		})
		held := js.Global().Get("Promise").New(keep)
		keep.Release()
		got <- true
		return held // for as long as this is not settled
	})
	asked, err := promise.Try(func() js.Value {
		return js.Global().Get("navigator").Get("locks").Call("request", "homeroom project "+e.Project, options, take)
	})
	if err != nil {
		take.Release()
		return false
	}
	go func() {
		_, err := promise.Await(asked)
		take.Release()
		if err == nil {
			return
		}
		if mine.Truthy() && h.free[e.Project].Equal(mine) {
			delete(h.free, e.Project)
			p.send(outside.Stolen{Project: e.Project})
		}
		got <- false
	}()
	return <-got
}

func (h *holding) letGo(project string) {
	if free := h.free[project]; free.Truthy() {
		delete(h.free, project)
		free.Invoke()
	}
}
