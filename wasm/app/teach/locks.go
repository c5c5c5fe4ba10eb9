package teach

import (
	"slices"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
)

// A project is changed in one tab at a time: the one that holds it. Which one that is stands in the
// store, where each write looks for it; locks tell whether that tab is still there. In other tabs
// the project can be looked at.

// locks are what a tab knows of the projects that it holds.
type locks struct {
	tab    string            // its name
	mine   map[string]bool   // projects whose lock it has
	unsure bool              // there are no locks here
	told   bool              // and that was told
	until  map[int]time.Time // then no answer is waited for any more, by ticket
}

// How long a project is waited for: that the page which was here before a reload lets go of it; and
// that the tab which holds it saves what it has, once it is asked for. Browsers that do not answer
// are not waited for.
const (
	patientHold = 700 * time.Millisecond
	politeHold  = 5 * time.Second
	longHold    = 3 * time.Second // beyond those
)

// ask asks for the lock of a project.
func (k *locks) ask(t *outside.Turn, id string, patience time.Duration, steal bool) (ticket int) {
	ticket = t.Ticket()
	if k.until == nil {
		k.until = map[int]time.Time{}
	}
	k.until[ticket] = t.Now.Add(patience + longHold)
	t.Ask(outside.Hold{Ticket: ticket, Project: id, Patience: patience, Steal: steal})
	return ticket
}

// take takes whether this tab has a project, and tells whether that is waited for.
func (k *locks) take(e outside.Held) bool {
	if e.Mine {
		k.mine[e.Project] = true
	}
	if _, waits := k.until[e.Ticket]; !waits { // that was given up, or is told again
		return false
	}
	delete(k.until, e.Ticket)
	k.unsure = k.unsure || e.Unsure
	return true
}

// due are the tickets of what is not waited for any more, in order.
func (k *locks) due(now time.Time) (out []int) {
	for ticket, at := range k.until {
		if !at.After(now) {
			out = append(out, ticket)
		}
	}
	slices.Sort(out)
	return out
}

// Wake says when the time is wanted.
func (k *locks) Wake(w *outside.Wake) {
	for _, at := range k.until {
		w.By(at)
	}
}

// tidy lets go of the projects that nothing is wanted of any more.
func (k *locks) tidy(t *outside.Turn, wants func(id string) bool) {
	var gone []string
	for id := range k.mine {
		if !wants(id) {
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	for _, id := range gone {
		delete(k.mine, id)
		t.Ask(outside.LetGo{Project: id})
	}
}

// tell says where nobody can tell whether another tab has a project.
func (k *locks) tell(t *outside.Turn, b *base.Base) {
	if k.unsure && !k.told {
		k.told = true
		b.Notice(t, say("This browser does not tell tabs of each other (that needs https, or this device itself). Work on a project in one tab only: the one that it was opened in last saves it, and another says so as soon as it has something to save."))
	}
}
