package worker

import (
	"encoding/json"
	"fmt"

	"homeroom/core/head"
	"homeroom/core/project"
)

// A Bundle is a project on its way into a file or out of one, without its features, heads and thumbnails.
type Bundle struct {
	Project  string            `json:"project,omitempty"` // its ID in the browser's store
	Name     string            `json:"name"`
	Created  int64             `json:"created"` // milliseconds since 1970
	Saved    int64             `json:"saved"`
	Classes  []string          `json:"classes"`
	Spaces   []string          `json:"spaces"`
	Networks []project.Network `json:"networks"`
	Photos   []Note            `json:"-"` // in sheaves
	Labels   []int             `json:"-"` // index in Classes of each photo
	Versions []Edition         `json:"versions"`
	Current  int               `json:"current"`
	NamesAll bool              `json:"names_all,omitempty"`
	Settings json.RawMessage   `json:"settings,omitempty"` // the page's own
}

// A Sheaf is some of the photos of a bundle: all of them in one piece of JSON would keep the page from answering.
type Sheaf struct {
	Photos []Note `json:"photos"`
	Labels []int  `json:"labels"`
	// Spaces are the feature spaces that each photo has vectors of, as indices in Bundle.Spaces.
	Spaces [][]int `json:"spaces,omitempty"`
}

// SheafSize is how many photos a sheaf has at most.
const SheafSize = 200

// An Edition is a version of the head in a bundle.
type Edition struct {
	ID      int      `json:"id"`
	Date    int64    `json:"date"`
	Note    string   `json:"note,omitempty"`
	State   string   `json:"state,omitempty"` // that answers, as core/project calls it
	Seconds float64  `json:"seconds"`
	Classes []string `json:"classes"`
	Kind    string   `json:"kind"`
	Input   string   `json:"input"`
	Spaces  []string `json:"spaces"`
	Seed    uint64   `json:"seed"`
	Photos  int      `json:"photos"`
	Lesson  *Lesson  `json:"lesson"` // what else is known of it
}

// States are a head in a file: as it answered held-out photos best, and as learning ended, nil where that is the same.
// Beside a head that looks at a photo more than once there is a quick one that looks once; project files do not have it.
type States struct{ Best, Last, Quick []byte }

// file makes the project of a bundle, with the features that the shelf holds and without thumbnails.
func (b *Bundle) file(s *Shelf, heads []States) (*project.Project, error) {
	ids := make([]int, len(b.Photos))
	for i, n := range b.Photos {
		ids[i] = n.ID
		s.note(n)
	}
	bank, err := s.bank(&Task{Classes: b.Classes, IDs: ids, Labels: b.Labels, Spaces: b.Spaces})
	if err != nil {
		return nil, err
	}
	p := &project.Project{
		Name: b.Name, Created: b.Created, Saved: b.Saved, Networks: b.Networks, Bank: bank, Current: b.Current, NamesAll: b.NamesAll,
		Thumbs: map[uint64][]byte{}, Settings: b.Settings,
	}
	for i, e := range b.Versions {
		h := new(head.Head)
		if err := h.UnmarshalBinary(heads[i].Best); err != nil {
			return nil, fmt.Errorf("version %d: %w", e.ID, err)
		}
		last := h
		if data := heads[i].Last; data != nil {
			last = new(head.Head)
			if err := last.UnmarshalBinary(data); err != nil {
				return nil, fmt.Errorf("the last state of version %d: %w", e.ID, err)
			}
		}
		v := project.Version{ID: e.ID, Date: e.Date, Note: e.Note, Seconds: e.Seconds, State: e.State, Best: h, Last: last}
		if e.Lesson != nil {
			v.Valid, v.Tried, v.Curve = e.Lesson.Report, e.Lesson.Tried, e.Lesson.Curve
			if v.Valid != nil {
				if err := v.Valid.Expand(); err != nil {
					return nil, fmt.Errorf("version %d: %w", e.ID, err)
				}
			}
		}
		p.Versions = append(p.Versions, v)
	}
	return p, nil
}

// bundleOf is the bundle of a project that was read from a file, with heads and sheaves apart.
func bundleOf(p *project.Project) (b *Bundle, heads []States, sheaves []Sheaf, err error) {
	b = &Bundle{
		Name: p.Name, Created: p.Created, Saved: p.Saved, Classes: p.Bank.Classes, Networks: p.Networks,
		Current: p.Current, NamesAll: p.NamesAll, Settings: p.Settings,
	}
	for _, s := range p.Bank.Spaces {
		b.Spaces = append(b.Spaces, s.Name)
	}
	for i, ph := range p.Bank.Photos {
		hash, err := ph.Hash.MarshalText()
		if err != nil {
			return nil, nil, nil, err
		}
		if i%SheafSize == 0 {
			sheaves = append(sheaves, Sheaf{})
		}
		s := &sheaves[len(sheaves)-1]
		s.Photos = append(s.Photos, Note{ID: int(ph.ID), Name: ph.Name, Hash: string(hash), Look: ph.Look, Taken: ph.Taken})
		s.Labels = append(s.Labels, ph.Class)
		has := []int{}
		for k, row := range ph.Features {
			if row != nil {
				has = append(has, k)
			}
		}
		s.Spaces = append(s.Spaces, has)
	}
	for _, v := range p.Versions {
		kept, err := statesOf(v.Best, v.Last)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("version %d: %w", v.ID, err)
		}
		heads = append(heads, kept)
		e := Edition{
			ID: v.ID, Date: v.Date, Note: v.Note, State: v.State, Seconds: v.Seconds, Classes: v.Best.Classes, Kind: string(v.Best.Kind),
			Input: v.Best.Input.String(), Seed: v.Best.Settings.Seed, Photos: v.Best.Settings.Photos,
			Lesson: &Lesson{Kind: v.Best.Kind, Input: v.Best.Input.String(), Report: compact(v.Valid), Tried: v.Tried, Curve: v.Curve, Held: answered(v.Held), Seconds: v.Seconds},
		}
		for _, s := range v.Best.Spaces {
			e.Spaces = append(e.Spaces, s.Name)
		}
		b.Versions = append(b.Versions, e)
	}
	return b, heads, sheaves, nil
}
