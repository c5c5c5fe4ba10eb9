package project

import (
	"encoding/json"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/head"
	"homeroom/core/training"
)

// File is what a project file holds.
type File struct {
	Name    string
	Created int64 // milliseconds since 1970
	Saved   int64
	// Networks are those whose features the bank holds.
	Networks []Network
	Bank     *bank.Bank
	// Unlabelled are the photos that have no class yet, in ascending order of ID: their Class is
	// [Unlabelled], and their Features are in the spaces of Bank. Nothing is learnt from them.
	Unlabelled []bank.Photo
	Versions   []Taught // in the order of their IDs
	Current    int      // ID of the version that answers, 0 for none
	// NamesAll says that the person wants every photo named: none is answered "unknown".
	NamesAll bool
	// Thumbs are JPEG files by the ID of the photo.
	Thumbs map[uint64][]byte
	// Settings is one JSON value that the page keeps for itself, or empty.
	Settings json.RawMessage
}

// Network says which pack features come from.
type Network struct {
	Name   string    `json:"name"`   // "efficientnet-lite0", as the names of spaces begin
	SHA256 bank.Hash `json:"sha256"` // of the pack
}

// Taught is a version of the head, as it was taught.
type Taught struct {
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

	Valid *evaluation.Report   `json:"valid,omitempty"` // of Held
	Test  *evaluation.Report   `json:"test,omitempty"`  // of the Test photos
	Tried []training.Candidate `json:"tried,omitempty"`
	Curve []training.Progress  `json:"curve,omitempty"`
	Held  []evaluation.HeldOut `json:"-"`
}

// Version returns the version with an ID, nil where there is none.
func (p *File) Version(id int) *Taught {
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

// Head returns the head that answers, in the state that was chosen for it, nil where nothing was
// trained yet.
func (p *File) Head() *head.Head {
	if v := p.Version(p.Current); v != nil {
		return p.HeadIn(v.State)
	}
	return nil
}

// HeadIn is Head in a state: "" or Best, or Last.
func (p *File) HeadIn(state string) *head.Head {
	v := p.Version(p.Current)
	if v == nil {
		return nil
	}
	h := v.Best
	if state == Last && v.Last != nil {
		h = v.Last
	}
	return p.named(h)
}

// QuickHead is the head that stands in for it where that is too slow, nil where there is none.
func (p *File) QuickHead() *head.Head {
	if v := p.Version(p.Current); v != nil {
		return p.named(v.Quick)
	}
	return nil
}

// named is a head as the person wants it to answer.
func (p *File) named(h *head.Head) *head.Head {
	if h != nil && p.NamesAll {
		all := *h
		all.Unknown.Never = true
		h = &all
	}
	return h
}
