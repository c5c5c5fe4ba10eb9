package teach

import (
	"slices"
	"time"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
)

// A project is changed in one tab at a time: the one that holds it. Which one that is stands in the
// store, where each write looks for it; locks tell whether that tab is still there. In other tabs
// the project can be looked at.

// holding is what a tab knows of the projects that it holds.
type holding struct {
	tab    string            // its name
	mine   map[string]bool   // projects whose lock it has
	unsure bool              // there are no locks here
	told   bool              // and that was told
	own    int               // ticket of the project that is open, which was not loaded
	sweeps map[int]string    // projects that were deleted in tabs which are closed by now, by ticket
	erased map[int]removed   // projects that are being deleted for good, by ticket
	taking taking            // a project that another tab had
	noted  int               // ticket of the note that one was
	drops  map[int]removed   // projects that are to be deleted without being open, by ticket
	until  map[int]time.Time // then no answer is waited for any more, by ticket
}

// taking is a project that is taken over from another tab.
type taking struct {
	id     string
	ticket int // 0 for none
	force  bool
}

// How long a project is waited for: that the page which was here before a reload lets go of it; and
// that the tab which holds it saves what it has, once it is asked for. Browsers that do not answer
// are not waited for.
const (
	patientHold = 700 * time.Millisecond
	politeHold  = 5 * time.Second
	longHold    = 3 * time.Second // beyond those
)

// holds asks for the lock of a project.
func (s *State) holds(t *outside.Turn, id string, patience time.Duration, steal bool) (ticket int) {
	ticket = t.Ticket()
	if s.holding.until == nil {
		s.holding.until = map[int]time.Time{}
	}
	s.holding.until[ticket] = t.Now.Add(patience + longHold)
	t.Ask(outside.Hold{Ticket: ticket, Project: id, Patience: patience, Steal: steal})
	return ticket
}

// held takes whether this tab has a project.
func (s *State) held(t *outside.Turn, e outside.Held) {
	k := &s.holding
	if e.Mine {
		k.mine[e.Project] = true
	}
	if _, waits := k.until[e.Ticket]; !waits { // that was given up, or is told again
		return
	}
	delete(k.until, e.Ticket)
	k.unsure = k.unsure || e.Unsure
	switch {
	case s.load != nil && s.load.hold == e.Ticket:
		s.load.hold = 0
		s.reads(t, e.Mine)
	case k.taking.ticket == e.Ticket:
		s.took(t, e.Mine)
	default:
		if id, is := k.sweeps[e.Ticket]; is {
			if delete(k.sweeps, e.Ticket); e.Mine {
				s.erase(t, removed{id: id})
			}
		}
		if one, is := k.drops[e.Ticket]; is {
			delete(k.drops, e.Ticket)
			s.dropped(t, one, e.Mine)
		}
	}
	if k := s.session; k != nil && k.base.ID == e.Project && !e.Mine && s.load == nil { // another tab was quicker
		k.lost(t)
	}
	t.Soon()
}

// overdue gives up what the browser does not answer.
func (s *State) overdue(t *outside.Turn) {
	for _, ticket := range due(s.holding.until, t.Now) {
		s.held(t, outside.Held{Ticket: ticket})
		if k := s.session; ticket == s.holding.own && k != nil && !k.base.Elsewhere { // asked again: another tab might open it
			s.holding.own = s.holds(t, k.base.ID, 0, false)
		}
	}
}

// due are the tickets whose time has come, in order.
func due(until map[int]time.Time, now time.Time) (out []int) {
	for ticket, at := range until {
		if !at.After(now) {
			out = append(out, ticket)
		}
	}
	slices.Sort(out)
	return out
}

// tidy lets go of the projects that nothing is wanted of any more, and says where nobody can tell
// whether another tab has one.
func (s *State) tidy(t *outside.Turn) {
	k := &s.holding
	var gone []string
	for id := range k.mine {
		if !s.wants(id) {
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	for _, id := range gone {
		delete(k.mine, id)
		t.Ask(outside.LetGo{Project: id})
	}
	if k.unsure && !k.told && s.session != nil && s.stored {
		k.told = true
		s.session.base.Notice(t, "This browser does not tell tabs of each other (that needs https, or this device itself). Work on a project in one tab only: the one that it was opened in last saves it, and another says so as soon as it has something to save.")
	}
}

// wants tells whether a project is to stay this tab's. What can be brought back here is not given
// away.
func (s *State) wants(id string) bool {
	k := &s.holding
	switch {
	case s.session != nil && s.session.base.ID == id && !s.session.base.Elsewhere, s.gone != nil && s.gone.id == id, s.load != nil && s.load.id == id,
		k.taking.ticket != 0 && k.taking.id == id:
		return true
	}
	for _, one := range k.sweeps {
		if one == id {
			return true
		}
	}
	for _, list := range []map[int]removed{k.erased, k.drops} {
		for _, one := range list {
			if one.id == id {
				return true
			}
		}
	}
	return false
}

// elsewhere takes that another tab has a project, or asks for it.
func (s *State) elsewhere(t *outside.Turn, e any) bool {
	k := s.session
	open := func(id string) bool { return k != nil && k.base.ID == id && !k.base.Elsewhere }
	switch e := e.(type) {
	case outside.Stolen:
		if delete(s.holding.mine, e.Project); open(e.Project) {
			k.lost(t)
			k.settle(t)
		}
	case outside.Called:
		if open(e.Project) && s.stored {
			k.yields = true
			k.settle(t)
		}
	default:
		return false
	}
	t.Soon()
	return true
}

// WorkHere works on the project here, and has the other tab let go of it.
type WorkHere struct{}

func (WorkHere) Viewing() {}

func (WorkHere) Update(s *State, t *outside.Turn) {
	if s.session.base.Elsewhere && s.holding.taking.ticket == 0 {
		s.wait(t, WorkHere{})
	}
}

// take asks the other tab for the project, and then takes it.
func (s *State) take(t *outside.Turn) {
	id := s.session.base.ID
	t.Ask(outside.Call{Project: id})
	s.holding.taking = taking{id: id, ticket: s.holds(t, id, politeHold, false)}
}

// took takes whether the other tab let go. One that hangs, or that the browser has put to sleep,
// does not answer; what it wants to write then is refused.
func (s *State) took(t *outside.Turn, mine bool) {
	k := &s.holding.taking
	switch {
	case mine:
		s.loads(t, load{id: k.id, said: "You work on this project here now."})
		*k = taking{}
	case !k.force:
		*k = taking{id: k.id, ticket: s.holds(t, k.id, 0, true), force: true}
	default:
		*k = taking{}
		s.session.base.Notice(t, "The other tab does not let go of the project. Close it, and try again.")
	}
}

// removed is a project that was deleted and can still be brought back.
type removed struct{ id, name string }

// deletion is the record of a project that was deleted and can still be brought back, or, where it
// is not on, that it was. A page of before there were several has one without an ID.
func deletion(t *outside.Turn, id string, on bool) outside.Record {
	r := outside.Record{Kind: base.NoteRecords, Key: []any{noteDeleted, id}}
	if on {
		r.Value = t.Now.UTC().Format(time.RFC3339)
	}
	return r
}

// sweep deletes for good what was deleted in tabs that are closed by now: no tab holds it any more.
func (s *State) sweepDeleted(t *outside.Turn, gone []string) {
	s.holding.sweeps = map[int]string{}
	for _, id := range gone {
		s.holding.sweeps[s.holds(t, id, 0, false)] = id
	}
}

// erase deletes what is kept of a project for good.
func (s *State) erase(t *outside.Turn, one removed) {
	if s.holding.erased == nil {
		s.holding.erased = map[int]removed{}
	}
	ticket := t.Ticket()
	s.holding.erased[ticket] = one
	t.Ask(outside.Clear{Ticket: ticket, Prefix: []any{one.id}})
}

// erasure takes whether that was done, and tells whether it was asked for here.
func (s *State) erasure(t *outside.Turn, e outside.Ended) bool {
	one, is := s.holding.erased[e.Ticket]
	if !is {
		return false
	}
	delete(s.holding.erased, e.Ticket)
	switch {
	case e.Error == "":
		t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{deletion(t, one.id, false), base.HolderRecord(one.id, ""), {Kind: base.NoteRecords, Key: []any{noteDeleted}}}})
	case one.name != "":
		s.session.base.Notice(t, "The project "+one.name+" could not be deleted: "+base.Plainly(e.Error)+".")
	}
	return true
}

// delete deletes the project that is open. It can be brought back until another is deleted or the
// page is closed.
func (s *State) delete(t *outside.Turn) {
	p := s.session.base.Project
	s.purge(t)
	tell := s.deleted(t, p.ID, p.Name)
	s.another(t, "", &load{tell: []base.Notice{tell}})
}

// deleted notes that a project is deleted. Should the page be closed now, that still holds; as long
// as it is open, so does its claim on the project, by which other tabs know that it may come back.
func (s *State) deleted(t *outside.Turn, id, name string) base.Notice {
	text := "Deleted the project " + name + "."
	if !s.stored {
		return base.Notice{Text: text}
	}
	s.gone = &removed{id, name}
	s.projects = slices.DeleteFunc(s.projects, func(one project.Summary) bool { return one.ID == id })
	s.holding.noted = t.Ticket()
	t.Ask(outside.Write{Ticket: s.holding.noted, Records: []outside.Record{deletion(t, id, true)}})
	return base.Notice{Text: text, Event: BringBack{}, Action: "Bring it back"}
}

// undeleted says that a project was not noted as deleted.
func (s *State) undeleted(t *outside.Turn, why string) {
	s.holding.noted = 0
	if s.gone != nil && why != "" {
		s.session.base.Notice(t, "That the project "+s.gone.name+" was deleted could not be noted: "+base.Plainly(why)+". It will be there again when the page is opened the next time.")
	}
}

// purge deletes for good the project that was deleted before.
func (s *State) purge(t *outside.Turn) {
	if gone := s.gone; gone != nil {
		s.gone = nil
		s.erase(t, *gone)
	}
}

// drop deletes a project that is not open, where no other tab holds it.
func (s *State) drop(t *outside.Turn, id string) {
	i := slices.IndexFunc(s.projects, func(one project.Summary) bool { return one.ID == id })
	if i < 0 || id == s.session.base.ID {
		return
	}
	if s.holding.drops == nil {
		s.holding.drops = map[int]removed{}
	}
	s.holding.drops[s.holds(t, id, 0, false)] = removed{id, s.projects[i].Name}
}

func (s *State) dropped(t *outside.Turn, one removed, mine bool) {
	b := &s.session.base
	if !mine {
		b.Notice(t, "The project "+one.name+" is open in another tab and was not deleted.")
		return
	}
	s.purge(t)
	b.Notices = slices.DeleteFunc(b.Notices, func(n base.Notice) bool {
		return slices.ContainsFunc(n.More, func(a base.Action) bool { return a.Event == any(DropProject{one.id}) })
	})
	b.NoticeWith(t, s.deleted(t, one.id, one.name))
}
