package folder

import (
	"slices"
	"strings"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

// A Page is what the panel is told of the page, with each event and each drawing.
type Page struct {
	Photos func() []Photo // those that it is about; a walk over all of them
	Count  int            // of photos
	Namer  string         // what names them
}

// A State is the panel's.
type State struct {
	shown  bool   // the person asked for it
	away   bool   // another view is shown
	why    string // a folder could not be opened
	picked int    // ticket of what is being picked
	last   int    // number of the folder that was opened last
	open   *opened
	given  map[string]outside.File // sidecars that came with photos, by path

	sure   thresholds
	table  *table // as it was counted last, nil where that no longer holds
	action Action
	whole  bool // photos that no name is sure of get a folder too
	plan   *plan
	work   *work
	lists  lists
	told   *work // what was done last, until something else is
	helper helper

	taken []outside.File // for the page to name
	moved []Photo        // whose files are elsewhere now
}

// An opened folder is one that the page works in.
type opened struct {
	number  int
	folder  outside.Object
	name    string
	files   map[string]bool // by their paths, as it was listed last
	folders map[string]bool
	known   map[string]bool // that were handed on, or are no photos
	young   map[string]outside.File
	listed  bool
	why     string   // it could not be listed
	unread  []string // folders in it that could not be read

	listing  int       // ticket
	begun    time.Time // when that began
	opening  int       // ticket
	watching bool      // the person wants it
	watch    int       // ticket
	tells    bool      // the browser tells of changes
	listAt   time.Time // when it is listed next; zero for never
}

const (
	// quiet is how long a file is to be left alone before it is taken: it may be being copied.
	quiet = 2 * time.Second
	// listEvery is how often a folder is listed where the browser tells of no changes.
	listEvery = 5 * time.Second
	// patience is how long the browser may take over one thing once the person has had all stopped.
	patience = 20 * time.Second
	// afterChange is how soon it is listed where it does, since changes come in crowds.
	afterChange = 300 * time.Millisecond
)

// A plan is what will happen.
type plan struct {
	action Action
	namer  string // what named the photos
	steps  []*step
	why    string // there is none
	asked  bool   // the worker looks for places
	shown  int    // steps
	made   []string

	unsure, rest, failed, gone, missing, placed, twice int // photos for which nothing is done
	failures                                           []failure
}

// A step is what is done for one photo.
type step struct {
	photo   int // its ID
	file    outside.File
	from    string // its path
	to      string // where it goes; "" where it stays
	label   string // "" where none is sure
	word    string // label as people read it
	score   float64
	beside  []protocol.Place // files that go with it
	sidecar string           // that its name is written into; "" for none
	had     string           // the sidecar that is there; "" for none

	old, data, extra []byte // of the sidecar as it is and as it is to be; of what goes along
	fresh            bool   // none is there
	same             bool   // nothing is to be written
	why              string // it was not done
	entries          []*entry
}

const (
	// stepsAtFirst is how many steps of a plan are listed, and how many more each time.
	stepsAtFirst = 100
	// mostFailures is how many are told one by one.
	mostFailures = 100
)

// A work is a plan that is being carried out, or a list that is being undone. It goes on by advance
// whenever it waits for nothing, so that it can stand still at any step, and go on from there.
//
// Steps are done in batches: the sidecars that are there are read, names are merged into them, what
// is about to be done is noted in the store, and only then it is done.
type work struct {
	action Action
	namer  string // what named the photos
	folder outside.Object
	name   string // of the folder
	steps  []*step
	list   *list // what is done, for undoing; nil for a zip
	zip    *zipping

	undoing bool
	left    []*entry       // that are still to be undone, the last one first
	folders []string       // that are still to be removed then
	byPath  map[string]int // photos, for undoing a list of an earlier visit

	allowed bool // the person lets the page change the folder
	phase   phase
	at, end int // the step that is next, and the end of its batch
	read    int // the step whose sidecar is to be read
	extra   bool
	file    int // of the step's, that is next
	backing bool
	reason  string // for that
	ticket  int    // of what is waited for
	since   time.Time
	moving  *moving
	again   bool // what is next may have begun before

	stop   bool
	halted string // why it stands still
	done   int    // steps, or, in undoing, files
	same   int    // that needed nothing
	failed []failure
	pace   queue.Pace
}

type phase int

const (
	reading phase = iota
	merging
	noting
	doing
	closing
	over
)

// mine are the photos that the panel is about: those of the folder that is open, or all.
func (s *State) mine(all []Photo) []Photo {
	return slices.DeleteFunc(all, func(p Photo) bool { return !s.isMine(&p) })
}

func (s *State) isMine(p *Photo) bool { return s.open == nil || p.File.Folder == s.open.number }

// path is where a photo lies in the folder that is open; where none is, in what was given.
func (s *State) path(f *outside.File) string {
	switch {
	case s.open != nil:
		return strings.TrimPrefix(f.Path, s.open.name+"/")
	case f.Path == "":
		return f.Name
	}
	return f.Path
}
