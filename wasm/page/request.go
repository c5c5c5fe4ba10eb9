//go:build js && wasm

package page

import "homeroom/wasm/protocol"

// A request is a question to the engine about the photo that is shown large. It waits for an idle worker; only what was asked last
// is answered.
type request struct {
	id      int // of no photo
	message func(protocol.Job) interface{ Number() protocol.Job }
	open    func() bool      // the answer is still waited for
	told    func(any)        // takes the answer
	failed  func(why string) // takes why there is none
	advice  string           // for when the engine stopped twice

	due    bool // is to be handed to a worker
	ticket int
	losses int
}

// ask asks anew, or, where nothing is due, no more.
func (r *request) ask(due bool) { r.due, r.losses = due, 0 }

// hand gives an idle worker the question, and tells whether there was one.
func (r *request) hand(p *pool, w *worker) bool {
	if !r.due {
		return false
	}
	r.due = false
	r.ticket++
	p.hand(w, r.message(protocol.Job{ID: r.id, Ticket: r.ticket}))
	return true
}

// wanted tells whether an answer is to the question that was asked last.
func (r *request) wanted(ticket int) bool { return ticket == r.ticket && !r.due && r.open() }

func (r *request) answered(ticket int, message any) {
	if r.wanted(ticket) {
		r.told(message)
	}
}

func (r *request) gaveUp(ticket int, why string) {
	if r.wanted(ticket) {
		r.failed(why)
	}
}

// lost asks once more where the worker died with the question.
func (r *request) lost(ticket int, why string) {
	if !r.wanted(ticket) {
		return
	}
	if r.losses++; r.losses >= mostLosses {
		r.failed("the engine stopped twice while it worked on this photo (" + why + ")" + r.advice)
		return
	}
	r.due = true
}
