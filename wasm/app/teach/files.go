package teach

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/protocol"
)

// noteOpening is the note of a file that is being opened: the ID that its project is to have, a
// space, and when that began, in milliseconds since 1970.
const noteOpening = "opening"

// longOpening is after what time a file that was being opened is no longer: its tab was closed.
const longOpening = time.Hour

// files is the project files that are opened, and those that are made of projects that are not
// open.
type files struct {
	projects *projects
	networks *catalogue.List

	now   *opening     // that is being done, nil for nothing
	given outside.File // one that is to be opened, once there is a project
	note  string       // what is to be told of it where another view is shown
	read  string       // ID of the project that came of it, until somebody takes it
}

// An opening is a project file that is being read into the store, by a worker of its own, or made
// of a project that is not open.
type opening struct {
	file outside.File // nothing where one is made
	id   string       // that the project has, or is to have
	note int          // ticket of the note of it
	pool *pool.Pool
	job  protocol.Job
}

type (
	// OpenFile opens a project file as a project of its own.
	OpenFile struct{ File outside.File }
	// DropFile does so with one that was dropped anywhere on the page, once there is a project.
	DropFile struct{ File outside.File }
	// SaveStored makes the file of a project that is not open.
	SaveStored struct{ ID string }
)

// openRead opens the project that was read from a file. Nobody sends it: it is what comes of one.
type openRead struct{ id, name string }

func (OpenFile) Viewing()   {}
func (SaveStored) Viewing() {}

func (e DropFile) Update(f *files, t *outside.Turn) {
	f.given, f.note = e.File, say("Opening {1}", e.File.Name)
}

func (e OpenFile) Update(f *files, t *outside.Turn) {
	t.Ask(outside.Fold{Selector: "details[data-menu]"})
	p := f.projects
	switch {
	case f.now != nil:
		p.open.Notice(t, say("A file is being opened already; try again when that is done."))
		return
	case !p.stored:
		f.note = say("The file could not be opened (there is nowhere to keep it: {1}).", base.Plainly(p.unstored))
		p.open.Notice(t, say("{1} Your project is as it was.", f.note))
		return
	}
	f.now = &opening{file: e.File, id: newID(t), note: t.Ticket()}
	t.Ask(outside.Write{Ticket: f.now.note, Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteOpening}, Value: f.now.id + " " + strconv.FormatInt(t.Now.UnixMilli(), 10)}}})
}

func (e SaveStored) Update(f *files, t *outside.Turn) {
	if f.now != nil {
		f.projects.open.Notice(t, say("A file is being made or opened already; try again when that is done."))
		return
	}
	f.now = &opening{id: e.ID, pool: pool.NewLearning(t)}
}

// settle opens the file that was given, once that can be.
func (f *files) settle(t *outside.Turn) {
	if f.given.Object != nil && f.projects.open != nil && f.now == nil {
		given := f.given
		f.given = outside.File{}
		OpenFile{given}.Update(f, t)
	}
}

// Receive takes what is told of the note and of the worker, and tells whether it was of one of
// here.
func (f *files) Receive(t *outside.Turn, e any) bool {
	o := f.now
	if o == nil {
		return false
	}
	switch m := e.(type) {
	case outside.Written:
		if m.Ticket != o.note || o.note == 0 {
			return false
		}
		if o.note = 0; m.Error != "" {
			f.fail(t, m.Error)
		} else {
			o.pool = pool.NewLearning(t)
		}
	case outside.FromWorker, outside.WorkerDied:
		told, own := o.pool.Hear(t, m)
		if !own {
			return false
		}
		f.told(t, told)
	default:
		return false
	}
	return true
}

// Tick takes the time.
func (f *files) Tick(t *outside.Turn) {
	if f.now != nil {
		f.told(t, f.now.pool.Tick(t))
	}
}

// Wake says when the time is wanted.
func (f *files) Wake(w *outside.Wake) {
	if f.now != nil {
		f.now.pool.Wake(w)
	}
}

func (f *files) told(t *outside.Turn, list []any) {
	for _, told := range list {
		o := f.now
		if o == nil {
			return
		}
		switch m := told.(type) {
		case pool.Ready:
			if w := o.pool.Idle(); w != nil && o.job == (protocol.Job{}) {
				o.job = protocol.Job{ID: t.Ticket(), Ticket: 1}
				if o.file.Object != nil {
					o.pool.Hand(t, w, protocol.ReadFile{Job: o.job, File: o.file.Object, Stored: o.id, Taken: f.projects.taken()})
				} else {
					o.pool.Hand(t, w, protocol.WriteFile{Job: o.job, Stored: o.id, Networks: learn.Networks(f.networks)})
				}
			}
		case pool.Refused:
			f.fail(t, m.Why)
		case pool.GaveUp:
			f.fail(t, m.Why)
		case pool.Lost:
			f.fail(t, say("the engine stopped while it was at work on the file ({1}); closing other tabs may help", foreign(m.Why)))
		case pool.Answered:
			f.end(t)
			if made, is := m.Message.(protocol.FileWritten); is {
				name := learn.FileName(made.Name) + ".homeroom"
				t.Ask(outside.Offer{Name: name, Object: made.File})
				t.Say(say("Saved {1}.", name))
			} else {
				f.projects.asked = openRead{o.id, o.file.Name}
			}
		}
	}
}

// end ends the work on the file.
func (f *files) end(t *outside.Turn) {
	o := f.now
	f.now = nil
	if o.pool != nil {
		o.pool.Close(t)
	}
	if o.file.Object != nil {
		t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteOpening}}}}) // where that fails, sweep does it
	}
	t.Soon()
}

func (f *files) fail(t *outside.Turn, why string) {
	o, b := f.now, f.projects.open
	f.end(t)
	if o.file.Object == nil {
		b.Notice(t, say("The project could not be saved as a file: {1}.", base.Plainly(why)))
		return
	}
	t.Ask(outside.Clear{Ticket: t.Ticket(), Prefix: []any{o.id}})
	f.note = say("The file could not be opened ({1}).", base.Plainly(why))
	b.Notice(t, say("{1} Your project is as it was.", f.note))
}

// sweep deletes what is left of a file whose opening was cut short. No list has its project.
func (f *files) sweep(t *outside.Turn, note string) {
	if note == "" {
		return
	}
	id, since, _ := strings.Cut(note, " ")
	began, err := strconv.ParseInt(since, 10, 64)
	if err == nil && t.Now.Sub(time.UnixMilli(began)) < longOpening {
		return // perhaps another tab is at it
	}
	if !slices.ContainsFunc(f.projects.list, func(one project.Summary) bool { return one.ID == id }) {
		t.Ask(outside.Clear{Ticket: t.Ticket(), Prefix: []any{id}})
	}
	t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteOpening}}}})
}

// doing says what is being done, "" for nothing.
func (f *files) doing() string {
	switch {
	case f.now == nil:
		return ""
	case f.now.file.Object == nil:
		return say("Making the file")
	}
	return say("Opening {1}", f.now.file.Name)
}

// picker is where a file to open is picked.
func (f *files) picker() *node {
	return el("label.menu-file", el("input.picker", at("type", "file"), at("accept", ".homeroom"), at("aria-label", say("Open a project file")),
		f.projects.open.Picks("project-file", func(files []outside.File) any { return OpenFile{files[0]} })), el("span", say("Open a project file")))
}
