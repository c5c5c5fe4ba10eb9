package ask

import (
	"slices"
	"sort"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/protocol"
)

// An Asking is the questions that the taught head is asked: photos to name, pictures of the camera,
// heat maps. A question is known to the pool by a number below 0, which tells it from a photo to be
// read.
type Asking struct {
	*base.Base
	Open map[int]*question // by number
	line []*question
	live *frame // the newest picture of the camera that waits
}

// A question is of a photo that is tried, of a photo whose heat map is wanted, or of a picture of
// the camera.
type question struct {
	number int
	Tried  int // number of what is tried; 0 for none
	heat   int // photo whose heat map is wanted; below 0 one that is tried
	class  string
	Live   bool
	file   outside.Object
	small  bool // it is a thumbnail
	losses int
}

// A frame is a picture of the camera.
type frame struct {
	pixels        outside.Object // Uint8ClampedArray, RGBA
	width, height int
}

// A Reply is what came of a question: an answer, or why there is none. A picture of the camera may
// be lost with neither.
type Reply struct {
	*question
	told *protocol.Told
	why  string
}

// Waits tells whether photos are still to be named.
func (a *Asking) Waits() bool {
	for _, q := range a.Open {
		if !q.Live {
			return true
		}
	}
	return false
}

// Wants tells whether there is anything to ask.
func (a *Asking) Wants() bool { return len(a.line) > 0 || a.live != nil }

func (a *Asking) ask(t *outside.Turn, q *question) {
	q.number = -t.Ticket()
	a.put(q)
	a.line = append(a.line, q)
}

func (a *Asking) put(q *question) {
	if a.Open == nil {
		a.Open = map[int]*question{}
	}
	a.Open[q.number] = q
}

// drop forgets questions.
func (a *Asking) drop(which func(*question) bool) {
	for number, q := range a.Open {
		if which(q) {
			delete(a.Open, number)
		}
	}
	a.line = slices.DeleteFunc(a.line, which)
}

// Hand gives an idle worker, which has the head, the next question.
func (a *Asking) Hand(t *outside.Turn, p *pool.Pool, w *pool.Worker, alone bool) {
	if f := a.live; f != nil {
		a.live = nil
		q := &question{number: -t.Ticket(), Live: true}
		a.put(q)
		p.Hand(t, w, protocol.Ask{Job: protocol.Job{ID: q.number}, Frame: f.pixels, Width: f.width, Height: f.height, Alone: alone})
		return
	}
	q := a.line[0]
	a.line = a.line[1:]
	p.Hand(t, w, protocol.Ask{Job: protocol.Job{ID: q.number}, File: q.file, Class: q.class, Alone: alone})
}

// Told takes what the pool says, and returns what came of a question, if it was of one.
func (a *Asking) Told(t *outside.Turn, told any) *Reply {
	take := func(job protocol.Job) *question {
		q := a.Open[job.ID]
		delete(a.Open, job.ID)
		return q
	}
	switch m := told.(type) {
	case pool.Answered:
		if answer, is := m.Message.(protocol.Told); is {
			if q := take(m.Job); q != nil {
				return &Reply{question: q, told: &answer}
			}
		}
	case pool.GaveUp:
		if q := take(m.Job); q != nil {
			return &Reply{question: q, why: m.Why}
		}
	case pool.Lost:
		return a.lost(m.Job, m.Why)
	}
	return nil
}

// lost asks again what a worker died with; pictures of the camera, there are more of.
func (a *Asking) lost(job protocol.Job, why string) *Reply {
	q := a.Open[job.ID]
	switch {
	case q == nil:
		return nil
	case q.Live:
		delete(a.Open, job.ID)
		return &Reply{question: q}
	}
	if why != "" {
		if q.losses++; q.losses >= pool.MostLosses {
			delete(a.Open, job.ID)
			return &Reply{question: q, why: say("the engine stopped twice while it worked on this photo ({1})", foreign(why))}
		}
	}
	a.line = append([]*question{q}, a.line...)
	return nil
}

// Refuse gives up all that waits.
func (a *Asking) Refuse(why string) (out []*Reply) {
	if a.live != nil {
		a.live = nil
		out = append(out, &Reply{question: &question{Live: true}, why: why})
	}
	for _, q := range a.line {
		delete(a.Open, q.number)
		out = append(out, &Reply{question: q, why: why})
	}
	a.line = nil
	return out
}

// HandBack takes back what a worker was at that was ended.
func (a *Asking) HandBack(job protocol.Job) *Reply { return a.lost(job, "") }

// An answer is what the taught head says.
type answer struct {
	results []protocol.Result // best first
	unknown bool
	damaged string // what is wrong with the file, "" where it is whole
	fewer   string // how it was looked at less than a photo is, "" where it was not
}

// fewerViews says how pictures of the camera are looked at less than photos are.
var fewerViews = map[int]string{
	protocol.NoMirror: say("not looked at in the mirror; photos are"), protocol.Once: say("looked at once, and named by a quicker head; photos are looked at closer"),
}

// answerOf reads an answer.
func answerOf(b *base.Base, m *protocol.Told) *answer {
	a := &answer{unknown: m.Unknown && b.Settings.Unknown, damaged: m.Damaged, fewer: fewerViews[m.Views], results: slices.Clone(m.Results)}
	sort.SliceStable(a.results, func(i, j int) bool { return a.results[i].Score > a.results[j].Score })
	return a
}

// unknownName is the answer to what is unlike everything taught.
var unknownName = say("Unknown")

// name is the answer: a class, or that it is unknown.
func (a *answer) name() string {
	if a.unknown || len(a.results) == 0 {
		return unknownName
	}
	return named(a.results[0].Label)
}

// nodes is the answer with how sure it is.
func (a *answer) nodes() *node {
	if a == nil {
		return el("p.quiet", say("Looking…"))
	}
	n := el("div.told", el("h3.answer", a.name()))
	if a.unknown {
		n.Kids = append(n.Kids, el("p.quiet", say("Unlike everything it was taught. If it had to choose:")))
	}
	names, scores := make([]string, len(a.results)), make([]float64, len(a.results))
	for i, r := range a.results {
		names[i], scores[i] = r.Label, r.Score
	}
	n.Kids = append(n.Kids, base.AnswersOf(names, scores))
	return n
}
