// Package queue keeps whose turn it is among photos, and foretells how long the rest will take.
package queue

import (
	"slices"

	"homeroom/core/guess"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// A Stage is how far a photo has come.
type Stage int

const (
	Waiting Stage = iota // in the queue
	Running              // with a worker
	Named                // answered
	Failed               // could not be named; Problem says why
	Stopped              // taken out of the queue by the person
	Absent               // not named, and its file is to be given again
)

var stageNames = [...]string{"waiting", "running", "named", "failed", "stopped", "absent"}

func (s Stage) String() string { return stageNames[s] }

// An Answer is what a worker says about a photo. Times are in milliseconds, the size is in pixels,
// upright.
type Answer struct {
	Width, Height           int
	Results                 []protocol.Result // best first
	Decode, Resize, Network float64
	Threads                 int     // that the network ran on
	Memory                  float64 // that the worker had taken by then, in bytes
	Words                   int     // names that the network has, where they are few; else 0
	Taught                  bool    // it is of classes that a person taught
	Unknown                 bool    // it shows none of them; Results are what it is most like
	Damaged                 string  // what is wrong with the file, where what was there was named; "" where it is whole
	By                      string  // what answered: a network at a size, or a version that was taught
	Called                  string  // as people read it
	Ticket                  int     // of the question
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

// Sure is from what score on photos are put into folders by their names, as long as nobody says
// otherwise.
const Sure = 0.5

// Step is how sure the name is.
func (a *Answer) Step() guess.Step {
	switch {
	case a.Unknown || len(a.Results) == 0:
		return guess.Hardly
	case a.Taught:
		return guess.OfTaught(a.Results[0].Score)
	}
	return guess.OfNetwork(a.Results[0].Score)
}

// Unsure tells whether the name is a guess.
func (a *Answer) Unsure() bool { return len(a.Results) > 0 && a.Step() >= guess.Perhaps }

// Says is the name as people read it: a guess is told as one, and what has few names says so.
func (a *Answer) Says() string {
	switch {
	case len(a.Results) == 0:
		return ""
	case a.Words > 0 && a.Unknown:
		return text.Say("none of the {1|# word|# words} that it knows", a.Words)
	case a.Words > 0:
		return text.Say("{1}, of {2|# word|# words} that it knows", a.Shown(), a.Words)
	case a.Unknown:
		return a.Shown()
	}
	return words.Guess(a.Step(), a.Shown())
}

// Shown is Best as people read it.
func (a *Answer) Shown() string {
	if a.Unknown {
		return text.Say("unknown")
	}
	return a.Word(a.Best())
}

// Word is a label as people read it: one that was taught is a name, any other a word of the
// network's.
func (a *Answer) Word(label string) string {
	if a != nil && a.Taught {
		return text.Name(label)
	}
	return text.Label(label)
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
	Twin    string    // the same for photos whose files are the same, as far as they were compared; "" for none
	Taken   int64     // by its EXIF data, in milliseconds since 1970; 0 where that does not say, or it was not read
	Stack   int       // the same for photos that look alike, the ID of the first; 0 for none
	Like    float64   // how much it is like the photo that others are compared with; 0 for not, or not known
	Missing bool      // its file is not here: it came back without it when the page was loaded again
	By      string    // what answered it, or gave it up
	Earlier []*Answer // of others, the latest first

	losses  int  // workers that died with it
	removed bool // taken off the page; kept only for undo
}

// mostLosses is how many workers may die with a photo before it is given up: once may be chance.
const mostLosses = 2

// Counts says how many photos of the page are in each stage.
type Counts struct{ Total, Waiting, Running, Named, Failed, Stopped, Absent int }

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

// Answered records an answer, nil where only that there is one counts. It returns nil where the
// photo was taken back meanwhile.
func (q *Queue) Answered(id, ticket int, a *Answer) *Photo {
	p := q.running(id, ticket)
	if p != nil {
		if p.Answer, p.Problem = a, ""; a != nil {
			a.Ticket, p.By = ticket, a.By
		}
		q.finish(p, Named)
	}
	return p
}

// Current tells whether a photo is with a worker, and that has its last ticket.
func (q *Queue) Current(id, ticket int) bool { return q.running(id, ticket) != nil }

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
func (q *Queue) Resume() []*Photo {
	q.begin()
	back := q.each(func(p *Photo) bool { return p.Stage == Stopped }, q.wait)
	q.lineUp()
	return back
}

// lineUp has all photos that wait do so in the order of the page.
func (q *Queue) lineUp() {
	q.line = q.line[:0]
	for _, p := range q.photos {
		if p.Stage == Waiting && !p.removed {
			q.line = append(q.line, p)
		}
	}
}

// mostEarlier is how many answers of others a photo keeps.
const mostEarlier = 5

// AskBy has all photos answered by something, but those that it answered or gave up, and the
// stopped ones. A photo that it answered earlier has that answer again; the others wait, or are
// Absent where their files are. It returns the photos that changed.
func (q *Queue) AskBy(by string) []*Photo {
	q.begin()
	changed := q.each(func(p *Photo) bool {
		switch p.Stage {
		case Stopped:
			return false
		case Waiting, Absent:
			return p.earlier(by) >= 0
		}
		return p.Stage == Running || p.By != by
	}, func(p *Photo) {
		if p.Answer != nil {
			p.Earlier = append([]*Answer{p.Answer}, p.Earlier...)
			p.Earlier = p.Earlier[:min(len(p.Earlier), mostEarlier)]
		}
		p.Answer, p.Problem, p.By = nil, "", ""
		if i := p.earlier(by); i >= 0 {
			p.Answer, p.By = p.Earlier[i], by
			p.Earlier = slices.Concat(p.Earlier[:i], p.Earlier[i+1:])
			p.Ticket++
			q.move(p, Named)
			return
		}
		q.wait(p)
	})
	q.lineUp()
	return changed
}

// earlier is where the answer of something lies among the earlier ones, less than 0 where there is
// none.
func (p *Photo) earlier(by string) int {
	return slices.IndexFunc(p.Earlier, func(a *Answer) bool { return a.By == by })
}

// wait puts a photo into the line, or has it be Absent where its file is.
func (q *Queue) wait(p *Photo) {
	p.Ticket++
	p.losses = 0
	if p.Missing {
		q.move(p, Absent)
		return
	}
	q.move(p, Waiting)
	q.line = append(q.line, p)
}

// Return brings photos back that were on the page before it was loaded again, in order, before all
// that came since. One that has an answer, or was given up or stopped, is as it was; any other
// waits.
func (q *Queue) Return(photos []*Photo) {
	if q.byID == nil {
		q.byID = make(map[int]*Photo)
	}
	at := 0
	for at < len(q.photos) && len(photos) > 0 && q.photos[at].ID < photos[0].ID {
		at++
	}
	q.photos = append(q.photos[:at:at], append(photos[:len(photos):len(photos)], q.photos[at:]...)...)
	for _, p := range photos {
		q.begin()
		q.byID[p.ID] = p
		q.last = max(q.last, p.ID)
		stage := p.Stage
		p.Stage = Stopped // until it is known how it stands
		q.counts.Total++
		q.counts.Stopped++
		switch stage {
		case Named, Failed:
			q.move(p, stage)
		case Waiting, Running, Absent:
			q.wait(p)
		}
	}
	q.lineUp()
}

// Found notes that the file of a photo is here again.
func (q *Queue) Found(p *Photo) {
	q.begin()
	if p.Missing = false; p.Stage == Absent && !p.removed {
		q.wait(p)
	}
}

// Last is the highest ID of any photo so far.
func (q *Queue) Last() int { return q.last }

// Begin has the IDs of photos to come be above another.
func (q *Queue) Begin(above int) { q.last = max(q.last, above) }

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
	return [...]*int{&q.counts.Waiting, &q.counts.Running, &q.counts.Named, &q.counts.Failed, &q.counts.Stopped, &q.counts.Absent}[s]
}
