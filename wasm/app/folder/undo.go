package folder

import (
	"bytes"
	"crypto/sha256"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/text"
)

// undoNext begins to take back the file that is next, or removes the folders that were made.
func (s *State) undoNext(t *outside.Turn) {
	w := s.work
	w.again = false
	switch {
	case len(w.left) > 0 && w.action == Move:
		e := w.left[0]
		w.ask(t)
		t.Ask(outside.CompareFiles{Ticket: w.ticket, Folder: w.folder, Path: e.To, Other: e.From})
	case len(w.left) > 0:
		w.ask(t)
		t.Ask(outside.ReadFile{Ticket: w.ticket, Folder: w.folder, Path: w.left[0].To, Most: mostSidecar})
	case len(w.folders) > 0:
		w.ask(t)
		t.Ask(outside.RemoveFolder{Ticket: w.ticket, Folder: w.folder, Path: w.folders[len(w.folders)-1]})
	default:
		w.phase = closing
		s.finish(t)
	}
}

// undone takes an answer of undoing.
func (s *State) undone(t *outside.Turn, d outside.FileDone) {
	w := s.work
	switch {
	case d.Fault == outside.Denied || d.Fault == outside.Full:
		s.halt(t, faultText(d.Fault, d.Error))
	case len(w.left) == 0: // a folder that is not empty stays
		w.folders = w.folders[:len(w.folders)-1]
	case w.file == 1: // it was removed, or written back
		s.restored(t, d)
	case w.action == Move:
		s.foundBack(t, d)
	default:
		s.readBack(t, d)
	}
}

// foundBack takes a file to where it was, once it is known what is there.
func (s *State) foundBack(t *outside.Turn, d outside.FileDone) {
	w := s.work
	e := w.left[0]
	switch {
	case d.Fault != outside.Fine:
		s.leaveAs(t, faultText(d.Fault, d.Error))
	case !d.There && d.Other: // it is back, or was never moved
		w.same++
		s.tookBack(t)
	case !d.There:
		s.leaveAs(t, text.Say("it is not there any more, under this name or the former one"))
	case !d.Other:
		w.moving = &moving{from: e.To, to: e.From, bytes: -1}
		w.moving.begin(t, w.folder, false)
		w.since = t.Now
	case d.Same || d.File.Bytes == 0 && !e.Done: // a copy that the original outlived
		w.ask(t)
		w.file = 1
		t.Ask(outside.RemoveFile{Ticket: w.ticket, Folder: w.folder, Path: e.To, Bytes: d.File.Bytes, Changed: d.File.Changed})
	case d.Was.Bytes == 0: // an empty file that a copy left that did not come through
		w.moving = &moving{from: e.To, to: e.From, bytes: -1}
		w.moving.begin(t, w.folder, true)
		w.since = t.Now
	case !e.Done: // it is somebody else's
		w.same++
		s.tookBack(t)
	default:
		s.leaveAs(t, text.Say("something else is where it was"))
	}
}

// readBack gives a sidecar what it held, if it is as it was written.
func (s *State) readBack(t *outside.Turn, d outside.FileDone) {
	w := s.work
	e := w.left[0]
	sum := sha256.Sum256(d.Data)
	switch {
	case d.Fault == outside.Gone && e.Fresh, d.Fault == outside.Fine && !e.Fresh && bytes.Equal(d.Data, e.Old):
		w.same++
		s.tookBack(t)
	case d.Fault != outside.Fine:
		s.leaveAs(t, faultText(d.Fault, d.Error))
	case e.Fresh && !e.Done && len(d.Data) == 0, e.Fresh && bytes.Equal(sum[:], e.Sum):
		w.ask(t)
		w.file = 1
		t.Ask(outside.RemoveFile{Ticket: w.ticket, Folder: w.folder, Path: e.To, Bytes: d.File.Bytes, Changed: d.File.Changed})
	case bytes.Equal(sum[:], e.Sum):
		w.ask(t)
		w.file = 1
		t.Ask(outside.WriteFile{Ticket: w.ticket, Folder: w.folder, Path: e.To, Old: d.Data, Data: e.Old})
	case !e.Done:
		w.same++
		s.tookBack(t)
	default:
		s.leaveAs(t, text.Say("it was changed since, and stays as it is"))
	}
}

// restored takes the end of a removal or writing.
func (s *State) restored(t *outside.Turn, d outside.FileDone) {
	if d.Fault != outside.Fine && d.Fault != outside.Gone {
		s.leaveAs(t, faultText(d.Fault, d.Error))
		return
	}
	s.work.done++
	s.tookBack(t)
}

// wentBack takes the end of a file's way back.
func (s *State) wentBack(t *outside.Turn, m *moving) {
	if m.fault != outside.Fine {
		s.leaveAs(t, faultText(m.fault, m.why))
		return
	}
	e := s.work.left[0]
	s.elsewhere(e, e.To, e.From, m.file)
	s.work.done++
	s.tookBack(t)
}

// leaveAs leaves a file, and says why.
func (s *State) leaveAs(t *outside.Turn, why string) {
	w := s.work
	w.failed = append(w.failed, failure{w.left[0].To, why})
	s.nextBack(t)
}

func (s *State) tookBack(t *outside.Turn) {
	s.work.left[0].Undone = true
	s.nextBack(t)
}

func (s *State) nextBack(t *outside.Turn) {
	w := s.work
	w.left, w.file = w.left[1:], 0
	w.pace.Tick(t.Now)
}
