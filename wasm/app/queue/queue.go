// Package queue keeps whose turn it is among photos, and foretells how long the rest will take.
package queue

import "homeroom/wasm/protocol"

// A Stage is how far a photo has come.
type Stage int

const (
	Waiting Stage = iota // in the queue
	Running              // with a worker
	Named                // answered
	Failed               // could not be named; Problem says why
	Stopped              // taken out of the queue by the person
)

var stageNames = [...]string{"waiting", "running", "named", "failed", "stopped"}

func (s Stage) String() string { return stageNames[s] }

// An Answer is what a worker says about a photo. Times are in milliseconds, the size is in pixels,
// upright.
type Answer struct {
	Width, Height           int
	Results                 []protocol.Result // best first
	Decode, Resize, Network float64
	Threads                 int     // that the network ran on
	Memory                  float64 // that the worker had taken by then, in bytes
	Taught                  bool    // it is of classes that a person taught
	Unknown                 bool    // it shows none of them; Results are what it is most like
	Damaged                 string  // what is wrong with the file, where what was there was named; "" where it is whole
}

// Best is the name that is shown, "" where there is none.
func (a *Answer) Best() string {
	switch {
	case a.Unknown:
		return "unknown"
	case len(a.Results) == 0:
		return ""
	}
	return a.Results[0].Label
}

// Sure is from what score on a name is taken for sure, as long as nobody says otherwise.
const Sure = 0.5

// Unsure tells whether the name is a guess.
func (a *Answer) Unsure() bool {
	return a.Unknown || len(a.Results) > 0 && a.Results[0].Score < Sure
}

// Says is the name as people read it: a guess is told as one.
func (a *Answer) Says() string {
	if a.Unsure() && !a.Unknown {
		return "perhaps " + a.Best()
	}
	return a.Best()
}

// Milliseconds is the whole time that the answer took.
func (a *Answer) Milliseconds() float64 { return a.Decode + a.Resize + a.Network }

// A Photo is one entry of the queue.
type Photo struct {
	ID      int
	Name    string // the file's name
	Path    string // where it lay in a dropped folder, with its name; otherwise empty
	Stage   Stage
	Ticket  int // changes each time the photo is handed out or taken back
	Answer  *Answer
	Problem string
	Twin    string // the same for photos whose files are the same, as far as they were compared; "" for none

	losses  int  // workers that died with it
	removed bool // taken off the page; kept only for undo
}

// mostLosses is how many workers may die with a photo before it is given up: once may be chance.
const mostLosses = 2

// Counts says how many photos of the page are in each stage.
type Counts struct{ Total, Waiting, Running, Named, Failed, Stopped int }

// Left is how many photos are still to be answered.
func (c Counts) Left() int { return c.Waiting + c.Running }

// A Queue holds the photos of the page in the order in which they came. The zero Queue is ready for
// use. It is for one goroutine at a time.
type Queue struct {
	photos []*Photo // in order, with removed ones until they are forgotten
	byID   map[int]*Photo
	line   []*Photo // whose turn is next; entries that no longer wait are skipped
	last   int
	counts Counts
	done   int // finished since the queue was last idle
}

// Fresh returns an empty queue whose photos have other IDs than those of q: what comes late of
// those is of none of them.
func (q *Queue) Fresh() *Queue { return &Queue{last: q.last} }

// Add puts a photo at the end of the queue.
func (q *Queue) Add(name, path string) *Photo {
	q.last++
	p := &Photo{ID: q.last, Name: name, Path: path}
	if q.byID == nil {
		q.byID = make(map[int]*Photo)
	}
	q.begin()
	q.photos = append(q.photos, p)
	q.byID[p.ID] = p
	q.line = append(q.line, p)
	q.counts.Total++
	q.counts.Waiting++
	return p
}

// Photo returns the photo with this ID, or nil where it is not on the page.
func (q *Queue) Photo(id int) *Photo {
	if p := q.byID[id]; p != nil && !p.removed {
		return p
	}
	return nil
}

// Photos returns the photos on the page, in order.
func (q *Queue) Photos() []*Photo {
	out := make([]*Photo, 0, q.counts.Total)
	for _, p := range q.photos {
		if !p.removed {
			out = append(out, p)
		}
	}
	return out
}

// Counts says how the queue stands.
func (q *Queue) Counts() Counts { return q.counts }

// Progress says how many photos of the present batch are finished, and of how many. A batch begins
// with the first photo after the queue was idle.
func (q *Queue) Progress() (done, of int) { return q.done, q.done + q.counts.Left() }

// Next hands out the photo whose turn it is, or nil.
func (q *Queue) Next() *Photo {
	for len(q.line) > 0 {
		p := q.line[0]
		q.line[0] = nil
		q.line = q.line[1:]
		if p.Stage == Waiting && !p.removed {
			q.move(p, Running)
			p.Ticket++
			return p
		}
	}
	return nil
}

// Answered records an answer. It returns nil where the photo was taken back meanwhile.
func (q *Queue) Answered(id, ticket int, a *Answer) *Photo {
	p := q.running(id, ticket)
	if p != nil {
		p.Answer, p.Problem = a, ""
		q.finish(p, Named)
	}
	return p
}

// GaveUp records why a photo cannot be named. It returns nil where the photo was taken back
// meanwhile.
func (q *Queue) GaveUp(id, ticket int, problem string) *Photo {
	p := q.running(id, ticket)
	if p != nil {
		p.Answer, p.Problem = nil, problem
		q.finish(p, Failed)
	}
	return p
}

// Lost says that the worker with this photo died. The photo gets one more try, first in line; after
// that it fails with the given problem.
func (q *Queue) Lost(id, ticket int, problem string) *Photo {
	p := q.running(id, ticket)
	if p == nil {
		return nil
	}
	if p.losses++; p.losses >= mostLosses {
		return q.GaveUp(id, ticket, problem)
	}
	q.HandBack(id, ticket)
	return p
}

// HandBack puts a photo that was handed out first in line again.
func (q *Queue) HandBack(id, ticket int) {
	if p := q.running(id, ticket); p != nil {
		q.move(p, Waiting)
		p.Ticket++
		q.line = append([]*Photo{p}, q.line...)
	}
}

// Stop takes every unfinished photo out of the queue and returns them.
func (q *Queue) Stop() []*Photo {
	return q.each(func(p *Photo) bool { return p.Stage == Waiting || p.Stage == Running }, func(p *Photo) {
		p.Ticket++
		q.move(p, Stopped)
	})
}

// Resume puts the stopped photos back into the queue and returns them.
func (q *Queue) Resume() []*Photo { return q.again(func(p *Photo) bool { return p.Stage == Stopped }) }

// Restart puts every photo but the stopped ones back into the queue, for another network, and
// returns them.
func (q *Queue) Restart() []*Photo { return q.again(func(p *Photo) bool { return p.Stage != Stopped }) }

func (q *Queue) again(which func(*Photo) bool) []*Photo {
	q.begin()
	q.line = q.line[:0]
	back := q.each(which, func(p *Photo) {
		p.Ticket++
		p.losses = 0
		p.Answer, p.Problem = nil, ""
		q.move(p, Waiting)
	})
	for _, p := range q.photos {
		if p.Stage == Waiting && !p.removed {
			q.line = append(q.line, p)
		}
	}
	return back
}

// Remove takes photos off the page. They can come back with Restore until Forget.
func (q *Queue) Remove(photos []*Photo) {
	for _, p := range photos {
		if p.removed {
			continue
		}
		if p.Stage == Running { // its answer would have nowhere to go
			p.Ticket++
			q.move(p, Waiting)
		}
		p.removed = true
		q.counts.Total--
		*q.count(p.Stage)--
	}
	q.settle()
}

// Restore brings removed photos back to where they were. Unfinished ones wait again.
func (q *Queue) Restore(photos []*Photo) {
	for _, p := range photos {
		if !p.removed || q.byID[p.ID] == nil {
			continue
		}
		q.begin()
		p.removed = false
		q.counts.Total++
		*q.count(p.Stage)++
		if p.Stage == Waiting {
			q.line = append(q.line, p)
		}
	}
}

// Forget drops the removed photos for good and returns them.
func (q *Queue) Forget() []*Photo {
	var gone []*Photo
	kept := q.photos[:0]
	for _, p := range q.photos {
		if p.removed {
			gone = append(gone, p)
			delete(q.byID, p.ID)
		} else {
			kept = append(kept, p)
		}
	}
	clear(q.photos[len(kept):])
	q.photos = kept
	line := q.line[:0]
	for _, p := range q.line {
		if !p.removed {
			line = append(line, p)
		}
	}
	clear(q.line[len(line):])
	q.line = line
	return gone
}

func (q *Queue) running(id, ticket int) *Photo {
	p := q.byID[id]
	if p == nil || p.removed || p.Stage != Running || p.Ticket != ticket {
		return nil
	}
	return p
}

func (q *Queue) each(which func(*Photo) bool, do func(*Photo)) []*Photo {
	var out []*Photo
	for _, p := range q.photos {
		if !p.removed && which(p) {
			do(p)
			out = append(out, p)
		}
	}
	return out
}

func (q *Queue) finish(p *Photo, s Stage) {
	q.done++
	q.move(p, s)
}

func (q *Queue) move(p *Photo, s Stage) {
	*q.count(p.Stage)--
	p.Stage = s
	*q.count(s)++
	q.settle()
}

// begin starts a new batch where the queue is idle.
func (q *Queue) begin() {
	if q.counts.Left() == 0 {
		q.done = 0
	}
}

// settle lets go of the line's memory once nobody is in it.
func (q *Queue) settle() {
	if q.counts.Waiting == 0 {
		q.line = nil
	}
}

func (q *Queue) count(s Stage) *int {
	return [...]*int{&q.counts.Waiting, &q.counts.Running, &q.counts.Named, &q.counts.Failed, &q.counts.Stopped}[s]
}
