package teach

import (
	"fmt"
	"strings"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
)

// noteShowing is the note of a project that was to be shown: its ID, how often it was, and when
// last, in milliseconds since 1970, with spaces between.
const noteShowing = "showing"

// showing is a project that is about to be shown. It is noted in the store before, and the note is
// taken back once it was: one that keeps the page from answering, or ends it, is not opened by
// itself again and again.
type showing struct {
	id     string
	times  int       // that it was begun
	noted  bool      // there is a note
	ticket int       // of its being written
	done   base.Wait // then it is laid out
}

// mostTries is how often a project is opened by itself that was not shown in the end.
const mostTries = 2

// hasty is how soon after it began to show a project the page was loaded again by somebody who did
// not wait for it: that says nothing against the project.
const hasty = 3 * time.Second

// layout is how long after a drawing the browser has laid it out.
const layout = 100 * time.Millisecond

// shownBefore reads a note.
func shownBefore(note string, now time.Time) showing {
	id, rest, _ := strings.Cut(note, " ")
	times, at, _ := strings.Cut(rest, " ")
	k := showing{id: id, times: base.Number(times), noted: id != ""}
	if ago := now.Sub(time.UnixMilli(int64(base.Number(at)))); k.times > 0 && ago >= 0 && ago < hasty {
		k.times--
	}
	return k
}

// begin notes that a project is about to be shown.
func (k *showing) begin(t *outside.Turn, id string) {
	if k.noted && k.id == id && k.ticket != 0 {
		return
	}
	if k.id != id {
		k.id, k.times = id, 0
	}
	k.times++
	k.noted, k.ticket = true, t.Ticket()
	k.done.Stop()
	t.Ask(outside.Write{Ticket: k.ticket, Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteShowing}, Value: fmt.Sprintf("%s %d %d", id, k.times, t.Now.UnixMilli())}}})
}

// written takes that the note is there, or, where that failed, is not.
func (k *showing) written(t *outside.Turn, e outside.Written) bool {
	if e.Ticket != k.ticket || e.Ticket == 0 {
		return false
	}
	k.ticket = 0
	t.Soon()
	return true
}

// drawn is called after a drawing of the project: one that was shown is one that can be shown.
func (k *showing) drawn(t *outside.Turn) {
	if k.noted && k.ticket == 0 && !k.done.Waits() {
		k.done.In(t, layout)
	}
}

// Tick takes the time.
func (k *showing) Tick(t *outside.Turn) {
	if k.done.Due(t) && k.noted {
		k.end(t)
	}
}

// Wake says when the time is wanted.
func (k *showing) Wake(w *outside.Wake) { w.By(k.done.At) }

// end takes the note back.
func (k *showing) end(t *outside.Turn) {
	*k = showing{}
	t.Ask(outside.Write{Ticket: t.Ticket(), Records: []outside.Record{{Kind: base.NoteRecords, Key: []any{noteShowing}}}}) // else it is one that could not be shown once
}
