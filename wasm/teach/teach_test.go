package teach

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"homeroom/core/head"
)

// filled is a project with classes of so many photos, all read.
func filled(t *testing.T, sizes ...int) *Project {
	t.Helper()
	p := New("p", "Fruit", time.Unix(0, 0))
	for i, n := range sizes {
		if _, err := p.AddClass(fmt.Sprintf("Class %d", i+1)); err != nil {
			t.Fatal(err)
		}
		var photos []*Photo
		for k := range n {
			ph, err := p.NewPhoto(fmt.Sprintf("%d-%d.jpg", i+1, k+1))
			if err != nil {
				t.Fatal(err)
			}
			ph.Spaces, ph.Hash = []string{"net@224"}, fmt.Sprint(i, k)
			photos = append(photos, ph)
		}
		if n > 0 {
			p.AddPhotos(p.Classes[i].ID, photos)
		}
	}
	return p
}

// shape is the classes with the names of their photos, for comparing.
func shape(p *Project) string {
	var out []string
	for _, c := range p.Classes {
		line := c.Name + ":"
		for _, ph := range p.Members(c.ID) {
			line += " " + ph.Name
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n") + "\n" + p.Name + fmt.Sprint(p.Settings, p.Current)
}

func TestEveryEditCanBeUndoneAndRedone(t *testing.T) {
	p := filled(t, 3, 2)
	p.AddVersion(Version{})
	p.AddVersion(Version{})
	edits := map[string]func(){
		"add class": func() { p.AddClass("New") },
		"add folders": func() {
			ph, _ := p.NewPhoto("x.jpg")
			p.AddFolders([]Folder{{"Pears", []*Photo{ph}}, {"class 1", nil}})
		},
		"rename class": func() { p.RenameClass(p.Classes[0].ID, "Apples") },
		"remove class": func() { p.RemoveClass(p.Classes[0].ID) },
		"add photos":   func() { ph, _ := p.NewPhoto("y.jpg"); p.AddPhotos(p.Classes[0].ID, []*Photo{ph}) },
		"move":         func() { p.MovePhotos([]int{p.Members(p.Classes[0].ID)[0].ID}, p.Classes[1].ID) },
		"remove":       func() { p.RemovePhotos([]int{p.Members(p.Classes[0].ID)[0].ID}) },
		"rename":       func() { p.Rename("Vegetables") },
		"set":          func() { s := p.Settings; s.Seed = 7; p.Set(s, "Changed the seed") },
		"use":          func() { p.Use(1) },
		"note":         func() { p.Annotate(1, "good") },
	}
	for name, edit := range edits {
		before := shape(p)
		edit()
		after := shape(p)
		if after == before && name != "note" {
			t.Errorf("%s changed nothing", name)
		}
		if p.CanUndo() == "" || p.CanRedo() != "" {
			t.Errorf("%s: undo says %q, redo %q", name, p.CanUndo(), p.CanRedo())
		}
		p.Undo()
		if got := shape(p); got != before {
			t.Errorf("undoing %s gave\n%s\nwant\n%s", name, got, before)
		}
		p.Redo()
		if got := shape(p); got != after {
			t.Errorf("redoing %s gave\n%s\nwant\n%s", name, got, after)
		}
		p.Undo()
	}
	if v := p.Version(1); v.Note != "" {
		t.Errorf("the note is still %q", v.Note)
	}
}

func TestNamesAreChecked(t *testing.T) {
	p := filled(t, 1)
	for _, name := range []string{"", "  ", "class 1", " CLASS  1 "} {
		if _, err := p.AddClass(name); err == nil {
			t.Errorf("a second class %q was added", name)
		}
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

func TestProjectsAreReadAsTheyWereSaved(t *testing.T) {
	p := filled(t, 3, 2)
	p.AddVersion(Version{When: time.Unix(5, 0).UTC(), Kind: "linear", Classes: []string{"a", "b"}, Accuracy: 0.5})
	p.RemovePhotos([]int{2})
	p.Unread = 4
	photos, itself := p.Unsaved()
	if len(photos) != 5 || !itself {
		t.Fatalf("%d photos and %v are to be saved", len(photos), itself)
	}
	if again, itself := p.Unsaved(); len(again) != 0 || itself {
		t.Error("what was taken to be saved is still to be saved")
	}
	var data []*Photo
	for _, ph := range photos {
		back, err := DecodePhoto(ph.Encode())
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, back)
	}
	q, gone, err := Decode(p.Encode(time.Unix(9, 0)), data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if shape(q) != shape(p) || q.Unread != 4 || !reflect.DeepEqual(q.Versions, p.Versions) {
		t.Errorf("it came back as\n%s\nwas\n%s", shape(q), shape(p))
	}
	if len(gone) != 1 || gone[0].ID != 2 {
		t.Errorf("%d photos are to be dropped", len(gone))
	}
	next, _ := q.NewPhoto("z.jpg")
	if next.ID != 6 {
		t.Errorf("the next photo has the number %d", next.ID)
	}
	if _, _, err := Decode([]byte(`{"format":99,"name":"X"}`), nil, nil); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("a project of a later format gave %v", err)
	}
	s, err := Summarise(p.Encode(time.Unix(9, 0)))
	if err != nil || s.Name != "Fruit" || s.Classes != 2 || s.Photos != 4 {
		t.Errorf("its summary is %+v, %v", s, err)
	}
}

func TestOldVersionsMakeRoom(t *testing.T) {
	p := filled(t, 1, 1)
	for i := range keptVersions + 10 {
		p.AddVersion(Version{})
		if i == 2 {
			p.Annotate(3, "keep")
		}
	}
	p.Use(1)
	gone := p.Superfluous()
	if len(p.Versions) != keptVersions+2 || len(gone) != 8 || p.Version(1) == nil || p.Version(3) == nil {
		t.Errorf("%d versions are left, %v are gone", len(p.Versions), gone)
	}
}

func TestBalance(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		want  string
	}{
		{[]int{1}, "second class"}, {[]int{0, 0}, "Give each class"}, {[]int{9, 0}, "no photos yet"},
		{[]int{9, 2}, "a few more"}, {[]int{40, 10}, "of like size"}, {[]int{10, 12}, "Evenly"},
	} {
		if got := filled(t, c.sizes...).Balance(); !strings.Contains(got, c.want) {
			t.Errorf("%v: %q, want %q in it", c.sizes, got, c.want)
		}
	}
}

func screen(p *Project) *Screen {
	return &Screen{
		Project: p, Tab: TabPhotos, Classes: PageOfClasses, Photos: PageOfPhotos, Save: Save{State: "saved"},
		Thumb: func(int) string { return "" }, Full: func(int) string { return "" },
	}
}

func said(s *Screen) string {
	var out []string
	for _, n := range s.Nodes() {
		if n != nil {
			out = append(out, n.Words())
		}
	}
	return strings.Join(out, " ")
}

func TestHundredsOfClassesAreShownByPages(t *testing.T) {
	p := New("p", "Many", time.Unix(0, 0))
	var names []string
	for i := range MaxClasses {
		names = append(names, fmt.Sprintf("Kind %03d", i))
	}
	if _, err := p.AddClasses(names); err != nil {
		t.Fatal(err)
	}
	s := screen(p)
	count := func() int {
		n := 0
		for _, k := range s.Nodes() {
			if k != nil {
				k.Walk(func(k *node) {
					if v, _ := k.Get("data-drop"); v == "class" {
						n++
					}
				})
			}
		}
		return n
	}
	if n := count(); n != PageOfClasses {
		t.Errorf("%d classes are shown", n)
	}
	s.Search = "kind 49"
	if n := count(); n != 10 {
		t.Errorf("%d classes are found, want 10", n)
	}
	if !strings.Contains(said(s), "10 of 500 classes") {
		t.Error("it does not say how many were found")
	}
}

func TestWhatAHeadSeesInWords(t *testing.T) {
	s := screen(filled(t, 1, 1))
	s.Networks = []Network{{Name: "lite0", Title: "Lite 0"}, {Name: "lite2", Title: "Lite 2"}}
	for text, want := range map[string]string{
		"lite0@224":                  "Lite 0 at 224 px",
		"lite0@224 + lite0@224/flip": "Lite 0 at 224 px, mirrored too",
		"lite0@224 + lite0@224/flip, lite0@224/wide":                            "Lite 0 at 224 px, mirrored too; the same, the whole photo",
		"lite0@224, lite2@260":                                                  "Lite 0 at 224 px; Lite 2 at 260 px",
		"lite0@224, lite0@224/wide, lite2@260 + lite2@260/flip, lite2@260/wide": "Lite 0 at 224 px; the same, the whole photo; Lite 2 at 260 px, mirrored too; the same, the whole photo",
	} {
		if in, err := head.ParseInput(text); err != nil || in.String() != text || s.sees(text) != want {
			t.Errorf("%s is %q in words, want %q", text, s.seen(in), want)
		}
	}
}

func TestResultsOfManyClasses(t *testing.T) {
	p := filled(t, make([]int, 40)...)
	s := screen(p)
	s.Tab = TabResults
	p.AddVersion(Version{Checked: 40, Accuracy: 0.5, High: 1})
	rep := &head.Report{Photos: 40, Correct: 20, Confusion: make([][]int, 40)}
	for i, c := range p.Classes {
		rep.Classes = append(rep.Classes, head.ClassReport{Name: c.Name, Photos: 1})
		rep.Confusion[i] = make([]int, 40)
		rep.Confusion[i][(i+i%2)%40] = 1
	}
	s.Result = &Result{Version: 1, Report: rep, Folds: 5, Held: map[int]Held{}, LeftOut: "x"}
	if text := said(s); !strings.Contains(text, "Show all 40 classes") || !strings.Contains(text, "confused most") {
		t.Errorf("40 classes are shown as %s", text)
	}
	s.AllClasses = true
	if text := said(s); strings.Contains(text, "Show all") || strings.Count(text, p.Classes[39].Name) == 0 {
		t.Errorf("all 40 classes are shown as %s", text)
	}
}

// TestUncheckedVersion: with a photo a class nothing can be held out, and there is no report.
func TestUncheckedVersion(t *testing.T) {
	p := filled(t, 1, 1)
	p.AddVersion(Version{Kind: "means"})
	s := screen(p)
	s.Result = &Result{Version: 1, Held: map[int]Held{}}
	for _, tab := range tabs {
		s.Tab = tab.id
		if said(s) == "" {
			t.Errorf("the tab %s is empty", tab.title)
		}
	}
}

// TestWhatWasTried: what was given up early comes last, whatever its loss, and the kind of the version is marked.
func TestWhatWasTried(t *testing.T) {
	p := filled(t, 1, 1)
	p.AddVersion(Version{Kind: "means", Input: "net@224", Checked: 2})
	s := screen(p)
	in := head.Input{{{Network: "net", Size: 224}}}
	n := s.kinds(&Result{Version: 1, Tried: []head.Candidate{
		{Kind: head.MLP, Input: in, Loss: 0.1, Photos: 10}, {Kind: head.Linear, Input: in, Loss: 0.2, Photos: 50}, {Kind: head.Means, Input: in, Loss: 0.3, Photos: 50},
	}})
	text := n.Words()
	linear, means, small := strings.Index(text, "Linear"), strings.Index(text, "Class means chosen"), strings.Index(text, "Small network given up early")
	if linear < 0 || means < linear || small < means {
		t.Errorf("what was tried is told as %s", text)
	}
}

// TestStatesOfAVersion: the best state and the last are told where they differ, one is chosen, and that can be undone.
func TestStatesOfAVersion(t *testing.T) {
	steps := []head.Progress{{Step: 1, ValidLoss: 0.9, ValidAccuracy: 0.6}, {Step: 2, ValidLoss: 0.4, ValidAccuracy: 0.9}, {Step: 3, ValidLoss: 0.5, ValidAccuracy: 0.8}}
	if StatesOf(steps[:2]) != nil || StatesOf([]head.Progress{{Step: 1, Loss: 1}, {Step: 2, Loss: 0.5}}) != nil {
		t.Error("there are two states where learning ended in its best, or nothing was kept back")
	}
	p := filled(t, 5, 5)
	p.AddVersion(Version{Kind: "mlp", Input: "net@224", States: StatesOf(steps)})
	p.AddVersion(Version{Kind: "means", Input: "net@224"})
	s := screen(p)
	s.Tab = TabVersions
	if text := said(s); !strings.Contains(text, "best on photos kept back: step 2, 90% right") || !strings.Contains(text, "when learning ended: step 3, 80% right") {
		t.Errorf("the versions say %s", text)
	}
	if p.AnswerIn(2, true) != nil || p.AnswerIn(1, false) != nil {
		t.Error("a state was chosen that is not there, or is in use")
	}
	e := p.AnswerIn(1, true)
	if e == nil || e.Teaches() || !p.Version(1).Last {
		t.Fatalf("the last state was chosen: %+v", e)
	}
	if p.Undo(); p.Version(1).Last {
		t.Error("that was not undone")
	}
}

// TestFewPhotosAreCounted: results of fewer than ten photos have no percentages, and say what they cannot tell.
func TestFewPhotosAreCounted(t *testing.T) {
	p := filled(t, 5, 4)
	s := screen(p)
	s.Tab = TabResults
	p.AddVersion(Version{Checked: 9, Accuracy: 7.0 / 9, High: 1, Classes: []string{"Class 1", "Class 2"}})
	truth := []int{0, 0, 0, 0, 0, 1, 1, 1, 1}
	answers := make([][]float64, len(truth))
	for i, y := range truth {
		answers[i] = []float64{0.9, 0.1}
		if y == 1 && i > 6 {
			answers[i] = []float64{0.1, 0.9}
		}
	}
	rep := head.Score([]string{"Class 1", "Class 2"}, truth, answers)
	s.Result = &Result{Version: 1, Report: rep, Folds: 5, Held: map[int]Held{}, Unchecked: []head.Unchecked{{Name: "Class 3", Photos: 8, Copies: true}}}
	text := said(s)
	for _, want := range []string{"7 of 9", "2 of 4", "The 8 photos of Class 3 are copies of one photo"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said in %s", want, text)
		}
	}
	for _, never := range []string{"78%", "50%", "100%"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is said of few photos in %s", never, text)
		}
	}
}
