// Package pool keeps workers that share one network: who of them is ready, what each is at work on
// since when, and what to do when one dies. It is data: workers are started and sent messages by
// the effects that it puts into a turn.
package pool

import (
	"fmt"
	"slices"
	"time"

	"homeroom/core/training"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

const (
	// patience is how long a worker may take over one photo before it counts as lost.
	patience = 3 * time.Minute
	// fullMemory is how much a worker may come to hold. WebAssembly memory cannot be given back, so
	// a worker that a huge photo has swollen is replaced by a fresh one.
	fullMemory = 640 << 20
	// mostFalseStarts is how many workers in a row may die before they are ready.
	mostFalseStarts = 3
)

// MostLosses is how many workers may die with a job before it is given up: once may be chance.
const MostLosses = 2

// A Pool is workers that share one network, or that have none and learn.
type Pool struct {
	Network  string // "" while the page does not know yet
	Size     int    // input size in pixels, 0 for the network's own
	Exact    bool   // photos are decoded in full
	Workers  []*Worker
	Threads  int     // that the first worker can run a photo on
	Lacks    string  // why that is one
	Most     float64 // bytes that a worker may come to hold; 0 for fullMemory
	Learning bool    // its workers have no network

	pack        protocol.Object // nil until there is one
	program     protocol.Object // nil for the page's own
	wanted      int             // workers
	falseStarts int
}

// A Worker is one of them.
type Worker struct {
	ID     int
	Opened bool
	Busy   bool
	Job    protocol.Job    // that it is at work on
	Headed protocol.Object // the head that it answers with
	Others map[string]bool // networks that it has for that, besides the pool's own, by the space of the plain view

	threads int // to run a photo on, where the page may
	start   outside.Silence
	waits   bool      // it runs, and the pack is still to come
	pours   int       // ticket of the fetch that it is sent pieces of, 0 for none
	until   time.Time // it counts as lost; zero where it waits for something
}

// What Receive and the like tell the owner of a pool.
type (
	// Ready says that one more worker is ready.
	Ready struct{}
	// Changed says that more is known of what the workers can do.
	Changed struct{}
	// Refused says that the pool cannot work with its pack.
	Refused struct{ Why string }
	// Thumbnail is the picture of a photo that is being read.
	Thumbnail struct {
		ID      int
		Picture protocol.Object
	}
	// Progress tells how far a job is.
	Progress struct {
		ID       int
		Progress training.Progress
	}
	// Answered is the answer to a job: a message of package protocol's.
	Answered struct {
		Job     protocol.Job
		Message any
	}
	// GaveUp says that a job cannot be done, and why: "" where it was stopped.
	GaveUp struct {
		Job protocol.Job
		Why string
	}
	// Lost says that the worker died with a job.
	Lost struct {
		Job protocol.Job
		Why string
	}
)

// New starts a pool of n workers: the first of them at once, which gets the helpers, since one
// photo alone is run on as many threads as many photos are.
func New(t *outside.Turn, network string, size, n int) *Pool {
	p := &Pool{Network: network, Size: size, Threads: 1, wanted: n}
	p.Workers = append(p.Workers, p.spawn(t, n))
	return p
}

// NewLearning starts a pool of one worker that has no network.
func NewLearning(t *outside.Turn) *Pool {
	p := &Pool{Threads: 1, wanted: 1, Learning: true, Most: 1 << 40} // it holds the features; a new one would have to be given them again
	p.Workers = append(p.Workers, p.spawn(t, 1))
	return p
}

// NewSharing starts a pool of one worker that runs another program, and has no network either.
func NewSharing(t *outside.Turn, program protocol.Object) *Pool {
	p := &Pool{Threads: 1, wanted: 1, Learning: true, Most: 1 << 40, program: program}
	p.Workers = append(p.Workers, p.spawn(t, 1))
	return p
}

// Pour has the first worker, where it waits for its pack, open it as it comes: by the fetch with
// this ticket, 0 for none. Others are given the whole of it.
func (p *Pool) Pour(t *outside.Turn, ticket int) {
	if p == nil || ticket == 0 {
		return
	}
	if w := p.Workers[0]; w.waits && w.pours != ticket {
		w.pours = ticket
		t.Ask(outside.Pour{Ticket: ticket, Worker: w.ID})
	}
}

// Supply gives a pool its pack. Its workers may have started meanwhile. came is the ticket of the
// fetch that brought it, 0 where it was here.
func (p *Pool) Supply(t *outside.Turn, network string, size int, pack protocol.Object, came int) {
	p.Network, p.Size, p.pack = network, size, pack
	for _, w := range p.Workers {
		if w.waits {
			w.waits = false
			p.open(t, w, came != 0 && w.pours == came)
		}
	}
}

// open has a worker open the pack, or what came of it in pieces.
func (p *Pool) open(t *outside.Turn, w *Worker, came bool) {
	w.until = t.Now.Add(patience)
	message := protocol.Open{Name: p.Network, Size: p.Size, Exact: p.Exact, Came: came}
	if !came {
		message.Pack = p.pack
	}
	t.Ask(outside.Post{Worker: w.ID, Message: message})
}

func (p *Pool) spawn(t *outside.Turn, threads int) *Worker {
	w := &Worker{ID: t.Ticket(), threads: threads, Others: map[string]bool{}}
	w.start.Begin(t)
	t.Ask(outside.Spawn{Worker: w.ID, Threads: threads, Again: t.Stalls(), Program: p.program})
	return w
}

// Fill starts the other workers. The first is ready, and done with the first photo, sooner when it
// need not share the device with them: they are started when there is nothing to do, or more than
// it is at work on.
func (p *Pool) Fill(t *outside.Turn) {
	for len(p.Workers) < p.wanted {
		p.Workers = append(p.Workers, p.spawn(t, 1))
	}
}

// Wanted is how many workers there are to be.
func (p *Pool) Wanted() int { return p.wanted }

// Staff has n workers run. The first, which has the helpers, stays, and so do those that are at
// work.
func (p *Pool) Staff(t *outside.Turn, n int) {
	p.wanted = n
	for i := len(p.Workers) - 1; i > 0 && len(p.Workers) > n; i-- {
		if w := p.Workers[i]; !w.Busy {
			t.Ask(outside.Terminate{Worker: w.ID})
			p.Workers = slices.Delete(p.Workers, i, i+1)
		}
	}
	if len(p.Workers) > 0 && p.Workers[0].Opened {
		p.Fill(t)
	}
}

// Idle returns a worker that waits for a job, or nil.
func (p *Pool) Idle() *Worker {
	for _, w := range p.Workers {
		if w.Opened && !w.Busy {
			return w
		}
	}
	return nil
}

// Worker returns the worker with an ID, nil where it is none of the pool's.
func (p *Pool) Worker(id int) *Worker {
	if p == nil {
		return nil
	}
	for _, w := range p.Workers {
		if w.ID == id {
			return w
		}
	}
	return nil
}

// A Job is a message that a worker answers.
type Job interface{ Number() protocol.Job }

// Hand gives an idle worker a job.
func (p *Pool) Hand(t *outside.Turn, w *Worker, message Job) {
	w.Busy, w.Job, w.until = true, message.Number(), t.Now.Add(patience)
	p.Post(t, w, message)
}

// Post sends a worker a message.
func (p *Pool) Post(t *outside.Turn, w *Worker, message any) {
	t.Ask(outside.Post{Worker: w.ID, Message: message})
}

// Close ends all workers, and returns the jobs that they were at.
func (p *Pool) Close(t *outside.Turn) (jobs []protocol.Job) {
	if p == nil {
		return nil
	}
	for _, w := range p.Workers {
		if w.Busy {
			jobs = append(jobs, w.Job)
		}
		t.Ask(outside.Terminate{Worker: w.ID})
	}
	p.Workers = nil
	return jobs
}

// Receive takes what a worker of the pool's sent and says what it means to the owner.
func (p *Pool) Receive(t *outside.Turn, w *Worker, message any) []any {
	switch m := message.(type) {
	case protocol.Started:
		w.start.End()
		switch {
		case p.Learning:
			p.ready(w)
			p.Fill(t)
			return []any{Ready{}}
		case p.pack == nil:
			w.waits = true
		default:
			p.open(t, w, false)
		}
	case protocol.Opened:
		p.ready(w)
		return []any{Ready{}}
	case protocol.Gathered:
		if w == p.Workers[0] {
			p.Threads = m.Threads
			if m.Error != "" {
				p.Lacks = m.Error
			}
			return []any{Changed{}}
		}
	case protocol.Refused:
		return []any{Refused{m.Error}}
	case protocol.Thumbnail:
		return []any{Thumbnail{m.ID, m.Picture}}
	case protocol.Progress:
		w.until = t.Now.Add(patience)
		return []any{Progress{m.ID, m.Progress}}
	case protocol.Failed:
		p.rest(t, w, m.Done)
		return []any{GaveUp{m.Job, m.Error}}
	case protocol.Stopped:
		p.rest(t, w, m.Done)
		return []any{GaveUp{m.Job, m.Error}}
	case protocol.Ended:
		return p.Lose(t, w, m.Error)
	case protocol.Fault:
		return p.Lose(t, w, text.Say("it was sent {1}", text.Foreign(m.Error)))
	case interface{ Answers() protocol.Done }:
		done := m.Answers()
		p.rest(t, w, done)
		return []any{Answered{done.Job, message}}
	default:
		return p.Lose(t, w, text.Foreign(fmt.Sprintf("it sent %T, which nobody asked for", message)))
	}
	return nil
}

func (p *Pool) ready(w *Worker) {
	w.Opened, w.until = true, time.Time{}
	p.falseStarts = 0
}

// Hear takes what a worker said, or that it died, as Receive and Lose do. It tells whether the
// worker is of the pool.
func (p *Pool) Hear(t *outside.Turn, event any) (told []any, own bool) {
	switch e := event.(type) {
	case outside.FromWorker:
		if w := p.Worker(e.Worker); w != nil {
			return p.Receive(t, w, e.Message), true
		}
	case outside.WorkerDied:
		if w := p.Worker(e.Worker); w != nil {
			return p.Lose(t, w, e.Why), true
		}
	}
	return nil, false
}

// rest marks the worker idle, or replaces it where its memory has swollen. Word of a job that was
// stopped may come when the next is under way, and says nothing of that.
func (p *Pool) rest(t *outside.Turn, w *Worker, done protocol.Done) {
	if w.Job != done.Job {
		return
	}
	w.Busy, w.until = false, time.Time{}
	p.Fill(t)
	most := p.Most
	if most == 0 {
		most = fullMemory
	}
	if done.Memory > most {
		p.replace(t, w)
	}
}

// Lose deals with a worker that died: a new one takes its place.
func (p *Pool) Lose(t *outside.Turn, w *Worker, why string) []any {
	if !w.Opened {
		if p.falseStarts++; p.falseStarts >= mostFalseStarts {
			return []any{Refused{text.Say("the engine stopped while it was starting: {1}", text.Foreign(why))}}
		}
	}
	busy, job := w.Busy, w.Job
	p.replace(t, w)
	if busy {
		return []any{Lost{job, why}}
	}
	return nil
}

func (p *Pool) replace(t *outside.Turn, w *Worker) {
	t.Ask(outside.Terminate{Worker: w.ID})
	if i := slices.Index(p.Workers, w); i >= 0 {
		p.Workers[i] = p.spawn(t, w.threads)
	}
}

// Tick loses the workers that took too long, and ends where one does not start because its script
// does not come.
func (p *Pool) Tick(t *outside.Turn) []any {
	if p == nil {
		return nil
	}
	var out []any
	for _, w := range slices.Clone(p.Workers) {
		if w.start.Tick(t) {
			t.Stalled()
			return append(out, Refused{text.Say("nothing of its script, worker.js, has arrived for {1|# second|# seconds}", w.start.Seconds())})
		}
		if !w.until.IsZero() && !w.until.After(t.Now) {
			out = append(out, p.Lose(t, w, text.Say("it took more than {1|# minute|# minutes}", int(patience.Minutes())))...)
		}
	}
	return out
}

// Wake says when the next worker will have taken too long.
func (p *Pool) Wake(w *outside.Wake) {
	if p == nil {
		return
	}
	for _, k := range p.Workers {
		k.start.Wake(w)
		w.By(k.until)
	}
}

// mostWorkers bounds a pool: each worker holds its own copy of the weights and one decoded photo.
const mostWorkers = 4

// MostWorkers is the largest number that Workers returns.
const MostWorkers = mostWorkers

// Workers says how many workers to run on a device. A core is left to the page where there are more
// than two; wanted, where not 0, has the last word.
func Workers(wanted int, d outside.Device) int {
	n := d.Cores
	if wanted > 0 {
		n = wanted
	} else {
		if d.Cores > 2 {
			n--
		}
		if d.Memory > 0 && d.Memory <= 2 {
			n = min(n, 1)
		} else if d.Memory > 0 && d.Memory <= 4 {
			n = min(n, 2)
		}
	}
	return max(1, min(n, mostWorkers))
}
