package classify

import (
	"strings"

	"homeroom/wasm/app/classify/atlas"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
)

// mapping is the map of all photos in place of their list.
type mapping struct {
	photos *photos
	atlas  *atlas.State // nil until it is wanted first
	on     bool
	told   bool // it knows all that is known of the photos
}

// ShowMap shows the photos as a map, or as a list again.
type ShowMap struct{ On bool }

// mapPlace is the map in the page's address.
const mapPlace = "map"

func (e ShowMap) update(m *mapping, t *outside.Turn) {
	m.show(t, e.On)
	if e.On {
		t.Focus("#map-photos")
	}
}

// show shows the map, or the list again.
func (m *mapping) show(t *outside.Turn, on bool) {
	if on == m.on {
		return
	}
	m.on, m.told, m.photos.mapped = on, false, on
	if on && m.atlas == nil {
		m.atlas = atlas.New()
	}
	if !on {
		m.atlas.Close(t)
	}
	m.settle(t) // an address leads here without an event of its own
	t.Soon()
}

// update gives the map an event, and tells whether it was one of its own. want is what a person
// wants of the photos then.
func (m *mapping) update(t *outside.Turn, e any) (want any, own bool) {
	if m.atlas == nil {
		return nil, false
	}
	want, own = m.atlas.Update(t, e)
	if _, moves := e.(atlas.Gesture); !moves && own || want != nil {
		m.told = false
	}
	return want, own
}

// changed notes that an event may have changed something about the photos.
func (m *mapping) changed(e any) {
	switch e.(type) {
	case outside.Drawn, outside.Remembered, Look:
	default:
		m.told = false
	}
}

// settle has photos laid out that are not. While some are still to be named, it waits for them.
func (m *mapping) settle(t *outside.Turn) {
	if !m.on || m.told || m.waits() {
		return
	}
	by := m.tell()
	m.atlas.Lay(t, by, by != "")
}

// tell tells the map of the photos, and returns by what those were looked at that have features.
func (m *mapping) tell() (by string) {
	m.told = true
	s := m.photos
	all := s.queue.Photos()
	list := make([]atlas.Photo, len(all))
	if s.engine.ready {
		by = s.engine.by()
	}
	for i, p := range all {
		c := s.cards[p.ID]
		list[i] = atlas.Photo{ID: p.ID, Name: p.Name, Answer: p.Answer, Picture: c.picture, Shown: s.order.Shows(p, &s.names), Picked: s.picks && s.picked[p.ID]}
		if c.LookBy == by {
			list[i].Vector = c.Look.Vector
		}
	}
	m.atlas.Tell(list)
	return by
}

// waits tells whether photos are still to be named.
func (m *mapping) waits() bool {
	return len(m.photos.coming) > 0 || m.photos.queue.Counts().Left() > 0 || m.photos.keep.recall != 0
}

// view is the button that leads there, and the map.
func (m *mapping) view() []markup.Slot {
	out := []markup.Slot{{ID: "map-photos", Attrs: []markup.Attr{markup.Is("aria-pressed", m.on)}, On: []markup.Handler{markup.Click(ShowMap{!m.on})}},
		{ID: "photos-map", Attrs: []markup.Attr{flag("hidden", !m.on)}, Kids: []*markup.Node{}}}
	if m.on && !m.photos.printing {
		if !m.told {
			m.tell()
		}
		out[1].Kids = m.atlas.View(m.waits())
	}
	return out
}

// mapAt cuts the map off the beginning of a place.
func mapAt(place string) (rest string, on bool) {
	if first, rest, _ := strings.Cut(place, "/"); first == mapPlace {
		return rest, true
	}
	return place, false
}
