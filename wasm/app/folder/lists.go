package folder

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"homeroom/wasm/app/outside"
)

// A list is what was done in a folder, so that it can be undone. It is in the browser's store,
// among the notes, under "folder" and its ID: at 0 what is told here, under "handle" the folder,
// and from 1 on its entries, a batch each.
type list struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"` // of the folder
	Action  Action    `json:"action"`
	Date    time.Time `json:"date"`
	Made    []string  `json:"made,omitempty"` // folders
	Entries []*entry  `json:"-"`

	folder  outside.Object
	stored  bool // it is in the store
	written int  // whole batches that are there as they are
}

// An entry is a file that is about to be changed, or was.
type entry struct {
	From   string `json:"from,omitempty"` // where it was moved from; "" for a sidecar
	To     string `json:"to"`             // where it lies
	Old    []byte `json:"old,omitempty"`  // what it held
	Fresh  bool   `json:"fresh,omitempty"`
	Sum    []byte `json:"sum,omitempty"` // SHA-256 of what was written
	Done   bool   `json:"done,omitempty"`
	Undone bool   `json:"undone,omitempty"`

	photo int
}

// entriesInRecord is how many entries are in a record.
const entriesInRecord = 64

// notes and handle are where the store has lists.
const (
	notes      = "notes"
	folderNote = "folder"
	handleNote = "handle"
)

// lists are those that can be undone, the newest last.
type lists struct {
	all    []*list
	store  bool // it is open
	loaded bool
	ticket int
	came   []outside.Record
}

// opened takes that the store is open, and has what it keeps read.
func (l *lists) opened(t *outside.Turn, e any) {
	opened, is := e.(outside.StoreOpened)
	if !is || opened.Error != "" {
		return
	}
	l.store = true
	if !l.loaded && l.ticket == 0 {
		l.ticket, l.came = t.Ticket(), nil
		t.Ask(outside.GetAll{Ticket: l.ticket, Kind: notes, Prefix: []any{folderNote}})
	}
}

// receive takes what is read.
func (l *lists) receive(e any) bool {
	switch e := e.(type) {
	case outside.Piece:
		if e.Ticket != l.ticket || l.ticket == 0 {
			return false
		}
		l.came = append(l.came, e.Records...)
	case outside.Ended:
		if e.Ticket != l.ticket || l.ticket == 0 {
			return false
		}
		l.ticket = 0
		if l.loaded = e.Error == ""; l.loaded {
			l.all = append(read(l.came), l.all...)
		}
		l.came = nil
	default:
		return false
	}
	return true
}

// read makes lists of records. What cannot be read of them is left out.
func read(records []outside.Record) []*list {
	byID := map[string]*list{}
	batches := map[string]map[int][]*entry{}
	for _, r := range records {
		if len(r.Key) != 3 {
			continue
		}
		id, _ := r.Key[1].(string)
		l := byID[id]
		if l == nil {
			l = &list{stored: true}
			byID[id], batches[id] = l, map[int][]*entry{}
		}
		text, _ := r.Value.(string)
		switch at := r.Key[2].(type) {
		case string:
			l.folder, _ = r.Value.(outside.Object)
		case int:
			if at == 0 {
				_ = json.Unmarshal([]byte(text), l) // without an ID it is none
				break
			}
			var some []*entry
			if json.Unmarshal([]byte(text), &some) == nil {
				batches[id][at] = some
			}
		}
	}
	var out []*list
	for id, l := range byID {
		if l.ID != id || l.folder == nil || len(batches[id]) == 0 {
			continue
		}
		for at := 1; at <= len(batches[id]); at++ {
			l.Entries = append(l.Entries, slices.DeleteFunc(batches[id][at], func(e *entry) bool { return e == nil || e.To == "" })...)
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b *list) int {
		if c := a.Date.Compare(b.Date); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// begin begins a list.
func (l *lists) begin(t *outside.Turn, folder outside.Object, name string, action Action, made []string) *list {
	now := t.Now
	if n := len(l.all); n > 0 && !l.all[n-1].Date.Before(now) { // they are told apart by it
		now = l.all[n-1].Date.Add(time.Millisecond)
	}
	one := &list{ID: strconv.FormatUint(t.Lot(), 36), Name: name, Action: action, Date: now, Made: made, folder: folder, stored: l.store}
	l.all = append(l.all, one)
	return one
}

func (l *list) add(entries []*entry) { l.Entries = append(l.Entries, entries...) }

// write writes what of a list is not in the store. The answer has the ticket.
func (l *lists) write(t *outside.Turn, ticket int, one *list) {
	key := func(at any) []any { return []any{folderNote, one.ID, at} }
	head, _ := json.Marshal(one) // of texts and a time
	records := []outside.Record{{Kind: notes, Key: key(0), Value: string(head)}, {Kind: notes, Key: key(handleNote), Value: one.folder}}
	// The batch before the last is written again, with what became of it.
	for at := max(0, one.written-1); at*entriesInRecord < len(one.Entries); at++ {
		some, _ := json.Marshal(one.Entries[at*entriesInRecord : min((at+1)*entriesInRecord, len(one.Entries))])
		records = append(records, outside.Record{Kind: notes, Key: key(at + 1), Value: string(some)})
	}
	one.written = len(one.Entries) / entriesInRecord
	t.Ask(outside.Write{Ticket: ticket, Records: records})
}

// save writes all of a list again, with what became of its entries.
func (l *lists) save(t *outside.Turn, one *list) {
	if one.stored {
		one.written = 0
		l.write(t, t.Ticket(), one)
	}
}

// ended takes the end of the work that a list is of: it is kept as long as there is something to
// take back, or, where it is unsure what was done, may be.
func (l *lists) ended(t *outside.Turn, one *list, unsure bool) {
	rest := slices.ContainsFunc(one.Entries, func(e *entry) bool { return !e.Undone && (e.Done || unsure) })
	if !rest {
		l.forget(t, one)
		return
	}
	l.save(t, one)
}

// forget gives a list up.
func (l *lists) forget(t *outside.Turn, one *list) {
	l.all = slices.DeleteFunc(l.all, func(other *list) bool { return other == one })
	if one.stored {
		t.Ask(outside.Clear{Ticket: t.Ticket(), Kind: notes, Prefix: []any{folderNote, one.ID}})
	}
}

func (l *lists) find(id string) *list {
	for _, one := range l.all {
		if one.ID == id {
			return one
		}
	}
	return nil
}

// last tells whether nothing was done in the folder after a list, which would have to be undone
// first.
func (l *lists) last(one *list) bool {
	at := slices.Index(l.all, one)
	return at >= 0 && !slices.ContainsFunc(l.all[at+1:], func(other *list) bool { return other.Name == one.Name })
}

// files is how many files a list has to take back.
func (l *list) files() (n int) {
	for _, e := range l.Entries {
		if !e.Undone {
			n++
		}
	}
	return n
}
