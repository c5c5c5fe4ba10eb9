// Package bank holds photos with their classes and features, and tells which of them belong
// together.
//
// A [Bank] has one feature vector a photo in each feature space (a backbone at an input size, such
// as "efficientnet-lite0@224"), a name, a content hash, a class and a split. A [Builder] makes it;
// learning only reads it. An [Input] says which of the features a head reads.
package bank

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/core/fault"
	"homeroom/core/feature"
)

// Split says what a photo is for.
type Split uint8

// The splits. A photo starts in Train.
const (
	Train Split = iota // learnt from
	Valid              // choices are made on it
	Test               // looked at only to report figures
)

var splitNames = [...]string{"train", "valid", "test"}

// String returns "train", "valid" or "test".
func (s Split) String() string {
	if int(s) < len(splitNames) {
		return splitNames[s]
	}
	return fmt.Sprintf("Split(%d)", uint8(s))
}

// MarshalText writes the split's name.
func (s Split) MarshalText() ([]byte, error) {
	if int(s) >= len(splitNames) {
		return nil, fault.Errorf("bank: no split has number %d", uint8(s))
	}
	return []byte(splitNames[s]), nil
}

// UnmarshalText reads the split's name.
func (s *Split) UnmarshalText(text []byte) error {
	i := slices.Index(splitNames[:], string(text))
	if i < 0 {
		return fault.Errorf("bank: %q is no split; use train, valid or test", text)
	}
	*s = Split(i)
	return nil
}

// Limits of a bank, which what comes from outside is held to.
const (
	MaxClasses   = 4096
	MaxSpaces    = 64
	MaxDimension = 1 << 16
	MaxPhotos    = 1 << 20
)

// Photo is one row of a bank.
type Photo struct {
	ID             uint64 `json:"id"`              // unique in its bank, never used again; Builder.Add gives one where it is 0
	Name           string `json:"name"`            // of the file
	Hash           Hash   `json:"hash,omitzero"`   // of the file
	PerceptualHash uint64 `json:"look,omitempty"`  // perceptual hash, 0 where unknown; few differing bits mean a near-duplicate
	Taken          int64  `json:"taken,omitempty"` // when, in milliseconds since 1970, 0 where unknown
	// Folder is the one that the file lay in, below the folder of its class or with all that is
	// above it: photos of a class in one folder are held out together where the class has several.
	// "" where that is unknown.
	Folder string `json:"folder,omitempty"`
	Class  int    `json:"class"` // index in Bank.Classes
	Split  Split  `json:"split"`

	// Features has a vector of Space.Dim floats for each space of the bank, nil (or missing at the
	// end) where it was not computed.
	Features [][]float32 `json:"-"`
}

// Space is a feature space with the length of its vectors.
type Space struct {
	Name feature.Space `json:"name"`
	Dim  int           `json:"dim"`
}

// Bank is a view of photos with their classes and features, which a [Builder] makes. It is not
// changed any more: any number of goroutines may read it.
type Bank struct {
	Classes []string // names, in the order of their indices
	Spaces  []Space
	Photos  []Photo // in ascending order of ID
}

// Builder puts a bank together. The zero value has nothing. It is for one goroutine at a time.
type Builder struct {
	bank Bank
	next uint64 // the last ID that was given
}

// Bank returns the bank of what was added so far. What is added later is not in it.
func (b *Builder) Bank() *Bank {
	return &Bank{slices.Clip(b.bank.Classes), slices.Clip(b.bank.Spaces), slices.Clip(b.bank.Photos)}
}

// Classes returns the names of the classes so far.
func (b *Builder) Classes() []string { return slices.Clip(b.bank.Classes) }

// AddClass returns the index of the class called name, which it adds where there is none yet.
func (b *Builder) AddClass(name string) (int, error) {
	if i := slices.Index(b.bank.Classes, name); i >= 0 {
		return i, nil
	}
	if name == "" {
		return 0, errors.New("bank: a class needs a name")
	}
	if len(b.bank.Classes) >= MaxClasses {
		return 0, fault.Errorf("bank: class %q is one too many: a bank holds %d", name, MaxClasses)
	}
	b.bank.Classes = append(b.bank.Classes, name)
	return len(b.bank.Classes) - 1, nil
}

// AddSpace returns the index of the feature space called name, which it adds where there is none
// yet.
func (b *Builder) AddSpace(name feature.Space, dim int) (int, error) {
	if i := b.bank.Space(name); i >= 0 {
		if b.bank.Spaces[i].Dim != dim {
			return 0, fault.Errorf("bank: features %q have %d values a photo here, not %d: they come from another model", name, b.bank.Spaces[i].Dim, dim)
		}
		return i, nil
	}
	if name == (feature.Space{}) || dim < 1 || dim > MaxDimension {
		return 0, fault.Errorf("bank: features %q of %d values: a name and 1 to %d values are needed", name, dim, MaxDimension)
	}
	if len(b.bank.Spaces) >= MaxSpaces {
		return 0, fault.Errorf("bank: features %q are one kind too many: a bank holds %d", name, MaxSpaces)
	}
	b.bank.Spaces = append(b.bank.Spaces, Space{name, dim})
	return len(b.bank.Spaces) - 1, nil
}

// Space returns the index of the space called name, −1 where there is none.
func (b *Bank) Space(name feature.Space) int {
	return slices.IndexFunc(b.Spaces, func(s Space) bool { return s.Name == name })
}

// Add adds a photo and returns its ID. A photo that comes with an ID keeps it. The bank keeps the
// feature slices.
func (b *Builder) Add(p Photo) (uint64, error) {
	if len(b.bank.Photos) >= MaxPhotos {
		return 0, fault.Errorf("bank: photo %q is one too many: a bank holds %d", p.Name, MaxPhotos)
	}
	if p.Class < 0 || p.Class >= len(b.bank.Classes) {
		return 0, fault.Errorf("bank: photo %q is of class %d of %d", p.Name, p.Class, len(b.bank.Classes))
	}
	if p.Split > Test {
		return 0, fault.Errorf("bank: photo %q is in a split that does not exist (%d)", p.Name, p.Split)
	}
	if len(p.Features) > len(b.bank.Spaces) {
		return 0, fault.Errorf("bank: photo %q has %d feature vectors for %d spaces", p.Name, len(p.Features), len(b.bank.Spaces))
	}
	for i, f := range p.Features {
		if err := b.bank.check(p.Name, i, f); err != nil {
			return 0, err
		}
	}
	if p.ID == 0 {
		p.ID = b.next + 1
	}
	i, taken := b.bank.find(p.ID)
	if taken {
		return 0, fault.Errorf("bank: photo %q has the number %d of another photo, %q", p.Name, p.ID, b.bank.Photos[i].Name)
	}
	b.next = max(b.next, p.ID)
	if i < len(b.bank.Photos) {
		b.bank.Photos = slices.Clone(b.bank.Photos) // a bank that was made has those before
	}
	b.bank.Photos = slices.Insert(b.bank.Photos, i, p)
	return p.ID, nil
}

// check tells what is wrong with the features f of a photo in space i.
func (b *Bank) check(name string, i int, f []float32) error {
	s := b.Spaces[i]
	if f != nil && len(f) != s.Dim {
		return fault.Errorf("bank: photo %q has %d values of %q, not %d", name, len(f), s.Name, s.Dim)
	}
	for _, v := range f {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fault.Errorf("bank: photo %q has a value of %q that is not a finite number; read the photo again", name, s.Name)
		}
	}
	return nil
}

// Photo returns the photo with an ID, nil where there is none.
func (b *Bank) Photo(id uint64) *Photo {
	if i, ok := b.find(id); ok {
		return &b.Photos[i]
	}
	return nil
}

func (b *Bank) find(id uint64) (int, bool) {
	return slices.BinarySearchFunc(b.Photos, id, func(p Photo, id uint64) int { return cmp.Compare(p.ID, id) })
}

// Rows returns the indices in Photos of the photos of a split, in order.
func (b *Bank) Rows(s Split) []int {
	var rows []int
	for i := range b.Photos {
		if b.Photos[i].Split == s {
			rows = append(rows, i)
		}
	}
	return rows
}

// Part returns a bank of the photos at rows, which are in order.
func (b *Bank) Part(rows []int) *Bank {
	out := &Bank{Classes: b.Classes, Spaces: b.Spaces}
	for _, r := range rows {
		out.Photos = append(out.Photos, b.Photos[r])
	}
	return out
}

// Balance counts the photos of each class in each split, indexed by class and by Split.
func (b *Bank) Balance() [][3]int {
	n := make([][3]int, len(b.Classes))
	for i := range b.Photos {
		n[b.Photos[i].Class][b.Photos[i].Split]++
	}
	return n
}

// Labels returns the classes of the photos at rows.
func (b *Bank) Labels(rows []int) []int {
	y := make([]int, len(rows))
	for i, r := range rows {
		y[i] = b.Photos[r].Class
	}
	return y
}
