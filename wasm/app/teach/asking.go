package teach

import (
	"cmp"
	"slices"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/protocol"
)

// An asking is the questions that the taught head is asked: photos to name, pictures of the camera, heat maps. A question is
// known to the pool by a number below 0, which tells it from a photo to be read.
type asking struct {
	*base
	open map[int]*question // by number
	line []*question
	live *frame // the newest picture of the camera that waits
}

// A question is of a photo that is tried, of a photo whose heat map is wanted, or of a picture of the camera.
type question struct {
	number int
	tried  int // number of what is tried; 0 for none
	heat   int // photo whose heat map is wanted; below 0 one that is tried
	class  string
	live   bool
	file   outside.Object
	small  bool // it is a thumbnail
	losses int
}

// A frame is a picture of the camera.
type frame struct {
	pixels        outside.Object // Uint8ClampedArray, RGBA
	width, height int
}

// A reply is what came of a question: an answer, or why there is none. A picture of the camera may be lost with neither.
type reply struct {
	*question
	told *protocol.Told
	why  string
}

// waits tells whether photos are still to be named.
func (a *asking) waits() bool {
	for _, q := range a.open {
		if !q.live {
			return true
		}
	}
	return false
}

// wants tells whether there is anything to ask.
func (a *asking) wants() bool { return len(a.line) > 0 || a.live != nil }

func (a *asking) ask(t *outside.Turn, q *question) {
	q.number = -t.Ticket()
	a.put(q)
	a.line = append(a.line, q)
}

func (a *asking) put(q *question) {
	if a.open == nil {
		a.open = map[int]*question{}
	}
	a.open[q.number] = q
}

// drop forgets questions.
func (a *asking) drop(which func(*question) bool) {
	for number, q := range a.open {
		if which(q) {
			delete(a.open, number)
		}
	}
	a.line = slices.DeleteFunc(a.line, which)
}

// hand gives an idle worker, which has the head, the next question.
func (a *asking) hand(t *outside.Turn, p *pool.Pool, w *pool.Worker, alone bool) {
	if f := a.live; f != nil {
		a.live = nil
		q := &question{number: -t.Ticket(), live: true}
		a.put(q)
		p.Hand(t, w, protocol.Ask{Job: protocol.Job{ID: q.number}, Frame: f.pixels, Width: f.width, Height: f.height, Alone: alone})
		return
	}
	q := a.line[0]
	a.line = a.line[1:]
	p.Hand(t, w, protocol.Ask{Job: protocol.Job{ID: q.number}, File: q.file, Class: q.class, Alone: alone})
}

// told takes what the pool says, and returns what came of a question, if it was of one.
func (a *asking) told(t *outside.Turn, told any) *reply {
	take := func(job protocol.Job) *question {
		q := a.open[job.ID]
		delete(a.open, job.ID)
		return q
	}
	switch m := told.(type) {
	case pool.Answered:
		if answer, is := m.Message.(protocol.Told); is {
			if q := take(m.Job); q != nil {
				return &reply{question: q, told: &answer}
			}
		}
	case pool.GaveUp:
		if q := take(m.Job); q != nil {
			return &reply{question: q, why: m.Why}
		}
	case pool.Lost:
		return a.lost(m.Job, m.Why)
	}
	return nil
}

// lost asks again what a worker died with; pictures of the camera, there are more of.
func (a *asking) lost(job protocol.Job, why string) *reply {
	q := a.open[job.ID]
	switch {
	case q == nil:
		return nil
	case q.live:
		delete(a.open, job.ID)
		return &reply{question: q}
	}
	if why != "" {
		if q.losses++; q.losses >= pool.MostLosses {
			delete(a.open, job.ID)
			return &reply{question: q, why: "the engine stopped twice while it worked on this photo (" + why + ")"}
		}
	}
	a.line = append([]*question{q}, a.line...)
	return nil
}

// refuse gives up all that waits.
func (a *asking) refuse(why string) (out []*reply) {
	if a.live != nil {
		a.live = nil
		out = append(out, &reply{question: &question{live: true}, why: why})
	}
	for _, q := range a.line {
		delete(a.open, q.number)
		out = append(out, &reply{question: q, why: why})
	}
	a.line = nil
	return out
}

// handBack takes back what a worker was at that was ended.
func (a *asking) handBack(job protocol.Job) *reply { return a.lost(job, "") }

// An answer is what the taught head says.
type answer struct {
	results []protocol.Result // best first
	unknown bool
	damaged string // what is wrong with the file, "" where it is whole
	hurried string // how it was looked at less than a photo is, "" where it was not
}

// hurriedly says how pictures of the camera are looked at less than photos are.
var hurriedly = map[int]string{
	protocol.NoMirror: "not looked at in the mirror; photos are", protocol.Once: "looked at once, and named by a quicker head; photos are looked at closer",
}

// answerOf reads an answer.
func answerOf(b *base, m *protocol.Told) *answer {
	a := &answer{unknown: m.Unknown && b.Settings.Unknown, damaged: m.Damaged, hurried: hurriedly[m.Hurried], results: slices.Clone(m.Results)}
	slices.SortStableFunc(a.results, func(x, y protocol.Result) int { return cmp.Compare(y.Score, x.Score) })
	return a
}

// unknownName is the answer to what is unlike everything taught.
const unknownName = "Unknown"

// name is the answer: a class, or that it is unknown.
func (a *answer) name() string {
	if a.unknown || len(a.results) == 0 {
		return unknownName
	}
	return a.results[0].Label
}

// nodes is the answer with how sure it is.
func (a *answer) nodes() *node {
	if a == nil {
		return el("p.quiet", "Looking…")
	}
	n := el("div.told", el("h3.answer", a.name()))
	if a.unknown {
		n.Kids = append(n.Kids, el("p.quiet", "Unlike everything it was taught. If it had to choose:"))
	}
	names, scores := make([]string, len(a.results)), make([]float64, len(a.results))
	for i, r := range a.results {
		names[i], scores[i] = r.Label, r.Score
	}
	n.Kids = append(n.Kids, answersOf(names, scores))
	return n
}
