package engine

import (
	"encoding/json"
	"fmt"

	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/wasm/protocol"
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
	Photos   []protocol.Note   `json:"-"` // in sheaves
	Labels   []int             `json:"-"` // index in Classes of each photo
	Sizes    [][2]int          `json:"-"`
	Versions []Edition         `json:"versions"`
	Current  int               `json:"current"`
	NamesAll bool              `json:"names_all,omitempty"`
	Own      json.RawMessage   `json:"own,omitempty"` // what else the page knows of the project
}

// own is what the page keeps for itself in a project file, as its settings.
type own struct {
	Project json.RawMessage         `json:"project,omitempty"` // Bundle.Own
	Results map[int]json.RawMessage `json:"results"`           // Volume.Result by version
	Sizes   map[int][2]int          `json:"sizes"`             // of the photos, in pixels
}

// A Sheaf is some of the photos of a bundle: all of them in one piece of JSON would keep the page from answering.
type Sheaf struct {
	Photos []protocol.Note `json:"photos"`
	Labels []int           `json:"labels"`
	Sizes  [][2]int        `json:"sizes"` // in pixels; 0 where they are not known
	// Spaces are the feature spaces that each photo has vectors of, as indices in Bundle.Spaces.
	Spaces [][]int `json:"spaces,omitempty"`
}

// SheafSize is how many photos a sheaf has at most.
const SheafSize = 100

// An Edition is a version of the head in a bundle.
type Edition struct {
	ID      int              `json:"id"`
	Date    int64            `json:"date"`
	Note    string           `json:"note,omitempty"`
	State   string           `json:"state,omitempty"` // that answers, as core/project calls it
	Seconds float64          `json:"seconds"`
	Classes []string         `json:"classes"`
	Kind    string           `json:"kind"`
	Input   string           `json:"input"`
	Spaces  []string         `json:"spaces"`
	Seed    uint64           `json:"seed"`
	Photos  int              `json:"photos"`
	Lesson  *protocol.Lesson `json:"lesson,omitempty"` // what else is known of it, where the file has no result of the page's
}

// States are a head in a file: as it answered held-out photos best, and as learning ended, nil where that is the same.
// Beside a head that looks at a photo more than once there is a quick one that looks once.
type States struct{ Best, Last, Quick []byte }

// A Volume is all that is kept of a version: its head, and what is known of it, as JSON that is the page's own. Of that the fields of
// figures are read here.
type Volume struct {
	States
	Result []byte // nil where there is none
}

type figures struct {
	Report *head.Report     `json:"report"`
	Tried  []head.Candidate `json:"tried"`
	Curve  []head.Progress  `json:"curve"`
}

// file makes the project of a bundle, with the features that the shelf holds and without thumbnails.
func (b *Bundle) file(s *Shelf, volumes []Volume) (*project.File, error) {
	mine := own{Project: b.Own, Results: map[int]json.RawMessage{}, Sizes: map[int][2]int{}}
	ids := make([]int, len(b.Photos))
	for i, n := range b.Photos {
		ids[i] = n.ID
		if i < len(b.Sizes) {
			mine.Sizes[n.ID] = b.Sizes[i]
		}
		s.note(n)
	}
	bank, err := s.bank(&protocol.Task{Classes: b.Classes, IDs: ids, Labels: b.Labels, Spaces: b.Spaces})
	if err != nil {
		return nil, err
	}
	p := &project.File{
		Name: b.Name, Created: b.Created, Saved: b.Saved, Networks: b.Networks, Bank: bank, Current: b.Current, NamesAll: b.NamesAll,
		Thumbs: map[uint64][]byte{},
	}
	for i, e := range b.Versions {
		v := project.Taught{ID: e.ID, Date: e.Date, Note: e.Note, Seconds: e.Seconds, State: e.State}
		if v.Best, err = read(volumes[i].Best); err != nil {
			return nil, fmt.Errorf("version %d: %w", e.ID, err)
		}
		v.Last = v.Best
		if data := volumes[i].Last; data != nil {
			if v.Last, err = read(data); err != nil {
				return nil, fmt.Errorf("the last state of version %d: %w", e.ID, err)
			}
		}
		if data := volumes[i].Quick; data != nil {
			if v.Quick, err = read(data); err != nil {
				return nil, fmt.Errorf("the quick head of version %d: %w", e.ID, err)
			}
		}
		// A version whose figures cannot be read goes without them.
		var f figures
		if data := volumes[i].Result; json.Unmarshal(data, &f) == nil && (f.Report == nil || f.Report.Expand() == nil) {
			v.Valid, v.Tried, v.Curve = f.Report, f.Tried, f.Curve
			mine.Results[e.ID] = data
		}
		p.Versions = append(p.Versions, v)
	}
	p.Settings, err = json.Marshal(mine)
	return p, err
}

// read reads a head.
func read(data []byte) (*head.Head, error) {
	h := new(head.Head)
	return h, h.UnmarshalBinary(data)
}

// bundleOf is the bundle of a project that was read from a file, with versions and sheaves apart.
func bundleOf(p *project.File) (b *Bundle, volumes []Volume, sheaves []Sheaf, err error) {
	var mine own
	_ = json.Unmarshal(p.Settings, &mine) // files of the program have nothing of the page's
	b = &Bundle{
		Name: p.Name, Created: p.Created, Saved: p.Saved, Classes: p.Bank.Classes, Networks: p.Networks,
		Current: p.Current, NamesAll: p.NamesAll, Own: mine.Project,
	}
	for _, s := range p.Bank.Spaces {
		b.Spaces = append(b.Spaces, s.Name.String())
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
		s.Photos = append(s.Photos, protocol.Note{ID: int(ph.ID), Name: ph.Name, Hash: string(hash), Look: ph.Look, Taken: ph.Taken, Folder: ph.Folder})
		s.Labels, s.Sizes = append(s.Labels, ph.Class), append(s.Sizes, mine.Sizes[int(ph.ID)])
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
		if err == nil && v.Quick != nil {
			kept.Quick, err = v.Quick.MarshalBinary()
		}
		if err != nil {
			return nil, nil, nil, fmt.Errorf("version %d: %w", v.ID, err)
		}
		volumes = append(volumes, Volume{kept, mine.Results[v.ID]})
		e := Edition{
			ID: v.ID, Date: v.Date, Note: v.Note, State: v.State, Seconds: v.Seconds, Classes: v.Best.Classes, Kind: string(v.Best.Kind),
			Input: v.Best.Input.String(), Seed: v.Best.Settings.Seed, Photos: v.Best.Settings.Photos,
		}
		if mine.Results[v.ID] == nil {
			e.Lesson = &protocol.Lesson{Kind: v.Best.Kind, Input: e.Input, Report: compact(v.Valid), Tried: v.Tried, Curve: v.Curve, Held: answered(v.Held), Seconds: v.Seconds}
		}
		for _, s := range v.Best.Spaces {
			e.Spaces = append(e.Spaces, s.Name.String())
		}
		b.Versions = append(b.Versions, e)
	}
	return b, volumes, sheaves, nil
}
