package teach

import (
	"fmt"
	"slices"
	"time"

	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/words"
)

// A saving keeps the project as it changes. What it says is saved is written: the store's transaction has ended.
type saving struct {
	*base

	tab      string // what this one is called in the store
	loaded   bool   // the project came from the store
	claimed  bool   // which says that this tab holds it
	claiming bool   // what is being written says so
	taken    bool   // another tab holds it by now
	cleared  bool   // what was kept was cleared, and is to be written again
	waits    bool   // until it is known what of that is still there
	stranded bool   // another tab holds the project, and not everything was saved before

	failed bool
	what   string // in a few words
	why    string // it could not be saved, and what to do
	reason string // as the store gave it; "" where there is no store
	firm   bool   // the browser promised not to clear what is kept
	asked  bool   // it was asked to

	due     wait
	ticket  int // of what is being written, 0 for nothing
	until   time.Time
	sent    []outside.Record // of it, what the project does not say
	changes project.Changes  // what it says
	wrote   features         // since what was kept was cleared; nil where it was not

	// Changes are numbered: so many there were, are being written, and are kept.
	queued, sending, kept int

	look   wait // whether there is room again
	looks  int
	least  float64 // room that there was
	room   int     // ticket
	trying bool    // to save although it failed
	wanted float64 // bytes for which reading waits; 0 where it does not wait for room
	adding roomFor // whether there is room for photos that were added
	relent bool    // reading may go on
	hold   string  // why reading is to wait
}

const (
	// saveDelay gathers changes that come together into one write.
	saveDelay = 150 * time.Millisecond
	// savePatience is how long the store may take.
	savePatience = 2 * time.Minute
	// mostWaiting is how many records may wait to be written before reading waits too.
	mostWaiting = 200
)

// How often it is looked whether there is room again; and every how many looks, after some early ones, saving is tried
// although there seems to be none: not every browser tells what room there is.
const (
	watchEvery = 2 * time.Second
	tryAnyway  = 15
)

// unsaved is why reading waits; makeRoom says what a person can do.
const (
	unsaved  = "Reading waits because not everything can be saved."
	makeRoom = "Free space on the device, or delete a project that you no longer need."
)

// features says of which photos there are features, by space.
type features map[feature.Space]map[int]bool

// add adds those of records.
func (f features) add(records []outside.Record) {
	for _, r := range records {
		if r.Kind != featureRecords || r.Value == nil {
			continue
		}
		if space, err := feature.Parse(r.Key[1].(string)); err == nil {
			f.put(space, r.Key[2].(int))
		}
	}
}

func (f features) put(space feature.Space, photo int) {
	if f[space] == nil {
		f[space] = map[int]bool{}
	}
	f[space][photo] = true
}

// dirty tells whether anything is still to be saved.
func (s *saving) dirty() bool { return (s.due.waits() || s.ticket != 0 || s.restoring) && !s.failed }

// clean tells whether all is kept.
func (s *saving) clean() bool { return s.kept == s.queued && s.ticket == 0 && !s.restoring }

// full tells whether reading should wait for what is still to be written. Where nothing is kept there is nothing to wait for.
func (s *saving) full() bool { return s.stored && len(s.records)+len(s.sent) > mostWaiting }

// soon saves what changed, a moment from now.
func (s *saving) soon(t *outside.Turn) {
	if s.elsewhere {
		return
	}
	s.queued++
	if s.failed || s.due.waits() {
		return
	}
	s.due.in(t, saveDelay)
	t.Soon()
}

// flush saves what changed.
func (s *saving) flush(t *outside.Turn) {
	if s.ticket != 0 || s.failed && !s.trying || s.elsewhere || s.waits {
		return
	}
	s.due.stop()
	if !s.stored {
		s.fail(t, s.reason, false)
		return
	}
	s.sent, s.records, s.sending = s.records, nil, s.queued
	s.changes = s.Changes()
	records := slices.Clone(s.sent)
	for _, ph := range s.changes.Photos {
		records = append(records, outside.Record{Kind: photoRecords, Key: s.key(ph.ID), Value: string(ph.Encode())})
	}
	for _, e := range s.changes.Edits {
		records = append(records, outside.Record{Kind: editRecords, Key: s.key(e.Number), Value: string(e.JSON)})
	}
	for _, number := range s.changes.Dropped {
		records = append(records, outside.Record{Kind: editRecords, Key: s.key(number)})
	}
	if s.changes.Itself || len(s.changes.Photos) > 0 {
		records = append(records, outside.Record{Kind: projectRecords, Key: s.key(), Value: string(s.Encode(t.Now))})
	}
	if len(records) == 0 {
		s.succeed(t)
		return
	}
	s.ticket, s.until = t.Ticket(), t.Now.Add(savePatience)
	write := outside.Write{Ticket: s.ticket, Records: records}
	if s.claiming = !s.claimed; s.claiming {
		write.Records = append([]outside.Record{holderRecord(s.ID, s.tab)}, records...)
	} else {
		write.Tab = s.tab
	}
	if s.loaded || s.claimed {
		write.Project = s.ID
	}
	t.Ask(write)
}

// receive takes what is told of writes and room, and tells whether it was of one of here.
func (s *saving) receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Written:
		if e.Ticket != s.ticket || s.ticket == 0 {
			return false
		}
		s.written(t, e)
	case outside.Room:
		if left, known, is := s.adding.receive(e); is {
			if known && s.adding.need > left {
				s.wanted = s.adding.need
				s.hold = fmt.Sprintf("These photos need about %s, and the browser has room for %s more. %s Reading then goes on by itself. If you continue now, what fits is kept.",
					words.Bytes(int64(s.adding.need)), words.Bytes(int64(left)), makeRoom)
				s.look.in(t, watchEvery)
			}
			return true
		}
		if e.Ticket != s.room || s.room == 0 {
			return false
		}
		s.room = 0
		s.looked(t, e)
	case outside.Persisted:
		s.firm = e.Firm
	default:
		return false
	}
	t.Soon()
	return true
}

func (s *saving) written(t *outside.Turn, e outside.Written) {
	s.ticket = 0
	t.Soon()
	if e.Error == "" {
		s.succeed(t)
		return
	}
	s.putBack() // nothing of it was written: all of it is tried again
	switch {
	case e.Taken:
		s.taken = true
		return
	case e.Cleared:
		s.cleared = true
		return
	}
	if e.Full && slices.ContainsFunc(s.records, isFull) {
		// The photos themselves were too much; all else may still fit.
		s.noRoomForFulls(t)
		s.flush(t)
		return
	}
	s.fail(t, e.Error, e.Full)
}

// putBack takes back what was being written.
func (s *saving) putBack() {
	s.records = append(s.sent, s.records...)
	s.sent = nil
	s.Unkept(s.changes)
	s.changes = project.Changes{}
}

// lose gives up saving to the tab that holds the project from now on.
func (s *saving) lose() {
	if s.ticket != 0 {
		s.putBack()
	}
	s.stranded = s.stranded || s.failed || s.kept != s.queued || s.ticket != 0 || s.restoring
	s.ticket, s.kept, s.claimed, s.claiming, s.taken, s.cleared, s.restoring, s.wrote = 0, s.queued, false, false, false, false, false, nil
	s.failed, s.what, s.why, s.trying, s.waits = false, "", "", false, false
	s.due.stop()
	s.look.stop()
	if !s.stranded {
		s.records = nil
	}
}

func (s *saving) succeed(t *outside.Turn) {
	if s.wrote != nil {
		s.wrote.add(s.sent)
	}
	s.claimed = s.claimed || s.claiming
	s.claiming = false
	s.sent, s.changes, s.kept = nil, project.Changes{}, s.sending
	if s.sending < s.queued && !s.due.waits() {
		s.due.in(t, saveDelay)
	}
	if s.trying || s.failed {
		s.trying, s.failed, s.what, s.why, s.relent = false, false, "", "", true
		t.Say("There is room again, and everything is saved.")
	}
	if !s.asked && s.Count() > 0 {
		s.asked = true
		t.Ask(outside.Persist{})
	}
}

func isFull(r outside.Record) bool { return r.Kind == fullRecords && r.Value != nil }

// noRoomForFulls switches off that photos are kept themselves, because there is no room for some.
func (s *saving) noRoomForFulls(t *outside.Turn) {
	for _, r := range s.records {
		if !isFull(r) {
			continue
		}
		if ph := s.Photo(r.Key[1].(int)); ph != nil {
			ph.Full = 0
			s.Touched(ph)
		}
	}
	s.records = slices.DeleteFunc(s.records, isFull)
	s.Keep = false
	s.base.Changed()
	s.notice(t, "There is no room for more full photos, so no more are kept. Everything else is saved.")
}

// fail says that the latest changes are not saved, and why.
func (s *saving) fail(t *outside.Turn, reason string, full bool) {
	s.failed, s.trying = true, false
	if s.what = "The latest changes are not saved."; !s.stored {
		s.what = "Nothing is kept here."
		s.why = "This browser keeps nothing for this page (" + plainly(reason) + "). You can teach and try all the same, but what you teach is gone when this tab is closed or loaded again: save the project as a file before you do. " +
			"To have it kept, allow site data for this page in the browser's settings, and open the page in a tab of its own."
		t.Soon()
		return
	}
	const kept = " What was saved before is safe, and the latest changes stay in this tab while it is open. "
	switch {
	case full:
		s.why = "The browser has no more room for this page." + kept + makeRoom + " It goes on by itself as soon as there is room. You can also save the project as a file."
	default: // a disk without room is told of as any fault of it
		s.why = "The browser could not write to its store (" + plainly(reason) + "), as when the device has no more room." + kept + makeRoom + " It tries again by itself. You can also save the project as a file."
	}
	s.hold = unsaved
	if !s.look.waits() {
		s.looks, s.least = 0, -1
		s.look.in(t, watchEvery)
	}
	t.Soon()
}

// SaveAgain tries to save after it failed. Where there is no store, it is opened again by the whole view.
type SaveAgain struct{}

func (SaveAgain) update(s *saving, t *outside.Turn) {
	if !s.stored {
		t.Ask(outside.OpenStore{})
		return
	}
	s.failed, s.what, s.why = false, "", ""
	s.relent = true
	s.soon(t)
}

// opened is called when there is a store after there was none.
func (s *saving) opened(t *outside.Turn) {
	s.stored, s.failed, s.what, s.why, s.relent = true, false, "", "", true
	s.soon(t)
}

func (s *saving) tick(t *outside.Turn, held bool) {
	if s.due.due(t) {
		s.flush(t)
	}
	if s.ticket != 0 && !s.until.After(t.Now) {
		s.written(t, outside.Written{Ticket: s.ticket, Error: "it does not answer"})
	}
	if s.look.due(t) && (s.failed || held && s.wanted > 0) {
		s.look.in(t, watchEvery)
		s.room = t.Ticket()
		ask := outside.AskRoom{Ticket: s.room}
		if !s.failed {
			ask.Try = tryOut(s.wanted)
		}
		t.Ask(ask)
	}
}

func (s *saving) wake(w *outside.Wake) {
	w.By(s.due.at)
	w.By(s.look.at)
	if s.ticket != 0 {
		w.By(s.until)
	}
}

// looked goes on by itself once there is room.
func (s *saving) looked(t *outside.Turn, e outside.Room) {
	s.looks++
	left := e.Quota - e.Used
	if s.least < 0 || left < s.least {
		s.least = left
	}
	n := s.looks
	switch {
	case s.failed && s.stored && (e.Known && left > s.least || n&(n-1) == 0 || n%tryAnyway == 0):
		s.least = -1
		s.trying = true
		s.flush(t)
	case !s.failed && s.wanted > 0:
		if left, ok := roomIn(e, s.wanted); ok && s.wanted <= left {
			s.wanted, s.relent = 0, true
			s.look.stop()
			t.Say("There is room again.")
		}
	}
}

// roomFor asks whether there is room for something.
type roomFor struct {
	need   float64
	ticket int
}

func (r *roomFor) ask(t *outside.Turn, need float64) {
	r.need, r.ticket = need, t.Ticket()
	t.Ask(outside.AskRoom{Ticket: r.ticket, Need: need, Try: tryOut(need)})
}

// receive returns how many of the bytes there is room for, where that is known.
func (r *roomFor) receive(e outside.Room) (left float64, known, is bool) {
	if e.Ticket != r.ticket || r.ticket == 0 {
		return 0, false, false
	}
	r.ticket = 0
	left, known = roomIn(e, r.need)
	return left, known, true
}

// worthTrying is from how many bytes on it is tried whether there is room.
const worthTrying = 5 << 20

// spareFor is kept back of bytes: for heads, and because browsers count generously.
func spareFor(bytes float64) float64 { return min(0.05*bytes, 32<<20) }

// tryOut is how many bytes are tried out for as many as are needed, 0 where that is not worth it.
func tryOut(need float64) float64 {
	if need < worthTrying {
		return 0
	}
	return need + spareFor(need)
}

// roomIn is how many of the bytes that are needed there is room for.
func roomIn(e outside.Room, need float64) (left float64, known bool) {
	if left = max(0, e.Quota-e.Used-spareFor(e.Quota)); e.Known && need > left || !e.Tried {
		return left, e.Known
	}
	return max(0, e.Fits-spareFor(need)), true
}

// view says how the project is kept.
func (s *saving) view() *node {
	state, text := "saved", "Saved on this device"
	switch {
	case s.elsewhere:
		state, text = "elsewhere", "Open in another tab"
	case s.failed:
		state, text = "failed", "Not saved"
	case !s.clean():
		state, text = "saving", "Saving…"
	}
	title := "Everything is kept in this browser as it happens: features, thumbnails, labels and heads."
	if s.firm {
		title += " The browser has promised not to clear it by itself."
	}
	return el("p.saved", at("data-saved", state), at("title", title), el("span.status-dot", at("aria-hidden", "true")), el("span", text))
}

// fault says that the latest changes are not saved.
func (s *saving) fault() *node {
	if !s.failed {
		return nil
	}
	var again *node
	if s.stored { // else trying again is no help
		again = el("button.button", at("type", "button"), s.do("save-again", SaveAgain{}), "Try again")
	}
	return el("section.fault", at("role", "alert"), key("save-fault"), el("h2", s.what), el("p", s.why),
		el("div.fault-buttons", again, el("button.button", at("type", "button"), s.do("project-save", SaveFile{}), "Save it as a file now")))
}

// A versionOf is a version's head and figures, asked of the store or found among what is still to be written.
type versionOf struct {
	number int
	ticket int
	got    *outside.Version
}

// ask asks for a version. Where it is still to be written, it is there at once.
func (v *versionOf) ask(s *saving, t *outside.Turn, number int) {
	*v = versionOf{number: number}
	if got := s.unwritten(number); got != nil || !s.stored {
		v.got = got
		return
	}
	v.ticket = t.Ticket()
	t.Ask(outside.Get{Ticket: v.ticket, Kind: headRecords, Keys: [][]any{s.key(number)}})
}

// unwritten returns a version that is not written yet, nil where it is none.
func (s *saving) unwritten(number int) *outside.Version {
	for _, list := range [][]outside.Record{s.records, s.sent} {
		for _, r := range slices.Backward(list) {
			if r.Kind == headRecords && r.Key[1] == number {
				if v, is := r.Value.(outside.Version); is {
					return &v
				}
			}
		}
	}
	return nil
}

// receive takes what the store says, and tells whether it was of this version, and whether that is all.
func (v *versionOf) receive(e any) (is, all bool, why string) {
	switch e := e.(type) {
	case outside.Piece:
		if e.Ticket != v.ticket || v.ticket == 0 {
			return false, false, ""
		}
		for _, r := range e.Records {
			if got, is := r.Value.(outside.Version); is {
				v.got = &got
			}
		}
		return true, false, ""
	case outside.Ended:
		if e.Ticket != v.ticket || v.ticket == 0 {
			return false, false, ""
		}
		v.ticket = 0
		if v.got == nil && e.Error == "" {
			return true, true, "its head is missing"
		}
		return true, true, e.Error
	}
	return false, false, ""
}
