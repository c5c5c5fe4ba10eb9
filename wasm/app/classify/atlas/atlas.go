// Package atlas is the map of all photos: points of a plane, those near one another that look
// alike. A person moves it, looks closer, and draws a line around photos to pick them.
//
// What is shown of it is a picture that is computed (raster.go), with elements above it for photos
// that are seen large, or that the keyboard is on (view.go). Where photos lie is found out in a
// worker (laying.go).
package atlas

import (
	"strings"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

type (
	// Gesture is what a pointer does on the map.
	Gesture struct{ markup.Gesture }
	// Press is a key on it.
	Press struct{ Key string }
	// Zoom shows less, larger, or more.
	Zoom struct{ In bool }
	// Whole shows all of it.
	Whole struct{}
	// Lasso switches between moving the map and drawing lines around photos.
	Lasso struct{ On bool }
	// PickSeen picks the photos that are seen.
	PickSeen struct{}
	// PickLabel picks the photos of a label.
	PickLabel struct{ Label string }
	// Choose is a press on a photo, by whatever reads the page to a person.
	Choose struct{ Photo int }
	// Stop ends laying photos out, Again begins anew.
	Stop  struct{}
	Again struct{}
)

// What a person wants of the photos, which the map leaves to others.
type (
	// Pick picks photos, in place of those that were or beside them.
	Pick struct {
		Photos []int
		Add    bool
	}
	// Turn picks one, or takes that back.
	Turn struct{ Photo int }
	// Open shows one large.
	Open struct{ Photo int }
	// Unpick ends picking.
	Unpick struct{}
)

// Update deals with what a person does with the map. want is one of Pick, Turn, Open and Unpick,
// or nil; own tells whether the event is of the map.
func (s *State) Update(t *outside.Turn, e any) (want any, own bool) {
	was := s.plane
	defer func() {
		if s.plane != was {
			s.anew()
		}
	}()
	switch e := e.(type) {
	case Gesture:
		want = s.gesture(t, e.Gesture)
	case Press:
		want = s.press(t, e.Key)
	case Zoom:
		s.plane.by(s.plane.middle(), factor(e.In))
	case Whole:
		s.plane.x, s.plane.y, s.plane.zoom = 0, 0, 1
	case Lasso:
		s.lasso, s.line = e.On, nil
	case PickSeen:
		want = s.seen(t)
	case PickLabel:
		want = s.labelled(t, e.Label)
	case Choose:
		s.at = e.Photo
		want = Turn(e)
	case Stop:
		s.laying.stop(t)
		t.Focus("#map-again")
	case Again:
		s.laying.again()
	default:
		return nil, s.laying.receive(t, e)
	}
	t.Soon()
	return want, true
}

const step = 1.5 // of zooming by a key or a button

func factor(in bool) float64 {
	if in {
		return step
	}
	return 1 / step
}

// still is how far a pointer moves, in pixels, that does not press.
const still = 5

// gesture deals with a pointer.
func (s *State) gesture(t *outside.Turn, g markup.Gesture) (want any) {
	here := spot{g.X, g.Y}
	s.plane.resize(g.Width, g.Height, g.Density)
	if g.Kind != markup.Sized {
		s.typing = false
	}
	switch g.Kind {
	case markup.Down:
		s.from, s.moved, s.line = &here, false, nil
		if s.lasso {
			s.line = []spot{here}
		}
	case markup.Moved:
		if s.from == nil {
			break
		}
		s.moved = s.moved || dist(*s.from, here) > still
		if s.lasso {
			s.line = append(s.line, here)
		} else if s.moved {
			s.plane.move(g.DX, g.DY)
		}
	case markup.Up:
		if s.from == nil {
			break
		}
		s.from = nil
		line := s.line
		if s.line = nil; s.lasso && s.moved {
			return s.caught(t, line, g.Shift)
		}
		if photo := s.photoAt(here); !s.moved && photo != 0 {
			s.at = photo
			if g.Shift || g.Control || s.picking() || s.lasso {
				return Turn{photo}
			}
			return Open{photo}
		}
	case markup.Cancelled:
		s.from, s.line = nil, nil
	case markup.Pinched:
		s.from, s.line = nil, nil
		s.plane.move(g.DX, g.DY)
		s.plane.by(here, g.Factor)
	case markup.Wheel:
		s.plane.by(here, g.Factor)
	case markup.Over:
		s.over = s.photoAt(here)
	case markup.Left:
		s.over = 0
	}
	return nil
}

// means tells whether a gesture means anything: a wheel turned beyond the end scrolls the page, and
// a pointer that comes over no other photo changes nothing.
func (s *State) means(g markup.Gesture) bool {
	switch g.Kind {
	case markup.Wheel:
		return s.plane.zoomed(g.Factor) != s.plane.zoom
	case markup.Over:
		return s.photoAt(spot{g.X, g.Y}) != s.over
	case markup.Left:
		return s.over != 0
	case markup.Sized:
		p := s.plane
		p.resize(g.Width, g.Height, g.Density)
		return p != s.plane
	}
	return true
}

// caught are the photos within a line.
func (s *State) caught(t *outside.Turn, line []spot, add bool) any {
	var in []int
	for i, p := range s.photos {
		if p.Shown && s.spots[i] != nowhere && within(line, s.plane.see(s.spots[i])) {
			in = append(in, p.ID)
		}
	}
	if len(in) == 0 {
		t.Say(text.Say("There is no photo within the line."))
		return nil
	}
	t.Say(text.Say("{1|# photo|# photos} picked", len(in)))
	return Pick{in, add}
}

// seen picks the photos that are seen.
func (s *State) seen(t *outside.Turn) any {
	var in []int
	for _, i := range s.inSight() {
		in = append(in, s.photos[i].ID)
	}
	if len(in) == 0 {
		return nil
	}
	t.Say(text.Say("{1|# photo|# photos} picked", len(in)))
	return Pick{in, false}
}

// labelled picks those of a label.
func (s *State) labelled(t *outside.Turn, label string) any {
	var in []int
	for _, p := range s.photos {
		if p.Shown && p.label() == label {
			in = append(in, p.ID)
		}
	}
	if len(in) == 0 {
		return nil
	}
	t.Say(text.Say("{1|# photo|# photos} picked", len(in)))
	return Pick{in, false}
}

// press deals with a key.
func (s *State) press(t *outside.Turn, key string) (want any) {
	s.typing = true
	at := s.focused()
	if way, shift := strings.CutPrefix(key, "Shift+"); shift && strings.HasPrefix(way, "Arrow") {
		x, y := direction(way)
		s.plane.move(-x*s.plane.width/6, -y*s.plane.height/6)
		return nil
	}
	switch key {
	case "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown":
		if to := s.beside(at, key); to >= 0 {
			s.at = s.photos[to].ID
			s.plane.reveal(s.spots[to])
		}
	case " ":
		if at >= 0 {
			s.at = s.photos[at].ID
			return Turn{s.at}
		}
	case "Enter":
		if at >= 0 {
			s.at = s.photos[at].ID
			return Open{s.at}
		}
	case "+", "=", "Shift++", "-", "Shift+_":
		about := s.plane.middle()
		if at >= 0 && s.plane.has(s.plane.see(s.spots[at])) {
			about = s.plane.see(s.spots[at])
		}
		s.plane.by(about, factor(!strings.ContainsAny(key, "-_")))
	case "0", "Home":
		s.plane.x, s.plane.y, s.plane.zoom = 0, 0, 1
	case "l", "L", "Shift+l":
		s.lasso, s.line = !s.lasso, nil
	case "Control+a":
		return s.seen(t)
	case "Escape":
		switch {
		case len(s.line) > 0:
			s.line, s.from = nil, nil
		case s.lasso:
			s.lasso = false
		default:
			return Unpick{}
		}
	}
	return nil
}

// keyed makes an event of a key that means something.
func (s *State) keyed(in markup.Input) any {
	switch in.Key {
	case "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown",
		" ", "Enter", "+", "=", "Shift++", "-", "Shift+_", "0", "Home", "l", "L", "Shift+l", "Control+a":
		return Press{in.Key}
	case "Escape":
		if len(s.line) > 0 || s.lasso || s.picking() {
			return Press{in.Key}
		}
	}
	return nil
}

func direction(key string) (x, y float64) {
	switch key {
	case "ArrowLeft":
		return -1, 0
	case "ArrowRight":
		return 1, 0
	case "ArrowUp":
		return 0, -1
	}
	return 0, 1
}

// beside is the next photo in the direction of a key, less than 0 for none: the nearest of those
// that lie rather that way than to its sides, those straight ahead before others.
func (s *State) beside(from int, key string) int {
	if from < 0 {
		return -1
	}
	x, y := direction(key)
	best, least := -1, 0.0
	for i := range s.photos {
		if !s.photos[i].Shown || s.spots[i] == nowhere {
			continue
		}
		dx, dy := s.spots[i].x-s.spots[from].x, s.spots[i].y-s.spots[from].y
		ahead, aside := dx*x+dy*y, dx*y+dy*x
		if aside < 0 {
			aside = -aside
		}
		if ahead <= 0 || aside > ahead {
			continue
		}
		if d := ahead + 2*aside; best < 0 || d < least {
			best, least = i, d
		}
	}
	return best
}
