package teach

import (
	"maps"
	"slices"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
)

func (EraseProject) Viewing() {}

// Update erases it where the store says that it is deleted still: another tab may have brought it
// back.
func (e EraseProject) Update(d *deleting, t *outside.Turn) {
	d.projects.closeMenu(t, true)
	d.projects.unbin(e.ID)
	if d.checks == nil {
		d.checks = map[int]string{}
	}
	ticket := t.Ticket()
	d.checks[ticket] = e.ID
	t.Ask(outside.Get{Ticket: ticket, Kind: base.NoteRecords, Keys: [][]any{{noteDeleted, e.ID}}})
}

// deleting is the projects that are deleted, for good or so that they can be brought back.
type deleting struct {
	projects *projects
	locks    *locks

	gone   *removed        // the project that was deleted last
	noted  int             // ticket of the note that one was
	checks map[int]string  // projects whose notes are read again before they are deleted for good
	sweeps map[int]string  // projects that have been in the bin for long enough, by ticket
	erased map[int]removed // projects that are being deleted for good, by ticket
	drops  map[int]removed // projects that are to be deleted without being open, by ticket
}

// deletion is the record of a project that was deleted and can still be brought back, or, where it
// is not on, that it was. A page of before there were several has one without an ID.
func deletion(t *outside.Turn, id string, on bool) outside.Record {
	r := outside.Record{Kind: base.NoteRecords, Key: []any{noteDeleted, id}}
	if on {
		r.Value = t.Now.UTC().Format(time.RFC3339)
	}
	return r
}

// sweep deletes for good what has been in the bin for long enough, and what is left of projects
// that were being deleted for good.
func (d *deleting) sweep(t *outside.Turn, gone map[string]time.Time) {
	kept := map[string]bool{}
	for _, one := range d.projects.bin {
		kept[one.ID] = t.Now.Sub(one.at) < binDays*24*time.Hour && !one.at.IsZero()
	}
	for _, id := range slices.Sorted(maps.Keys(gone)) {
		if !kept[id] {
			d.projects.unbin(id)
			d.end(t, id)
		}
	}
}

// end deletes a project for good that no tab holds.
func (d *deleting) end(t *outside.Turn, id string) {
	if d.sweeps == nil {
		d.sweeps = map[int]string{}
	}
	d.sweeps[d.locks.ask(t, id, 0, false)] = id
}

// note puts a project into the bin, and returns what is told of it.
func (d *deleting) note(t *outside.Turn, one removed) base.Notice {
	text := say("Deleted the project {1}.", one.name)
	if !d.projects.stored {
		return base.Notice{Text: text}
	}
	d.gone = &one
	d.projects.toBin(t, one)
	d.noted = t.Ticket()
	t.Ask(outside.Write{Ticket: d.noted, Records: []outside.Record{deletion(t, one.id, true)}})
	return base.Notice{Text: say("{1} It can be brought back for {2} days.", text, binDays), Event: BringBack{one.id}, Action: say("Bring it back")}
}

// bringBack takes a project out of the bin, and returns it, nil where it is not in it.
func (d *deleting) bringBack(t *outside.Turn, id string) *removed {
	if d.gone != nil && d.gone.id == id {
		d.gone = nil
	}
	one := d.projects.unbin(id)
	if one == nil {
		return nil
	}
	t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{deletion(t, id, false)}})
	return &removed{id, one.Name}
}

// erase deletes what is kept of a project for good.
func (d *deleting) erase(t *outside.Turn, one removed) {
	if d.erased == nil {
		d.erased = map[int]removed{}
	}
	ticket := t.Ticket()
	d.erased[ticket] = one
	t.Ask(outside.Clear{Ticket: ticket, Prefix: []any{one.id}})
}

// drop deletes a project that is not open, where no other tab holds it.
func (d *deleting) drop(t *outside.Turn, id string) {
	one := d.projects.find(id)
	if one == nil || id == d.projects.open.ID {
		return
	}
	if d.drops == nil {
		d.drops = map[int]removed{}
	}
	d.drops[d.locks.ask(t, id, 0, false)] = removed{id, one.Name}
}

// held takes whether this tab has a project that is to be deleted.
func (d *deleting) held(t *outside.Turn, e outside.Held) {
	if id, is := d.sweeps[e.Ticket]; is {
		if delete(d.sweeps, e.Ticket); e.Mine {
			d.erase(t, removed{id: id})
		}
	}
	one, is := d.drops[e.Ticket]
	if !is {
		return
	}
	delete(d.drops, e.Ticket)
	b := d.projects.open
	if !e.Mine {
		b.Notice(t, say("The project {1} is open in another tab and was not deleted.", one.name))
		return
	}
	b.Notices = slices.DeleteFunc(b.Notices, func(n base.Notice) bool {
		return slices.ContainsFunc(n.More, func(a base.Action) bool { return a.Event == any(DropProject{one.id}) })
	})
	b.NoticeWith(t, d.note(t, one))
}

// Receive takes whether what was asked of the store was done, and tells whether it was asked here.
func (d *deleting) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Piece:
		id, is := d.checks[e.Ticket]
		if is && len(e.Records) > 0 {
			d.end(t, id)
		}
		return is
	case outside.Ended:
		if _, is := d.checks[e.Ticket]; is {
			delete(d.checks, e.Ticket)
			return true
		}
		one, is := d.erased[e.Ticket]
		if !is {
			return false
		}
		delete(d.erased, e.Ticket)
		switch {
		case e.Error == "":
			t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{deletion(t, one.id, false), base.HolderRecord(one.id, ""), {Kind: base.NoteRecords, Key: []any{noteDeleted}}}})
		case one.name != "":
			d.projects.open.Notice(t, say("The project {1} could not be deleted: {2}.", one.name, base.Plainly(e.Error)))
		}
		return true
	case outside.Written:
		if e.Ticket != d.noted || d.noted == 0 {
			return false
		}
		d.noted = 0
		if d.gone != nil && e.Error != "" {
			d.projects.open.Notice(t, say("That the project {1} was deleted could not be noted: {2}. It will be there again when the page is opened the next time.", d.gone.name, base.Plainly(e.Error)))
		}
		return true
	}
	return false
}

// holds tells whether a project is to stay this tab's.
func (d *deleting) holds(id string) bool {
	for _, one := range d.sweeps {
		if one == id {
			return true
		}
	}
	for _, list := range []map[int]removed{d.erased, d.drops} {
		for _, one := range list {
			if one.id == id {
				return true
			}
		}
	}
	return false
}
