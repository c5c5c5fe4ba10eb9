package teach

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/words"
)

// The notes of the store.
const (
	noteOpen    = "open"    // the project that was open last
	noteDeleted = "deleted" // one that was deleted and could be brought back
	noteOpening = "opening" // a file that is being opened: the ID that its project is to have, a space, and when that began, in milliseconds since 1970
	noteShowing = "showing" // a project that was to be shown: its ID, a space, and how often it was
)

// longOpening is after what time a file that was being opened is no longer: its tab was closed.
const longOpening = time.Hour

// A State is the view's.
type State struct {
	list       *catalogue.List
	early      []any // Drop and Paste, until a project is open
	workers    int
	online     bool // it is shown
	begun      bool
	stored     bool   // the store is open
	unstored   string // why it is not
	generation int

	session  *session          // the open project, nil until there is one
	projects []project.Summary // all that are saved, newest first
	gone     *removed          // a project that was deleted and can still be brought back

	start   *start // what is read of the store at first
	listing int    // ticket of the list of projects that is being read
	listed  []project.Summary
	load    *load    // a project that is being opened
	after   any      // what is to be done once all is saved
	opening *opening // a project file that is
	showing showing  // a project that is about to be shown
}

// showing is a project that is about to be shown. It is noted in the store before, and the note is taken back once it was: one that
// keeps the page from answering, or ends it, is not opened by itself again and again.
type showing struct {
	id     string
	times  int  // that it was begun
	noted  bool // there is a note
	ticket int  // of its being written
	done   wait // then it is laid out
}

// removed is a project that was deleted and can still be brought back.
type removed struct{ id, name string }

// A start is what is read of the store at first.
type start struct {
	tickets [2]int // of notes and projects; 0 once they are there
	notes   map[string]string
}

// A load is a project on its way from the store.
type load struct {
	id      string
	tickets [3]int // of its record, its photos and its edits
	record  string
	photos  []*project.Photo
	edits   []project.SavedEdit
	why     string   // it cannot be opened
	first   bool     // where it cannot, another is
	last    string   // that was open last
	tried   []string // projects that were tried, or passed over
	tell    []notice // once it is open
	said    string
}

// New makes the view.
func New(list *catalogue.List, workers int) *State { return &State{list: list, workers: workers} }

// Begin opens the project that was open last, or a new one.
func (s *State) Begin(t *outside.Turn) {
	if !s.begun {
		s.begun = true
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
		s.session.base.again = true
		s.session.settle(t)
	}
}

// Retry tries again to fetch the network.
func (s *State) Retry(t *outside.Turn) {
	if s.session == nil {
		return
	}
	s.session.handBack(t, s.session.net.close(t))
	s.session.net.fresh = true
	s.session.settle(t)
	t.Soon()
}

// Standing says how the view stands: loading, busy or ready.
func (s *State) Standing() string {
	switch {
	case s.session == nil || s.showing.ticket != 0:
		return "loading"
	case s.session.busy() || s.opening != nil || s.load != nil || s.after != nil:
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
	return s.session.net.status()
}

// Leaving tells whether a person who closes the page now is to be asked first.
func (s *State) Leaving() bool {
	k := s.session
	return k != nil && (k.reader.active() && !k.reader.looking || k.saving.failed)
}

type (
	// Drop takes files that were dropped where no element takes them, Paste those that were pasted.
	Drop  struct{ Files []outside.File }
	Paste struct{ Files []outside.File }
)

// onProjects is an event of the list of projects.
type onProjects interface {
	update(*State, *outside.Turn)
}

// Update deals with an event, and tells whether it was one of this view.
func (s *State) Update(t *outside.Turn, e any) bool {
	defer s.settle(t)
	switch m := e.(type) {
	case inProject:
		if s.session == nil || m.generation != s.session.base.generation {
			return false
		}
		if p, is := m.event.(onProjects); is {
			p.update(s, t)
			t.Soon()
			return true
		}
		return s.session.act(t, m.event)
	case Undo, Redo:
		return s.session != nil && s.session.act(t, e)
	case Drop, Paste:
		s.early = append(s.early, e)
		s.takeEarly(t)
		return true
	case outside.StoreOpened:
		s.opened(t, m.Error)
		return true
	case outside.Drawn:
		s.shown(t)
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
	if s.showing.done.due(t) && s.showing.noted {
		s.unmark(t)
	}
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
	w.By(s.showing.done.at)
}

// settle does what waits until all is saved.
func (s *State) settle(t *outside.Turn) {
	k := s.session
	if s.after == nil || k == nil || s.load != nil {
		return
	}
	_, deletes := s.after.(DeleteProject)
	switch {
	case k.saving.failed && !deletes && !(len(k.base.Classes) == 0 && len(k.base.Versions) == 0):
		s.after = nil
		k.base.notice(t, "The latest changes are not saved, so this project stays open. Save it as a file, or make room, and try again.")
	case k.saving.failed || k.saving.clean() && !k.saving.due.waits():
		after := s.after
		s.after = nil
		s.proceed(t, after)
	default:
		k.saving.flush(t)
	}
	t.Soon()
}

// proceed does what waited until all was saved.
func (s *State) proceed(t *outside.Turn, after any) {
	s.enlist(t)
	switch e := after.(type) {
	case NewProject:
		s.use(t, project.New(newID(t), s.freeName("My classes"), t.Now))
		t.Say("A new project.")
		t.Ask(outside.Focus{Selector: "#project-name", Select: true})
	case OpenProject:
		s.loads(t, load{id: e.ID})
	case DropProject:
		s.drop(t, e.ID)
	case OpenRead:
		s.loads(t, load{id: e.ID, said: "Opened " + e.Name + "."})
	case DeleteProject:
		s.delete(t)
	case BringBack:
		if gone := s.gone; gone != nil {
			s.gone = nil
			s.session.base.keep(outside.Record{Kind: noteRecords, Key: []any{noteDeleted}})
			s.session.settle(t)
			s.loads(t, load{id: gone.id})
		}
	}
}

// enlist brings the list of projects up to date with the one that is open, which is saved by now.
func (s *State) enlist(t *outside.Turn) {
	p := s.session.base.Project
	s.projects = slices.DeleteFunc(s.projects, func(one project.Summary) bool { return one.ID == p.ID })
	if s.stored && (s.gone == nil || s.gone.id != p.ID) {
		s.projects = append([]project.Summary{{ID: p.ID, Name: p.Name, Saved: t.Now, Classes: len(p.Classes), Photos: p.Count()}}, s.projects...)
	}
}

func newID(t *outside.Turn) string { return strconv.FormatUint(t.Lot(), 36) }

func (NewProject) update(s *State, t *outside.Turn)    { s.wait(t, NewProject{}) }
func (e OpenProject) update(s *State, t *outside.Turn) { s.wait(t, e) }
func (DeleteProject) update(s *State, t *outside.Turn) { s.wait(t, DeleteProject{}) }
func (BringBack) update(s *State, t *outside.Turn)     { s.wait(t, BringBack{}) }
func (e DropProject) update(s *State, t *outside.Turn) { s.wait(t, e) }

func (s *State) wait(t *outside.Turn, after any) {
	t.Ask(outside.Fold{Selector: "details[data-menu]"})
	if s.load == nil {
		s.after = after
	}
}

// use shows a project.
func (s *State) use(t *outside.Turn, p *project.Project) {
	if s.session != nil {
		s.session.close(t)
	}
	s.generation++
	s.session = newSession(p, s.generation, s.list, s.workers, s.stored)
	s.session.base.online = s.online
	s.session.begin(t)
	if !s.stored {
		s.session.saving.reason = s.unstored
		s.session.saving.fail(t, s.unstored, false)
	}
	s.takeEarly(t)
	s.lists(t)
	t.Soon()
}

// takeEarly gives a project what was dropped and pasted before there was one.
func (s *State) takeEarly(t *outside.Turn) {
	if s.session == nil {
		return
	}
	for _, e := range s.early {
		switch e := e.(type) {
		case Drop:
			s.session.drop(t, e.Files)
		case Paste:
			s.session.paste(t, e.Files)
		}
	}
	s.early = nil
}

// opened takes whether the store is open.
func (s *State) opened(t *outside.Turn, why string) {
	if s.stored = why == ""; !s.stored {
		s.unstored = why
		if s.session == nil {
			s.use(t, project.New(newID(t), "My classes", t.Now))
		} else {
			s.session.saving.fail(t, why, false)
		}
		return
	}
	if s.session != nil { // it was not open before
		s.session.saving.opened(t)
		s.session.settle(t)
		s.lists(t)
		return
	}
	s.start = &start{notes: map[string]string{}, tickets: [2]int{t.Ticket(), t.Ticket()}}
	var keys [][]any
	for _, name := range []string{noteOpen, noteDeleted, noteOpening, noteShowing} {
		keys = append(keys, []any{name})
	}
	t.Ask(outside.Get{Ticket: s.start.tickets[0], Kind: noteRecords, Keys: keys})
	t.Ask(outside.GetAll{Ticket: s.start.tickets[1], Kind: projectRecords})
}

// lists reads the list of projects.
func (s *State) lists(t *outside.Turn) {
	if s.stored {
		s.listing, s.listed = t.Ticket(), nil
		t.Ask(outside.GetAll{Ticket: s.listing, Kind: projectRecords})
	}
}

// piece takes some of what was read of the store.
func (s *State) piece(e outside.Piece) bool {
	switch {
	case s.start != nil && e.Ticket == s.start.tickets[0]:
		for _, r := range e.Records {
			if text, is := r.Value.(string); is {
				s.start.notes[r.Key[0].(string)] = text
			}
		}
	case s.start != nil && e.Ticket == s.start.tickets[1], e.Ticket == s.listing && s.listing != 0:
		for _, r := range e.Records {
			if text, is := r.Value.(string); is {
				if one, err := project.Summarise([]byte(text)); err == nil {
					s.listed = append(s.listed, one)
				}
			}
		}
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
	case s.start != nil && slices.Contains(s.start.tickets[:], e.Ticket):
		for i := range s.start.tickets {
			if s.start.tickets[i] == e.Ticket {
				s.start.tickets[i] = 0
			}
		}
		if s.start.tickets == [2]int{} {
			s.started(t)
		}
	case e.Ticket == s.listing && s.listing != 0:
		s.listing = 0
		if e.Error != "" {
			s.session.base.notice(t, "The list of your projects could not be read: "+plainly(e.Error)+".")
		} else {
			s.order()
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
func (s *State) order() {
	list := slices.DeleteFunc(s.listed, func(one project.Summary) bool { return s.gone != nil && one.ID == s.gone.id })
	slices.SortFunc(list, func(a, b project.Summary) int { return b.Saved.Compare(a.Saved) })
	s.projects, s.listed = list, nil
}

// mostTries is how often a project is opened by itself that was not shown in the end.
const mostTries = 2

// started opens the first project: the one that was open last, if it can be shown.
func (s *State) started(t *outside.Turn) {
	notes := s.start.notes
	s.start = nil
	// A project that was deleted could be brought back until the page was closed.
	if id, ok := notes[noteDeleted]; ok {
		s.listed = slices.DeleteFunc(s.listed, func(one project.Summary) bool { return one.ID == id })
		t.Ask(outside.Clear{Ticket: t.Ticket(), Prefix: []any{id}})
		t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: noteRecords, Key: []any{noteDeleted}}}})
	}
	s.order()
	s.sweep(t, notes[noteOpening])
	id, times, _ := strings.Cut(notes[noteShowing], " ")
	s.showing = showing{id: id, times: number(times), noted: id != ""}
	s.another(t, notes[noteOpen], nil)
}

// another opens a project that can be shown, the one that was open last if that is one, and says so where it is not. Those that were
// tried already are passed over.
func (s *State) another(t *outside.Turn, last string, passed *load) {
	l := load{first: true}
	if passed != nil {
		l.tell, l.tried = passed.tell, passed.tried
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
			l.tell = append(l.tell, notice{
				text: "The project " + one.Name + " could not be shown twice: open another, save its file, or remove it.",
				more: []action{{SaveStored{one.ID}, "Save its file"}, {DropProject{one.ID}, "Remove it"}},
			})
			continue
		}
		l.id, l.last = one.ID, last
		s.loads(t, l)
		return
	}
	s.use(t, project.New(newID(t), s.freeName("My classes"), t.Now))
	s.tell(t, l.tell)
}

func (s *State) tell(t *outside.Turn, list []notice) {
	for _, n := range list {
		s.session.base.noticeWith(t, n)
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
	k.done.stop()
	t.Ask(outside.Write{Ticket: k.ticket, Records: []outside.Record{{Kind: noteRecords, Key: []any{noteShowing}, Value: id + " " + strconv.Itoa(k.times)}}})
}

// layout is how long after a drawing the browser has laid it out.
const layout = 100 * time.Millisecond

// shown is called after a drawing: a project that was shown is one that can be shown.
func (s *State) shown(t *outside.Turn) {
	k := &s.showing
	if k.noted && k.ticket == 0 && s.online && s.session != nil && s.session.base.ID == k.id && !s.session.learning.shows() && !k.done.waits() {
		k.done.in(t, layout)
	}
}

func (s *State) unmark(t *outside.Turn) {
	s.showing = showing{}
	t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: noteRecords, Key: []any{noteShowing}}}}) // else it is one that could not be shown once
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
	t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: noteRecords, Key: []any{noteOpening}}}})
}

// freeName is a name that no project has.
func (s *State) freeName(name string) string { return project.FreeName(name, s.taken()) }

// taken are the names of all projects.
func (s *State) taken() []string {
	var out []string
	for _, one := range s.projects {
		out = append(out, one.Name)
	}
	return out
}

// loads reads a project from the store. That it is about to be shown is noted before.
func (s *State) loads(t *outside.Turn, l load) {
	s.mark(t, l.id)
	for i := range l.tickets {
		l.tickets[i] = t.Ticket()
	}
	s.load = &l
	t.Ask(outside.Get{Ticket: l.tickets[0], Kind: projectRecords, Keys: [][]any{{l.id}}})
	t.Ask(outside.GetAll{Ticket: l.tickets[1], Kind: photoRecords, Prefix: []any{l.id}})
	t.Ask(outside.GetAll{Ticket: l.tickets[2], Kind: editRecords, Prefix: []any{l.id}})
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
		l.tell = append(l.tell, notice{text: "A saved project could not be opened: " + plainly(l.why) + "."})
		if l.first {
			s.another(t, l.last, l)
		} else {
			s.tell(t, l.tell)
		}
		return
	}
	unread := p.Unread
	p.Unread = 0
	s.use(t, p)
	b := &s.session.base
	for _, ph := range gone {
		b.forget(ph)
	}
	if unread > 0 {
		b.notice(t, words.Plural(unread, "photo was", "photos were")+" still to be read when this page was closed. Add the same photos or folders again: those that are here already are recognised.")
	}
	s.tell(t, l.tell)
	if l.said != "" {
		t.Say(l.said)
	}
	s.session.settle(t)
}

// delete deletes the project that is open.
func (s *State) delete(t *outside.Turn) {
	p := s.session.base.Project
	s.purge(t)
	tell := s.deleted(t, p.ID, p.Name)
	s.another(t, "", &load{tell: []notice{tell}})
}

// deleted notes that a project is deleted. Should the page be closed now, that still holds.
func (s *State) deleted(t *outside.Turn, id, name string) notice {
	s.gone = &removed{id, name}
	s.projects = slices.DeleteFunc(s.projects, func(one project.Summary) bool { return one.ID == id })
	if s.stored {
		t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: noteRecords, Key: []any{noteDeleted}, Value: id}}})
	}
	return notice{text: "Deleted the project " + name + ".", event: BringBack{}, action: "Bring it back"}
}

// purge deletes for good the project that was deleted before.
func (s *State) purge(t *outside.Turn) {
	if s.gone != nil && s.stored {
		t.Ask(outside.Clear{Ticket: t.Ticket(), Prefix: []any{s.gone.id}})
	}
}

// drop deletes a project that is not open.
func (s *State) drop(t *outside.Turn, id string) {
	i := slices.IndexFunc(s.projects, func(one project.Summary) bool { return one.ID == id })
	b := &s.session.base
	if i < 0 || id == b.ID {
		return
	}
	s.purge(t)
	b.notices = slices.DeleteFunc(b.notices, func(n notice) bool { return len(n.more) > 0 })
	b.noticeWith(t, s.deleted(t, id, s.projects[i].Name))
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
		k.reader.left(), k.reader.paused, k.net.ready, k.net.fetch.Busy(), k.learning.job, k.learning.due, k.saving.kept, k.saving.queued, len(k.asking.open), k.filing.making, s.opening != nil, s.load != nil, s.after)
}

// KindOf names the kind of an event, of those for a project what is in them.
func KindOf(event any) string {
	if e, is := event.(inProject); is {
		event = e.event
	}
	return fmt.Sprintf("%T", event)
}
