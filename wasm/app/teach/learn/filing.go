package learn

import (
	"encoding/json"
	"slices"
	"strings"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// A Filing makes a file of the project.
type Filing struct {
	*base.Base
	Saving   *Saving
	Learning *Learning

	Making  bool
	Shared  *Shared // to be made for who shares it, or made; nil where it is to be saved
	ticket  int     // of the versions that are asked of the store
	heads   []protocol.Version
	photos  []*project.Photo // whose records are still to be written
	all     []*project.Photo
	message protocol.WriteFile
	Next    base.Wait
	job     *job
}

// inPiece is how many photo records go into one piece: all of them in one would keep the page from
// answering.
const inPiece = 100

// A Shared is a project file that is made for another panel.
type Shared struct {
	File  outside.Object // a Blob, nil until it is there
	Bytes int64
	Why   string // there is none
}

// SaveFile makes the project file and offers it.
type SaveFile struct{}

func (SaveFile) Viewing() {}

func (SaveFile) Update(f *Filing, t *outside.Turn) {
	t.Ask(outside.Fold{Selector: "details[data-menu]"})
	f.Make(t, nil)
}

// Make makes the project file, to be offered, or for s.
func (f *Filing) Make(t *outside.Turn, s *Shared) {
	switch {
	case f.Making && s == nil:
		f.Notice(t, say("A file is being made already; try again when that is done."))
		return
	case f.Making:
		s.Why = say("a file is being made already; try again when that is done")
		return
	}
	f.Shared = s
	f.Making, f.heads, f.message = true, nil, protocol.WriteFile{}
	var keys [][]any
	for _, v := range f.Versions {
		if got := f.Saving.unwritten(v.Number); got != nil {
			f.take(v.Number, *got)
		} else {
			keys = append(keys, f.RecordKey(v.Number))
		}
	}
	if len(keys) == 0 || !f.Stored {
		f.begin(t)
		return
	}
	f.ticket = t.Ticket()
	t.Ask(outside.Get{Ticket: f.ticket, Kind: base.HeadRecords, Keys: keys})
}

func (f *Filing) take(number int, v outside.Version) {
	f.heads = append(f.heads, protocol.Version{Number: number, Best: v.Head, Last: v.Last, Quick: v.Quick, Figures: protocol.Text(v.Result)})
}

// Receive takes what the store says, and tells whether it was of what goes into the file.
func (f *Filing) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Piece:
		if e.Ticket != f.ticket || f.ticket == 0 {
			return false
		}
		for _, r := range e.Records {
			if v, is := r.Value.(outside.Version); is {
				f.take(r.Key[1].(int), v)
			}
		}
		return true
	case outside.Ended:
		if e.Ticket != f.ticket || f.ticket == 0 {
			return false
		}
		f.ticket = 0
		f.begin(t) // a version that is not there is left out, and the others go
		return true
	}
	return false
}

// begin writes the records of the photos, some at a time.
func (f *Filing) begin(t *outside.Turn) {
	f.all, _ = f.Examples()
	f.all = append(f.all, f.ReadUnlabelled()...)
	f.photos = f.all
	f.Next.In(t, 0)
}

// Wake says when the time is wanted.
func (f *Filing) Wake(w *outside.Wake) { w.By(f.Next.At) }

func (f *Filing) Tick(t *outside.Turn) {
	if !f.Next.Due(t) {
		return
	}
	for pieces := 0; len(f.photos) > 0 && pieces < 10; pieces++ {
		some := f.photos[:min(inPiece, len(f.photos))]
		f.photos = f.photos[len(some):]
		records := make([]json.RawMessage, len(some))
		for i, ph := range some {
			records[i] = ph.Encode()
		}
		data, err := json.Marshal(records)
		if err != nil {
			f.end(t, text.Of(err))
			return
		}
		f.message.Photos = append(f.message.Photos, protocol.Text(data))
	}
	if len(f.photos) > 0 {
		f.Next.In(t, 0)
		return
	}
	f.hand(t)
}

// hand has the worker make the file.
func (f *Filing) hand(t *outside.Turn) {
	var task protocol.Task
	var spaces []feature.Space
	for _, ph := range f.all {
		for _, s := range ph.Spaces {
			if !slices.Contains(spaces, s) {
				spaces = append(spaces, s)
			}
		}
	}
	m := &f.message
	task.Spaces = spaces
	m.Project, m.Versions, m.Networks = protocol.Text(f.Encode(t.Now)), f.heads, Networks(f.List)
	if f.Stored {
		m.Stored = f.ID
	}
	for _, list := range [][]outside.Record{f.Saving.sent, f.Records} {
		for _, r := range list {
			if picture, is := r.Value.(outside.Object); is && r.Kind == base.ThumbRecords {
				m.Thumbs = append(m.Thumbs, protocol.Thumb{ID: r.Key[1].(int), Picture: picture})
			}
		}
	}
	f.Learning.putOff(t)
	f.job = f.Learning.begin(t, makeFile, task, f.all)
	f.job.file = m
}

// Networks are those that features may come from, with the checksums of their packs.
func Networks(list *catalogue.List) (out []project.Network) {
	for _, n := range list.Teaching {
		var sum bank.Hash
		if sum.UnmarshalText([]byte(n.SHA256)) == nil {
			out = append(out, project.Network{Name: n.Name, SHA256: sum})
		}
	}
	return out
}

// Outcome takes the file.
func (f *Filing) Outcome(t *outside.Turn, o *outcome) {
	if o.job != f.job || f.job == nil {
		return
	}
	f.job = nil
	if o.why != "" {
		f.end(t, o.why)
		return
	}
	f.Making = false
	if s := f.Shared; s != nil {
		s.File, s.Bytes, f.Shared = o.file, o.bytes, nil
		t.Soon()
		return
	}
	name := FileName(f.Name) + ".homeroom"
	t.Ask(outside.Offer{Name: name, Object: o.file})
	t.Say(say("Saved {1}.", name))
	if n := len(f.Members(project.Unlabelled)) - len(f.ReadUnlabelled()); n > 0 {
		f.Notice(t, say("{1|# photo without a class is|# photos without a class are} not in the file: they are still to be read. Save it again when they are.", n))
	}
}

func (f *Filing) end(t *outside.Turn, why string) {
	f.Making, f.job = false, nil
	f.Next.Stop()
	if s := f.Shared; s != nil {
		s.Why, f.Shared = why, nil
		t.Soon()
		return
	}
	f.Notice(t, say("The project could not be saved as a file: {1}.", base.Plainly(why)))
}

// FileName is a name that every system takes for a file.
func FileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 32 || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, s)
	if s = strings.Trim(s, ". "); s == "" {
		return "project"
	}
	return s
}

// Button makes the project file and offers it.
func (f *Filing) Button(text string) *node {
	return el("button.button", at("type", "button"), f.Do("project-save", SaveFile{}), text)
}

// BusyWith says that something is being done about a project file.
func BusyWith(text string) *node {
	if text == "" {
		return nil
	}
	return el("section.load", at("aria-label", say("Project file")), key("filing"), el("label", at("for", "filing-bar"), text), el("progress", at("id", "filing-bar")))
}
