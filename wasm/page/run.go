//go:build js && wasm

package page

import (
	"context"
	"net/url"
	"strconv"
	"syscall/js"
	"time"

	"honnef.co/go/js/dom/v2"

	"homeroom/core/head"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// top is how many answers a card shows.
const top = 5

// An app is the page while it is open.
//
// Everything in this package runs on the page's one thread. Goroutines take turns only where they wait, so what they
// share needs no lock as long as nothing waits in the middle of a change.
type app struct {
	view   *view
	queue  *Queue
	pace   Pace
	cards  map[int]*card
	files  map[int]js.Value // a photo's ID to its File
	pool   *pool            // nil until a network is there
	undone []*Photo         // removed last; nil where there is nothing to undo

	networks  []Network // that name photos
	listed    bool      // in the choice of networks
	backbones []Network // on which classes can be taught
	chosen    int       // index into networks
	size      int       // input size, 0 for the network's own
	workers   int       // wanted, 0 to choose by the device
	ready     bool
	loading   context.CancelFunc
	started   bool     // what was put off has been begun
	off       []func() // what was put off

	look  *looker
	bench *bench // nil unless the address asks for it

	lastSaid time.Time
	inBatch  bool

	showing  string // the view: "classify" or "teach"
	teacher  *teacher
	lastPack struct { // that was fetched, for the other view
		sum  string
		data js.Value
	}
}

// Run shows the page and answers events for as long as it is open.
func Run() {
	js.Global().Get("performance").Call("mark", "homeroom runs")
	a := &app{
		view:  newView(),
		queue: new(Queue),
		cards: make(map[int]*card),
		files: make(map[int]js.Value),
	}
	options, _ := url.ParseQuery(trimQuestion(js.Global().Get("location").Get("search").String()))
	a.size = number(options.Get("size"), 32, 1024)
	a.workers = number(options.Get("workers"), 1, mostWorkers)
	a.view.watchCards(func(id int) *card { return a.cards[id] })
	a.teacher = newTeacher(a)
	a.look = newLooker(a)
	a.listen()
	if options.Has("bench") {
		a.bench = newBench(a)
	}
	a.hearOffline()
	a.views()
	a.intake()
	a.putOff(a.teacher.begin)
	time.AfterFunc(10*time.Second, a.start)
	go a.begin(options.Get("model"), false)
	select {}
}

// putOff has something done once the page has nothing else to do for the first time: the first photo has its name sooner.
func (a *app) putOff(do func()) {
	if a.started {
		go do()
		return
	}
	a.off = append(a.off, do)
}

// start begins what was put off.
func (a *app) start() {
	a.started = true
	for _, do := range a.off {
		go do()
	}
	a.off = nil
}

func trimQuestion(s string) string {
	if s != "" && s[0] == '?' {
		return s[1:]
	}
	return s
}

// number reads a whole number from the address, 0 where there is none between lo and hi.
func number(s string, lo, hi int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < lo || n > hi {
		return 0
	}
	return n
}

func (a *app) listen() {
	v := a.view
	on(v.retry, "click", func(dom.Event) { a.retry() })
	on(v.cancel, "click", func(dom.Event) { a.stop() })
	on(v.resume, "click", func(dom.Event) { a.resume() })
	on(v.clear, "click", func(dom.Event) { a.clear() })
	on(v.undo, "click", func(dom.Event) { a.undo() })
	on(v.toastClose, "click", func(dom.Event) { a.forget(); v.add.Focus() })
	on(v.model, "change", func(dom.Event) { a.chooseNetwork(v.model.SelectedIndex()) })
	on(v.size, "change", func(dom.Event) { a.chooseSize(number(v.size.Value(), 1, 4096)) })
	on(v.save, "click", func(dom.Event) { v.openMenu(v.saveMenu.Get("hidden").Bool()) })
	on(v.saveCSV, "click", func(dom.Event) { a.save("csv") })
	on(v.saveJSON, "click", func(dom.Event) { a.save("json") })
	on(v.aboutOpen, "click", func(dom.Event) { v.about.Call("showModal") })
	on(v.aboutClose, "click", func(dom.Event) { v.about.Call("close") })
	on(v.photos, "click", func(ev dom.Event) {
		button := ev.Underlying().Get("target").Call("closest", "button[data-action]")
		if button.IsNull() {
			return
		}
		id, _ := strconv.Atoi(button.Call("closest", "li").Call("getAttribute", "data-id").String())
		switch p := a.queue.Photo(id); {
		case p == nil:
		case button.Call("getAttribute", "data-action").String() == "open":
			a.look.show(p)
		default:
			a.removeOne(p)
		}
	})
	document := dom.GetWindow().Document()
	document.AddEventListener("click", false, func(ev dom.Event) {
		if ev.Underlying().Get("target").Call("closest", ".menu").IsNull() {
			v.openMenu(false)
		}
	})
	document.AddEventListener("keydown", false, func(ev dom.Event) {
		e := ev.Underlying()
		switch key := e.Get("key").String(); {
		case key == "Escape" && !v.saveMenu.Get("hidden").Bool():
			v.openMenu(false)
			v.save.Focus()
		case a.showing == "teach":
			if control := e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool(); control && !typing(e.Get("target")) {
				switch {
				case key == "z" && !e.Get("shiftKey").Bool():
					ev.PreventDefault()
					a.teacher.undo()
				case key == "y", key == "Z", key == "z":
					ev.PreventDefault()
					a.teacher.redo()
				}
			}
		case key == "z" && (e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool()) && !e.Get("shiftKey").Bool() && a.undone != nil:
			ev.PreventDefault()
			a.undo()
		}
	})
}

// typing tells whether an element holds text that is being written, whose own undo comes first.
func typing(e js.Value) bool {
	if e.Get("tagName").String() != "INPUT" || e.Get("value").String() == "" {
		return false
	}
	kind := e.Get("type").String()
	return kind == "text" || kind == "search" || kind == "number"
}

// hearOffline shows where no copies are kept for offline use, which the boot script finds out.
func (a *app) hearOffline() {
	js.Global().Call("addEventListener", "homeroom offline", js.FuncOf(func(js.Value, []js.Value) any {
		a.describeEngine()
		return nil
	}))
}

// views shows the view that the page's address names, and follows it.
func (a *app) views() {
	js.Global().Call("addEventListener", "hashchange", js.FuncOf(func(js.Value, []js.Value) any {
		a.showView()
		return nil
	}))
	a.showView()
}

func (a *app) showView() {
	name := "classify"
	if js.Global().Get("location").Get("hash").String() == "#teach" {
		name = "teach"
	}
	if name == a.showing {
		return
	}
	was := a.showing
	a.showing = name
	v := a.view
	for _, id := range []string{"classify", "teach"} {
		main := v.body.Call("querySelector", "main#"+id)
		v.show(element(main), id == name)
		link := v.body.Call("querySelector", `nav a[href="#`+id+`"]`)
		if id == name {
			link.Call("setAttribute", "aria-current", "page")
			if was != "" { // the browser could not go to it while it was hidden
				main.Call("focus", map[string]any{"preventScroll": true})
			}
		} else {
			link.Call("removeAttribute", "aria-current")
		}
	}
	v.body.Call("querySelector", ".skip").Call("setAttribute", "href", "#"+name)
	js.Global().Get("document").Set("title", map[string]string{"classify": "Homeroom: name your photos", "teach": "Homeroom: teach your own classes"}[name])
	if was == "teach" {
		a.teacher.leave()
	} else if was != "" {
		a.look.close()
	}
	switch name {
	case "teach":
		if c := a.queue.Counts(); a.pool != nil && c.Left() == 0 { // its memory goes to the other view
			a.pool.close()
			a.pool, a.ready = nil, false
		}
		v.show(v.toast, false)
		a.teacher.enter()
	default:
		if a.pool == nil && a.networks != nil && was != "" {
			go a.open(false)
		}
		a.refresh()
	}
}

// add takes in files, a few at a time so that thousands do not hold up the page.
func (a *app) add(files []incoming) {
	for i, f := range files {
		p := a.queue.Add(f.name(), f.path)
		a.files[p.ID] = f.file
		a.cards[p.ID] = a.view.newCard(p)
		a.view.photos.AppendChild(a.cards[p.ID].li)
		if i%25 == 24 { // the browser lays out what was added, in the same task
			a.refresh()
			a.dispatch()
			time.Sleep(time.Millisecond)
		}
	}
	a.refresh()
	a.dispatch()
}

// dispatch hands waiting photos to idle workers.
func (a *app) dispatch() {
	if a.pool == nil || !a.ready {
		return
	}
	for {
		w := a.pool.idle()
		if w == nil {
			break
		}
		if a.look.explain.hand(a.pool, w) || a.look.inside.request.hand(a.pool, w) {
			continue
		}
		p := a.queue.Next()
		if p == nil {
			break
		}
		a.cards[p.ID].show(p)
		a.pool.hand(w, protocol.Classify{
			Job: protocol.Job{ID: p.ID, Ticket: p.Ticket}, File: protocol.Of(a.files[p.ID]), Top: top, Alone: a.queue.Counts().Left() == 1,
		})
	}
	if a.queue.Counts().Waiting > 0 {
		a.pool.fill()
	}
	a.refresh()
}

func (a *app) thumb(id int, picture js.Value) {
	if c := a.cards[id]; c != nil {
		c.picture(picture)
	}
}

func (a *app) progressed(int, head.Progress) {}

func (a *app) handBack(id, ticket int) {
	if id == benchID {
		a.bench.stopped()
		return
	}
	if r := a.look.request(id); r != nil {
		r.lost(ticket, "")
		return
	}
	a.queue.HandBack(id, ticket)
	if p := a.queue.Photo(id); p != nil {
		a.cards[id].show(p)
	}
}

func (a *app) answered(id, ticket int, message any) {
	if id == benchID {
		a.bench.done(message.(protocol.Measured))
		return
	}
	if r := a.look.request(id); r != nil {
		r.answered(ticket, message)
		return
	}
	if p := a.queue.Answered(id, ticket, answerOf(message.(protocol.Named))); p != nil {
		a.finished(p)
	}
}

func (a *app) gaveUp(id, ticket int, why string) {
	if r := a.look.request(id); r != nil {
		r.gaveUp(ticket, why)
		return
	}
	if p := a.queue.GaveUp(id, ticket, why); p != nil {
		a.finished(p)
	}
}

func (a *app) lost(id, ticket int, why string) {
	if id == benchID {
		a.bench.stopped()
		a.say("The engine stopped while it was measured: " + why + ".")
		return
	}
	if r := a.look.request(id); r != nil {
		r.lost(ticket, why)
		return
	}
	p := a.queue.Lost(id, ticket, "the engine stopped twice while it worked on this photo ("+why+"); a smaller copy of the photo may work")
	if p == nil {
		return
	}
	if p.Stage == Failed {
		a.finished(p)
	} else {
		a.cards[p.ID].show(p)
	}
}

func (a *app) finished(p *Photo) {
	a.pace.Tick(time.Now())
	a.cards[p.ID].show(p)
	a.look.named(p)
	c := a.queue.Counts()
	done, of := a.queue.Progress()
	switch now := time.Now(); {
	case c.Left() == 0 && of == 1 && p.Stage == Named && len(p.Answer.Results) > 0:
		best := p.Answer.Results[0]
		a.say(p.Name + ": " + best.Label + ", " + words.Percent(best.Score) + ".")
	case c.Left() == 0 && of == 1:
		a.say(p.Name + ": " + sentence(p.Problem))
	case c.Left() == 0:
		a.say(said(c, done))
	case now.Sub(a.lastSaid) > 10*time.Second:
		a.say("Named " + words.Thousands(done) + " of " + words.Thousands(of) + ".")
	}
	a.refresh()
}

// say tells people who listen to the page.
func (a *app) say(text string) {
	a.lastSaid = time.Now()
	a.view.said.SetTextContent(text)
}

// refresh makes the page's head show how things stand.
func (a *app) refresh() {
	v, c := a.view, a.queue.Counts()
	busy := a.ready && c.Left() > 0
	if busy && !a.inBatch {
		a.pace.Start(time.Now())
		a.lastSaid = time.Now()
	}
	a.inBatch = busy
	switch {
	case a.showing == "teach":
		a.teacher.draw()
	case !a.ready:
		v.setState("loading")
	case busy:
		v.setState("busy")
	default:
		v.setState("ready")
		a.start()
	}
	v.body.Get("classList").Call("toggle", "full", c.Total > 0)
	v.show(v.results, c.Total > 0)
	if c.Total == 0 {
		v.openMenu(false)
	}
	v.text(v.tally, tally(c))
	v.show(v.progress, busy)
	v.show(v.resume, c.Stopped > 0 && !busy)
	if c.Stopped > 0 {
		v.text(v.resume, "Name the other "+words.Thousands(c.Stopped))
	}
	if busy {
		done, of := a.queue.Progress()
		line := "Named " + words.Thousands(done) + " of " + words.Thousands(of)
		if left, ok := a.pace.Left(c.Left()); ok {
			line += " · " + words.Roughly(left) + " left"
		}
		v.text(v.progressText, line)
		v.progressBar.SetMax(float64(of))
		v.progressBar.SetValue(float64(done))
	}
	if a.ready && a.showing == "classify" {
		n := a.networks[a.chosen]
		v.text(v.status, n.called()+" at "+strconv.Itoa(a.inUse())+" px")
	}
	a.describeEngine()
	a.look.draw()
}

// inUse is the input size in use.
func (a *app) inUse() int {
	if a.size > 0 {
		return a.size
	}
	return a.networks[a.chosen].Preprocess.Size
}

// stop takes what is unfinished out of the queue.
func (a *app) stop() {
	stopped := a.queue.Stop()
	for _, p := range stopped {
		a.cards[p.ID].show(p)
	}
	a.refresh()
	a.say("Stopped. " + words.Photos(len(stopped)) + " not named.")
	if a.queue.Counts().Stopped > 0 {
		a.view.resume.Focus()
	} else {
		a.view.add.Focus()
	}
}

func (a *app) resume() {
	for _, p := range a.queue.Resume() {
		a.cards[p.ID].show(p)
	}
	a.dispatch()
	if a.inBatch {
		a.view.cancel.Focus()
	}
}

func (a *app) clear() {
	all := a.queue.Photos()
	if len(all) == 0 {
		return
	}
	a.remove(all, "Cleared "+words.Photos(len(all))+".")
	a.view.undo.Focus()
}

func (a *app) removeOne(p *Photo) {
	next := a.queue.After(p)
	a.remove([]*Photo{p}, "Removed "+p.Name+".")
	if next != nil {
		a.cards[next.ID].focus()
	} else {
		a.view.add.Focus()
	}
}

func (a *app) remove(gone []*Photo, text string) {
	a.forget()
	a.queue.Remove(gone)
	a.undone = gone
	for _, p := range gone {
		a.cards[p.ID].li.Remove()
	}
	a.view.text(a.view.toastText, text)
	a.view.show(a.view.toast, true)
	a.say(text + " Undo is possible.")
	a.refresh()
}

// undo brings back what was removed last.
func (a *app) undo() {
	back := a.undone
	a.undone = nil
	a.view.show(a.view.toast, false)
	if len(back) == 0 {
		return
	}
	a.queue.Restore(back)
	// From the last to the first, so that the card that follows is always there already.
	for i := len(back) - 1; i >= 0; i-- {
		p := back[i]
		a.cards[p.ID].show(p)
		before := js.Null()
		if next := a.queue.After(p); next != nil {
			before = a.cards[next.ID].li.Underlying()
		}
		a.view.photos.Underlying().Call("insertBefore", a.cards[p.ID].li.Underlying(), before)
	}
	a.say("Brought back " + words.Photos(len(back)) + ".")
	a.refresh()
	a.dispatch()
	a.cards[back[0].ID].focus()
}

// forget gives up what could still be undone, and its memory.
func (a *app) forget() {
	a.undone = nil
	a.view.show(a.view.toast, false)
	for _, p := range a.queue.Forget() {
		a.cards[p.ID].forget()
		delete(a.cards, p.ID)
		delete(a.files, p.ID)
	}
}

// save offers the answers as a file.
func (a *app) save(format string) {
	a.view.openMenu(false)
	a.view.save.Focus()
	data, err, kind := []byte(nil), error(nil), ""
	switch format {
	case "csv":
		kind = "text/csv;charset=utf-8"
		data, err = saveCSV(a.queue.Photos())
	case "json":
		kind = "application/json"
		data, err = saveJSON(a.queue.Photos())
	}
	if err != nil {
		a.say("The results could not be saved: " + err.Error())
		return
	}
	name := "homeroom " + time.Now().Format("2006-01-02 15.04") + "." + format
	a.view.download(name, kind, data)
	a.say("Saved " + name + ".")
}
