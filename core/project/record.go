package project

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"homeroom/core/bank"
	"homeroom/core/fault"
	"homeroom/core/feature"
)

// A project is kept as records: one of itself, one of each photo, one of each edit, all JSON.

// record is the record of a project itself, without its photos.
type record struct {
	Format      int       `json:"format"`
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Created     time.Time `json:"created"`
	Saved       time.Time `json:"saved"`
	Classes     []Class   `json:"classes"`
	Settings    Settings  `json:"settings"`
	Versions    []Version `json:"versions"`
	Current     int       `json:"current"`
	Unread      int       `json:"unread"`
	Stale       bool      `json:"stale"`
	Keep        bool      `json:"keep,omitempty"`
	Photos      int       `json:"photos"`
	LastClass   int       `json:"last_class"`
	LastPhoto   int       `json:"last_photo"`
	LastVersion int       `json:"last_version"`
	Undone      int       `json:"undone,omitempty"` // the last edits, so many, are undone
	Lesson      int       `json:"lesson,omitempty"`
}

// The formats of records. Programs that know only the first would drop photos without a class, so
// that a project with some of these is written in the second, which they refuse.
const (
	recordFormat     = 1
	unlabelledFormat = 2
)

// Summary is what a list of projects shows of one.
type Summary struct {
	ID      string
	Name    string
	Saved   time.Time
	Classes int
	Photos  int
	Taught  bool // it has a head that answers
}

// Summarise reads the summary of a project that Encode wrote.
func Summarise(data []byte) (Summary, error) {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return Summary{}, fault.Errorf("a saved project cannot be read: %w", err)
	}
	return Summary{r.ID, r.Name, r.Saved, len(r.Classes), r.Photos, r.Current > 0}, nil
}

// Encode writes the project without its photos and edits.
func (p *Project) Encode(now time.Time) []byte {
	if len(p.Members(Unlabelled)) > 0 {
		return p.encode(now, unlabelledFormat)
	}
	return p.encode(now, recordFormat)
}

func (p *Project) encode(now time.Time, format int) []byte {
	data, err := json.Marshal(record{
		format, p.ID, p.Name, p.Created, now, p.Classes, p.Settings, p.Versions, p.Current, p.Unread, p.Stale, p.Keep, p.Count(),
		p.last.class, p.last.photo, p.last.version, len(p.history.undone) + p.history.away, p.Lesson,
	})
	if err != nil {
		panic(err) // nothing in it can fail: dates and numbers were checked where they came in
	}
	return data
}

// Encode writes what is known of the photo.
func (p *Photo) Encode() []byte {
	data, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return data
}

// DecodePhoto reads a photo that its Encode wrote.
func DecodePhoto(data []byte) (*Photo, error) {
	p := new(Photo)
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fault.Errorf("a saved photo cannot be read: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, fault.Errorf("a saved photo cannot be used: %w", err)
	}
	return p, nil
}

// maxID bounds the numbers of classes, photos, versions and edits.
const maxID = math.MaxInt32

func (p *Photo) check() error {
	if p.ID < 1 || p.ID > maxID || p.Class < Unlabelled || p.Sure < 0 || max(p.Class, p.Sure) > maxID {
		return fault.Errorf("photo %d is of class %d", p.ID, p.Class)
	}
	const most = 1 << 24 // pixels of a side
	if min(p.Width, p.Height) < 0 || max(p.Width, p.Height) > most || p.Full < 0 {
		return fault.Errorf("photo %d has %d × %d pixels and %d bytes", p.ID, p.Width, p.Height, p.Full)
	}
	if len(p.Spaces) > bank.MaxSpaces || len(p.Small) > bank.MaxSpaces {
		return fault.Errorf("photo %d has %d kinds of features", p.ID, len(p.Spaces))
	}
	return errors.Join(checkText("the name of a photo", p.Name), checkText("the folder of a photo", p.Folder), checkDate("the photo "+clip(p.Name), p.Taken))
}

// check says what of a record cannot be, so that whatever was read can be shown and written again.
func (r *record) check() error {
	if len(r.Classes) > MaxClasses {
		return fault.Errorf("it has %d classes, and a project holds %d", len(r.Classes), MaxClasses)
	}
	ids, names := map[int]bool{}, map[string]bool{}
	for _, c := range r.Classes {
		if c.ID < 1 || c.ID > maxID || ids[c.ID] {
			return fault.Errorf("the class %q has the number %d, which is none or another's", clip(c.Name), c.ID)
		}
		if err := checkText("the name of a class", c.Name); err != nil {
			return err
		}
		if c.Name == "" || names[c.Name] {
			return fault.Errorf("the class %q is there twice, or has no name", clip(c.Name))
		}
		ids[c.ID], names[c.Name] = true, true
	}
	if err := errors.Join(checkText("its name", r.Name), checkText("its number", r.ID), checkDate("it", r.Created.UnixMilli()), r.Settings.check()); err != nil {
		return err
	}
	if len(r.Versions) > DefaultLimits.Versions {
		return fault.Errorf("it has %d versions, and at most %d are read", len(r.Versions), DefaultLimits.Versions)
	}
	for i := range r.Versions {
		v := &r.Versions[i]
		if v.Number < 1 || v.Number > maxID || i > 0 && v.Number <= r.Versions[i-1].Number {
			return errors.New("its versions are not numbered in order")
		}
		if err := v.check(); err != nil {
			return fault.Errorf("version %d: %w", v.Number, err)
		}
	}
	if min(r.Current, r.Unread, r.Undone, r.Photos, r.LastClass, r.LastPhoto, r.LastVersion, r.Lesson) < 0 || max(r.Unread, r.Undone, r.Photos, r.LastClass, r.LastPhoto, r.LastVersion, r.Lesson) > maxID {
		return errors.New("its counts are not possible")
	}
	return nil
}

func (s Settings) check() error {
	if s.Size < 0 || s.Size > feature.MaxSize {
		return fault.Errorf("it is set to an input size of %d", s.Size)
	}
	if !(s.Alarms >= 0 && s.Alarms <= 1) {
		return fault.Errorf("it is set to a share %v of false alarms", s.Alarms)
	}
	return errors.Join(checkText("the name of its network", s.Network), checkText("its kind of head", s.Head))
}

func (v *Version) check() error {
	if len(v.Classes) > bank.MaxClasses || len(v.Spaces) > bank.MaxSpaces || len(v.States) > 2 {
		return fault.Errorf("it has %d classes, %d kinds of features and %d states", len(v.Classes), len(v.Spaces), len(v.States))
	}
	for _, text := range append([]string{v.Note, v.Kind, v.Network}, v.Classes...) {
		if err := checkText("a text of it", text); err != nil {
			return err
		}
	}
	if most := bank.MaxSpaces * (maxText + 16); len(v.Input) > most {
		return errors.New("the text of its input is too long")
	}
	if v.Size < 0 || v.Size > feature.MaxSize || v.Pixels < 0 || v.Pixels > feature.MaxSize || min(v.Photos, v.Checked, v.Bytes) < 0 {
		return errors.New("its sizes and counts are not possible")
	}
	shares := []float64{v.Accuracy, v.Low, v.High}
	for _, s := range v.States {
		shares = append(shares, s.Accuracy)
	}
	for _, s := range shares {
		if !(s >= 0 && s <= 1+1e-9) {
			return fault.Errorf("it has the share %v, which is not between 0 and 1", s)
		}
	}
	if !(v.Seconds >= 0 && v.Seconds <= 1e9) {
		return fault.Errorf("learning it took %v seconds", v.Seconds)
	}
	return checkDate("it", v.When.UnixMilli())
}

// Decode reads a project that Encode wrote, with its photos and edits, those in the order of their
// numbers, or nil where they are not wanted. Photos that were taken out, and that no edit can bring
// back, are returned apart. Errors say what is wrong with it, and leave its name to the caller.
func Decode(project []byte, photos []*Photo, edits []SavedEdit) (p *Project, gone []*Photo, err error) {
	var r record
	if err := json.Unmarshal(project, &r); err != nil {
		return nil, nil, fault.Errorf("what was saved of it cannot be read: %w", err)
	}
	if r.Format != recordFormat && r.Format != unlabelledFormat {
		return nil, nil, fault.Errorf("it was saved by another version of Homeroom (format %d, here %d); load this page again to get the newest", r.Format, unlabelledFormat)
	}
	if err := r.check(); err != nil {
		return nil, nil, fault.Errorf("what was saved of it cannot be used: %w", err)
	}
	p = New(r.ID, r.Name, r.Created)
	p.take(&r)
	p.Unread, p.Stale, p.Keep, p.Lesson, p.changedItself = r.Unread, r.Stale, r.Keep, r.Lesson, false
	p.photos, p.hashes = make(map[int]*Photo, len(photos)), make(map[bank.Hash][]*Photo, len(photos)) // growing them takes longer than all the rest
	if len(edits) > 0 {
		p.last.edit = edits[len(edits)-1].Number
	}
	if edits == nil {
		p.history.away = r.Undone
	}
	p.history.remember(edits, r.Undone, p.Classes)
	moved := map[int]bool{}
	for _, e := range slices.Concat(p.history.done, p.history.undone) {
		for _, id := range e.Photos() {
			moved[id] = true
		}
	}
	classes := make(map[int]bool, len(p.Classes))
	for _, c := range p.Classes {
		classes[c.ID] = true
	}
	for _, ph := range slices.SortedStableFunc(slices.Values(photos), func(a, b *Photo) int { return a.ID - b.ID }) {
		p.last.photo = max(p.last.photo, ph.ID)
		if !classes[ph.Class] && ph.Class != Unlabelled {
			if ph.Class = 0; !moved[ph.ID] {
				gone = append(gone, ph)
				continue
			}
		}
		p.put(ph)
	}
	return p, gone, nil
}

// take takes over what a record says of classes, settings and versions.
func (p *Project) take(r *record) {
	p.Classes, p.Settings, p.Versions, p.Current = r.Classes, r.Settings, r.Versions, r.Current
	p.last.class, p.last.photo, p.last.version = r.LastClass, r.LastPhoto, r.LastVersion
	for _, c := range p.Classes {
		p.last.class = max(p.last.class, c.ID)
	}
	for _, v := range p.Versions {
		p.last.version = max(p.last.version, v.Number)
	}
}

// Changes is what of a project is still to be kept.
type Changes struct {
	Photos  []*Photo
	Edits   []SavedEdit
	Dropped []int // numbers of edits that are to be kept no longer
	Itself  bool  // the project without its photos changed: what Encode writes
}

// Any tells whether there is anything to keep.
func (c *Changes) Any() bool {
	return len(c.Photos) > 0 || len(c.Edits) > 0 || len(c.Dropped) > 0 || c.Itself
}

// Changes takes what is to be kept. Where it could not be, PutBack gives it back.
func (p *Project) Changes() Changes {
	var c Changes
	for id := range p.changed {
		// What is not read yet is nothing to come back to, nor a photo that was there already.
		if ph := p.photos[id]; ph != nil && !ph.dropped && (ph.Spaces != nil || ph.Class == 0) {
			c.Photos = append(c.Photos, ph)
		}
	}
	slices.SortStableFunc(c.Photos, func(a, b *Photo) int { return a.ID - b.ID })
	for _, e := range p.history.fresh {
		if !slices.Contains(p.history.gone, e.Number) {
			c.Edits = append(c.Edits, e.encode())
		}
	}
	c.Dropped, c.Itself = p.history.gone, p.changedItself || len(c.Photos) > 0
	p.history.fresh, p.history.gone = nil, nil
	p.changed, p.changedItself = map[int]bool{}, false
	return c
}

// PutBack gives back changes that were taken and could not be kept: the next Changes has them
// again, with what changed since.
func (p *Project) PutBack(c Changes) {
	for _, ph := range c.Photos {
		p.changed[ph.ID] = true
	}
	var again []*Edit
	for _, s := range c.Edits {
		for _, e := range slices.Concat(p.history.done, p.history.undone) {
			if e.Number == s.Number {
				again = append(again, e)
			}
		}
	}
	p.history.fresh = append(again, p.history.fresh...)
	p.history.gone = append(slices.Clone(c.Dropped), p.history.gone...)
	p.changedItself = p.changedItself || c.Itself
}

// SaveAll has all of the project kept again: what was kept of it is gone.
func (p *Project) SaveAll() {
	for id := range p.photos {
		p.changed[id] = true
	}
	p.changedItself = true
	h := &p.history
	h.fresh, h.gone = slices.Concat(h.done, h.undone), nil
	slices.SortStableFunc(h.fresh, func(a, b *Edit) int { return a.Number - b.Number })
}

// Without leaves of the project what still holds once the features of its photos are gone, but for
// those that were kept again, by photo, and the heads of its versions, but for that of the one in
// use where that was kept. No photo is kept itself any more. It returns how many versions it
// dropped.
func (p *Project) Without(kept map[feature.Space]map[int]bool, head bool) (versions int) {
	for _, id := range p.order {
		ph := p.photos[id]
		if ph.Spaces == nil {
			continue
		}
		gone := func(s feature.Space) bool { return !kept[s][id] }
		ph.Spaces, ph.Small = slices.DeleteFunc(ph.Spaces, gone), slices.DeleteFunc(ph.Small, gone)
		if ph.Full = 0; len(ph.Spaces) == 0 {
			ph.Spaces = nil
		}
	}
	before := len(p.Versions)
	p.Versions = slices.DeleteFunc(p.Versions, func(v Version) bool { return v.Number != p.Current || !head })
	if v := p.Version(p.Current); v != nil {
		v.Last = false
	} else {
		p.Current = 0
	}
	p.changedItself = true
	return before - len(p.Versions)
}
