package teach

import (
	"strconv"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/protocol"
)

// An opening is a project file that is being read into the store, by a worker of its own, or made
// of a project that is not open.
type opening struct {
	file outside.File // nothing where one is made
	id   string       // that the project has, or is to have
	note int          // ticket of the note of it
	pool *pool.Pool
	job  protocol.Job
}

func (OpenFile) Viewing() {}

func (e OpenFile) Update(s *State, t *outside.Turn) {
	t.Ask(outside.Fold{Selector: "details[data-menu]"})
	switch {
	case s.opening != nil:
		s.session.base.Notice(t, "A file is being opened already; try again when that is done.")
		return
	case !s.stored:
		s.note = "The file could not be opened (there is nowhere to keep it: " + base.Plainly(s.unstored) + ")."
		s.session.base.Notice(t, s.note+" Your project is as it was.")
		return
	}
	o := &opening{file: e.File, id: newID(t), note: t.Ticket()}
	s.opening = o
	t.Ask(outside.Write{Ticket: o.note, Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteOpening}, Value: o.id + " " + strconv.FormatInt(t.Now.UnixMilli(), 10)}}})
}

// written begins once it is noted.
func (o *opening) written(s *State, t *outside.Turn, e outside.Written) bool {
	if o == nil || e.Ticket != o.note || o.note == 0 {
		return false
	}
	o.note = 0
	if e.Error != "" {
		o.fail(s, t, e.Error)
	} else {
		o.pool = pool.NewLearning(t)
	}
	return true
}

// receive takes what is told of the worker.
func (o *opening) receive(s *State, t *outside.Turn, e any) bool {
	if o == nil || o.pool == nil {
		return false
	}
	switch m := e.(type) {
	case outside.FromWorker:
		w := o.pool.Worker(m.Worker)
		if w == nil {
			return false
		}
		o.told(s, t, o.pool.Receive(t, w, m.Message))
	case outside.WorkerDied:
		w := o.pool.Worker(m.Worker)
		if w == nil {
			return false
		}
		o.told(s, t, o.pool.Lose(t, w, m.Why))
	}
	return true
}

func (o *opening) told(s *State, t *outside.Turn, list []any) {
	for _, told := range list {
		switch m := told.(type) {
		case pool.Ready:
			if w := o.pool.Idle(); w != nil && o.job == (protocol.Job{}) {
				o.job = protocol.Job{ID: t.Ticket(), Ticket: 1}
				if o.file.Object != nil {
					o.pool.Hand(t, w, protocol.ReadFile{Job: o.job, File: o.file.Object, Stored: o.id, Taken: s.taken()})
				} else {
					o.pool.Hand(t, w, protocol.WriteFile{Job: o.job, Stored: o.id, Networks: learn.Networks(s.list)})
				}
			}
		case pool.Refused:
			o.fail(s, t, m.Why)
		case pool.GaveUp:
			o.fail(s, t, m.Why)
		case pool.Lost:
			o.fail(s, t, "the engine stopped while it was at work on the file ("+m.Why+"); closing other tabs may help")
		case pool.Answered:
			o.end(s, t)
			if made, is := m.Message.(protocol.FileWritten); is {
				name := learn.FileName(made.Name) + ".homeroom"
				t.Ask(outside.Offer{Name: name, Object: made.File})
				t.Say("Saved " + name + ".")
			} else {
				s.after = OpenRead{o.id, o.file.Name}
			}
		}
	}
}

// OpenRead opens a project that was read from a file.
type OpenRead struct{ ID, Name string }

// end ends the work on the file.
func (o *opening) end(s *State, t *outside.Turn) {
	s.opening = nil
	if o.pool != nil {
		o.pool.Close(t)
	}
	if o.file.Object != nil {
		t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteOpening}}}}) // where that fails, sweep does it
	}
	t.Soon()
}

// text says what is being done.
func (o *opening) text() string {
	if o.file.Object == nil {
		return "Making the file"
	}
	return "Opening " + o.file.Name
}

func (SaveStored) Viewing() {}

func (e SaveStored) Update(s *State, t *outside.Turn) {
	if s.opening != nil {
		s.session.base.Notice(t, "A file is being made or opened already; try again when that is done.")
		return
	}
	s.opening = &opening{id: e.ID, pool: pool.NewLearning(t)}
}

func (o *opening) fail(s *State, t *outside.Turn, why string) {
	if s.opening != o {
		return
	}
	o.end(s, t)
	if o.file.Object == nil {
		s.session.base.Notice(t, "The project could not be saved as a file: "+base.Plainly(why)+".")
		return
	}
	t.Ask(outside.Clear{Ticket: t.Ticket(), Prefix: []any{o.id}})
	s.note = "The file could not be opened (" + base.Plainly(why) + ")."
	s.session.base.Notice(t, s.note+" Your project is as it was.")
}
