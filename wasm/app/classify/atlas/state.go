package atlas

import (
	"math"
	"slices"

	"homeroom/wasm/app/outside"
)

// State is the map's.
type State struct {
	laying laying
	photos []Photo
	index  map[int]int // by ID
	tones  []tone      // of the labels that most photos have
	toneOf []uint8     // of each photo
	spots  []spot      // where photos lie; those that do not, far outside
	drawn  *picture    // what is seen now; nil where that has changed
	sight  []int       // the same for inSight

	plane  plane
	lasso  bool   // the tool is on
	line   []spot // that is being drawn, in the picture
	from   *spot  // where the pointer went down
	moved  bool   // since then
	at     int    // ID of the photo that the keyboard is on
	over   int    // that the pointer is over
	typing bool   // the keyboard was used last
}

// New makes a map.
func New() *State { return &State{plane: plane{zoom: 1}} }

// Tell takes what is known of the photos, and by what they were looked at.
func (s *State) Tell(photos []Photo) {
	s.photos = photos
	s.anew()
	s.index = make(map[int]int, len(photos))
	s.spots = make([]spot, len(photos))
	for i, p := range photos {
		s.index[p.ID] = i
		at, is := s.laying.at[p.ID]
		if !is {
			at = nowhere
		}
		s.spots[i] = at
	}
	s.tones, s.toneOf = tonesOf(photos)
	if _, is := s.index[s.at]; !is {
		s.at = 0
	}
	s.over = 0
}

// anew notes that something else is seen.
func (s *State) anew() { s.drawn, s.sight = nil, nil }

// Lay has photos laid out that were looked at by something, where some of them do not lie there
// yet; whole says that no more are to come for now.
func (s *State) Lay(t *outside.Turn, by string, whole bool) { s.laying.lay(t, s.photos, by, whole) }

// Close ends what is under way.
func (s *State) Close(t *outside.Turn) { s.laying.end(t) }

// Tick takes the time.
func (s *State) Tick(t *outside.Turn) { s.laying.hear(t, s.laying.pool.Tick(t)) }

// Wake says when the time is wanted.
func (s *State) Wake(w *outside.Wake) { s.laying.pool.Wake(w) }

// raster is the picture of what is seen now, nil while it is not known how large that is.
func (s *State) raster() *picture {
	if p := s.plane; s.drawn == nil && p.width > 0 {
		s.drawn = &picture{p, s.photos, s.spots, s.toneOf, s.large(), int(math.Round(p.width * p.density)), int(math.Round(p.height * p.density))}
	}
	return s.drawn
}

// mostLarge is how many photos are seen as pictures at once; of more there are dots.
const mostLarge = 80

// large tells whether so few photos are in sight that they are seen as pictures.
func (s *State) large() bool { return len(s.inSight()) <= mostLarge }

// pictureSize is how large they are then, in pixels.
func (s *State) pictureSize() float64 {
	n := float64(max(1, len(s.inSight())))
	return math.Round(max(36, min(112, math.Sqrt(s.plane.width*s.plane.height/n/3))))
}

func (s *State) picking() bool {
	return slices.ContainsFunc(s.photos, func(p Photo) bool { return p.Picked })
}

// inSight are the places in the list of photos that are shown and seen.
func (s *State) inSight() []int {
	if s.sight != nil {
		return s.sight
	}
	out := []int{}
	for i := range s.photos {
		if s.photos[i].Shown && s.spots[i] != nowhere && s.plane.has(s.plane.see(s.spots[i])) {
			out = append(out, i)
		}
	}
	s.sight = out
	return out
}

// near is how far from a photo, in pixels, a press still means it.
const near = 14

// photoAt is the ID of the photo at a place of the picture, 0 for none.
func (s *State) photoAt(here spot) int {
	best, least := 0, float64(near)
	if s.large() {
		least = s.pictureSize() / 2
	}
	for i, p := range s.photos {
		if !p.Shown || s.spots[i] == nowhere {
			continue
		}
		if d := dist(s.plane.see(s.spots[i]), here); d < least {
			best, least = p.ID, d
		}
	}
	return best
}

// focused is the place in the list of the photo that the keyboard is on: at first the one nearest
// to the middle of what is seen. −1 is none.
func (s *State) focused() int {
	if i, is := s.index[s.at]; is && s.photos[i].Shown && s.spots[i] != nowhere {
		return i
	}
	best, least := -1, 0.0
	for i := range s.photos {
		if !s.photos[i].Shown || s.spots[i] == nowhere {
			continue
		}
		if d := dist(s.plane.see(s.spots[i]), s.plane.middle()); best < 0 || d < least {
			best, least = i, d
		}
	}
	return best
}
