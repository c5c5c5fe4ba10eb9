//go:build js && wasm

package page

import (
	"errors"
	"slices"
	"syscall/js"

	"homeroom/wasm/store"
	"homeroom/wasm/teach"
	"homeroom/wasm/words"
)

// fileOf returns a photo of the project to read: the photo itself, at hand or kept, or else its thumbnail, which is small.
func (t *teacher) fileOf(id int) (file js.Value, small bool) {
	if file = t.reader.files[id]; file.Truthy() {
		return file, false
	}
	s, p := t.keeper.store, t.project()
	ph := p.Photo(id)
	if s == nil || ph == nil {
		return js.Undefined(), false
	}
	if ph.Full > 0 {
		if blob, err := s.Read(store.Fulls, p.ID, id); err == nil && blob.Truthy() {
			if p == t.project() {
				t.reader.files[id] = blob
			}
			return blob, false
		}
	}
	file, err := s.Read(store.Thumbs, p.ID, id)
	if err != nil {
		return js.Undefined(), false
	}
	return file, true
}

// fullURL is the address of a photo itself, "" as long as it is fetched, or where only its thumbnail is there.
func (t *teacher) fullURL(id int) string {
	var file js.Value
	if id < 0 {
		file = t.asks.files[-id]
	} else if file = t.reader.files[id]; !file.Truthy() {
		if ph := t.project().Photo(id); ph != nil && ph.Full > 0 && t.full.fetching != id {
			t.full.fetching = id // once
			go func() {
				t.fileOf(id)
				t.draw()
			}()
		}
	}
	return t.full.url(id, file)
}

// fullRecord keeps a photo itself.
func (t *teacher) fullRecord(ph *teach.Photo, file js.Value) store.Record {
	ph.Full = int64(file.Get("size").Float())
	t.project().Touched(ph)
	return store.Record{Kind: store.Fulls, Key: []any{t.project().ID, ph.ID}, Value: file}
}

func withoutFulls(records []store.Record) []store.Record {
	return slices.DeleteFunc(slices.Clone(records), isFull)
}

// isFull tells whether a record keeps a photo itself; one that deletes it does not.
func isFull(r store.Record) bool {
	v, is := r.Value.(js.Value)
	return r.Kind == store.Fulls && is && v.Truthy()
}

// noRoomForFulls switches off that photos are kept themselves, because there is no room for some.
func (t *teacher) noRoomForFulls(records []store.Record) {
	p := t.project()
	for _, r := range records {
		if !isFull(r) || r.Key[0] != p.ID {
			continue
		}
		if ph := p.Photo(r.Key[1].(int)); ph != nil {
			ph.Full = 0
			p.Touched(ph)
		}
	}
	p.Keep = false
	p.Changed()
	t.notice("There is no room for more full photos, so no more are kept. Everything else is saved.", "", "")
}

// keepFulls is what the box does.
func (t *teacher) keepFulls(on bool) {
	p := t.project()
	s := &t.screen.Keeping
	s.Asking = false
	if !on {
		if n, _ := p.Kept(); n > 0 {
			s.Asking = true
			t.focus("[data-do=fulls-delete]")
			return
		}
		p.Keep = false
		p.Changed()
		t.keeper.soon()
		return
	}
	go t.keepAtHand(p)
}

// keepAtHand begins to keep photos themselves, with those that are at hand.
func (t *teacher) keepAtHand(p *teach.Project) {
	s := &t.screen.Keeping
	var at []*teach.Photo
	need, missing := int64(0), 0
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			switch file := t.reader.files[ph.ID]; {
			case ph.Full > 0:
			case file.Truthy():
				need += int64(file.Get("size").Float())
				at = append(at, ph)
			default:
				missing++
			}
		}
	}
	if left, ok := room(float64(need)); ok && float64(need) > left {
		t.notice("The full photos cannot be kept: they need about "+words.Bytes(need)+", and the browser has room for "+words.Bytes(int64(left))+" more.", "", "")
		return
	}
	p.Keep = true
	p.Changed()
	t.keeper.soon()
	s.Of = len(at)
	for i, ph := range at {
		s.Done = i
		t.draw()
		if p != t.project() || !p.Keep || t.keeper.store == nil || t.screen.Elsewhere {
			break
		}
		if file := t.reader.files[ph.ID]; file.Truthy() && ph.Class != 0 && ph.Full == 0 && ph.Spaces != nil {
			err := t.keeper.store.Write([]store.Record{t.fullRecord(ph, file)})
			if err != nil {
				ph.Full = 0
				p.Keep = false
				text := sentence(err.Error())
				if errors.Is(err, store.ErrFull) {
					text = "There is no room for more of them."
				}
				t.notice("Not all full photos could be kept. "+text, "", "")
				break
			}
			t.keeper.soon()
		}
	}
	s.Of, s.Done = 0, 0
	if p == t.project() && p.Keep && missing > 0 {
		t.notice(words.Plural(missing, "photo is", "photos are")+" not at hand and kept small only. Add the same photos or folders again, and they are kept in full too.", "", "")
	}
	t.measureRoom()
	t.draw()
}

// dropFulls deletes the photos themselves.
func (t *teacher) dropFulls() {
	p := t.project()
	t.screen.Keeping.Asking = false
	n, bytes := p.Kept()
	t.keeper.flush()
	if t.keeper.store != nil {
		if err := t.keeper.store.Drop(store.Fulls, p.ID); err != nil {
			t.notice("The full photos could not be deleted: "+plain(err)+".", "", "")
			return
		}
	}
	p.Forget()
	t.full.fetching = 0
	t.keeper.soon()
	t.app.say("Deleted " + words.Plural(n, "full photo", "full photos") + " and freed " + words.Bytes(bytes) + ".")
	t.measureRoom()
	t.focus("#set-keep")
}

// measureRoom finds out how much this page keeps, and how much more it may.
func (t *teacher) measureRoom() {
	used, quota, ok := store.Room()
	t.screen.Keeping.Used, t.screen.Keeping.Quota = int64(used), int64(quota)
	if !ok {
		t.screen.Keeping.Quota = 0
	}
	t.draw()
}

// tellSmall says where photos will be read from their thumbnails.
func (t *teacher) tellSmall() {
	p, spaces := t.project(), t.reader.spaces()
	small := 0
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			if !ph.Has(spaces) && ph.Spaces != nil && ph.Full == 0 && !t.reader.files[ph.ID].Truthy() {
				small++
			}
		}
	}
	if small > 0 && spaces != nil {
		t.notice(words.Plural(small, "photo is", "photos are")+" not at hand any more, so the small pictures that were kept are read, which show less. For the best answers add the same photos or folders again: they are recognised and read in full.", "", "")
	}
}
