package classify

import (
	"strconv"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// dialog shows one named photo large, and what the network saw in it.
type dialog struct {
	open    int          // ID of the photo, 0 for none
	unshown map[int]bool // photos that the browser cannot show itself
	heat    sheet.Heat
	class   int // index of the class that the heat map is wanted for
	explain pool.Question
	inside  sheet.Inside
}

type (
	// PerceptualHash opens the dialogue with a photo.
	OpenPhoto struct{ Photo int }
	// ClosePhoto closes it.
	ClosePhoto struct{}
	// StepPhoto goes on to another photo, or back.
	StepPhoto struct{ By int }
	// RemovePhoto removes the photo.
	RemovePhoto struct{}
	// HeatFor has the heat map made for a class.
	HeatFor struct{ Class string }
	// HeatOff switches it off.
	HeatOff struct{}
	// InsideToggle switches what is inside the network on and off.
	InsideToggle struct{}
	// InsideLayer shows another layer.
	InsideLayer struct{ Layer string }
	// Unshown says that the browser cannot show a photo, whose thumbnail must do.
	Unshown struct{ Photo int }
)

func (e OpenPhoto) update(s *State, t *outside.Turn) {
	if s.queue.Photo(e.Photo) != nil {
		s.dialog.show(s, e.Photo)
	}
}

// show opens the dialogue with a photo.
func (l *dialog) show(s *State, id int) {
	l.open = id
	if l.heat.On {
		l.ask(s, "")
	}
	l.inside.Again(id)
}

func (ClosePhoto) update(s *State, t *outside.Turn) {
	id := s.dialog.open
	s.dialog.close()
	s.near(id, true)
	t.Focus(`li[data-id="` + strconv.Itoa(id) + `"] .thumb`)
}

func (l *dialog) close() {
	l.open, l.heat.On = 0, false
	l.explain.Drop()
	l.inside.Close()
}

func (e StepPhoto) update(s *State, t *outside.Turn) {
	all := s.queue.Photos()
	for i, p := range all {
		if p.ID == s.dialog.open {
			s.dialog.show(s, all[(i+e.By+len(all))%len(all)].ID)
			return
		}
	}
}

func (RemovePhoto) update(s *State, t *outside.Turn) {
	p := s.queue.Photo(s.dialog.open)
	if p == nil {
		return
	}
	next := s.queue.After(p)
	Remove{p.ID}.update(s, t)
	if s.dialog.open = 0; next != nil {
		s.dialog.show(s, next.ID)
	}
}

func (e HeatFor) update(s *State, t *outside.Turn) { s.dialog.ask(s, e.Class) }

func (HeatOff) update(s *State, t *outside.Turn) {
	s.dialog.heat.On = false
	s.dialog.explain.Drop()
}

// ask has the heat map of the photo made for a class, "" for its best.
func (l *dialog) ask(s *State, class string) {
	l.explain.Drop()
	p := s.queue.Photo(l.open)
	if p == nil {
		return
	}
	l.heat = sheet.Heat{On: true, Photo: p.ID, Class: class}
	if p.Stage != queue.Named {
		return
	}
	for i, r := range p.Answer.Results {
		if r.Label == class || class == "" && i == 0 {
			l.heat.Class, l.class = r.Label, r.Index
			l.explain.Ask()
			return
		}
	}
	l.heat.Why = "The network in use does not name it so."
}

// again asks anew for what shows: another network answers now.
func (l *dialog) again(s *State, t *outside.Turn) {
	if l.heat.On {
		l.ask(s, "")
	}
	l.inside.Clear()
}

// named is called when a photo was named, perhaps by another network than before.
func (l *dialog) named(s *State, t *outside.Turn, p *queue.Photo) {
	if p.ID == l.open && l.heat.On && l.heat.Picture == nil && !l.explain.Due {
		l.ask(s, "")
	}
}

func (InsideToggle) update(s *State, t *outside.Turn) { s.dialog.inside.Toggle(s.dialog.open) }

func (e InsideLayer) update(s *State, t *outside.Turn) { s.dialog.inside.Ask(s.dialog.open, e.Layer) }

func (e Unshown) update(s *State, t *outside.Turn) {
	if s.dialog.unshown == nil {
		s.dialog.unshown = map[int]bool{}
	}
	s.dialog.unshown[e.Photo] = true
}

// hand gives an idle worker a question, and tells whether there was one.
func (l *dialog) hand(s *State, t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
	alone := s.queue.Counts().Left() == 0
	c := s.cards[l.open]
	if l.inside.Wanted && c != nil {
		l.inside.Take(c.file.Object)
	}
	switch {
	case c == nil:
		return false
	case l.explain.Due:
		if s.engine.taught != nil {
			s.engine.taught.equip(t, p, w)
			p.Hand(t, w, protocol.Ask{Job: l.explain.Job(t), File: c.file.Object, Class: l.heat.Class, Alone: alone})
			break
		}
		p.Hand(t, w, protocol.Explain{Job: l.explain.Job(t), File: c.file.Object, Index: l.class, Alone: alone})
	case l.inside.Due():
		p.Hand(t, w, l.inside.Message(t, alone))
	default:
		return false
	}
	return true
}

// receive takes what the pool tells, and tells whether it was of a question here.
func (l *dialog) receive(s *State, t *outside.Turn, told any) bool {
	if l.inside.Receive(t, told) {
		return true
	}
	switch m := told.(type) {
	case pool.Answered:
		if !l.explain.Is(m.Job) {
			return false
		}
		l.explain.Drop()
		switch made := m.Message.(type) {
		case protocol.Explained:
			l.heat.Take(made.Heat)
		case protocol.Told:
			l.heat.Take(made.Heat)
		}
	case pool.GaveUp:
		if !l.explain.Is(m.Job) {
			return false
		}
		l.explain.Drop()
		l.heat.Why = words.Sentence(m.Why)
	case pool.Lost:
		if !l.explain.Is(m.Job) {
			return false
		}
		if why := l.explain.Lost(m.Why); why != "" {
			l.heat.Why = words.Sentence(why)
		}
	default:
		return false
	}
	t.Soon()
	return true
}

// handBack asks again where the pool was closed with a question of here.
func (l *dialog) handBack(job protocol.Job) bool {
	if l.explain.Is(job) {
		l.explain.Due = true
		return true
	}
	return l.inside.HandBack(job)
}

// view shows the photo that is open.
func (l *dialog) view(s *State) []*markup.Node {
	p := s.queue.Photo(l.open)
	if p == nil {
		return []*markup.Node{}
	}
	c := s.cards[p.ID]
	d := &sheet.Sheet{
		Photo: p.ID, Title: p.Name, Picture: c.file.Object, Alt: p.Name, Heat: &l.heat, Close: ClosePhoto{}, Previous: StepPhoto{-1}, Next: StepPhoto{1},
		Unshown: Unshown{p.ID}, HeatOff: HeatOff{}, HeatFor: func(class string) any { return HeatFor{class} },
	}
	if l.unshown[p.ID] {
		d.Picture, d.Unshown = c.picture, nil
	}
	switch p.Stage {
	case queue.Failed:
		d.Above = append(d.Above, el("p.problem", words.Sentence(p.Problem)))
	case queue.Named:
		names, scores := make([]string, len(p.Answer.Results)), make([]float64, len(p.Answer.Results))
		for i, r := range p.Answer.Results {
			names[i], scores[i] = r.Label, r.Score
		}
		if len(names) == 0 {
			break
		}
		if p.Answer.Damaged != "" {
			d.Above = append(d.Above, el("p.problem", words.Damaged(p.Answer.Damaged)))
		}
		best := p.Answer.Best()
		d.Alt = best + ": " + p.Name
		d.Classes, d.Class = names, names[0]
		d.Above = append(d.Above,
			el("div.told", el("h3.answer", best), el("p.quiet", words.Thousands(p.Answer.Width)+" × "+words.Thousands(p.Answer.Height)+" pixels"), sheet.Answers(names, scores, top)))
		d.Below = append(d.Below, l.inside.Node(InsideToggle{}, func(layer string) any { return InsideLayer{layer} }))
	default:
		d.Above = append(d.Above, el("p.quiet", "Looking…"))
	}
	d.Tools = []*markup.Node{el("button.button.small", at("type", "button"), markup.Click(RemovePhoto{}), "Remove")}
	return []*markup.Node{d.Node()}
}
