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

	"homeroom/core/project"
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
	holding
	marked   string // project that the store has a note of being shown, until it was
	complete bool   // all that is to be shown of it is there
}

// removed is a project that was deleted and can still be brought back.
type removed struct{ id, name string }

// saveDelay gathers changes that come together into one write.
const saveDelay = 150 * time.Millisecond

// mostWaiting is how many records may wait to be written before reading waits too.
const mostWaiting = 200

// begin opens the store, and in it the project that was open last. Where that cannot be shown, another is opened.
func (k *keeper) begin(t *teacher) {
	k.t = t
	k.tab = newID()
	k.listen()
	k.store, k.why = store.Open()
	if k.why != nil {
		t.screen.Project = teach.New(newID(), "My classes", time.Now())
		k.fail(k.why)
		t.ready()
		return
	}
	k.store.Closed = k.checkCleared
	k.sweepDeleted()
	k.sweep()
	last := ""
	if v, err := k.store.Read(store.Notes, "open"); err == nil && v.Type() == js.TypeString {
		last = v.String()
	}
	k.list()
	k.another(last)
}

// another opens a project that can be shown, the one that was open last if that is one, and says so where it is not.
func (k *keeper) another(last string) {
	list := slices.Clone(k.t.screen.Projects)
	slices.SortStableFunc(list, func(a, b teach.Summary) int {
		switch {
		case a.ID == last:
			return -1
		case b.ID == last:
			return 1
		}
		return 0
	})
	var told []teach.Notice // opening another takes what was told of the one before off the screen
	empty := 0
	open := func() bool {
		for i, s := range list {
			if s.ID == last && k.tries(s.ID) >= mostTries {
				told = append(told, unshown(s))
				k.t.app.say(told[0].Text)
				continue
			}
			if s.Classes+s.Photos == 0 && !k.hold(s.ID, patientHold) { // of one with nothing in it, in another tab, there is nothing to see
				empty++
				continue
			}
			if k.load(s.ID) {
				if i > empty {
					told = append(told, teach.Notice{Text: "“" + s.Name + "” was opened instead. The other is still in the list of projects."})
				}
				return true
			}
			told = append(told, k.t.screen.Notices...)
		}
		return false
	}
	if !open() {
		k.use(teach.New(newID(), k.freeName("My classes"), time.Now()))
	}
	k.t.screen.Notices = append(told, k.t.screen.Notices...)
	k.t.draw()
}

// showing is the note of a project that is about to be shown: its ID, a space, and how often that was begun and did not end. One that
// keeps the page from answering, or ends it, is not opened by itself again and again.
const showing = "showing"

// mostTries is how often a project is opened by itself that was not shown in the end.
const mostTries = 2

// tries is how often it was begun to show a project, in vain.
func (k *keeper) tries(id string) int {
	v, err := k.store.Read(store.Notes, showing)
	if err != nil || v.Type() != js.TypeString {
		return 0
	}
	of, times, _ := strings.Cut(v.String(), " ")
	if of != id {
		return 0
	}
	return number(times, 0, 1000)
}

// mark notes that a project is about to be shown, before anything of it is read.
func (k *keeper) mark(id string) {
	n := k.tries(id) + 1
	if err := k.store.Write([]store.Record{{Kind: store.Notes, Key: []any{showing}, Value: id + " " + strconv.Itoa(n)}}); err == nil {
		k.marked, k.complete = id, false
	}
}

// completed says that all that is to be shown of the project is there. The next drawing shows it.
func (k *keeper) completed() { k.complete = true }

// drawn is called after a drawing: a project that was shown is one that can be shown.
func (k *keeper) drawn() {
	if k.marked == "" || !k.complete {
		return
	}
	k.marked = ""
	time.AfterFunc(100*time.Millisecond, k.unmark) // once the browser has laid it out
}

func (k *keeper) unmark() {
	_ = k.store.Write([]store.Record{{Kind: store.Notes, Key: []any{showing}}}) // else it is one that could not be shown once
}

// unshown tells that a project is not opened because it could not be shown.
func unshown(s teach.Summary) teach.Notice {
	return teach.Notice{
		Text: "The project " + s.Name + " could not be shown twice: open another, save its file, or remove it.",
		More: []teach.Action{{Do: "project-rescue", Action: "Save its file", Project: s.ID}, {Do: "project-drop", Action: "Remove it", Project: s.ID}},
	}
}

// discard deletes a project that is not open. It can be brought back until another is deleted or the page is closed.
func (k *keeper) discard(id string) {
	i := slices.IndexFunc(k.t.screen.Projects, func(s teach.Summary) bool { return s.ID == id })
	if i < 0 || k.store == nil {
		return
	}
	name := k.t.screen.Projects[i].Name
	k.purge()
	if !k.hold(id, 0) {
		k.t.notice("The project "+name+" is open in another tab and was not deleted.", "", "")
		return
	}
	k.gone = &removed{id, name}
	if err := k.store.Write([]store.Record{deletion(id, true)}); err != nil {
		k.gone = nil
		k.fail(err)
		return
	}
	k.list()
	k.t.screen.Notices = slices.DeleteFunc(k.t.screen.Notices, func(n teach.Notice) bool { return len(n.More) > 0 && n.More[0].Project == id })
	k.t.notice("Deleted the project "+name+".", "project-undelete", "Bring it back")
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
	gone, err := k.deleted()
	damaged := 0
	if err == nil {
		err = k.store.All(store.Projects, nil, func(_, values []js.Value) error {
			for _, v := range values {
				switch s, err := teach.Summarise([]byte(v.String())); {
				case err != nil:
					damaged++
				case !gone[s.ID]:
					all = append(all, s)
				}
			}
			return nil
		})
	}
	if damaged > 0 {
		k.t.notice(words.Plural(damaged, "saved project cannot be read and is", "saved projects cannot be read and are")+" not in the list.", "", "")
	}
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
	if err == nil && text.Type() != js.TypeString {
		return false
	}
	if err == nil && k.hold(id, patientHold) {
		// From here on no other tab writes to it; what it wrote until now is read.
		if err = k.store.Write([]store.Record{store.Hold(id, k.tab)}); err == nil {
			k.claimed = id
			text, err = k.store.Read(store.Projects, id)
		}
	}
	k.mark(id)
	var photos []*teach.Photo
	var edits []teach.SavedEdit
	if err == nil {
		err = k.store.All(store.Photos, []any{id}, func(_, values []js.Value) error {
			for _, v := range values { // here, so that the page answers in between
				photo, err := teach.DecodePhoto([]byte(v.String()))
				if err != nil {
					return err
				}
				photos = append(photos, photo)
			}
			return nil
		})
	}
	if err == nil {
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
		if _, _, err = project.Decode([]byte(text.String()), nil, nil); err == nil { // it can be shown
			p, gone, err = teach.Decode([]byte(text.String()), photos, edits)
		}
		if err == nil {
			for _, photo := range gone {
				k.forget(p.ID, photo)
			}
			k.use(p)
			if p.Unread > 0 && k.has(id) { // else another tab reads them now
				k.t.notice(words.Plural(p.Unread, "photo was", "photos were")+" still to be read when this project was last worked on. Add the same photos or folders again: those that are here already are recognised.", "", "")
				p.Unread = 0
			}
			return true
		}
	}
	k.marked = ""
	k.unmark() // it ended, and is told of
	if p := k.t.project(); p == nil || p.ID != id {
		k.letGo(id)
	}
	name := "A saved project"
	if i := slices.IndexFunc(k.t.screen.Projects, func(s teach.Summary) bool { return s.ID == id }); i >= 0 {
		name = "The project “" + k.t.screen.Projects[i].Name + "”"
	}
	k.t.notice(name+" could not be opened: "+plain(err)+".", "", "")
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
	k.settle(p.ID)
	s.Elsewhere = !k.has(p.ID)
	if k.store != nil {
		_ = k.store.Write([]store.Record{{Kind: store.Notes, Key: []any{"open"}, Value: p.ID}}) // else another is opened first at the next visit
	}
	if k.soon(); s.Elsewhere {
		s.Save.State = "elsewhere"
	}
	t.followCurrent()
	t.ready()
	t.lesson.resume()
}

// ready is called once a project is there.
func (t *teacher) ready() {
	if t.visible() {
		t.reader.need()
	}
	t.draw()
	early := t.early
	t.early = nil
	for _, take := range early {
		go take()
	}
}

// leave saves what changed, and tells whether the project can be left. Where it cannot be saved, that is asked.
func (k *keeper) leave(do string) bool {
	k.flush()
	if !k.failed || k.t.project().Count() == 0 && len(k.t.project().Classes) == 0 {
		return true
	}
	k.t.notice("The latest changes to “"+k.t.project().Name+"” are not saved and would be lost. Save it as a file first, or make room and try again.", do, "Leave it without saving")
	return false
}

// drop gives up what could not be saved.
func (k *keeper) drop() {
	p := k.t.project()
	k.waiting = slices.DeleteFunc(k.waiting, func(r store.Record) bool { return len(r.Key) > 0 && r.Key[0] == p.ID })
	if k.failed = k.store == nil; !k.failed {
		k.t.screen.Save = teach.Save{State: "saved", Firm: k.t.screen.Save.Firm}
	}
}

// fresh begins a new project.
func (k *keeper) fresh(anyway bool) {
	switch {
	case anyway:
		k.drop()
	case !k.leave("project-new-anyway"):
		return
	}
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
	if !k.leave("") {
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
	if k.failed { // what is deleted need not be saved, but it is to come back whole
		k.drop()
	}
	k.purge()
	k.gone = &removed{p.ID, p.Name}
	if k.store != nil {
		// Should the page be closed now, the deletion still holds. As long as it is open, so does its claim on the project, by which
		// other tabs know that it may come back.
		if err := k.store.Write([]store.Record{deletion(p.ID, true)}); err != nil {
			k.gone = nil
			k.fail(err)
			return
		}
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
}

// purge deletes for good the project that was deleted before.
func (k *keeper) purge() {
	gone := k.gone
	k.gone = nil
	if gone == nil || k.store == nil {
		return
	}
	if err := k.erase(gone.id); err != nil {
		k.t.notice("The project "+gone.name+" could not be deleted: "+err.Error()+".", "", "")
	}
	k.letGo(gone.id)
}

func (k *keeper) bringBack() {
	gone := k.gone
	if gone == nil || !k.leave("") {
		return
	}
	if k.store == nil {
		k.t.notice("The project "+gone.name+" cannot be brought back, because nothing is kept here.", "", "")
		return
	}
	if err := k.store.Write([]store.Record{deletion(gone.id, false)}); err != nil {
		k.t.notice("The project "+gone.name+" could not be brought back: "+err.Error()+".", "", "")
		return
	}
	k.gone = nil
	if !k.load(gone.id) {
		k.t.notice("The project "+gone.name+" could not be brought back: it is not in the browser's store any more.", "", "")
	}
	k.list()
}

// dirty tells whether anything is still to be saved.
func (k *keeper) dirty() bool { return (k.due || k.writing) && !k.failed }

// full tells whether reading should wait for what is still to be written.
// Where nothing is kept there is nothing to wait for.
func (k *keeper) full() bool { return k.store != nil && len(k.waiting) > mostWaiting }

// add has a record written with the next changes.
func (k *keeper) add(r ...store.Record) {
	k.waiting = append(k.waiting, r...)
	k.soon()
}

// soon saves what changed, a moment from now.
func (k *keeper) soon() {
	if !k.has(k.t.project().ID) { // another tab holds it
		return
	}
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
			var s *store.Store
			if s, k.why = store.Open(); k.why != nil {
				k.fail(k.why)
				return
			}
			k.store, k.failed = s, false
			k.store.Closed = k.checkCleared
			k.hold(k.t.project().ID, 0)
			k.t.project().SaveAll()
			k.soon()
			k.t.reader.relent()
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
	if !k.has(p.ID) {
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
	err := k.write(p.ID, records)
	if rest := withoutFulls(records); errors.Is(err, store.ErrFull) && len(rest) < len(records) {
		// The photos themselves were too much; all else may still fit.
		k.t.noRoomForFulls(records)
		if err = k.write(p.ID, rest); err != nil {
			records = rest
		}
	}
	k.writing = false
	if errors.Is(err, store.ErrTaken) {
		k.lost(p.ID)
		return
	}
	if errors.Is(err, store.ErrCleared) {
		k.waiting = append(records, k.waiting...)
		go k.cleared()
		return
	}
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
	if k.store == nil {
		k.t.screen.Save = teach.Save{State: "failed", What: "Nothing is kept here.", Never: true,
			Why: "This browser keeps nothing for this page (" + plain(err) + "). You can teach and try all the same, but what you teach is gone when this tab is closed or loaded again: save the project as a file before you do. To have it kept, allow site data for this page in the browser's settings, and open the page in a tab of its own."}
		k.t.draw()
		return
	}
	const kept = " What was saved before is safe, and the latest changes stay in this tab while it is open. "
	why := ""
	switch {
	case errors.Is(err, store.ErrFull):
		why = "The browser has no more room for this page." + kept + makeRoom + " It goes on by itself as soon as there is room. You can also save the project as a file."
		go k.watch()
	default: // a disk without room is told of as any fault of it
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
