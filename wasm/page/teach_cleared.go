//go:build js && wasm

package page

import (
	"slices"
	"syscall/js"

	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
	"homeroom/wasm/words"
)

// A person may have the browser clear what it keeps for this page while it is open. What the page still has is then written again.

// checkCleared looks whether the store still knows that this tab holds the project.
func (k *keeper) checkCleared() {
	p := k.t.project()
	if p == nil || k.store == nil || k.claimed != p.ID || k.failed || k.writing || k.clearing {
		return
	}
	switch by, err := k.store.Holder(p.ID); {
	case err != nil || p != k.t.project() || k.claimed != p.ID:
	case by == "":
		k.cleared()
	case by != k.tab:
		k.lost(p.ID)
	}
}

// cleared writes everything again that is still at hand: classes, photos, history and settings from this page, features from the worker that
// learns, thumbnails that are shown, and the head in use. Photos whose files are at hand are read again; of the others it says so.
func (k *keeper) cleared() {
	t, p := k.t, k.t.project()
	if k.clearing {
		return
	}
	k.clearing = true
	defer func() { k.clearing = false }()
	k.claimed = ""
	t.screen.Save.State = "saving"
	t.draw()
	p.SaveAll()
	records := k.pictures()
	head, current := k.headInUse()
	if current {
		records = append(records, head)
	}
	k.waiting = append(k.waiting, records...)
	k.flush() // the tab holds the project again
	if k.failed || p != t.project() {
		return
	}
	written, err := t.restored()
	if p != t.project() {
		return
	}
	if err != nil {
		t.notice("The features of photos could not be written again: "+plain(err)+".", "", "")
	}
	bare, versions := p.Without(written, current)
	missing := 0
	for _, ph := range bare {
		if !t.reader.files[ph.ID].Truthy() {
			missing++
		}
	}
	p.SaveAll()
	text := "The browser's data for this page was cleared while it was open. Your project was written again as far as this tab still had it"
	switch {
	case missing > 0:
		text += ": what was known of " + words.Photos(missing) + " is gone, so add the same files again"
	case versions > 0:
		text += "; " + words.Plural(versions, "earlier version is", "earlier versions are") + " gone"
	default:
		text += ", which is all of it"
	}
	if missing > 0 && versions > 0 {
		text += ", and " + words.Plural(versions, "earlier version", "earlier versions")
	}
	t.notice(text+".", "", "")
	k.list()
	t.reader.sync()
	k.soon()
	t.followCurrent()
	if len(bare) > 0 || p.Current == 0 {
		t.lesson.changed()
	}
}

// pictures are the thumbnails that this page has.
func (k *keeper) pictures() []store.Record {
	p := k.t.project()
	var out []store.Record
	for id, blob := range k.t.thumbs.blobs {
		if p.Photo(id) == nil {
			continue
		}
		// What came out of the store may have gone with it.
		if _, err := promise.AwaitCall(blob, "arrayBuffer"); err == nil {
			out = append(out, store.Record{Kind: store.Thumbs, Key: []any{p.ID, id}, Value: blob})
		}
	}
	return out
}

// headInUse is the version in use, whose head this page has.
func (k *keeper) headInUse() (store.Record, bool) {
	t, p := k.t, k.t.project()
	if p.Version(p.Current) == nil || !t.lesson.head.Truthy() || t.screen.Result == nil || t.screen.Result.Version != p.Current {
		return store.Record{}, false
	}
	return store.Record{Kind: store.Heads, Key: []any{p.ID, p.Current}, Value: map[string]any{
		"head": t.lesson.head, "last": js.Null(), "quick": t.lesson.quick, "result": string(t.screen.Result.Encode()),
	}}, true
}

// restored has the worker that learns write the features that it holds, and returns of which photos it did so, by space.
func (t *teacher) restored() (map[string]map[int]bool, error) {
	p := t.project()
	var spaces []string
	var ids []int
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			ids = append(ids, ph.ID)
			for _, s := range ph.Spaces {
				if !slices.Contains(spaces, s) {
					spaces = append(spaces, s)
				}
			}
		}
	}
	if len(spaces) == 0 {
		return nil, nil
	}
	got, err := t.lesson.errand(spacesFrom(spaces), nil, func(job protocol.Job) interface{ Number() protocol.Job } {
		return protocol.Restore{Job: job, Project: p.ID, Task: protocol.Task{Spaces: spacesFrom(spaces), IDs: ids}}
	})
	if err != nil {
		return nil, err
	}
	written := map[string]map[int]bool{}
	for _, w := range got.(protocol.Restored).Written {
		written[w.Space] = make(map[int]bool, len(w.IDs))
		for _, id := range w.IDs {
			written[w.Space][id] = true
		}
	}
	return written, nil
}
