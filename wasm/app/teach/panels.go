package teach

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/ask"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/app/teach/result"
	"homeroom/wasm/app/teach/share"
)

// panels lists the parts of an open project, which the session reaches through this list alone: a
// new one is a file of its own and a line here. One with a title is a tab, in the order of the
// list. What the browser tells goes to the first that asked for it.
var panels = []kind{
	of(func(s *session) *learn.Saving { return &s.saving }),
	of(func(s *session) *learn.Restoring { return &s.restore }),
	of(func(s *session) *learn.Network { return &s.net }),
	of(func(s *session) *learn.Reading { return s.reader }),
	of(func(s *session) *learn.Learning { return &s.learning }),
	of(func(s *session) *ask.Dialog { return &s.dialog }),
	of(func(s *session) *ask.Camera { return s.camera }),
	of(func(s *session) *fulls { return &s.fulls }),
	of(func(s *session) *learn.Filing { return &s.filing }),
	of(func(s *session) *learn.Sizes { return &s.sizes }),
	of(func(s *session) *share.Share { return &s.share }),
	of(func(s *session) *desk { return &s.desk }),
	of(func(s *session) *session { return s }),
	tab(tabPhotos, "Photos", func(s *session) *photos { return s.photos }, photosView),
	tab("results", "Results", func(s *session) *result.Results { return &s.results }, func(_ *session, p *result.Results) []*node { return p.View() }),
	tryTab(),
	tab("versions", "Versions", func(s *session) *result.Versions { return &s.versions }, func(_ *session, p *result.Versions) []*node { return p.View() }),
	settingsTab(),
}

// A kind is what there is to know of a panel before a project is open.
type kind struct {
	id, title string // of its tab, "" where it is none
	make      func(s *session) panel
	// shown and hidden are called, where they are there, when the tab is chosen, and when another
	// is.
	shown, hidden func(s *session, t *outside.Turn)
}

// A panel is one of a session. What the browser tells, the time, and that another view is shown or
// the project is closed go to its value where that has the methods for it: Receive, Tick, Wake and
// Leave.
type panel struct {
	*kind
	value  any
	update func(t *outside.Turn, e any) bool // tells whether the event was one of this panel
	view   func() []*node                    // what the tab shows
}

// of is a part that is no tab. make has all of the session that others of the list do not make. The
// events of the part are those whose method Update takes a P.
func of[P any](make func(s *session) P) kind {
	return kind{make: func(s *session) panel {
		p := make(s)
		return panel{value: p, update: func(t *outside.Turn, e any) bool {
			one, is := e.(interface{ Update(P, *outside.Turn) })
			if is {
				one.Update(p, t)
			}
			return is
		}}
	}}
}

// tab is a panel that is shown in a tab.
func tab[P any](id, title string, make func(s *session) P, view func(s *session, p P) []*node) kind {
	k := of(make)
	k.id, k.title = id, title
	part := k.make
	k.make = func(s *session) panel {
		made := part(s)
		made.view = func() []*node { return view(s, made.value.(P)) }
		return made
	}
	return k
}

type (
	receiver interface {
		Receive(t *outside.Turn, e any) bool
	}
	ticker interface{ Tick(t *outside.Turn) }
	waker  interface{ Wake(w *outside.Wake) }
	leaver interface{ Leave(t *outside.Turn) }
)

// open makes the panels of a session.
func (s *session) open() {
	for i := range panels {
		p := panels[i].make(s)
		p.kind = &panels[i]
		s.panels = append(s.panels, p)
	}
}

// update gives an event to the panel that it is for, and tells whether there is one.
func (s *session) update(t *outside.Turn, e any) bool {
	for _, p := range s.panels {
		if p.update(t, e) {
			return true
		}
	}
	return false
}

// each calls f with what of the panels can be taken for a T.
func each[T any](s *session, f func(T)) {
	for _, p := range s.panels {
		if v, is := p.value.(T); is {
			f(v)
		}
	}
}

// tabs are the panels that are tabs.
func (s *session) tabs() []panel {
	var out []panel
	for _, p := range s.panels {
		if p.title != "" {
			out = append(out, p)
		}
	}
	return out
}

// shows is the tab that is shown.
func (s *session) shows() panel {
	all := s.tabs()
	for _, p := range all {
		if p.id == s.tab {
			return p
		}
	}
	return all[0]
}

// photosView shows the classes, once there is one.
func photosView(s *session, p *photos) []*node {
	if len(s.base.Classes) == 0 {
		return nil
	}
	return p.view()
}

// tryTab is where photos are tried, from files and with the camera.
func tryTab() kind {
	k := tab(tabTry, "Try it", func(s *session) *ask.Try { return &s.try }, func(s *session, p *ask.Try) []*node {
		if s.base.InUse() == nil {
			return []*node{el("p.quiet", "Nothing is learnt yet. As soon as two classes have photos, try it here on photos it has not seen.")}
		}
		return []*node{p.DropArea(), s.camera.LiveView(), p.View()}
	})
	k.hidden = func(s *session, t *outside.Turn) { s.camera.StopLive(t) }
	return k
}

// settingsTab is what can be chosen.
func settingsTab() kind {
	k := tab("settings", "Settings", func(s *session) *settings { return &s.settings }, func(_ *session, p *settings) []*node { return p.view() })
	k.shown = func(s *session, t *outside.Turn) {
		s.fulls.asking = false
		s.fulls.measure(t)
	}
	return k
}
