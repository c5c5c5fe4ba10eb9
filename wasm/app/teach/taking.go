package teach

import "homeroom/wasm/app/outside"

// taking is a project that is taken over from another tab.
type taking struct {
	locks  *locks
	id     string
	ticket int // of its lock, 0 for none
	force  bool
}

// begin asks the other tab for the project.
func (k *taking) begin(t *outside.Turn, id string) {
	if k.ticket != 0 {
		return
	}
	t.Ask(outside.Call{Project: id})
	k.id, k.ticket = id, k.locks.ask(t, id, politeHold, false)
}

// held takes whether the other tab let go. One that hangs, or that the browser has put to sleep,
// does not answer: the project is taken all the same, and what that tab wants to write then is
// refused. The ID is that of a project which is this tab's now; refused tells that it is not.
func (k *taking) held(t *outside.Turn, e outside.Held) (id string, refused bool) {
	switch {
	case e.Mine:
		id = k.id
	case !k.force:
		k.ticket, k.force = k.locks.ask(t, k.id, 0, true), true
		return "", false
	default:
		refused = true
	}
	*k = taking{locks: k.locks}
	return id, refused
}

// holds tells whether a project is on its way to this tab.
func (k *taking) holds(id string) bool { return k.ticket != 0 && k.id == id }
