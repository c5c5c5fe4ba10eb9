//go:build !js

package app

import (
	"strings"
	"testing"
	"time"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach"
	"homeroom/wasm/markup"
)

// record is the record of a project in the store.
func (w *world) record(id string) string {
	text, _ := w.store["projects"][keyText([]any{id})].Value.(string)
	return text
}

// give gives files to the first class by dropping them on it.
func (w *world) give(files ...outside.File) {
	w.t.Helper()
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			if class := n.Find("data-drop", "class"); class != nil {
				w.send(class.Handler("files")(input(files)))
				return
			}
		}
	}
	w.fail("there is no class")
}

// TestOneTabHoldsAProject: another tab shows it and changes nothing, takes it over with all that
// was done, and the first only shows it then.
func TestOneTabHoldsAProject(t *testing.T) {
	for seed := range uint64(4) {
		w := taught(t, 200+seed)
		id := w.state.teach.Open().ID
		w.another("", "#teach")
		w.settle()
		if w.state.teach.Open().ID != id || !w.says("This project is open in another tab.") || !w.shows("data-saved", "elsewhere") {
			w.fail("the second tab does not say that the first has the project")
		}
		before := w.record(id)
		w.give(w.folder("Cats", 2)...)
		w.send(teach.Undo{})
		w.click("class-remove")
		w.settle()
		if w.record(id) != before || w.state.teach.Open().Count() != 8 {
			w.fail("the tab that only shows the project changed it")
		}
		w.tab("try")
		w.send(w.node("try-pick").Handler("files")(markup.Input{Files: w.folder("Other", 1)}))
		w.settle()
		if !w.shows("data-stage", "named") {
			w.fail("the tab that only shows the project names nothing")
		}

		// What the first has not saved yet is saved before it lets go.
		w.look(0)
		w.give(w.folder("Cats", 2)...)
		w.settle()
		w.send(teach.Undo{})
		w.look(1)
		w.click("project-take")
		w.settle()
		if w.says("This project is open in another tab.") || w.state.teach.Open().Count() != 8 {
			w.fail("the second tab works on %d photos", w.state.teach.Open().Count())
		}
		w.checkSaved()
		w.look(0)
		if w.settle(); !w.shows("data-saved", "elsewhere") {
			w.fail("the first tab does not say that it only shows the project")
		}
		w.checkOne()

		// A tab that hangs does not answer: it is taken from by force, and told of what it could
		// not save.
		for name, line := range w.page.lines {
			t.Fatalf("%s is to be done: %v", name, line)
		}
		w.look(1)
		w.broken = true
		w.give(w.folder("Dogs", 1)...)
		w.settle()
		w.broken = false
		w.look(0)
		w.tell(w.pages[1], outside.Stolen{Project: id})
		delete(w.locks, id)
		w.click("project-take")
		w.settle()
		w.look(1)
		if w.settle(); !w.says("What could not be saved before is here still, and only here") || !w.state.Leaving() {
			w.fail("what was not saved is not told of")
		}
		w.click("project-new")
		if w.settle(); w.state.teach.Open().ID != id || !w.says("Leave it without saving") {
			w.fail("what was not saved is left without a question")
		}
	}
}

// TestAnEmptyProjectIsNotShownTwice: beside a tab with an empty project, another begins one of its
// own.
func TestAnEmptyProjectIsNotShownTwice(t *testing.T) {
	w := newWorld(t, 1, "", "#teach")
	w.settle()
	first := w.state.teach.Open().ID
	w.another("", "#teach")
	w.settle()
	if w.state.teach.Open().ID == first || w.shows("data-saved", "elsewhere") || w.says("opened instead") {
		w.fail("the second tab shows the empty project of the first")
	}
}

// TestDeletedInOneTab comes back there although another tab was opened meanwhile. It stays in the
// bin for 30 days, however often the page is opened, and can be brought back from there in any tab,
// or be deleted for good at once.
func TestDeletedInOneTab(t *testing.T) {
	w := taught(t, 220)
	id := w.state.teach.Open().ID
	w.click("project-delete")
	w.settle()
	w.another("", "#teach")
	w.settle()
	if w.state.teach.Open().ID == id || w.record(id) == "" {
		w.fail("another tab opens the deleted project, or deleted it for good")
	}
	w.look(0)
	w.click("notice")
	w.settle()
	if w.state.teach.Open().ID != id || w.state.teach.Open().Count() != 8 {
		w.fail("it did not come back")
	}
	w.click("project-delete")
	w.settle()
	w.close()
	w.open("", "#teach")
	w.settle()
	if w.state.teach.Open().ID == id || !w.says("1 deleted project") || w.record(id) == "" {
		w.fail("it is not in the bin")
	}
	w.click("project-back")
	w.settle()
	if w.state.teach.Open().ID != id || w.state.teach.Open().Count() != 8 || w.says("1 deleted project") {
		w.fail("it did not come back from the bin")
	}
	w.click("project-delete")
	w.settle()
	days := func(n int) {
		w.now = w.now.Add(time.Duration(n) * 24 * time.Hour)
		w.open("", "#teach")
		w.settle()
	}
	if days(29); w.record(id) == "" || !w.says("1 deleted project") {
		w.fail("after 29 days it is not in the bin")
	}
	days(2)
	if w.says("deleted project") || w.record(id) != "" || len(w.all("features", []any{id})) > 0 || w.holder(id) != "" {
		w.fail("after 31 days it is there still")
	}
	w.checkRest()

	w = taught(t, 221)
	id = w.state.teach.Open().ID
	w.click("project-delete")
	w.settle()
	w.click("project-erase")
	w.settle()
	if w.says("deleted project") || w.record(id) != "" || w.holder(id) != "" {
		w.fail("it is not deleted for good")
	}
	w.checkRest()
}

// TestNothingIsKept: without a store it can be taught all the same, says so, and asks before what
// was taught is left.
func TestNothingIsKept(t *testing.T) {
	w := newWorld(t, 3, "", "")
	w.none = true
	w.open("", "#teach")
	w.settle()
	if !w.says("Nothing is kept here.") || !w.says("the store is not to be had") || w.node("save-again") != nil || w.state.Leaving() {
		w.fail("it does not say that nothing is kept")
	}
	w.drop(append(w.folder("Cats", 100), w.folder("Dogs", 150)...)...)
	w.settle()
	if p := w.state.teach.Open(); p.Current == 0 || p.Count() != 250 || !w.state.Leaving() {
		w.fail("of 250 photos %d are taught, and version %d answers", p.Count(), p.Current)
	}
	n := 0
	w.each(func() {
		for _, s := range w.state.View().Slots {
			for _, k := range s.Kids {
				k.Walk(func(k *markup.Node) {
					if v, _ := k.Get("data-do"); v == "project-save" {
						n++
					}
				})
			}
		}
	})
	if n != 2 {
		t.Errorf("there are %d buttons to save it as a file", n)
	}
	id := w.state.teach.Open().ID
	for _, does := range []string{"project-new", "project-delete"} {
		w.click(does)
		w.settle()
		if w.state.teach.Open().ID != id || w.says("make room") {
			w.fail("after %s it is gone, or room is to be made", does)
		}
	}
	w.click("notice")
	if w.settle(); w.state.teach.Open().ID == id {
		w.fail("it cannot be left")
	}
}

// TestClearedWhileOpen: what the page still has is written again, at whatever moment it is cleared.
func TestClearedWhileOpen(t *testing.T) {
	for seed := range uint64(runs(6)) {
		w := taught(t, 240+seed)
		for range w.r.IntN(60) {
			if w.r.IntN(10) == 0 {
				w.give(w.folder("Cats", 1)...)
			}
			w.step()
		}
		w.clear()
		for range w.r.IntN(20) {
			w.step()
		}
		w.send(outside.Seen{})
		w.settle()
		p := w.state.teach.Open()
		if !w.says("was cleared while it was open") || !w.shows("data-saved", "saved") || w.holder(p.ID) != w.name {
			w.fail("that it was cleared is not told of: %s", w.state.teach.Waits())
		}
		w.checkSaved()
		w.checkRest()
		if p.Count() < 8 || p.Current == 0 {
			w.fail("it has %d photos, and version %d answers", p.Count(), p.Current)
		}
		w.open("", "#teach")
		w.settle()
		if q := w.state.teach.Open(); shapeOf(q) != shapeOf(p) {
			w.fail("after a reload it is\n%s\nwas\n%s", shapeOf(q), shapeOf(p))
		}
	}
}

// TestWhatWasClearedIsAddedAgain: photos whose files are not at hand any more, and whose features
// nobody has, are recognised when they are added again.
func TestWhatWasClearedIsAddedAgain(t *testing.T) {
	w := newWorld(t, 5, "", "#teach")
	w.settle()
	cats, dogs := w.folder("Cats", 4), w.folder("Dogs", 4)
	w.drop(append(cats, dogs...)...)
	w.settle()
	w.open("", "#teach") // no file is at hand, and no worker has features
	w.settle()
	w.clear()
	w.send(outside.Seen{})
	w.settle()
	if !w.says("What was known of 8 photos is gone, so add the same files again") {
		w.fail("it does not say what is gone")
	}
	w.drop(append(cats, dogs...)...)
	w.settle()
	w.checkSaved()
	w.checkRest()
	p := w.state.teach.Open()
	if p.Count() != 8 || len(p.Lacking(p.Version(p.Current).Reads())) > 0 {
		w.fail("it has %d photos", p.Count())
	}
}

// TestAnotherProjectIsOpenedInstead of one that cannot be read, and that is told; one whose summary
// cannot be read is counted.
func TestAnotherProjectIsOpenedInstead(t *testing.T) {
	w := taught(t, 260)
	good := w.state.teach.Open()
	w.click("project-new")
	w.settle()
	w.drop(w.folder("Fish", 2)...)
	w.settle()
	bad := w.state.teach.Open()
	key := keyText([]any{bad.ID})
	r := w.store["projects"][key]
	r.Value = strings.Replace(r.Value.(string), `"format":1`, `"format":9`, 1)
	w.store["projects"][key] = r
	w.store["projects"]["x"] = outside.Record{Kind: "projects", Key: []any{"x"}, Value: "{"}
	w.open("", "#teach")
	w.settle()
	if w.state.teach.Open().ID != good.ID {
		w.fail("the project %s is open", w.state.teach.Open().Name)
	}
	for _, text := range []string{
		"The project “" + bad.Name + "” could not be opened: it was saved by another version of Homeroom", "“" + good.Name + "” was opened instead.",
		"1 saved project cannot be read and is not in the list.",
	} {
		if !w.says(text) {
			w.fail("it does not say %q", text)
		}
	}
	if w.holder(bad.ID) == w.name && w.locks[bad.ID] == w.page {
		t.Error("the project that could not be opened is held")
	}
	w.checkSaved()
	w.checkRest()
}

// TestWhatCannotBeShownTwiceIsNotOpened by itself again. Its file can be saved, and it can be
// removed.
func TestWhatCannotBeShownTwiceIsNotOpened(t *testing.T) {
	w := taught(t, 270)
	good := w.state.teach.Open().ID
	w.click("project-new")
	w.settle()
	w.drop(w.folder("Fish", 2)...)
	w.settle()
	bad := w.state.teach.Open()
	for range 5 { // somebody loads the page again and again
		w.open("", "#teach")
		for w.state.teach.Open() == nil {
			w.step()
		}
		w.now = w.now.Add(time.Second)
	}
	w.open("", "#teach")
	if w.settle(); w.state.teach.Open().ID != bad.ID {
		w.fail("the project is not opened since it was not waited for")
	}
	for range 2 { // the page ends before anything of it is drawn
		w.open("", "#teach")
		for w.state.teach.Open() == nil {
			w.step()
		}
		w.now = w.now.Add(5 * time.Second)
	}
	w.open("", "#teach")
	w.settle()
	if w.state.teach.Open().ID != good || !w.says("The project "+bad.Name+" could not be shown twice") || !w.says("was opened instead") {
		w.fail("the project %s is open", w.state.teach.Open().Name)
	}
	buttons := func() (out []*markup.Node) {
		for _, s := range w.state.View().Slots {
			for _, n := range s.Kids {
				n.Walk(func(k *markup.Node) {
					if v, _ := k.Get("data-do"); v == "notice-more" {
						out = append(out, k)
					}
				})
			}
		}
		return out
	}
	w.send(buttons()[0].Handler("click")(markup.Input{}))
	w.settle()
	w.send(buttons()[1].Handler("click")(markup.Input{}))
	w.settle()
	if !w.says("Deleted the project "+bad.Name) || len(buttons()) > 0 {
		w.fail("it was not removed")
	}
	w.now = w.now.Add(31 * 24 * time.Hour)
	w.open("", "#teach")
	if w.settle(); w.record(bad.ID) != "" {
		w.fail("it is there still")
	}
}

// TestFilesBeforeThereIsAProject wait for it.
func TestFilesBeforeThereIsAProject(t *testing.T) {
	w := newWorld(t, 9, "", "#teach")
	w.send(teach.Drop{Files: w.folder("Cats", 3)})
	w.settle()
	if p := w.state.teach.Open(); p.Count() != 3 {
		t.Errorf("of 3 files that were dropped early %d were taken", p.Count())
	}
	w.click("project-new")
	w.settle()
	if p := w.state.teach.Open(); p.Count() != 0 {
		t.Errorf("a new project has %d photos of those that were dropped early", p.Count())
	}
}

// TestDialoguesEndWithTheirProject: what is looked at, and what is made of a project, are not of
// the next one, nor there when Teach is come back to.
func TestDialoguesEndWithTheirProject(t *testing.T) {
	for does, title := range map[string]string{"photo-open": "photo-title", "share": "share-title"} {
		for way, leave := range map[string]func(w *world){
			"a new project": func(w *world) { w.click("project-new") },
			"another view":  func(w *world) { w.visit(""); w.settle(); w.visit("#teach") },
		} {
			w := taught(t, 9)
			w.tab("photos")
			if !w.click(does) {
				t.Fatalf("there is no %s", does)
			}
			w.settle()
			if w.byID(title) == nil {
				t.Fatalf("%s opens nothing", does)
			}
			leave(w)
			w.settle()
			if w.byID(title) != nil {
				t.Errorf("%s is still open after %s", does, way)
			}
			w.checkRest()
		}
	}
}

// TestPhotosKeepWhereAndWhen: the folder that a photo lay in, and when it was taken, are kept.
func TestPhotosKeepWhereAndWhen(t *testing.T) {
	w := newWorld(t, 10, "", "#teach")
	w.settle()
	files := w.folder("Cats", 2)
	when := time.Date(2020, 5, 6, 7, 8, 9, 0, time.UTC).UnixMilli()
	files[0].Path, files[0].Changed = "pets/Cats/a.jpg", when
	files[1].Path, files[1].Changed = "pets/Cats/b.jpg", 1<<60 // nonsense
	w.drop(files...)
	w.settle()
	for _, r := range w.all("photos", nil) {
		ph, err := project.DecodePhoto([]byte(r.Value.(string)))
		if err != nil {
			t.Fatal(err)
		}
		if want := map[int]int64{1: when}[ph.ID]; ph.Folder != "pets/Cats" || ph.Taken != want {
			t.Errorf("%s lay in %q and was taken at %d", ph.Name, ph.Folder, ph.Taken)
		}
	}
}

// TestNoLocks: where tabs cannot tell of each other, that is said, and the tab that a project was
// opened in last saves it.
func TestNoLocks(t *testing.T) {
	w := newWorld(t, 12, "", "#teach")
	w.nolocks = true
	w.settle()
	if !w.says("This browser does not tell tabs of each other") {
		w.fail("that is not said")
	}
	w.drop(append(w.folder("Cats", 3), w.folder("Dogs", 3)...)...)
	w.settle()
	id := w.state.teach.Open().ID
	w.another("", "#teach")
	w.settle()
	w.give(w.folder("Cats", 1)...)
	w.settle()
	w.checkSaved()
	w.look(0)
	w.give(w.folder("Dogs", 1)...)
	w.settle()
	if !w.shows("data-saved", "elsewhere") || !w.says("What could not be saved before is here still") {
		w.fail("the first tab does not say that the second has the project")
	}
	w.look(1)
	if w.checkSaved(); w.state.teach.Open().ID != id || w.holder(id) != w.name {
		w.fail("the second tab lost the project")
	}
}

// TestNothingTellsWhoseItIs: where there are no locks and the store takes no note of the tab, a
// project is shown, and it is not said that another tab has it. Once the store takes the note, it
// can be worked on.
func TestNothingTellsWhoseItIs(t *testing.T) {
	w := newWorld(t, 12, "", "#teach")
	w.nolocks = true
	w.drop(append(w.folder("Cats", 3), w.folder("Dogs", 3)...)...)
	w.settle()
	w.checkSaved()
	id := w.state.teach.Open().ID
	w.full = true
	w.open("", "#teach")
	w.settle()
	if w.state.teach.Open().ID != id || !w.says("This project is only shown here.") || !w.says("Only shown here") || !w.shows("data-saved", "elsewhere") {
		w.fail("it is not said that the project is only shown")
	}
	if w.says("open in another tab") {
		w.fail("another tab is said to have it")
	}
	before := w.record(id)
	w.give(w.folder("Cats", 1)...)
	w.settle()
	if w.record(id) != before {
		w.fail("it is changed")
	}
	w.full = false
	w.click("project-take")
	w.settle()
	w.give(w.folder("Cats", 1)...)
	w.settle()
	if w.checkSaved(); w.says("only shown here") || w.state.teach.Open().Count() != 7 {
		w.fail("it cannot be worked on, with %d photos", w.state.teach.Open().Count())
	}
}
