package project

import (
	"strings"
	"testing"
	"time"

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
