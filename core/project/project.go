package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"homeroom/core/head"
)

// Project is what a person taught.
type Project struct {
	Name    string
	Created int64 // milliseconds since 1970
	Saved   int64
	// Networks are those whose features the bank holds.
	Networks []Network
	Bank     *head.Bank
	Versions []Version // in the order of their IDs
	Current  int       // ID of the version that answers, 0 for none
	// NamesAll says that the person wants every photo named: none is answered
	// "unknown".
	NamesAll bool
	// Thumbs are JPEG files by the ID of the photo.
	Thumbs map[uint64][]byte
	// Settings is one JSON value that the page keeps for itself, or empty.
	Settings json.RawMessage
}

// Network says which pack features come from.
type Network struct {
	Name   string    `json:"name"`   // "efficientnet-lite0", as the names of spaces begin
	SHA256 head.Hash `json:"sha256"` // of the pack
}

// Version is one trained head.
type Version struct {
	ID      int     `json:"id"`   // from 1
	Date    int64   `json:"date"` // milliseconds since 1970
	Note    string  `json:"note,omitempty"`
	Seconds float64 `json:"seconds,omitempty"` // that learning took

	// State is the one that answers: "" or [Best], or [Last].
	State string `json:"state,omitempty"`

	Best *head.Head `json:"-"`
	Last *head.Head `json:"-"` // the same as Best where there is no other state
	// Quick stands in for them where they are too slow, as for a camera; nil for none.
	Quick *head.Head `json:"-"`

	Valid *head.Report     `json:"valid,omitempty"` // of Held
	Test  *head.Report     `json:"test,omitempty"`  // of the Test photos
	Tried []head.Candidate `json:"tried,omitempty"`
	Curve []head.Progress  `json:"curve,omitempty"`
	Held  []head.HeldOut   `json:"-"`
}

// Version returns the version with an ID, nil where there is none.
func (p *Project) Version(id int) *Version {
	for i := range p.Versions {
		if p.Versions[i].ID == id {
			return &p.Versions[i]
		}
	}
	return nil
}

// The states of a version.
const (
	Best = "best" // the one that answered held-out photos best
	Last = "last" // the one that learning ended in
)

// Head returns the head that answers, in the state that was chosen for it, nil
// where nothing was trained yet.
func (p *Project) Head() *head.Head {
	if v := p.Version(p.Current); v != nil {
		return p.HeadIn(v.State)
	}
	return nil
}

// HeadIn is Head in a state: "" or Best, or Last.
func (p *Project) HeadIn(state string) *head.Head {
	v := p.Version(p.Current)
	if v == nil {
		return nil
	}
	h := v.Best
	if state == Last && v.Last != nil {
		h = v.Last
	}
	if h != nil && p.NamesAll {
		all := *h
		all.Unknown.Never = true
		h = &all
	}
	return h
}

// Limits bound what Read accepts.
type Limits struct {
	Bytes    int64 // of all parts, unpacked
	Manifest int64
	Photos   int
	Versions int
	Thumb    int64 // of one thumbnail
}

// DefaultLimits are generous for what a tab can hold.
var DefaultLimits = Limits{Bytes: 2 << 30, Manifest: 256 << 20, Photos: 200_000, Versions: 1000, Thumb: 1 << 20}

// manifest is manifest.json.
type manifest struct {
	Format   string          `json:"format"` // formatName
	Version  int             `json:"version"`
	Name     string          `json:"name"`
	Created  int64           `json:"created"`
	Saved    int64           `json:"saved"`
	Networks []Network       `json:"networks"`
	Classes  []string        `json:"classes"`
	Spaces   []space         `json:"spaces"`
	Photos   []photo         `json:"photos"`
	Versions []version       `json:"versions"`
	Current  int             `json:"current"`
	NamesAll bool            `json:"names_all,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"`
	Parts    map[string]part `json:"parts"`
}

const (
	formatName    = "homeroom project"
	formatVersion = 1
)

// space is a feature space; Missing lists the places in Photos of those that
// have no features of it.
type space struct {
	head.Space
	Missing []int `json:"missing,omitempty"`
}

type photo struct {
	head.Photo
	Thumb bool `json:"thumb,omitempty"`
}

type version struct {
	Version
	HasLast  bool `json:"has_last,omitempty"`
	HasQuick bool `json:"has_quick,omitempty"`
	Held     int  `json:"held,omitempty"`
}

type part struct {
	Bytes  int64     `json:"bytes"`
	SHA256 head.Hash `json:"sha256"`
}

// Names of parts.
const (
	manifestName = "manifest.json"
	featuresName = "features.safetensors"
)

func headName(id int) string     { return fmt.Sprintf("heads/%d.safetensors", id) }
func lastName(id int) string     { return fmt.Sprintf("heads/%d.last.safetensors", id) }
func quickName(id int) string    { return fmt.Sprintf("heads/%d.quick.safetensors", id) }
func heldName(id int) string     { return fmt.Sprintf("heads/%d.held.safetensors", id) }
func thumbName(id uint64) string { return fmt.Sprintf("thumbs/%d.jpg", id) }

// maxText bounds names and notes, in bytes.
const maxText = 4096

// check says what is wrong with a manifest, before anything is read by it.
func (m *manifest) check(lim Limits) error {
	if m.Format != formatName {
		return errors.New("it is no Homeroom project")
	}
	if m.Version != formatVersion {
		return fmt.Errorf("it has version %d and this program reads version %d; open it with a newer version of Homeroom", m.Version, formatVersion)
	}
	if len(m.Classes) > head.MaxClasses || len(m.Spaces) > head.MaxSpaces || len(m.Networks) > head.MaxSpaces {
		return fmt.Errorf("%d classes, %d kinds of features and %d networks are too many", len(m.Classes), len(m.Spaces), len(m.Networks))
	}
	if len(m.Photos) > lim.Photos {
		return fmt.Errorf("%d photos, and at most %d are read", len(m.Photos), lim.Photos)
	}
	if len(m.Versions) > lim.Versions {
		return fmt.Errorf("%d versions, and at most %d are read", len(m.Versions), lim.Versions)
	}
	texts := append([]string{m.Name}, m.Classes...)
	for i, v := range m.Versions {
		if v.ID < 1 || i > 0 && v.ID <= m.Versions[i-1].ID {
			return errors.New("its versions are not numbered in order")
		}
		if v.Held < 0 || v.Held > lim.Photos {
			return fmt.Errorf("version %d has answers to %d photos", v.ID, v.Held)
		}
		if v.State != "" && v.State != Best && v.State != Last {
			return fmt.Errorf("version %d answers in a state %q; there are %s and %s", v.ID, clip(v.State), Best, Last)
		}
		texts = append(texts, v.Note)
	}
	if m.Current != 0 && !slices.ContainsFunc(m.Versions, func(v version) bool { return v.ID == m.Current }) {
		return fmt.Errorf("there is no version %d, which it says is in use", m.Current)
	}
	for _, p := range m.Photos {
		texts = append(texts, p.Name)
	}
	for _, t := range texts {
		if len(t) > maxText {
			return fmt.Errorf("a text of %d bytes, %q…", len(t), strings.ToValidUTF8(t[:40], ""))
		}
	}
	for _, s := range m.Spaces {
		for i, r := range s.Missing {
			if r < 0 || r >= len(m.Photos) || i > 0 && r <= s.Missing[i-1] {
				return fmt.Errorf("features %q: its list of photos without them is not in order", s.Name)
			}
		}
	}
	if len(m.Settings) > 0 && !json.Valid(m.Settings) {
		return errors.New("its settings are not JSON")
	}
	return nil
}

// names lists the parts that the manifest promises, the manifest itself left
// out, and the most bytes of each.
func (m *manifest) names(lim Limits) map[string]int64 {
	want := map[string]int64{featuresName: lim.Bytes}
	for _, v := range m.Versions {
		want[headName(v.ID)] = lim.Bytes
		if v.HasLast {
			want[lastName(v.ID)] = lim.Bytes
		}
		if v.HasQuick {
			want[quickName(v.ID)] = lim.Bytes
		}
		if v.Held > 0 {
			want[heldName(v.ID)] = lim.Bytes
		}
	}
	for _, p := range m.Photos {
		if p.Thumb {
			want[thumbName(p.ID)] = lim.Thumb
		}
	}
	return want
}
