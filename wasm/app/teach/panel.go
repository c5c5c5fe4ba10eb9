package teach

import "homeroom/wasm/app/outside"

// A panel is a part of an open project, or of what there is besides. The events of it are those
// whose method Update takes its value. What the browser tells, the time, and that another view is
// shown or the project is closed go to its value where that has the methods for it: Receive, Tick,
// Wake and Leave. One with a title is a tab.
type panel struct {
	value     any
	events    updater
	id, title string // of its tab, "" where it is none
}

// An updater deals with an event, if it is one of a panel's, and tells whether it was.
type updater interface {
	update(t *outside.Turn, e any) bool
}

// eventsOf are those of a panel.
type eventsOf[P any] struct{ value P }

func (p *eventsOf[P]) update(t *outside.Turn, e any) bool {
	one, is := e.(interface{ Update(P, *outside.Turn) })
	if is {
		one.Update(p.value, t)
	}
	return is
}

// of is a part that is no tab.
func of[P any](value P) panel { return panel{value: value, events: &eventsOf[P]{value}} }

// tab is a panel that is shown in a tab.
func tab[P viewer](id, title string, value P) panel {
	return panel{value: value, events: &eventsOf[P]{value}, id: id, title: title}
}

// view is what a tab shows.
func (p panel) view() []*node { return p.value.(viewer).View() }

// panels are those of a project, or what there is besides. What the browser tells goes to the first
// that asked for it.
type panels []panel

type (
	viewer   interface{ View() []*node }
	receiver interface {
		Receive(t *outside.Turn, e any) bool
	}
	ticker interface{ Tick(t *outside.Turn) }
	waker  interface{ Wake(w *outside.Wake) }
	leaver interface{ Leave(t *outside.Turn) }
	// Shown and Hidden are for tabs: one is chosen, and another is.
	shower interface{ Shown(t *outside.Turn) }
	hider  interface{ Hidden(t *outside.Turn) }
	// A placer is a dialogue or a tab, whose place is what it shows, "" while that is nothing of
	// its own. It goes to those of some places that are its own, and closes what none of them
	// names.
	placer interface {
		Place() string
		Go(t *outside.Turn, places []string)
	}
)

// update gives an event to the panel that it is for, and tells whether there is one.
func (list panels) update(t *outside.Turn, e any) bool {
	for _, p := range list {
		if p.events.update(t, e) {
			return true
		}
	}
	return false
}

// receive gives what the browser tells to the panel that asked for it, and tells whether there is
// one.
func (list panels) receive(t *outside.Turn, e any) bool {
	for _, p := range list {
		if r, is := p.value.(receiver); is && r.Receive(t, e) {
			return true
		}
	}
	return false
}

// each calls f with what of the panels can be taken for a T.
func each[T any](list panels, f func(T)) {
	for _, p := range list {
		if v, is := p.value.(T); is {
			f(v)
		}
	}
}

// tabs are the panels that are tabs.
func (list panels) tabs() panels {
	var out panels
	for _, p := range list {
		if p.title != "" {
			out = append(out, p)
		}
	}
	return out
}

// tab is the tab with an ID, or the first.
func (list panels) tab(id string) panel {
	all := list.tabs()
	for _, p := range all {
		if p.id == id {
			return p
		}
	}
	return all[0]
}
