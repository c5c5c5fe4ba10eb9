package teach

import (
	"slices"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
)

// deleting is the projects that are deleted, for good or so that they can be brought back.
type deleting struct {
	projects *projects
	locks    *locks

	gone   *removed        // a project that was deleted and can still be brought back
	noted  int             // ticket of the note that one was
	sweeps map[int]string  // projects that were deleted in tabs which are closed by now, by ticket
	erased map[int]removed // projects that are being deleted for good, by ticket
	drops  map[int]removed // projects that are to be deleted without being open, by ticket
}

// removed is a project that is or was deleted.
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
func (d *deleting) sweep(t *outside.Turn, gone []string) {
	d.sweeps = map[int]string{}
	for _, id := range gone {
		d.sweeps[d.locks.ask(t, id, 0, false)] = id
	}
}

// note notes that a project is deleted, and returns what is told of it. Should the page be closed
// now, that still holds; as long as it is open, so does its claim on the project, by which other
// tabs know that it may come back.
func (d *deleting) note(t *outside.Turn, one removed) base.Notice {
	text := "Deleted the project " + one.name + "."
	if !d.projects.stored {
		return base.Notice{Text: text}
	}
	d.gone = &one
	d.projects.forget(one.id)
	d.noted = t.Ticket()
	t.Ask(outside.Write{Ticket: d.noted, Records: []outside.Record{deletion(t, one.id, true)}})
	return base.Notice{Text: text, Event: BringBack{}, Action: "Bring it back"}
}

// bringBack takes back that a project was deleted, and returns it, nil where none can be.
func (d *deleting) bringBack(t *outside.Turn) *removed {
	gone := d.gone
	if d.gone = nil; gone != nil {
		t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{deletion(t, gone.id, false)}})
	}
	return gone
}

// purge deletes for good the project that was deleted before.
func (d *deleting) purge(t *outside.Turn) {
	if gone := d.gone; gone != nil {
		d.gone = nil
		d.erase(t, *gone)
	}
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
		b.Notice(t, "The project "+one.name+" is open in another tab and was not deleted.")
		return
	}
	d.purge(t)
	b.Notices = slices.DeleteFunc(b.Notices, func(n base.Notice) bool {
		return slices.ContainsFunc(n.More, func(a base.Action) bool { return a.Event == any(DropProject{one.id}) })
	})
	b.NoticeWith(t, d.note(t, one))
}

// Receive takes whether what was asked of the store was done, and tells whether it was asked here.
func (d *deleting) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Ended:
		one, is := d.erased[e.Ticket]
		if !is {
			return false
		}
		delete(d.erased, e.Ticket)
		switch {
		case e.Error == "":
			t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{deletion(t, one.id, false), base.HolderRecord(one.id, ""), {Kind: base.NoteRecords, Key: []any{noteDeleted}}}})
		case one.name != "":
			d.projects.open.Notice(t, "The project "+one.name+" could not be deleted: "+base.Plainly(e.Error)+".")
		}
		return true
	case outside.Written:
		if e.Ticket != d.noted || d.noted == 0 {
			return false
		}
		d.noted = 0
		if d.gone != nil && e.Error != "" {
			d.projects.open.Notice(t, "That the project "+d.gone.name+" was deleted could not be noted: "+base.Plainly(e.Error)+". It will be there again when the page is opened the next time.")
		}
		return true
	}
	return false
}

// holds tells whether a project is to stay this tab's. What can be brought back here is not given
// away.
func (d *deleting) holds(id string) bool {
	if d.gone != nil && d.gone.id == id {
		return true
	}
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
