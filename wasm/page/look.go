//go:build js && wasm

package page

import (
	"syscall/js"

	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/sheet"
	"homeroom/wasm/words"
)

// A looker shows one named photo large, and what the network looked at in it.
type looker struct {
	app     *app
	root    js.Value
	shown   []*markup.Node
	full    full
	open    int // ID of the photo, 0 for none
	heat    sheet.Heat
	class   int     // index of the class that the heat map is wanted for
	explain request // for a heat map
	inside  insider
}

// lookID is no photo's ID: that of questions for heat maps.
const lookID = -2

func newLooker(a *app) *looker {
	l := &looker{app: a, root: js.Global().Get("document").Call("getElementById", "look")}
	l.explain = request{
		id: lookID, message: func(job protocol.Job) interface{ Number() protocol.Job } {
			return protocol.Explain{Job: job, File: protocol.Of(a.files[l.open]), Index: l.class, Alone: a.queue.Counts().Left() == 0}
		},
		open: func() bool { return l.heat.Of(l.open) },
		told: func(message any) {
			takeHeat(&l.heat, message.(protocol.Explained).Heat)
			l.draw()
		},
		failed: func(why string) {
			l.heat.Why = sentence(why)
			l.draw()
		},
	}
	l.inside = insider{
		open: func() int { return l.open }, fileOf: func(photo int) js.Value { return a.files[photo] },
		alone: func() bool { return a.queue.Counts().Left() == 0 }, dispatch: a.dispatch, draw: l.draw,
	}
	l.inside.start()
	l.full.listen(l.root, l.draw)
	hear := func(name string, do func(event)) {
		l.root.Call("addEventListener", name, js.FuncOf(func(_ js.Value, args []js.Value) any {
			if on := args[0].Get("target").Call("closest", "[data-do]"); on.Truthy() {
				do(event{args[0], on})
			}
			return nil
		}))
	}
	hear("click", l.act)
	hear("change", func(e event) {
		switch e.data("do") {
		case "heat-class":
			l.ask(e.value())
		case "inside-layer":
			l.inside.ask(e.value())
		}
	})
	l.root.Call("addEventListener", "cancel", js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault")
		l.close()
		return nil
	}), true)
	return l
}

func (l *looker) act(e event) {
	p := l.app.queue.Photo(l.open)
	if p == nil {
		return
	}
	switch e.data("do") {
	case "photo-close":
		l.close()
	case "photo-step":
		l.step(p, e.number("by"))
	case "photo-remove":
		next := l.app.queue.After(p)
		l.app.removeOne(p)
		if l.open = 0; next != nil {
			l.show(next)
		}
		l.draw()
	case "inside":
		l.inside.toggle()
	case "heat":
		if l.heat.Of(p.ID) {
			l.heat.On = false
			l.draw()
			return
		}
		class := ""
		if list := l.root.Call("querySelector", "#heat-class"); list.Truthy() {
			class = list.Get("value").String()
		}
		l.ask(class)
	}
}

// show opens the dialogue with a photo.
func (l *looker) show(p *Photo) {
	l.open = p.ID
	if l.heat.On {
		l.ask("")
	}
	if l.inside.on {
		l.inside.ask(l.inside.layer)
	}
	l.draw()
}

func (l *looker) step(p *Photo, by int) {
	all := l.app.queue.Photos()
	for i := range all {
		if all[i] == p {
			l.show(all[(i+by+len(all))%len(all)])
			return
		}
	}
}

func (l *looker) close() {
	c := l.app.cards[l.open]
	l.open, l.heat.On = 0, false
	l.explain.ask(false)
	l.inside.close()
	l.draw()
	if c != nil {
		c.come(true)
		c.part(".thumb").Focus()
	}
}

// again asks anew for the heat map that shows: another network answers now.
func (l *looker) again() {
	if l.heat.On {
		l.ask("")
	}
	l.inside.clear()
}

// ask has the heat map of the photo made for a class, "" for its best.
func (l *looker) ask(class string) {
	l.explain.ask(false)
	p := l.app.queue.Photo(l.open)
	if p == nil {
		return
	}
	revoke(l.heat.URL)
	l.heat = sheet.Heat{On: true, Photo: p.ID, Class: class}
	if p.Stage == Named {
		for i, r := range p.Answer.Results {
			if r.Label == class || class == "" && i == 0 {
				l.heat.Class, l.class = r.Label, r.Index
				l.explain.ask(true)
				break
			}
		}
	}
	l.app.dispatch()
	l.draw()
}

// request returns the question that goes by an ID, nil for none.
func (l *looker) request(id int) *request {
	switch id {
	case lookID:
		return &l.explain
	case insideID:
		return &l.inside.request
	}
	return nil
}

// named is called when a photo was named, perhaps by another network than before.
func (l *looker) named(p *Photo) {
	if p.ID == l.open && l.heat.On && l.heat.URL == "" && !l.explain.due {
		l.ask("")
	}
}

// draw brings the dialogue up to date.
func (l *looker) draw() {
	var nodes []*markup.Node
	if p := l.app.queue.Photo(l.open); p != nil {
		nodes = []*markup.Node{l.sheet(p).Node()}
	} else if l.shown == nil {
		return
	}
	markup.Patch(l.root, l.shown, nodes)
	l.shown = nodes
	if d := l.root.Call("querySelector", "dialog"); d.Truthy() && !d.Get("open").Bool() {
		d.Call("showModal")
	}
}

func (l *looker) sheet(p *Photo) *sheet.Sheet {
	s := &sheet.Sheet{Photo: p.ID, Title: p.Name, URL: l.full.url(p.ID, l.app.files[p.ID]), Alt: p.Name, Heat: &l.heat}
	if s.URL == "" {
		s.URL = l.app.cards[p.ID].url
	}
	el := markup.El
	switch p.Stage {
	case Failed:
		s.Above = append(s.Above, el("p.problem", sentence(p.Problem)))
	case Named:
		names, scores := make([]string, len(p.Answer.Results)), make([]float64, len(p.Answer.Results))
		for i, r := range p.Answer.Results {
			names[i], scores[i] = r.Label, r.Score
		}
		s.Alt = names[0] + ": " + p.Name
		s.Classes, s.Class = names, names[0]
		if p.Answer.Damaged != "" {
			s.Above = append(s.Above, el("p.problem", words.Damaged(p.Answer.Damaged)))
		}
		s.Above = append(s.Above,
			el("div.told", el("h3.answer", names[0]), el("p.quiet", words.Thousands(p.Answer.Width)+" × "+words.Thousands(p.Answer.Height)+" pixels"), sheet.Answers(names, scores, top)))
	default:
		s.Above = append(s.Above, el("p.quiet", "Looking…"))
	}
	if p.Stage == Named {
		s.Below = append(s.Below, l.inside.node())
	}
	s.Tools = []*markup.Node{el("button.button.small", markup.A("type", "button"), markup.A("data-do", "photo-remove"), "Remove")}
	return s
}
