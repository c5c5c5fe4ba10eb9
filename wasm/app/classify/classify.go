// Package classify is the view in which photos are named by a pretrained network.
//
// A file has one panel of it: its state, the events that change it, and how it is shown. A panel
// knows those below it: the engine, with the head that a person taught; the photos; the dialogue
// with one, the bench and the menu. This file puts them together.
package classify

import (
	"fmt"
	"strconv"
	"strings"

	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/classify/atlas"
	"homeroom/wasm/app/classify/live"
	"homeroom/wasm/app/classify/sift"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// State is the view's.
type State struct {
	engine engine
	photos photos
	dialog dialog
	menu   menu
	pick   picking
	first  first
	camera live.Camera
	chart  mapping
	bench  *bench // nil unless the address asks for it
}

// New makes the view; measures adds what measures the network.
func New(list *catalogue.List, size, workers int, exact, measures bool) *State {
	s := &State{engine: engine{list: list, workers: workers, size: size, exact: exact}}
	s.photos = photos{engine: &s.engine, cards: map[int]*card{}, lexicon: queue.Lexicon{}}
	s.dialog = dialog{engine: &s.engine, photos: &s.photos}
	s.menu = menu{photos: &s.photos}
	s.pick = picking{photos: &s.photos}
	s.first = first{photos: &s.photos, dialog: &s.dialog}
	s.camera = live.Camera{Engine: answering{s}}
	s.chart = mapping{photos: &s.photos}
	if measures {
		s.bench = &bench{engine: &s.engine}
	}
	return s
}

// act gives what a person does to the panel whose event it is, and tells whether there is one.
func (s *State) act(t *outside.Turn, e any) bool {
	s.photos.finding = false
	switch e := e.(type) {
	case interface{ update(*menu, *outside.Turn) }:
		e.update(&s.menu, t)
		return true
	case interface{ update(*picking, *outside.Turn) }:
		e.update(&s.pick, t)
	case interface{ update(*engine, *outside.Turn) }:
		e.update(&s.engine, t)
	case interface{ update(*photos, *outside.Turn) }:
		e.update(&s.photos, t)
	case interface{ update(*dialog, *outside.Turn) }:
		e.update(&s.dialog, t)
	case interface{ update(*first, *outside.Turn) }:
		e.update(&s.first, t)
	case interface {
		Update(*live.Camera, *outside.Turn)
	}:
		e.Update(&s.camera, t)
		s.took(t)
	case interface{ update(*mapping, *outside.Turn) }:
		e.update(&s.chart, t)
	case interface{ update(*bench, *outside.Turn) }:
		e.update(s.bench, t)
	default:
		return false
	}
	s.menu.open = false
	return true
}

// Place is which photos are shown and in which order, and which of them is open, or the camera, for
// the page's address.
func (s *State) Place() string {
	place := s.photos.order.Place()
	if s.chart.on {
		place = strings.TrimSuffix(mapPlace+"/"+place, "/")
	}
	open := ""
	switch {
	case s.camera.On():
		open = cameraPlace
	case s.dialog.open != 0:
		open = strconv.Itoa(s.dialog.open)
	case s.dialog.wanted != 0:
		open = strconv.Itoa(s.dialog.wanted)
	}
	if place != "" && open != "" {
		place += "/"
	}
	return place + open
}

const cameraPlace = "camera"

// Go opens the photo that a place names, or closes the one that is open, and so with the camera's
// dialogue. The camera itself only a person switches on.
func (s *State) Go(t *outside.Turn, place string) {
	place, chart := mapAt(place)
	s.chart.show(t, chart)
	order, open, _ := strings.Cut(place, "/")
	if !strings.Contains(order, "=") {
		order, open = "", place
	}
	s.photos.speak(t.Language)
	s.photos.arrange(sift.At(order))
	switch place = open; {
	case place != cameraPlace:
		s.camera.Close(t)
	case !s.camera.On():
		s.camera.Enter()
	}
	id, _ := strconv.Atoi(place)
	s.dialog.wanted = 0
	switch {
	case s.photos.keep.recall != 0 && id > 0 && s.photos.queue.Photo(id) == nil:
		s.dialog.wanted = id // once it has come back
	case id == s.dialog.open:
	case s.photos.queue.Photo(id) != nil:
		s.dialog.show(id)
	case s.dialog.open != 0:
		ClosePhoto{}.update(&s.dialog, t)
	}
	s.dispatch(t) // what the order needs of a worker
}

// Update deals with an event, and tells whether it was one of this view.
func (s *State) Update(t *outside.Turn, e any) bool {
	s.photos.speak(t.Language)
	if want, own := s.chart.update(t, e); own {
		s.do(t, want)
		s.chart.settle(t)
		return true
	}
	s.chart.changed(e)
	defer s.chart.settle(t)
	switch m := e.(type) {
	case outside.Comes:
		if !s.engine.fetch.Comes(t, m) {
			return false
		}
	case outside.GotPack:
		is, trouble := s.engine.fetch.Got(t, s.engine.list, m)
		if !is {
			return false
		}
		if !s.engine.fetch.Busy() {
			s.engine.fetched(t, m.Pack, m.Ticket, trouble)
		}
	case outside.FromWorker:
		w := s.engine.pool.Worker(m.Worker)
		if w == nil {
			return false
		}
		s.told(t, s.engine.pool.Receive(t, w, m.Message))
	case outside.WorkerDied:
		w := s.engine.pool.Worker(m.Worker)
		if w == nil {
			return false
		}
		s.told(t, s.engine.pool.Lose(t, w, m.Why))
	case outside.PhotosFetched:
		if !s.first.receive(t, m) {
			return false
		}
	case outside.CameraOpened, outside.Still, outside.Frame, outside.ScreenFilled:
		if !s.camera.Receive(t, e) {
			return false
		}
		s.took(t)
	case outside.Piece, outside.Ended:
		if !s.engine.receive(t, e) {
			return false
		}
	case Look: // which closes nothing
		m.update(&s.photos, t)
		t.Soon()
		return true
	case outside.Recalled:
		if !s.photos.recalled(t, m) {
			return false
		}
		s.dialog.came()
	case outside.Remembered:
		if !s.photos.keep.wrote(t, m) {
			return false
		}
	case outside.Printing:
		s.photos.printing = m.On
		t.Soon()
		return true
	case outside.Drawn:
		switch {
		case len(s.photos.coming) > 0:
			s.photos.take(t)
		case s.photos.undrawn:
			t.Soon()
			return true
		default:
			return false
		}
	default:
		if !s.act(t, e) {
			return false
		}
		t.Soon()
	}
	s.engine.pour(t)
	s.dispatch(t)
	return true
}

// do does what a person wants of the photos on the map.
func (s *State) do(t *outside.Turn, want any) {
	switch w := want.(type) {
	case atlas.Pick:
		s.photos.pickThese(w.Photos, w.Add)
	case atlas.Turn:
		Pick{Photo: w.Photo}.update(&s.photos, t)
	case atlas.Open:
		OpenPhoto{w.Photo}.update(&s.dialog, t)
	case atlas.Unpick:
		s.photos.pick(false)
	}
}

// Tick takes the time.
func (s *State) Tick(t *outside.Turn) {
	if s.photos.keep.tick(t, &s.photos.queue) {
		s.dialog.came()
		t.Soon()
	}
	if s.engine.fetch.Tick(t) {
		t.Soon()
	}
	if s.chart.on {
		s.chart.atlas.Tick(t)
		s.chart.settle(t)
	}
	if told := s.engine.pool.Tick(t); told != nil {
		s.told(t, told)
		s.dispatch(t)
	}
	s.camera.Settle(t)
}

// Wake says when the time is wanted.
func (s *State) Wake(w *outside.Wake) {
	s.engine.fetch.Wake(w)
	s.engine.pool.Wake(w)
	s.photos.keep.wake(w)
	s.camera.Wake(w)
	if s.chart.on {
		s.chart.atlas.Wake(w)
	}
}

// told takes what the pool says.
func (s *State) told(t *outside.Turn, list []any) {
	for _, told := range list {
		if s.dialog.receive(t, told) || s.camera.Told(t, told) || s.bench.receive(t, told) || s.photos.compared(t, told) || s.photos.stacked(t, told) {
			continue
		}
		switch m := told.(type) {
		case pool.Ready:
			s.ready(t)
		case pool.Changed:
			t.Soon()
		case pool.Refused:
			s.engine.refused(t, m.Why)
		case pool.Thumbnail:
			if c := s.photos.cards[m.ID]; c != nil {
				c.picture = m.Picture
				s.photos.stream(t)
			}
		case pool.Answered:
			a, look := s.engine.answered(m.Message)
			if a == nil {
				break
			}
			s.photos.lexicon.Answer(a)
			if c := s.photos.cards[m.Job.ID]; c != nil && s.photos.queue.Current(m.Job.ID, m.Job.Ticket) {
				c.Look, c.LookBy, c.Photo.Taken = look, a.By, look.Taken
			}
			if p := s.photos.queue.Answered(m.Job.ID, m.Job.Ticket, a); p != nil {
				s.finished(t, p)
			}
		case pool.GaveUp:
			if p := s.photos.queue.GaveUp(m.Job.ID, m.Job.Ticket, m.Why); p != nil {
				s.finished(t, p)
			}
		case pool.Lost:
			p := s.photos.queue.Lost(m.Job.ID, m.Job.Ticket, say("the engine stopped twice while it worked on this photo ({1}); a smaller copy of the photo may work", foreign(m.Why)))
			if p != nil && p.Stage == queue.Failed {
				s.finished(t, p)
			}
			t.Soon()
		}
	}
}

// took adds the photos that the camera took.
func (s *State) took(t *outside.Turn) {
	if files := s.camera.Photos(); len(files) > 0 {
		Add{Files: files}.update(&s.photos, t)
	}
}

// answering is what answers for photos, for the camera.
type answering struct{ s *State }

func (a answering) Away() bool  { return a.s.engine.away }
func (a answering) Ready() bool { return a.s.engine.ready }
func (a answering) Alone() bool { return a.s.photos.queue.Counts().Left() == 0 }
func (a answering) InUse() int  { return a.s.engine.inUse() }

func (a answering) Equip(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
	k := a.s.engine.taught
	if k != nil {
		k.equip(t, p, w)
	}
	return k != nil
}

func (a answering) Answered(message any) *queue.Answer {
	answer, _ := a.s.engine.answered(message)
	return answer
}

func (a answering) Choose(name string) any { return ChooseNetwork{name} }
func (a answering) Retry() any             { return Retry{} }
func (a answering) Stop() any              { return StopFetch{} }

func (a answering) Offered() []*markup.Node               { return a.s.engine.offered() }
func (a answering) Chosen() string                        { return a.s.engine.name() }
func (a answering) Trouble() *catalogue.Trouble           { return a.s.engine.why() }
func (a answering) Progress() (says string, part float64) { return a.s.engine.progress() }

// ready is called when a worker of the pool is.
func (s *State) ready(t *outside.Turn) {
	t.Soon()
	if s.engine.ready {
		return
	}
	s.engine.runs()
	s.photos.ask()
	s.dialog.again()
	s.camera.Others()
}

func (s *State) finished(t *outside.Turn, p *queue.Photo) {
	p.By = s.photos.lexicon.One(s.engine.by())
	s.dialog.named(p)
	s.photos.finished(t, p)
}

// handBack takes back what workers were at that were ended.
func (s *State) handBack() {
	for _, job := range s.engine.back {
		if !s.dialog.handBack(job) && !s.camera.HandBack(job) && !s.bench.handBack(job) && !s.photos.twins.HandBack(job) && !s.photos.stacks.HandBack(job) && !s.photos.near.HandBack(job) {
			s.photos.queue.HandBack(job.ID, job.Ticket)
		}
	}
	s.engine.back = nil
}

// dispatch hands waiting photos to idle workers.
func (s *State) dispatch(t *outside.Turn) {
	s.handBack()
	s.photos.keep.write(t, &s.photos.queue)
	s.camera.Settle(t)
	defer s.photos.settle(t)
	p := s.engine.pool
	if p == nil || !s.engine.ready {
		return
	}
	s.photos.stacks.End(t, p)
	for {
		w := s.photos.stacks.Own(p)
		if w == nil {
			w = p.Idle()
		}
		if w == nil {
			break
		}
		if s.bench.hand(t, p, w) || s.dialog.hand(t, p, w) || s.camera.Hand(t, p, w) || s.photos.twins.Hand(t, p, w) || s.photos.stacks.Hand(t, p, w) || s.photos.near.Hand(t, p, w) {
			continue
		}
		photo := s.photos.queue.Next()
		if photo == nil {
			break
		}
		job, file, alone := protocol.Job{ID: photo.ID, Ticket: photo.Ticket}, s.photos.cards[photo.ID].File.Object, s.photos.queue.Counts().Left() == 1
		if k := s.engine.taught; k != nil {
			k.equip(t, p, w)
			p.Hand(t, w, protocol.Ask{Job: job, File: file, Alone: alone})
		} else {
			p.Hand(t, w, protocol.Classify{Job: job, File: file, Top: top, Alone: alone})
		}
		s.photos.stream(t)
	}
	if c := s.photos.queue.Counts(); c.Waiting > 0 || c.Running == 0 {
		p.Fill(t)
	}
}

// Picked are the files of the photos that were picked, each in a folder of its name. They are
// picked no more.
func (s *State) Picked() []outside.File {
	files := s.pick.files()
	s.photos.pick(false)
	return files
}

// Warm starts a worker before it is known what for: it is ready sooner.
func (s *State) Warm(t *outside.Turn) { s.engine.warm(t) }

// Cool ends workers that were started before it was known what for, or that have nothing to do:
// their memory goes to another view.
func (s *State) Cool(t *outside.Turn) {
	if s.photos.queue.Counts().Left() == 0 || !s.engine.ready {
		s.engine.close(t)
		s.handBack()
	}
}

// Return asks for the photos that this tab had before the page was loaded anew: so many, of which
// the last had an ID.
func (s *State) Return(t *outside.Turn, last, photos int) {
	s.photos.queue.Begin(last)
	s.photos.keep.begin(t, photos)
}

// Listed is called once the list of networks has come: the one with this name is to be used, or the
// first.
func (s *State) Listed(name string) { s.engine.listed(name) }

// Relent forgets what went wrong: it is tried again.
func (s *State) Relent(t *outside.Turn) { s.engine.relent(t) }

// Chosen is the name of the network, "" while there is no list.
func (s *State) Chosen() string { return s.engine.name() }

// Open fetches the chosen network's pack and starts workers with it. What is on the page is named
// again. fresh goes past every stored copy.
func (s *State) Open(t *outside.Turn, fresh bool) {
	s.engine.open(t, fresh)
	s.handBack()
}

// Enter is called when the view is shown again.
func (s *State) Enter(t *outside.Turn) {
	s.engine.away = false
	if s.engine.pool == nil && s.engine.trouble == nil {
		s.Open(t, false)
	}
}

// Leave is called when another view is shown.
func (s *State) Leave(t *outside.Turn) {
	s.engine.away = true
	s.dialog.close()
	s.camera.Close(t)
	s.photos.toast, s.menu.open, s.pick.comparing = "", false, false
	s.chart.show(t, false)
	s.Cool(t)
}

// Keep keeps the pack for use without a connection.
func (s *State) Keep(t *outside.Turn) { s.engine.store(t) }

// Offer says which projects can be chosen, and tells whether they are others than before.
func (s *State) Offer(t *outside.Turn, list []project.Summary) bool {
	others := s.engine.offer(t, list)
	s.handBack()
	return others
}

// Want has a project chosen as soon as it can be.
func (s *State) Want(id string) { s.engine.wanted = id }

// Ready tells whether photos can be named.
func (s *State) Ready() bool { return s.engine.ready }

// Busy tells whether photos are being named, or come back.
func (s *State) Busy() bool { return s.photos.busy() || s.photos.keep.recall != 0 }

// Undoes tells whether there is something to bring back.
func (s *State) Undoes() bool { return s.photos.undone != nil || s.photos.repicks }

// Finds tells whether there are photos to be found that the browser does not find, because they are
// not drawn: the second time in a row, the browser is to do it all the same.
func (s *State) Finds() bool { return s.photos.many() && !s.photos.finding }

// MenuOpen tells whether the list of ways to save is open.
func (s *State) MenuOpen() bool { return s.menu.open }

// Waits says what of the view is still to be done, for those who look for what keeps it.
func (s *State) Waits() string {
	e := &s.engine
	return fmt.Sprintf("photos %+v, ready %v, starts %v, fetching %v, pool %+v", s.photos.queue.Counts(), e.ready, e.starts, e.fetch.Busy(), e.pool)
}

// Status says in a few words what can be done now.
func (s *State) Status() string { return s.engine.status() }

// Trouble says why no photo can be named, "" where nothing stands in the way.
func (s *State) Trouble() string {
	if trouble := s.engine.why(); trouble != nil {
		return trouble.Error()
	}
	return ""
}

// View describes the view.
func (s *State) View(d outside.Device) []markup.Slot {
	out := s.engine.view(d)
	out = append(out, s.photos.view(d, func(photo int) any { return OpenPhoto{photo} })...)
	out = append(out, s.menu.view()...)
	out = append(out, s.chart.view()...)
	out = append(out, s.first.view(d, s.photos.queue.Counts())...)
	bar, compare := s.pick.view()
	out = append(out, markup.Slot{ID: "picked", Kids: bar})
	dialogs := s.dialog.view()
	if compare != nil {
		dialogs = append(dialogs, compare)
	}
	if camera := s.camera.View(); camera != nil {
		dialogs = append(dialogs, camera)
	}
	out = append(out, markup.Slot{ID: "photo-dialog", Kids: dialogs}, markup.Slot{ID: "use-camera", On: []markup.Handler{markup.Click(live.UseCamera{})}})
	if s.bench != nil {
		out = append(out, markup.Slot{ID: "measures", Kids: []*markup.Node{el("section.bench", at("id", "bench"), at("aria-labelledby", "bench-title"), s.bench.view())}})
	}
	return out
}
