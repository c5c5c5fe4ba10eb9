// Package base is what all panels of Teach share of the open project: the project itself, what of
// it is still to be kept and told, how photos, answers and figures are written and shown, and files
// on their way into classes.
package base

import (
	"slices"
	"time"

	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// Shorthands that every panel uses.
var (
	el = markup.El
	at = markup.A
)

type (
	node = markup.Node
	key  = markup.Key
)

// A Base is what all panels share of the open project.
type Base struct {
	*project.Project
	Generation int // which of the projects that were open it is
	List       *catalogue.List
	Trial      *project.Settings // while sizes are tried: those that are tried
	Stored     bool              // there is a store
	Elsewhere  bool              // another tab holds the project: here it is only shown
	Unclaimed  string            // why it is only shown though no other tab is known to hold it, "" where that is not so
	Restoring  bool              // what was kept of it was cleared, and is being written again
	Online     bool              // the view is shown

	Files   map[int]outside.File // by photo, for as long as they are at hand
	Thumbs  thumbs
	Figures *project.Figures // of the version in use
	Notices []Notice

	at map[string]int // photo of each list that the Tab key leads to

	Edits   []*project.Edit // that were done since the panels were brought in line with each other
	Added   []*project.Photo
	Unsaved bool             // something is to be kept
	Records []outside.Record // to be kept besides what the project says
	Again   bool             // photos may have to be read that were not
	Taught  bool             // what there is to learn changed otherwise than by an edit
	Renewed []int            // photos whose features are others by now
	Need    float64          // bytes that photos which were added need
}

// A Notice is something to tell that stays until it is dismissed.
type Notice struct {
	Text   string
	Event  any // of a button
	Action string
	More   []Action // further buttons
}

// An Action is a button of a notice.
type Action struct {
	Event any
	Text  string
}

// Change has an edit kept, told and learnt from; nil is none.
func (b *Base) Change(t *outside.Turn, e *project.Edit) {
	if e == nil {
		return
	}
	t.Say(say("{1}. Undo is possible.", SentenceOf(e)))
	b.Edited(e)
}

func (b *Base) Edited(e *project.Edit) {
	b.Edits = append(b.Edits, e)
	b.Unsaved = true
}

// Store has records kept with the next changes.
func (b *Base) Store(records ...outside.Record) {
	b.Records = append(b.Records, records...)
	b.Unsaved = true
}

// Notice tells something, once.
func (b *Base) Notice(t *outside.Turn, text string) { b.NoticeWith(t, Notice{Text: text}) }

func (b *Base) NoticeWith(t *outside.Turn, n Notice) {
	if !slices.ContainsFunc(b.Notices, func(k Notice) bool { return k.Text == n.Text }) {
		b.Notices = append(b.Notices, n)
		t.Say(n.Text)
	}
}

// SettingsNow are those of the project, or those that are tried.
func (b *Base) SettingsNow() project.Settings {
	if b.Trial != nil {
		return *b.Trial
	}
	return b.Settings
}

// Network is the entry of the catalogue that the project is set to, nil while there is no list.
func (b *Base) Network() *catalogue.Network {
	if len(b.List.Teaching) == 0 {
		return nil
	}
	return &b.List.Teaching[catalogue.Choose(b.List.Teaching, b.SettingsNow().Network)]
}

// Size is the input size in pixels.
func (b *Base) Size() int {
	if s := b.SettingsNow().Size; s > 0 {
		return s
	}
	if n := b.Network(); n != nil {
		return n.Preprocess.Size
	}
	return 0
}

// Plain is the feature space of the network and the size that are set, as it was trained.
func (b *Base) Plain() (s feature.Space, ok bool) {
	n := b.Network()
	if n == nil {
		return s, false
	}
	return feature.Space{Network: n.Name, Size: b.Size()}, true
}

// Spaces are the feature spaces that photos are to have.
func (b *Base) Spaces() []feature.Space {
	plain, ok := b.Plain()
	if !ok {
		return nil
	}
	if b.SettingsNow().Thorough {
		return []feature.Space{plain, plain.Of(feature.Flip), plain.Of(feature.Wide)}
	}
	return []feature.Space{plain}
}

// InUse is the version in use, nil for none.
func (b *Base) InUse() *project.Version { return b.Version(b.Current) }

// RecordKey is the key of a record of the project's.
func (b *Base) RecordKey(rest ...any) []any { return append([]any{b.ID}, rest...) }

// ForgetPhoto drops what is kept of a photo.
func (b *Base) ForgetPhoto(ph *project.Photo) {
	for _, kind := range []string{PhotoRecords, ThumbRecords, FullRecords} {
		b.Store(outside.Record{Kind: kind, Key: b.RecordKey(ph.ID)})
	}
	for _, s := range ph.Spaces {
		b.Store(outside.Record{Kind: FeatureRecords, Key: b.RecordKey(s.String(), ph.ID)})
	}
}

// Whole tells whether a photo itself is at hand, or kept.
func (b *Base) Whole(ph *project.Photo) bool { return b.Files[ph.ID].Object != nil || ph.Full > 0 }

// KeepFull keeps a photo itself.
func (b *Base) KeepFull(ph *project.Photo, f outside.File) {
	ph.Full = max(1, f.Bytes)
	b.Touched(ph)
	b.Store(outside.Record{Kind: FullRecords, Key: b.RecordKey(ph.ID), Value: f.Object})
}

// ChangeSettings changes the settings; text says what was changed.
func (b *Base) ChangeSettings(t *outside.Turn, set project.Settings, text string) {
	e := b.Set(set)
	if e != nil {
		e.Text = English(text)
	}
	b.Change(t, e)
}

// WithSize returns the settings with an input size.
func (b *Base) WithSize(size int) project.Settings {
	set := b.Settings
	if n := b.Network(); n != nil && size == n.Preprocess.Size {
		size = 0
	}
	set.Size = size
	return set
}

// Do is what an element does when it is used: an event, and its name, by which tests and the
// keyboard find it. args become data attributes.
func (b *Base) Do(name string, event any, args ...any) markup.Did {
	d := Named(name, args...)
	d.On = []markup.Handler{markup.Click(b.In(event))}
	return d
}

// In says of an event which project it is meant for: what a person pressed may have been drawn
// before another was opened.
func (b *Base) In(event any) any { return InProject{b.Generation, event} }

// Chosen is do for what is chosen from a list or written.
func (b *Base) Chosen(name string, event func(value string) any, args ...any) markup.Did {
	d := Named(name, args...)
	d.On = []markup.Handler{markup.Value(func(value string) any { return b.In(event(value)) })}
	return d
}

// Checked is do for a box.
func (b *Base) Checked(name string, event func(on bool) any, args ...any) markup.Did {
	d := Named(name, args...)
	d.On = []markup.Handler{markup.Checked(func(on bool) any { return b.In(event(on)) })}
	return d
}

// Picks is do for files that are picked.
func (b *Base) Picks(name string, event func([]outside.File) any, args ...any) markup.Did {
	d := Named(name, args...)
	d.On = []markup.Handler{markup.Files(func(files []outside.File) any { return b.In(event(files)) })}
	return d
}

func Named(name string, args ...any) markup.Did {
	d := markup.Did{Attrs: []markup.Attr{at("data-do", name)}}
	for i := 0; i+1 < len(args); i += 2 {
		d.Attrs = append(d.Attrs, at("data-"+args[i].(string), args[i+1]))
	}
	return d
}

// Viewing is an event that changes nothing of the project, so that it can be done in a tab that
// only shows it.
type Viewing interface{ Viewing() }

// InProject is an event of one of the projects that are or were open.
type InProject struct {
	Generation int
	Event      any
}

// Plainly is an error's text in the middle of a sentence.
func Plainly(why string) string { return text.Foreign(trimDots(why)) }

func trimDots(s string) string {
	for len(s) > 0 && s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}

// A Wait is a time at which something is to be done; the zero value is none.
type Wait struct{ At time.Time }

func (w *Wait) In(t *outside.Turn, d time.Duration) { w.At = t.Now.Add(d) }
func (w *Wait) Stop()                               { w.At = time.Time{} }
func (w *Wait) Waits() bool                         { return !w.At.IsZero() }

// Due tells whether the time has come, and forgets it.
func (w *Wait) Due(t *outside.Turn) bool {
	if w.At.IsZero() || w.At.After(t.Now) {
		return false
	}
	w.At = time.Time{}
	return true
}

// Px writes an input size.
func Px(size int) string { return say("{1} px", size) }

// Sentence makes an error's text into one.
func Sentence(s string) string { return words.Sentence(s) }
