package project

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroom/core/feature"
)

// records are what a store has of a project.
type records struct {
	photos map[int][]byte
	edits  map[int][]byte
	data   []byte
}

// save writes what is to be kept.
func (k *records) save(p *Project) {
	if k.photos == nil {
		k.photos, k.edits = map[int][]byte{}, map[int][]byte{}
	}
	c := p.Changes()
	for _, ph := range c.Photos {
		k.photos[ph.ID] = ph.Encode()
	}
	for _, e := range c.Edits {
		k.edits[e.Number] = e.JSON
	}
	for _, n := range c.Dropped {
		delete(k.edits, n)
	}
	k.data = p.Encode(time.Unix(9, 0))
}

// open reads the project again.
func (k *records) open(t testing.TB) (*Project, []*Photo) {
	t.Helper()
	var photos []*Photo
	edits := []SavedEdit{}
	for _, id := range slices.Sorted(maps.Keys(k.photos)) {
		ph, err := DecodePhoto(k.photos[id])
		if err != nil {
			t.Fatal(err)
		}
		photos = append(photos, ph)
	}
	for _, n := range slices.Sorted(maps.Keys(k.edits)) {
		edits = append(edits, SavedEdit{n, k.edits[n]})
	}
	p, gone, err := Decode(k.data, photos, edits)
	if err != nil {
		t.Fatal(err)
	}
	return p, gone
}

func TestHistoryIsBounded(t *testing.T) {
	p := filled(t, 3, 2)
	p.RemovePhotos([]int{2})
	p.Undo()
	p.Rename("Once more") // drops what could have been done again
	for i := range maxUndo {
		p.Rename([]string{"a", "b"}[i%2])
	}
	var k records
	k.save(p)
	if len(k.edits) != maxUndo {
		t.Errorf("%d edits are kept", len(k.edits))
	}
	q, gone := k.open(t)
	if len(gone) != 0 || q.CanRedo() != nil || state(q) != state(p) {
		t.Errorf("%d photos are dropped, %v can be done again, it is\n%s\nwant\n%s", len(gone), q.CanRedo(), state(q), state(p))
	}
}

func TestHistoryThatDoesNotFitIsLeftOut(t *testing.T) {
	p := filled(t, 1, 1)
	p.Rename("Vegetables")
	var k records
	k.save(p)
	k.edits[3] = []byte(`{"text":"Added the class X","classes":{"at":7,"before":[],"after":[{"id":9,"name":"X"}]}}`)
	q, _ := k.open(t)
	for q.CanUndo() != nil {
		q.Undo()
	}
	if len(q.Classes) != 2 || q.Name != "Fruit" {
		t.Errorf("it is %s", state(q))
	}
	c := q.Changes()
	slices.Sort(c.Dropped)
	if len(c.Edits) != 0 || !reflect.DeepEqual(c.Dropped, []int{1, 2, 3}) {
		t.Errorf("%d edits are to be kept, %v dropped", len(c.Edits), c.Dropped)
	}
}

// TestEarlierHistoriesAreRead has edits as an earlier page kept them, with a sentence in place of
// what they did.
func TestEarlierHistoriesAreRead(t *testing.T) {
	p := New("p", "Vegetables", time.Unix(0, 0))
	p.Classes = []Class{{1, "Kittens"}}
	k := records{photos: map[int][]byte{}, data: p.Encode(time.Unix(9, 0)), edits: map[int][]byte{
		1: []byte(`{"text":"Added the class Cats","classes":{"at":0,"before":[],"after":[{"id":1,"name":"Cats"}]}}`),
		2: []byte(`{"text":"Added 3 photos to Cats","moves":[[1,3,0,1]]}`),
		3: []byte(`{"text":"Renamed Cats to Kittens","classes":{"at":0,"before":[{"id":1,"name":"Cats"}],"after":[{"id":1,"name":"Kittens"}]}}`),
		4: []byte(`{"text":"Renamed the project to Vegetables","name":["Fruit","Vegetables"]}`),
		5: []byte(`{"text":"Changed the seed","settings":[{"network":"","size":0,"thorough":false,"head":"auto","seed":1,"keep_back":false,"weigh":true,"unknown":true,"alarms":0.05,"auto":true,"selfie":true},{"network":"","size":0,"thorough":false,"head":"auto","seed":1,"keep_back":false,"weigh":true,"unknown":true,"alarms":0.05,"auto":true,"selfie":true}]}`),
	}}
	for id := 1; id <= 3; id++ {
		k.photos[id] = (&Photo{ID: id, Class: 1, Name: "cat.jpg"}).Encode()
	}
	q, _ := k.open(t)
	if e := q.CanUndo(); e == nil || e.Text != "Changed the seed" || e.What != "" {
		t.Fatalf("the last edit is %+v", e)
	}
	for q.CanUndo() != nil {
		q.Undo()
	}
	if q.Name != "Fruit" || len(q.Classes) != 0 || q.Photo(2).Class != 0 {
		t.Errorf("undone, it is %s", state(q))
	}
}

func TestProjectsAreReadAsTheyWereKept(t *testing.T) {
	p := filled(t, 3, 2)
	p.AddVersion(Version{When: time.Unix(5, 0).UTC(), Kind: "linear", Classes: []string{"a", "b"}, Accuracy: 0.5})
	p.RemovePhotos([]int{2})
	p.Unread = 4
	c := p.Changes()
	if len(c.Photos) != 5 || !c.Itself {
		t.Fatalf("%d photos and %v are to be kept", len(c.Photos), c.Itself)
	}
	if again := p.Changes(); again.Any() {
		t.Error("what was taken to be kept is still to be kept")
	}
	var data []*Photo
	for _, ph := range c.Photos {
		back, err := DecodePhoto(ph.Encode())
		if err != nil || !reflect.DeepEqual(back, ph) {
			t.Fatalf("%+v, %v", back, err)
		}
		data = append(data, back)
	}
	q, gone, err := Decode(p.Encode(time.Unix(9, 0)), data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if state(q) != state(p) || q.Unread != 4 || !reflect.DeepEqual(q.Versions, p.Versions) {
		t.Errorf("it came back as\n%s\nwas\n%s", state(q), state(p))
	}
	if len(gone) != 1 || gone[0].ID != 2 {
		t.Errorf("%d photos are to be dropped", len(gone))
	}
	next, _ := q.NewPhoto("z.jpg")
	if next.ID != 6 {
		t.Errorf("the next photo has the number %d", next.ID)
	}
	s, err := Summarise(p.Encode(time.Unix(9, 0)))
	if err != nil || s.Name != "Fruit" || s.Classes != 2 || s.Photos != 4 {
		t.Errorf("its summary is %+v, %v", s, err)
	}
}

// TestRecordsThatCannotBeShownAreRefused changes one value after the other of a project that was
// kept.
func TestRecordsThatCannotBeShownAreRefused(t *testing.T) {
	p := filled(t, 1, 1)
	p.AddVersion(Version{Classes: []string{"a", "b"}, States: []State{{Step: 1}, {Step: 2}}})
	good := p.Encode(time.Unix(9, 0))
	for _, c := range []struct{ from, to, want string }{
		{`"format":1`, `"format":99`, "another version"},
		{`"id":2,`, `"id":1,`, "another's"},
		{`"id":2,`, `"id":-3,`, "number -3"},
		{`"name":"Class 2"`, `"name":""`, "no name"},
		{`"alarms":0.05`, `"alarms":7`, "share 7"},
		{`"size":0`, `"size":100000000`, "input size"},
		{`"number":1`, `"number":0`, "in order"},
		{`"accuracy":0`, `"accuracy":-1`, "share -1"},
		{`"seconds":0`, `"seconds":-1`, "-1 seconds"},
		{`"last_photo":2`, `"last_photo":1000000000000000000`, "counts"},
		{`"created":"1970`, `"created":"0000`, "date"},
		{`"pixels":0`, `"pixels":-5`, "not possible"},
		{`"format"`, `"format":"x"`, "cannot be read"},
	} {
		bad := strings.Replace(string(good), c.from, c.to, 1)
		if bad == string(good) {
			t.Fatalf("there is no %s in %s", c.from, good)
		}
		if _, _, err := Decode([]byte(bad), nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", c.to, err, c.want)
		}
	}
	for _, bad := range []string{
		`{"id":0,"class":1,"name":"x"}`, `{"id":1,"class":-2,"name":"x"}`, `{"id":1,"class":1,"name":"x","taken":1000000000000000000}`, `{"id":1,"class":1,"name":"x","width":-1}`,
		`{"id":1,"class":1,"spaces":["net"]}`, `{"id":1,"class":1,"hash":"zz"}`, `{`,
	} {
		if ph, err := DecodePhoto([]byte(bad)); err == nil {
			t.Errorf("%s was read as %+v", bad, ph)
		}
	}
}

// FuzzRecords looks for records that are read and cannot be followed on, or not be written again.
func FuzzRecords(f *testing.F) {
	p := filled(f, 3, 2)
	p.AddVersion(Version{Classes: []string{"a", "b"}, States: []State{{Step: 1}, {Step: 2}}})
	p.MovePhotos([]int{1, 2}, p.Classes[1].ID)
	p.RemoveClass(p.Classes[0].ID)
	p.Annotate(1, "good")
	p.Undo()
	var k records
	k.save(p)
	for n := range k.edits {
		f.Add(k.data, k.photos[1], k.edits[n], k.edits[len(k.edits)])
	}
	f.Fuzz(func(t *testing.T, data, photo, first, second []byte) {
		ph, err := DecodePhoto(photo)
		if err != nil {
			return
		}
		q, _, err := Decode(data, []*Photo{ph}, []SavedEdit{{1, first}, {2, second}})
		if err != nil {
			return
		}
		n := 0
		for ; q.Undo() != nil; n++ {
		}
		for ; n > 0; n-- {
			q.Redo()
		}
		for q.Redo() != nil {
		}
		if !json.Valid(q.Encode(time.Unix(9, 0))) {
			t.Error("it is written as something else than JSON")
		}
		if _, err := Summarise(q.Encode(time.Unix(9, 0))); err != nil {
			t.Error(err)
		}
	})
}

// TestSaveAll: written again after everything that was kept is gone, a project is what it was.
func TestSaveAll(t *testing.T) {
	p := filled(t, 3, 2, 2)
	p.RemovePhotos([]int{1})
	p.Rename("Vegetables")
	p.Undo()
	new(records).save(p) // and then that is cleared
	p.SaveAll()
	var k records
	k.save(p)
	q, _ := k.open(t)
	if state(q) != state(p) || q.CanUndo() == nil || q.CanRedo() == nil || q.CanUndo().What != p.CanUndo().What || q.CanRedo().What != p.CanRedo().What {
		t.Errorf("it came back as\n%s\nwas\n%s\nwhat can be undone is %v, not %v", state(q), state(p), q.CanUndo(), p.CanUndo())
	}
}

func TestWithoutKeepsWhatWasWritten(t *testing.T) {
	p := filled(t, 3, 2)
	a, b := feature.Space{Network: "a", Size: 32}, feature.Space{Network: "b", Size: 32}
	ids := map[int]bool{}
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			ph.Spaces, ph.Small, ph.Full = []feature.Space{a, b}, []feature.Space{b}, 9
			if len(ids) < 2 {
				ids[ph.ID] = true
			}
		}
	}
	p.AddVersion(Version{})
	p.AddVersion(Version{Last: true})
	versions := p.Without(map[feature.Space]map[int]bool{a: ids}, true)
	if v := p.Version(p.Current); versions != 1 || v == nil || v.Last {
		t.Errorf("%d versions are gone, %+v is in use", versions, v)
	}
	for range p.Classes[:1] {
		for ph := range p.Photos() {
			if want := map[bool]int{true: 1, false: 0}[ids[ph.ID]]; len(ph.Spaces) != want || len(ph.Small) != 0 || ph.Full != 0 {
				t.Errorf("photo %d has %v, %v and %d bytes of its own", ph.ID, ph.Spaces, ph.Small, ph.Full)
			}
		}
	}
	if versions = p.Without(nil, false); versions != 1 || p.Current != 0 {
		t.Errorf("without its head version %d is in use", p.Current)
	}
}
