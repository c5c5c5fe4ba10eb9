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
	app    *app
	root   js.Value
	shown  []*markup.Node
	full   full
	open   int // ID of the photo, 0 for none
	heat   sheet.Heat
	class  int  // index of the class that the heat map is wanted for
	due    bool // a heat map is to be asked for
	ticket int
	losses int
	inside insider
}

// lookID is no photo's ID: that of questions for heat maps.
const lookID = -2

func newLooker(a *app) *looker {
	l := &looker{app: a, root: js.Global().Get("document").Call("getElementById", "look")}
	l.inside.look = l
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
	l.open, l.heat.On, l.due = 0, false, false
	l.inside.on, l.inside.due = false, false
	l.draw()
	if c != nil {
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
	l.due = false
	p := l.app.queue.Photo(l.open)
	if p == nil {
		return
	}
	revoke(l.heat.URL)
	l.heat = sheet.Heat{On: true, Photo: p.ID, Class: class}
	if p.Stage == Named {
		for i, r := range p.Answer.Results {
			if r.Label == class || class == "" && i == 0 {
				l.heat.Class, l.class, l.due, l.losses = r.Label, r.Index, true, 0
				break
			}
		}
	}
	l.app.dispatch()
	l.draw()
}

// hand gives an idle worker what is to be asked, and tells whether there was anything.
func (l *looker) hand(w *worker) bool {
	if !l.due {
		return false
	}
	l.due = false
	l.ticket++
	l.app.pool.hand(w, lookID, l.ticket, protocol.Explain, map[string]any{
		protocol.File: l.app.files[l.open], protocol.Index: l.class, protocol.Alone: l.app.queue.Counts().Left() == 0,
	})
	return true
}

// wanted tells whether an answer is to the question that was asked last.
func (l *looker) wanted(ticket int) bool { return l.heat.Of(l.open) && ticket == l.ticket && !l.due }

func (l *looker) answered(ticket int, message js.Value) {
	if l.wanted(ticket) {
		takeHeat(&l.heat, message)
		l.draw()
	}
}

func (l *looker) gaveUp(ticket int, why string) {
	if l.wanted(ticket) {
		l.heat.Why = sentence(why)
		l.draw()
	}
}

// lost asks once more where the worker died with the question.
func (l *looker) lost(ticket int, why string) {
	if !l.wanted(ticket) {
		return
	}
	if l.losses++; l.losses >= mostLosses {
		l.gaveUp(ticket, "the engine stopped twice while it worked on this photo ("+why+")")
		return
	}
	l.due = true
}

// named is called when a photo was named, perhaps by another network than before.
func (l *looker) named(p *Photo) {
	if p.ID == l.open && l.heat.On && l.heat.URL == "" && !l.due {
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
