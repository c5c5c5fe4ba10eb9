package classify

import (
	"encoding/json"
	"time"

	"homeroom/wasm/app/classify/alike"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

// keeping has the photos of the page kept for as long as its tab is open, so that they come back
// with their names when the page is loaded again: a record and a small picture of each, and the
// files themselves as far as they are small. It is written some at a time.
type keeping struct {
	recall int       // ticket of what is coming back; 0 for nothing
	coming int       // photos that are expected
	until  time.Time // they are waited for
	files  []outside.Kept

	changed []*card // that are still to be written
	gone    []int   // that are still to be dropped
	all     bool    // so is all that is kept
	ticket  int     // of what is being written; 0 for nothing
	written []*card // by it
	next    time.Time
	bytes   int64 // of the files that are kept
	full    bool  // no more of them are
	off     bool  // nothing is kept
}

const (
	// keptAtOnce is how many photos are written at a time: few enough not to hold up the page.
	// keepEvery is how long it is from there to the next. Each photo is written as it comes and as
	// it is named, and a disk may take 2 ms for that: so they keep pace with naming as fast as 150
	// photos a second.
	keptAtOnce = 32
	keepEvery  = 20 * time.Millisecond
	// largestKept and mostKept are how large a file may be to be kept itself, and all of them, in
	// bytes. Of the others the page asks for the files again where something needs them.
	largestKept = 32 << 20
	mostKept    = 256 << 20
	// recalling is how long photos are waited for that come back.
	recalling = 20 * time.Second
)

// A record is what is kept of a photo, besides pictures.
type record struct {
	Name    string
	Path    string `json:",omitempty"`
	Bytes   int64
	Changed int64
	Stage   queue.Stage
	Ticket  int
	Answer  *queue.Answer   `json:",omitempty"`
	Problem string          `json:",omitempty"`
	By      string          `json:",omitempty"`
	Earlier []*queue.Answer `json:",omitempty"`
	File    bool            `json:",omitempty"` // it is kept, too
	Taken   int64           `json:",omitempty"` // and what else it is compared by
	Look    uint64          `json:",omitempty"`
	LookBy  string          `json:",omitempty"`
}

// begin asks for the photos that this tab had before the page was loaded anew.
func (k *keeping) begin(t *outside.Turn, photos int) {
	if photos > 0 {
		k.recall, k.coming, k.until = t.Ticket(), photos, t.Now.Add(recalling)
		t.Ask(outside.Recall{Ticket: k.recall})
	}
}

// mark has what is known of a photo written.
func (k *keeping) mark(c *card) {
	if c != nil && !c.changed && !k.off {
		c.changed = true
		k.changed = append(k.changed, c)
	}
}

// drop has photos dropped that are no longer on the page, at once.
func (k *keeping) drop(t *outside.Turn, cards []*card) {
	for _, c := range cards {
		if c.fileKept {
			k.bytes -= c.File.Bytes
		}
		c.pictureKept, c.vectorKept, c.fileKept = nil, nil, false
		k.gone = append(k.gone, c.Photo.ID)
	}
	k.next = t.Now
}

// write has some of what changed written, once it is time.
func (k *keeping) write(t *outside.Turn, q *queue.Queue) {
	if k.off || k.ticket != 0 || k.recall != 0 || len(k.changed)+len(k.gone) == 0 || t.Now.Before(k.next) {
		return
	}
	k.ticket = t.Ticket()
	e := outside.Remember{Ticket: k.ticket, Last: q.Last(), Count: q.Counts().Total, All: k.all}
	k.all = false
	if len(k.gone) > 0 && e.Count == 0 {
		e.All, k.gone = true, nil
	}
	n := min(len(k.gone), keptAtOnce)
	e.Gone, k.gone = k.gone[:n], k.gone[n:]
	n = min(len(k.changed), keptAtOnce)
	for _, c := range k.changed[:n] {
		c.changed = false
		if q.Photo(c.Photo.ID) == nil {
			continue
		}
		one := outside.Kept{ID: c.Photo.ID}
		if c.picture != c.pictureKept {
			one.Picture, c.pictureKept = c.picture, c.picture
		}
		if c.Look.Vector != c.vectorKept {
			one.Vector, c.vectorKept = c.Look.Vector, c.Look.Vector
		}
		if f := c.File; f.Object != nil && !c.fileKept && !k.full && f.Bytes <= largestKept && k.bytes+f.Bytes <= mostKept {
			one.File, c.fileKept = f.Object, true
			k.bytes += f.Bytes
		}
		one.Record = c.record()
		e.Photos = append(e.Photos, one)
		k.written = append(k.written, c)
	}
	k.changed = k.changed[n:]
	t.Ask(e)
}

func (c *card) record() string {
	p := c.Photo
	data, err := json.Marshal(record{
		Name: p.Name, Path: p.Path, Bytes: c.File.Bytes, Changed: c.File.Changed, Stage: p.Stage, Ticket: p.Ticket, Answer: p.Answer, Problem: p.Problem, By: p.By,
		Earlier: p.Earlier, File: c.fileKept, Taken: c.Look.Taken, Look: c.Look.PerceptualHash, LookBy: c.LookBy,
	})
	if err != nil {
		panic("classify: " + err.Error()) // these are texts and numbers
	}
	return string(data)
}

// wrote takes what came of it, and tells whether it was asked for here.
func (k *keeping) wrote(t *outside.Turn, e outside.Remembered) bool {
	if e.Ticket != k.ticket || k.ticket == 0 {
		return false
	}
	written := k.written
	k.ticket, k.written, k.next = 0, nil, t.Now.Add(keepEvery)
	switch {
	case e.Error == "":
	case e.Full && !k.full: // without the files it may go
		k.full, k.bytes = true, 0
		for _, c := range written {
			c.fileKept, c.pictureKept, c.vectorKept = false, nil, nil
			k.mark(c)
		}
	default:
		k.off, k.changed, k.gone = true, nil, nil
		if e.Full {
			t.Say(say("There is no room to keep the photos: they will not be here when the page is loaded again."))
		}
	}
	return true
}

// takes takes what comes back. It gives what is known of photos, and tells whether it was asked for
// here.
func (k *keeping) takes(t *outside.Turn, e outside.Recalled, cards map[int]*card) (back []*card, is bool) {
	if e.Ticket != k.recall || k.recall == 0 {
		return nil, false
	}
	for _, one := range e.Photos {
		c := cards[one.ID]
		if one.Record != "" && c == nil {
			var r record
			if json.Unmarshal([]byte(one.Record), &r) != nil || r.Name == "" || r.Stage < queue.Waiting || r.Stage > queue.Absent || r.Stage == queue.Named && r.Answer == nil {
				continue // it is of another version of the page
			}
			back = append(back, &card{Card: alike.Card{
				Photo: &queue.Photo{ID: one.ID, Name: r.Name, Path: r.Path, Stage: r.Stage, Ticket: r.Ticket, Answer: r.Answer, Problem: r.Problem, By: r.By, Earlier: r.Earlier, Taken: r.Taken, Missing: true},
				File:  outside.File{Name: r.Name, Path: r.Path, Bytes: r.Bytes, Changed: r.Changed},
				Look:  protocol.Look{Taken: r.Taken, PerceptualHash: r.Look}, LookBy: r.LookBy,
			}, fileKept: r.File})
			continue
		}
		if c == nil {
			continue // it was removed meanwhile
		}
		if one.Picture != nil && c.picture == nil { // it may be read anew already
			c.picture, c.pictureKept = one.Picture, one.Picture
		}
		if one.Vector != nil && c.Look.Vector == nil {
			c.Look.Vector, c.vectorKept = one.Vector, one.Vector
		}
		if one.File != nil && c.Photo.Missing {
			k.bytes += c.File.Bytes
			c.File.Object, c.fileKept = one.File, true
			k.files = append(k.files, one)
		}
	}
	if e.Done {
		k.recall, k.coming = 0, 0
		k.off = e.Error != ""
	}
	return back, true
}

// back takes back that photos are to be dropped.
func (k *keeping) back(photos []*queue.Photo) {
	again := make(map[int]bool, len(photos))
	for _, p := range photos {
		again[p.ID] = true
	}
	gone := k.gone[:0]
	for _, id := range k.gone {
		if !again[id] {
			gone = append(gone, id)
		}
	}
	k.gone = gone
}

// kept are the photos whose files came back since it was asked last.
func (k *keeping) kept() []outside.Kept {
	out := k.files
	k.files = nil
	return out
}

// tick gives up waiting for what does not come back, and writes what is to be written.
func (k *keeping) tick(t *outside.Turn, q *queue.Queue) (gaveUp bool) {
	if k.recall != 0 && !t.Now.Before(k.until) {
		k.recall, k.coming, gaveUp = 0, 0, true
	}
	k.write(t, q)
	return gaveUp
}

func (k *keeping) wake(w *outside.Wake) {
	switch {
	case k.recall != 0:
		w.By(k.until)
	case !k.off && k.ticket == 0 && len(k.changed)+len(k.gone) > 0:
		w.By(k.next)
	}
}

// returning says what comes back, "" where nothing does.
func (k *keeping) returning() string {
	if k.recall == 0 {
		return ""
	}
	return say("Bringing back {1|# photo|# photos}", k.coming)
}
