package folder

import (
	"homeroom/wasm/app/outside"
)

// A moving is a file on its way from one place to another, where nothing may be: in one step where
// the browser does that, else by a copy that is compared before the file itself goes.
type moving struct {
	from, to       string
	bytes, changed int64 // of the file; bytes below 0 for any
	stage          movingStage
	ticket         int
	file           outside.File // at its new place
	fault          outside.Fault
	why            string
}

type movingStage int

const (
	comparing movingStage = iota // what is there, after it was begun once before
	clearing                     // the empty file goes that a copy left
	renaming
	copying
	removing // the file goes
	unmaking // the copy goes, since the file cannot
)

// begin begins, or, where it may have begun before, finds out how far it came.
func (m *moving) begin(t *outside.Turn, folder outside.Object, again bool) {
	if again {
		m.ask(t, comparing)
		t.Ask(outside.CompareFiles{Ticket: m.ticket, Folder: folder, Path: m.to, Other: m.from})
		return
	}
	m.ask(t, renaming)
	t.Ask(outside.MoveFile{Ticket: m.ticket, Folder: folder, From: m.from, To: m.to, Bytes: m.bytes, Changed: m.changed})
}

func (m *moving) ask(t *outside.Turn, stage movingStage) { m.stage, m.ticket = stage, t.Ticket() }

// end ends it with what went wrong.
func (m *moving) end(fault outside.Fault, why string) bool {
	m.fault, m.why = fault, why
	return true
}

// receive takes an answer, and tells whether that was the last.
func (m *moving) receive(t *outside.Turn, folder outside.Object, d outside.FileDone) (ended bool) {
	m.ticket = 0
	switch m.stage {
	case comparing:
		return m.looked(t, folder, d)
	case clearing:
		if d.Fault != outside.Fine && d.Fault != outside.Gone {
			return m.end(d.Fault, d.Error)
		}
		m.begin(t, folder, false)
	case renaming:
		if d.Fault != outside.Unable {
			m.file = d.File
			return m.end(d.Fault, d.Error)
		}
		m.ask(t, copying)
		t.Ask(outside.CopyFile{Ticket: m.ticket, Folder: folder, From: m.from, To: m.to, Bytes: m.bytes, Changed: m.changed})
	case copying:
		if d.Fault != outside.Fine {
			return m.end(d.Fault, d.Error)
		}
		m.file = d.File
		m.remove(t, folder, d.Was)
	case removing:
		switch d.Fault {
		case outside.Fine, outside.Gone: // where somebody removed it meanwhile, the copy is all there is
			return m.end(outside.Fine, "")
		case outside.Denied:
			return m.end(d.Fault, d.Error)
		}
		m.fault, m.why = d.Fault, d.Error
		m.ask(t, unmaking)
		t.Ask(outside.RemoveFile{Ticket: m.ticket, Folder: folder, Path: m.to, Bytes: m.file.Bytes, Changed: m.file.Changed})
	case unmaking:
		return true
	}
	return false
}

func (m *moving) remove(t *outside.Turn, folder outside.Object, f outside.File) {
	m.ask(t, removing)
	t.Ask(outside.RemoveFile{Ticket: m.ticket, Folder: folder, Path: m.from, Bytes: f.Bytes, Changed: f.Changed})
}

// looked goes on from what is there.
func (m *moving) looked(t *outside.Turn, folder outside.Object, d outside.FileDone) bool {
	switch {
	case d.Fault != outside.Fine:
		return m.end(d.Fault, d.Error)
	case !d.There:
		m.begin(t, folder, false)
	case !d.Other: // it was done
		m.file = d.File
		return m.end(outside.Fine, "")
	case d.Same && (m.bytes < 0 || d.Was.Bytes == m.bytes && d.Was.Changed == m.changed):
		m.file = d.File
		m.remove(t, folder, d.Was)
	case d.File.Bytes == 0:
		m.ask(t, clearing)
		t.Ask(outside.RemoveFile{Ticket: m.ticket, Folder: folder, Path: m.to, Bytes: 0, Changed: d.File.Changed})
	default:
		return m.end(outside.Taken, "")
	}
	return false
}
