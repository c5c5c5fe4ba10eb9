package classify

import (
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
	engine *engine
	photos *photos

	open    int          // ID of the photo, 0 for none
	wanted  int          // of one that is to be opened once it has come back
	unshown map[int]bool // photos that the browser cannot show itself
	heat    sheet.Heat
	class   int // index of the class that the heat map is wanted for
	explain pool.Question
	inside  sheet.Inside
}

type (
	// OpenPhoto opens the dialogue with a photo.
	OpenPhoto struct{ Photo int }
	// ClosePhoto closes it.
	ClosePhoto struct{}
	// StepPhoto goes on to another photo, or back.
	StepPhoto struct{ By int }
	// LikePhoto closes it and shows the photos that are most like it.
	LikePhoto struct{}
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
	// InsideMap lays a map of the layer over the photo.
	InsideMap struct{ Map int }
	// Unshown says that the browser cannot show a photo, whose thumbnail must do.
	Unshown struct{ Photo int }
)

func (e OpenPhoto) update(l *dialog, t *outside.Turn) {
	if l.photos.queue.Photo(e.Photo) != nil {
		l.show(e.Photo)
	}
}

// came opens the photo that was waited for, where it has come back.
func (l *dialog) came() {
	switch {
	case l.wanted == 0:
	case l.photos.queue.Photo(l.wanted) != nil:
		id := l.wanted
		l.wanted = 0
		l.show(id)
	case l.photos.keep.recall == 0:
		l.wanted = 0
	}
}

// show opens the dialogue with a photo.
func (l *dialog) show(id int) {
	l.open = id
	if l.heat.On {
		l.ask("")
	}
	l.inside.Again(id)
}

func (ClosePhoto) update(l *dialog, t *outside.Turn) {
	c := l.photos.cards[l.open]
	if l.close(); c != nil {
		l.photos.focus(t, c, ".thumb")
	}
}

func (l *dialog) close() {
	l.open, l.heat.On = 0, false
	l.explain.Drop()
	l.inside.Close()
}

func (e StepPhoto) update(l *dialog, t *outside.Turn) {
	all := l.photos.shown
	if i, is := l.photos.place(l.photos.cards[l.open]); is {
		l.show(all[(i+e.By+len(all))%len(all)].Photo.ID)
	}
}

func (LikePhoto) update(l *dialog, t *outside.Turn) {
	like := Similar{l.open}
	l.close()
	like.update(l.photos, t)
}

func (RemovePhoto) update(l *dialog, t *outside.Turn) {
	p := l.photos.queue.Photo(l.open)
	if p == nil {
		return
	}
	next := l.photos.after(l.photos.cards[p.ID])
	Remove{Photo: p.ID}.update(l.photos, t)
	if l.open = 0; next != nil {
		l.show(next.Photo.ID)
	}
}

func (e HeatFor) update(l *dialog, t *outside.Turn) { l.ask(e.Class) }

func (HeatOff) update(l *dialog, t *outside.Turn) {
	l.heat.On = false
	l.explain.Drop()
}

// ask has the heat map of the photo made for a class, "" for its best.
func (l *dialog) ask(class string) {
	l.explain.Drop()
	p := l.photos.queue.Photo(l.open)
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
	l.heat.Why = say("The network in use does not name it so.")
}

// again asks anew for what shows: another network answers now.
func (l *dialog) again() {
	if l.heat.On {
		l.ask("")
	}
	l.inside.Clear()
}

// named is called when a photo was named, perhaps by another network than before.
func (l *dialog) named(p *queue.Photo) {
	if p.ID == l.open && l.heat.On && l.heat.Picture == nil && !l.explain.Due {
		l.ask("")
	}
}

func (InsideToggle) update(l *dialog, t *outside.Turn) { l.inside.Toggle(l.open) }

func (e InsideLayer) update(l *dialog, t *outside.Turn) { l.inside.Ask(l.open, e.Layer) }

func (e InsideMap) update(l *dialog, t *outside.Turn) { l.inside.Lay(t, e.Map) }

func (e Unshown) update(l *dialog, t *outside.Turn) {
	if l.unshown == nil {
		l.unshown = map[int]bool{}
	}
	l.unshown[e.Photo] = true
}

// hand gives an idle worker a question, and tells whether there was one.
func (l *dialog) hand(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
	alone := l.photos.queue.Counts().Left() == 0
	c := l.photos.cards[l.open]
	if l.inside.Wanted && c != nil && !c.Photo.Missing {
		l.inside.Take(c.File.Object)
	}
	switch {
	case c == nil || c.Photo.Missing:
		return false
	case l.explain.Due:
		if l.engine.taught != nil {
			l.engine.taught.equip(t, p, w)
			p.Hand(t, w, protocol.Ask{Job: l.explain.Job(t), File: c.File.Object, Class: l.heat.Class, Alone: alone})
			break
		}
		p.Hand(t, w, protocol.Explain{Job: l.explain.Job(t), File: c.File.Object, Index: l.class, Alone: alone})
	case l.inside.Due():
		p.Hand(t, w, l.inside.Message(t, alone))
	default:
		return false
	}
	return true
}

// receive takes what the pool tells, and tells whether it was of a question here.
func (l *dialog) receive(t *outside.Turn, told any) bool {
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
	return l.explain.HandBack(job) || l.inside.HandBack(job)
}

// view shows the photo that is open.
func (l *dialog) view() []*markup.Node {
	p := l.photos.queue.Photo(l.open)
	if p == nil {
		return []*markup.Node{}
	}
	c := l.photos.cards[p.ID]
	d := &sheet.Sheet{
		Photo: p.ID, Title: p.Name, Picture: c.File.Object, Alt: named(p.Name), Heat: &l.heat, Close: ClosePhoto{}, Previous: StepPhoto{-1}, Next: StepPhoto{1},
		Unshown: Unshown{p.ID}, HeatOff: HeatOff{}, HeatFor: func(class string) any { return HeatFor{class} }, Word: p.Answer.Word,
	}
	if l.unshown[p.ID] || p.Missing {
		d.Picture, d.Unshown = c.picture, nil
	}
	if p.Missing {
		d.Above = append(d.Above, el("div.missing", el("p.quiet", say("Only its small picture and its names are here. Choose its file again to see more.")), choose(say("Choose the file again"), "one", "", p.Path != "", add)))
	}
	switch p.Stage {
	case queue.Failed:
		d.Above = append(d.Above, el("p.problem", words.Sentence(p.Problem)))
	case queue.Named:
		names := make([]string, len(p.Answer.Results))
		for i, r := range p.Answer.Results {
			names[i] = r.Label
		}
		if len(names) == 0 {
			break
		}
		if p.Answer.Damaged != "" {
			d.Above = append(d.Above, el("p.problem", words.Damaged(p.Answer.Damaged)))
		}
		d.Alt = say("{1}: {2}", p.Answer.Shown(), p.Name)
		if !p.Missing {
			d.Classes, d.Class = names, names[0]
		}
		d.Above = append(d.Above,
			el("div.told", el("h3.answer", p.Answer.Says()), el("p.quiet", say("{1} × {2} pixels", p.Answer.Width, p.Answer.Height)), listed(p.Answer)))
		if e := earlier(p); e != nil {
			d.Above = append(d.Above, e)
		}
		if p.Missing {
			break
		}
		d.Below = append(d.Below, l.inside.Node(InsideToggle{}, func(layer string) any { return InsideLayer{layer} }, func(plane int) any { return InsideMap{plane} }))
	default:
		d.Above = append(d.Above, el("p.quiet", say("Looking…")))
	}
	if c.Look.Vector != nil && len(l.photos.cards) > 1 {
		d.Tools = append(d.Tools, el("button.button.small", at("type", "button"), markup.Click(LikePhoto{}), say("Find similar")))
	}
	d.Tools = append(d.Tools, []*markup.Node{el("button.button.small", at("type", "button"), markup.Click(RemovePhoto{}), say("Remove")), el("a.button.small", at("href", "#inside"), say("How networks see it"))}...)
	return []*markup.Node{d.Node()}
}

// listed is the answers for a photo, best first.
func listed(a *queue.Answer) *markup.Node {
	names, scores := make([]string, len(a.Results)), make([]float64, len(a.Results))
	for i, r := range a.Results {
		names[i], scores[i] = a.Word(r.Label), r.Score
	}
	return sheet.Answers(names, scores, top)
}
