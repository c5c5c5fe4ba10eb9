package learn

import (
	"slices"
	"time"

	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/words"
)

// A Saving keeps the project as it changes. What it says is saved is written: the store's
// transaction has ended.
type Saving struct {
	*base.Base
	Reader *Reading

	Tab      string // what this one is called in the store
	Loaded   bool   // the project came from the store
	Claimed  bool   // which says that this tab holds it
	claiming bool   // what is being written says so
	Taken    bool   // another tab holds it by now
	cleared  bool   // what was kept was cleared, and is to be written again
	waits    bool   // until it is known what of that is still there
	Stranded bool   // another tab holds the project, and not everything was saved before

	Failed bool
	what   string // in a few words
	why    string // it could not be saved, and what to do
	Reason string // as the store gave it; "" where there is no store
	firm   bool   // the browser promised not to clear what is kept
	asked  bool   // it was asked to

	Due     base.Wait
	ticket  int // of what is being written, 0 for nothing
	until   time.Time
	sent    []outside.Record // of it, what the project does not say
	changes project.Changes  // what it says
	wrote   features         // since what was kept was cleared; nil where it was not

	// Changes are numbered: so many there were, are being written, and are kept.
	Queued, sending, Written int

	check  base.Wait // whether there is room again
	checks int
	least  float64 // room that there was
	room   int     // ticket
	trying bool    // to save although it failed
	Wanted float64 // bytes for which reading waits; 0 where it does not wait for room
	Adding RoomFor // whether there is room for photos that were added
	Relent bool    // reading may go on
	Hold   string  // why reading is to wait
}

const (
	// saveDelay gathers changes that come together into one write.
	saveDelay = 150 * time.Millisecond
	// savePatience is how long the store may take.
	savePatience = 2 * time.Minute
	// mostWaiting is how many records may wait to be written before reading waits too.
	mostWaiting = 200
)

// How often it is asked whether there is room again; and every how many times, after some early
// ones, saving is tried although there seems to be none: not every browser tells what room there
// is.
const (
	watchEvery = 2 * time.Second
	tryAnyway  = 15
)

// Unsaved is why reading waits; makeRoom says what a person can do.
var (
	Unsaved  = say("Reading waits because not everything can be saved.")
	makeRoom = say("Free space on the device, or delete a project that you no longer need.")
)

// features says of which photos there are features, by space.
type features map[feature.Space]map[int]bool

// add adds those of records.
func (f features) add(records []outside.Record) {
	for _, r := range records {
		if r.Kind != base.FeatureRecords || r.Value == nil {
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

// Dirty tells whether anything is still to be saved.
func (s *Saving) Dirty() bool { return (s.Due.Waits() || s.ticket != 0 || s.Restoring) && !s.Failed }

// Clean tells whether all is kept.
func (s *Saving) Clean() bool { return s.Written == s.Queued && s.ticket == 0 && !s.Restoring }

// Full tells whether reading should wait for what is still to be written. Where nothing is kept
// there is nothing to wait for.
func (s *Saving) Full() bool { return s.Stored && len(s.Records)+len(s.sent) > mostWaiting }

// Soon saves what changed, a moment from now.
func (s *Saving) Soon(t *outside.Turn) {
	if s.Elsewhere {
		return
	}
	s.Queued++
	if s.Failed || s.Due.Waits() {
		return
	}
	s.Due.In(t, saveDelay)
	t.Soon()
}

// Flush saves what changed.
func (s *Saving) Flush(t *outside.Turn) {
	if s.ticket != 0 || s.Failed && !s.trying || s.Elsewhere || s.waits {
		return
	}
	s.Due.Stop()
	if !s.Stored {
		s.Fail(t, s.Reason, false)
		return
	}
	s.sent, s.Records, s.sending = s.Records, nil, s.Queued
	s.changes = s.Changes()
	records := slices.Clone(s.sent)
	for _, ph := range s.changes.Photos {
		records = append(records, outside.Record{Kind: base.PhotoRecords, Key: s.RecordKey(ph.ID), Value: string(ph.Encode())})
	}
	for _, e := range s.changes.Edits {
		records = append(records, outside.Record{Kind: base.EditRecords, Key: s.RecordKey(e.Number), Value: string(e.JSON)})
	}
	for _, number := range s.changes.Dropped {
		records = append(records, outside.Record{Kind: base.EditRecords, Key: s.RecordKey(number)})
	}
	if s.changes.Itself || len(s.changes.Photos) > 0 {
		records = append(records, outside.Record{Kind: base.ProjectRecords, Key: s.RecordKey(), Value: string(s.Encode(t.Now))})
	}
	if len(records) == 0 && (s.Claimed || !s.Loaded) { // else this tab is still to be noted as the one that holds it
		s.succeed(t)
		return
	}
	s.ticket, s.until = t.Ticket(), t.Now.Add(savePatience)
	write := outside.Write{Ticket: s.ticket, Records: records}
	if s.claiming = !s.Claimed; s.claiming {
		write.Records = append([]outside.Record{base.HolderRecord(s.ID, s.Tab)}, records...)
	} else {
		write.Tab = s.Tab
	}
	if s.Loaded || s.Claimed {
		write.Project = s.ID
	}
	t.Ask(write)
}

// Receive takes what is told of writes and room, and tells whether it was of one of here.
func (s *Saving) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Written:
		if e.Ticket != s.ticket || s.ticket == 0 {
			return false
		}
		s.written(t, e)
	case outside.Room:
		if left, known, is := s.Adding.Receive(e); is {
			if known && s.Adding.Need > left {
				s.Wanted = s.Adding.Need
				s.Hold = say("These photos need about {1}, and the browser has room for {2} more. {3} Reading then goes on by itself. If you continue now, what fits is kept.", words.Bytes(int64(s.Adding.Need)), words.Bytes(int64(left)), makeRoom)
				s.check.In(t, watchEvery)
			}
			return true
		}
		if e.Ticket != s.room || s.room == 0 {
			return false
		}
		s.room = 0
		s.checked(t, e)
	case outside.Persisted:
		s.firm = e.Firm
	default:
		return false
	}
	t.Soon()
	return true
}

func (s *Saving) written(t *outside.Turn, e outside.Written) {
	s.ticket = 0
	t.Soon()
	if e.Error == "" {
		s.succeed(t)
		return
	}
	s.putBack() // nothing of it was written: all of it is tried again
	switch {
	case e.Taken:
		s.Taken = true
		return
	case e.Cleared:
		s.cleared = true
		return
	}
	if e.Full && slices.ContainsFunc(s.Records, IsFull) {
		// The photos themselves were too much; all else may still fit.
		s.noRoomForFulls(t)
		s.Flush(t)
		return
	}
	s.Fail(t, e.Error, e.Full)
}

// putBack takes back what was being written.
func (s *Saving) putBack() {
	s.Records = append(s.sent, s.Records...)
	s.sent = nil
	s.PutBack(s.changes)
	s.changes = project.Changes{}
}

// Lose gives up saving to the tab that holds the project from now on: it begins anew, with what the
// project is and what could not be saved.
func (s *Saving) Lose() {
	stranded := s.Stranded || s.Failed || !s.Clean()
	if s.ticket != 0 {
		s.putBack()
	}
	*s = Saving{
		Base: s.Base, Reader: s.Reader, Tab: s.Tab, Loaded: s.Loaded, Reason: s.Reason, firm: s.firm, asked: s.asked,
		Queued: s.Queued, Written: s.Queued, Stranded: stranded,
	}
	s.Restoring = false
	if !stranded {
		s.Records = nil
	}
}

func (s *Saving) succeed(t *outside.Turn) {
	if s.wrote != nil {
		s.wrote.add(s.sent)
	}
	s.Claimed = s.Claimed || s.claiming
	s.claiming = false
	s.sent, s.changes, s.Written = nil, project.Changes{}, s.sending
	if s.sending < s.Queued && !s.Due.Waits() {
		s.Due.In(t, saveDelay)
	}
	if s.trying || s.Failed {
		s.trying, s.Failed, s.what, s.why, s.Relent = false, false, "", "", true
		t.Say(say("There is room again, and everything is saved."))
	}
	if !s.asked && s.Count() > 0 {
		s.asked = true
		t.Ask(outside.Persist{})
	}
}

func IsFull(r outside.Record) bool { return r.Kind == base.FullRecords && r.Value != nil }

// noRoomForFulls switches off that photos are kept themselves, because there is no room for some.
func (s *Saving) noRoomForFulls(t *outside.Turn) {
	for _, r := range s.Records {
		if !IsFull(r) {
			continue
		}
		if ph := s.Photo(r.Key[1].(int)); ph != nil {
			ph.Full = 0
			s.Touched(ph)
		}
	}
	s.Records = slices.DeleteFunc(s.Records, IsFull)
	s.Keep = false
	s.Base.Changed()
	s.Notice(t, say("There is no room for more full photos, so no more are kept. Everything else is saved."))
}

// Fail says that the latest changes are not saved, and why.
func (s *Saving) Fail(t *outside.Turn, reason string, full bool) {
	s.Failed, s.trying = true, false
	if s.what = say("The latest changes are not saved."); !s.Stored {
		s.what = say("Nothing is kept here.")
		s.why = say("This browser keeps nothing for this page ({1}). You can teach and try all the same, but what you teach is gone when this tab is closed or loaded again: save the project as a file before you do. To have it kept, allow site data for this page in the browser's settings, and open the page in a tab of its own.", base.Plainly(reason))
		t.Soon()
		return
	}
	kept := say("What was saved before is safe, and the latest changes stay in this tab while it is open.")
	switch {
	case full:
		s.why = say("The browser has no more room for this page. {1} {2} It goes on by itself as soon as there is room. You can also save the project as a file.", kept, makeRoom)
	default: // a disk without room is told of as any fault of it
		s.why = say("The browser could not write to its store ({1}), as when the device has no more room. {2} {3} It tries again by itself. You can also save the project as a file.", base.Plainly(reason), kept, makeRoom)
	}
	s.Hold = Unsaved
	if !s.check.Waits() {
		s.checks, s.least = 0, -1
		s.check.In(t, watchEvery)
	}
	t.Soon()
}

// SaveAgain tries to save after it failed. Where there is no store, it is opened again by the whole
// view.
type SaveAgain struct{}

func (SaveAgain) Update(s *Saving, t *outside.Turn) {
	if !s.Stored {
		t.Ask(outside.OpenStore{})
		return
	}
	s.Failed, s.what, s.why = false, "", ""
	s.Relent = true
	s.Soon(t)
}

// Opened is called when there is a store after there was none.
func (s *Saving) Opened(t *outside.Turn) {
	s.Stored, s.Failed, s.what, s.why, s.Relent = true, false, "", "", true
	s.Soon(t)
}

func (s *Saving) Tick(t *outside.Turn) {
	if s.Due.Due(t) {
		s.Flush(t)
	}
	if s.ticket != 0 && !s.until.After(t.Now) {
		s.written(t, outside.Written{Ticket: s.ticket, Error: say("it does not answer")})
	}
	if s.check.Due(t) && (s.Failed || s.Reader.Held() && s.Wanted > 0) {
		s.check.In(t, watchEvery)
		s.room = t.Ticket()
		ask := outside.AskRoom{Ticket: s.room}
		if !s.Failed {
			ask.Try = tryOut(s.Wanted)
		}
		t.Ask(ask)
	}
}

func (s *Saving) Wake(w *outside.Wake) {
	w.By(s.Due.At)
	w.By(s.check.At)
	if s.ticket != 0 {
		w.By(s.until)
	}
}

// checked goes on by itself once there is room.
func (s *Saving) checked(t *outside.Turn, e outside.Room) {
	s.checks++
	left := e.Quota - e.Used
	if s.least < 0 || left < s.least {
		s.least = left
	}
	n := s.checks
	switch {
	case s.Failed && s.Stored && (e.Known && left > s.least || n&(n-1) == 0 || n%tryAnyway == 0):
		s.least = -1
		s.trying = true
		s.Flush(t)
	case !s.Failed && s.Wanted > 0:
		if left, ok := roomIn(e, s.Wanted); ok && s.Wanted <= left {
			s.Wanted, s.Relent = 0, true
			s.check.Stop()
			t.Say(say("There is room again."))
		}
	}
}

// RoomFor asks whether there is room for something.
type RoomFor struct {
	Need   float64
	ticket int
}

func (r *RoomFor) Ask(t *outside.Turn, need float64) {
	r.Need, r.ticket = need, t.Ticket()
	t.Ask(outside.AskRoom{Ticket: r.ticket, Need: need, Try: tryOut(need)})
}

// Receive returns how many of the bytes there is room for, where that is known.
func (r *RoomFor) Receive(e outside.Room) (left float64, known, is bool) {
	if e.Ticket != r.ticket || r.ticket == 0 {
		return 0, false, false
	}
	r.ticket = 0
	left, known = roomIn(e, r.Need)
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

// View says how the project is kept.
func (s *Saving) View() *node {
	state, text := "saved", say("Saved on this device")
	switch {
	case s.Unclaimed != "":
		state, text = "elsewhere", say("Only shown here")
	case s.Elsewhere:
		state, text = "elsewhere", say("Open in another tab")
	case s.Failed:
		state, text = "failed", say("Not saved")
	case !s.Clean():
		state, text = "saving", say("Saving…")
	}
	title := say("Everything is kept in this browser as it happens: features, thumbnails, labels and heads.")
	if s.firm {
		title += " " + say("The browser has promised not to clear it by itself.")
	}
	return el("p.saved", at("data-saved", state), at("title", title), el("span.status-dot", at("aria-hidden", "true")), el("span", text))
}

// Fault says that the latest changes are not saved; save is a button that makes a file of the
// project.
func (s *Saving) Fault(save *node) *node {
	if !s.Failed {
		return nil
	}
	var again *node
	if s.Stored { // else trying again is no help
		again = el("button.button", at("type", "button"), s.Do("save-again", SaveAgain{}), say("Try again"))
	}
	return el("section.fault", at("role", "alert"), key("save-fault"), el("h2", s.what), el("p", s.why),
		el("div.fault-buttons", again, save))
}

// A versionOf is a version's head and figures, asked of the store or found among what is still to
// be written.
type versionOf struct {
	number int
	ticket int
	got    *outside.Version
}

// ask asks for a version. Where it is still to be written, it is there at once.
func (v *versionOf) ask(s *Saving, t *outside.Turn, number int) {
	*v = versionOf{number: number}
	if got := s.unwritten(number); got != nil || !s.Stored {
		v.got = got
		return
	}
	v.ticket = t.Ticket()
	t.Ask(outside.Get{Ticket: v.ticket, Kind: base.HeadRecords, Keys: [][]any{s.RecordKey(number)}})
}

// unwritten returns a version that is not written yet, nil where it is none.
func (s *Saving) unwritten(number int) *outside.Version {
	for _, list := range [][]outside.Record{s.Records, s.sent} {
		for _, r := range slices.Backward(list) {
			if r.Kind == base.HeadRecords && r.Key[1] == number {
				if v, is := r.Value.(outside.Version); is {
					return &v
				}
			}
		}
	}
	return nil
}

// receive takes what the store says, and tells whether it was of this version, and whether that is
// all.
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
			return true, true, say("its head is missing")
		}
		return true, true, e.Error
	}
	return false, false, ""
}
