// Package teach holds what a person teaches in the page, and says how it is shown.
//
// A [Project] is classes, photos, settings and versions of the head that was learnt. Every change is an [Edit] that
// can be undone. A [Screen] is a project with the state of the page around it; its Nodes are what the document should
// show. Nothing here needs a browser.
package teach

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"homeroom/core/head"
	"homeroom/core/intake"
)

// Limits of a project.
const (
	MaxClasses = 500
	MaxPhotos  = 100_000
	MaxName    = 120 // characters of a name
	maxUndo    = 200
)

// A Class is a name to learn.
type Class struct {
	ID   int    `json:"id"` // never used again
	Name string `json:"name"`
}

// A Photo is one example of a class, as features and a thumbnail that lie in the store under its ID.
type Photo struct {
	ID     int    `json:"id"`               // never used again
	Class  int    `json:"class"`            // ID of its class; 0 where it was taken out
	Name   string `json:"name"`             // of the file
	Hash   string `json:"hash,omitempty"`   // SHA-256 of the file, in hexadecimal
	Look   uint64 `json:"look,omitempty"`   // perceptual hash
	Taken  int64  `json:"taken,omitempty"`  // milliseconds since 1970
	Folder string `json:"folder,omitempty"` // that the file lay in
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	// Spaces are the feature spaces for which the store has a vector, as core/model names them.
	Spaces []string `json:"spaces,omitempty"`
	// Small are those of Spaces whose vector was read from the thumbnail, because the photo itself was no longer at hand.
	Small []string `json:"from_small,omitempty"`
	// Full is how many bytes the photo itself takes, where the store keeps it; 0 where it does not.
	Full int64 `json:"full,omitempty"`

	dropped bool // for good
}

// Has tells whether the photo was read in all of the given spaces.
func (p *Photo) Has(spaces []string) bool {
	for _, s := range spaces {
		if !slices.Contains(p.Spaces, s) {
			return false
		}
	}
	return true
}

// SmallIn tells whether the photo was read from its thumbnail in any of the given spaces.
func (p *Photo) SmallIn(spaces []string) bool {
	return slices.ContainsFunc(p.Small, func(s string) bool { return slices.Contains(spaces, s) })
}

// Read says that the photo was read in a space, from the thumbnail or in full, and tells whether it had been before.
func (p *Photo) Read(space string, small bool) (before bool) {
	if before = slices.Contains(p.Spaces, space); !before {
		p.Spaces = append(p.Spaces, space)
	}
	p.Small = slices.DeleteFunc(p.Small, func(s string) bool { return s == space })
	if small {
		p.Small = append(p.Small, space)
	}
	return before
}

// A Version is one head that was learnt.
type Version struct {
	Number   int       `json:"number"` // never used again
	When     time.Time `json:"when"`
	Note     string    `json:"note,omitempty"`
	Kind     string    `json:"kind"`             // of head, as core/head calls it
	Input    string    `json:"input"`            // how it sees features, as core/head says it
	Spaces   []string  `json:"spaces,omitempty"` // feature spaces that it reads; nil in versions of before they were kept
	Network  string    `json:"network"`          // name in the catalogue
	Size     int       `json:"size"`             // as in the settings
	Pixels   int       `json:"pixels"`           // input size
	Thorough bool      `json:"thorough"`         // as in the settings
	Once     bool      `json:"once,omitempty"`   // as in the settings
	Classes  []string  `json:"classes"`          // names, in the order of its answers
	Photos   int       `json:"photos"`           // learnt from and checked on
	Checked  int       `json:"checked"`          // photos that the accuracy was measured on
	Accuracy float64   `json:"accuracy"`         // on photos that it had not seen
	Low      float64   `json:"low"`              // 95% confidence
	High     float64   `json:"high"`
	Loss     float64   `json:"loss"`
	Seed     uint64    `json:"seed"`
	Seconds  float64   `json:"seconds"` // that learning took
	Bytes    int       `json:"bytes"`
	// States tells of its two states, where photos were kept back and the two differ: the one that answered those best, and
	// the one that learning ended in.
	States []State `json:"states,omitempty"`
	Last   bool    `json:"last,omitempty"` // it answers in the latter
}

// A State is a head at a step of its learning.
type State struct {
	Step     int     `json:"step"`
	Accuracy float64 `json:"accuracy"` // on the photos kept back
	Loss     float64 `json:"loss"`
}

// StatesOf finds the two states of a head in its steps, nil where they are the same.
func StatesOf(steps []head.Progress) []State {
	if len(steps) == 0 || steps[0].ValidLoss == 0 {
		return nil
	}
	best, last := slices.MinFunc(steps, func(a, b head.Progress) int { return cmp.Compare(a.ValidLoss, b.ValidLoss) }), steps[len(steps)-1]
	if best.Step == last.Step {
		return nil
	}
	return []State{{best.Step, best.ValidAccuracy, best.ValidLoss}, {last.Step, last.ValidAccuracy, last.ValidLoss}}
}

// A Project is everything that belongs together. The zero value is no project: New makes one.
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

	photos  map[int]*Photo
	hashes  map[string][]*Photo // by content
	order   []int               // IDs of all photos, ascending, with those taken out
	members map[int][]*Photo
	last    struct{ class, photo, version, edit int }

	done, undone []*Edit // undone: the next to be done again is the last
	freshEdits   []*Edit // to save
	goneEdits    []int   // numbers of edits to drop

	changed       map[int]bool // photos to save
	changedItself bool
}

// New makes an empty project.
func New(id, name string, now time.Time) *Project {
	return &Project{
		ID: id, Name: name, Created: now, Settings: DefaultSettings(),
		photos: map[int]*Photo{}, hashes: map[string][]*Photo{}, changed: map[int]bool{}, changedItself: true,
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

// Photo returns the photo with an ID, nil where there is none; one that was taken out has Class 0.
func (p *Project) Photo(id int) *Photo { return p.photos[id] }

// Members returns the photos of a class in the order in which they came. The slice must not be changed.
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

// Kept counts the photos that are kept themselves, and their bytes; those that were taken out and can still be brought
// back are among them.
func (p *Project) Kept() (photos int, bytes int64) {
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

// Twin returns a photo of the project with the same content in the same class, nil where there is none.
func (p *Project) Twin(ph *Photo) *Photo {
	for _, q := range p.hashes[ph.Hash] {
		if q != ph && q.Class != 0 && q.Class == ph.Class {
			return q
		}
	}
	return nil
}

// SetHash gives a photo the hash of its content.
func (p *Project) SetHash(ph *Photo, hash string) {
	ph.Hash = hash
	if hash != "" {
		p.hashes[hash] = append(p.hashes[hash], ph)
	}
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

// tidy is a name as it is kept: without spaces around it, and not too long.
func tidy(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if r := []rune(name); len(r) > MaxName {
		name = string(r[:MaxName])
	}
	return name
}

// CheckName says why a class cannot have a name: because there is none, or another class (not the one with the ID
// except) has it.
func (p *Project) CheckName(name string, except int) error {
	name = tidy(name)
	if name == "" {
		return errors.New("a class needs a name")
	}
	if c := p.ClassNamed(name); c != nil && c.ID != except {
		return fmt.Errorf("there is a class called %s already", c.Name)
	}
	return nil
}

// NewPhoto makes a photo that is not in the project yet; an edit puts it there.
func (p *Project) NewPhoto(name string) (*Photo, error) {
	if len(p.order) >= MaxPhotos {
		return nil, fmt.Errorf("a project holds %d photos", MaxPhotos)
	}
	p.last.photo++
	ph := &Photo{ID: p.last.photo, Name: name}
	p.photos[ph.ID] = ph
	p.order = append(p.order, ph.ID)
	return ph, nil
}

// Touched says that what is known of a photo changed and is to be saved.
func (p *Project) Touched(ph *Photo) { p.changed[ph.ID] = true }

// Changed says that the project itself changed and is to be saved.
func (p *Project) Changed() { p.changedItself = true }

// AddVersion adds what was learnt, gives it a number, and makes it the one in use.
func (p *Project) AddVersion(v Version) *Version {
	p.last.version++
	v.Number = p.last.version
	p.Versions = append(p.Versions, v)
	p.Current = v.Number
	p.changedItself = true
	return &p.Versions[len(p.Versions)-1]
}

// keptVersions is how many versions without a note are kept.
const keptVersions = 40

// Superfluous drops the oldest versions beyond those that are kept and returns their numbers. One in use, and one with a note, stay.
func (p *Project) Superfluous() []int {
	plain := 0
	for _, v := range p.Versions {
		if v.Note == "" && v.Number != p.Current {
			plain++
		}
	}
	var gone []int
	p.Versions = slices.DeleteFunc(p.Versions, func(v Version) bool {
		if plain <= keptVersions || v.Note != "" || v.Number == p.Current {
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

// file is how a project is written, without its photos.
type file struct {
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
}

const format = 1

// Summary is what a list of projects shows of one.
type Summary struct {
	ID      string
	Name    string
	Saved   time.Time
	Classes int
	Photos  int
}

// Summarise reads the summary of a project that Encode wrote.
func Summarise(data []byte) (Summary, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return Summary{}, fmt.Errorf("a saved project cannot be read: %w", err)
	}
	return Summary{f.ID, f.Name, f.Saved, len(f.Classes), f.Photos}, nil
}

// Encode writes the project without its photos.
func (p *Project) Encode(now time.Time) []byte {
	data, err := json.Marshal(file{
		format, p.ID, p.Name, p.Created, now, p.Classes, p.Settings, p.Versions, p.Current, p.Unread, p.Stale, p.Keep, p.Count(),
		p.last.class, p.last.photo, p.last.version, len(p.undone),
	})
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return data
}

// Encode writes what is known of the photo.
func (ph *Photo) Encode() []byte {
	data, err := json.Marshal(ph)
	if err != nil {
		panic(err)
	}
	return data
}

// DecodePhoto reads a photo that its Encode wrote.
func DecodePhoto(data []byte) (*Photo, error) {
	ph := new(Photo)
	if err := json.Unmarshal(data, ph); err != nil {
		return nil, fmt.Errorf("a saved photo cannot be read: %w", err)
	}
	return ph, nil
}

// Decode reads a project that Encode wrote, with its photos and edits, those in the order of their numbers. Photos that were
// taken out, and that no edit can bring back, are returned apart.
func Decode(project []byte, photos []*Photo, edits []SavedEdit) (p *Project, gone []*Photo, err error) {
	var f file
	if err := json.Unmarshal(project, &f); err != nil {
		return nil, nil, fmt.Errorf("the saved project cannot be read: %w", err)
	}
	if f.Format != format {
		return nil, nil, fmt.Errorf("the project %s was saved by another version of Homeroom (format %d, here %d); load this page again to get the newest", f.Name, f.Format, format)
	}
	p = New(f.ID, f.Name, f.Created)
	p.Classes, p.Settings, p.Versions, p.Current, p.Unread, p.Stale, p.Keep = f.Classes, f.Settings, f.Versions, f.Current, f.Unread, f.Stale, f.Keep
	p.last.class, p.last.photo, p.last.version = f.LastClass, f.LastPhoto, f.LastVersion
	p.changedItself = false
	p.photos, p.hashes = make(map[int]*Photo, len(photos)), make(map[string][]*Photo, len(photos)) // growing them takes longer than all the rest
	p.remember(edits, f.Undone)
	moved := map[int]bool{}
	for _, e := range slices.Concat(p.done, p.undone) {
		for _, m := range e.moves {
			moved[m.photo] = true
		}
	}
	classes := make(map[int]bool, len(p.Classes))
	for _, c := range p.Classes {
		classes[c.ID] = true
	}
	for _, ph := range photos {
		p.last.photo = max(p.last.photo, ph.ID)
		if !classes[ph.Class] {
			if ph.Class = 0; !moved[ph.ID] {
				gone = append(gone, ph)
				continue
			}
		}
		p.photos[ph.ID] = ph
		p.order = append(p.order, ph.ID)
		p.SetHash(ph, ph.Hash)
	}
	slices.Sort(p.order)
	for _, c := range p.Classes {
		p.last.class = max(p.last.class, c.ID)
	}
	return p, gone, nil
}

// Unsaved takes what is to be saved: the photos that changed, and whether the project itself did.
func (p *Project) Unsaved() (photos []*Photo, itself bool) {
	for id := range p.changed {
		// What is not read yet is nothing to come back to, nor a photo that was there already.
		if ph := p.photos[id]; !ph.dropped && (ph.Spaces != nil || ph.Class == 0) {
			photos = append(photos, ph)
		}
	}
	slices.SortFunc(photos, func(a, b *Photo) int { return a.ID - b.ID })
	itself = p.changedItself
	p.changed, p.changedItself = map[int]bool{}, false
	return photos, itself
}
