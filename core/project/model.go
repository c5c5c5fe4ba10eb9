package project

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"homeroom/core/bank"
	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/intake"
	"homeroom/core/training"
)

// Limits of a project that is taught.
const (
	MaxClasses = 500
	MaxPhotos  = 100_000
	MaxName    = 120 // characters of a name
)

// Unlabelled stands for a class where a photo has none yet: nothing is learnt from it until a
// person says what it is.
const Unlabelled = -1

// A Class is a name to learn.
type Class struct {
	ID   int    `json:"id"` // never used again
	Name string `json:"name"`
}

// A Photo is one example of a class: what is known of it. Its features and its thumbnail lie
// elsewhere, under its ID.
type Photo struct {
	ID             int       `json:"id"`    // never used again
	Class          int       `json:"class"` // ID of its class, [Unlabelled], or 0 where it was taken out
	Name           string    `json:"name"`  // of the file
	Hash           bank.Hash `json:"hash,omitzero"`
	PerceptualHash uint64    `json:"look,omitempty"`   // perceptual hash
	Taken          int64     `json:"taken,omitempty"`  // milliseconds since 1970
	Folder         string    `json:"folder,omitempty"` // that the file lay in, as the person chose it or what holds it
	Width          int       `json:"width,omitempty"`  // in pixels
	Height         int       `json:"height,omitempty"`
	// Sure is the ID of the class that the person said it is of, though it was taken for another; 0
	// where nothing was said. It counts while the photo is in that class.
	Sure int `json:"sure,omitempty"`
	// Spaces are the feature spaces that there are vectors of it in, nil before it was read.
	Spaces []feature.Space `json:"spaces,omitempty"`
	// Small are those of Spaces whose vector was read from the thumbnail, because the photo itself
	// was no longer at hand.
	Small []feature.Space `json:"from_small,omitempty"`
	// Full is how many bytes the photo itself takes, where it is kept; 0 where it is not.
	Full int64 `json:"full,omitempty"`

	dropped bool // for good
}

// Has tells whether the photo was read in all of the given spaces.
func (p *Photo) Has(spaces []feature.Space) bool {
	for _, s := range spaces {
		if !slices.Contains(p.Spaces, s) {
			return false
		}
	}
	return true
}

// SmallIn tells whether the photo was read from its thumbnail in any of the given spaces.
func (p *Photo) SmallIn(spaces []feature.Space) bool {
	return slices.ContainsFunc(p.Small, func(s feature.Space) bool { return slices.Contains(spaces, s) })
}

// Read says that the photo was read in a space, from the thumbnail or in full, and tells whether it
// had been before.
func (p *Photo) Read(space feature.Space, small bool) (before bool) {
	if before = slices.Contains(p.Spaces, space); !before {
		p.Spaces = append(p.Spaces, space)
	}
	p.Small = slices.DeleteFunc(p.Small, func(s feature.Space) bool { return s == space })
	if small {
		p.Small = append(p.Small, space)
	}
	return before
}

// A Version is one head that was learnt: what is known of it at a glance. The head itself and its
// [Figures] lie elsewhere, under its number.
type Version struct {
	Number   int             `json:"number"` // never used again
	When     time.Time       `json:"when"`
	Note     string          `json:"note,omitempty"`
	Kind     string          `json:"kind"`             // of head, as core/training calls it
	Input    string          `json:"input"`            // how it sees features, as head.Input writes it
	Spaces   []feature.Space `json:"spaces,omitempty"` // that it reads; nil in versions of before they were kept
	Network  string          `json:"network"`          // name in the catalogue
	Size     int             `json:"size"`             // as in the settings
	Pixels   int             `json:"pixels"`           // input size
	Thorough bool            `json:"thorough"`         // as in the settings
	Once     bool            `json:"once,omitempty"`   // as in the settings
	Classes  []string        `json:"classes"`          // names, in the order of its answers
	Photos   int             `json:"photos"`           // learnt from and checked on
	Checked  int             `json:"checked"`          // photos that the accuracy was measured on
	Accuracy float64         `json:"accuracy"`         // on photos that it had not seen
	Low      float64         `json:"low"`              // 95% confidence
	High     float64         `json:"high"`
	Loss     float64         `json:"loss"`
	Seed     uint64          `json:"seed"`
	Seconds  float64         `json:"seconds"` // that learning took
	Bytes    int             `json:"bytes"`
	// States tells of its two states, where photos were held out and the two differ: the one that
	// answered those best, and the one that learning ended in.
	States []State `json:"states,omitempty"`
	Last   bool    `json:"last,omitempty"` // it answers in the latter
}

// Reads returns the feature spaces that the version reads.
func (v *Version) Reads() []feature.Space {
	if v.Spaces == nil {
		return []feature.Space{{Network: v.Network, Size: v.Pixels}}
	}
	return v.Spaces
}

// ReadsViews tells whether the version reads views besides the plain one of one network.
func (v *Version) ReadsViews() bool {
	return len(v.Spaces) > 1 || len(v.Spaces) == 1 && v.Spaces[0].View != feature.Plain
}

// A State is a head at a step of its learning.
type State struct {
	Step     int     `json:"step"`
	Accuracy float64 `json:"accuracy"` // on the photos held out
	Loss     float64 `json:"loss"`
}

// StatesOf finds the two states of a head in its steps, nil where they are the same.
func StatesOf(steps []training.Progress) []State {
	if len(steps) == 0 || steps[0].ValidLoss == 0 {
		return nil
	}
	best, last := slices.MinFunc(steps, func(a, b training.Progress) int { return cmp.Compare(a.ValidLoss, b.ValidLoss) }), steps[len(steps)-1]
	if best.Step == last.Step {
		return nil
	}
	return []State{{best.Step, best.ValidAccuracy, best.ValidLoss}, {last.Step, last.ValidAccuracy, last.ValidLoss}}
}

// A Project is what a person teaches: classes, photos, settings, versions, and every change of
// them, which can be undone. The zero value is no project: New makes one. It is for one goroutine
// at a time.
//
// What of it is still to be kept, [Project.Changes] tells; where that is kept is not its concern.
type Project struct {
	ID       string
	Name     string
	Created  time.Time
	Classes  []Class // as shown
	Settings Settings
	Versions []Version // oldest first
	Current  int       // number of the version in use, 0 for none
	Unread   int       // photos that were on their way in when the project was last saved
	Stale    bool      // something changed since the newest version was learnt
	Keep     bool      // the photos themselves are kept as well
	Lesson   int       // step of the lesson that the project is for, 0 for none

	photos  map[int]*Photo
	hashes  map[bank.Hash][]*Photo // by content
	order   []int                  // IDs of all photos, ascending, with those taken out
	members map[int][]*Photo
	last    struct{ class, photo, version, edit int }

	history history

	changed       map[int]bool // photos to save
	changedItself bool
}

// New makes an empty project.
func New(id, name string, now time.Time) *Project {
	return &Project{
		ID: id, Name: name, Created: now, Settings: DefaultSettings(),
		photos: map[int]*Photo{}, hashes: map[bank.Hash][]*Photo{}, changed: map[int]bool{}, changedItself: true,
	}
}

// Class returns the class with an ID, nil where there is none.
func (p *Project) Class(id int) *Class {
	for i := range p.Classes {
		if p.Classes[i].ID == id {
			return &p.Classes[i]
		}
	}
	return nil
}

// ClassNamed returns the class with a name, as [intake.ClassKey] has it, nil where there is none.
func (p *Project) ClassNamed(name string) *Class {
	key := intake.ClassKey(tidy(name))
	for i := range p.Classes {
		if intake.ClassKey(p.Classes[i].Name) == key {
			return &p.Classes[i]
		}
	}
	return nil
}

// CheckName says why a class cannot have a name: because there is none, or another class (not the
// one with the ID except) has it.
func (p *Project) CheckName(name string, except int) error {
	name = tidy(name)
	if name == "" {
		return errors.New("a class needs a name")
	}
	if c := p.ClassNamed(name); c != nil && c.ID != except {
		return fault.Errorf("there is a class called %s already", c.Name)
	}
	return nil
}

// tidy is a name as it is kept: without spaces around it, and not too long.
func tidy(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if r := []rune(name); len(r) > MaxName {
		name = string(r[:MaxName])
	}
	return name
}

// FreeName is a name that is not taken: the name itself, or with a number behind it.
func FreeName(name string, taken []string) string {
	for n := 1; ; n++ {
		try := name
		if n > 1 {
			try += " " + strconv.Itoa(n)
		}
		if !slices.Contains(taken, try) {
			return try
		}
	}
}

// Photo returns the photo with an ID, nil where there is none; one that was taken out has Class 0.
func (p *Project) Photo(id int) *Photo { return p.photos[id] }

// Photos are all photos by ascending ID, with those that were taken out and can be brought back.
func (p *Project) Photos() iter.Seq[*Photo] {
	return func(yield func(*Photo) bool) {
		for _, id := range p.order {
			if !yield(p.photos[id]) {
				return
			}
		}
	}
}

// Members returns the photos of a class, or those that are [Unlabelled], in the order in which they
// came. The slice must not be changed.
func (p *Project) Members(class int) []*Photo {
	if p.members == nil {
		p.members = make(map[int][]*Photo)
		for _, id := range p.order {
			if ph := p.photos[id]; ph.Class != 0 {
				p.members[ph.Class] = append(p.members[ph.Class], ph)
			}
		}
	}
	return p.members[class]
}

// Count returns the number of photos in all classes.
func (p *Project) Count() int {
	n := 0
	for _, c := range p.Classes {
		n += len(p.Members(c.ID))
	}
	return n
}

// Examples returns the photos in classes that were read, by ascending ID, with the index in Classes
// of each: what a head is learnt from and what a file holds.
func (p *Project) Examples() (photos []*Photo, labels []int) {
	index := make(map[int]int, len(p.Classes))
	for i, c := range p.Classes {
		index[c.ID] = i
	}
	for _, id := range p.order {
		ph := p.photos[id]
		if i, ok := index[ph.Class]; ok && ph.Spaces != nil {
			photos, labels = append(photos, ph), append(labels, i)
		}
	}
	return photos, labels
}

// ReadUnlabelled returns the photos without a class that were read, in the order in which they
// came.
func (p *Project) ReadUnlabelled() []*Photo {
	return slices.DeleteFunc(slices.Clone(p.Members(Unlabelled)), func(ph *Photo) bool { return ph.Spaces == nil })
}

// Originals counts the photos that are stored themselves, and their bytes; those that were taken
// out and can still be brought back are among them.
func (p *Project) Originals() (photos int, bytes int64) {
	for _, ph := range p.photos {
		if ph.Full > 0 {
			photos++
			bytes += ph.Full
		}
	}
	return photos, bytes
}

// Forget says that no photo itself is kept any more.
func (p *Project) Forget() {
	p.Keep, p.changedItself = false, true
	for _, ph := range p.photos {
		if ph.Full > 0 {
			ph.Full = 0
			p.changed[ph.ID] = true
		}
	}
}

// NewPhoto makes a photo that is not in the project yet; an edit puts it there.
func (p *Project) NewPhoto(name string) (*Photo, error) {
	if len(p.order) >= MaxPhotos {
		return nil, fault.Errorf("a project holds %d photos", MaxPhotos)
	}
	p.last.photo++
	ph := &Photo{ID: p.last.photo, Name: name}
	p.put(ph)
	return ph, nil
}

// put puts a photo in whose ID is above all others.
func (p *Project) put(ph *Photo) {
	p.photos[ph.ID] = ph
	p.order = append(p.order, ph.ID)
	p.last.photo = max(p.last.photo, ph.ID)
	p.SetHash(ph, ph.Hash)
	p.members = nil
}

// Drop takes a photo out for good, without an edit: it could not be read, or was there already.
func (p *Project) Drop(id int) {
	if ph := p.photos[id]; ph != nil {
		ph.Class, ph.dropped = 0, true
		p.members = nil
	}
}

// Twin returns a photo of the project with the same content in the same class, or, for one without
// a class, in any; nil where there is none.
func (p *Project) Twin(ph *Photo) *Photo {
	if ph.Hash == (bank.Hash{}) {
		return nil
	}
	for _, q := range p.hashes[ph.Hash] {
		if q != ph && q.Class != 0 && (q.Class == ph.Class || ph.Class == Unlabelled) {
			return q
		}
	}
	return nil
}

// SetHash gives a photo the hash of its content.
func (p *Project) SetHash(ph *Photo, hash bank.Hash) {
	ph.Hash = hash
	if hash != (bank.Hash{}) {
		p.hashes[hash] = append(p.hashes[hash], ph)
	}
}

// Lacking returns the photos that were read, but not in full in all of the given spaces.
func (p *Project) Lacking(spaces []feature.Space) []*Photo {
	var out []*Photo
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			if ph.Spaces != nil && (!ph.Has(spaces) || ph.SmallIn(spaces)) {
				out = append(out, ph)
			}
		}
	}
	return out
}

// Version returns the version with a number, nil where there is none.
func (p *Project) Version(number int) *Version {
	for i := range p.Versions {
		if p.Versions[i].Number == number {
			return &p.Versions[i]
		}
	}
	return nil
}

// Newest tells whether the version in use is the one that was learnt last: a person who brought
// back another wants that.
func (p *Project) Newest() bool {
	return p.Current != 0 && len(p.Versions) > 0 && p.Versions[len(p.Versions)-1].Number == p.Current
}

// AddVersion adds what was learnt, gives it a number, and makes it the one in use.
func (p *Project) AddVersion(v Version) *Version {
	p.last.version++
	v.Number = p.last.version
	p.Versions = append(p.Versions, v)
	p.Current = v.Number
	p.changedItself = true
	return &p.Versions[len(p.Versions)-1]
}

// plainVersions is how many versions without a note are kept.
const plainVersions = 40

// Superfluous drops the oldest versions beyond those that are kept and returns their numbers. One
// in use, and one with a note, stay.
func (p *Project) Superfluous() []int {
	plain := 0
	for _, v := range p.Versions {
		if v.Note == "" && v.Number != p.Current {
			plain++
		}
	}
	var gone []int
	p.Versions = slices.DeleteFunc(p.Versions, func(v Version) bool {
		if plain <= plainVersions || v.Note != "" || v.Number == p.Current {
			return false
		}
		plain--
		gone = append(gone, v.Number)
		return true
	})
	if gone != nil {
		p.changedItself = true
	}
	return gone
}

// Touched says that what is known of a photo changed and is to be kept.
func (p *Project) Touched(ph *Photo) { p.changed[ph.ID] = true }

// Changed says that the project itself changed and is to be kept.
func (p *Project) Changed() { p.changedItself = true }
