//go:build !js

package app

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/app/teach"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// A world stands in for the browser: it performs effects in an order of its own, and tells of what
// came of them.
type world struct {
	t     testing.TB
	seed  uint64
	r     *rand.Rand
	*page // that is looked at
	pages []*page
	now   time.Time
	store map[string]map[string]outside.Record
	locks map[string]*page // by project

	none    bool // there is no store
	nolocks bool // nor locks
	files   int  // that were made
	full    bool
	broken  bool // the store cannot be written
	faults  bool // effects are lost and answered twice
	views   bool // what is learnt reads all views there are
	late    bool // workers that are ended may have said something that comes later
	log     []string
	disk    *disk         // the folder that the person has; nil for none
	offered outside.Offer // last
	given   []any         // messages that workers got
	list    string        // of networks; "" for the usual one

	reloaded bool // the page was, while the store did not keep all
}

// A page is one tab of the browser's.
type page struct {
	state   *State
	lines   map[string][]any // effects that are still to be performed, by what performs them one after the other
	workers map[int]*fakeWorker
	waited  map[int]int  // how often a lock was asked for
	brought map[int]bool // tickets of packs that came
	name    string       // as the store has it
	kept    *kept        // outlives loading the page again
	slow    bool         // workers are at what they compare until they are stopped
	history []string     // places, oldest first
	at      int          // of the one that is shown
}

// kept is what the browser keeps of a tab's photos for as long as it is open.
type kept struct {
	photos      map[int]outside.Kept
	last, count int
	note        string
}

// A fakeWorker has features, if it learns.
type fakeWorker struct {
	poured  int                               // ticket of the pack that it is sent as it comes
	network string                            // that is open, with its size
	held    map[string]map[int]outside.Object // by space and photo
	walked  walked
	laid    []protocol.Object // to be compared

	comparing protocol.Job
}

// said is what the browser tells without having been asked.
type said struct{ event any }

const networks = `[
 {"name":"efficientnet-lite0","title":"Lite 0","file":"a.pack","bytes":10,"sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","classes":1000,"feature":4,"sizes":[192,224,256],"preprocess":{"size":224},"licence":"L","source":"https://s"},
 {"name":"efficientnet-lite2","title":"Lite 2","file":"b.pack","bytes":20,"sha256":"1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","classes":1000,"feature":4,"sizes":[224,260],"preprocess":{"size":260},"licence":"L","source":"S"}]`

func newWorld(t testing.TB, seed uint64, address, place string) *world {
	w := &world{
		t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 7)), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		store: map[string]map[string]outside.Record{}, locks: map[string]*page{},
	}
	w.another(address, place)
	return w
}

// another opens the page in another tab, which is then looked at.
func (w *world) another(address, place string) {
	w.page = &page{kept: &kept{photos: map[int]outside.Kept{}}}
	w.pages = append(w.pages, w.page)
	w.open(address, place)
}

// check looks at a tab.
func (w *world) look(page int) {
	w.page = w.pages[page]
	w.send(outside.Seen{})
}

// close closes the tab that is looked at.
func (w *world) close() {
	w.leave()
	w.pages = slices.DeleteFunc(w.pages, func(t *page) bool { return t == w.page })
	w.page = w.pages[0]
}

// leave ends what the tab that is looked at has.
func (w *world) leave() {
	maps.DeleteFunc(w.locks, func(_ string, by *page) bool { return by == w.page })
}

// open opens the page in the tab that is looked at, anew where it was open.
func (w *world) open(address, place string) {
	w.leave()
	*w.page = page{kept: w.kept, state: New(), history: []string{place}, lines: map[string][]any{}, workers: map[int]*fakeWorker{}, waited: map[int]int{}, brought: map[int]bool{}}
	w.send(outside.Began{Now: w.now, Device: outside.Device{Cores: 3, Secure: true, Folders: true, First: 3, Works: w.disk != nil, Patience: 20 * time.Second, Sharing: outside.Program{Path: "homeroom-sharing.wasm", Bytes: 9, SHA256: strings.Repeat("5", 64), Parts: []outside.Program{{Path: "element/worker.js", Bytes: 9, SHA256: strings.Repeat("6", 64)}, {Path: "element/engine.bin", Bytes: 9, SHA256: strings.Repeat("7", 64)}}}}, Address: address, Place: place, Random: w.r.Uint64(), Last: w.kept.last, Kept: w.kept.count, Note: w.kept.note})
}

// send has the page deal with an event, and takes what it asks for.
func (w *world) send(event any) {
	w.log = append(w.log, fmt.Sprintf("%d: %T %+v", slices.Index(w.pages, w.page), event, event))
	if len(w.log) > 300 {
		w.log = w.log[1:]
	}
	for _, e := range []any{outside.Tick{Now: w.now}, event} {
		effects, draw := w.state.Update(e)
		if draw > 0 || len(effects) > 0 {
			reached[teach.KindOf(e)] = true
		}
		for _, effect := range effects {
			if place, is := effect.(outside.SetPlace); is { // which the browser does at once
				if place.New {
					w.history = append(w.history[:w.at+1], "")
					w.at++
				}
				w.history[w.at] = place.Place
				continue
			}
			if note, is := effect.(outside.SetNote); is {
				w.kept.note = note.Text
				continue
			}
			line := w.lineOf(effect)
			w.lines[line] = append(w.lines[line], effect)
		}
	}
}

// travel goes back in the browser's history, or forward, where it can.
func (w *world) travel(by int) {
	if w.at+by < 0 || w.at+by >= len(w.history) {
		return
	}
	w.at += by
	w.send(outside.Went{Place: w.history[w.at]})
}

// visit follows a link.
func (w *world) visit(place string) {
	w.history = append(w.history[:w.at+1], place)
	w.at++
	w.send(outside.Went{Place: place})
}

// lineOf says what performs an effect: the store does one thing after the other, and each worker,
// and the rest is done in any order.
func (w *world) lineOf(effect any) string {
	switch e := effect.(type) {
	case outside.OpenStore, outside.Write, outside.Get, outside.GetAll, outside.Clear:
		return "store"
	case outside.Spawn:
		return fmt.Sprint("worker ", e.Worker)
	case outside.Post:
		return fmt.Sprint("worker ", e.Worker)
	case outside.Pour:
		return fmt.Sprint("worker ", e.Worker)
	case outside.Terminate:
		line := fmt.Sprint("worker ", e.Worker)
		for _, pending := range w.lines[line] { // it may get to it before it ends, and what it says may come late
			if pour, is := pending.(outside.Pour); is {
				w.perform(pour)
			}
			if post, is := pending.(outside.Post); is && w.late {
				for _, event := range w.work(e.Worker, post.Message) {
					if w.r.IntN(3) > 0 {
						w.lines[fmt.Sprint("late ", w.r.Uint64())] = []any{said{event}}
					}
				}
			}
		}
		delete(w.lines, line)
		delete(w.workers, e.Worker)
		return "gone"
	case outside.Hold, outside.LetGo, outside.Call:
		return "locks"
	case outside.Recall, outside.Remember:
		return "session"
	}
	return fmt.Sprint("alone ", w.r.Uint64())
}

// tell has a tab told of something, some time.
func (w *world) tell(to *page, event any) {
	name := fmt.Sprint("told ", w.r.Uint64())
	to.lines[name] = []any{said{event}}
}

// clear has what the browser keeps cleared. It tells some pages so.
func (w *world) clear() {
	w.store = map[string]map[string]outside.Record{}
	w.log = append(w.log, "it is cleared")
	for _, one := range w.pages {
		if w.r.IntN(2) == 0 {
			w.tell(one, outside.StoreClosed{})
		}
	}
}

// step performs one effect of any tab, and tells whether there was one.
func (w *world) step() bool {
	defer func(looked *page) { w.page = looked }(w.page)
	var names []string
	var of []*page
	for _, one := range w.pages {
		delete(one.lines, "gone")
		names = append(names, slices.Sorted(maps.Keys(one.lines))...)
		for range one.lines {
			of = append(of, one)
		}
	}
	if len(names) == 0 {
		return false
	}
	k := w.r.IntN(len(names))
	name := names[k]
	if strings.HasPrefix(name, "late ") && w.r.IntN(20) > 0 {
		return true // others come first
	}
	w.page = of[k]
	effect := w.lines[name][0]
	if w.lines[name] = w.lines[name][1:]; len(w.lines[name]) == 0 {
		delete(w.lines, name)
	}
	if _, holds := effect.(outside.Hold); w.faults && (holds || strings.HasPrefix(name, "alone")) && w.r.IntN(12) == 0 {
		return true // it is never answered
	}
	if os.Getenv("HOMEROOM_SEED") != "" {
		w.log = append(w.log, fmt.Sprintf("%d does %T %.200s", slices.Index(w.pages, w.page), effect, fmt.Sprintf("%+v", effect)))
	}
	for _, event := range w.perform(effect) {
		w.send(event)
		if w.faults && w.r.IntN(20) == 0 {
			w.send(event)
		}
	}
	return true
}

// settle performs everything, and moves the clock, until nothing more happens.
func (w *world) settle() {
	w.t.Helper()
	end := w.now.Add(20 * time.Minute)
	for n := 0; ; n++ {
		if n > 200_000 {
			w.fail("it never comes to rest")
		}
		if w.step() {
			continue
		}
		var next outside.Wake
		w.each(func() {
			w.send(outside.Drawn{})
			next.By(w.state.Wake())
		})
		if slices.ContainsFunc(w.pages, func(one *page) bool { return len(one.lines) > 0 }) {
			continue
		}
		if next.At.IsZero() || next.At.After(end) {
			readAloud(w.state.View())
			return
		}
		if next.At.After(w.now) {
			w.now = next.At
		}
		w.each(func() { w.send(outside.Tick{Now: w.now}) })
	}
}

// each does something in every tab.
func (w *world) each(do func()) {
	defer func(looked *page) { w.page = looked }(w.page)
	for _, one := range w.pages {
		w.page = one
		do()
	}
}

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("seed %d: %s\nthe last events:\n%s", w.seed, fmt.Sprintf(format, args...), strings.Join(w.log, "\n"))
}

func object(format string, args ...any) outside.Object {
	return &protocol.Handle{Name: fmt.Sprintf(format, args...)}
}

func keyText(key []any) string { return fmt.Sprint(key...) + fmt.Sprintf("%q", key) }

// perform does what the browser would, and returns what it tells.
func (w *world) perform(effect any) []any {
	switch e := effect.(type) {
	case outside.GetCatalogue:
		return []any{outside.Comes{Ticket: e.Ticket, Bytes: 5}, outside.GotCatalogue{Ticket: e.Ticket, Data: []byte(cmp.Or(w.list, networks)), Status: 200}}
	case outside.GetLanguage:
		data, err := os.ReadFile("../text/" + e.Code + ".json")
		got := outside.GotLanguage{Ticket: e.Ticket, Data: data}
		if err != nil {
			got.Error = "it is not there"
		}
		return []any{got}
	case outside.GetPack:
		if w.faults {
			switch w.r.IntN(10) {
			case 0:
				return []any{outside.Comes{Ticket: e.Ticket, Bytes: 3}, outside.GotPack{Ticket: e.Ticket, Status: 404}}
			case 1:
				return []any{outside.GotPack{Ticket: e.Ticket, Error: "the connection broke", Part: e.Part, Bytes: e.From}}
			}
		}
		w.brought[e.Ticket] = true
		return []any{outside.Comes{Ticket: e.Ticket, Bytes: e.Bytes / 2}, outside.GotPack{Ticket: e.Ticket, Pack: object("pack %s", e.Path), Bytes: e.Bytes}}
	case outside.Pour:
		if k := w.workers[e.Worker]; k != nil {
			k.poured = e.Ticket
		}
		return nil
	case outside.AskRoom:
		return []any{outside.Room{Ticket: e.Ticket, Used: 1e6, Quota: 1e10, Known: true, Fits: e.Try, Tried: e.Try > 0}}
	case outside.FetchPhotos:
		out := outside.PhotosFetched{Ticket: e.Ticket}
		switch w.r.IntN(16) {
		case 0:
			out.Error = "there is no connection"
			return []any{out}
		case 1:
			out.Status = 404
			return []any{out}
		}
		for _, s := range e.Selectors {
			out.Files = append(out.Files, outside.File{Object: object("file %s", s), Name: s + ".jpg", Bytes: 100})
		}
		return []any{out}
	case outside.Persist:
		return []any{outside.Persisted{Firm: true}}
	case said:
		return []any{e.event}
	case outside.Probe:
		out := outside.Probed{Ticket: e.Ticket, Readable: make([]bool, len(e.Objects))}
		for i := range out.Readable {
			out.Readable[i] = w.r.IntN(8) > 0
		}
		return []any{out}
	case outside.Hold, outside.LetGo, outside.Call:
		return w.lock(e)
	case outside.OpenCamera:
		if w.r.IntN(4) == 0 {
			return []any{outside.CameraOpened{Ticket: e.Ticket, Name: "NotFoundError", Error: "none"}}
		}
		return []any{outside.CameraOpened{Ticket: e.Ticket, Cameras: 1 + w.r.IntN(2), Away: !e.Front}}
	case outside.FillScreen:
		return []any{outside.ScreenFilled{On: e.Selector != ""}}
	case outside.TakeStill:
		w.files++
		return []any{outside.Still{Ticket: e.Ticket, File: outside.File{Object: object("file %d", w.files), Name: e.Name, Bytes: 100}}}
	case outside.TakeFrame:
		return []any{outside.Frame{Ticket: e.Ticket, Pixels: object("pixels"), Width: 4, Height: 3}}
	case outside.Spawn:
		w.workers[e.Worker] = &fakeWorker{held: map[string]map[int]outside.Object{}}
		return []any{outside.FromWorker{Worker: e.Worker, Message: protocol.Started{}}, outside.FromWorker{Worker: e.Worker, Message: protocol.Gathered{Threads: 1, Error: "no"}}}
	case outside.Post:
		return w.work(e.Worker, e.Message)
	case outside.OpenStore, outside.Write, outside.Get, outside.GetAll, outside.Clear:
		return w.keep(e)
	case outside.Recall:
		return w.kept.recall(e.Ticket)
	case outside.Remember:
		if w.broken || w.full {
			return []any{outside.Remembered{Ticket: e.Ticket, Error: "there is no room", Full: w.full}}
		}
		w.kept.remember(e)
		return []any{outside.Remembered{Ticket: e.Ticket}}
	}
	if e, is := effect.(outside.Offer); is {
		w.offered = e
	}
	return w.disk.perform(w, effect)
}

// recall gives back what was kept: first the records, and then the rest in pieces.
func (k *kept) recall(ticket int) []any {
	var records, pictures, files, vectors = outside.Recalled{Ticket: ticket}, outside.Recalled{Ticket: ticket}, outside.Recalled{Ticket: ticket}, outside.Recalled{Ticket: ticket}
	for _, id := range slices.Sorted(maps.Keys(k.photos)) {
		one := k.photos[id]
		records.Photos = append(records.Photos, outside.Kept{ID: id, Record: one.Record})
		if one.Picture != nil {
			pictures.Photos = append(pictures.Photos, outside.Kept{ID: id, Picture: one.Picture})
		}
		if one.Vector != nil {
			vectors.Photos = append(vectors.Photos, outside.Kept{ID: id, Vector: one.Vector})
		}
		if one.File != nil {
			files.Photos = append(files.Photos, outside.Kept{ID: id, File: one.File})
		}
	}
	return []any{records, pictures, files, vectors, outside.Recalled{Ticket: ticket, Done: true}}
}

func (k *kept) remember(e outside.Remember) {
	if e.All {
		clear(k.photos)
	}
	for _, id := range e.Gone {
		delete(k.photos, id)
	}
	for _, one := range e.Photos {
		was := k.photos[one.ID]
		one.Picture, one.File = cmp.Or(one.Picture, was.Picture), cmp.Or(one.File, was.File)
		one.Vector = cmp.Or(one.Vector, was.Vector)
		k.photos[one.ID] = one
	}
	k.last, k.count = e.Last, e.Count
}

// keep does what the store would.
func (w *world) keep(effect any) []any {
	switch e := effect.(type) {
	case outside.OpenStore:
		if w.none {
			return []any{outside.StoreOpened{Error: "the store is not to be had"}}
		}
		return []any{outside.StoreOpened{}}
	case outside.Write:
		if e.Project != "" {
			_, there := w.store["projects"][keyText([]any{e.Project})]
			switch by := w.holder(e.Project); {
			case e.Tab == "" && there, e.Tab != "" && by == e.Tab:
			case e.Tab == "" || by == "":
				return []any{outside.Written{Ticket: e.Ticket, Error: "it was cleared", Cleared: true}}
			default:
				return []any{outside.Written{Ticket: e.Ticket, Error: "it was taken", Taken: true}}
			}
		}
		if w.broken || w.full {
			return []any{outside.Written{Ticket: e.Ticket, Error: "there is no room", Full: w.full}}
		}
		for _, r := range e.Records {
			if r.Key[0] == "holder" && r.Value != nil {
				w.name = r.Value.(string)
			}
			if w.store[r.Kind] == nil {
				w.store[r.Kind] = map[string]outside.Record{}
			}
			if r.Value == nil {
				delete(w.store[r.Kind], keyText(r.Key))
			} else {
				w.store[r.Kind][keyText(r.Key)] = r
			}
		}
		return []any{outside.Written{Ticket: e.Ticket}}
	case outside.Get:
		piece := outside.Piece{Ticket: e.Ticket}
		for _, k := range e.Keys {
			if r, ok := w.store[e.Kind][keyText(k)]; ok {
				piece.Records = append(piece.Records, r)
			}
		}
		return []any{piece, outside.Ended{Ticket: e.Ticket}}
	case outside.GetAll:
		return []any{outside.Piece{Ticket: e.Ticket, Records: w.all(e.Kind, e.Prefix)}, outside.Ended{Ticket: e.Ticket}}
	case outside.Clear:
		for kind := range w.store {
			if kind == e.Kind || e.Kind == "" && kind != "notes" {
				for _, r := range w.all(kind, e.Prefix) {
					delete(w.store[kind], keyText(r.Key))
				}
			}
		}
		return []any{outside.Ended{Ticket: e.Ticket}}
	}
	return nil
}

// holder is the tab that the store says holds a project.
func (w *world) holder(project string) string {
	by, _ := w.store["notes"][keyText([]any{"holder", project})].Value.(string)
	return by
}

// lock does what locks and the channel between tabs do.
func (w *world) lock(effect any) []any {
	switch e := effect.(type) {
	case outside.Hold:
		out := outside.Held{Ticket: e.Ticket, Project: e.Project}
		by := w.locks[e.Project]
		switch {
		case w.nolocks:
			out.Mine, out.Unsure = true, true
			return []any{out}
		case by == nil || by == w.page:
		case e.Steal:
			w.tell(by, outside.Stolen{Project: e.Project})
		case e.Patience > 0 && w.waited[e.Ticket] < 40 && w.r.IntN(20) > 0:
			w.waited[e.Ticket]++
			w.lines["locks"] = append([]any{e}, w.lines["locks"]...)
			return nil
		default:
			return []any{out}
		}
		out.Mine, w.locks[e.Project] = true, w.page
		return []any{out}
	case outside.LetGo:
		if w.locks[e.Project] == w.page {
			delete(w.locks, e.Project)
		}
	case outside.Call:
		for _, one := range w.pages {
			if one != w.page && !(w.faults && w.r.IntN(3) == 0) { // it sleeps
				w.tell(one, outside.Called(e))
			}
		}
	}
	return nil
}

// all are the records of a kind whose keys begin with prefix, in the order of their last element.
func (w *world) all(kind string, prefix []any) []outside.Record {
	var out []outside.Record
	for _, r := range w.store[kind] {
		if len(r.Key) >= len(prefix) && slices.Equal(r.Key[:len(prefix)], prefix) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b outside.Record) int {
		x, isX := a.Key[len(a.Key)-1].(int)
		y, isY := b.Key[len(b.Key)-1].(int)
		if isX && isY {
			return x - y
		}
		return strings.Compare(keyText(a.Key), keyText(b.Key))
	})
	return out
}

// opens checks that a worker has what it is to open.
func (w *world) opens(k *fakeWorker, m protocol.Open) {
	if m.Came != (m.Pack == nil) || m.Came && !w.brought[k.poured] {
		w.fail("of what was fetched by %d, poured or given, %+v is to be opened", k.poured, m)
	}
}

// work does what a worker would.
func (w *world) work(id int, message any) (out []any) {
	k := w.workers[id]
	if k == nil {
		return nil
	}
	if w.faults && w.r.IntN(60) == 0 {
		delete(w.workers, id)
		delete(w.lines, fmt.Sprint("worker ", id))
		return []any{outside.WorkerDied{Worker: id, Why: "the browser ended it"}}
	}
	w.given = append(w.given, message)
	tell := func(m any) { out = append(out, outside.FromWorker{Worker: id, Message: m}) }
	done := func(job protocol.Job) protocol.Done { return protocol.Done{Job: job, Memory: 1e6} }
	fails := func(job protocol.Job) bool {
		if w.faults && w.r.IntN(25) == 0 {
			tell(protocol.Failed{Done: done(job), Error: "it cannot be done"})
			return true
		}
		return false
	}
	switch m := message.(type) {
	case protocol.Walk:
		out = k.walk(id, m, fails(m.Job), out)
	case protocol.Open:
		w.opens(k, m)
		k.network = fmt.Sprint(m.Name, "@", m.Size)
		tell(protocol.Opened{Size: 224, Classes: 3})
	case protocol.Classify:
		m.File = cmp.Or(m.File, m.Frame) // as of the camera
		tell(protocol.Thumbnail{Job: m.Job, Picture: object("small %s", m.File.Name)})
		if !fails(m.Job) {
			tell(protocol.Named{Done: done(m.Job), Seen: protocol.Seen{Width: 40 + m.Job.Ticket, Height: 30}, Look: lookOf(m.File), Threads: 1, Network: answeredBy(k.network), Results: w.disk.results(m.File)})
		}
	case protocol.Lay:
		if w.lay(k, m); !fails(m.Job) {
			tell(protocol.Laid{Done: done(m.Job)})
		}
	case protocol.Compare:
		tell(protocol.Progress{ID: m.ID, Progress: training.Progress{Share: 0.5}})
		if k.comparing = m.Job; !w.slow && !fails(m.Job) {
			tell(comparedOf(k.laid, done(m.Job)))
		}
	case protocol.Stop:
		out = w.stopped(id, k)
	case protocol.Map:
		tell(protocol.Progress{ID: m.ID, Progress: training.Progress{Share: 0.5}})
		if !fails(m.Job) {
			tell(mapOf(m, done(m.Job)))
		}
	case protocol.Rank, protocol.Digest:
		if job := message.(pool.Job).Number(); !fails(job) {
			tell(compared(message, done(job)))
		}
	case protocol.Explain:
		if !fails(m.Job) {
			tell(protocol.Explained{Done: done(m.Job), Heat: protocol.Heat{Picture: object("heat"), Whole: true}})
		}
	case protocol.Inspect:
		if !fails(m.Job) {
			tell(protocol.Inspected{Done: done(m.Job), Picture: object("maps"), Over: object("map"), Inside: protocol.Inside{Layer: "l", Layers: []protocol.Layer{{Name: "l", Shape: "1", Kind: "edges"}}, Maps: 6, Rows: 4, Columns: 4, Across: 3, Down: 2, Map: max(0, m.Map), Pictures: 2.4}})
		}
	case protocol.Measure:
		tell(protocol.Measured{Done: done(m.Job), One: 5, Runs: 20, Peak: 10, Speed: 5, Layers: []protocol.LayerTime{{Name: "l", Milliseconds: 5, Speed: 5}}})
	case protocol.Read:
		tell(protocol.Thumbnail{Job: m.Job, Picture: object("small %s", m.File.Name)})
		if fails(m.Job) {
			break
		}
		tell(readBy(m, done(m.Job)))
	case protocol.Ask:
		if m.File != nil {
			tell(protocol.Thumbnail{Job: m.Job, Picture: object("small %s", m.File.Name)})
		}
		if !fails(m.Job) {
			tell(protocol.Told{Done: done(m.Job), Results: []protocol.Result{{Index: 0, Label: "Cats", Score: 0.3}, {Index: 1, Label: "Dogs", Score: 0.7}}, Heat: protocol.Heat{Picture: object("heat")}})
		}
	case protocol.Hold:
		k.hold(m.Space.String(), m.Photo.ID, m.Vector)
	case protocol.Forget:
		k.forget(m.ID)
	case protocol.Restore:
		tell(w.restored(k, m, done(m.Job)))
	case protocol.Learn:
		tell(protocol.Progress{ID: m.ID, Progress: training.Progress{Stage: "learn", Share: 0.5, Loss: 1, Step: 1}})
		tell(w.learnt(k, m, done(m.Job)))
	case protocol.Choose:
		tell(w.chosen(m, done(m.Job)))
	case protocol.Curve:
		tell(protocol.Progress{ID: m.ID, Progress: training.Progress{Share: 0.5}})
		tell(protocol.Curved{Done: done(m.Job), Growth: training.Growth{Points: []training.Point{{Photos: 2, Accuracy: 0.5, Low: 0.4, High: 0.6}, {Photos: 4, Accuracy: 0.7, Low: 0.6, High: 0.8}}, Gain: 0.1, Helps: true}})
	case protocol.Arrange, protocol.Merge, protocol.Sum:
		tell(w.disk.helped(w, m))
	case protocol.WriteFile:
		if !fails(m.Job) {
			tell(protocol.FileWritten{Done: done(m.Job), File: object("file of a project"), Name: "P"})
		}
	case protocol.Survey:
		if !fails(m.Job) {
			tell(protocol.Surveyed{Done: done(m.Job), Offers: offers})
		}
	case protocol.Export:
		tell(protocol.Progress{ID: m.ID, Progress: training.Progress{Stage: "photo 1 of 2", Share: 0.5}})
		if !fails(m.Job) {
			tell(protocol.Exported{Done: done(m.Job), File: object("file for another program"), Photos: 2, Same: 2, Largest: 1e-7})
		}
	case protocol.ReadFile:
		if !fails(m.Job) {
			p := project.New(m.Stored, project.FreeName("From a file", m.Taken), w.now)
			if _, err := p.AddClass("Filed"); err != nil {
				w.fail("%v", err)
			}
			w.keep(outside.Write{Records: []outside.Record{{Kind: "projects", Key: []any{m.Stored}, Value: string(p.Encode(w.now))}}})
			tell(protocol.FileRead{Done: done(m.Job)})
		}
	}
	return out
}

// lookOf is by what photos are compared: those of the same content look alike. Two days are known.
func lookOf(file outside.Object) protocol.Look {
	return protocol.Look{PerceptualHash: fnv(file.Name), Vector: object("look %s", file.Name), Taken: []int64{0, 1772150400000, 1772409600000}[fnv(file.Name)%3]}
}

// learnt is what comes of learning.
func (w *world) learnt(k *fakeWorker, m protocol.Learn, done protocol.Done) any {
	if w.faults && w.r.IntN(10) == 0 {
		return protocol.Stopped{Done: done, Error: "it cannot be learnt"}
	}
	if lacks := w.fetch(k, m.Task); lacks != "" {
		return protocol.Stopped{Done: done, Error: lacks}
	}
	return protocol.Learnt{Done: done, Head: object("head %v", m.Task.IDs), Last: object("last head %v", m.Task.IDs), Bytes: 9, Trained: w.trained(m.Task)}
}

// mapOf lays photos out from left to right, in their order.
func mapOf(m protocol.Map, done protocol.Done) protocol.Mapped {
	out := protocol.Mapped{Done: done}
	for i := range m.Vectors {
		out.Points = binary.LittleEndian.AppendUint32(out.Points, math.Float32bits(float32(i+1)/float32(len(m.Vectors))-0.5))
		out.Points = binary.LittleEndian.AppendUint32(out.Points, 0)
	}
	return out
}

// compared tells which photos are like one, or the sum by which files are.
func compared(message any, done protocol.Done) any {
	if m, is := message.(protocol.Rank); is { // those of the same content are like the first
		out := protocol.Ranked{Done: done}
		for i, v := range m.Vectors {
			if v.Name == m.Vectors[0].Name {
				out.Photos, out.Cosines = append(out.Photos, i), append(out.Cosines, 1-float64(i)/100)
			}
		}
		return out
	}
	return protocol.Digested{Done: done, SHA256: fmt.Sprintf("%064x", fnv(message.(protocol.Digest).File.Name))}
}

// lay lays photos out to be compared.
func (w *world) lay(k *fakeWorker, m protocol.Lay) {
	if m.From == 0 {
		k.laid = nil
	}
	if m.From != len(k.laid) {
		w.fail("photos are laid out from %d on, where %d lie", m.From, len(k.laid))
	}
	k.laid = append(k.laid, m.Vectors...)
}

// stopped is what a worker tells that is to end what it compares.
func (w *world) stopped(id int, k *fakeWorker) []any {
	if !w.slow {
		return nil
	}
	return []any{outside.FromWorker{Worker: id, Message: protocol.Stopped{Done: protocol.Done{Job: k.comparing}}}}
}

// comparedOf tells which of the photos that were laid out are alike.
func comparedOf(laid []protocol.Object, done protocol.Done) protocol.Compared {
	out := protocol.Compared{Done: done}
	of := map[string]int{}
	for i, v := range laid {
		if g, is := of[v.Name]; is {
			out.Groups[g].Photos = append(out.Groups[g].Photos, i)
			continue
		}
		of[v.Name] = len(out.Groups)
		out.Groups = append(out.Groups, protocol.Group{Kind: "same picture", Photos: []int{i}})
	}
	out.Groups = slices.DeleteFunc(out.Groups, func(g protocol.Group) bool { return len(g.Photos) == 1 })
	return out
}

func (k *fakeWorker) forget(photo int) {
	for _, of := range k.held {
		delete(of, photo)
	}
}

// readBy is what is read of a photo.
func readBy(m protocol.Read, done protocol.Done) protocol.Features {
	f := protocol.Features{Done: done, Seen: protocol.Seen{Width: 40, Height: 30}, Hash: fmt.Sprintf("%064x", fnv(strings.TrimPrefix(m.File.Name, "small "))), PerceptualHash: 5, Spaces: m.Spaces, Network: 5}
	for _, s := range m.Spaces {
		f.Vectors = append(f.Vectors, object("vector %s of %s", s, strings.TrimPrefix(m.File.Name, "small ")))
	}
	return f
}

func (k *fakeWorker) hold(space string, photo int, vector outside.Object) {
	if k.held[space] == nil {
		k.held[space] = map[int]outside.Object{}
	}
	k.held[space][photo] = vector
}

// fetch gives the worker the features that a task needs and the store has, and says what is
// missing.
func (w *world) fetch(k *fakeWorker, task protocol.Task) string {
	maps.DeleteFunc(k.held, func(space string, _ map[int]outside.Object) bool {
		return !slices.ContainsFunc(task.Spaces, func(s feature.Space) bool { return s.String() == space })
	})
	for _, space := range task.Spaces {
		for _, id := range task.IDs {
			if k.held[space.String()][id] != nil {
				continue
			}
			r, ok := w.store["features"][keyText([]any{task.Project, space.String(), id})]
			if !ok {
				return fmt.Sprintf("the features %s of photo %d are not there", space, id)
			}
			k.hold(space.String(), id, r.Value.(outside.Object))
		}
	}
	return ""
}

// offers is what the worker that shares can make.
var offers = []protocol.Offer{
	{Format: "homeroom", Bytes: 9, Carries: []string{"calibration", "unknown"}},
	{Format: "onnx", Weights: "f32", Bytes: 99, Carries: []string{"calibration", "unknown"}}, {Format: "onnx", Weights: "int8", Bytes: 33, Carries: []string{"calibration", "unknown"}},
	{Format: "tflite", Weights: "f32", Refused: "it cannot be said"}, {Format: "tflite", Weights: "f32", Quick: true, Bytes: 88, Carries: []string{"calibration"}, Notes: []string{"a note"}},
	{Format: "html", Parts: true, Bytes: 9, Carries: []string{"calibration"}}, {Format: "csv", Bytes: 5},
}

func fnv(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// trained is what comes of learning.
func (w *world) trained(task protocol.Task) protocol.Trained {
	l := protocol.Trained{Kind: training.Means, Input: bank.Input{{task.Spaces[0]}}.String(), Spaces: task.Spaces[:1], Folds: 5, Seconds: 0.1,
		Tried: []training.Candidate{{Kind: training.Means, Input: bank.Input{{task.Spaces[0]}}, Loss: 0.1, Photos: 9}, {Kind: training.Linear, Input: bank.Input{{task.Spaces[0]}}, Loss: 0.2, Photos: 9}}}
	l.Curve = []training.Progress{{Step: 2, ValidLoss: 0.1, ValidAccuracy: 0.6}, {Step: 3, ValidLoss: 0.2, ValidAccuracy: 0.5}}
	if w.views {
		l.Input, l.Spaces = bank.Input{task.Spaces}.String(), task.Spaces
	}
	n := len(task.Classes)
	rep := &evaluation.Report{Photos: len(task.IDs), Accuracy: 0.5, Low: 0.4, High: 0.6, Correct: len(task.IDs) / 2}
	for c, name := range task.Classes {
		rep.Classes = append(rep.Classes, evaluation.ClassReport{Name: name})
		rep.Confusion = append(rep.Confusion, make([]int, n))
		_ = c
	}
	for i, id := range task.IDs {
		answer := w.r.IntN(n)
		rep.Confusion[task.Labels[i]][answer]++
		rep.Classes[task.Labels[i]].Photos++
		rep.Classes[answer].Answered++
		l.Held = append(l.Held, protocol.Answered{ID: id, Answer: answer, Label: task.Labels[i], Score: 0.8, Own: 0.2, Strange: 0.5})
	}
	if len(task.IDs) > 1 {
		l.Alike = []bank.Alike{{A: uint64(task.IDs[0]), B: uint64(task.IDs[1])}}
	}
	l.Report = rep.Compact()
	return l
}

// restored is what a worker answers that is to write features again.
func (w *world) restored(k *fakeWorker, m protocol.Restore, done protocol.Done) any {
	if w.broken || w.full {
		return protocol.Failed{Done: done, Error: "there is no room"}
	}
	out := protocol.Restored{Done: done}
	for _, space := range m.Task.Spaces {
		one := protocol.Written{Space: space.String()}
		for _, id := range m.Task.IDs {
			if v := k.held[one.Space][id]; v != nil {
				w.keep(outside.Write{Records: []outside.Record{{Kind: "features", Key: []any{m.Project, one.Space, id}, Value: v}}})
				one.IDs = append(one.IDs, id)
			}
		}
		out.Written = append(out.Written, one)
	}
	return out
}

// chosen is what a worker answers that is to choose.
func (w *world) chosen(m protocol.Choose, done protocol.Done) any {
	if w.faults && w.r.IntN(10) == 0 {
		return protocol.Stopped{Done: done, Error: "it cannot be chosen"}
	}
	out := protocol.Chosen{Done: done}
	for _, i := range w.r.Perm(len(m.Task.IDs)) {
		one := protocol.Asked{ID: m.Task.IDs[i]}
		if m.Head != nil {
			one.Names, one.Scores = []string{"Cats", "Dogs"}, []float64{0.55, 0.45}
		}
		if out.Asked = append(out.Asked, one); len(out.Asked) == m.Most {
			break
		}
	}
	return out
}

// handlers are what can be done in a view: every handler of what is shown.
func (w *world) handlers() []handled {
	var out []handled
	page := w.state.View()
	readAloud(page)
	for _, h := range page.On {
		out = append(out, handled{h, nil})
	}
	for _, s := range page.Slots {
		if s.ID == "language" { // it changes nothing of what is done
			continue
		}
		for _, h := range s.On {
			out = append(out, handled{h, nil})
		}
		for _, n := range s.Kids {
			n.Walk(func(k *markup.Node) {
				if _, off := k.Get("disabled"); off {
					return
				}
				for _, h := range k.On {
					out = append(out, handled{h, k})
				}
			})
		}
	}
	return out
}

type handled struct {
	markup.Handler
	node *markup.Node
}

// use does something in the view, by lot: any kind of event as often as any other.
func (w *world) use() {
	if w.r.IntN(15) == 0 {
		w.travel(2*w.r.IntN(2) - 1)
		return
	}
	w.choose(nil, "")
}

// choose does something in the view, by lot: what is of a kind that was not met, where there is
// any. Names of kinds begin in some way.
func (w *world) choose(met map[string]int, begin string) {
	kinds := map[string][]any{}
	for _, h := range w.handlers() {
		if h.Make == nil || h.Event == "drag" {
			continue
		}
		if event := h.Make(w.input(h)); event != nil {
			if kind := teach.KindOf(event); strings.HasPrefix(kind, begin) {
				kinds[kind] = append(kinds[kind], event)
			}
		}
	}
	names := slices.Sorted(maps.Keys(kinds))
	if len(names) == 0 {
		return
	}
	if unmet := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return met == nil || met[name] > 2 }); len(unmet) > 0 {
		names = unmet
	}
	name := names[w.r.IntN(len(names))]
	if met != nil {
		met[name]++
	}
	w.send(kinds[name][w.r.IntN(len(kinds[name]))])
}

// input is what a person would give a handler.
func (w *world) input(h handled) markup.Input {
	in := markup.Input{Checked: w.r.IntN(2) == 0, Key: []string{"Control+z", "Control+y", "Escape", "ArrowRight", "Delete", "a"}[w.r.IntN(6)]}
	var options []string
	if h.node != nil {
		for _, k := range h.node.Kids {
			if v, ok := k.Get("value"); ok && k.Tag == "option" {
				options = append(options, v)
			}
		}
	}
	names := []string{"Cats", "Dogs", "Fish", "", "7"}
	in.Value = names[w.r.IntN(len(names))]
	if options != nil {
		in.Value = options[w.r.IntN(len(options))]
	}
	if h.Event == "take" {
		in.Value = fmt.Sprint(1+w.r.IntN(5), ",", 1+w.r.IntN(9))
	}
	in.Sight = markup.Sight{Top: w.r.Float64() * 4000, Height: 400, Width: 700}
	in.Fields = map[string]string{"name": in.Value}
	if h.Event == "files" || h.Event == "paste" {
		for range 1 + w.r.IntN(4) {
			in.Files = append(in.Files, w.file([]string{"", "cats/", "pets/dogs/", "x/.hidden/"}[w.r.IntN(4)]))
		}
	}
	return in
}

func (w *world) file(folder string) outside.File {
	w.files++
	name := fmt.Sprintf("%d.jpg", w.files)
	content := w.files
	if w.r.IntN(5) == 0 {
		content = 1 // the same as another
	}
	f := outside.File{Object: object("file %d", content), Name: name, Bytes: int64(100 + w.files)}
	if folder != "" {
		f.Path = folder + name
	}
	return f
}

// shows tells whether the view has a node with an attribute of a value.
func (w *world) shows(name, value string) bool {
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			if n.Find(name, value) != nil {
				return true
			}
		}
	}
	return false
}

// checkSaved compares what is shown as saved with what the store has.
func (w *world) checkSaved() {
	w.t.Helper()
	if !w.shows("data-saved", "saved") || w.broken || w.full {
		return
	}
	p := w.state.teach.Open()
	if w.holder(p.ID) != w.name { // it was cleared or taken a moment ago
		return
	}
	record, ok := w.store["projects"][keyText([]any{p.ID})]
	if !ok {
		w.fail("the project %s is shown as saved and is not in the store", p.ID)
	}
	var photos []*project.Photo
	for _, r := range w.all("photos", []any{p.ID}) {
		ph, err := project.DecodePhoto([]byte(r.Value.(string)))
		if err != nil {
			w.fail("%v", err)
		}
		photos = append(photos, ph)
	}
	var edits []project.SavedEdit
	for _, r := range w.all("edits", []any{p.ID}) {
		edits = append(edits, project.SavedEdit{Number: r.Key[1].(int), JSON: []byte(r.Value.(string))})
	}
	kept, _, err := project.Decode([]byte(record.Value.(string)), photos, edits)
	if err != nil {
		w.fail("%v", err)
	}
	want, got := shapeOf(p), shapeOf(kept)
	if want != got {
		w.fail("shown as saved:\n%s\nin the store:\n%s", want, got)
	}
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			for _, s := range ph.Spaces {
				r, ok := w.store["features"][keyText([]any{p.ID, s.String(), ph.ID})]
				if !ok {
					w.fail("photo %s has no features %s in the store", ph.Name, s)
				}
				w.checkVector(r, ph, s)
			}
		}
	}
	for _, v := range p.Versions {
		if _, ok := w.store["heads"][keyText([]any{p.ID, v.Number})]; !ok {
			w.fail("version %d is not in the store", v.Number)
		}
	}
}

// checkAnswers sees to it that answers are those to the question that was asked last of a photo.
func (w *world) checkAnswers() {
	w.t.Helper()
	w.state.classify.Each(func(p *queue.Photo, _ outside.File) {
		if a := p.Answer; a != nil && !a.Taught && (a.Width != 40+a.Ticket || a.Ticket > p.Ticket) {
			w.fail("the photo %s was asked about for the time %d, and has the answer to %d", p.Name, a.Ticket, a.Width-40)
		} else if a != nil && !a.Taught && a.Network != answeredBy(strings.TrimSuffix(a.By, "@0")) && a.Network != answeredBy(defaultSize(a.By)) {
			w.fail("the photo %s has the answer of %s, which that did not give", p.Name, a.By)
		}
		if p.Answer != nil && p.Answer.By != p.By {
			w.fail("the photo %s is said to be named by %s, and was by %s", p.Name, p.By, p.Answer.By)
		}
	})
}

// answeredBy is a number by which an answer tells which network gave it.
func answeredBy(network string) float64 { return float64(fnv(network) % 1000) }

// defaultSize is a network with the size 0 in the place of its own, as workers are told.
func defaultSize(by string) string {
	name, _, _ := strings.Cut(by, "@")
	return name + "@0"
}

// checkVector sees to it that features are of the photo that they are kept for.
func (w *world) checkVector(r outside.Record, ph *project.Photo, s feature.Space) {
	w.t.Helper()
	name := r.Value.(outside.Object).Name
	_, file, _ := strings.Cut(name, " of ")
	hash, _ := json.Marshal(ph.Hash)
	if want := fmt.Sprintf("%q", fmt.Sprintf("%064x", fnv(file))); string(hash) != want {
		w.fail("the features %q are kept for photo %s, whose hash is %s, want %s", name, ph.Name, hash, want)
	}
	if !strings.HasPrefix(name, "vector "+s.String()+" of ") {
		w.fail("the features %q are kept as %s", name, s)
	}
}

// shapeOf is a project as far as it must outlive the page.
func shapeOf(p *project.Project) string {
	var out strings.Builder
	fmt.Fprintln(&out, p.Name, p.Settings, p.Current, p.Keep, p.Stale)
	for _, c := range p.Classes {
		fmt.Fprint(&out, c.ID, " ", c.Name, ":")
		for _, ph := range p.Members(c.ID) {
			if ph.Spaces != nil { // what is not read yet is nothing to come back to
				fmt.Fprint(&out, " ", ph.ID, ph.Name, ph.Spaces, ph.Small, ph.Full)
			}
		}
		fmt.Fprintln(&out)
	}
	for _, ph := range p.Members(project.Unlabelled) {
		if ph.Spaces != nil {
			fmt.Fprint(&out, " ", ph.ID, ph.Name, ph.Spaces, ph.Small, ph.Full)
		}
	}
	for _, v := range p.Versions {
		fmt.Fprintln(&out, v.Number, v.Note, v.Last, v.Classes)
	}
	return out.String()
}

// checkRest says what still waits although nothing more will happen.
func (w *world) checkRest() {
	w.t.Helper()
	if !w.state.Root()[1].Off { // what is wrong is told
		return
	}
	if s := w.state.Root()[0].Value; s != "ready" && !w.shows("role", "alert") && !w.broken && !w.full && !w.paused() {
		w.fail("all is done, and the page is %s: %s", s, w.state.classify.Waits()+"; "+w.state.teach.Waits())
	}
	if w.shows("id", "size-bar") && !w.shows("role", "alert") && !w.paused() {
		w.fail("the search for a size hangs: %s", w.state.classify.Waits()+"; "+w.state.teach.Waits())
	}
}

func (w *world) paused() bool { return w.shows("data-do", "reading-continue") }

// node returns the element that does something, nil where there is none.
func (w *world) node(does string) *markup.Node {
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			if found := n.Find("data-do", does); found != nil {
				return found
			}
		}
	}
	return nil
}

// click uses the element that does something, and tells whether there was one.
func (w *world) click(does string) bool {
	n := w.node(does)
	if n == nil || n.Handler("click") == nil {
		return false
	}
	w.send(n.Handler("click")(markup.Input{}))
	return true
}
