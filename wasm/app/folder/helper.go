package folder

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// A helper is the worker that plans, merges sidecars and sums files up, one thing at a time. Its
// program is that of sharing, which is fetched when there is something to do.
type helper struct {
	program outside.Object
	ticket  int // of its being fetched
	comes   int64
	silence outside.Silence
	pool    *pool.Pool

	message any // a message of package protocol's that is to be answered; nil for none
	job     protocol.Job
	handed  bool
	losses  int
	why     string // nothing can be done
	answer  any    // that came
}

// ask asks something. The answer is in answer, or why says what went wrong.
func (h *helper) ask(t *outside.Turn, message any) {
	h.message, h.job, h.handed, h.losses, h.why, h.answer = message, protocol.Job{ID: -t.Ticket(), Ticket: 1}, false, 0, "", nil
	h.settle(t)
}

// busy tells whether something was asked that is not answered.
func (h *helper) busy() bool { return h.message != nil }

// drop gives up what was asked, and ends the worker.
func (h *helper) drop(t *outside.Turn) {
	if h.ticket != 0 {
		t.Ask(outside.DropFetch{Ticket: h.ticket})
	}
	h.pool.Close(t)
	h.silence.End()
	*h = helper{program: h.program}
}

func (h *helper) fail(t *outside.Turn, why string) {
	h.drop(t)
	h.why = why
	t.Soon()
}

func (h *helper) settle(t *outside.Turn) {
	switch {
	case h.message == nil || h.handed:
	case h.program == nil && h.ticket == 0:
		p := t.Device.Sharing
		if p.Path == "" {
			h.fail(t, text.Say("this page was put together without the program that plans"))
			return
		}
		h.ticket, h.comes = t.Ticket(), 0
		h.silence.Begin(t)
		t.Ask(outside.GetPack{Ticket: h.ticket, Path: p.Path + "?sum=" + p.SHA256[:min(16, len(p.SHA256))], Bytes: p.Bytes, SHA256: p.SHA256})
	case h.program == nil:
	default:
		if h.pool == nil {
			h.pool = pool.NewSharing(t, h.program)
		}
		if w := h.pool.Idle(); w != nil {
			h.handed = true
			h.pool.Hand(t, w, withJob(h.message, h.job))
		}
	}
}

func withJob(message any, job protocol.Job) pool.Job {
	switch m := message.(type) {
	case protocol.Arrange:
		m.Job = job
		return m
	case protocol.Merge:
		m.Job = job
		return m
	case protocol.Sum:
		m.Job = job
		return m
	}
	panic("folder: the worker does no such thing")
}

// receive takes what the browser tells, and tells whether it was of the helper.
func (h *helper) receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Comes:
		if e.Ticket != h.ticket || h.ticket == 0 {
			return false
		}
		h.silence.Heard(t)
		h.comes = e.Bytes
	case outside.GotPack:
		if e.Ticket != h.ticket || h.ticket == 0 {
			return false
		}
		h.ticket = 0
		h.silence.End()
		if h.program = e.Pack; h.program == nil {
			h.fail(t, text.Say("what plans could not be fetched; check your connection, or load the page again"))
		}
	case outside.FromWorker, outside.WorkerDied:
		told, own := h.pool.Hear(t, e)
		if !own {
			return false
		}
		h.told(t, told)
	default:
		return false
	}
	h.settle(t)
	return true
}

func (h *helper) told(t *outside.Turn, list []any) {
	for _, told := range list {
		switch m := told.(type) {
		case pool.Refused:
			h.fail(t, m.Why)
		case pool.Lost:
			if m.Job != h.job || h.message == nil {
				break
			}
			h.handed = false
			if h.losses++; h.losses >= pool.MostLosses {
				h.message, h.answer = nil, protocol.Failed{Error: text.Say("the engine stopped twice at this ({1})", text.Foreign(m.Why))}
			}
		case pool.GaveUp:
			if m.Job == h.job && h.message != nil {
				h.message, h.answer = nil, protocol.Failed{Error: m.Why}
			}
		case pool.Answered:
			if m.Job == h.job && h.message != nil {
				h.message, h.answer = nil, m.Message
			}
		}
	}
}

func (h *helper) tick(t *outside.Turn) {
	if h.silence.Tick(t) {
		h.fail(t, text.Say("nothing of what plans has arrived for {1|# second|# seconds}", h.silence.Seconds()))
	}
	h.told(t, h.pool.Tick(t))
	h.settle(t)
}

func (h *helper) wake(w *outside.Wake) {
	h.silence.Wake(w)
	h.pool.Wake(w)
}
