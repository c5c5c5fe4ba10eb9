//go:build js && wasm

package session

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
)

// A Session keeps what this tab has of photos for as long as it is open: in a database of its own,
// under an ID that only this tab has, and of which it holds the lock. What is there of sessions
// whose lock nobody holds is deleted: their tabs were closed.
type Session struct {
	id    string // "" until there is one
	begun bool   // an earlier page of this tab began it, as far as is known
	held  bool   // the lock is
	store *store.Store
	item  string // that it wrote last of itself
}

// kinds are what is kept of a photo, in the order in which it comes back.
var kinds = []string{store.Cards, store.Pictures, store.Files, store.Vectors}

const (
	// sessionItem is what the browser keeps of the session for the tab alone: its ID, the highest
	// ID of its photos, and how many there are.
	sessionItem = "homeroom session"
	noteItem    = "homeroom note"
	// sessionLock is what its lock is called, before its ID.
	sessionLock = "homeroom session "
	// reloading is how long a page may take from leaving its lock to the next page that takes it.
	reloading = 5 * time.Second
	// tidied is how long after the page began it looks for what closed tabs have left.
	tidied = 10 * time.Second
)

// Start reads what an earlier page of this tab left, and returns the highest ID of its photos and
// how many there are.
func (k *Session) Start() (last, kept int) {
	if item := strings.Fields(tabItem(sessionItem)); len(item) == 3 {
		last, _ = strconv.Atoi(item[1])
		if kept, _ = strconv.Atoi(item[2]); last >= kept {
			k.id = item[0]
		}
	}
	k.begun = k.id != ""
	time.AfterFunc(tidied, k.tidy)
	if !k.begun {
		return 0, 0
	}
	return last, kept
}

// tabItem is what the browser keeps under a name for this tab alone, "" where there is nothing or
// the page may not look.
func tabItem(name string) string {
	if js.Global().Get("homeroom").Get("session").IsNull() {
		return ""
	}
	v, err := promise.Try(func() js.Value { return js.Global().Get("homeroom").Get("session").Call("getItem", name) })
	if err != nil || v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

// setTabItem keeps a text under a name for this tab alone. The error is the browser's, which may
// refuse.
func setTabItem(name, text string) error {
	_, err := promise.Try(func() js.Value { return js.Global().Get("homeroom").Get("session").Call("setItem", name, text) })
	return err
}

// Note is what this tab noted before the page was loaded anew, "" for nothing.
func Note() string { return tabItem(noteItem) }

// SetNote notes it, where the browser lets it.
func SetNote(text string) {
	if !js.Global().Get("homeroom").Get("session").IsNull() {
		_ = setTabItem(noteItem, text) // as full as it is, it may refuse
	}
}

var errNoSession = errors.New("this browser keeps nothing for a tab alone")

// leaving is how long this tab's page of before may take to let go of the lock: on a busy machine
// it was more than 2 seconds.
const leaving = 6 * time.Second

// open has the lock and the database, where they can be had. A tab that was made as the copy of
// another has that one's ID, too, and begins a session of its own.
func (k *Session) open() error {
	if k.held && k.store != nil {
		return nil
	}
	if homeroom := js.Global().Get("homeroom"); !homeroom.Get("locks").Truthy() || homeroom.Get("session").IsNull() {
		return errNoSession
	}
	if !k.held && k.begun && holds(sessionLock+k.id, leaving) {
		k.held = true
	}
	if !k.held {
		k.id, k.begun = strconv.FormatUint(rand.Uint64(), 36)+strconv.FormatUint(rand.Uint64(), 36), false
		if k.held = holds(sessionLock+k.id, 2*time.Second); !k.held {
			return errNoSession
		}
	}
	s, err := store.OpenSessions()
	if err == nil {
		k.store = s
	}
	return err
}

// holds waits for a lock, which this page then has until it is gone.
func holds(name string, patience time.Duration) bool {
	got := make(chan bool, 2)
	never := js.FuncOf(func(js.Value, []js.Value) any { return nil })
	take := js.FuncOf(func(js.Value, []js.Value) any {
		got <- true
		return js.Global().Get("Promise").New(never)
	})
	options := map[string]any{"ifAvailable": false}
	if signal := js.Global().Get("AbortSignal"); signal.Get("timeout").Truthy() {
		options["signal"] = signal.Call("timeout", patience.Milliseconds())
	}
	asked, err := promise.Try(func() js.Value {
		return js.Global().Get("navigator").Get("locks").Call("request", name, options, take)
	})
	if err != nil {
		return false
	}
	go func() {
		if _, err := promise.Await(asked); err != nil {
			got <- false
		}
	}()
	return <-got
}

// Recall tells what was kept of this session: first all records, so that every photo is there at
// once, and then what is larger.
func (k *Session) Recall(tell func([]outside.Kept)) error {
	if !k.begun {
		return nil
	}
	// The boot script hid what the page opens on.
	defer js.Global().Get("document").Get("documentElement").Call("removeAttribute", "data-returning")
	if err := k.open(); err != nil || !k.begun { // it is another tab's
		return err
	}
	for _, kind := range kinds {
		err := k.store.All(kind, []any{k.id}, func(keys, values []js.Value) error {
			piece := make([]outside.Kept, len(keys))
			for i, v := range values {
				one := &piece[i]
				one.ID = keys[i].Index(1).Int()
				switch kind {
				case store.Cards:
					one.Record = v.String()
				case store.Pictures:
					one.Picture = protocol.Of(v)
				case store.Files:
					one.File = protocol.Of(v)
				default:
					one.Vector = protocol.Of(v)
				}
			}
			tell(piece)
			time.Sleep(time.Millisecond) // the page answers in between
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Remember keeps photos and drops others. The error is store.ErrFull where there is no room.
func (k *Session) Remember(e outside.Remember) error {
	if e.Count == 0 && len(e.Photos) == 0 && !k.begun && !k.held {
		return nil // there is nothing, and was nothing
	}
	if err := k.open(); err != nil {
		return err
	}
	item := k.id + " " + strconv.Itoa(e.Last) + " " + strconv.Itoa(e.Count)
	if item != k.item {
		if err := setTabItem(sessionItem, item); err != nil {
			return err
		}
		k.item = item
	}
	if e.All {
		if err := k.store.Clear(k.id); err != nil {
			return err
		}
	}
	records := []store.Record{{Kind: store.Sessions, Key: []any{k.id}, Value: ""}}
	for _, id := range e.Gone {
		for _, kind := range kinds {
			records = append(records, store.Record{Kind: kind, Key: []any{k.id, id}})
		}
	}
	for _, one := range e.Photos {
		records = append(records, store.Record{Kind: store.Cards, Key: []any{k.id, one.ID}, Value: one.Record})
		for i, object := range []protocol.Object{one.Picture, one.File, one.Vector} {
			if object != nil {
				records = append(records, store.Record{Kind: kinds[1+i], Key: []any{k.id, one.ID}, Value: object.Value})
			}
		}
	}
	return k.store.Write(records)
}

// tidy deletes what tabs have left that were closed: sessions whose lock nobody holds, now or a
// while later, when a page that is being loaded again has it.
func (k *Session) tidy() {
	if !js.Global().Get("homeroom").Get("locks").Truthy() || !store.HasSessions() {
		return
	}
	s := k.store
	if s == nil {
		var err error
		if s, err = store.OpenSessions(); err != nil {
			return
		}
	}
	left := map[string]js.Value{}
	if s.All(store.Sessions, []any{}, func(keys, _ []js.Value) error {
		for _, key := range keys {
			left[key.Index(0).String()] = key
		}
		return nil
	}) != nil {
		return
	}
	for i := range 2 {
		if i > 0 {
			time.Sleep(reloading)
		}
		query, err := promise.AwaitCall(js.Global().Get("navigator").Get("locks"), "query")
		if err != nil {
			return
		}
		for _, lock := range elements(query.Get("held")) {
			if id, is := strings.CutPrefix(lock.Get("name").String(), sessionLock); is {
				delete(left, id)
			}
		}
		if len(left) == 0 {
			return
		}
	}
	for id := range left {
		if s.Clear(id) == nil {
			_ = s.Drop(store.Sessions, id)
		}
	}
}

func elements(v js.Value) []js.Value {
	out := make([]js.Value, v.Length())
	for i := range out {
		out[i] = v.Index(i)
	}
	return out
}
