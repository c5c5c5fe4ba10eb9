package project

// Settings are what a person may choose. It is comparable, so that an edit can tell whether
// anything changed.
type Settings struct {
	Network  string  `json:"network"`        // name in the catalogue, "" for the first
	Size     int     `json:"size"`           // input size in pixels, 0 for the network's own
	Thorough bool    `json:"thorough"`       // look at each photo mirrored and whole as well, from the beginning
	Once     bool    `json:"once,omitempty"` // never do; with neither, the program decides
	Head     string  `json:"head"`           // kind of head, as core/training calls it
	Seed     uint64  `json:"seed"`           // of everything that is drawn by lot
	KeepBack bool    `json:"keep_back"`      // a fifth of the photos is kept back to check on, and never learnt from
	Weigh    bool    `json:"weigh"`          // classes with few photos count as much as those with many
	Unknown  bool    `json:"unknown"`        // answer "unknown" to what is unlike everything taught
	Alarms   float64 `json:"alarms"`         // share of known photos that may be answered "unknown"
	Auto     bool    `json:"auto"`           // learn by itself after each change
	Selfie   bool    `json:"selfie"`         // show the camera as a mirror does
}

// DefaultSettings are what a new project begins with.
func DefaultSettings() Settings {
	return Settings{Head: "auto", Seed: 1, Weigh: true, Unknown: true, Alarms: 0.05, Auto: true, Selfie: true}
}

// MostLookedAgain is how many photos a project may have to be looked at again by itself. With more,
// the looks would be paid for with a long time of reading.
const MostLookedAgain = 1500

// The ways to look at photos.
const (
	LookAuto  = "auto"  // once, then mirrored, whole and with a sharper network where the project is not too large, for learning to choose from
	LookOnce  = "once"  // as the network was trained
	LookThree = "three" // mirrored and whole as well, from the beginning
)

// Looks is how often each photo is looked at.
func (s Settings) Looks() string {
	switch {
	case s.Thorough:
		return LookThree
	case s.Once:
		return LookOnce
	}
	return LookAuto
}

// WithLooks returns the settings with photos looked at in one of these ways.
func (s Settings) WithLooks(looks string) Settings {
	s.Thorough, s.Once = looks == LookThree, looks == LookOnce
	return s
}

// LooksAgain tells whether the photos of the project are to be looked at again by themselves.
func (p *Project) LooksAgain() bool {
	return p.Settings.Looks() == LookAuto && p.Count() <= MostLookedAgain
}
