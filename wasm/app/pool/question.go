package pool

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// A Question is one to the engine about the photo that is shown large. It waits for an idle worker;
// only what was asked last is answered.
type Question struct {
	Due    bool // is to be handed to a worker
	Open   bool // the answer is still waited for
	job    protocol.Job
	losses int
}

// Ask asks anew.
func (q *Question) Ask() { q.Due, q.Open, q.losses = true, true, 0 }

// Drop asks no more.
func (q *Question) Drop() { q.Due, q.Open = false, false }

// Job gives the question a job, to be handed out with it.
func (q *Question) Job(t *outside.Turn) protocol.Job {
	q.Due = false
	q.job = protocol.Job{ID: -t.Ticket()} // below 0, which tells it from photos
	return q.job
}

// Is tells whether a job is that of the question that was asked last, and whose answer is waited
// for.
func (q *Question) Is(job protocol.Job) bool { return q.Open && !q.Due && q.job == job }

// Next asks for the next step of what was asked, which the last answer was one of.
func (q *Question) Next() { q.Due, q.Open = true, true }

// Asked tells whether the job with an ID is that of the question.
func (q *Question) Asked(id int) bool { return !q.Due && q.job.ID == id }

// HandBack asks again where the pool was closed with the question's job, and tells whether the job
// was that.
func (q *Question) HandBack(job protocol.Job) bool {
	if !q.Is(job) {
		return false
	}
	q.Due = true
	return true
}

// Lost deals with a worker that died with the question: it is asked once more. With the second it
// is given up, and why is returned.
func (q *Question) Lost(why string) string {
	if q.losses++; q.losses >= MostLosses {
		q.Drop()
		return text.Say("the engine stopped twice while it worked on this photo ({1})", text.Foreign(why))
	}
	q.Due = true
	return ""
}

// Hear takes what the pool tells, and tells whether it was of this question: with the message that
// answers it, or with why it is given up.
func (q *Question) Hear(told any) (message any, why string, own bool) {
	switch m := told.(type) {
	case Answered:
		if own = q.Is(m.Job); own {
			q.Drop()
			message = m.Message
		}
	case GaveUp:
		if own = q.Is(m.Job); own {
			q.Drop()
			why = m.Why
		}
	case Lost:
		if own = q.Is(m.Job); own {
			why = q.Lost(m.Why)
		}
	}
	return message, why, own
}
