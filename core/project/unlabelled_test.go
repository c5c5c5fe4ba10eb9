package project

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
)

// TestUnlabelled: photos without a class are kept, counted apart, learnt from once they have one,
// and every step is undone; a project that has some is written in a format of its own, and one that
// has none is not.
func TestUnlabelled(t *testing.T) {
	p := filled(t, 2, 3) // five photos of two classes
	before := state(p)
	var photos []*Photo
	for _, name := range []string{"u1.jpg", "u2.jpg", "u3.jpg"} {
		ph, err := p.NewPhoto(name)
		if err != nil {
			t.Fatal(err)
		}
		ph.Read(feature.Space{Network: "net", Size: 32}, false)
		photos = append(photos, ph)
	}
	e := p.AddUnlabelled(photos)
	if e.Teaches() || e.What != AddedUnlabelled || e.Count != 3 {
		t.Errorf("they came by %+v", e)
	}
	examples, _ := p.Examples()
	if len(p.Members(Unlabelled)) != 3 || p.Count() != 5 || len(examples) != 5 {
		t.Errorf("%d have no class, %d have one, and %d are learnt from", len(p.Members(Unlabelled)), p.Count(), len(examples))
	}
	e = p.MovePhotos([]int{photos[1].ID}, p.Classes[0].ID)
	if !e.Teaches() || e.What != LabelledPhotos || e.Name != "u2.jpg" || len(p.Members(Unlabelled)) != 2 {
		t.Errorf("one got a class by %+v", e)
	}

	var k records
	k.save(p)
	q, gone := k.open(t)
	if len(gone) != 0 || state(q) != state(p) || len(q.Members(Unlabelled)) != 2 {
		t.Errorf("%d photos are dropped, and what was saved is\n%s\nnot\n%s", len(gone), state(q), state(p))
	}
	if text := string(k.data); !strings.Contains(text, `"format":2`) {
		t.Errorf("it is written as %s", text[:60])
	}
	if e := q.Undo(); e.What != LabelledPhotos || len(q.Members(Unlabelled)) != 3 {
		t.Errorf("undo took %+v back", e)
	}
	if q.Undo(); state(q) == state(p) || len(q.Members(Unlabelled)) != 0 {
		t.Errorf("undone, it is\n%s\nbefore it was\n%s", state(q), before)
	}
	if text := string(q.Encode(time.Unix(9, 0))); !strings.Contains(text, `"format":1`) {
		t.Errorf("with no such photo it is written as %s", text[:60])
	}

	// One that has the content of a photo in any class is there already.
	twin := photos[0]
	p.SetHash(p.Members(p.Classes[1].ID)[0], [32]byte{7})
	p.SetHash(twin, [32]byte{7})
	if p.Twin(twin) != p.Members(p.Classes[1].ID)[0] || p.Twin(p.Members(p.Classes[1].ID)[0]) != nil {
		t.Error("what is in a class already is not found, or the photo in the class is taken for another")
	}
}

// looseFile has photos without a class; -update writes it anew.
const looseFile = "testdata/loose.homeroom"

// TestUnlabelledInFiles: a file carries photos without a class, with their features, sizes and
// thumbnails. It is of a version that earlier programs say is too new for them, and of the earlier
// one where there are none of them. What was taught is as it was.
func TestUnlabelledInFiles(t *testing.T) {
	f, p, figures := opened(t, "testdata/of-means.homeroom", "x")
	var photos []*Photo
	var loose []bank.Photo
	for i, name := range []string{"u1.jpg", "u2.jpg", "u3.jpg"} {
		ph, err := p.NewPhoto(name)
		if err != nil {
			t.Fatal(err)
		}
		ph.Width, ph.Height = 40+i, 30
		ph.Read(f.Bank.Spaces[i%2].Name, false)
		q := bank.Photo{ID: uint64(ph.ID), Name: name, Hash: bank.Hash{byte(i + 1)}, Class: Unlabelled, Features: make([][]float32, len(f.Bank.Spaces))}
		q.Features[i%2] = slices.Repeat([]float32{float32(i) + .5}, f.Bank.Spaces[i%2].Dim)
		photos, loose = append(photos, ph), append(loose, q)
	}
	p.AddUnlabelled(photos)
	made, err := p.File(time.UnixMilli(9), f.Networks, f.Bank, loose, learntOf(t, f, figures))
	if err != nil {
		t.Fatal(err)
	}
	small := []byte{0xff, 0xd8, 0xff, 0xd9}
	made.Thumbs = map[uint64][]byte{loose[1].ID: small}
	var out bytes.Buffer
	if err := Write(&out, made); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(looseFile, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if committed, as, _ := opened(t, looseFile, "x"); len(committed.Unlabelled) != 3 || state(as) != state(p) {
		t.Errorf("%s is\n%s\nnot\n%s", looseFile, state(as), state(p))
	}
	if text := contents(t, out.Bytes())[manifestName]; !bytes.Contains(text, []byte(`"version":2`)) {
		t.Errorf("it is of another version than 2: %s", text[:80])
	}
	back, err := Read(looseFile, out.Bytes(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Bank.Photos) != len(f.Bank.Photos) || len(back.Unlabelled) != 3 || !slices.Equal(back.Unlabelled[2].Features[0], loose[2].Features[0]) || back.Unlabelled[2].Features[1] != nil ||
		back.Unlabelled[1].Hash != loose[1].Hash || !bytes.Equal(back.Thumbs[loose[1].ID], small) {
		t.Errorf("%d photos with a class and %+v without came back", len(back.Bank.Photos), back.Unlabelled)
	}
	q, _, err := back.Open("x")
	if err != nil || state(q) != state(p) {
		t.Errorf("%v; it came back as\n%s\nwas\n%s", err, state(q), state(p))
	}
	if len(q.ReadUnlabelled()) != 3 {
		t.Errorf("%d photos can be asked about, not 3", len(q.ReadUnlabelled()))
	}

	// One that gets a class goes to the others, and one that is taken out is in the file no more.
	q.MovePhotos([]int{photos[0].ID}, q.Classes[0].ID)
	q.RemovePhotos([]int{photos[1].ID})
	b := new(bank.Builder)
	for _, c := range f.Bank.Classes {
		_, _ = b.AddClass(c)
	}
	for _, s := range f.Bank.Spaces {
		_, _ = b.AddSpace(s.Name, s.Dim)
	}
	for _, one := range append(slices.Clone(f.Bank.Photos), loose[0]) {
		one.Class = max(one.Class, 0)
		if _, err := b.Add(one); err != nil {
			t.Fatal(err)
		}
	}
	next, err := back.With(q, b.Bank(), time.UnixMilli(10))
	if err != nil || len(next.Unlabelled) != 1 || next.Unlabelled[0].ID != loose[2].ID || len(next.Bank.Photos) != len(f.Bank.Photos)+1 {
		t.Errorf("%v: %+v have no class", err, next.Unlabelled)
	}

	// A file of the first version has none of them.
	old := bytes.Replace(contents(t, out.Bytes())[manifestName], []byte(`"version":2`), []byte(`"version":1`), 1)
	m, err := readManifest(bytes.NewReader(old), int64(len(old)), DefaultLimits)
	if err == nil {
		err = m.check(DefaultLimits)
	}
	if err == nil || !strings.Contains(err.Error(), "no class") {
		t.Errorf("a photo without a class in the first version: %v", err)
	}
}
