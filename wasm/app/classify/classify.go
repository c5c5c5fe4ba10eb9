// Package classify is the view in which photos are named by a pretrained network.
//
// A file has one part of it: its state, the events that change it, and how it is shown. This one
// has what they share: the engine that answers, and whose turn it is.
package classify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// top is how many answers a card shows.
const top = 5

// State is the view's.
type State struct {
	List    *catalogue.List
	Workers int               // wanted, 0 to choose by the device
	Away    bool              // another view is shown, and has the device
	Taught  []project.Summary // that can be chosen in place of a network
	wanted  string            // one of them that the address names and is not known yet

	engine  engine
	queue   queue.Queue
	pace    queue.Pace
	inBatch bool
	said    time.Time      // when it was told last how far the photos are
	coming  []outside.File // that are to be taken in
	cards   map[int]*card
	undone  []*queue.Photo // removed last; nil where there is nothing to undo
	toast   string         // what was removed, while undoing is offered
	menu    bool           // the one of ways to save is open
	dialog  dialog
	bench   *bench // nil unless the address asks for it
}

// An event is something that a person does here.
type event interface {
	update(*State, *outside.Turn)
}

// ofMenu is an event that says whether the list of ways to save is open after it; after every other
// it is closed.
type ofMenu interface{ menu(was bool) bool }

// New makes the view; bench adds what measures the network.
func New(list *catalogue.List, size, workers int, measures bool) *State {
	s := &State{List: list, Workers: workers, cards: map[int]*card{}}
	s.engine.size = size
	if measures {
		s.bench = new(bench)
	}
	return s
}

// Update deals with an event, and tells whether it was one of this view.
func (s *State) Update(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case event:
		was := s.menu
		s.menu = false
		if m, is := e.(ofMenu); is {
			s.menu = m.menu(was)
		}
		e.update(s, t)
		t.Soon()
	case outside.Comes:
		if !s.engine.fetch.Comes(t, e) {
			return false
		}
	case outside.GotPack:
		is, trouble := s.engine.fetch.Got(s.List, e)
		if !is {
			return false
		}
		s.fetched(t, e.Pack, trouble)
	case outside.FromWorker:
		w := s.engine.pool.Worker(e.Worker)
		if w == nil {
			return false
		}
		s.told(t, s.engine.pool.Receive(t, w, e.Message))
	case outside.WorkerDied:
		w := s.engine.pool.Worker(e.Worker)
		if w == nil {
			return false
		}
		s.told(t, s.engine.pool.Lose(t, w, e.Why))
	case outside.Piece, outside.Ended:
		if !s.engine.taught.receive(s, t, e) {
			return false
		}
	case Near:
		if !s.near(e.Photo, e.Is) {
			return false
		}
		t.Soon()
		return true
	case outside.Drawn:
		if len(s.coming) == 0 {
			return false
		}
		s.take(t)
	default:
		return false
	}
	s.dispatch(t)
	return true
}

// Tick takes the time.
func (s *State) Tick(t *outside.Turn) {
	if s.engine.fetch.Tick(t) {
		t.Soon()
	}
	if told := s.engine.pool.Tick(t); told != nil {
		s.told(t, told)
		s.dispatch(t)
	}
}

// Wake says when the time is wanted.
func (s *State) Wake(w *outside.Wake) {
	s.engine.fetch.Wake(w)
	s.engine.pool.Wake(w)
}

// told takes what the pool says.
func (s *State) told(t *outside.Turn, list []any) {
	for _, told := range list {
		if s.dialog.receive(s, t, told) || s.bench.receive(s, t, told) {
			continue
		}
		switch m := told.(type) {
		case pool.Ready:
			s.ready(t)
		case pool.Changed:
			t.Soon()
		case pool.Refused:
			s.refused(t, m.Why)
		case pool.Thumbnail:
			if c := s.cards[m.ID]; c != nil {
				c.picture = m.Picture
				s.stream(t)
			}
		case pool.Answered:
			var a *queue.Answer
			switch named := m.Message.(type) {
			case protocol.Named:
				a = answerOf(named)
			case protocol.Told:
				a = s.engine.taught.answer(named)
			}
			if a == nil {
				break
			}
			if p := s.queue.Answered(m.Job.ID, m.Job.Ticket, a); p != nil {
				s.finished(t, p)
			}
		case pool.GaveUp:
			if p := s.queue.GaveUp(m.Job.ID, m.Job.Ticket, m.Why); p != nil {
				s.finished(t, p)
			}
		case pool.Lost:
			p := s.queue.Lost(m.Job.ID, m.Job.Ticket, "the engine stopped twice while it worked on this photo ("+m.Why+"); a smaller copy of the photo may work")
			if p != nil && p.Stage == queue.Failed {
				s.finished(t, p)
			}
			t.Soon()
		}
	}
}

// manyCards is from how many cards on they are drawn less often, while answers come.
const manyCards = 400

// stream has what comes in a stream shown.
func (s *State) stream(t *outside.Turn) {
	if s.queue.Counts().Total < manyCards {
		t.Soon()
	}
}

func answerOf(m protocol.Named) *queue.Answer {
	return &queue.Answer{
		Width: m.Width, Height: m.Height, Results: m.Results, Decode: m.Decode, Resize: m.Resize, Network: m.Network, Threads: m.Threads, Memory: m.Memory,
		Damaged: m.Damaged,
	}
}

// dispatch hands waiting photos to idle workers.
func (s *State) dispatch(t *outside.Turn) {
	defer s.settle(t)
	p := s.engine.pool
	if p == nil || !s.engine.ready {
		return
	}
	for {
		w := p.Idle()
		if w == nil {
			break
		}
		if s.bench.hand(t, p, w) || s.dialog.hand(s, t, p, w) {
			continue
		}
		photo := s.queue.Next()
		if photo == nil {
			break
		}
		job, file, alone := protocol.Job{ID: photo.ID, Ticket: photo.Ticket}, s.cards[photo.ID].file.Object, s.queue.Counts().Left() == 1
		if k := s.engine.taught; k != nil {
			k.equip(t, p, w)
			p.Hand(t, w, protocol.Ask{Job: job, File: file, Alone: alone})
		} else {
			p.Hand(t, w, protocol.Classify{Job: job, File: file, Top: top, Alone: alone})
		}
		s.stream(t)
	}
	if c := s.queue.Counts(); c.Waiting > 0 || c.Running == 0 {
		p.Fill(t)
	}
}

// settle notes when a batch begins and ends.
func (s *State) settle(t *outside.Turn) {
	busy := s.Busy()
	if busy && !s.inBatch {
		s.pace.Start(t.Now)
		s.said = t.Now
	}
	s.inBatch = busy
}

// Waits says what of the view is still to be done, for those who look for what keeps it.
func (s *State) Waits() string {
	return fmt.Sprintf("photos %+v, ready %v, starts %v, fetching %v, pool %+v", s.queue.Counts(), s.engine.ready, s.engine.starts, s.engine.fetch.Busy(), s.engine.pool)
}

// Busy tells whether photos are being named.
func (s *State) Busy() bool { return s.engine.ready && s.queue.Counts().Left()+len(s.coming) > 0 }

// Ready tells whether photos can be named.
func (s *State) Ready() bool { return s.engine.ready }

func (s *State) finished(t *outside.Turn, p *queue.Photo) {
	s.pace.Tick(t.Now)
	s.dialog.named(s, t, p)
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

// An engine is the network that is open, and the workers that run it.
type engine struct {
	chosen  int // index in the list
	size    int // input size, 0 for the network's own
	pool    *pool.Pool
	fetch   catalogue.Fetch
	ready   bool
	starts  bool               // the pack is here, and the workers open it
	trouble *catalogue.Trouble // why there is none
	keep    outside.Object     // a pack that is to be kept once there is nothing else to do
	taught  *taught            // what names photos in place of the network's own classes; nil for those
}

// Warm starts a worker before it is known what for: it is ready sooner.
func (s *State) Warm(t *outside.Turn) {
	if s.engine.pool == nil {
		s.engine.pool = pool.New(t, "", s.engine.size, pool.Workers(s.Workers, t.Device))
	}
}

// Cool ends workers that were started before it was known what for, or that have nothing to do:
// their memory goes to another view.
func (s *State) Cool(t *outside.Turn) {
	if s.queue.Counts().Left() == 0 || !s.engine.ready {
		s.close(t)
	}
}

func (s *State) close(t *outside.Turn) {
	e := &s.engine
	e.fetch.End(t)
	if e.pool != nil {
		for _, job := range e.pool.Close(t) {
			if !s.dialog.handBack(job) && !s.bench.handBack(job) {
				s.queue.HandBack(job.ID, job.Ticket)
			}
		}
	}
	e.pool, e.ready, e.starts = nil, false, false
}

// Listed is called once the list of networks has come: the one with this name is to be used, or the
// first.
func (s *State) Listed(name string) {
	s.engine.trouble = nil
	if id, is := strings.CutPrefix(name, projectPrefix); is {
		if s.engine.taught == nil { // it is chosen once it is known what is taught
			s.wanted = id
		}
		name = ""
	}
	s.engine.chosen = catalogue.Choose(s.List.Naming, name)
}

// Relent forgets what went wrong: it is tried again.
func (s *State) Relent(t *outside.Turn) {
	s.engine.trouble = nil
	if s.engine.fetch.Stalled() != nil {
		s.engine.fetch.End(t)
	}
}

// Chosen is the name of the network, "" while there is no list.
func (s *State) Chosen() string {
	if len(s.List.Naming) == 0 {
		return ""
	}
	if k := s.engine.taught; k != nil {
		return projectPrefix + k.id
	}
	return s.network().Name
}

func (s *State) network() catalogue.Network {
	if k := s.engine.taught; k != nil && k.base.Name != "" {
		return k.base
	}
	return s.List.Naming[s.engine.chosen]
}

// Open fetches the chosen network's pack and starts workers with it. What is on the page is named
// again. fresh goes past every stored copy.
func (s *State) Open(t *outside.Turn, fresh bool) {
	if len(s.List.Naming) == 0 {
		return
	}
	e := &s.engine
	if e.pool != nil && e.pool.Network != "" {
		s.close(t)
	}
	e.ready, e.starts, e.trouble = false, false, nil
	if e.taught != nil {
		s.openTaught(t)
		return
	}
	n := s.network()
	pack := e.fetch.Begin(t, s.List, n, fresh)
	// The workers start while the pack comes.
	s.Warm(t)
	e.pool.Network, e.pool.Size = n.Name, e.size
	if pack != nil {
		s.fetched(t, pack, nil)
	}
	t.Soon()
}

// Enter is called when the view is shown again.
func (s *State) Enter(t *outside.Turn) {
	s.Away = false
	if s.engine.pool == nil && s.engine.trouble == nil {
		s.Open(t, false)
	}
}

// Leave is called when another view is shown.
func (s *State) Leave(t *outside.Turn) {
	s.Away = true
	s.dialog.close()
	s.toast, s.menu = "", false
	s.Cool(t)
}

func (s *State) fetched(t *outside.Turn, pack outside.Object, trouble *catalogue.Trouble) {
	e := &s.engine
	t.Soon()
	if trouble != nil {
		s.close(t)
		e.trouble = trouble
		return
	}
	if e.taught != nil {
		e.taught.fetched(s, t, pack)
		return
	}
	e.starts, e.keep = true, pack
	e.pool.Supply(t, s.network().Name, e.size, pack)
}

// Keep keeps the pack for use without a connection.
func (s *State) Keep(t *outside.Turn) {
	if s.engine.keep != nil {
		s.List.Keep(t, s.network(), s.engine.keep)
		s.engine.keep = nil
	}
}

// ready is called when a worker of the pool is.
func (s *State) ready(t *outside.Turn) {
	t.Soon()
	if s.engine.ready {
		return
	}
	s.engine.ready, s.engine.starts, s.engine.trouble = true, false, nil
	// Answers of another network or size no longer hold.
	if slices.ContainsFunc(s.queue.Photos(), func(p *queue.Photo) bool { return p.Stage != queue.Waiting && p.Stage != queue.Stopped }) {
		s.queue.Restart()
	}
	s.dialog.again(s, t)
}

// refused is called when the pool cannot work with its pack.
func (s *State) refused(t *outside.Turn, why string) {
	s.close(t)
	s.engine.trouble = catalogue.NoEngine(why)
	t.Soon()
}

// inUse is the input size in use.
func (s *State) inUse() int {
	if k := s.engine.taught; k != nil && k.size > 0 {
		return k.size
	}
	if s.engine.size > 0 {
		return s.engine.size
	}
	return s.network().Preprocess.Size
}

type (
	// Retry tries again what failed, past every stored copy. The list is fetched anew too: a pack
	// that does not match may belong to a newer list. It is dealt with by the whole page.
	Retry struct{}
	// ChooseNetwork uses another network.
	ChooseNetwork struct{ Name string }
	// ChooseSize uses another input size.
	ChooseSize struct{ Size int }
)

func (e ChooseNetwork) update(s *State, t *outside.Turn) {
	if id, is := strings.CutPrefix(e.Name, projectPrefix); is {
		s.choose(t, id)
		return
	}
	i := slices.IndexFunc(s.List.Naming, func(n catalogue.Network) bool { return n.Name == e.Name })
	if i < 0 || i == s.engine.chosen && s.engine.taught == nil {
		return
	}
	s.engine.chosen, s.engine.size, s.engine.taught = i, 0, nil
	s.remember(t)
	s.Open(t, false)
}

func (e ChooseSize) update(s *State, t *outside.Turn) {
	if len(s.List.Naming) == 0 || e.Size < 1 || s.engine.taught != nil { // a head is bound to its size
		return
	}
	size := e.Size
	if size == s.network().Preprocess.Size {
		size = 0
	}
	if size != s.engine.size {
		s.engine.size = size
		s.remember(t)
		s.Open(t, false)
	}
}

// remember writes the choice into the page's address.
func (s *State) remember(t *outside.Turn) {
	size := ""
	if s.engine.size > 0 {
		size = strconv.Itoa(s.engine.size)
	}
	t.Ask(outside.SetAddress{Parameters: [][2]string{{"model", s.Chosen()}, {"size", size}}})
}
