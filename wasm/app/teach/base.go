// Package teach is the view in which a person teaches classes of their own.
//
// A file has one panel of it: its state, the events that change it, and how it is shown. Panels stand on base.go, which has
// what they share of the open project, and know of each other only what stands below them; session.go puts them together,
// and teach.go keeps the projects that there are.
package teach

import (
	"slices"
	"strconv"
	"time"

	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/words"
)

// Shorthands that every panel uses.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
	is   = markup.Is
)

type (
	node = markup.Node
	key  = markup.Key
)

// A base is what all panels share of the open project.
type base struct {
	*project.Project
	generation int // which of the projects that were open it is
	list       *catalogue.List
	trial      *project.Settings // while sizes are tried: those that are tried
	stored     bool              // there is a store
	elsewhere  bool              // another tab holds the project: here it is only shown
	restoring  bool              // what was kept of it was cleared, and is being written again
	online     bool              // the view is shown

	files   map[int]outside.File // by photo, for as long as they are at hand
	thumbs  thumbs
	figures *project.Figures // of the version in use
	notices []notice

	edits   []*project.Edit // that were done since the panels were brought in line with each other
	added   []*project.Photo
	touched bool             // something is to be kept
	records []outside.Record // to be kept besides what the project says
	again   bool             // photos may have to be read that were not
	taught  bool             // what there is to learn changed otherwise than by an edit
	renewed []int            // photos whose features are others by now
	need    float64          // bytes that photos which were added need
}

// A notice is something to tell that stays until it is dismissed.
type notice struct {
	text   string
	event  any // of a button
	action string
	more   []action // further buttons
}

// An action is a button of a notice.
type action struct {
	event any
	text  string
}

// Change has an edit kept, told and learnt from; nil is none.
func (b *base) change(t *outside.Turn, e *project.Edit) {
	if e == nil {
		return
	}
	t.Say(sentenceOf(e) + ". Undo is possible.")
	b.changed(e)
}

func (b *base) changed(e *project.Edit) {
	b.edits = append(b.edits, e)
	b.touched = true
}

// keep has records kept with the next changes.
func (b *base) keep(records ...outside.Record) {
	b.records = append(b.records, records...)
	b.touched = true
}

// notice tells something, once.
func (b *base) notice(t *outside.Turn, text string) { b.noticeWith(t, notice{text: text}) }

func (b *base) noticeWith(t *outside.Turn, n notice) {
	if !slices.ContainsFunc(b.notices, func(k notice) bool { return k.text == n.text }) {
		b.notices = append(b.notices, n)
		t.Say(n.text)
	}
}

// settings are those of the project, or those that are tried.
func (b *base) settings() project.Settings {
	if b.trial != nil {
		return *b.trial
	}
	return b.Settings
}

// network is the entry of the catalogue that the project is set to, nil while there is no list.
func (b *base) network() *catalogue.Network {
	if len(b.list.Teaching) == 0 {
		return nil
	}
	return &b.list.Teaching[catalogue.Choose(b.list.Teaching, b.settings().Network)]
}

// size is the input size in pixels.
func (b *base) size() int {
	if s := b.settings().Size; s > 0 {
		return s
	}
	if n := b.network(); n != nil {
		return n.Preprocess.Size
	}
	return 0
}

// plain is the feature space of the network and the size that are set, as it was trained.
func (b *base) plain() (s feature.Space, ok bool) {
	n := b.network()
	if n == nil {
		return s, false
	}
	return feature.Space{Network: n.Name, Size: b.size()}, true
}

// spaces are the feature spaces that photos are to have.
func (b *base) spaces() []feature.Space {
	plain, ok := b.plain()
	if !ok {
		return nil
	}
	if b.settings().Thorough {
		return []feature.Space{plain, plain.Of(feature.Flip), plain.Of(feature.Wide)}
	}
	return []feature.Space{plain}
}

// current is the version in use, nil for none.
func (b *base) current() *project.Version { return b.Version(b.Current) }

// at returns the key of a record of the project's.
func (b *base) key(rest ...any) []any { return append([]any{b.ID}, rest...) }

// forget drops what is kept of a photo.
func (b *base) forget(ph *project.Photo) {
	for _, kind := range []string{photoRecords, thumbRecords, fullRecords} {
		b.keep(outside.Record{Kind: kind, Key: b.key(ph.ID)})
	}
	for _, s := range ph.Spaces {
		b.keep(outside.Record{Kind: featureRecords, Key: b.key(s.String(), ph.ID)})
	}
}

// whole tells whether a photo itself is at hand, or kept.
func (b *base) whole(ph *project.Photo) bool { return b.files[ph.ID].Object != nil || ph.Full > 0 }

// keepFull keeps a photo itself.
func (b *base) keepFull(ph *project.Photo, f outside.File) {
	ph.Full = max(1, f.Bytes)
	b.Touched(ph)
	b.keep(outside.Record{Kind: fullRecords, Key: b.key(ph.ID), Value: f.Object})
}

// changeSettings changes the settings; text says what was changed.
func (b *base) changeSettings(t *outside.Turn, set project.Settings, text string) {
	e := b.Set(set)
	if e != nil {
		e.Text = text
	}
	b.change(t, e)
}

// withSize returns the settings with an input size.
func (b *base) withSize(size int) project.Settings {
	set := b.Settings
	if n := b.network(); n != nil && size == n.Preprocess.Size {
		size = 0
	}
	set.Size = size
	return set
}

// The kinds of record, as package store has them.
const (
	projectRecords = "projects"
	photoRecords   = "photos"
	thumbRecords   = "thumbs"
	fullRecords    = "fulls"
	featureRecords = "features"
	headRecords    = "heads"
	editRecords    = "edits"
	noteRecords    = "notes"
)

// holderRecord is the note by which a tab holds a project from then on; with "", nobody does. Each write of a project looks for it, so that
// two tabs never write to one.
func holderRecord(project, tab string) outside.Record {
	r := outside.Record{Kind: noteRecords, Key: holderKey(project)}
	if tab != "" {
		r.Value = tab
	}
	return r
}

func holderKey(project string) []any { return []any{"holder", project} }

// do is what an element does when it is used: an event, and its name, by which tests and the keyboard find it. args become data
// attributes.
func (b *base) do(name string, event any, args ...any) markup.Did {
	d := named(name, args...)
	d.On = []markup.Handler{markup.Click(b.in(event))}
	return d
}

// in says of an event which project it is meant for: what a person pressed may have been drawn before another was opened.
func (b *base) in(event any) any { return inProject{b.generation, event} }

// chosen is do for what is chosen from a list or written.
func (b *base) chosen(name string, event func(value string) any, args ...any) markup.Did {
	d := named(name, args...)
	d.On = []markup.Handler{markup.Value(func(value string) any { return b.in(event(value)) })}
	return d
}

// checked is do for a box.
func (b *base) checked(name string, event func(on bool) any, args ...any) markup.Did {
	d := named(name, args...)
	d.On = []markup.Handler{markup.Checked(func(on bool) any { return b.in(event(on)) })}
	return d
}

// picks is do for files that are picked.
func (b *base) picks(name string, event func([]outside.File) any, args ...any) markup.Did {
	d := named(name, args...)
	d.On = []markup.Handler{markup.Files(func(files []outside.File) any { return b.in(event(files)) })}
	return d
}

func named(name string, args ...any) markup.Did {
	d := markup.Did{Attrs: []markup.Attr{at("data-do", name)}}
	for i := 0; i+1 < len(args); i += 2 {
		d.Attrs = append(d.Attrs, at("data-"+args[i].(string), args[i+1]))
	}
	return d
}

// inProject is an event of one of the projects that are or were open.
type inProject struct {
	generation int
	event      any
}

// plainly is an error's text in the middle of a sentence.
func plainly(text string) string { return trimDots(text) }

func trimDots(s string) string {
	for len(s) > 0 && s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}

// A wait is a time at which something is to be done; the zero value is none.
type wait struct{ at time.Time }

func (w *wait) in(t *outside.Turn, d time.Duration) { w.at = t.Now.Add(d) }
func (w *wait) stop()                               { w.at = time.Time{} }
func (w *wait) waits() bool                         { return !w.at.IsZero() }

// due tells whether the time has come, and forgets it.
func (w *wait) due(t *outside.Turn) bool {
	if w.at.IsZero() || w.at.After(t.Now) {
		return false
	}
	w.at = time.Time{}
	return true
}

// px writes an input size.
func px(size int) string { return strconv.Itoa(size) + " px" }

// sentence makes an error's text into one.
func sentence(s string) string { return words.Sentence(s) }
