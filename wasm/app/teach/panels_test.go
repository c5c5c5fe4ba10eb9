package teach

import (
	"strings"
	"testing"
	"time"

	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/ask"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/base/basetest"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/app/teach/result"
)

// opened is an open project with classes of so many photos, all read, that no browser keeps.
func opened(t *testing.T, sizes ...int) *session {
	t.Helper()
	p := basetest.Project(t, sizes...)
	var list catalogue.List
	list.Teaching = []catalogue.Network{{Name: "net", Title: "Net"}}
	list.Teaching[0].Preprocess.Size = 224
	return newSession(p, 1, &list, 1, false)
}

func said(nodes []*node) string {
	var out []string
	for _, n := range nodes {
		if n != nil {
			out = append(out, n.Words())
		}
	}
	return strings.Join(out, " ")
}

func TestBalance(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		want  string
	}{
		{[]int{1}, "second class"}, {[]int{0, 0}, "Give each class"}, {[]int{9, 0}, "no photos yet"},
		{[]int{9, 2}, "a few more"}, {[]int{40, 10}, "of like size"}, {[]int{10, 12}, "Evenly"},
	} {
		if got := balance(opened(t, c.sizes...).base.Project); !strings.Contains(got, c.want) {
			t.Errorf("%v: %q, want %q in it", c.sizes, got, c.want)
		}
	}
}

func TestHundredsOfClassesAreShownByPages(t *testing.T) {
	s := opened(t, make([]int, project.MaxClasses)...)
	count := func() (n int) {
		for _, k := range s.photos.View() {
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
	if n := count(); n != pageOfClasses {
		t.Errorf("%d classes are shown", n)
	}
	SearchClass{"class 49"}.Update(s.photos, nil)
	if n := count(); n != 11 { // 49 and 490 to 499
		t.Errorf("%d classes are found, want 11", n)
	}
	if !strings.Contains(said(s.photos.View()), "11 of 500 classes") {
		t.Error("it does not say how many were found")
	}
}

// TestWhenPhotosAreLookedAtAgain: the settings say where they are not, and why.
func TestWhenPhotosAreLookedAtAgain(t *testing.T) {
	s := opened(t, project.MostForViews-1, 1)
	if got := said(s.settings.View()); !strings.Contains(got, "1,500 photos are not at hand any more") {
		t.Errorf("the settings do not say what is not at hand: %s", got)
	}
	p := s.base.Project
	ph, err := p.NewPhoto("one more.jpg")
	if err != nil {
		t.Fatal(err)
	}
	p.AddPhotos(p.Classes[0].ID, []*project.Photo{ph})
	if got := said(s.settings.View()); !strings.Contains(got, "There are more than 1,500 photos here") {
		t.Errorf("the settings do not say that there are too many photos: %s", got)
	}
	for _, views := range []string{project.ViewsPlain, project.ViewsThree} {
		p.Set(p.Settings.WithViews(views))
		if got := said(s.settings.View()); p.AddsViews() || strings.Contains(got, "There are more than") {
			t.Errorf("photos are looked at again by themselves although the person chose %q", views)
		}
	}
}

// TestATabThatOnlyShowsTheProjectChangesNothing whatever is done in it.
func TestATabThatOnlyShowsTheProjectChangesNothing(t *testing.T) {
	for _, event := range []any{
		Undo{}, Redo{}, RenameProject{}, DeleteProject{}, BringBack{}, AddClass{}, RenameClass{}, RemoveClass{}, AddTo{}, AddFolders{}, Paste{},
		MovePicked{}, RemovePicked{}, MovePhotos{}, base.MovePhoto{}, base.RemovePhoto{}, ask.ClassOfPhoto{}, learn.LearnNow{}, learn.FindGrowth{},
		result.UseVersion{}, result.AnswerIn{}, result.NoteVersion{}, Set{}, SetSeed{}, KeepFulls{}, DeleteFulls{}, learn.FindSize{}, learn.UseSize{}, ask.TeachTried{},
		ask.OpenCamera{}, learn.SaveAgain{}, "what is not known",
	} {
		if viewsOnly(event) {
			t.Errorf("%T can be done in a tab that only shows the project", event)
		}
	}
	for _, event := range []any{OpenTab{}, base.OpenPhoto{}, ask.TryFiles{}, WorkHere{}, OpenProject{}, learn.SaveFile{}} {
		if !viewsOnly(event) {
			t.Errorf("%T cannot be done in a tab that only shows the project", event)
		}
	}
	s := opened(t, 2, 2)
	s.base.Elsewhere = true
	var numbers outside.Numbers
	turn := outside.NewTurn(time.Unix(9, 0), outside.Device{}, &numbers)
	s.act(turn, RemoveClass{1})
	if len(s.base.Classes) != 2 || !strings.Contains(turn.Said, "Work on it here") {
		t.Errorf("a class was removed, or it is not said why not: %q", turn.Said)
	}
}
