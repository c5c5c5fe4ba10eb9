//go:build js && wasm

package page

import (
	"cmp"
	"slices"
	"syscall/js"

	"homeroom/wasm/protocol"
	"homeroom/wasm/sheet"
	"homeroom/wasm/teach"
)

// asks are the questions that the taught head is asked: photos to name, pictures of the camera, heat maps. A question is
// known to the pool by a negative number, which tells it from a photo to be read.
type asks struct {
	t     *teacher
	last  int
	open  map[int]*question
	line  []*question
	files map[int]js.Value // of photos that were tried
	live  *frame           // the newest picture of the camera that waits
}

type question struct {
	id     int // below 0
	tried  *teach.Tried
	frame  *frame
	photo  int    // whose heat map is wanted; below 0 one that was tried
	class  string // for which
	file   js.Value
	small  bool
	losses int
}

// A frame is a picture of the camera.
type frame struct {
	pixels        js.Value // Uint8ClampedArray, RGBA
	width, height int
}

func (a *asks) start(t *teacher) {
	a.t, a.open, a.files = t, map[int]*question{}, map[int]js.Value{}
	a.last = insideID // numbers below that are questions
}

// waiting tells whether photos are still to be named.
func (a *asks) waiting() bool {
	for _, q := range a.open {
		if q.frame == nil {
			return true
		}
	}
	return false
}

func (a *asks) ask(q *question) {
	a.last--
	q.id = a.last
	a.open[q.id] = q
	a.line = append(a.line, q)
	a.t.reader.need()
	a.t.reader.dispatch()
}

// hand gives an idle worker the next question, and tells whether there was one.
func (a *asks) hand(w *worker) bool {
	if a.t.inside.request.hand(w.pool, w) {
		return true
	}
	if a.live == nil && len(a.line) == 0 || !a.t.reader.headed(w) {
		return false
	}
	alone := a.t.reader.queue.Counts().Left() == 0
	if f := a.live; f != nil {
		a.live = nil
		a.last--
		q := &question{id: a.last, frame: f}
		a.open[q.id] = q
		w.pool.hand(w, protocol.Ask{Job: protocol.Job{ID: q.id}, Frame: protocol.Of(f.pixels), Width: f.width, Height: f.height, Alone: alone})
		return true
	}
	q := a.line[0]
	a.line = a.line[1:]
	w.pool.hand(w, protocol.Ask{Job: protocol.Job{ID: q.id}, File: protocol.Of(q.file), Class: q.class, Alone: alone})
	return true
}

// again names what was tried by the head that is now in use.
func (a *asks) again() {
	for _, t := range slices.Backward(a.t.screen.Try.Photos) {
		if f := a.files[t.ID]; f.Truthy() {
			t.Answer, t.Problem = nil, ""
			a.ask(&question{tried: t, file: f})
		}
	}
	if h := &a.t.screen.Heat; h.On {
		a.t.askHeat(h.Photo, h.Class)
	}
}

// thumb takes the thumbnail of a photo that is tried.
func (a *asks) thumb(id int, blob js.Value) {
	if q := a.open[id]; q != nil && q.tried != nil && q.tried.URL == "" {
		q.tried.URL = js.Global().Get("URL").Call("createObjectURL", blob).String()
		a.t.draw()
	}
}

func (a *asks) answered(id, ticket int, message any) {
	if id == insideID {
		a.t.inside.request.answered(ticket, message)
		return
	}
	q := a.open[id]
	delete(a.open, id)
	if q == nil {
		return
	}
	m := message.(protocol.Told)
	told := a.t.toldOf(m)
	switch {
	case q.tried != nil:
		q.tried.Answer, q.tried.Problem = told, ""
		if !a.waiting() {
			a.t.app.say(q.tried.Name + ": " + told.Name() + ".")
		}
	case q.frame != nil:
		a.t.camera.told(told)
	case q.photo != 0:
		a.t.showHeat(q, m.Heat)
	}
	a.t.draw()
}

// hurriedly says how pictures of the camera are looked at less than photos are.
var hurriedly = map[int]string{
	protocol.NoMirror: "not looked at in the mirror; photos are", protocol.Once: "looked at once, and named by a quicker head; photos are looked at closer",
}

// toldOf reads an answer, best first.
func (t *teacher) toldOf(m protocol.Told) *teach.Told {
	told := &teach.Told{
		Unknown: m.Unknown && t.project().Settings.Unknown, Strangeness: m.Strangeness, Millis: m.Network, Damaged: m.Damaged, Hurried: hurriedly[m.Hurried],
	}
	for _, r := range m.Results {
		told.Results = append(told.Results, teach.Score{Label: r.Label, Score: r.Score})
	}
	slices.SortStableFunc(told.Results, func(a, b teach.Score) int { return cmp.Compare(b.Score, a.Score) })
	return told
}

func (a *asks) gaveUp(id, ticket int, why string) {
	if id == insideID {
		a.t.inside.request.gaveUp(ticket, why)
		return
	}
	q := a.open[id]
	delete(a.open, id)
	switch {
	case q == nil:
	case q.tried != nil:
		q.tried.Problem = sentence(why)
		a.t.app.say(q.tried.Name + " could not be named. " + sentence(why))
	case q.frame != nil:
		a.t.camera.told(nil)
		a.t.screen.Try.Live.Why = sentence(why)
	case q.photo != 0:
		if h := &a.t.screen.Heat; h.Of(q.photo) {
			h.Why = sentence(why)
		}
	}
	a.t.draw()
}

func (a *asks) lost(id, ticket int, why string) {
	if id == insideID {
		a.t.inside.request.lost(ticket, why)
		return
	}
	q := a.open[id]
	if q == nil {
		return
	}
	if q.frame != nil {
		delete(a.open, id)
		a.t.camera.told(nil)
		return
	}
	if why != "" {
		if q.losses++; q.losses >= mostLosses {
			a.gaveUp(id, ticket, "the engine stopped twice while it worked on this photo ("+why+")")
			return
		}
	}
	a.line = append([]*question{q}, a.line...)
}

// clear lets go of what was tried.
func (a *asks) clear() {
	for _, t := range a.t.screen.Try.Photos {
		revoke(t.URL)
	}
	a.t.screen.Try.Photos = nil
	a.files = map[int]js.Value{}
	a.line = nil
	for id, q := range a.open {
		if q.tried != nil {
			delete(a.open, id)
		}
	}
	a.t.draw()
}

func (a *asks) drop(id int) {
	s := &a.t.screen.Try
	s.Photos = slices.DeleteFunc(s.Photos, func(t *teach.Tried) bool {
		if t.ID == id {
			revoke(t.URL)
		}
		return t.ID == id
	})
	delete(a.files, id)
	a.t.draw()
}

// teach puts a photo that was tried into a class.
func (a *asks) teach(id, class int) {
	if f := a.files[id]; f.Truthy() {
		go func() {
			a.t.addTo(class, []incoming{{file: f}})
			a.drop(id)
		}()
	}
}

// tryFiles has photos named by the taught head.
func (t *teacher) tryFiles(got []incoming) {
	t.screen.Tab = teach.TabTry
	for _, f := range t.sift(got) {
		t.asks.last--
		tried := &teach.Tried{ID: -t.asks.last, Name: f.name()}
		t.screen.Try.Photos = slices.Insert(t.screen.Try.Photos, 0, tried)
		t.asks.files[tried.ID] = f.file
		t.asks.ask(&question{tried: tried, file: f.file})
	}
	t.draw()
}

// askHeat has the heat map of a photo made for a class, "" for its own. A photo that was tried has its ID below 0.
func (t *teacher) askHeat(photo int, class string) {
	p := t.project()
	var file js.Value
	if photo < 0 {
		tried := t.screen.Try.Photo(-photo)
		if tried == nil || tried.Answer == nil {
			return
		}
		if class == "" {
			class = tried.Answer.Results[0].Label
		}
		file = t.asks.files[-photo]
	} else {
		ph := p.Photo(photo)
		if ph == nil || ph.Class == 0 {
			return
		}
		if class == "" {
			class = p.Class(ph.Class).Name
		}
	}
	h := &t.screen.Heat
	revoke(h.URL)
	*h = sheet.Heat{On: true, Photo: photo, Class: class}
	t.draw()
	go func() {
		q := &question{photo: photo, class: class, file: file}
		if photo > 0 {
			q.file, q.small = t.fileOf(photo)
		}
		if !q.file.Truthy() {
			h.Why = "The photo is not at hand any more."
			t.draw()
			return
		}
		t.asks.ask(q)
	}()
}

// showHeat shows a heat map that has come.
func (t *teacher) showHeat(q *question, got protocol.Heat) {
	if h := &t.screen.Heat; h.Of(q.photo) && h.Class == q.class {
		takeHeat(h, got)
		h.Small = q.small
	}
}
