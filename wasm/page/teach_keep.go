//go:build js && wasm

package page

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"homeroom/wasm/sheet"
	"homeroom/wasm/store"
	"homeroom/wasm/teach"
	"homeroom/wasm/words"
)

// A keeper saves the project as it changes.
type keeper struct {
	t        *teacher
	store    *store.Store
	why      error // there is no store
	waiting  []store.Record
	writing  bool
	due      bool
	failed   bool
	wanted   float64 // bytes for which reading waits; 0 where it does not wait for room
	watching bool    // whether there is room again
	asked    bool    // whether the browser was asked not to clear what is kept
	gone     *removed
	letGo    js.Value // gives up the claim on the project that is open
}

// removed is a project that was deleted and can still be brought back.
type removed struct{ id, name string }

// saveDelay gathers changes that come together into one write.
const saveDelay = 150 * time.Millisecond

// mostWaiting is how many records may wait to be written before reading waits too.
const mostWaiting = 200

// begin opens the store, and in it the project that was open last.
func (k *keeper) begin(t *teacher) {
	k.t = t
	k.store, k.why = store.Open()
	if k.why != nil {
		t.screen.Project = teach.New(newID(), "My classes", time.Now())
		k.fail(k.why)
		t.ready()
		return
	}
	// A project that was deleted could be brought back until the page was closed.
	if v, err := k.store.Read(store.Notes, "deleted"); err == nil && v.Type() == js.TypeString {
		if k.store.Clear(v.String()) == nil {
			k.waiting = append(k.waiting, store.Record{Kind: store.Notes, Key: []any{"deleted"}})
		}
	}
	k.sweep()
	last := ""
	if v, err := k.store.Read(store.Notes, "open"); err == nil && v.Type() == js.TypeString {
		last = v.String()
	}
	k.list()
	if last == "" && len(t.screen.Projects) > 0 {
		last = t.screen.Projects[0].ID
	}
	if last != "" && k.load(last) {
		return
	}
	k.use(teach.New(newID(), k.freeName("My classes"), time.Now()))
}

// opening is the note of a project file that is being opened: the ID that its project is to have, a space, and when that began, in
// milliseconds since 1970.
const opening = "opening"

// longOpening is after what time a file that was being opened is no longer: its tab was closed.
const longOpening = time.Hour

// sweep deletes what is left of a file whose opening was cut short. No list has its project.
func (k *keeper) sweep() {
	v, err := k.store.Read(store.Notes, opening)
	if err != nil || v.Type() != js.TypeString {
		return
	}
	id, since, _ := strings.Cut(v.String(), " ")
	began, err := strconv.ParseInt(since, 10, 64)
	if err == nil && time.Since(time.UnixMilli(began)) < longOpening {
		return // perhaps another tab is at it
	}
	if listed, err := k.store.Read(store.Projects, id); err == nil && (listed.Type() == js.TypeString || k.store.Clear(id) == nil) {
		_ = k.store.Write([]store.Record{{Kind: store.Notes, Key: []any{opening}}}) // else it is swept again the next time
	}
}

// list brings the list of projects up to date.
func (k *keeper) list() {
	var all []teach.Summary
	err := k.store.All(store.Projects, nil, func(_, values []js.Value) error {
		for _, v := range values {
			if s, err := teach.Summarise([]byte(v.String())); err == nil && (k.gone == nil || s.ID != k.gone.id) {
				all = append(all, s)
			}
		}
		return nil
	})
	if err != nil {
		k.t.notice("The list of your projects could not be read: "+err.Error()+".", "", "")
	}
	slices.SortFunc(all, func(a, b teach.Summary) int { return b.Saved.Compare(a.Saved) })
	k.t.screen.Projects = all
}

// freeName is a name that no project has.
func (k *keeper) freeName(name string) string {
	for n := 1; ; n++ {
		try := name
		if n > 1 {
			try += " " + strconv.Itoa(n)
		}
		if !slices.ContainsFunc(k.t.screen.Projects, func(s teach.Summary) bool { return s.Name == try }) {
			return try
		}
	}
}

// load opens a saved project and tells whether it could.
func (k *keeper) load(id string) bool {
	text, err := k.store.Read(store.Projects, id)
	if err != nil || text.IsUndefined() {
		return false
	}
	var photos []*teach.Photo
	var edits []teach.SavedEdit
	if err = k.store.All(store.Photos, []any{id}, func(_, values []js.Value) error {
		for _, v := range values { // here, so that the page answers in between
			photo, err := teach.DecodePhoto([]byte(v.String()))
			if err != nil {
				return err
			}
			photos = append(photos, photo)
		}
		return nil
	}); err == nil {
		err = k.store.All(store.Edits, []any{id}, func(keys, values []js.Value) error {
			for i, v := range values {
				edits = append(edits, teach.SavedEdit{Number: keys[i].Index(1).Int(), JSON: []byte(v.String())})
			}
			return nil
		})
	}
	if err == nil {
		var p *teach.Project
		var gone []*teach.Photo
		if p, gone, err = teach.Decode([]byte(text.String()), photos, edits); err == nil {
			for _, photo := range gone {
				k.forget(p.ID, photo)
			}
			k.use(p)
			if p.Unread > 0 {
				k.t.notice(words.Plural(p.Unread, "photo was", "photos were")+" still to be read when this page was closed. Add the same photos or folders again: those that are here already are recognised.", "", "")
				p.Unread = 0
			}
			return true
		}
	}
	k.t.notice("A saved project could not be opened: "+err.Error()+".", "", "")
	return false
}

// forget drops what is kept of a photo.
func (k *keeper) forget(project string, ph *teach.Photo) {
	k.waiting = append(k.waiting, store.Record{Kind: store.Photos, Key: []any{project, ph.ID}}, store.Record{Kind: store.Thumbs, Key: []any{project, ph.ID}}, store.Record{Kind: store.Fulls, Key: []any{project, ph.ID}})
	for _, space := range ph.Spaces {
		k.waiting = append(k.waiting, store.Record{Kind: store.Features, Key: []any{project, space, ph.ID}})
	}
}

// use shows a project.
func (k *keeper) use(p *teach.Project) {
	t := k.t
	t.reader.reset()
	t.lesson.reset()
	t.asks.clear()
	t.thumbs.clear()
	t.full.clear()
	s := t.screen
	s.Keeping, s.AllClasses = teach.Keeping{}, false
	s.Project, s.Result, s.Cell, s.Open, s.Picked, s.PickedTried, s.Search = p, nil, nil, 0, 0, 0, ""
	s.Classes, s.Photos, s.Picks = teach.PageOfClasses, teach.PageOfPhotos, map[int]bool{}
	s.Problems, s.Notices, s.Compare, s.Heat, s.Curve, s.Sizes = nil, nil, [2]int{}, sheet.Heat{}, teach.CurveState{}, teach.Sizes{}
	s.Tab = teach.TabPhotos
	if k.store != nil {
		k.waiting = append(k.waiting, store.Record{Kind: store.Notes, Key: []any{"open"}, Value: p.ID})
	}
	k.soon()
	k.claim(p.ID, 1)
	t.followCurrent()
	t.ready()
	t.lesson.resume()
}

// claim tells other tabs that this one has the project open, and the person where another tab has it already.
func (k *keeper) claim(id string, again int) {
	if k.letGo.Truthy() {
		k.letGo.Invoke()
		k.letGo = js.Undefined()
	}
	locks := js.Global().Get("navigator").Get("locks")
	if !locks.Truthy() {
		return
	}
	keep := js.FuncOf(func(_ js.Value, args []js.Value) any {
		k.letGo = args[0]
		return nil
	})
	hold := js.Global().Get("Promise").New(keep)
	keep.Release()
	var got js.Func
	got = js.FuncOf(func(_ js.Value, args []js.Value) any {
		got.Release()
		switch {
		case args[0].Truthy():
			return hold // for as long as this is not settled
		case again > 0: // the page that was here before a reload may not have let go yet
			time.AfterFunc(time.Second, func() {
				if p := k.t.project(); p != nil && p.ID == id {
					k.claim(id, again-1)
				}
			})
		default:
			k.t.notice("This project is open in another tab too. Change it in one of them only: what is changed in both may overwrite each other.", "", "")
		}
		return nil
	})
	locks.Call("request", "homeroom project "+id, map[string]any{"ifAvailable": true}, got)
}

// ready is called once a project is there.
func (t *teacher) ready() {
	if t.visible() {
		t.reader.need()
	}
	t.draw()
}

// fresh begins a new project.
func (k *keeper) fresh() {
	k.flush()
	if k.store != nil {
		k.list()
	}
	k.use(teach.New(newID(), k.freeName("My classes"), time.Now()))
	k.t.app.say("A new project.")
	k.t.focus("#project-name")
	k.t.root.Call("querySelector", "#project-name").Call("select")
}

// open opens another project.
func (k *keeper) open(id string) {
	k.flush()
	if k.failed {
		return
	}
	if k.load(id) {
		k.list()
		k.t.draw()
	}
}

// remove deletes the project that is open. It can be brought back until another is deleted or the page is closed.
func (k *keeper) remove() {
	p := k.t.project()
	k.flush()
	k.purge()
	k.gone = &removed{p.ID, p.Name}
	if k.store != nil {
		k.list()
	}
	next := ""
	if len(k.t.screen.Projects) > 0 {
		next = k.t.screen.Projects[0].ID
	}
	if next == "" || !k.load(next) {
		k.use(teach.New(newID(), k.freeName("My classes"), time.Now()))
	}
	k.t.notice("Deleted the project "+p.Name+".", "project-undelete", "Bring it back")
	// Should the page be closed now, the deletion still holds.
	if k.store != nil {
		k.waiting = append(k.waiting, store.Record{Kind: store.Notes, Key: []any{"deleted"}, Value: p.ID})
		k.soon()
	}
}

// purge deletes for good the project that was deleted before.
func (k *keeper) purge() {
	if k.gone != nil && k.store != nil {
		if err := k.store.Clear(k.gone.id); err != nil {
			k.t.notice("The project "+k.gone.name+" could not be deleted: "+err.Error()+".", "", "")
		}
	}
	k.gone = nil
}

func (k *keeper) bringBack() {
	gone := k.gone
	k.gone = nil
	if gone == nil {
		return
	}
	k.flush()
	k.load(gone.id)
	k.waiting = append(k.waiting, store.Record{Kind: store.Notes, Key: []any{"deleted"}})
	k.list()
	k.soon()
}

// dirty tells whether anything is still to be saved.
func (k *keeper) dirty() bool { return (k.due || k.writing) && !k.failed }

// full tells whether reading should wait for what is still to be written.
func (k *keeper) full() bool { return len(k.waiting) > mostWaiting }

// add has a record written with the next changes.
func (k *keeper) add(r ...store.Record) {
	k.waiting = append(k.waiting, r...)
	k.soon()
}

// soon saves what changed, a moment from now.
func (k *keeper) soon() {
	if k.due || k.failed {
		return
	}
	k.due = true
	if k.t.screen.Save.State != "failed" {
		k.t.screen.Save.State = "saving"
	}
	time.AfterFunc(saveDelay, func() {
		if k.due {
			k.flush()
		}
	})
	k.t.draw()
}

// again tries to save after it failed.
func (k *keeper) again() {
	if k.store == nil {
		go func() {
			if k.store, k.why = store.Open(); k.why != nil {
				k.fail(k.why)
				return
			}
			k.failed = false
			k.soon()
		}()
		return
	}
	k.failed = false
	k.t.screen.Save = teach.Save{State: "saving", Firm: k.t.screen.Save.Firm}
	k.soon()
	k.t.reader.relent()
}

// flush saves what changed, and waits for it.
func (k *keeper) flush() {
	for k.writing {
		time.Sleep(5 * time.Millisecond)
	}
	k.due = false
	p := k.t.project()
	if p == nil || k.failed {
		return
	}
	if k.store == nil {
		k.fail(k.why)
		return
	}
	k.writing = true
	records := k.waiting
	k.waiting = nil
	photos, itself := p.Unsaved()
	for _, ph := range photos {
		records = append(records, store.Record{Kind: store.Photos, Key: []any{p.ID, ph.ID}, Value: string(ph.Encode())})
	}
	edits, dropped := p.UnsavedEdits()
	for _, e := range edits {
		records = append(records, store.Record{Kind: store.Edits, Key: []any{p.ID, e.Number}, Value: string(e.JSON)})
	}
	for _, number := range dropped {
		records = append(records, store.Record{Kind: store.Edits, Key: []any{p.ID, number}})
	}
	if itself || len(photos) > 0 {
		records = append(records, store.Record{Kind: store.Projects, Key: []any{p.ID}, Value: string(p.Encode(time.Now()))})
	}
	err := k.store.Write(records)
	if rest := withoutFulls(records); errors.Is(err, store.ErrFull) && len(rest) < len(records) {
		// The photos themselves were too much; all else may still fit.
		k.t.noRoomForFulls(records)
		if err = k.store.Write(rest); err != nil {
			records = rest
		}
	}
	k.writing = false
	if err != nil {
		// Nothing of it was written: all of it is tried again.
		k.waiting = append(records, k.waiting...)
		for _, ph := range photos {
			p.Touched(ph)
		}
		p.Changed()
		k.fail(err)
		return
	}
	if !k.due {
		k.t.screen.Save.State = "saved"
	}
	if !k.asked && p.Count() > 0 {
		k.asked = true
		go func() {
			k.t.screen.Save.Firm = store.Persist()
			k.t.draw()
		}()
	}
	k.t.reader.dispatch()
	k.t.draw()
}

// fail says that the latest changes are not saved, and why.
func (k *keeper) fail(err error) {
	k.failed = true
	const kept = " What was saved before is safe, and the latest changes stay in this tab while it is open. "
	why := sentence(err.Error()) + " What was saved before is safe. Save the project as a file to keep the rest."
	switch {
	case errors.Is(err, store.ErrFull):
		why = "The browser has no more room for this page." + kept + makeRoom + " It goes on by itself as soon as there is room. You can also save the project as a file."
		go k.watch()
	case k.store != nil: // a disk without room is told of as any fault of it
		why = "The browser could not write to its store (" + plain(err) + "), as when the device has no more room." + kept + makeRoom + " It tries again by itself. You can also save the project as a file."
		go k.watch()
	}
	k.t.screen.Save = teach.Save{State: "failed", Why: why, Firm: k.t.screen.Save.Firm}
	k.t.reader.hold(unsaved)
	k.t.draw()
}

// unsaved is why reading waits.
const unsaved = "Reading waits because not everything can be saved."

// makeRoom says what a person can do.
const makeRoom = "Free space on the device, or delete a project that you no longer need."

// room is how many of the bytes that photos need there is room for. Some are kept back: for heads, and because browsers count
// generously.
func room(need float64) (left float64, ok bool) {
	used, quota, ok := store.Room()
	spare := min(0.05*quota, 32<<20)
	if left = max(0, quota-used-spare); ok && need > left || need < worthTrying {
		return left, ok
	}
	spare = min(0.05*need, 32<<20)
	if fits, tried := store.Left(need + spare); tried {
		return max(0, fits-spare), true
	}
	return left, ok
}

// worthTrying is from how many bytes on it is tried whether there is room.
const worthTrying = 5 << 20

// roomFor has reading wait where the browser will not have room for so many photos, of which fulls bytes are kept
// themselves, and says so.
func (k *keeper) roomFor(n int, fulls float64) {
	// Of each photo its features, a thumbnail and what is known of it are kept.
	need := fulls + float64(n)*float64(12<<10+(len(k.t.reader.views())+len(k.t.reader.more()))*6<<10)
	left, ok := room(need)
	if !ok || need <= left {
		return
	}
	k.wanted = need
	k.t.reader.hold(fmt.Sprintf("These photos need about %s, and the browser has room for %s more. %s Reading then goes on by itself. If you continue now, what fits is kept.",
		words.Bytes(int64(need)), words.Bytes(int64(left)), makeRoom))
	k.watch()
}

// How often it is looked whether there is room again; and every how many looks, after some early ones, saving is tried
// although there seems to be none: not every browser tells what room there is.
const (
	watchEvery = 2 * time.Second
	tryAnyway  = 15
)

// watch goes on by itself once there is room.
func (k *keeper) watch() {
	if k.watching {
		return
	}
	k.watching = true
	defer func() { k.watching = false }()
	least := -1.0
	for n := 1; k.failed || k.t.reader.held(); n++ {
		time.Sleep(watchEvery)
		used, quota, ok := store.Room()
		if left := quota - used; least < 0 || left < least {
			least = left
		}
		switch {
		case k.failed && (ok && quota-used > least || n&(n-1) == 0 || n%tryAnyway == 0) && k.store != nil:
			k.failed = false
			if k.flush(); k.failed {
				least = -1
				continue
			}
			k.t.app.say("There is room again, and everything is saved.")
			k.t.reader.relent()
		case !k.failed && k.wanted > 0:
			if left, ok := room(k.wanted); ok && k.wanted <= left {
				k.t.app.say("There is room again.")
				k.t.reader.relent()
			}
		}
	}
}

// saved is a version as it is kept.
type savedVersion struct {
	head   js.Value // Uint8Array
	last   js.Value // the head as learning ended; null or undefined where that is the same
	quick  js.Value // a head that looks once; null or undefined where the head does
	result string   // JSON of a teach.Result
}

// version reads a version.
func (k *keeper) version(number int) (savedVersion, error) {
	p := k.t.project()
	for _, r := range slices.Backward(k.waiting) { // it may not be written yet
		if r.Kind == store.Heads && len(r.Key) == 2 && r.Key[0] == p.ID && r.Key[1] == number {
			m := r.Value.(map[string]any)
			return savedVersion{m["head"].(js.Value), m["last"].(js.Value), m["quick"].(js.Value), m["result"].(string)}, nil
		}
	}
	if k.store == nil {
		return savedVersion{}, errors.New("it was not saved")
	}
	for k.writing {
		time.Sleep(5 * time.Millisecond)
	}
	v, err := k.store.Read(store.Heads, p.ID, number)
	if err != nil {
		return savedVersion{}, err
	}
	if v.IsUndefined() {
		return savedVersion{}, errors.New("its head is missing")
	}
	return savedVersion{v.Get("head"), v.Get("last"), v.Get("quick"), v.Get("result").String()}, nil
}
