package classify

import (
	"slices"
	"strconv"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
	"homeroom/wasm/words"
)

// top is how many answers a card shows.
const top = 5

// photos is the panel of the photos that are named.
type photos struct {
	engine  *engine
	queue   queue.Queue
	pace    queue.Pace
	inBatch bool
	said    time.Time      // when it was told last how far the photos are
	coming  []outside.File // that are to be taken in
	cards   map[int]*card
	undone  []*queue.Photo // removed last; nil where there is nothing to undo
	at      int            // photo that the Tab key leads to
	toast   string         // what was removed, while undoing is offered
}

// A card is what the page has of a photo besides its entry in the queue.
type card struct {
	file    outside.File
	picture outside.Object // small, nil while there is none
	near    bool           // to what is seen
	shown   *markup.Node   // as it was described last
	state   cardState      // when
}

// cardState is what a card's description follows from: the same state, the same description.
type cardState struct {
	stage   queue.Stage
	answer  *queue.Answer
	problem string
	picture outside.Object
	near    bool
	stop    bool // the Tab key leads to it; arrows lead on from there
}

const (
	// nearAtFirst is how many cards are near before the browser has told where they are.
	nearAtFirst = 60
	// takenAtOnce is how many photos are taken in between two drawings: more would hold up the
	// page.
	takenAtOnce = 50
)

type (
	// Add takes in files that were dropped, picked or pasted.
	Add struct{ Files []outside.File }
	// Cancel takes what is unfinished out of the queue.
	Cancel struct{}
	// Resume puts it back.
	Resume struct{}
	// Clear removes all photos.
	Clear struct{}
	// Remove removes one. By a key on its picture, the keyboard is left on that of the next.
	Remove struct {
		Photo int
		ByKey bool
	}
	// Undo brings back what was removed last.
	Undo struct{}
	// Dismiss gives that up.
	Dismiss struct{}
	// Near says that the card of a photo comes near what is seen, or goes. What a card shows is
	// there only while it is near: of thousands, all that would take hundreds of megabytes, and
	// each change of one of them long.
	Near struct {
		Photo int
		Is    bool
	}
	// AtPhoto says that the keyboard is on the card of a photo, StepFrom leads on from it by a key.
	AtPhoto  struct{ Photo int }
	StepFrom struct {
		Photo int
		Key   string
	}
)

// update adds files, and leaves out what lies about in folders without being a photo.
func (e Add) update(s *photos, t *outside.Turn) {
	files, left := outside.Sift(e.Files, true)
	s.coming = append(s.coming, files...)
	s.take(t)
	if text := left.String(); text != "" {
		t.Say("Left out: " + text + ".")
	}
	if len(files) > 0 {
		s.toast = "" // what was removed can still be brought back from the keyboard
	}
}

// take takes in some of the photos that are coming. The next are taken once these are drawn.
func (s *photos) take(t *outside.Turn) {
	some := s.coming[:min(takenAtOnce, len(s.coming))]
	for _, f := range some {
		p := s.queue.Add(f.Name, f.Path)
		s.cards[p.ID] = &card{file: f, near: p.ID <= nearAtFirst}
	}
	if s.coming = s.coming[len(some):]; len(s.coming) == 0 {
		s.coming = nil
	}
	t.Soon()
}

// takeAll takes in all of them.
func (s *photos) takeAll(t *outside.Turn) {
	for len(s.coming) > 0 {
		s.take(t)
	}
}

// near has a card show all that it has, or one line, and tells whether it did not before.
func (s *photos) near(photo int, is bool) bool {
	c := s.cards[photo]
	if c == nil || c.near == is {
		return false
	}
	c.near = is
	return true
}

func (Cancel) update(s *photos, t *outside.Turn) {
	s.takeAll(t)
	stopped := s.queue.Stop()
	t.Say("Stopped. " + words.Photos(len(stopped)) + " not named.")
	if s.queue.Counts().Stopped > 0 {
		t.Focus("#resume")
	} else {
		t.Focus("#add-photos")
	}
}

func (Resume) update(s *photos, t *outside.Turn) {
	s.queue.Resume()
	if s.busy() {
		t.Focus("#cancel")
	}
}

func (Clear) update(s *photos, t *outside.Turn) {
	s.takeAll(t)
	if all := s.queue.Photos(); len(all) > 0 {
		s.remove(t, all, "Cleared "+words.Photos(len(all))+".")
		t.Focus("#toast-undo")
	}
}

func (e Remove) update(s *photos, t *outside.Turn) {
	p := s.queue.Photo(e.Photo)
	if p == nil {
		return
	}
	next := s.queue.After(p)
	s.remove(t, []*queue.Photo{p}, "Removed "+p.Name+".")
	switch {
	case next != nil && e.ByKey:
		s.near(next.ID, true)
		t.Focus(item(next.ID) + " .thumb")
	case next != nil:
		s.focus(t, next)
	default:
		t.Focus("#add-photos")
	}
}

func (e AtPhoto) update(s *photos, t *outside.Turn) { s.at = e.Photo }

func (e StepFrom) update(s *photos, t *outside.Turn) {
	all := s.queue.Photos()
	at := slices.IndexFunc(all, func(p *queue.Photo) bool { return p.ID == e.Photo })
	to, known := outside.Along(e.Key, at, len(all))
	switch {
	case !known:
		t.Ask(outside.Step{Selector: item(e.Photo), Up: e.Key == "ArrowUp"})
	case to >= 0:
		s.at = all[to].ID
		s.near(s.at, true)
		t.Focus(item(s.at) + " .thumb")
	}
}

// item is the selector of a photo's card.
func item(photo int) string { return `li[data-id="` + strconv.Itoa(photo) + `"]` }

// focus brings the keyboard to the card of a photo.
func (s *photos) focus(t *outside.Turn, p *queue.Photo) {
	s.near(p.ID, true)
	t.Focus(item(p.ID) + " .remove")
}

func (s *photos) remove(t *outside.Turn, gone []*queue.Photo, text string) {
	s.forget()
	s.queue.Remove(gone)
	s.undone, s.toast = gone, text
	t.Say(text + " Undo is possible.")
}

func (Undo) update(s *photos, t *outside.Turn) {
	back := s.undone
	s.undone, s.toast = nil, ""
	if len(back) == 0 {
		return
	}
	s.queue.Restore(back)
	t.Say("Brought back " + words.Photos(len(back)) + ".")
	s.focus(t, back[0])
}

func (Dismiss) update(s *photos, t *outside.Turn) {
	s.forget()
	t.Focus("#add-photos")
}

// forget gives up what could still be undone, and its memory.
func (s *photos) forget() {
	s.undone, s.toast = nil, ""
	for _, p := range s.queue.Forget() {
		delete(s.cards, p.ID)
	}
}

// busy tells whether photos are being named.
func (s *photos) busy() bool { return s.engine.ready && s.queue.Counts().Left()+len(s.coming) > 0 }

// settle notes when a batch begins and ends.
func (s *photos) settle(t *outside.Turn) {
	busy := s.busy()
	if busy && !s.inBatch {
		s.pace.Start(t.Now)
		s.said = t.Now
	}
	s.inBatch = busy
}

// manyCards is from how many cards on they are drawn less often, while answers come.
const manyCards = 400

// stream has what comes in a stream shown.
func (s *photos) stream(t *outside.Turn) {
	if s.queue.Counts().Total < manyCards {
		t.Soon()
	}
}

// finished is called when a photo was named, or given up.
func (s *photos) finished(t *outside.Turn, p *queue.Photo) {
	s.pace.Tick(t.Now)
	c := s.queue.Counts()
	done, of := s.queue.Progress()
	say := func(text string) {
		s.said = t.Now
		t.Say(text)
	}
	switch {
	case c.Left() == 0 && of == 1 && p.Stage == queue.Named && len(p.Answer.Results) > 0:
		best := p.Name + ": " + p.Answer.Best()
		if !p.Answer.Unknown {
			best += ", " + words.Percent(p.Answer.Results[0].Score)
		}
		say(best + ".")
	case c.Left() == 0 && of == 1:
		say(p.Name + ": " + words.Sentence(p.Problem))
	case c.Left() == 0:
		say(said(c, done))
	case t.Now.Sub(s.said) > 10*time.Second:
		say("Named " + words.Thousands(done) + " of " + words.Thousands(of) + ".")
	}
	s.stream(t)
}

// list is the cards of all photos. Those that did not change are the same nodes as
// before. look is the event by which one is shown large.
func (s *photos) list(look func(photo int) any) []*markup.Node {
	photos := s.queue.Photos()
	out := make([]*markup.Node, len(photos))
	stop := s.at
	if s.queue.Photo(stop) == nil && len(photos) > 0 {
		stop = photos[0].ID
	}
	for i, p := range photos {
		c := s.cards[p.ID]
		state := cardState{p.Stage, p.Answer, p.Problem, c.picture, c.near, p.ID == stop}
		if c.shown == nil || c.state != state {
			c.shown, c.state = c.node(p, look(p.ID), state.stop), state
		}
		out[i] = c.shown
	}
	return out
}

// answers are what cards say while there is none.
var answers = map[queue.Stage]string{queue.Waiting: "Waiting", queue.Running: "Looking…", queue.Stopped: "Not named", queue.Failed: "Could not be named"}

// node is the card of a photo; look is the event by which it is shown large, and stop whether the
// Tab key leads to it.
func (c *card) node(p *queue.Photo, look any, stop bool) *markup.Node {
	id := strconv.Itoa(p.ID)
	shown := p.Name
	li := el("li.photo", markup.Key(id), at("data-id", id), at("data-file", p.Name), at("data-stage", p.Stage),
		markup.Near(func(is bool) any { return Near{p.ID, is} }))
	if p.Path != "" {
		li.Attrs = append(li.Attrs, at("data-path", p.Path))
		shown = p.Path
	}
	reach := markup.Attr{Name: "tabindex", Value: "-1", Off: stop}
	li.On = append(li.On, markup.Send("focus", AtPhoto{p.ID}))
	answer, alt := answers[p.Stage], p.Name
	var problem, best, times *markup.Node
	named := p.Stage == queue.Named && len(p.Answer.Results) > 0
	switch {
	case p.Stage == queue.Failed:
		li.Attrs = append(li.Attrs, at("data-error", p.Problem))
		problem = el("p.problem", words.Sentence(p.Problem))
	case named:
		a := p.Answer
		first := a.Results[0]
		answer, alt = a.Best(), a.Best()+": "+p.Name
		li.Attrs = append(li.Attrs, at("data-label", answer), at("data-score", strconv.FormatFloat(first.Score, 'g', -1, 64)), at("data-threads", a.Threads),
			at("data-memory", strconv.FormatFloat(a.Memory, 'f', 0, 64)), at("data-network", strconv.FormatFloat(a.Network, 'f', 3, 64)))
		if a.Damaged != "" {
			li.Attrs = append(li.Attrs, at("data-damaged", a.Damaged))
			problem = el("p.problem", words.Damaged(a.Damaged))
		}
	}
	if !c.near { // it is found by this
		li.Kids = []*markup.Node{{Text: answer + ", " + p.Name}}
		return li
	}
	if named {
		a := p.Answer
		best = el("dl.best")
		for _, r := range a.Results[:min(top, len(a.Results))] {
			best.Kids = append(best.Kids, el("div.row", at("--share", strconv.FormatFloat(100*r.Score, 'f', 2, 64)+"%"), el("dt", at("title", r.Label), r.Label), el("dd", words.Percent(r.Score))))
		}
		detail := "Decoding " + words.Milliseconds(a.Decode) + ", resizing " + words.Milliseconds(a.Resize) +
			", network " + words.Milliseconds(a.Network) + " on " + words.Plural(a.Threads, "thread", "threads") + ". " + words.Thousands(a.Width) + " × " + words.Thousands(a.Height) + " pixels."
		times = el("details.time", at("title", detail), el("summary", reach, "Named in "+words.Milliseconds(a.Milliseconds())), el("p", detail))
	}
	thumb := el("button.thumb", at("type", "button"), reach, at("aria-label", "Look closer at "+p.Name), markup.Click(look),
		markup.On("keydown", func(in markup.Input) any { return keyOn(p.ID, in.Key) }))
	thumb.Kids = append(thumb.Kids, el("img", at("decoding", "async"), markup.Shown(c.picture), at("alt", alt), flag("hidden", c.picture == nil)))
	if c.picture != nil {
		zoom := sheet.Icon(sheet.Zoom)
		zoom.Attrs = append(zoom.Attrs, at("class", "zoom"))
		thumb.Kids = append(thumb.Kids, zoom)
	}
	remove := sheet.Close(Remove{Photo: p.ID}, "Remove "+p.Name)
	remove.Attrs[0].Value = "close remove"
	if !stop {
		remove.Attrs = append(remove.Attrs, reach)
	}
	li.Kids = []*markup.Node{thumb, el("div.words", el("h3.answer", answer), el("p.file", at("title", shown), shown), problem, best, times), remove}
	return li
}

// view is the photos, how far they are, and what can be done with all of them.
func (s *photos) view(d outside.Device, look func(photo int) any) []markup.Slot {
	c := s.queue.Counts()
	busy := s.busy()
	done, of := s.queue.Progress()
	line := "Named " + words.Thousands(done) + " of " + words.Thousands(of)
	if left, ok := s.pace.Left(c.Left()); ok {
		line += " · " + words.Roughly(left) + " left"
	}
	out := []markup.Slot{
		{ID: "body", Attrs: []markup.Attr{{Name: "class", Value: "+full", Off: c.Total == 0}}},
		{ID: "results", Attrs: []markup.Attr{flag("hidden", c.Total == 0)}},
		text("tally", tally(c)),
		{ID: "resume", Attrs: []markup.Attr{flag("hidden", c.Stopped == 0 || busy)}, On: []markup.Handler{markup.Click(Resume{})},
			Kids: []*markup.Node{{Text: "Name the other " + words.Thousands(c.Stopped)}}},
		{ID: "clear", On: []markup.Handler{markup.Click(Clear{})}},
		{ID: "progress", Attrs: []markup.Attr{flag("hidden", !busy)}},
		{ID: "cancel", On: []markup.Handler{markup.Click(Cancel{})}},
		{ID: "add-photos", On: []markup.Handler{markup.Files(add)}},
		{ID: "add-folder", On: []markup.Handler{markup.Files(add)}},
		{ID: "folder-label", Attrs: []markup.Attr{flag("hidden", !d.Folders)}},
		{ID: "toast", Attrs: []markup.Attr{flag("hidden", s.toast == "")}},
		{ID: "toast-undo", On: []markup.Handler{markup.Click(Undo{})}},
		{ID: "toast-close", On: []markup.Handler{markup.Click(Dismiss{})}},
		{ID: "photos", Kids: s.list(look)},
	}
	if s.toast != "" {
		out = append(out, text("toast-text", s.toast))
	}
	if busy {
		out = append(out, text("progress-text", line), markup.Slot{ID: "progress-bar", Attrs: []markup.Attr{at("max", of), at("value", done)}})
	}
	return out
}

// keyOn is what a key does on the card of a photo; nil for nothing.
func keyOn(photo int, key string) any {
	switch {
	case key == "Delete" || key == "Backspace":
		return Remove{photo, true}
	case outside.Leads(key):
		return StepFrom{photo, key}
	}
	return nil
}

func add(files []outside.File) any { return Add{files} }

// Given and Only let a project file among what is given be opened in place of being named; see
// package app.
func (e Add) Given() []outside.File         { return e.Files }
func (e Add) Only(files []outside.File) any { return Add{files} }
