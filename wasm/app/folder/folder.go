// Package folder is the panel in which the names of photos are put to use: written into sidecars
// beside them, or as folders that they are moved into, or in a zip. Where the browser lets the page
// work in a folder, it reads one, watches it grow, and changes it as a plan says, which can be
// undone.
//
// State.go has what the panel is. Below it are values of their own: thresholds and the table, the
// worker, a file on its way, lists of what can be undone, a zip. Above it is what happens:
// opening.go for the folder that is open, plan.go for what will happen, work.go with apply.go and
// undo.go for doing it and taking it back, folder.go for what the browser tells, acts.go for what a
// person does, view.go for how it is shown.
package folder

import (
	"time"

	"homeroom/core/intake"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// An event is something that a person does here.
type event interface {
	update(*State, *outside.Turn)
}

// An asking event asks for the photos of the page.
type asking interface {
	updateFrom(s *State, t *outside.Turn, page Page)
}

// New makes the panel.
func New() *State {
	return &State{sure: thresholds{all: queue.Sure, own: map[string]float64{}}, action: Sidecars, whole: true, given: map[string]outside.File{}}
}

// Update deals with an event, and tells whether it was one of the panel's.
func (s *State) Update(t *outside.Turn, e any, page Page) bool {
	switch e := e.(type) {
	case asking:
		e.updateFrom(s, t, page)
		t.Soon()
	case event:
		e.update(s, t)
		t.Soon()
	case outside.StoreOpened, outside.StoreClosed: // others wait for them too
		s.lists.opened(t, e)
		return false
	case outside.FolderPicked:
		if e.Ticket != s.picked || s.picked == 0 {
			return false
		}
		s.gotFolder(t, e)
	case outside.FolderListed:
		if !s.listed(t, e) {
			return false
		}
	case outside.FilesOpened:
		if !s.filesOpened(t, e) {
			return false
		}
	case outside.FolderWatched:
		if s.open == nil || e.Ticket != s.open.watch {
			return false
		}
		s.open.tells = e.Tells
		if !e.Tells {
			s.open.listAt = t.Now.Add(listEvery)
		}
	case outside.FolderChanged:
		if o := s.open; o == nil || e.Ticket != o.watch || o.watch == 0 {
			return false
		} else if o.listAt.IsZero() {
			o.listAt = t.Now.Add(afterChange)
		}
	default:
		if !s.lists.receive(e) && !s.working(t, e) {
			return false
		}
		if _, many := e.(outside.FileDone); !many {
			t.Soon()
		}
	}
	s.advance(t)
	return true
}

// Take returns the photos that came, for the page to name.
func (s *State) Take() []outside.File {
	out := s.taken
	s.taken = nil
	return out
}

// Moved returns the photos whose files are elsewhere now.
func (s *State) Moved() []Photo {
	out := s.moved
	s.moved = nil
	return out
}

// Given notes the sidecars among files that were given to the page.
func (s *State) Given(files []outside.File) {
	for _, f := range files {
		if f.Object != nil && intake.CalledSidecar(f.Name) && !intake.PassedOver(f.Name) {
			p := f.Path
			if p == "" {
				p = f.Name
			}
			s.given[p] = f
		}
	}
}

// Enter is called when the view is shown again, Away when another is.
func (s *State) Enter(t *outside.Turn) {
	s.away = false
	if s.open != nil && s.open.watching && s.work == nil {
		s.list(t)
	}
}

func (s *State) Away() { s.away = true }

// Tick takes the time.
func (s *State) Tick(t *outside.Turn) {
	s.helper.tick(t)
	s.advance(t)
	if o := s.open; o != nil && !o.listAt.IsZero() && !s.away && s.work == nil && !o.listAt.After(t.Now) {
		o.listAt = time.Time{}
		s.list(t)
	}
}

// Wake says when the time is wanted.
func (s *State) Wake(w *outside.Wake) {
	s.helper.wake(w)
	if k := s.work; k != nil && k.stop && k.running() {
		w.By(k.since.Add(patience + time.Millisecond))
	}
	if s.open != nil && !s.away && s.work == nil {
		w.By(s.open.listAt)
	}
}

// Leaving tells whether a person who closes the page now is to be asked first.
func (s *State) Leaving() bool { return s.work != nil && s.work.running() }

// advance does what is next, until there is something to wait for.
func (s *State) advance(t *outside.Turn) {
	for n := 0; ; n++ {
		w := s.work
		if w == nil || w.halted != "" {
			return
		}
		if w.ticket != 0 || w.moving != nil {
			if w.stop && t.Now.Sub(w.since) > patience {
				s.halt(t, text.Say("the browser has not answered for {1|# second|# seconds}", int(patience/time.Second)))
			}
			return
		}
		if s.helper.busy() {
			if w.stop {
				s.halt(t, text.Say("it was stopped"))
			}
			return
		}
		switch {
		case w.stop && w.file == 0 && !w.backing && w.phase != closing:
			s.halt(t, text.Say("it was stopped"))
		case !w.allowed:
			w.ask(t)
			t.Ask(outside.AllowFolder{Ticket: w.ticket, Folder: w.folder})
		case w.undoing:
			s.undoNext(t)
		case w.phase == reading:
			s.readNext(t)
		case w.phase == merging:
			s.merge(t)
		case w.phase == noting:
			s.note(t)
		case w.phase == doing:
			s.doNext(t)
		case w.phase == closing:
			s.finish(t)
			return
		}
	}
}

// working takes what the browser tells, and tells whether it was of the work or the plan.
func (s *State) working(t *outside.Turn, e any) bool {
	w := s.work
	switch e := e.(type) {
	case outside.FolderAllowed:
		if w == nil || e.Ticket != w.ticket || w.ticket == 0 {
			return false
		}
		if w.ticket = 0; e.Allowed {
			w.allowed = true
			break
		}
		why := text.Say("the browser does not let the page change the folder “{1}”", w.name)
		if e.Error != "" {
			why = text.Say("the browser does not let the page change the folder “{1}” ({2})", w.name, text.Foreign(e.Error))
		}
		s.halt(t, why)
	case outside.Written:
		if w == nil || e.Ticket != w.ticket || w.ticket == 0 {
			return false
		}
		w.ticket = 0
		s.noted(t, e)
	case outside.FileDone:
		switch {
		case w == nil || e.Ticket == 0:
			return false
		case w.moving != nil && e.Ticket == w.moving.ticket:
			w.since = t.Now
			if w.moving.receive(t, w.folder, e) {
				s.movingEnded(t)
			}
		case e.Ticket == w.ticket:
			w.ticket = 0
			s.fileDone(t, e)
		default:
			return false
		}
	default:
		if !s.helper.receive(t, e) {
			return false
		}
		s.helped(t)
	}
	return true
}

// helped takes the worker's answer, or that there is none.
func (s *State) helped(t *outside.Turn) {
	h := &s.helper
	answer, why := h.answer, h.why
	if answer == nil && why == "" {
		return
	}
	h.answer, h.why = nil, ""
	if answer == nil && s.work != nil {
		s.halt(t, why)
		return
	}
	if answer == nil {
		answer = protocol.Failed{Error: why}
	}
	switch w := s.work; {
	case w == nil && s.plan != nil && s.plan.asked:
		s.arranged(t, answer)
	case w == nil || w.halted != "":
	case w.phase == merging:
		s.merged(t, answer)
	case w.phase == doing && w.zip != nil:
		s.summed(t, answer)
	}
}

// fileDone takes what was done with a file that is not on its way to another place.
func (s *State) fileDone(t *outside.Turn, d outside.FileDone) {
	w := s.work
	switch {
	case w.undoing:
		s.undone(t, d)
	case w.phase == reading:
		s.gotSidecar(t, d)
	case w.phase == doing && w.action == Sidecars:
		s.sidecarDone(t, d)
	}
}

// movingEnded takes the end of a file's way.
func (s *State) movingEnded(t *outside.Turn) {
	w, m := s.work, s.work.moving
	w.moving = nil
	switch {
	case m.fault == outside.Denied || m.fault == outside.Full:
		s.halt(t, faultText(m.fault, m.why))
	case w.undoing:
		s.wentBack(t, m)
	default:
		s.wentThere(t, m)
	}
}
