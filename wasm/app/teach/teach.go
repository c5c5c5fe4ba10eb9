package teach

import (
	"cmp"
	"fmt"
	"slices"

	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/text"
)

// A State is the view's: the project that is open, and what there is besides.
type State struct {
	list       *catalogue.List
	workers    int
	online     bool // it is shown
	begun      bool
	generation int

	session  *session // the open project, nil until there is one
	projects projects
	files    files
	locks    locks
	deleting deleting
	taking   taking
	showing  showing
	panels   panels // those of these that are any

	own    int    // ticket of the lock of the open project, which was not loaded
	wanted string // place that the address named
	start  *start // what is read of the store at first
	load   *load  // a project that is being opened
	after  any    // what is to be done once all is saved
	anyway bool   // or although it cannot be
	early  []any  // files that were given before there was a project
}

// A start is what is read of the store at first, before the list of projects.
type start struct {
	ticket int
	notes  map[string]string
}

// New makes the view.
func New(list *catalogue.List, workers int) *State {
	s := &State{list: list, workers: workers, locks: locks{mine: map[string]bool{}}}
	s.files = files{projects: &s.projects, networks: list}
	s.deleting = deleting{projects: &s.projects, locks: &s.locks}
	s.taking = taking{locks: &s.locks}
	s.panels = panels{of(&s.projects), of(&s.files), of(&s.deleting), of(&s.showing), of(&s.locks)}
	return s
}

// Begin opens the project that was open last, or a new one.
func (s *State) Begin(t *outside.Turn) {
	if !s.begun {
		s.begun = true
		s.locks.tab = newID(t)
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
	s.CloseMenu(t, false)
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
	case s.session.busy() || s.files.now != nil || s.load != nil || s.after != nil || s.taking.ticket != 0 || len(s.deleting.drops) > 0:
		return "busy"
	}
	return "ready"
}

// Status says in a few words what can be done now.
func (s *State) Status() string {
	switch {
	case s.list.Trouble != nil:
		return say("Not ready")
	case s.session == nil:
		return say("Starting")
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
		if s.panels.update(t, m.Event) {
			t.Soon()
			return true
		}
		return s.session.act(t, m.Event)
	case Undo, Redo:
		return s.session != nil && s.session.act(t, e)
	case DropFile:
		m.Update(&s.files, t)
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
		s.drawn(t)
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
		if s.start != nil && m.Ticket == s.start.ticket {
			for _, r := range m.Records {
				if text, is := r.Value.(string); is {
					s.start.notes[r.Key[0].(string)] = text
				}
			}
			return true
		}
		if s.projects.listing.piece(m) || s.load.piece(m) {
			return true
		}
	case outside.Ended:
		if s.ended(t, m) {
			return true
		}
	case outside.Written:
		if s.load.written(m) || s.showing.written(t, m) {
			return true
		}
	}
	return s.panels.receive(t, e)
}

// ended takes that something was read.
func (s *State) ended(t *outside.Turn, e outside.Ended) bool {
	if s.start != nil && s.start.ticket == e.Ticket {
		s.start.ticket = 0
		s.started(t)
		return true
	}
	if is, all := s.projects.listing.ended(e); is {
		switch {
		case all && s.start != nil:
			s.started(t)
		case all:
			s.projects.renew(t)
		}
		t.Soon()
		return true
	}
	is, all := s.load.ended(e)
	if all {
		s.loaded(t)
	}
	return is
}

// Tick takes the time.
func (s *State) Tick(t *outside.Turn) {
	if s.session != nil {
		s.session.tick(t)
	}
	each(s.panels, func(p ticker) { p.Tick(t) })
	s.overdue(t)
	s.settle(t)
}

// Wake says when the time is wanted.
func (s *State) Wake(w *outside.Wake) {
	if s.session != nil {
		s.session.wake(w)
	}
	each(s.panels, func(p waker) { p.Wake(w) })
}

// settle does what waits until all is saved.
func (s *State) settle(t *outside.Turn) {
	if s.load == nil {
		s.files.settle(t)
	}
	s.asked()
	s.leave(t)
	if k := s.session; k != nil && k.relist {
		k.relist = false
		s.projects.read(t)
	}
	s.locks.tidy(t, s.wants)
	if s.session != nil && s.projects.stored {
		s.locks.tell(t, &s.session.base)
	}
}

// asked takes what a person asked for. While a project is being opened, that is nothing.
func (s *State) asked() {
	asked := s.projects.asked
	s.projects.asked = nil
	switch e := asked.(type) {
	case nil:
	case openRead:
		s.after, s.anyway = asked, false
	case Anyway:
		if s.load == nil {
			s.after, s.anyway = e.After, e.After != nil
		}
	default:
		if s.load == nil {
			s.after, s.anyway = asked, false
		}
	}
}

// leave does what a person asked for once all of the open project is saved.
func (s *State) leave(t *outside.Turn) {
	k := s.session
	if s.after == nil || k == nil || s.load != nil {
		return
	}
	_, deletes := s.after.(DeleteProject)
	empty := len(k.base.Classes) == 0 && len(k.base.Versions) == 0
	unsaved := k.saving.Failed || k.saving.Stranded
	switch {
	case unsaved && !empty && !s.anyway && (!deletes || !s.projects.stored):
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
	n := base.Notice{Event: Anyway{s.after}, Action: say("Leave it without saving")}
	switch _, deletes := s.after.(DeleteProject); {
	case deletes:
		n.Text, n.Action = say("Nothing is kept here, so that “{1}” cannot be brought back once it is deleted. Save it as a file first, if you may want it again.", b.Name), say("Delete it")
	case s.projects.stored && !b.Elsewhere:
		n.Text = say("The latest changes to “{1}” are not saved and would be lost. Save it as a file first, or make room and try again.", b.Name)
	default:
		n.Text = say("The latest changes to “{1}” are not saved and would be lost. Save it as a file first.", b.Name)
	}
	s.after = nil
	b.Notices = slices.DeleteFunc(b.Notices, isAnyway)
	b.NoticeWith(t, n)
}

// proceed does what waited until all was saved.
func (s *State) proceed(t *outside.Turn, after any) {
	s.enlist(t)
	switch e := after.(type) {
	case NewProject:
		s.use(t, project.New(newID(t), s.projects.freeName(t.Words(say("My classes"))), t.Now), nil)
		t.Say(say("A new project."))
		t.Ask(outside.Focus{Selector: "#project-name", Select: true})
	case BeginLesson:
		if b := &s.session.base; b.Elsewhere || b.Lesson == 0 && len(b.Classes)+len(b.Versions) > 0 && !s.list.Single {
			s.use(t, project.New(newID(t), s.projects.freeName(t.Words(say("My classes"))), t.Now), nil)
		}
		s.session.lesson.Begin(t, s.projects.freeName(t.Words(say("Fish and buildings"))))
		s.session.settle(t)
	case OpenProject:
		s.loads(t, load{id: e.ID})
	case DropProject:
		s.deleting.drop(t, e.ID)
	case WorkHere:
		s.taking.begin(t, s.session.base.ID)
	case openRead:
		s.loads(t, load{id: e.id, said: say("Opened {1}.", e.name)})
	case DeleteProject:
		s.delete(t)
	case BringBack:
		if gone := s.deleting.bringBack(t, e.ID); gone != nil {
			s.loads(t, load{id: gone.id, name: gone.name})
		}
	}
}

// enlist brings the list of projects up to date with the one that is open, which is saved by now.
func (s *State) enlist(t *outside.Turn) {
	b := &s.session.base
	if b.Elsewhere {
		return
	}
	s.projects.forget(b.ID)
	if gone := s.deleting.gone; s.projects.stored && (gone == nil || gone.id != b.ID) {
		s.projects.enlist(t)
	}
}

// delete puts the project that is open into the bin.
func (s *State) delete(t *outside.Turn) {
	b := &s.session.base
	tell := s.deleting.note(t, removed{b.ID, b.Name})
	s.another(t, "", &load{tell: []base.Notice{tell}})
}

// held takes whether this tab has a project.
func (s *State) held(t *outside.Turn, e outside.Held) {
	if !s.locks.take(e) {
		return
	}
	switch {
	case s.load != nil && s.load.hold == e.Ticket:
		s.load.hold = 0
		s.reads(t, e.Mine)
	case s.taking.ticket == e.Ticket:
		if id, refused := s.taking.held(t, e); id != "" {
			s.loads(t, load{id: id, said: say("You work on this project here now.")})
		} else if refused {
			s.session.base.Notice(t, say("The other tab does not let go of the project. Close it, and try again."))
		}
	default:
		s.deleting.held(t, e)
	}
	if k := s.session; k != nil && k.base.ID == e.Project && !e.Mine && s.load == nil { // another tab was quicker
		k.lost(t)
	}
	t.Soon()
}

// overdue gives up what the browser does not answer.
func (s *State) overdue(t *outside.Turn) {
	for _, ticket := range s.locks.due(t.Now) {
		s.held(t, outside.Held{Ticket: ticket})
		if k := s.session; ticket == s.own && k != nil && !k.base.Elsewhere { // asked again: another tab might open it
			s.own = s.locks.ask(t, k.base.ID, 0, false)
		}
	}
}

// wants tells whether a project is to stay this tab's.
func (s *State) wants(id string) bool {
	return s.session != nil && s.session.base.ID == id && !s.session.base.Elsewhere || s.load != nil && s.load.id == id || s.taking.holds(id) || s.deleting.holds(id)
}

// elsewhere takes that another tab has a project, or asks for it.
func (s *State) elsewhere(t *outside.Turn, e any) bool {
	k := s.session
	open := func(id string) bool { return k != nil && k.base.ID == id && !k.base.Elsewhere }
	switch e := e.(type) {
	case outside.Stolen:
		if delete(s.locks.mine, e.Project); open(e.Project) {
			k.lost(t)
			k.settle(t)
		}
	case outside.Called:
		if open(e.Project) && s.projects.stored {
			k.yields = true
			k.settle(t)
		}
	default:
		return false
	}
	t.Soon()
	return true
}

// Note is what is to be told, outside of this view, of a project file that was dropped; "" for
// nothing.
func (s *State) Note() string { return s.files.note }

// Title names the project and the version in use, for the document; "" while there is none.
func (s *State) Title() string {
	if s.session == nil {
		return ""
	}
	if n := s.session.base.Current; n > 0 {
		return text.Say("{1}, version {2}", s.session.base.Name, n)
	}
	return text.Name(s.session.base.Name)
}

// MenuOpen tells whether the menu of projects is open.
func (s *State) MenuOpen() bool { return s.projects.menuOpen }

// CloseMenu closes it; with back the keyboard goes back to its button.
func (s *State) CloseMenu(t *outside.Turn, back bool) {
	if s.projects.menuOpen {
		s.projects.closeMenu(t, back)
	}
}

// Pressed is what a key does that no element takes, nil for nothing.
func (s *State) Pressed(key string) any {
	if s.session == nil || s.projects.menuOpen {
		return nil
	}
	return s.session.pressed(key)
}

// Read gives the ID of a project that was opened from a file, once; "" for none.
func (s *State) Read() string {
	id := s.files.read
	s.files.read = ""
	return id
}

// Taught are the projects in the store that have a head, and can name photos elsewhere: the one
// that is open as it is now.
func (s *State) Taught() []project.Summary { return s.projects.taught() }

// Place is what is shown of the project, for the page's address.
func (s *State) Place() string {
	if s.session == nil {
		return s.wanted
	}
	return s.session.place()
}

// Go shows what a place names, once there is a project.
func (s *State) Go(t *outside.Turn, place string) {
	if s.wanted = place; s.session != nil {
		s.goTo(t, place)
	}
}

// lessonPlace names the lesson, wherever that leads.
const lessonPlace = "lesson"

func (s *State) goTo(t *outside.Turn, place string) {
	if place == lessonPlace {
		s.projects.asked = BeginLesson{}
		return
	}
	s.session.goTo(t, place)
}

// use shows a project: one that was loaded, or, where l is nil, a new one.
func (s *State) use(t *outside.Turn, p *project.Project, l *load) {
	wanted := s.wanted
	if s.session != nil {
		s.session.close(t)
		wanted = ""
	}
	s.generation++
	stored := s.projects.stored
	k := newSession(p, s.generation, s.list, s.workers, stored)
	s.session, s.projects.open = k, &k.base
	k.base.Online = s.online
	k.saving.Tab = s.locks.tab
	if l != nil {
		k.base.Elsewhere, k.saving.Loaded, k.saving.Claimed = !l.mine, true, l.claimed
		if l.mine && !l.claimed {
			k.saving.Fail(t, l.fault.Error, l.fault.Full)
		}
	} else if stored { // no other tab knows of it
		s.own = s.locks.ask(t, p.ID, 0, false)
	}
	if stored {
		t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{base.NoteOpen}, Value: p.ID}}}) // else another is opened first at the next visit
	}
	k.begin(t)
	s.goTo(t, wanted)
	if !stored {
		k.saving.Reason = s.projects.unstored
		k.saving.Fail(t, s.projects.unstored, false)
	}
	s.projects.read(t)
	early := s.early
	s.early = nil
	for _, e := range early {
		k.given(t, e)
	}
	t.Soon()
}

// opened takes whether the store is open.
func (s *State) opened(t *outside.Turn, why string) {
	if s.projects.stored = why == ""; !s.projects.stored {
		s.projects.unstored = why
		if s.session == nil {
			s.use(t, project.New(newID(t), t.Words(say("My classes")), t.Now), nil)
		} else {
			s.session.saving.Fail(t, why, false)
		}
		return
	}
	if s.session != nil { // it was not open before
		s.own = s.locks.ask(t, s.session.base.ID, 0, false)
		s.session.saving.Opened(t)
		s.session.settle(t)
		s.projects.read(t)
		return
	}
	s.start = &start{notes: map[string]string{}, ticket: t.Ticket()}
	var keys [][]any
	for _, name := range []string{base.NoteOpen, noteOpening, noteShowing} {
		keys = append(keys, []any{name})
	}
	t.Ask(outside.Get{Ticket: s.start.ticket, Kind: base.NoteRecords, Keys: keys})
	s.projects.read(t)
}

// started opens the first project: the one that was open last, if it can be shown.
func (s *State) started(t *outside.Turn) {
	if s.start.ticket != 0 || s.projects.listing.tickets != [2]int{} {
		return
	}
	notes, listing := s.start.notes, s.projects.listing
	s.start, s.projects.listing = nil, nil
	s.projects.list, s.projects.bin = listing.order()
	s.deleting.sweep(t, listing.gone)
	s.files.sweep(t, notes[noteOpening])
	s.showing = shownBefore(notes[noteShowing], t.Now)
	l := load{}
	if listing.why != "" {
		l.tell = append(l.tell, base.Notice{Text: listing.unread()})
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
	list := slices.Clone(s.projects.list)
	if i := slices.IndexFunc(list, func(one project.Summary) bool { return one.ID == last }); i > 0 {
		first := list[i]
		copy(list[1:i+1], list[:i])
		list[0] = first
	}
	for _, one := range list {
		if slices.Contains(l.tried, one.ID) {
			continue
		}
		l.tried = append(l.tried, one.ID)
		if one.ID == last && s.showing.id == one.ID && s.showing.times >= mostTries {
			l.tell = append(l.tell, base.Notice{
				Text: say("The project {1} could not be shown twice: open another, save its file, or remove it.", one.Name),
				More: []base.Action{{Event: SaveStored{one.ID}, Text: say("Save its file")}, {Event: DropProject{one.ID}, Text: say("Remove it")}},
			})
			l.instead = true
			continue
		}
		l.id, l.last, l.name = one.ID, last, one.Name
		s.loads(t, l)
		return
	}
	s.use(t, project.New(newID(t), s.projects.freeName(t.Words(say("My classes"))), t.Now), nil)
	s.tell(t, l.tell)
}

func (s *State) tell(t *outside.Turn, list []base.Notice) {
	for _, n := range list {
		s.session.base.NoticeWith(t, n)
	}
}

// mark notes that a project is about to be shown, where the view is.
func (s *State) mark(t *outside.Turn, id string) {
	if s.online && s.projects.stored {
		s.showing.begin(t, id)
	}
}

// drawn is called after a drawing.
func (s *State) drawn(t *outside.Turn) {
	if k := s.session; s.online && k != nil && k.base.ID == s.showing.id && !k.learning.Shows() {
		s.showing.drawn(t)
	}
}

// loads opens a project: this tab holds it from then on, where no other does.
func (s *State) loads(t *outside.Turn, l load) {
	if one := s.projects.find(l.id); one != nil {
		l.name = one.Name
	}
	s.load = &l
	if s.locks.mine[l.id] {
		s.reads(t, true)
	} else {
		l.hold = s.locks.ask(t, l.id, patientHold, false)
	}
}

// reads reads the project from the store. That this tab holds it, and that it is about to be shown,
// is noted before.
func (s *State) reads(t *outside.Turn, mine bool) {
	l := s.load
	if one := s.projects.find(l.id); l.first && !mine && one != nil && one.Classes+one.Photos == 0 { // of one with nothing in it, in another tab, there is nothing to see
		s.load = nil
		s.another(t, l.last, l)
		return
	}
	l.begin(t, s.locks.tab, mine)
	s.mark(t, l.id)
	l.read(t)
}

// loaded shows the project, or says why it cannot be opened.
func (s *State) loaded(t *outside.Turn) {
	l := s.load
	s.load = nil
	t.Soon()
	p, gone := l.project()
	if p == nil {
		s.unreadable(t, l)
		return
	}
	unclaimed := ""
	if l.mine && !l.claimed && s.locks.unsure { // neither a lock nor the store tells another tab, which may save meanwhile
		l.mine, unclaimed = false, cmp.Or(l.fault.Error, say("it did not answer"))
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
		l.tell = append(l.tell, base.Notice{Text: say("“{1}” was opened instead. The other is still in the list of projects.", p.Name)})
	}
	s.tell(t, l.tell)
	if unread > 0 {
		b.Notice(t, say("{1|# photo was|# photos were} still to be read when this project was last worked on. Add the same photos or folders again: those that are here already are recognised.", unread))
	}
	if l.said != "" {
		t.Say(l.said)
		if s.files.read, s.files.note = l.id, ""; b.InUse() == nil {
			s.files.note = say("“{1}” is open under Teach. Nothing is learnt in it yet, so it names no photos.", p.Name)
		}
	}
	s.session.settle(t)
}

// unreadable says why a project cannot be opened, and opens another where none is open.
func (s *State) unreadable(t *outside.Turn, l *load) {
	if s.showing.noted && s.showing.id == l.id { // it ended, and is told of
		s.showing.end(t)
	}
	name := say("A saved project")
	if l.name != "" {
		name = say("The project “{1}”", l.name)
	}
	l.tell = append(l.tell, base.Notice{Text: say("{1} could not be opened: {2}.", name, base.Plainly(l.why))})
	if l.instead = true; l.first {
		s.another(t, l.last, l)
	} else {
		s.tell(t, l.tell)
	}
}

// View describes the view.
func (s *State) View() []*node {
	if s.session == nil || s.showing.ticket != 0 {
		return []*node{el("p.quiet", say("Opening your project…"))}
	}
	return s.session.view(s.projects.menu(s.files.picker()), s.projects.elsewhere(), s.files.doing())
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
		k.reader.Left(), k.reader.Paused, k.net.Ready, k.net.Fetch.Busy(), k.learning.Job, k.learning.Due, k.saving.Written, k.saving.Queued, len(k.asking.Open), k.filing.Making, s.files.now != nil, s.load != nil, s.after)
}

// KindOf names the kind of an event, of those for a project what is in them.
func KindOf(event any) string {
	if e, is := event.(base.InProject); is {
		event = e.Event
	}
	return fmt.Sprintf("%T", event)
}
