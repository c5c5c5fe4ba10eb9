package folder

import (
	"slices"
	"time"

	"homeroom/core/intake"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// gotFolder begins with the folder that was picked.
func (s *State) gotFolder(t *outside.Turn, e outside.FolderPicked) {
	s.picked = 0
	t.Soon()
	if e.Folder == nil {
		if e.Error != "" {
			s.why = words.Sentence(e.Error)
			t.Say(text.Say("The folder could not be opened. {1}", s.why))
		}
		return
	}
	if s.work != nil {
		return
	}
	s.leave(t)
	s.last++
	s.open = &opened{number: s.last, folder: e.Folder, name: e.Name, known: map[string]bool{}, young: map[string]outside.File{}, watching: true}
	s.shown, s.table = true, nil
	s.list(t)
	s.watch(t)
	t.Say(text.Say("Opened {1}.", e.Name))
}

func (s *State) leave(t *outside.Turn) {
	if s.open != nil && s.open.watch != 0 {
		t.Ask(outside.UnwatchFolder{Ticket: s.open.watch})
	}
	s.open, s.plan, s.table = nil, nil, nil
}

// watch begins or ends watching.
func (s *State) watch(t *outside.Turn) {
	o := s.open
	if o.watch != 0 {
		t.Ask(outside.UnwatchFolder{Ticket: o.watch})
	}
	o.watch, o.tells, o.listAt = 0, false, time.Time{}
	if o.watching {
		o.watch = t.Ticket()
		t.Ask(outside.WatchFolder{Ticket: o.watch, Folder: o.folder})
	}
}

func (s *State) list(t *outside.Turn) {
	o := s.open
	if o.listing == 0 && o.opening == 0 {
		o.listing, o.begun, o.listAt = t.Ticket(), t.Now, time.Time{}
		t.Ask(outside.ListFolder{Ticket: o.listing, Folder: o.folder})
	}
}

// listed takes what is in the folder, and has what is new opened.
func (s *State) listed(t *outside.Turn, e outside.FolderListed) bool {
	o := s.open
	if o == nil || e.Ticket != o.listing || o.listing == 0 {
		return false
	}
	o.listing = 0
	t.Soon()
	if e.Fault != outside.Fine {
		o.why = faultText(e.Fault, e.Error)
		s.listLater(t)
		return true
	}
	o.why, o.unread, o.listed = "", e.Unread, true
	o.files, o.folders = set(e.Files), set(e.Folders)
	if s.work != nil { // it was listed in the middle of changes
		return true
	}
	var fresh []string
	for _, p := range e.Files {
		if !o.known[p] && !intake.CalledSidecar(p) {
			fresh = append(fresh, p)
		}
	}
	for p := range o.young {
		if !o.files[p] {
			delete(o.young, p)
		}
	}
	if len(fresh) == 0 {
		s.listLater(t)
		return true
	}
	slices.Sort(fresh)
	o.opening = t.Ticket()
	t.Ask(outside.OpenFiles{Ticket: o.opening, Folder: o.folder, Paths: fresh})
	return true
}

// filesOpened hands on photos that are new, once nobody writes to them any more.
func (s *State) filesOpened(t *outside.Turn, e outside.FilesOpened) bool {
	o := s.open
	if o == nil || e.Ticket != o.opening || o.opening == 0 {
		return false
	}
	o.opening = 0
	t.Soon()
	var ripe []outside.File
	for _, f := range e.Files {
		if f.Object == nil || o.known[f.Path] {
			continue
		}
		was, seen := o.young[f.Path]
		since := t.Now.UnixMilli() - f.Changed
		old := f.Bytes > 0 && since >= quiet.Milliseconds()
		if old || seen && was.Bytes == f.Bytes && was.Changed == f.Changed {
			delete(o.young, f.Path)
			o.known[f.Path] = true
			f.Folder, f.Path = o.number, o.name+"/"+f.Path
			ripe = append(ripe, f)
		} else {
			o.young[f.Path] = f
		}
	}
	s.taken = append(s.taken, ripe...)
	s.listLater(t)
	return true
}

// listLater says when the folder is listed next.
func (s *State) listLater(t *outside.Turn) {
	o := s.open
	var w outside.Wake
	w.By(o.listAt)
	if len(o.young) > 0 {
		w.By(t.Now.Add(quiet))
	}
	if o.watching && !o.tells {
		w.By(t.Now.Add(max(listEvery, 10*t.Now.Sub(o.begun)))) // of large folders less often
	}
	o.listAt = w.At
}
