package folder

import (
	"path"
	"slices"
	"strings"

	"homeroom/core/archive/sorting"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// chosen is the action that can be done now.
func (s *State) chosen() Action {
	if s.open == nil && s.action.inFolder() {
		return Zip
	}
	return s.action
}

// drop gives up a plan that does not hold any more.
func (s *State) drop(t *outside.Turn) {
	if s.plan != nil && s.plan.asked {
		s.helper.drop(t)
	}
	s.plan = nil
}

// ground is the files among which a plan is made.
type ground struct {
	there map[string]bool
	stems map[string][]string // paths by what is before each of the dots of their names
}

func (s *State) ground(photos []Photo) *ground {
	g := &ground{there: map[string]bool{}, stems: map[string][]string{}}
	add := func(p string) {
		if g.there[p] {
			return
		}
		g.there[p] = true
		dir, name := path.Split(p)
		for i := range len(name) {
			if name[i] == '.' && i > 0 {
				g.stems[dir+name[:i]] = append(g.stems[dir+name[:i]], p)
			}
		}
	}
	if s.open != nil {
		for p := range s.open.files {
			add(p)
		}
		return g
	}
	for p := range s.given {
		add(p)
	}
	for _, one := range photos {
		add(s.path(&one.File))
	}
	return g
}

// fit completes a step by what is beside the photo, and adds it to the plan.
func (g *ground) fit(p *plan, st *step) {
	beside := sorting.Beside(st.from, func(p string) bool { return g.there[p] }, func() []string { return g.stems[strings.TrimSuffix(st.from, ending(st.from))] })
	for _, b := range beside {
		st.beside = append(st.beside, protocol.Place{From: b})
	}
	if p.action != Move {
		if st.sidecar = st.from + ".xmp"; g.there[st.sidecar] {
			st.had = st.sidecar
		}
		if st.label == "" && st.had == "" { // nothing to write, and nothing to take out
			st.sidecar = ""
			if !p.action.sorts() {
				p.unsure++
				return
			}
		}
	}
	p.steps = append(p.steps, st)
}

// arrangement is the question where photos are to go.
func (s *State) arrangement(p *plan) protocol.Arrange {
	task := protocol.Arrangement{Template: sorting.Default}
	for _, st := range p.steps {
		one := protocol.ArrangedPhoto{Path: st.from, Label: st.label}
		for _, b := range st.beside {
			one.Beside = append(one.Beside, b.From)
		}
		if st.sidecar != "" && !slices.Contains(one.Beside, st.sidecar) {
			one.Beside = append(one.Beside, st.sidecar)
		}
		task.Photos = append(task.Photos, one)
	}
	if p.action == Move {
		for p := range s.open.files {
			task.There = append(task.There, p)
		}
		for p := range s.open.folders {
			task.There = append(task.There, p)
		}
		slices.Sort(task.There)
	}
	return protocol.Arrange{Task: task}
}

// arranged takes the places, or why there are none.
func (s *State) arranged(t *outside.Turn, answer any) {
	p := s.plan
	p.asked = false
	t.Soon()
	got, is := answer.(protocol.Arranged)
	if !is || len(got.Places) != len(p.steps) {
		p.why, p.steps = text.Say("the worker did not plan"), nil
		if failed, is := answer.(protocol.Failed); is {
			p.why = failed.Error
		}
		return
	}
	var steps []*step
	made := map[string]bool{}
	for i, st := range p.steps {
		place := got.Places[i]
		switch {
		case place.Error != "":
			p.failures = append(p.failures, failure{st.from, place.Error})
			continue
		case place.To == st.from:
			p.placed++
			continue
		}
		st.to, st.beside = place.To, nil
		for _, b := range place.Beside {
			if b.From != st.sidecar {
				st.beside = append(st.beside, b)
			} else {
				st.sidecar = b.To
			}
		}
		steps = append(steps, st)
		for dir := path.Dir(st.to); p.action == Move && dir != "." && !s.open.folders[dir] && !made[dir]; dir = path.Dir(dir) {
			made[dir] = true
			p.made = append(p.made, dir)
		}
	}
	slices.Sort(p.made)
	p.steps = steps
	if p.action == Zip { // its worker has more to do
		return
	}
	s.helper.drop(t)
}
