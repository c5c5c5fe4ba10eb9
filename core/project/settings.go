package project

import (
	"encoding/json"

	"homeroom/core/feature"
)

// Settings are what a person may choose. It is comparable, so that an edit can tell whether
// anything changed.
type Settings struct {
	Network  string  `json:"network"`        // name in the catalogue
	Size     int     `json:"size"`           // input size in pixels, 0 for the network's own
	Thorough bool    `json:"thorough"`       // each photo mirrored and whole as well, from the beginning
	Once     bool    `json:"once,omitempty"` // never do; with neither, the program decides
	Head     string  `json:"head"`           // kind of head, as core/training calls it
	Seed     uint64  `json:"seed"`           // of everything that is drawn by lot
	HoldOut  bool    `json:"keep_back"`      // a fifth of the photos is held out to check on, and never learnt from
	Weigh    bool    `json:"weigh"`          // classes with few photos count as much as those with many
	Unknown  bool    `json:"unknown"`        // answer "unknown" to what is unlike everything taught
	Alarms   float64 `json:"alarms"`         // share of known photos that may be answered "unknown"
	Auto     bool    `json:"auto"`           // learn by itself after each change
	Selfie   bool    `json:"selfie"`         // show the camera as a mirror does
}

// DefaultSettings are what a new project begins with.
func DefaultSettings() Settings {
	return Settings{Network: feature.Network, Head: "auto", Seed: 1, Weigh: true, Unknown: true, Alarms: 0.05, Auto: true, Selfie: true}
}

// UnmarshalJSON reads settings. Those from before there was a choice of first networks name none:
// they are of the one that was first then, whose features their photos have.
func (s *Settings) UnmarshalJSON(data []byte) error {
	type plain Settings
	if err := json.Unmarshal(data, (*plain)(s)); err != nil {
		return err
	}
	if s.Network == "" {
		s.Network = feature.FormerNetwork
	}
	return nil
}

// MostForViews is how many photos a project may have for further views to be read by itself. With
// more, they would be paid for with a long time of reading.
const MostForViews = 1500

// The views of photos that a head may be taught from.
const (
	ViewsAuto  = "auto"  // the plain one, then mirrored, whole and with a sharper network where the project is not too large, for learning to choose from
	ViewsPlain = "once"  // as the network was trained
	ViewsThree = "three" // mirrored and whole as well, from the beginning
)

// Views is which views of each photo are read.
func (s Settings) Views() string {
	switch {
	case s.Thorough:
		return ViewsThree
	case s.Once:
		return ViewsPlain
	}
	return ViewsAuto
}

// WithViews returns the settings with these views.
func (s Settings) WithViews(views string) Settings {
	s.Thorough, s.Once = views == ViewsThree, views == ViewsPlain
	return s
}

// AddsViews tells whether further views of the photos are to be read by themselves.
func (p *Project) AddsViews() bool {
	return p.Settings.Views() == ViewsAuto && p.Count() <= MostForViews
}
