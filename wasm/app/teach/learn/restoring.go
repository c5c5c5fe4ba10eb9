package learn

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/protocol"
)

// A person may have the browser clear what it keeps for this page while it is open. What the page
// still has is then written again: classes, photos, history and settings from here, features from
// the worker that learns, thumbnails that are shown, and the head in use. Photos whose files are at
// hand are read again; of the others it says so. At no moment does what is written tell of what is
// gone: should the page be closed in the middle, the rest is as it says.

// Restoring writes again what was cleared.
type Restoring struct {
	*base.Base
	Saving   *Saving
	Learning *Learning

	note  int    // ticket of the note of who holds the project
	by    string // what it says
	stage restoringStage
	probe int   // ticket of which thumbnails can still be read
	asked []int // photos of those
	until time.Time
	had   map[int]had // photos with features, as they were
	gone  int         // versions
	after int         // changes of which all are written when the features' turn comes
	job   *job
	tries int
	next  base.Wait // for another
	List  bool      // the list of projects is another by now
}

// had is the features that there were of a photo.
type had struct{ spaces, small []feature.Space }

type restoringStage int

const (
	notRestoring restoringStage = iota
	probing                     // which thumbnails can be written again
	rewriting                   // what this page has
	refeaturing                 // what the worker has
)

// How long browsers may take to say which thumbnails they still have, and how often, and after what
// pause, the worker is asked to write features.
const (
	probePatience = 20 * time.Second
	restoreTries  = 3
	restorePause  = 2 * time.Second
)

// check looks whether the store still knows that this tab holds the project.
func (r *Restoring) check(t *outside.Turn) {
	k := r.Saving
	if r.Stored && !r.Elsewhere && k.Claimed && !k.Failed && k.ticket == 0 && r.stage == notRestoring && r.note == 0 {
		r.note, r.by = t.Ticket(), ""
		t.Ask(outside.Get{Ticket: r.note, Kind: base.NoteRecords, Keys: [][]any{base.HolderKey(r.ID)}})
	}
}

// Receive takes what the browser tells, and tells whether it was asked for here.
func (r *Restoring) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Seen, outside.StoreClosed:
		r.check(t)
		return true
	case outside.Piece:
		if e.Ticket != r.note || r.note == 0 {
			return false
		}
		for _, one := range e.Records {
			r.by, _ = one.Value.(string)
		}
		return true
	case outside.Ended:
		if e.Ticket != r.note || r.note == 0 {
			return false
		}
		r.note = 0
		switch k := r.Saving; {
		case e.Error != "" || !k.Claimed || r.stage != notRestoring:
		case r.by == "":
			k.cleared = true
		case r.by != k.Tab:
			k.Taken = true
		}
		return true
	case outside.Probed:
		if e.Ticket != r.probe || r.probe == 0 {
			return false
		}
		r.probed(t, e.Readable)
		return true
	}
	return false
}

// begin begins to write everything again.
func (r *Restoring) begin(t *outside.Turn) {
	k := r.Saving
	k.Loaded, k.Claimed, r.Base.Restoring, k.wrote = false, false, true, features{}
	if r.had == nil {
		r.had = map[int]had{}
	}
	for ph := range r.Photos() {
		was := r.had[ph.ID] // where it was cleared again
		for _, s := range ph.Spaces {
			if !slices.Contains(was.spaces, s) {
				was.spaces = append(was.spaces, s)
				if slices.Contains(ph.Small, s) {
					was.small = append(was.small, s)
				}
			}
		}
		if was.spaces != nil {
			r.had[ph.ID] = was
		}
	}
	k.waits = true
	r.stage, r.probe, r.asked, r.tries = probing, t.Ticket(), nil, 0
	r.until = t.Now.Add(probePatience)
	probe := outside.Probe{Ticket: r.probe}
	for _, id := range r.Thumbs.Order {
		if picture := r.Thumbs.At[id]; picture != nil && r.Photo(id) != nil {
			r.asked, probe.Objects = append(r.asked, id), append(probe.Objects, picture)
		}
	}
	if t.Soon(); r.asked == nil {
		r.probed(t, nil)
		return
	}
	t.Ask(probe)
}

// probed writes what this page has.
func (r *Restoring) probed(t *outside.Turn, readable []bool) {
	r.probe = 0
	for i, id := range r.asked {
		if i < len(readable) && readable[i] {
			r.Store(outside.Record{Kind: base.ThumbRecords, Key: r.RecordKey(id), Value: r.Thumbs.At[id]})
		}
	}
	l := r.Learning
	head := false
	if v := r.InUse(); v != nil && l.which == v.Number && l.Using.Head != nil && r.Figures != nil && r.Figures.Version == v.Number {
		head = true
		r.Store(outside.Record{Kind: base.HeadRecords, Key: r.RecordKey(v.Number), Value: outside.Version{Head: l.Using.Head, Quick: l.Using.quick, Result: string(r.Figures.Encode())}})
	} else {
		head = v != nil && r.Saving.unwritten(v.Number) != nil
	}
	r.Store(outside.Record{Kind: base.NoteRecords, Key: []any{base.NoteOpen}, Value: r.ID})
	written := features{}
	written.add(r.Records)
	r.gone += r.Without(written, head)
	r.SaveAll()
	r.Unsaved = false // it is this that is to be saved
	r.Saving.waits = false
	r.Saving.Queued++
	r.stage, r.after = rewriting, r.Saving.Queued
	r.Saving.Flush(t)
}

// Tick takes the time.
func (r *Restoring) Tick(t *outside.Turn) {
	if r.stage == probing && !r.until.After(t.Now) {
		r.probed(t, nil)
	}
	r.next.Due(t)
}

func (r *Restoring) Wake(w *outside.Wake) {
	if r.stage == probing {
		w.By(r.until)
	}
	w.By(r.next.At)
}

// Settle goes on with what waits for something else.
func (r *Restoring) Settle(t *outside.Turn) {
	k, l := r.Saving, r.Learning
	if k.cleared {
		if k.cleared = false; r.stage == notRestoring || r.stage == rewriting { // it was cleared again
			r.begin(t)
		}
	}
	switch r.stage {
	case rewriting:
		if k.Failed || k.ticket != 0 || k.Written < r.after || r.next.Waits() || l.Job != nil && !l.stops() {
			return
		}
		r.stage = refeaturing
		r.features(t)
	case refeaturing:
		if r.job != nil && l.Job != r.job { // something else took its place
			r.job, r.stage = nil, rewriting
		}
	}
}

// features has the worker that learns write the features that it holds.
func (r *Restoring) features(t *outside.Turn) {
	var task protocol.Task
	var photos []*project.Photo
	for _, id := range slices.SortedStableFunc(maps.Keys(r.had), cmp.Compare) {
		task.IDs, photos = append(task.IDs, id), append(photos, r.Photo(id))
		for _, s := range r.had[id].spaces {
			if !slices.Contains(task.Spaces, s) {
				task.Spaces = append(task.Spaces, s)
			}
		}
	}
	if task.Spaces == nil {
		r.finish(t)
		return
	}
	r.Learning.putOff(t)
	r.job = r.Learning.begin(t, restoreFeatures, task, photos)
}

// Outcome takes what the worker wrote.
func (r *Restoring) Outcome(t *outside.Turn, o *outcome) {
	if r.job == nil || o.job != r.job {
		return
	}
	r.job = nil
	if o.why != "" {
		if r.tries++; r.tries < restoreTries {
			r.stage = rewriting
			r.next.In(t, restorePause)
			return
		}
		r.Notice(t, say("The features of photos could not be written again: {1}.", base.Plainly(o.why)))
	}
	for _, w := range o.wrote {
		if space, err := feature.Parse(w.Space); err == nil {
			for _, id := range w.IDs {
				r.Saving.wrote.put(space, id)
			}
		}
	}
	r.finish(t)
}

// finish takes up again what could be written, and says what could not.
func (r *Restoring) finish(t *outside.Turn) {
	k := r.Saving
	r.giveBack(func(s feature.Space, photo int) bool { return k.wrote[s][photo] })
	bare, missing := 0, 0
	for _, c := range r.Classes {
		for _, ph := range r.Members(c.ID) {
			f := r.Files[ph.ID]
			switch _, had := r.had[ph.ID]; {
			case ph.Spaces == nil && had:
				if bare++; f.Object == nil {
					missing++
				}
			case ph.Spaces != nil && f.Object != nil && r.Keep:
				r.KeepFull(ph, f)
			}
		}
	}
	r.Notice(t, restoredText(missing, r.gone))
	taught := bare > 0 || r.Current == 0 || r.Learning.state == "failed"
	*r = Restoring{Base: r.Base, Saving: k, Learning: r.Learning, List: true}
	r.Base.Restoring, k.wrote = false, nil
	r.Unsaved, r.Again, r.Taught = true, true, r.Taught || taught
	t.Soon()
}

// giveBack gives photos the features back that there are.
func (r *Restoring) giveBack(there func(feature.Space, int) bool) {
	for _, id := range slices.SortedStableFunc(maps.Keys(r.had), cmp.Compare) {
		ph, was := r.Photo(id), r.had[id]
		now, small := ph.Spaces, ph.Small
		ph.Spaces, ph.Small = nil, nil
		for _, s := range was.spaces {
			if has := slices.Contains(now, s); has || there(s, id) {
				ph.Read(s, has && slices.Contains(small, s) || !has && slices.Contains(was.small, s))
			}
		}
		for _, s := range now {
			if !slices.Contains(was.spaces, s) {
				ph.Read(s, slices.Contains(small, s))
			}
		}
		r.Touched(ph)
	}
}

// Abandon is called when another tab holds the project from now on: this one shows it as it was.
func (r *Restoring) Abandon() {
	r.giveBack(func(feature.Space, int) bool { return true })
	*r = Restoring{Base: r.Base, Saving: r.Saving, Learning: r.Learning}
}

func restoredText(missing, versions int) string {
	says := say("The browser's data for this page was cleared while it was open. Your project was written again as far as this tab still had it.")
	switch {
	case missing > 0 && versions > 0:
		return says + " " + say("What was known of {1|# photo|# photos} is gone, so add the same files again, and {2|# earlier version|# earlier versions}.", missing, versions)
	case missing > 0:
		return says + " " + say("What was known of {1|# photo|# photos} is gone, so add the same files again.", missing)
	case versions > 0:
		return says + " " + say("{1|# earlier version is|# earlier versions are} gone.", versions)
	}
	return says + " " + say("That is all of it.")
}
