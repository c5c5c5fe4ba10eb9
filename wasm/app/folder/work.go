package folder

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// batch is how many steps are noted at once before they are done.
const batch = 64

// mostSidecar is the most bytes of a sidecar that is read.
const mostSidecar = 16 << 20

func (w *work) running() bool { return w.halted == "" && w.phase != over }

// ask begins to wait for an answer.
func (w *work) ask(t *outside.Turn) { w.ticket, w.since = t.Ticket(), t.Now }

// halt has the work stand still.
func (s *State) halt(t *outside.Turn, why string) {
	w := s.work
	w.halted, w.ticket, w.moving, w.stop = why, 0, nil, false
	if w.undoing {
		w.file = 0 // what is next is looked at anew
	}
	s.helper.drop(t)
	if w.list != nil {
		s.lists.save(t, w.list) // how far it came
	}
	t.Say(w.tally() + " " + words.Sentence(why))
	t.Focus("#folder-go-on")
}

// elsewhere notes that a file lies elsewhere now.
func (s *State) elsewhere(e *entry, from, to string, f outside.File) {
	if o := s.open; o != nil && o.name == s.work.name {
		delete(o.files, from)
		o.files[to] = true
		delete(o.known, from)
		o.known[to] = true
		f.Folder, f.Path = o.number, o.name+"/"+to
		if e.photo == 0 { // the list is of an earlier visit
			e.photo = s.work.byPath[from]
		}
		if e.photo != 0 && f.Object != nil {
			s.moved = append(s.moved, Photo{ID: e.photo, File: f})
		}
	}
}

// finish ends the work.
func (s *State) finish(t *outside.Turn) {
	w := s.work
	s.work = nil
	s.helper.drop(t)
	if w.zip != nil && w.halted == "" {
		w.zip.offer(t, w.name)
	}
	if w.list != nil {
		s.lists.ended(t, w.list, w.undoing || w.halted != "")
	}
	changed := w.zip == nil
	s.told = w
	w.phase, w.steps, w.zip = over, nil, nil
	t.Say(w.tally())
	if s.open != nil {
		if changed { // else a zip is being saved, beside which a list takes the browser's memory
			s.list(t)
		}
		if s.open.watching && s.open.listAt.IsZero() && !s.open.tells {
			s.open.listAt = t.Now.Add(listEvery)
		}
	}
	t.Focus("#folder-told")
}

// tally says what was done.
func (w *work) tally() string {
	var what string
	n := w.done
	switch {
	case w.undoing:
		what = text.Say("Took back {1|# file|# files}.", n)
	case w.action == Move:
		what = text.Say("Moved {1|# photo|# photos}.", n)
	case w.action == Sidecars:
		what = text.Say("Wrote {1|# sidecar|# sidecars}.", n)
	case w.action == ZipSidecars:
		what = text.Say("Put {1|# sidecar|# sidecars} into the zip.", n)
	default:
		what = text.Say("Put {1|# photo|# photos} into the zip.", n)
	}
	if w.same > 0 && w.undoing {
		what += " " + text.Say("{1|# file was|# files were} as before already.", w.same)
	} else if w.same > 0 {
		what += " " + text.Say("{1|# sidecar|# sidecars} needed no change.", w.same)
	}
	if len(w.failed) > 0 {
		what += " " + text.Say("{1|# file was left as it is.|# files were left as they are.}", len(w.failed))
	}
	return what
}
