package folder

import (
	"bytes"
	"crypto/sha256"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// readNext reads the next sidecar of the batch, or begins a batch.
func (s *State) readNext(t *outside.Turn) {
	w := s.work
	if w.at == w.end {
		if w.at == len(w.steps) {
			w.phase = closing
			return
		}
		w.end = min(w.at+batch, len(w.steps))
		w.read, w.extra = w.at, false
	}
	for ; w.read < w.end; w.read, w.extra = w.read+1, false {
		st := w.steps[w.read]
		from := st.had
		if w.extra {
			from = st.along()
		}
		if !w.extra && (st.had == "" || st.sidecar == "") {
			st.fresh, w.extra = true, true
			from = st.along()
		}
		if from == "" || w.zip == nil && w.extra {
			continue
		}
		w.ask(t)
		ask := outside.ReadFile{Ticket: w.ticket, Folder: w.folder, Path: from, Most: mostSidecar}
		if f, given := s.given[from]; given && s.open == nil {
			ask.Folder, ask.File = nil, f.Object
		}
		t.Ask(ask)
		return
	}
	w.phase = merging
}

// along is a file that goes into the zip with a photo and is not changed: the sidecar of a program
// that calls it otherwise.
func (st *step) along() string {
	if len(st.beside) > 0 && st.beside[0].To != "" {
		return st.beside[0].From
	}
	return ""
}

// gotSidecar takes a sidecar that was read.
func (s *State) gotSidecar(t *outside.Turn, d outside.FileDone) {
	w := s.work
	st := w.steps[w.read]
	switch {
	case d.Fault == outside.Denied:
		s.halt(t, faultText(d.Fault, d.Error))
		return
	case d.Fault == outside.Gone && !w.extra:
		st.fresh = true
	case d.Fault != outside.Fine && !w.extra:
		st.why = text.Say("its sidecar could not be read: {1}", faultText(d.Fault, d.Error))
	case d.Fault != outside.Fine:
	case w.extra:
		st.extra = d.Data
	default:
		st.old, st.fresh = d.Data, false
	}
	if !w.extra {
		w.extra = true
		return
	}
	w.read, w.extra = w.read+1, false
}

// merge has names written into the sidecars of the batch.
func (s *State) merge(t *outside.Turn) {
	w := s.work
	var list []protocol.Sidecar
	for _, st := range w.steps[w.at:w.end] {
		if st.sidecar != "" && st.why == "" {
			list = append(list, protocol.Sidecar{Data: st.old, Label: st.label, Score: st.score, Network: w.namer})
		}
	}
	if len(list) == 0 {
		w.phase = noting
		return
	}
	s.helper.ask(t, protocol.Merge{Sidecars: list})
}

func (s *State) merged(t *outside.Turn, answer any) {
	w := s.work
	m, is := answer.(protocol.Merged)
	if !is {
		s.halt(t, answer.(protocol.Failed).Error)
		return
	}
	for _, st := range w.steps[w.at:w.end] {
		if st.sidecar == "" || st.why != "" || len(m.Sidecars) == 0 {
			continue
		}
		got := m.Sidecars[0]
		m.Sidecars = m.Sidecars[1:]
		st.data, st.same = got.Data, got.Same
		if got.Error != "" {
			st.why = text.Say("its sidecar is left as it is: {1}", text.Foreign(got.Error))
		}
	}
	w.phase = noting
}

// note notes what is about to be done.
func (s *State) note(t *outside.Turn) {
	w := s.work
	if w.list == nil {
		w.phase = doing
		return
	}
	for _, st := range w.steps[w.at:w.end] {
		switch {
		case st.why != "" || st.entries != nil:
			continue
		case w.action == Move:
			st.entries = append(st.entries, &entry{From: st.from, To: st.to, photo: st.photo})
			for _, b := range st.beside {
				st.entries = append(st.entries, &entry{From: b.From, To: b.To})
			}
		case !st.same:
			sum := sha256.Sum256(st.data)
			st.entries = []*entry{{To: st.sidecar, Old: st.old, Fresh: st.fresh, Sum: sum[:]}}
		}
		w.list.add(st.entries)
	}
	w.ask(t)
	s.lists.write(t, w.ticket, w.list)
}

// noted goes on once that is in the store. Where there is none, it stays with the page.
func (s *State) noted(t *outside.Turn, e outside.Written) {
	w := s.work
	if e.Error != "" && e.Full {
		s.halt(t, text.Say("there is no room in the browser to note what is done, and nothing is done that could not be undone"))
		return
	}
	w.list.stored = e.Error == ""
	w.phase = doing
}

// doNext does the next thing of the step that is next.
func (s *State) doNext(t *outside.Turn) {
	w := s.work
	if w.at == w.end {
		w.phase = reading
		return
	}
	st := w.steps[w.at]
	switch {
	case w.zip != nil:
		s.zipNext(t, st)
	case st.why != "":
		s.failStep(t, st.why)
	case w.action == Sidecars && st.same:
		w.same++
		s.stepEnded(t)
	case w.action == Sidecars && w.again:
		w.ask(t)
		t.Ask(outside.ReadFile{Ticket: w.ticket, Folder: w.folder, Path: st.sidecar, Most: mostSidecar})
	case w.action == Sidecars:
		s.writeSidecar(t, st)
	case w.backing:
		e := st.entries[w.file]
		w.moving = &moving{from: e.To, to: e.From, bytes: -1}
		w.moving.begin(t, w.folder, w.again)
	default:
		e := st.entries[w.file]
		w.moving = &moving{from: e.From, to: e.To, bytes: -1}
		if w.file == 0 {
			w.moving.bytes, w.moving.changed = st.file.Bytes, st.file.Changed
		}
		w.moving.begin(t, w.folder, w.again)
	}
	w.since, w.again = t.Now, false
}

func (s *State) writeSidecar(t *outside.Turn, st *step) {
	w := s.work
	w.ask(t)
	t.Ask(outside.WriteFile{Ticket: w.ticket, Folder: w.folder, Path: st.sidecar, Fresh: st.fresh, Old: st.old, Data: st.data})
}

func (s *State) sidecarDone(t *outside.Turn, d outside.FileDone) {
	w := s.work
	st := w.steps[w.at]
	switch {
	case d.Fault == outside.Denied || d.Fault == outside.Full:
		s.halt(t, faultText(d.Fault, d.Error))
		return
	case d.Data == nil && d.Fault == outside.Fine: // it is written
	case d.Data == nil && d.Fault != outside.Gone:
		s.failStep(t, faultText(d.Fault, d.Error))
		return
	case bytes.Equal(d.Data, st.data): // it was looked at, and had been written
	case d.Fault == outside.Gone && st.fresh, d.Fault == outside.Fine && !st.fresh && bytes.Equal(d.Data, st.old):
		s.writeSidecar(t, st)
		return
	default:
		s.failStep(t, text.Say("its sidecar was changed meanwhile"))
		return
	}
	st.entries[0].Done = true
	w.done++
	s.stepEnded(t)
}

// wentThere takes the end of a file's way to its place.
func (s *State) wentThere(t *outside.Turn, m *moving) {
	w := s.work
	st := w.steps[w.at]
	e := st.entries[w.file]
	switch {
	case w.backing:
		if m.fault != outside.Fine {
			w.reason = text.Say("{1}; and {2} could not be taken back: {3}", text.Foreign(w.reason), e.To, faultText(m.fault, m.why))
		} else {
			e.Done = false
			s.elsewhere(e, e.To, e.From, m.file)
		}
		s.takeBack(t)
	case m.fault != outside.Fine:
		w.reason = faultText(m.fault, m.why)
		if w.file > 0 {
			w.reason = e.From + ": " + w.reason
		}
		w.backing = true
		s.takeBack(t)
	default:
		e.Done = true
		s.elsewhere(e, e.From, e.To, m.file)
		if w.file++; w.file == len(st.entries) {
			w.done++
			s.stepEnded(t)
		}
	}
}

// takeBack goes to the file before, of a step of which one failed: all of its files are moved, or
// none.
func (s *State) takeBack(t *outside.Turn) {
	w := s.work
	if w.file--; w.file < 0 {
		s.failStep(t, w.reason)
	}
}

func (s *State) failStep(t *outside.Turn, why string) {
	w := s.work
	w.failed = append(w.failed, failure{w.steps[w.at].from, why})
	s.stepEnded(t)
}

// stepEnded goes to the next step.
func (s *State) stepEnded(t *outside.Turn) {
	w := s.work
	st := w.steps[w.at]
	st.old, st.data, st.extra = nil, nil, nil
	w.at, w.file, w.backing, w.reason = w.at+1, 0, false, ""
	w.pace.Tick(t.Now)
}

// zipNext adds what belongs to a step.
func (s *State) zipNext(t *outside.Turn, st *step) {
	w := s.work
	if w.action == Zip {
		s.helper.ask(t, protocol.Sum{File: st.file.Object})
		return
	}
	if st.why != "" {
		s.failStep(t, st.why)
		return
	}
	s.zipSidecar(t, st)
	w.done++
	s.stepEnded(t)
}

// zipSidecar adds the sidecar of a step: with its name, or as it was.
func (s *State) zipSidecar(t *outside.Turn, st *step) {
	data := st.data
	if st.same {
		data = st.old
	}
	if st.sidecar != "" && len(data) > 0 {
		s.work.zip.text(st.sidecar, data, t.Now)
	}
	if len(st.extra) > 0 {
		s.work.zip.text(st.beside[0].To, st.extra, t.Now)
	}
}

// summed adds a photo.
func (s *State) summed(t *outside.Turn, answer any) {
	w := s.work
	st := w.steps[w.at]
	sum, is := answer.(protocol.Summed)
	switch {
	case !is:
		s.failStep(t, answer.(protocol.Failed).Error)
		return
	case sum.Bytes != st.file.Bytes:
		s.failStep(t, faultText(outside.Altered, ""))
		return
	}
	w.zip.photo(st.to, &st.file, sum)
	if st.why == "" {
		s.zipSidecar(t, st)
	} else {
		w.failed = append(w.failed, failure{st.sidecar, st.why})
	}
	w.done++
	s.stepEnded(t)
}
