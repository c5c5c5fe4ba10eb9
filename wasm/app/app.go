// Package app is the page as a program of values: a State, the events that change it, the effects
// that they ask for, and the View that describes what is shown.
//
//	browser event ─▶ Event ─▶ Update(State, Event) ─▶ State ─▶ View(State) ─▶ markup ─▶ patch of the document
//	                              └─▶ []Effect ─▶ the browser performs it ─▶ Event
//
// Nothing here touches a browser, waits, or calls back. Time is an event, [outside.Tick];
// [State.Wake] says when the next is wanted. What is asked of the browser is answered by an event
// with the same ticket, or never; an answer that nobody waits for any more is dropped.
package app

import (
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/folder"
	"homeroom/wasm/app/inside"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/app/teach"
)

// A State is all that the page is.
type State struct {
	now     time.Time
	device  outside.Device
	numbers outside.Numbers
	network string // that the address names
	list    catalogue.List

	classify *classify.State
	folder   *folder.State // in which the names of Classify are put to use
	teach    *teach.State
	inside   *inside.State
	showing  string // view: Classify, Teach or Inside
	speech   speech

	fresh    bool      // what is fetched next goes past every stored copy
	later    bool      // what was put off until the page has nothing else to do has begun
	laterAt  time.Time // it begins at the latest
	said     string    // to people who listen to the page
	about    bool      // the dialogue is open
	place    string    // in the page's address, from # on
	dragging bool      // files are, over the page
}

// The views.
const (
	Classify = "classify"
	Teach    = "teach"
	Inside   = "inside"
)

type (
	// About opens and closes the dialogue about the page.
	About struct{ Open bool }

	// key was pressed, and no element took it.
	key struct {
		key     string
		writing bool
	}
	// clicked is a click on nothing, beside a press outside of what takes presses.
	clicked struct{}
	beside  struct{}
)

// New makes the state of before the first event.
func New() *State {
	s := &State{}
	s.classify = classify.New(&s.list, 0, 0, false, false)
	s.folder = folder.New()
	s.teach = teach.New(&s.list, 0)
	s.inside = inside.New(&s.list)
	return s
}

// Update deals with an event. It returns what the browser is to do, and how soon what changed is to
// be shown: 0 where nothing did.
func (s *State) Update(event any) (effects []any, draw time.Duration) {
	t := outside.NewTurn(s.now, s.device, &s.numbers)
	t.Language = s.speech.language
	drawn := true
	if file, rest := sift(event); file.Object != nil {
		s.teach.Update(t, teach.DropFile{File: file})
		t.Soon()
		event = rest
	}
	if event != nil {
		drawn = s.update(t, event)
	}
	if s.showing == Inside && s.inside.Wants() {
		s.inside.Given(s.classify.Looked()) // as they come back
		s.inside.Listed(t)
	}
	s.begin(t)
	s.follow(t, event)
	var news []folder.Photo
	others := s.classify.News(func(p *queue.Photo, f outside.File) { news = append(news, photoOf(p, f)) })
	s.folder.News(news, others)
	if id := s.teach.Read(); id != "" && s.showing == Classify {
		s.classify.Want(id)
	}
	drawn = s.classify.Offer(t, s.teach.Taught()) || drawn
	if t.Said != "" {
		s.said = t.Said
	}
	if drawn {
		draw = t.Draw
	}
	return t.Effects, draw
}

// update deals with an event, and tells whether it changed what is shown.
func (s *State) update(t *outside.Turn, event any) bool {
	switch e := event.(type) {
	case outside.Tick:
		s.now, t.Now = e.Now, e.Now
		return s.tick(t)
	case outside.Began:
		s.began(t, e)
	case outside.Went:
		s.went(t, e.Place)
	case outside.GotCatalogue:
		return s.listed(t, e)
	case outside.NotOffline:
		s.device.NotOffline, t.Device.NotOffline = e.Why, e.Why
		t.Soon()
	case outside.Dragging:
		s.dragging = e.On
		t.Soon()
	case classify.Retry:
		s.retry(t)
	case classify.TeachPicked:
		files, place := s.classify.Picked(), s.place
		s.went(t, "#"+Teach+"/photos")
		s.place = place // it is not in the address yet
		s.teach.Update(t, teach.Drop{Files: files})
	case teach.Retry:
		s.teach.Retry(t)
		if !s.list.Known || s.list.Trouble != nil {
			s.retry(t)
		}
	case About:
		s.about = e.Open
		t.Soon()
	case Speak:
		s.speech.speak(t, e.Code)
	case outside.GotLanguage:
		s.speech.take(t, e)
	case files:
		return s.files(t, e)
	case key:
		return s.key(t, e)
	case clicked:
		return s.classify.Update(t, classify.CloseMenu{})
	case beside:
		s.teach.CloseMenu(t, false)
		return s.classify.Update(t, classify.CloseMenu{})
	case outside.Comes:
		if s.list.Comes(t, e) {
			t.Soon()
			return true
		}
		return s.inFolder(t, e) || s.classify.Update(t, e) || s.teach.Update(t, e) || s.inside.Update(t, e)
	case outside.Drawn: // both wait for it
		classify, teach := s.classify.Update(t, e), s.teach.Update(t, e)
		return classify || teach
	default:
		if add, is := event.(inside.Add); is { // it is named, too
			s.classify.Update(t, classify.Add{Files: add.Files})
		}
		return s.inFolder(t, event) || s.classify.Update(t, event) || s.teach.Update(t, event) || s.inside.Update(t, event)
	}
	return true
}

func (s *State) key(t *outside.Turn, e key) bool {
	switch {
	case e.key == "Escape" && s.showing == Teach:
		s.teach.CloseMenu(t, true)
	case e.key == "Escape":
		return s.classify.Update(t, classify.CloseMenu{Back: true})
	case s.showing != Teach:
		return s.classify.Update(t, classify.Undo{})
	case e.key == "Control+z":
		return s.teach.Update(t, teach.Undo{})
	default:
		return s.teach.Update(t, teach.Redo{})
	}
	t.Soon()
	return true
}

// files gives files that no element took to the view that is shown.
func (s *State) files(t *outside.Turn, e files) bool {
	switch {
	case s.showing == Classify:
		return s.update(t, classify.Add{Files: e.files})
	case s.showing == Inside:
		return s.update(t, inside.Add{Files: e.files})
	case e.pasted:
		return s.teach.Update(t, teach.Paste{Files: e.files})
	}
	return s.teach.Update(t, teach.Drop{Files: e.files})
}

func (s *State) began(t *outside.Turn, e outside.Began) {
	if e.Device.Patience <= 0 {
		e.Device.Patience = 20 * time.Second
	}
	s.now, s.device, s.place = e.Now, e.Device, e.Place
	t.Now, t.Device = e.Now, e.Device
	s.numbers.Seed(e.Random)
	s.list.Single = e.Device.Single
	options, _ := url.ParseQuery(strings.TrimPrefix(e.Address, "?"))
	size, workers := number(options.Get("size"), 32, 1024), number(options.Get("workers"), 1, pool.MostWorkers)
	s.network = options.Get("model")
	s.classify = classify.New(&s.list, size, workers, options.Has("exact"), options.Has("bench"))
	s.folder = folder.New()
	s.teach = teach.New(&s.list, workers)
	s.inside = inside.New(&s.list)
	s.inside.Return(e.Note)
	s.speech.begin(t, e)
	s.laterAt = s.now.Add(10 * time.Second)
	s.showing = viewAt(e.Place)
	s.classify.Return(t, e.Last, e.Kept)
	s.open(t, e.Place)
	s.list.Fetch(t, false)
	if s.showing == Classify {
		s.classify.Warm(t) // it starts meanwhile
	} else {
		s.classify.Leave(t)
		s.folder.Away()
		s.enter(t)
	}
	t.Soon()
}

// number reads a whole number from the address, 0 where there is none between lo and hi.
func number(s string, lo, hi int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < lo || n > hi {
		return 0
	}
	return n
}

// viewAt is the view that a place names: what stands between # and the first stroke.
func viewAt(place string) string {
	switch view, _, _ := strings.Cut(place, "/"); view {
	case "#" + Teach:
		return Teach
	case "#" + Inside:
		return Inside
	}
	return Classify
}

// aboutPlace ends a place over which the dialogue about the page is open.
const aboutPlace = "about"

// open shows what a place names within its view.
func (s *State) open(t *outside.Turn, place string) {
	_, within, _ := strings.Cut(place, "/")
	within, s.about = strings.CutSuffix("/"+within, "/"+aboutPlace)
	within = strings.TrimPrefix(within, "/")
	switch s.showing {
	case Teach:
		s.teach.Go(t, within)
	case Inside:
		s.inside.Go(t, within)
	default:
		s.classify.Go(t, within)
	}
}

// where is the place of what is shown.
func (s *State) where() string {
	place, within := "#"+s.showing, ""
	switch s.showing {
	case Teach:
		within = s.teach.Place()
	case Inside:
		within = s.inside.Place()
	default:
		within = s.classify.Place()
	}
	if within != "" {
		place += "/" + within
	}
	if s.about {
		place += "/" + aboutPlace
	}
	return place
}

// follow has the address name what is shown. What a person opened is a new entry of the browser's
// history, which they leave by going back; what they closed, or what is beside it, is none.
func (s *State) follow(t *outside.Turn, event any) {
	place := s.where()
	if s.showing == "" || place == s.place || s.place == "" && place == "#"+Classify {
		return // nothing has begun, or nothing is new
	}
	_, went := event.(outside.Went)
	_, began := event.(outside.Began)
	closed := strings.HasPrefix(s.place, place+"/")
	beside := path.Dir(place) == path.Dir(s.place) && (s.showing == Classify || strings.Count(place, "/") > 1) // another photo
	whole := s.showing != Classify && s.place == "#"+s.showing                                                 // which of its tabs is shown was open
	t.Ask(outside.SetPlace{Place: place, New: !went && !began && !closed && !beside && !whole})
	s.place = place
}

// went shows what the address names.
func (s *State) went(t *outside.Turn, place string) {
	was := s.showing
	s.place = place
	t.Soon()
	s.showing = viewAt(place)
	defer s.open(t, place)
	if s.showing == was {
		return
	}
	switch was {
	case Teach:
		s.teach.Leave(t)
	case Inside:
		s.inside.Leave(t)
	default:
		s.inside.Given(s.classify.Looked())
		s.classify.Leave(t)
		s.folder.Away()
	}
	s.enter(t)
	t.Focus("main#" + s.showing) // the browser could not go to it while it was hidden
}

// enter shows the view that is to be shown.
func (s *State) enter(t *outside.Turn) {
	switch s.showing {
	case Teach:
		s.teach.Enter(t)
	case Inside:
		s.inside.Enter(t)
	default:
		s.classify.Enter(t)
		s.folder.Enter(t)
	}
}

// listed takes the list of networks, and tells whether it was the one that is waited for.
func (s *State) listed(t *outside.Turn, got outside.GotCatalogue) bool {
	if !s.list.Take(got) {
		return false
	}
	t.Soon()
	if s.list.Trouble != nil {
		if !s.classify.Ready() {
			s.classify.Cool(t)
		}
		return true
	}
	s.classify.Listed(s.network)
	switch {
	case s.showing != Classify:
		s.classify.Cool(t)
	default:
		s.classify.Open(t, s.fresh)
		s.fresh = false
	}
	s.teach.Listed(t)
	s.inside.Listed(t)
	return true
}

// retry tries again what failed, past every stored copy.
func (s *State) retry(t *outside.Turn) {
	if name := s.classify.Chosen(); name != "" {
		s.network = name
	}
	s.fresh = true
	s.list.Fetch(t, true)
	s.classify.Relent(t)
	if s.showing == Classify {
		t.Focus("#add-photos")
	}
	t.Soon()
}

// begin begins what was put off, once the page has nothing else to do for the first time: the first
// photo has its name sooner.
func (s *State) begin(t *outside.Turn) {
	if s.laterAt.IsZero() || s.later && !s.classify.Ready() {
		return
	}
	idle := s.classify.Ready() && !s.classify.Busy()
	if !s.later && (idle || s.showing != Classify || !s.now.Before(s.laterAt)) {
		s.later = true
		s.teach.Begin(t)
	}
	if s.later {
		s.classify.Keep(t)
	}
}

func (s *State) tick(t *outside.Turn) bool {
	if s.list.Tick(t) {
		t.Soon()
	}
	s.classify.Tick(t)
	s.folder.Tick(t)
	s.teach.Tick(t)
	s.inside.Tick(t)
	return t.Draw < outside.Later || len(t.Effects) > 0 || t.Said != ""
}

// Wake says when the time is wanted next; the zero time where it is not.
func (s *State) Wake() time.Time {
	var w outside.Wake
	if !s.later {
		w.By(s.laterAt)
	}
	s.list.Wake(&w)
	s.classify.Wake(&w)
	s.folder.Wake(&w)
	s.teach.Wake(&w)
	s.inside.Wake(&w)
	return w.At
}

// Leaving tells whether a person who closes the page now is to be asked first.
func (s *State) Leaving() bool { return s.teach.Leaving() || s.folder.Leaving() }

// told is what the panel in which names are put to use is told of Classify.
func (s *State) told() folder.Page {
	return folder.Page{Count: s.classify.Photos(), Namer: s.classify.Chosen(), Photos: func() (out []folder.Photo) {
		s.classify.Each(func(p *queue.Photo, f outside.File) { out = append(out, photoOf(p, f)) })
		return out
	}}
}

func photoOf(p *queue.Photo, f outside.File) folder.Photo {
	return folder.Photo{ID: p.ID, File: f, Answer: p.Answer, Failed: p.Stage == queue.Failed}
}

// inFolder gives an event to the panel, and what comes of it to Classify. It tells whether it was
// one of the panel's.
func (s *State) inFolder(t *outside.Turn, event any) bool {
	if add, is := event.(classify.Add); is {
		s.folder.Given(add.Files)
	}
	is := s.folder.Update(t, event, s.told())
	for _, p := range s.folder.Moved() {
		s.classify.Moved(p.ID, p.File)
	}
	if files := s.folder.Take(); len(files) > 0 {
		s.classify.Update(t, classify.Add{Files: files})
	}
	return is
}
