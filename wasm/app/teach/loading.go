package teach

import (
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/text"
)

// A load is a project on its way from the store.
type load struct {
	id      string
	hold    int  // ticket of the lock, before it is read
	claim   int  // of the note that this tab holds it
	mine    bool // this tab has it
	claimed bool // and the store says so
	fault   outside.Written
	tickets [3]int // of its record, its photos and its edits
	record  string
	photos  []*project.Photo
	edits   []project.SavedEdit
	why     string        // it cannot be opened
	name    string        // of it, where that is known
	first   bool          // where it cannot, another is
	last    string        // that was open last
	instead bool          // of one that could not be opened
	tried   []string      // projects that were tried, or passed over
	tell    []base.Notice // once it is open
	said    string
}

// begin reads the project. That this tab has it, where it does, is noted before.
func (l *load) begin(t *outside.Turn, tab string, mine bool) {
	if l.mine = mine; mine {
		l.claim = t.Ticket()
		t.Ask(outside.Write{Ticket: l.claim, Records: []outside.Record{base.HolderRecord(l.id, tab)}})
	}
}

// read asks the store for all of it.
func (l *load) read(t *outside.Turn) {
	for i := range l.tickets {
		l.tickets[i] = t.Ticket()
	}
	t.Ask(outside.Get{Ticket: l.tickets[0], Kind: base.ProjectRecords, Keys: [][]any{{l.id}}})
	t.Ask(outside.GetAll{Ticket: l.tickets[1], Kind: base.PhotoRecords, Prefix: []any{l.id}})
	t.Ask(outside.GetAll{Ticket: l.tickets[2], Kind: base.EditRecords, Prefix: []any{l.id}})
}

// written takes whether it is noted that this tab has the project.
func (l *load) written(e outside.Written) bool {
	if l == nil || l.claim == 0 || l.claim != e.Ticket {
		return false
	}
	l.claim, l.claimed, l.fault = 0, e.Error == "", e
	return true
}

// which is which of the three was asked for with a ticket, -1 for none.
func (l *load) which(ticket int) int {
	if l != nil && ticket != 0 {
		for i, k := range l.tickets {
			if k == ticket {
				return i
			}
		}
	}
	return -1
}

// piece takes some of the project. Photos are read here, so that the page answers in between.
func (l *load) piece(e outside.Piece) bool {
	which := l.which(e.Ticket)
	if which < 0 {
		return false
	}
	for _, r := range e.Records {
		value, is := r.Value.(string)
		switch {
		case !is:
		case which == 0:
			l.record = value
		case which == 1:
			ph, err := project.DecodePhoto([]byte(value))
			if err != nil {
				l.why = text.Of(err)
				return true
			}
			if n := len(l.photos); n == 0 || l.photos[n-1].ID < ph.ID { // in the order of their keys; else it was here already
				l.photos = append(l.photos, ph)
			}
		default:
			if n, number := len(l.edits), r.Key[1].(int); n == 0 || l.edits[n-1].Number < number {
				l.edits = append(l.edits, project.SavedEdit{Number: number, JSON: []byte(value)})
			}
		}
	}
	return true
}

// ended takes that one of the three was read, and tells whether that is all.
func (l *load) ended(e outside.Ended) (is, all bool) {
	which := l.which(e.Ticket)
	if which < 0 {
		return false, false
	}
	if e.Error != "" {
		l.why = e.Error
	}
	l.tickets[which] = 0
	return true, l.tickets == [3]int{}
}

// project makes the project of what was read, with the photos that it has no more; where that
// cannot be, it is nil, and why says so.
func (l *load) project() (p *project.Project, gone []*project.Photo) {
	switch {
	case l.why != "":
	case l.record == "":
		l.why = say("it is not there any more")
	default:
		var err error
		if p, gone, err = project.Decode([]byte(l.record), l.photos, l.edits); err != nil {
			l.why = text.Of(err)
		}
	}
	return p, gone
}
