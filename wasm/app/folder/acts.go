package folder

import (
	"slices"

	"homeroom/wasm/app/outside"
)

type (
	// Pick lets the person choose a folder.
	Pick struct{}
	// Show opens or closes the panel.
	Show struct{ On bool }
	// Leave lets go of the folder.
	Leave struct{}
	// Watch says whether new photos of the folder are named as they come.
	Watch struct{ On bool }
)

func (Pick) update(s *State, t *outside.Turn) {
	if s.work == nil { // one that was never answered is not waited for
		s.picked, s.why = t.Ticket(), ""
		t.Ask(outside.PickFolder{Ticket: s.picked})
	}
}

func (e Show) update(s *State, t *outside.Turn) {
	s.shown = e.On
	if e.On {
		t.Focus("#folder-title")
		t.Ask(outside.Reveal{Selector: "#folder-title"})
	} else if s.work == nil {
		s.plan = nil
		t.Focus("#use-names")
	}
}

func (Leave) update(s *State, t *outside.Turn) {
	if s.work == nil {
		s.leave(t)
		s.plan = nil
		t.Focus("#open-folder")
	}
}

func (e Watch) update(s *State, t *outside.Turn) {
	if o := s.open; o != nil && o.watching != e.On {
		o.watching = e.On
		s.watch(t)
	}
}

type (
	// Sure sets from what score on names are sure; Label is "" for all.
	Sure struct {
		Label string
		Score float64
	}
	// Common gives up the threshold of a label's own.
	Common struct{ Label string }
)

func (e Sure) update(s *State, t *outside.Turn) {
	if s.work != nil || !(e.Score >= 0 && e.Score <= 1) {
		return
	}
	if e.Label == "" {
		s.sure.all = e.Score
	} else {
		s.sure.own[e.Label] = e.Score
	}
	s.table = nil
	s.drop(t)
}

func (e Common) update(s *State, t *outside.Turn) {
	if s.work == nil {
		delete(s.sure.own, e.Label)
		s.table = nil
		s.drop(t)
		t.Focus("#sure")
	}
}

type (
	// Choose chooses what is done.
	Choose struct{ Action Action }
	// Whole says whether photos that no name is sure of get a folder too.
	Whole struct{ On bool }
	// Plan has what will happen worked out and shown.
	Plan struct{}
	// More lists more of it.
	More struct{}
	// Back gives it up.
	Back struct{}
)

func (e Choose) update(s *State, t *outside.Turn) {
	if s.work == nil {
		s.action = e.Action
		s.drop(t)
	}
}

func (e Whole) update(s *State, t *outside.Turn) {
	if s.work == nil {
		s.whole = e.On
		s.drop(t)
	}
}

func (Plan) updateFrom(s *State, t *outside.Turn, page Page) {
	if s.work != nil || s.plan != nil && s.plan.asked {
		return
	}
	p := &plan{action: s.chosen(), namer: page.Namer, shown: stepsAtFirst}
	s.plan, s.told = p, nil
	photos := page.Photos()
	ground := s.ground(photos)
	seen := map[string]bool{}
	for _, one := range s.mine(photos) {
		switch {
		case one.Failed || one.Answer != nil && len(one.Answer.Results) == 0:
			p.failed++
			continue
		case one.Answer == nil:
			p.rest++
			continue
		case p.action == Zip && one.File.Object == nil:
			p.missing++
			continue
		}
		st := &step{photo: one.ID, file: one.File, from: s.path(&one.File)}
		st.label, st.score = s.sure.named(&one)
		st.word = one.Answer.Word(st.label)
		switch {
		case s.open != nil && !s.open.files[st.from]:
			p.gone++
			continue
		case p.action.sorts():
			if st.label == "" && !s.whole {
				p.unsure++
				continue
			}
		default:
			if seen[st.from] {
				p.twice++
				continue
			}
			seen[st.from] = true
		}
		ground.fit(p, st)
	}
	if p.action.sorts() && len(p.steps) > 0 {
		p.asked = true
		s.helper.ask(t, s.arrangement(p))
	}
	t.Focus("#folder-plan-title")
}

func (More) update(s *State, t *outside.Turn) {
	if s.plan != nil {
		s.plan.shown += 5 * stepsAtFirst
	}
}

func (Back) update(s *State, t *outside.Turn) {
	if s.plan != nil && s.work == nil {
		s.drop(t)
		t.Focus("#folder-plan")
	}
}

type (
	// Apply carries out the plan that is shown.
	Apply struct{}
	// Stop ends the work after what is being done.
	Stop struct{}
	// GoOn goes on with it.
	GoOn struct{}
	// Enough leaves it at what is done.
	Enough struct{}
)

func (Apply) update(s *State, t *outside.Turn) {
	p := s.plan
	if s.work != nil || p == nil || p.asked || p.why != "" || len(p.steps) == 0 {
		return
	}
	w := &work{action: p.action, namer: p.namer, steps: p.steps, failed: p.failures, name: "photos"}
	if s.open != nil {
		w.folder, w.name = s.open.folder, s.open.name
	}
	if p.action.inFolder() {
		w.list = s.lists.begin(t, w.folder, w.name, w.action, p.made)
	} else {
		w.zip, w.allowed = &zipping{}, true
	}
	s.work, s.plan = w, nil
	w.pace.Start(t.Now)
	t.Focus("#folder-stop")
}

func (Stop) update(s *State, t *outside.Turn) {
	if w := s.work; w != nil && w.running() {
		w.stop = true
	}
}

func (GoOn) update(s *State, t *outside.Turn) {
	if w := s.work; w != nil && w.halted != "" {
		w.halted, w.stop, w.again, w.allowed = "", false, true, w.zip != nil
		w.pace.Start(t.Now)
		t.Focus("#folder-stop")
	}
}

func (Enough) update(s *State, t *outside.Turn) {
	w := s.work
	if w == nil || w.halted == "" {
		return
	}
	s.finish(t)
	t.Focus("#folder-title")
}

type (
	// Undo takes back what a list tells of.
	Undo struct{ List string }
	// Dismiss gives up that it can be taken back.
	Dismiss struct{ List string }
)

func (e Undo) updateFrom(s *State, t *outside.Turn, page Page) {
	w := s.work
	if w != nil && (w.halted == "" || w.list == nil || w.list.ID != e.List) {
		return
	}
	l := s.lists.find(e.List)
	if l == nil && w != nil {
		l = w.list
	}
	if l == nil || !s.lists.last(l) {
		return
	}
	s.drop(t)
	s.told = nil
	w = &work{action: l.Action, folder: l.folder, name: l.Name, list: l, undoing: true}
	for _, one := range slices.Backward(l.Entries) {
		if !one.Undone {
			w.left = append(w.left, one)
		}
	}
	if slices.ContainsFunc(w.left, func(e *entry) bool { return e.photo == 0 }) { // of an earlier visit
		w.byPath = map[string]int{}
		for _, p := range s.mine(page.Photos()) {
			w.byPath[s.path(&p.File)] = p.ID
		}
	}
	w.folders = slices.Clone(l.Made) // a folder comes before those in it
	s.work = w
	w.pace.Start(t.Now)
	t.Focus("#folder-stop")
}

func (e Dismiss) update(s *State, t *outside.Turn) {
	if l := s.lists.find(e.List); l != nil && s.work == nil {
		s.lists.forget(t, l)
		s.told = nil
		t.Focus("#folder-title")
	}
}
