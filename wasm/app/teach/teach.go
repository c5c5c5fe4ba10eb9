package teach

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/words"
)

// The notes of the store.
const (
	noteDeleted = "deleted" // with the ID of a project: it was deleted and can be brought back in the tab that did so
	noteOpening = "opening" // a file that is being opened: the ID that its project is to have, a space, and when that began, in milliseconds since 1970
	noteShowing = "showing" // a project that was to be shown: its ID, a space, and how often it was
)

// longOpening is after what time a file that was being opened is no longer: its tab was closed.
const longOpening = time.Hour

// A State is the view's.
type State struct {
	list       *catalogue.List
	workers    int
	online     bool // it is shown
	begun      bool
	stored     bool   // the store is open
	unstored   string // why it is not
	generation int

	session  *session          // the open project, nil until there is one
	projects []project.Summary // all that are saved, newest first
	gone     *removed          // a project that was deleted and can still be brought back

	holding holding
	start   *start       // what is read of the store at first
	listing *listing     // the list of projects that is being read
	load    *load        // a project that is being opened
	after   any          // what is to be done once all is saved
	anyway  bool         // or although it cannot be
	early   []any        // files that were given before there was a project
	opening *opening     // a project file that is
	given   outside.File // one that is to be, once there is a project
	note    string       // what is to be told of it where another view is shown
	read    string       // ID of the project that came of it, until somebody takes it
	showing showing      // a project that is about to be shown
}

// showing is a project that is about to be shown. It is noted in the store before, and the note is
// taken back once it was: one that keeps the page from answering, or ends it, is not opened by
// itself again and again.
type showing struct {
	id     string
	times  int       // that it was begun
	noted  bool      // there is a note
	ticket int       // of its being written
	done   base.Wait // then it is laid out
}

// A start is what is read of the store at first, before the list of projects.
type start struct {
	ticket int
	notes  map[string]string
}

// A listing is the list of projects on its way from the store.
type listing struct {
	tickets  [2]int // of what was deleted, and of projects; 0 once they are there
	gone     map[string]bool
	projects []project.Summary
	damaged  int
	why      string
}

// A load is a project on its way from the store.
type load struct {
	id      string
	hold    int  // ticket of the lock, before it is read
	claim   int  // of the note that this tab holds it
	mine    bool // this tab has it
	claimed bool // and the store says so
	fault   outside.Written
	tickets [3]int // of its record, its photos and its edits
	record  string
	photos  []*project.Photo
	edits   []project.SavedEdit
	why     string        // it cannot be opened
	name    string        // of it, where that is known
	first   bool          // where it cannot, another is
	last    string        // that was open last
	instead bool          // of one that could not be opened
	tried   []string      // projects that were tried, or passed over
	tell    []base.Notice // once it is open
	said    string
}

// New makes the view.
func New(list *catalogue.List, workers int) *State {
	return &State{list: list, workers: workers, holding: holding{mine: map[string]bool{}}}
}

// Begin opens the project that was open last, or a new one.
func (s *State) Begin(t *outside.Turn) {
	if !s.begun {
		s.begun = true
		s.holding.tab = newID(t)
		t.Ask(outside.OpenStore{})
	}
}

// Enter is called when the view is shown, Leave when another is.
func (s *State) Enter(t *outside.Turn) {
	s.online = true
	if s.session != nil {
		s.session.enter(t)
		s.mark(t, s.session.base.ID)
	}
	t.Soon()
}

// Leave is explained with Enter.
func (s *State) Leave(t *outside.Turn) {
	s.online = false
	if s.session != nil {
		s.session.leave(t)
	}
}

// Listed is called once the list of networks has come.
func (s *State) Listed(t *outside.Turn) {
	if s.session != nil {
		s.session.base.Again = true
		s.session.settle(t)
	}
}

// Retry tries again to fetch the network.
func (s *State) Retry(t *outside.Turn) {
	if s.session == nil {
		return
	}
	s.session.handBack(t, s.session.net.Close(t))
	s.session.net.Fresh = true
	s.session.settle(t)
	t.Soon()
}

// Standing says how the view stands: loading, busy or ready.
func (s *State) Standing() string {
	switch {
	case s.session == nil || s.showing.ticket != 0:
		return "loading"
	case s.session.busy() || s.opening != nil || s.load != nil || s.after != nil || s.holding.taking.ticket != 0 || len(s.holding.drops) > 0:
		return "busy"
	}
	return "ready"
}

// Status says in a few words what can be done now.
func (s *State) Status() string {
	switch {
	case s.list.Trouble != nil:
		return "Not ready"
	case s.session == nil:
		return "Starting"
	}
	return s.session.net.Status()
}

// Leaving tells whether a person who closes the page now is to be asked first.
func (s *State) Leaving() bool {
	k := s.session
	return k != nil && (k.reader.Active() && !k.reader.Further || k.saving.Failed && len(k.base.Classes) > 0 || k.saving.Stranded)
}

// Retry tries again to fetch what could not be. It is dealt with by the whole page.
type Retry = learn.Retry

// onProjects is an event of the list of projects.
type onProjects interface {
	Update(*State, *outside.Turn)
}

// Update deals with an event, and tells whether it was one of this view.
func (s *State) Update(t *outside.Turn, e any) bool {
	defer s.settle(t)
	switch m := e.(type) {
	case base.InProject:
		if s.session == nil || m.Generation != s.session.base.Generation {
			return false
		}
		if s.session.base.Elsewhere && !viewsOnly(m.Event) {
			return s.session.act(t, m.Event)
		}
		if p, is := m.Event.(onProjects); is {
			p.Update(s, t)
			t.Soon()
			return true
		}
		return s.session.act(t, m.Event)
	case Undo, Redo:
		return s.session != nil && s.session.act(t, e)
	case DropFile:
		s.given, s.note = m.File, "Opening "+m.File.Name
		s.Begin(t)
		return true
	case Drop, Paste:
		if s.session == nil { // it is still being opened
			s.early = append(s.early, e)
		} else {
			s.session.given(t, e)
		}
		return true
	case outside.StoreOpened:
		s.opened(t, m.Error)
		return true
	case outside.Drawn:
		s.shown(t)
	case outside.Held:
		s.held(t, m)
		return true
	case outside.Stolen, outside.Called:
		return s.elsewhere(t, e)
	}
	return s.session != nil && s.session.receive(t, e) || s.receive(t, e)
}

// receive takes what the browser tells of the store and of the worker that opens a file.
func (s *State) receive(t *outside.Turn, e any) bool {
	switch m := e.(type) {
	case outside.Piece:
		return s.piece(m)
	case outside.Ended:
		return s.ended(t, m)
	case outside.Written:
		if l := s.load; l != nil && l.claim != 0 && l.claim == m.Ticket {
			l.claim, l.claimed, l.fault = 0, m.Error == "", m
			return true
		}
		if m.Ticket == s.holding.noted && m.Ticket != 0 {
			s.undeleted(t, m.Error)
			return true
		}
		if m.Ticket == s.showing.ticket && m.Ticket != 0 { // where it fails, there is no note
			s.showing.ticket = 0
			t.Soon()
			return true
		}
		return s.opening.written(s, t, m)
	case outside.FromWorker, outside.WorkerDied:
		return s.opening.receive(s, t, e)
	}
	return false
}

// Tick takes the time.
func (s *State) Tick(t *outside.Turn) {
	if s.session != nil {
		s.session.tick(t)
	}
	if s.opening != nil {
		s.opening.told(s, t, s.opening.pool.Tick(t))
	}
	if s.showing.done.Due(t) && s.showing.noted {
		s.unmark(t)
	}
	s.overdue(t)
	s.settle(t)
}

// Wake says when the time is wanted.
func (s *State) Wake(w *outside.Wake) {
	if s.session != nil {
		s.session.wake(w)
	}
	if s.opening != nil {
		s.opening.pool.Wake(w)
	}
	w.By(s.showing.done.At)
	for _, at := range s.holding.until {
		w.By(at)
	}
}

// settle does what waits until all is saved.
func (s *State) settle(t *outside.Turn) {
	if f := s.given; f.Object != nil && s.session != nil && s.load == nil && s.opening == nil {
		s.given = outside.File{}
		OpenFile{f}.Update(s, t)
	}
	s.leave(t)
	if k := s.session; k != nil && k.relist {
		k.relist = false
		s.lists(t)
	}
	s.tidy(t)
}

func (s *State) leave(t *outside.Turn) {
	k := s.session
	if s.after == nil || k == nil || s.load != nil {
		return
	}
	_, deletes := s.after.(DeleteProject)
	empty := len(k.base.Classes) == 0 && len(k.base.Versions) == 0
	unsaved := k.saving.Failed || k.saving.Stranded
	switch {
	case unsaved && !empty && !s.anyway && (!deletes || !s.stored):
		s.stay(t)
	case unsaved || k.saving.Clean() && !k.saving.Due.Waits():
		after := s.after
		s.after, s.anyway = nil, false
		s.proceed(t, after)
	default:
		k.saving.Flush(t)
	}
	t.Soon()
}

// stay leaves the project open that could not be saved, and asks whether it is to be left all the
// same.
func (s *State) stay(t *outside.Turn) {
	b := &s.session.base
	n := base.Notice{Event: Anyway{s.after}, Action: "Leave it without saving"}
	switch _, deletes := s.after.(DeleteProject); {
	case deletes:
		n.Text, n.Action = "Nothing is kept here, so that “"+b.Name+"” cannot be brought back once it is deleted. Save it as a file first, if you may want it again.", "Delete it"
	case s.stored && !b.Elsewhere:
		n.Text = "The latest changes to “" + b.Name + "” are not saved and would be lost. Save it as a file first, or make room and try again."
	default:
		n.Text = "The latest changes to “" + b.Name + "” are not saved and would be lost. Save it as a file first."
	}
	s.after = nil
	b.Notices = slices.DeleteFunc(b.Notices, func(n base.Notice) bool { _, is := n.Event.(Anyway); return is })
	b.NoticeWith(t, n)
}

// Anyway does something although the latest changes are not saved.
type Anyway struct{ After any }

func (Anyway) Viewing() {}

func (e Anyway) Update(s *State, t *outside.Turn) {
	b := &s.session.base
	b.Notices = slices.DeleteFunc(b.Notices, func(n base.Notice) bool { _, is := n.Event.(Anyway); return is })
	s.wait(t, e.After)
	s.anyway = s.after != nil
}

// proceed does what waited until all was saved.
func (s *State) proceed(t *outside.Turn, after any) {
	s.enlist(t)
	switch e := after.(type) {
	case NewProject:
		s.use(t, project.New(newID(t), s.freeName("My classes"), t.Now), nil)
		t.Say("A new project.")
		t.Ask(outside.Focus{Selector: "#project-name", Select: true})
	case OpenProject:
		s.loads(t, load{id: e.ID})
	case DropProject:
		s.drop(t, e.ID)
	case WorkHere:
		s.take(t)
	case OpenRead:
		s.loads(t, load{id: e.ID, said: "Opened " + e.Name + "."})
	case DeleteProject:
		s.delete(t)
	case BringBack:
		if gone := s.gone; gone != nil {
			s.gone = nil
			t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{deletion(t, gone.id, false)}})
			s.loads(t, load{id: gone.id, name: gone.name})
		}
	}
}

// enlist brings the list of projects up to date with the one that is open, which is saved by now.
func (s *State) enlist(t *outside.Turn) {
	p := s.session.base.Project
	if s.session.base.Elsewhere {
		return
	}
	s.projects = slices.DeleteFunc(s.projects, func(one project.Summary) bool { return one.ID == p.ID })
	if s.stored && (s.gone == nil || s.gone.id != p.ID) {
		s.projects = append([]project.Summary{{ID: p.ID, Name: p.Name, Saved: t.Now, Classes: len(p.Classes), Photos: p.Count(), Taught: p.Current > 0}}, s.projects...)
	}
}

// Note is what is to be told, outside of this view, of a project file that was dropped; "" for
// nothing.
func (s *State) Note() string { return s.note }

// Read gives the ID of a project that was opened from a file, once; "" for none.
func (s *State) Read() string {
	id := s.read
	s.read = ""
	return id
}

// Taught are the projects in the store that have a head, and can name photos elsewhere: the one
// that is open as it is now.
func (s *State) Taught() []project.Summary {
	var out []project.Summary
	if k := s.session; s.stored && k != nil && k.base.InUse() != nil {
		out = append(out, project.Summary{ID: k.base.ID, Name: k.base.Name, Taught: true})
	}
	for _, one := range s.projects {
		if one.Taught && (s.session == nil || one.ID != s.session.base.ID) {
			out = append(out, one)
		}
	}
	return out
}

func newID(t *outside.Turn) string { return strconv.FormatUint(t.Lot(), 36) }

func (NewProject) Viewing() {}

func (NewProject) Update(s *State, t *outside.Turn) { s.wait(t, NewProject{}) }
func (OpenProject) Viewing()                        {}

func (e OpenProject) Update(s *State, t *outside.Turn) { s.wait(t, e) }
func (DeleteProject) Update(s *State, t *outside.Turn) { s.wait(t, DeleteProject{}) }
func (BringBack) Update(s *State, t *outside.Turn)     { s.wait(t, BringBack{}) }
func (DropProject) Viewing()                           {}

func (e DropProject) Update(s *State, t *outside.Turn) { s.wait(t, e) }

func (s *State) wait(t *outside.Turn, after any) {
	t.Ask(outside.Fold{Selector: "details[data-menu]"})
	if s.load == nil {
		s.after, s.anyway = after, false
	}
}

// use shows a project: one that was loaded, or, where l is nil, a new one.
func (s *State) use(t *outside.Turn, p *project.Project, l *load) {
	if s.session != nil {
		s.session.close(t)
	}
	s.generation++
	k := newSession(p, s.generation, s.list, s.workers, s.stored)
	s.session = k
	k.base.Online = s.online
	k.saving.Tab = s.holding.tab
	if l != nil {
		k.base.Elsewhere, k.saving.Loaded, k.saving.Claimed = !l.mine, true, l.claimed
		if l.mine && !l.claimed {
			k.saving.Fail(t, l.fault.Error, l.fault.Full)
		}
	} else if s.stored { // no other tab knows of it
		s.holding.own = s.holds(t, p.ID, 0, false)
	}
	if s.stored {
		t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{base.NoteOpen}, Value: p.ID}}}) // else another is opened first at the next visit
	}
	k.begin(t)
	if !s.stored {
		k.saving.Reason = s.unstored
		k.saving.Fail(t, s.unstored, false)
	}
	s.lists(t)
	early := s.early
	s.early = nil
	for _, e := range early {
		k.given(t, e)
	}
	t.Soon()
}

// opened takes whether the store is open.
func (s *State) opened(t *outside.Turn, why string) {
	if s.stored = why == ""; !s.stored {
		s.unstored = why
		if s.session == nil {
			s.use(t, project.New(newID(t), "My classes", t.Now), nil)
		} else {
			s.session.saving.Fail(t, why, false)
		}
		return
	}
	if s.session != nil { // it was not open before
		s.holding.own = s.holds(t, s.session.base.ID, 0, false)
		s.session.saving.Opened(t)
		s.session.settle(t)
		s.lists(t)
		return
	}
	s.start = &start{notes: map[string]string{}, ticket: t.Ticket()}
	var keys [][]any
	for _, name := range []string{base.NoteOpen, noteOpening, noteShowing} {
		keys = append(keys, []any{name})
	}
	t.Ask(outside.Get{Ticket: s.start.ticket, Kind: base.NoteRecords, Keys: keys})
	s.lists(t)
}

// lists reads the list of projects.
func (s *State) lists(t *outside.Turn) {
	if s.stored {
		s.listing = &listing{tickets: [2]int{t.Ticket(), t.Ticket()}, gone: map[string]bool{}}
		t.Ask(outside.GetAll{Ticket: s.listing.tickets[0], Kind: base.NoteRecords, Prefix: []any{noteDeleted}})
		t.Ask(outside.GetAll{Ticket: s.listing.tickets[1], Kind: base.ProjectRecords})
	}
}

// take takes some of it.
func (l *listing) take(e outside.Piece) {
	for _, r := range e.Records {
		text, is := r.Value.(string)
		switch {
		case !is:
		case e.Ticket == l.tickets[0] && len(r.Key) > 1:
			if id, is := r.Key[1].(string); is {
				l.gone[id] = true
			}
		case e.Ticket == l.tickets[0]: // of an earlier version of the page
			l.gone[text] = true
		default:
			if one, err := project.Summarise([]byte(text)); err == nil {
				l.projects = append(l.projects, one)
			} else {
				l.damaged++
			}
		}
	}
}

// piece takes some of what was read of the store.
func (s *State) piece(e outside.Piece) bool {
	switch {
	case s.start != nil && e.Ticket == s.start.ticket:
		for _, r := range e.Records {
			if text, is := r.Value.(string); is {
				s.start.notes[r.Key[0].(string)] = text
			}
		}
	case s.listing != nil && slices.Contains(s.listing.tickets[:], e.Ticket):
		s.listing.take(e)
	case s.load != nil && slices.Contains(s.load.tickets[:], e.Ticket):
		s.load.take(e)
	default:
		return false
	}
	return true
}

// ended takes that something was read.
func (s *State) ended(t *outside.Turn, e outside.Ended) bool {
	switch {
	case s.erasure(t, e):
	case s.start != nil && s.start.ticket == e.Ticket:
		s.start.ticket = 0
		s.started(t)
	case s.listing != nil && slices.Contains(s.listing.tickets[:], e.Ticket):
		if e.Error != "" {
			s.listing.why = e.Error
		}
		if s.listing.tickets[slices.Index(s.listing.tickets[:], e.Ticket)] = 0; s.listing.tickets != [2]int{} {
			break
		}
		if s.start == nil {
			s.order(t)
		} else {
			s.started(t)
		}
		t.Soon()
	case s.load != nil && slices.Contains(s.load.tickets[:], e.Ticket):
		if e.Error != "" {
			s.load.why = e.Error
		}
		s.load.tickets[slices.Index(s.load.tickets[:], e.Ticket)] = 0
		if s.load.tickets == [3]int{} {
			s.loaded(t)
		}
	default:
		return false
	}
	return true
}

// order brings the list of projects up to date.
func (s *State) order(t *outside.Turn) {
	l := s.listing
	s.listing = nil
	if l.why != "" {
		s.session.base.Notice(t, "The list of your projects could not be read: "+base.Plainly(l.why)+".")
		return
	}
	s.projects = l.order()
	if l.damaged > 0 {
		s.session.base.Notice(t, damagedProjects(l.damaged))
	}
}

func damagedProjects(n int) string {
	return words.Plural(n, "saved project cannot be read and is", "saved projects cannot be read and are") + " not in the list."
}

// order are the projects, newest first, without those that were deleted.
func (l *listing) order() []project.Summary {
	list := slices.DeleteFunc(l.projects, func(one project.Summary) bool { return l.gone[one.ID] })
	slices.SortFunc(list, func(a, b project.Summary) int { return b.Saved.Compare(a.Saved) })
	return list
}

// mostTries is how often a project is opened by itself that was not shown in the end.
const mostTries = 2

// started opens the first project: the one that was open last, if it can be shown.
func (s *State) started(t *outside.Turn) {
	if s.start.ticket != 0 || s.listing.tickets != [2]int{} {
		return
	}
	notes, listing := s.start.notes, s.listing
	s.start, s.listing = nil, nil
	s.projects = listing.order()
	s.sweepDeleted(t, slices.Sorted(maps.Keys(listing.gone)))
	s.sweep(t, notes[noteOpening])
	id, times, _ := strings.Cut(notes[noteShowing], " ")
	s.showing = showing{id: id, times: base.Number(times), noted: id != ""}
	l := load{}
	if listing.why != "" {
		l.tell = append(l.tell, base.Notice{Text: "The list of your projects could not be read: " + base.Plainly(listing.why) + "."})
	}
	s.another(t, notes[base.NoteOpen], &l)
}

// another opens a project that can be shown, the one that was open last if that is one, and says so
// where it is not. Those that were tried already are passed over.
func (s *State) another(t *outside.Turn, last string, passed *load) {
	l := load{first: true}
	if passed != nil {
		l.tell, l.tried, l.instead = passed.tell, passed.tried, passed.instead
	}
	list := slices.Clone(s.projects)
	slices.SortStableFunc(list, func(a, b project.Summary) int {
		switch {
		case a.ID == last:
			return -1
		case b.ID == last:
			return 1
		}
		return 0
	})
	for _, one := range list {
		if slices.Contains(l.tried, one.ID) {
			continue
		}
		l.tried = append(l.tried, one.ID)
		if one.ID == last && s.showing.id == one.ID && s.showing.times >= mostTries {
			l.tell = append(l.tell, base.Notice{
				Text: "The project " + one.Name + " could not be shown twice: open another, save its file, or remove it.",
				More: []base.Action{{Event: SaveStored{one.ID}, Text: "Save its file"}, {Event: DropProject{one.ID}, Text: "Remove it"}},
			})
			l.instead = true
			continue
		}
		l.id, l.last, l.name = one.ID, last, one.Name
		s.loads(t, l)
		return
	}
	s.use(t, project.New(newID(t), s.freeName("My classes"), t.Now), nil)
	s.tell(t, l.tell)
}

func (s *State) tell(t *outside.Turn, list []base.Notice) {
	for _, n := range list {
		s.session.base.NoticeWith(t, n)
	}
}

// mark notes that a project is about to be shown, where the view is.
func (s *State) mark(t *outside.Turn, id string) {
	k := &s.showing
	if !s.online || !s.stored || k.noted && k.id == id && k.ticket != 0 {
		return
	}
	if k.id != id {
		k.id, k.times = id, 0
	}
	k.times++
	k.noted, k.ticket = true, t.Ticket()
	k.done.Stop()
	t.Ask(outside.Write{Ticket: k.ticket, Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteShowing}, Value: id + " " + strconv.Itoa(k.times)}}})
}

// layout is how long after a drawing the browser has laid it out.
const layout = 100 * time.Millisecond

// shown is called after a drawing: a project that was shown is one that can be shown.
func (s *State) shown(t *outside.Turn) {
	k := &s.showing
	if k.noted && k.ticket == 0 && s.online && s.session != nil && s.session.base.ID == k.id && !s.session.learning.Shows() && !k.done.Waits() {
		k.done.In(t, layout)
	}
}

func (s *State) unmark(t *outside.Turn) {
	s.showing = showing{}
	t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteShowing}}}}) // else it is one that could not be shown once
}

// sweep deletes what is left of a file whose opening was cut short. No list has its project.
func (s *State) sweep(t *outside.Turn, note string) {
	if note == "" {
		return
	}
	id, since, _ := strings.Cut(note, " ")
	began, err := strconv.ParseInt(since, 10, 64)
	if err == nil && t.Now.Sub(time.UnixMilli(began)) < longOpening {
		return // perhaps another tab is at it
	}
	if !slices.ContainsFunc(s.projects, func(one project.Summary) bool { return one.ID == id }) {
		t.Ask(outside.Clear{Ticket: t.Ticket(), Prefix: []any{id}})
	}
	t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteOpening}}}})
}

// freeName is a name that no project has.
func (s *State) freeName(name string) string { return project.FreeName(name, s.taken()) }

// taken are the names of all projects.
func (s *State) taken() []string {
	var out []string
	if s.session != nil { // as it is called now
		out = append(out, s.session.base.Name)
	}
	for _, one := range s.projects {
		if s.session == nil || one.ID != s.session.base.ID {
			out = append(out, one.Name)
		}
	}
	return out
}

// loads opens a project: this tab holds it from then on, where no other does.
func (s *State) loads(t *outside.Turn, l load) {
	if i := slices.IndexFunc(s.projects, func(one project.Summary) bool { return one.ID == l.id }); i >= 0 {
		l.name = s.projects[i].Name
	}
	s.load = &l
	if s.holding.mine[l.id] {
		s.reads(t, true)
	} else {
		l.hold = s.holds(t, l.id, patientHold, false)
	}
}

// reads reads the project from the store. That this tab holds it, and that it is about to be shown,
// is noted before.
func (s *State) reads(t *outside.Turn, mine bool) {
	l := s.load
	i := slices.IndexFunc(s.projects, func(one project.Summary) bool { return one.ID == l.id })
	if l.first && !mine && i >= 0 && s.projects[i].Classes+s.projects[i].Photos == 0 { // of one with nothing in it, in another tab, there is nothing to see
		s.load = nil
		s.another(t, l.last, l)
		return
	}
	if l.mine = mine; mine {
		l.claim = t.Ticket()
		t.Ask(outside.Write{Ticket: l.claim, Records: []outside.Record{base.HolderRecord(l.id, s.holding.tab)}})
	}
	s.mark(t, l.id)
	for i := range l.tickets {
		l.tickets[i] = t.Ticket()
	}
	t.Ask(outside.Get{Ticket: l.tickets[0], Kind: base.ProjectRecords, Keys: [][]any{{l.id}}})
	t.Ask(outside.GetAll{Ticket: l.tickets[1], Kind: base.PhotoRecords, Prefix: []any{l.id}})
	t.Ask(outside.GetAll{Ticket: l.tickets[2], Kind: base.EditRecords, Prefix: []any{l.id}})
}

// take takes some of the project. Photos are read here, so that the page answers in between.
func (l *load) take(e outside.Piece) {
	for _, r := range e.Records {
		text, is := r.Value.(string)
		switch {
		case !is:
		case e.Ticket == l.tickets[0]:
			l.record = text
		case e.Ticket == l.tickets[1]:
			ph, err := project.DecodePhoto([]byte(text))
			if err != nil {
				l.why = err.Error()
				return
			}
			if n := len(l.photos); n == 0 || l.photos[n-1].ID < ph.ID { // in the order of their keys; else it was here already
				l.photos = append(l.photos, ph)
			}
		default:
			if n, number := len(l.edits), r.Key[1].(int); n == 0 || l.edits[n-1].Number < number {
				l.edits = append(l.edits, project.SavedEdit{Number: number, JSON: []byte(text)})
			}
		}
	}
}

// loaded shows the project, or says why it cannot be opened.
func (s *State) loaded(t *outside.Turn) {
	l := s.load
	s.load = nil
	t.Soon()
	var p *project.Project
	var gone []*project.Photo
	switch {
	case l.why != "":
	case l.record == "":
		l.why = "it is not there any more"
	default:
		var err error
		if p, gone, err = project.Decode([]byte(l.record), l.photos, l.edits); err != nil {
			l.why = err.Error()
		}
	}
	if p == nil {
		if s.showing.noted && s.showing.id == l.id { // it ended, and is told of
			s.unmark(t)
		}
		name := "A saved project"
		if l.name != "" {
			name = "The project “" + l.name + "”"
		}
		l.tell = append(l.tell, base.Notice{Text: name + " could not be opened: " + base.Plainly(l.why) + "."})
		if l.instead = true; l.first {
			s.another(t, l.last, l)
		} else {
			s.tell(t, l.tell)
		}
		return
	}
	unclaimed := ""
	if l.mine && !l.claimed && s.holding.unsure { // neither a lock nor the store tells another tab, which may save meanwhile
		l.mine, unclaimed = false, cmp.Or(l.fault.Error, "it did not answer")
	}
	unread := 0
	if l.mine { // else another tab reads them now
		unread, p.Unread = p.Unread, 0
	}
	s.use(t, p, l)
	b := &s.session.base
	b.Unclaimed = unclaimed
	if l.mine {
		for _, ph := range gone {
			b.ForgetPhoto(ph)
		}
	}
	if l.first && l.instead {
		l.tell = append(l.tell, base.Notice{Text: "“" + p.Name + "” was opened instead. The other is still in the list of projects."})
	}
	s.tell(t, l.tell)
	if unread > 0 {
		b.Notice(t, words.Plural(unread, "photo was", "photos were")+" still to be read when this project was last worked on. Add the same photos or folders again: those that are here already are recognised.")
	}
	if l.said != "" {
		t.Say(l.said)
		if s.read, s.note = l.id, ""; b.InUse() == nil {
			s.note = "“" + p.Name + "” is open under Teach. Nothing is learnt in it yet, so it names no photos."
		}
	}
	s.session.settle(t)
}

// View describes the view.
func (s *State) View() []*node {
	if s.session == nil || s.showing.ticket != 0 {
		return []*node{el("p.quiet", "Opening your project…")}
	}
	filing := ""
	if s.opening != nil {
		filing = s.opening.text()
	}
	return s.session.view(s.projects, filing)
}

// Open is the project that is open, nil while there is none.
func (s *State) Open() *project.Project {
	if s.session == nil {
		return nil
	}
	return s.session.base.Project
}

// Waits says what of the view is still to be done, for those who look for what keeps it.
func (s *State) Waits() string {
	k := s.session
	if k == nil {
		return "for a project"
	}
	return fmt.Sprintf("reading %d (paused %v, network ready %v, fetching %v), learning %v, due %v, saving %v of %v, questions %v, file %v, opening %v, loading %v, after %T",
		k.reader.Left(), k.reader.Paused, k.net.Ready, k.net.Fetch.Busy(), k.learning.Job, k.learning.Due, k.saving.KeptUpTo, k.saving.Queued, len(k.asking.Open), k.filing.Making, s.opening != nil, s.load != nil, s.after)
}

// KindOf names the kind of an event, of those for a project what is in them.
func KindOf(event any) string {
	if e, is := event.(base.InProject); is {
		event = e.Event
	}
	return fmt.Sprintf("%T", event)
}
