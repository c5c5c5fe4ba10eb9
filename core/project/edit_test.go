package project

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
)

// filled is a project with classes of so many photos, all read.
func filled(t testing.TB, sizes ...int) *Project {
	t.Helper()
	p := New("p", "Fruit", time.Unix(0, 0).UTC())
	for i, n := range sizes {
		if _, err := p.AddClass(fmt.Sprintf("Class %d", i+1)); err != nil {
			t.Fatal(err)
		}
		var photos []*Photo
		for k := range n {
			ph := fresh(t, p, fmt.Sprintf("%d-%d.jpg", i+1, k+1))
			p.SetHash(ph, bank.Hash{byte(i + 1), byte(k + 1)})
			photos = append(photos, ph)
		}
		if n > 0 {
			p.AddPhotos(p.Classes[i].ID, photos)
		}
	}
	return p
}

// fresh is a photo that is in no class yet.
func fresh(t testing.TB, p *Project, name string) *Photo {
	t.Helper()
	ph, err := p.NewPhoto(name)
	if err != nil {
		t.Fatal(err)
	}
	ph.Read(net, false)
	return ph
}

// state is all of a project that edits change, for comparing.
func state(p *Project) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %+v %d\n", p.Name, p.Settings, p.Current)
	for _, c := range p.Classes {
		fmt.Fprintf(&out, "%d %s:", c.ID, c.Name)
		for _, ph := range p.Members(c.ID) {
			fmt.Fprint(&out, " ", ph.Name, ph.Sure)
		}
		out.WriteByte('\n')
	}
	for _, ph := range p.Members(Unlabelled) {
		fmt.Fprint(&out, ph.Name, ph.Spaces, ph.Width, " ")
	}
	for _, v := range p.Versions {
		fmt.Fprintf(&out, "%d %q %v\n", v.Number, v.Note, v.Last)
	}
	return out.String()
}

// random does an edit of the project that is drawn by lot, which may be one that changes nothing.
func random(t testing.TB, r *rand.Rand, p *Project) *Edit {
	t.Helper()
	class := func() int {
		if len(p.Classes) == 0 {
			return 0
		}
		return p.Classes[r.IntN(len(p.Classes))].ID
	}
	some := func() (ids []int) {
		for range r.IntN(6) {
			ids = append(ids, 1+r.IntN(p.last.photo+2))
		}
		return ids
	}
	photos := func() (out []*Photo) {
		for range r.IntN(4) {
			out = append(out, fresh(t, p, fmt.Sprintf("%d.jpg", p.last.photo+1)))
		}
		return out
	}
	name := func() string { return []string{"Apples", "apples", " Pears ", "Plums", "", "Figs"}[r.IntN(6)] }
	switch r.IntN(13) {
	case 0:
		e, _ := p.AddClass(name())
		return e
	case 1:
		e, _ := p.AddClasses([]string{name(), name()})
		return e
	case 2:
		e, _ := p.RenameClass(class(), name())
		return e
	case 3:
		return p.RemoveClass(class())
	case 4:
		if c := class(); c != 0 {
			return p.AddPhotos(c, photos())
		}
	case 5:
		e, _ := p.AddFolders([]Folder{{name(), photos()}, {name(), photos()}})
		return e
	case 6:
		return p.MovePhotos(some(), class())
	case 7:
		return p.RemovePhotos(some())
	case 8:
		return p.Rename(name())
	case 9:
		s := p.Settings
		s.Seed, s.Weigh, s.Size = uint64(r.IntN(3)), r.IntN(2) == 0, 32*r.IntN(3)
		return p.Set(s)
	case 10:
		return p.Use(1 + r.IntN(3))
	case 11:
		return p.Annotate(1+r.IntN(3), name())
	case 12:
		return p.AnswerIn(1+r.IntN(3), r.IntN(2) == 0)
	}
	return nil
}

// TestAnyEditsUndoneLeaveTheProjectAsItWas does edits that are drawn by lot, undoes all of them,
// and does them again.
func TestAnyEditsUndoneLeaveTheProjectAsItWas(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := filled(t, 3, 2, 4)
		p.AddVersion(Version{Network: "net", Size: 64, States: []State{{Step: 1}, {Step: 2}}})
		p.AddVersion(Version{})
		p.history = history{}
		states := []string{state(p)}
		for range 60 {
			if e := random(t, r, p); e != nil {
				states = append(states, state(p))
				if e.Inverse().Inverse(); !reflect.DeepEqual(normal(e), normal(e.Inverse().Inverse())) {
					t.Fatalf("seed %d: the inverse of the inverse of %+v is %+v", seed, e, e.Inverse().Inverse())
				}
			} else if state(p) != states[len(states)-1] {
				t.Fatalf("seed %d: something changed without an edit", seed)
			}
		}
		for i := len(states) - 2; i >= 0; i-- {
			if p.Undo() == nil || state(p) != states[i] {
				t.Fatalf("seed %d: undone to edit %d it is\n%s\nand was\n%s", seed, i, state(p), states[i])
			}
		}
		if p.Undo() != nil || p.CanUndo() != nil {
			t.Fatalf("seed %d: more can be undone than was done", seed)
		}
		for i := 1; i < len(states); i++ {
			if p.Redo() == nil || state(p) != states[i] {
				t.Fatalf("seed %d: done again to edit %d it is\n%s\nand was\n%s", seed, i, state(p), states[i])
			}
		}
		if p.Redo() != nil {
			t.Fatalf("seed %d: more can be done again than was done", seed)
		}
	}
}

// normal is an edit with nil for what is empty.
func normal(e *Edit) Edit {
	n := *e
	if len(n.Moves) == 0 {
		n.Moves = nil
	}
	if n.Classes != nil {
		n.Classes = &Splice{n.Classes.At, append([]Class{}, n.Classes.Before...), append([]Class{}, n.Classes.After...)}
	}
	return n
}

// TestAnyEditsOutliveThePage has a project with edits that are drawn by lot kept at any moment,
// read again and followed on.
func TestAnyEditsOutliveThePage(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		p := filled(t, 3, 2)
		p.AddVersion(Version{States: []State{{Step: 1}, {Step: 2}}})
		var k records
		for range 50 {
			switch r.IntN(6) {
			case 0:
				p.Undo()
			case 1:
				p.Redo()
			case 2: // a write that fails
				p.PutBack(p.Changes())
			case 3:
				k.save(p)
			default:
				random(t, r, p)
			}
		}
		k.save(p)
		if c := p.Changes(); c.Any() {
			t.Fatalf("seed %d: what was kept is still to be kept: %+v", seed, c)
		}
		q, _ := k.open(t)
		for {
			if state(q) != state(p) {
				t.Fatalf("seed %d: it was read as\n%s\nand was\n%s", seed, state(q), state(p))
			}
			if n := len(p.history.undone); n != len(q.history.undone) {
				t.Fatalf("seed %d: %d edits can be done again, and after reading %d", seed, n, len(q.history.undone))
			}
			a, b := p.Undo(), q.Undo()
			if (a == nil) != (b == nil) {
				t.Fatalf("seed %d: before it was read %v can be undone, and after it %v", seed, a, b)
			}
			if a == nil {
				break
			}
		}
	}
}

func TestWhatEditsSay(t *testing.T) {
	p := filled(t, 3, 2)
	p.AddVersion(Version{States: []State{{Step: 1}, {Step: 2}}})
	a, b := p.Classes[0].ID, p.Classes[1].ID
	set := p.Settings
	set.Seed = 9
	for _, c := range []struct {
		want string
		do   func() *Edit
	}{
		{"added-class New  0 0", func() *Edit { e, _ := p.AddClass(" New "); return e }},
		{"added-classes   2 0", func() *Edit { e, _ := p.AddClasses([]string{"x", "y"}); return e }},
		{"renamed-class Class 1 Apples 0 0", func() *Edit { e, _ := p.RenameClass(a, "Apples"); return e }},
		{"added-photos  Class 2 1 0", func() *Edit { return p.AddPhotos(b, []*Photo{fresh(t, p, "n.jpg")}) }},
		{"added-folders   1 2", func() *Edit {
			e, _ := p.AddFolders([]Folder{{"Pears", []*Photo{fresh(t, p, "p.jpg")}}, {"class 2", nil}})
			return e
		}},
		{"moved-photos 1-1.jpg Class 2 1 0", func() *Edit { return p.MovePhotos([]int{1, 1}, b) }},
		{"moved-photos  Class 2 2 0", func() *Edit { return p.MovePhotos([]int{1, 2, 3}, b) }},
		{"removed-photos 1-1.jpg  1 0", func() *Edit { return p.RemovePhotos([]int{1, 99}) }},
		{"removed-class Class 2  5 0", func() *Edit { return p.RemoveClass(b) }},
		{"renamed-project  Vegetables 0 0", func() *Edit { return p.Rename("Vegetables") }},
		{"changed-settings   0 0", func() *Edit { return p.Set(set) }},
		{"annotated   0 0", func() *Edit { return p.Annotate(1, "good") }},
		{"answers-last   0 0", func() *Edit { return p.AnswerIn(1, true) }},
	} {
		e := c.do()
		if e == nil {
			t.Errorf("no edit for %q", c.want)
			continue
		}
		if got := fmt.Sprint(e.What, " ", e.Name, " ", e.Into, " ", e.Count, " ", e.Folders); got != c.want {
			t.Errorf("it says %q, want %q", got, c.want)
		}
	}
}

func TestNamesAreChecked(t *testing.T) {
	p := filled(t, 1)
	for _, name := range []string{"", "  ", "class 1", " CLASS  1 "} {
		if _, err := p.AddClass(name); err == nil {
			t.Errorf("a second class %q was added", name)
		}
	}
	if _, err := p.AddClasses([]string{"Twice", "twice"}); err == nil {
		t.Error("a class was added twice at once")
	}
	if _, err := p.RenameClass(p.Classes[0].ID, "CLASS 1"); err != nil {
		t.Errorf("a class may not change its capitals: %v", err)
	}
	if _, err := p.AddClass(strings.Repeat("x", 1000)); err != nil || len(p.Classes[1].Name) > MaxName {
		t.Errorf("a long name gave %v, %d characters", err, len(p.Classes[1].Name))
	}
	for len(p.Classes) < MaxClasses {
		if _, err := p.AddClass(fmt.Sprint("c", len(p.Classes))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.AddClass("one more"); err == nil {
		t.Error("there is no limit of classes")
	}
}

func TestOldVersionsMakeRoom(t *testing.T) {
	p := filled(t, 1, 1)
	for i := range plainVersions + 10 {
		p.AddVersion(Version{})
		if i == 2 {
			p.Annotate(3, "keep")
		}
	}
	p.Use(1)
	gone := p.Superfluous()
	if len(p.Versions) != plainVersions+2 || len(gone) != 8 || p.Version(1) == nil || p.Version(3) == nil {
		t.Errorf("%d versions are left, %v are gone", len(p.Versions), gone)
	}
}

func TestExamples(t *testing.T) {
	p := filled(t, 2, 2)
	ph, _ := p.NewPhoto("not read yet.jpg")
	p.AddPhotos(p.Classes[0].ID, []*Photo{ph})
	p.MovePhotos([]int{1}, p.Classes[1].ID)
	p.RemovePhotos([]int{3})
	photos, labels := p.Examples()
	var ids []int
	for _, ph := range photos {
		ids = append(ids, ph.ID)
	}
	if !slices.Equal(ids, []int{1, 2, 4}) || !slices.Equal(labels, []int{1, 0, 1}) {
		t.Errorf("the photos are %v of the classes %v", ids, labels)
	}
	flip := net.Of(feature.Flip)
	if n := len(p.Lacking([]feature.Space{net})); n != 0 {
		t.Errorf("%d photos lack what they have", n)
	}
	photos[0].Read(flip, true)
	if got := p.Lacking([]feature.Space{flip}); len(got) != 3 || !photos[0].SmallIn([]feature.Space{flip}) {
		t.Errorf("%d photos lack another view", len(got))
	}
	if before := photos[0].Read(flip, false); !before || photos[0].Small == nil && !photos[0].Has([]feature.Space{net, flip}) {
		t.Error("it was not read before")
	}
	if photos[0].Hash = photos[1].Hash; p.Twin(photos[0]) != nil {
		t.Error("photos of two classes are twins")
	}
}

// TestSayRight: what a person said of a photo's label is undone and done again, and counts for the
// class that the photo was in.
func TestSayRight(t *testing.T) {
	p := filled(t, 2, 2)
	ph := p.Members(p.Classes[0].ID)[1]
	if e := p.SayRight(ph.ID); e == nil || e.Teaches() || ph.Sure != p.Classes[0].ID {
		t.Fatalf("it is %+v, and the photo is of class %d for sure", e, ph.Sure)
	}
	if p.SayRight(ph.ID) != nil || p.SayRight(999) != nil {
		t.Error("said twice, or of no photo, it is an edit")
	}
	said := state(p)
	if p.Undo(); ph.Sure != 0 {
		t.Error("undone, it still counts")
	}
	if p.Redo(); state(p) != said {
		t.Error("done again, it does not count")
	}
	p.MovePhotos([]int{ph.ID}, p.Classes[1].ID)
	if ph.Sure == ph.Class {
		t.Error("in another class it counts, too")
	}
	if p.SayRight(ph.ID) == nil || ph.Sure != p.Classes[1].ID {
		t.Error("in another class it cannot be said")
	}
	if got, err := DecodePhoto(ph.Encode()); err != nil || got.Sure != ph.Sure {
		t.Errorf("stored, it is %+v: %v", got, err)
	}
}
