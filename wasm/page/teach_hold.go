//go:build js && wasm

package page

import (
	"syscall/js"
	"time"

	"homeroom/wasm/promise"
	"homeroom/wasm/store"
	"homeroom/wasm/teach"
)

// A project is changed in one tab at a time. Which one that is stands in the store, where each write looks for it, so that two tabs never
// write to one project. Locks tell whether that tab is still there.

// holding is what a tab knows of the projects that it holds.
type holding struct {
	tab     string              // its name
	claimed string              // the project that the store says it holds
	locks   map[string]js.Value // gives one up, by project
	channel js.Value            // to the other tabs; undefined where there is none

	clearing bool // what was cleared is being written again
}

// How long a project is waited for: that the page which was here before a reload lets go of it; and that the tab which holds it saves what
// it has, once it is asked for.
const (
	patientHold = 700 * time.Millisecond
	politeHold  = 5 * time.Second
)

// listen hears other tabs ask for a project.
func (k *keeper) listen() {
	k.locks = map[string]js.Value{}
	check := js.FuncOf(func(js.Value, []js.Value) any {
		if js.Global().Get("document").Get("visibilityState").String() == "visible" {
			go k.checkCleared()
		}
		return nil
	})
	js.Global().Get("document").Call("addEventListener", "visibilitychange", check)
	js.Global().Call("addEventListener", "focus", check)
	channel := js.Global().Get("BroadcastChannel")
	if !channel.Truthy() {
		return
	}
	var err error
	if k.channel, err = promise.Try(func() js.Value { return channel.New("homeroom projects") }); err != nil {
		return
	}
	k.channel.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		id := args[0].Get("data").String()
		go func() {
			if p := k.t.project(); p != nil && p.ID == id && k.has(id) {
				if !k.failed {
					k.flush()
				}
				k.lost(id)
			}
			if k.gone == nil || k.gone.id != id { // what can be brought back here is not given away
				k.letGo(id)
			}
		}()
		return nil
	}))
}

// canLock tells whether there are locks, which need a secure connection and site data.
func canLock() bool { return js.Global().Get("homeroom").Get("locks").Truthy() }

// has tells whether this tab holds a project. Without a store, or without locks, nobody else is asked.
func (k *keeper) has(id string) bool {
	return k.store == nil || k.locks[id].Truthy()
}

// hold waits for a project to be free, for so long, and tells whether this tab has it.
func (k *keeper) hold(id string, patience time.Duration) bool {
	if k.locks[id].Truthy() {
		return true
	}
	options := map[string]any{"ifAvailable": true}
	if signal := js.Global().Get("AbortSignal"); patience > 0 && signal.Truthy() && signal.Get("timeout").Truthy() {
		options = map[string]any{"signal": signal.Call("timeout", patience.Milliseconds())}
	}
	return k.lock(id, options)
}

// lock asks for the lock of a project, and tells whether this tab got it.
func (k *keeper) lock(id string, options map[string]any) bool {
	if !canLock() {
		k.locks[id] = js.FuncOf(func(js.Value, []js.Value) any { return nil }).Value
		return true
	}
	got := make(chan bool, 2)
	take := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if !args[0].Truthy() {
			got <- false
			return nil
		}
		keep := js.FuncOf(func(_ js.Value, args []js.Value) any {
			k.locks[id] = args[0]
			return nil
		})
		hold := js.Global().Get("Promise").New(keep)
		keep.Release()
		got <- true
		return hold // for as long as this is not settled
	})
	asked, err := promise.Try(func() js.Value {
		return js.Global().Get("navigator").Get("locks").Call("request", "homeroom project "+id, options, take)
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
		if k.locks[id].Truthy() { // another tab took it by force
			delete(k.locks, id)
			k.lost(id)
		}
		got <- false
	}()
	return <-got
}

// letGo gives a project up.
func (k *keeper) letGo(id string) {
	if free := k.locks[id]; free.Truthy() {
		delete(k.locks, id)
		free.Invoke()
	}
}

// settle holds a project that is shown, and lets go of all others but one that can be brought back.
func (k *keeper) settle(id string) {
	for other := range k.locks {
		if other != id && (k.gone == nil || other != k.gone.id) {
			k.letGo(other)
		}
	}
	if k.claimed != id { // it is new, or another tab has it
		k.claimed = ""
		if k.store != nil {
			if by, err := k.store.Holder(id); err == nil && by == "" {
				k.hold(id, 0)
			}
		}
	}
}

// write writes records of the project that this tab holds.
func (k *keeper) write(id string, records []store.Record) error {
	if k.claimed == id {
		return k.store.WriteAs(id, k.tab, records)
	}
	if len(records) == 0 {
		return nil
	}
	err := k.store.Write(append([]store.Record{store.Hold(id, k.tab)}, records...))
	if err == nil {
		k.claimed = id
	}
	return err
}

// lost is called when another tab holds the project from now on.
func (k *keeper) lost(id string) {
	p := k.t.project()
	if k.claimed == id {
		k.claimed = ""
	}
	k.letGo(id)
	if p == nil || p.ID != id || k.t.screen.Elsewhere {
		return
	}
	unsaved := k.failed
	t := k.t
	t.camera.close()
	t.camera.stopLive()
	t.lesson.reset()
	t.reader.reset()
	if k.due, k.failed = false, false; !unsaved {
		k.waiting = nil
	}
	t.screen.Elsewhere, t.screen.Save = true, teach.Save{State: "elsewhere", Firm: t.screen.Save.Firm}
	if unsaved {
		t.notice("Another tab works on this project now. What could not be saved before is here still, and only here: save the project as a file to keep it.", "project-save", "Save as a file")
	}
	t.screen.Result = nil
	t.followCurrent()
	t.app.say("This project is worked on in another tab now.")
	t.ready()
}

// take works on the project here, and has the other tab let go of it.
func (k *keeper) take() {
	p := k.t.project()
	if p == nil || k.store == nil || k.has(p.ID) {
		return
	}
	if k.channel.Truthy() {
		k.channel.Call("postMessage", p.ID)
	}
	// A tab that hangs, or that the browser has put to sleep, does not answer; what it wants to write then is refused.
	if !k.hold(p.ID, politeHold) && !k.lock(p.ID, map[string]any{"steal": true}) {
		k.t.notice("The other tab does not let go of the project. Close it, and try again.", "", "")
		return
	}
	if k.load(p.ID) {
		k.list()
		k.t.app.say("You work on this project here now.")
		k.t.draw()
	}
}

// deletion is the record of a project that was deleted and can still be brought back, or, where it is not on, that it was.
func deletion(id string, on bool) store.Record {
	r := store.Record{Kind: store.Notes, Key: []any{"deleted", id}}
	if on {
		r.Value = time.Now().Format(time.RFC3339)
	}
	return r
}

// deleted are the projects that were deleted, in this tab or another, and can still be brought back there.
func (k *keeper) deleted() (map[string]bool, error) {
	gone := map[string]bool{}
	err := k.store.All(store.Notes, []any{"deleted"}, func(keys, values []js.Value) error {
		for i, key := range keys {
			if key.Length() > 1 {
				gone[key.Index(1).String()] = true
			} else if values[i].Type() == js.TypeString { // of an earlier version of the page
				gone[values[i].String()] = true
			}
		}
		return nil
	})
	return gone, err
}

// erase deletes what is kept of a project for good.
func (k *keeper) erase(id string) error {
	if err := k.store.Clear(id); err != nil {
		return err
	}
	return k.store.Write([]store.Record{deletion(id, false), store.LetGo(id)})
}

// sweepDeleted deletes for good what was deleted in tabs that are closed by now: no tab holds it any more.
func (k *keeper) sweepDeleted() {
	gone, err := k.deleted()
	if err != nil {
		return // the list says so
	}
	for id := range gone {
		if k.hold(id, 0) {
			if k.erase(id) == nil {
				_ = k.store.Write([]store.Record{{Kind: store.Notes, Key: []any{"deleted"}}})
			}
			k.letGo(id)
		}
	}
}

// reading tells whether the project is only shown here, and says so where that is why nothing happens.
func (t *teacher) reading() bool {
	if !t.screen.Elsewhere {
		return false
	}
	t.app.say("This project is open in another tab. Press “Work on it here” to change it here.")
	if button := t.root.Call("querySelector", "[data-do=project-take]"); button.Truthy() {
		button.Call("scrollIntoView", map[string]any{"block": "center"})
	}
	return true
}
