package atlas

import (
	"fmt"
	"math"
	"testing"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

var turnTime = time.Unix(9, 0)

func labelled(id int, label string) Photo {
	return Photo{ID: id, Name: fmt.Sprint(id, ".jpg"), Answer: &queue.Answer{Results: []protocol.Result{{Label: label, Score: 0.9}}}, Shown: true}
}

// lying is a map of photos that lie at places, 400 pixels wide and 300 high.
func lying(at ...spot) *State {
	s := New()
	s.laying.at = map[int]spot{}
	var photos []Photo
	for i, p := range at {
		s.laying.at[i+1] = p
		photos = append(photos, labelled(i+1, []string{"cat", "dog"}[i%2]))
	}
	s.plane.resize(400, 300, 1)
	s.Tell(photos)
	return s
}

// TestZoomKeepsItsPlace: what lies under the pointer stays there, and the map never leaves the
// picture.
func TestZoomKeepsItsPlace(t *testing.T) {
	p := plane{zoom: 1}
	p.resize(400, 300, 3)
	if p.density != 2 {
		t.Errorf("the density is %g", p.density)
	}
	about := spot{250, 140}
	k := p.scale()
	fixed := spot{p.x + (about.x-200)/k, p.y + (about.y-150)/k}
	for range 5 {
		p.by(about, 1.7)
		if at := p.see(fixed); dist(at, about) > 1e-6 {
			t.Fatalf("at zoom %g it is seen at %v", p.zoom, at)
		}
	}
	p.move(1e9, -1e9)
	if p.x != -1 || p.y != 1 {
		t.Errorf("moved far, the middle is %g, %g", p.x, p.y)
	}
	p.by(about, 1e-9)
	if p.zoom != 1 || p.x != 0 || p.y != 0 {
		t.Errorf("all of it is not in the middle: %+v", p)
	}
	p.by(about, 1e9)
	if p.zoom != most {
		t.Errorf("the zoom is %g", p.zoom)
	}
}

func TestWithinALine(t *testing.T) {
	// A line like a C: what lies in its mouth is outside.
	line := []spot{{0, 0}, {10, 0}, {10, 2}, {2, 2}, {2, 8}, {10, 8}, {10, 10}, {0, 10}}
	for at, want := range map[spot]bool{{1, 5}: true, {5, 1}: true, {5, 9}: true, {5, 5}: false, {11, 1}: false, {-1, 5}: false, {9, 5}: false} {
		if got := within(line, at); got != want {
			t.Errorf("%v is within: %v", at, got)
		}
	}
	if within(nil, spot{}) || within([]spot{{1, 1}}, spot{1, 1}) {
		t.Error("something is within nothing")
	}
}

func TestArrowsLeadOn(t *testing.T) {
	s := lying(spot{0, 0}, spot{0.5, 0.1}, spot{0.3, 0.29}, spot{-0.2, 0}, spot{0, -0.4}, spot{0, 0.9}, spot{0.9, 0})
	var turn outside.Numbers
	now := outside.NewTurn(turnTime, outside.Device{}, &turn)
	for _, step := range []struct {
		key  string
		want int
	}{{"ArrowRight", 2}, {"ArrowRight", 7}, {"ArrowRight", 7}, {"ArrowLeft", 2}, {"ArrowLeft", 3}, {"ArrowDown", 6}, {"ArrowUp", 1}} {
		s.press(now, step.key)
		if s.at == 0 {
			s.at = s.photos[s.focused()].ID
		}
		if s.at != step.want {
			t.Fatalf("%s leads to %d, not %d", step.key, s.at, step.want)
		}
	}
	for range 12 {
		s.press(now, "+")
	}
	for _, key := range []string{"ArrowUp", "ArrowLeft"} {
		s.press(now, key)
		if i := s.index[s.at]; !s.plane.has(s.plane.see(s.spots[i])) {
			t.Errorf("%s leads out of sight", key)
		}
	}
}

// TestDotsHaveTheColoursOfTheirLabels, where they lie, and what is picked has a ring.
func TestDotsHaveTheColoursOfTheirLabels(t *testing.T) {
	s := lying()
	var photos []Photo
	for i := range 2 * mostLarge {
		s.laying.at[i+1] = spot{float64(i)/float64(mostLarge) - 1, 0}
		photos = append(photos, labelled(i+1, []string{"cat", "dog", "cat"}[i%3]))
	}
	photos[10].Picked, photos[8].Shown = true, false
	s.Tell(photos)
	if len(s.tones) != 2 || s.tones[0].label != "cat" || s.tones[0].photos != 107 {
		t.Fatalf("the labels are %+v", s.tones)
	}
	s.plane.by(s.plane.middle(), 30)
	s.plane.x = s.spots[10].x
	palette := make([][4]byte, colours)
	for i := range palette {
		palette[i] = [4]byte{byte(10 * (i + 1)), 1, 2, 255}
	}
	r := s.raster()
	width, height := r.Size()
	pixels := make([]byte, 4*width*height)
	r.Draw(pixels, palette)
	at := func(x, y float64) [4]byte {
		return [4]byte(pixels[4*(int(y)*width+int(x)):])
	}
	for i, want := range map[int]int{10: 1, 12: 0, 13: 1, 8: faint} {
		p := r.plane.see(r.spots[i])
		if got := at(p.x, p.y); got != palette[want] {
			t.Errorf("photo %d is of the colour %v, not %v", i+1, got, palette[want])
		}
	}
	p := r.plane.see(r.spots[10])
	if got := at(p.x, p.y-r.radius()-1); got != palette[picked] {
		t.Errorf("the ring is of the colour %v", got)
	}
	if got := at(5, 5); got != [4]byte{} {
		t.Errorf("where there is nothing lies %v", got)
	}
}

func TestMasksCoverAsMuch(t *testing.T) {
	for shape := range shapes {
		m := maskOf(shape, 6)
		sum := 0.0
		for _, v := range m.cover {
			sum += float64(v) / 255
		}
		if sum < 60 || sum > 130 {
			t.Errorf("shape %d covers %.0f pixels, a disc %.0f", shape, sum, math.Pi*36)
		}
	}
}

// BenchmarkPicture draws ten thousand dots on a large screen.
func BenchmarkPicture(b *testing.B) {
	s := New()
	s.laying.at = map[int]spot{}
	var photos []Photo
	for i := range 10_000 {
		s.laying.at[i+1] = spot{math.Sin(float64(i * i)), math.Cos(float64(3 * i))}
		photos = append(photos, labelled(i+1, fmt.Sprint(i%12)))
	}
	s.plane.resize(1200, 700, 1)
	s.Tell(photos)
	palette := make([][4]byte, colours)
	pixels := make([]byte, 4*1200*700)
	for b.Loop() {
		s.anew()
		clear(pixels)
		s.raster().Draw(pixels, palette)
	}
}
