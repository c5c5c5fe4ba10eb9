package teach

import (
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/words"
)

// fulls is the panel of the photos themselves: whether they are kept on the device.
type fulls struct {
	*base.Base
	asking bool // whether they are to be deleted
	keeps  bool // it is asked whether there is room for them
	room   learn.RoomFor
	about  int // ticket of how much this page keeps
	drop   int // ticket of their being deleted
	count  int // of those
	bytes  int64
	used   int64
	quota  int64
}

type (
	// KeepFulls keeps the photos themselves, or no longer.
	KeepFulls struct{ On bool }
	// DeleteFulls deletes them, SpareFulls does not.
	DeleteFulls struct{}
	SpareFulls  struct{}
)

func (e KeepFulls) Update(f *fulls, t *outside.Turn) {
	t.Ask(outside.SetChecked{Selector: "#set-keep", Checked: f.Keep}) // until it is so
	f.asking = false
	if e.On {
		need := 0.0
		for _, ph := range f.atHand() {
			need += float64(f.Files[ph.ID].Bytes)
		}
		f.keeps = true
		f.room.Ask(t, need)
		return
	}
	if n, _ := f.Originals(); n > 0 {
		f.asking = true
		t.Focus("[data-do=fulls-delete]")
		return
	}
	f.Keep = false
	f.Changed()
	f.Unsaved = true
}

// atHand are the photos in classes that are at hand and not kept themselves.
func (f *fulls) atHand() []*project.Photo {
	var out []*project.Photo
	for _, c := range f.Classes {
		for _, ph := range f.Members(c.ID) {
			if ph.Full == 0 && f.Files[ph.ID].Object != nil {
				out = append(out, ph)
			}
		}
	}
	return out
}

// begin begins to keep photos themselves, with those that are at hand.
func (f *fulls) begin(t *outside.Turn) {
	missing := 0
	for _, c := range f.Classes {
		for _, ph := range f.Members(c.ID) {
			if !f.Whole(ph) {
				missing++
			}
		}
	}
	f.Keep = true
	f.Changed()
	f.Unsaved = true
	for _, ph := range f.atHand() {
		if ph.Spaces != nil {
			f.KeepFull(ph, f.Files[ph.ID])
		}
	}
	if missing > 0 {
		f.Notice(t, say("{1|# photo is|# photos are} not at hand and kept small only. Add the same photos or folders again, and they are kept in full too.", missing))
	}
	f.measure(t)
}

func (DeleteFulls) Update(f *fulls, t *outside.Turn) {
	f.asking = false
	f.count, f.bytes = f.Originals()
	f.drop = t.Ticket()
	t.Ask(outside.Clear{Ticket: f.drop, Kind: base.FullRecords, Prefix: f.RecordKey()})
}

func (SpareFulls) Update(f *fulls, t *outside.Turn) {
	f.asking = false
	t.Focus("#set-keep")
}

// shown is called when the settings are.
func (f *fulls) shown(t *outside.Turn) {
	f.asking = false
	f.measure(t)
}

// measure finds out how much this page keeps, and how much more it may.
func (f *fulls) measure(t *outside.Turn) {
	f.about = t.Ticket()
	t.Ask(outside.AskRoom{Ticket: f.about})
}

// Receive takes what is told of room, and of what was deleted, and tells whether it was asked for
// here.
func (f *fulls) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Room:
		if left, known, is := f.room.Receive(e); is {
			if f.keeps = false; f.Elsewhere { // by now
				return true
			} else if known && f.room.Need > left {
				f.Notice(t, say("The full photos cannot be kept: they need about {1}, and the browser has room for {2} more.", words.Bytes(int64(f.room.Need)), words.Bytes(int64(left))))
			} else {
				f.begin(t)
			}
			t.Soon()
			return true
		}
		if e.Ticket != f.about || f.about == 0 {
			return false
		}
		f.about = 0
		f.used, f.quota = int64(e.Used), int64(e.Quota)
		if !e.Known {
			f.quota = 0
		}
	case outside.Ended:
		if e.Ticket != f.drop || f.drop == 0 {
			return false
		}
		f.drop = 0
		if e.Error != "" {
			f.Notice(t, say("The full photos could not be deleted: {1}.", base.Plainly(e.Error)))
			break
		}
		f.Forget()
		f.Unsaved = true
		t.Say(say("Deleted {1|# full photo|# full photos} and freed {2}.", f.count, words.Bytes(f.bytes)))
		f.measure(t)
		t.Focus("#set-keep")
	default:
		return false
	}
	t.Soon()
	return true
}

// view is what is kept on the device.
func (f *fulls) view() *node {
	box := check("set-keep", say("Keep the full photos"), say("Needs room on this device, and lets another network or size read the photos themselves after you come back; otherwise only small pictures are kept."), f.Keep,
		f.Checked("set-keep", func(on bool) any { return KeepFulls{on} }))
	n := el("section.card-section", key("keep"), at("aria-labelledby", "keep-title"), el("h2", at("id", "keep-title"), say("What is kept")), box)
	photos, bytes := f.Originals()
	stored, of := f.storing()
	switch {
	case f.asking:
		n.Kids = append(n.Kids, el("div.notice.ask", at("role", "group"), at("aria-label", say("Delete the full photos?")),
			el("p", say("This deletes {1|# full photo|# full photos} from this device's browser and frees {2}. What was learnt and the small pictures stay.", photos, words.Bytes(bytes))),
			el("div.ask-tools", el("button.button.small.primary", at("type", "button"), f.Do("fulls-delete", DeleteFulls{}), say("Delete them")), el("button.button.small", at("type", "button"), f.Do("fulls-stay", SpareFulls{}), say("Keep them")))))
	case of > 0:
		n.Kids = append(n.Kids, el("div.progress.plain", el("label", at("for", "keep-bar"), say("Stored {1} of {2|# photo|# photos}", stored, of)), el("progress", at("id", "keep-bar"), at("max", of), at("value", stored))))
	case f.Keep || photos > 0:
		n.Kids = append(n.Kids, el("p", at("data-kept", photos), say("{1|# full photo is|# full photos are} kept: {2}.", photos, words.Bytes(bytes))))
	}
	if f.quota > 0 {
		n.Kids = append(n.Kids, el("p.quiet.room", say("This page takes {1} on this device, and the browser has room for {2} more.", words.Bytes(f.used), words.Bytes(max(0, f.quota-f.used)))))
	}
	return n
}

// storing tells how many of the photos that are kept are in the store, while some are not.
func (f *fulls) storing() (stored, of int) {
	waiting := 0
	for _, r := range f.Records {
		if learn.IsFull(r) {
			waiting++
		}
	}
	if waiting == 0 {
		return 0, 0
	}
	of, _ = f.Originals()
	return of - waiting, of
}
