package project

import (
	"encoding/json"
	"slices"
	"sort"
	"time"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/head"
)

// pageOwn is what a file has of a project besides what every program reads of it, as its settings:
// the record of the project, the figures of its versions, and the sizes of its photos in pixels.
type pageOwn struct {
	Project json.RawMessage         `json:"project,omitempty"`
	Results map[int]json.RawMessage `json:"results"`        // by version
	Sizes   map[int][2]int          `json:"sizes"`          // by photo
	Sure    map[int]int             `json:"sure,omitempty"` // classes that photos are of for sure, by photo
}

// own reads the settings of a file.
func (f *File) own() (own pageOwn, r record, err error) {
	if len(f.Settings) == 0 {
		return own, r, nil
	}
	if err := json.Unmarshal(f.Settings, &own); err != nil {
		return own, r, fault.Errorf("its settings cannot be read: %w", err)
	}
	if len(own.Project) == 0 {
		return own, r, nil
	}
	if err := json.Unmarshal(own.Project, &r); err != nil {
		return own, r, fault.Errorf("its settings cannot be read: %w", err)
	}
	if r.Format != recordFormat {
		return own, record{}, nil // of another program: the file itself says enough
	}
	if err := r.check(); err != nil {
		return own, r, fault.Errorf("its settings cannot be used: %w", err)
	}
	return own, r, nil
}

// Open makes of a file a project that can be shown and taught further, with the figures of its
// versions as JSON. Its features, heads and thumbnails stay in the file. An error says what of the
// file is more than a project holds, or cannot be.
func (f *File) Open(id string) (p *Project, figures map[int][]byte, err error) {
	if n := len(f.Bank.Classes); n > MaxClasses {
		return nil, nil, fault.Errorf("it has %d classes, and a project holds %d here", n, MaxClasses)
	}
	photos := slices.Concat(f.Bank.Photos, f.Unlabelled)
	if n := len(photos); n > MaxPhotos {
		return nil, nil, fault.Errorf("it has %d photos, and a project holds %d here", n, MaxPhotos)
	}
	own, r, err := f.own()
	if err != nil {
		return nil, nil, err
	}
	p = New(id, tidy(f.Name), time.UnixMilli(f.Created))
	if r.Format == recordFormat {
		p.take(&r)
	}
	known, versions := r.Classes, p.Versions
	p.Classes, p.Versions, p.Current = nil, nil, f.Current
	for i, name := range f.Bank.Classes {
		c := Class{Name: name}
		// Classes keep their numbers where the file has them.
		if i < len(known) && known[i].Name == name {
			c.ID = known[i].ID
		} else {
			p.last.class++
			c.ID = p.last.class
		}
		p.Classes = append(p.Classes, c)
	}
	figures = map[int][]byte{}
	for i := range f.Versions {
		t := &f.Versions[i]
		text := []byte(own.Results[t.ID])
		if text == nil {
			text = t.figures().Encode()
		}
		g, err := DecodeFigures(text)
		if err != nil {
			return nil, nil, fault.Errorf("version %d: %w", t.ID, err)
		}
		if g.Report != nil && len(g.Report.Classes) != len(t.Best.Classes) {
			return nil, nil, fault.Errorf("version %d knows %d classes, and its figures are of %d", t.ID, len(t.Best.Classes), len(g.Report.Classes))
		}
		figures[t.ID] = text
		var v Version
		if k := slices.IndexFunc(versions, func(v Version) bool { return v.Number == t.ID }); k >= 0 {
			v = versions[k]
			v.Classes = t.Best.Classes
		} else {
			v = t.version(own.Results[t.ID] == nil)
		}
		v.Last = t.State == Last && v.States != nil
		p.Versions = append(p.Versions, v)
		p.last.version = max(p.last.version, v.Number)
	}
	if v := p.Version(p.Current); v != nil && len(versions) == 0 {
		p.Settings.Network, p.Settings.Size, p.Settings.Thorough = v.Network, v.Size, v.Thorough
	}
	if spaces := f.Bank.Spaces; r.Format != recordFormat && p.Version(p.Current) == nil && len(spaces) > 0 {
		p.Settings.Network = spaces[0].Name.Network
	}
	if f.NamesAll {
		p.Settings.Unknown = false
	}
	sort.SliceStable(photos, func(i, k int) bool { return photos[i].ID < photos[k].ID })
	for i := range photos {
		q := &photos[i]
		size, class := own.Sizes[int(q.ID)], Unlabelled
		if q.Class != Unlabelled {
			class = p.Classes[q.Class].ID
		}
		ph := &Photo{
			ID: int(q.ID), Class: class, Name: q.Name, Hash: q.Hash, PerceptualHash: q.PerceptualHash, Taken: q.Taken, Folder: q.Folder, Width: size[0], Height: size[1], Sure: own.Sure[int(q.ID)],
		}
		for k, row := range q.Features {
			if row != nil {
				ph.Spaces = append(ph.Spaces, f.Bank.Spaces[k].Name)
			}
		}
		if err := ph.check(); err != nil {
			return nil, nil, err
		}
		p.put(ph)
	}
	return p, figures, nil
}

// version makes a version of one that the page knows nothing more of; figures says whether those of
// the file are to be told.
func (t *Taught) version(figures bool) Version {
	v := Version{
		Number: t.ID, When: time.UnixMilli(t.Date), Note: t.Note, Kind: string(t.Best.Kind), Input: t.Best.Input.String(), Classes: t.Best.Classes,
		Photos: t.Best.Settings.Photos, Seed: t.Best.Settings.Seed, Seconds: t.Seconds,
	}
	for i, s := range t.Best.Spaces {
		v.Spaces = append(v.Spaces, s.Name)
		v.Thorough = v.Thorough || s.Name.View != feature.Plain
		if i == 0 { // of several, the first reads what is added here
			v.Network, v.Size, v.Pixels = s.Name.Network, s.Name.Size, s.Name.Size
		}
	}
	if !figures {
		return v
	}
	if r := t.Valid; r != nil {
		v.Checked, v.Accuracy, v.Low, v.High, v.Loss = r.Photos, r.Accuracy, r.Low, r.High, r.Loss
	}
	v.States = StatesOf(t.Curve)
	return v
}

// figures are what a file says of a version that was learnt by the program.
func (t *Taught) figures() *Figures {
	f := &Figures{Version: t.ID, Report: t.Valid, Folds: 1, Held: map[int]HeldOut{}, Tried: t.Tried, Curve: t.Curve}
	for _, h := range t.Held {
		f.Held[int(h.ID)] = heldOut(t.Best.Classes, h)
	}
	return f
}

// A Learnt is a version as it goes into a file: its heads as head.Head.MarshalBinary writes them,
// and its figures.
type Learnt struct {
	Number            int
	Best, Last, Quick []byte // Last and Quick nil where there is none
	Figures           []byte // what Figures.Encode writes
}

// photos forgets what it has of photos, and photo takes that of one.
func (o *pageOwn) photos() { o.Sizes, o.Sure = map[int][2]int{}, map[int]int{} }

func (o *pageOwn) photo(ph *Photo) {
	o.Sizes[ph.ID] = [2]int{ph.Width, ph.Height}
	if ph.Sure != 0 {
		o.Sure[ph.ID] = ph.Sure
	}
}

// File makes the file of a project as it is now: with what bank has of its examples (see
// [Project.Examples]), with the photos without a class (see [File.Unlabelled]), and with the
// versions in learnt, and without thumbnails. Versions that are not there are left out.
func (p *Project) File(now time.Time, networks []Network, bank *bank.Bank, unlabelled []bank.Photo, learnt []Learnt) (*File, error) {
	f := &File{
		Name: p.Name, Created: p.Created.UnixMilli(), Saved: now.UnixMilli(), Networks: networks, Bank: bank, Unlabelled: unlabelled, NamesAll: !p.Settings.Unknown,
		Thumbs: map[uint64][]byte{},
	}
	own := pageOwn{Project: p.encode(now, recordFormat), Results: map[int]json.RawMessage{}}
	own.photos()
	for _, q := range slices.Concat(bank.Photos, unlabelled) {
		if ph := p.photos[int(q.ID)]; ph != nil {
			own.photo(ph)
		}
	}
	for i := range p.Versions {
		v := &p.Versions[i]
		k := slices.IndexFunc(learnt, func(l Learnt) bool { return l.Number == v.Number })
		if k < 0 {
			continue
		}
		t, err := learnt[k].taught(v)
		if err != nil {
			return nil, err
		}
		// A version whose figures cannot be read goes without them.
		if g, err := DecodeFigures(learnt[k].Figures); err == nil {
			t.Valid, t.Tried, t.Curve = g.Report, g.Tried, g.Curve
			own.Results[v.Number] = learnt[k].Figures
		}
		f.Versions = append(f.Versions, t)
		if v.Number == p.Current {
			f.Current = p.Current
		}
	}
	var err error
	f.Settings, err = json.Marshal(own)
	return f, err
}

// With returns the file with the classes and photos of a project that was made of it by Open and
// changed since. bank has what is known of its examples (see [Project.Examples]). Versions stay,
// and so do photos that still have no class.
func (f *File) With(p *Project, bank *bank.Bank, now time.Time) (*File, error) {
	own, _, err := f.own()
	if err != nil {
		return nil, err
	}
	own.Project = p.encode(now, recordFormat)
	if own.Results == nil {
		own.Results = map[int]json.RawMessage{}
	}
	own.photos()
	for i := range bank.Photos {
		ph := p.photos[int(bank.Photos[i].ID)]
		if ph == nil || bank.Photos[i].Class >= len(p.Classes) || p.Classes[bank.Photos[i].Class].ID != ph.Class {
			return nil, fault.Errorf("photo %d is not of the class in the project that it has in the bank", bank.Photos[i].ID)
		}
		own.photo(ph)
	}
	out := *f
	out.Saved, out.Bank, out.Unlabelled = now.UnixMilli(), bank, nil
	for _, q := range f.Unlabelled {
		if ph := p.photos[int(q.ID)]; ph != nil && ph.Class == Unlabelled {
			own.photo(ph)
			out.Unlabelled = append(out.Unlabelled, q)
		}
	}
	out.Settings, err = json.Marshal(own)
	return &out, err
}

func (l *Learnt) taught(v *Version) (Taught, error) {
	t := Taught{ID: v.Number, Date: v.When.UnixMilli(), Note: v.Note, Seconds: v.Seconds}
	if v.Last {
		t.State = Last
	}
	read := func(what string, data []byte) (*head.Head, error) {
		h := new(head.Head)
		if err := h.UnmarshalBinary(data); err != nil {
			return nil, fault.Errorf("the %s of version %d: %w", what, v.Number, err)
		}
		return h, nil
	}
	var err error
	if t.Best, err = read("head", l.Best); err != nil {
		return t, err
	}
	t.Last = t.Best
	if l.Last != nil {
		if t.Last, err = read("last state", l.Last); err != nil {
			return t, err
		}
	}
	if l.Quick != nil {
		t.Quick, err = read("quick head", l.Quick)
	}
	return t, err
}

// heldOut says of a photo what matters of its answer.
func heldOut(classes []string, h evaluation.HeldOut) HeldOut {
	answer := 0
	for c, p := range h.Probabilities {
		if p > h.Probabilities[answer] {
			answer = c
		}
	}
	out := HeldOut{Right: answer == h.Class, Strange: short(h.Strangeness)}
	if len(h.Probabilities) > 0 && answer < len(classes) {
		out.Label, out.Score = classes[answer], short(h.Probabilities[answer])
	}
	if h.Class >= 0 && h.Class < len(h.Probabilities) {
		out.Own = short(h.Probabilities[h.Class])
	}
	return out
}
