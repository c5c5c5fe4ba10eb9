package teach

import (
	"reflect"
	"testing"
	"time"
)

// kept is the browser's store, as far as a project needs it.
type kept struct {
	photos map[int][]byte
	edits  map[int][]byte
	data   []byte
}

// save writes what is unsaved.
func (k *kept) save(p *Project) {
	if k.photos == nil {
		k.photos, k.edits = map[int][]byte{}, map[int][]byte{}
	}
	photos, _ := p.Unsaved()
	for _, ph := range photos {
		k.photos[ph.ID] = ph.Encode()
	}
	edits, dropped := p.UnsavedEdits()
	for _, e := range edits {
		k.edits[e.Number] = e.JSON
	}
	for _, n := range dropped {
		delete(k.edits, n)
	}
	k.data = p.Encode(time.Unix(9, 0))
}

// open reads the project again.
func (k *kept) open(t *testing.T) (*Project, []*Photo) {
	t.Helper()
	var photos []*Photo
	var edits []SavedEdit
	for id := range 1000 {
		if data := k.photos[id]; data != nil {
			ph, err := DecodePhoto(data)
			if err != nil {
				t.Fatal(err)
			}
			photos = append(photos, ph)
		}
		if data := k.edits[id]; data != nil {
			edits = append(edits, SavedEdit{id, data})
		}
	}
	p, gone, err := Decode(k.data, photos, edits)
	if err != nil {
		t.Fatal(err)
	}
	return p, gone
}

func TestHistoryOutlivesThePage(t *testing.T) {
	p := filled(t, 3, 2, 2)
	p.AddVersion(Version{})
	p.AddVersion(Version{})
	p.RenameClass(p.Classes[1].ID, "Apples")
	p.MovePhotos([]int{1, 3}, p.Classes[1].ID)
	p.RemovePhotos([]int{2})
	p.RemoveClass(p.Classes[2].ID)
	p.Rename("Vegetables")
	s := p.Settings
	s.Seed = 7
	p.Set(s, "Changed the seed")
	p.Use(1)
	p.Annotate(2, "good")
	var k kept
	k.save(p)
	p.Undo()
	p.Undo()
	p.Undo()
	k.save(p)

	q, gone := k.open(t)
	if len(gone) != 0 {
		t.Errorf("%d photos are dropped that undo would bring back", len(gone))
	}
	for p.CanUndo() != "" {
		if q.CanUndo() != p.CanUndo() || q.CanRedo() != p.CanRedo() || shape(q) != shape(p) {
			t.Fatalf("%s / %s\n%s\nwant %s / %s\n%s", q.CanUndo(), q.CanRedo(), shape(q), p.CanUndo(), p.CanRedo(), shape(p))
		}
		p.Undo()
		q.Undo()
	}
	if q.CanUndo() != "" {
		t.Errorf("%q can be undone besides", q.CanUndo())
	}
	for p.CanRedo() != "" {
		p.Redo()
		q.Redo()
		if q.CanRedo() != p.CanRedo() || shape(q) != shape(p) {
			t.Fatalf("done again: %s\n%s\nwant %s\n%s", q.CanRedo(), shape(q), p.CanRedo(), shape(p))
		}
	}
	if !reflect.DeepEqual(q.Versions, p.Versions) {
		t.Error("the versions differ")
	}

	// A change after an undo drops what could have been done again, and so does a long history its beginning.
	q.Undo()
	q.Rename("Once more")
	for i := range maxUndo {
		q.Rename([]string{"a", "b"}[i%2])
	}
	k.save(q)
	if len(k.edits) != maxUndo {
		t.Errorf("%d edits are kept", len(k.edits))
	}
	r, gone := k.open(t)
	if len(gone) != 3 { // those of the class that was removed, and the one that was
		t.Errorf("%d photos are dropped", len(gone))
	}
	if r.CanRedo() != "" || shape(r) != shape(q) {
		t.Errorf("%q can be done again, it is\n%s\nwant\n%s", r.CanRedo(), shape(r), shape(q))
	}
}

func TestHistoryThatDoesNotFitIsLeftOut(t *testing.T) {
	p := filled(t, 1, 1)
	p.Rename("Vegetables")
	var k kept
	k.save(p)
	k.edits[3] = []byte(`{"text":"Added the class X","classes":{"at":7,"before":[],"after":[{"id":9,"name":"X"}]}}`)
	q, _ := k.open(t)
	for q.CanUndo() != "" {
		q.Undo()
	}
	if len(q.Classes) != 2 || q.Name != "Fruit" {
		t.Errorf("it is %s", shape(q))
	}
	edits, dropped := q.UnsavedEdits()
	if len(edits) != 0 || !reflect.DeepEqual(dropped, []int{1, 2, 3}) {
		t.Errorf("%d edits are to be kept, %v dropped", len(edits), dropped)
	}
	// One whose photos are gone does what is left of it.
	delete(k.photos, 1)
	delete(k.edits, 3)
	q, _ = k.open(t)
	for q.CanUndo() != "" {
		q.Undo()
	}
}
