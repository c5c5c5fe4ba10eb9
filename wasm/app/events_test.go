//go:build !js

package app

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"homeroom/wasm/app/folder"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/markup"
)

// reached are the kinds of events that changed what is shown, or had something done, in any test.
var reached = map[string]bool{}

// TestMain looks, where all tests have run, for events of panels that none of them brought about:
// that one of these does nothing would not be noticed.
func TestMain(m *testing.M) {
	code := m.Run()
	if all := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && flag.Lookup("test.list").Value.String() == ""; all && code == 0 {
		if says := whatIsUnsaid(); says != "" {
			fmt.Printf("FAIL: these texts are no messages, or have something beside them that is none; see package text:\n%s", says)
			code = 1
		}
		kinds, err := events()
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if lacking := slices.DeleteFunc(kinds, func(kind string) bool { return reached[kind] || slices.Contains(inner, kind) }); len(lacking) > 0 {
			fmt.Printf("FAIL: of these events nothing came in any test: %s\n", strings.Join(lacking, ", "))
			code = 1
		}
	}
	os.Exit(code)
}

// events lists the kinds of events of all panels: the types with a method Update or update of a
// panel and a turn.
func events() ([]string, error) {
	kinds := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || f.Recv == nil || !strings.EqualFold(f.Name.Name, "update") {
				continue
			}
			of, is := f.Recv.List[0].Type.(*ast.Ident) // events are values, and panels are pointers
			if is && ast.IsExported(of.Name) {
				kinds[file.Name.Name+"."+of.Name] = true
			}
		}
		return nil
	})
	if err == nil && len(kinds) < 100 {
		err = fmt.Errorf("only %d kinds of events were found", len(kinds))
	}
	return slices.Sorted(maps.Keys(kinds)), err
}

// inner are events that the state sends itself, to panels that take a key, files or a paste as one.
var inner = []string{"classify.CloseMenu", "classify.Find", "teach.DropFile", "teach.Paste"}

// uses gives something to the element that does something.
func (w *world) uses(does string, in markup.Input) {
	w.t.Helper()
	n := w.node(does)
	if n == nil {
		w.fail("nothing is shown that does %q", does)
	}
	for _, h := range n.On {
		if h.Event != "drag" {
			w.send(h.Make(in))
			w.settle()
			return
		}
	}
	w.fail("what does %q takes nothing", does)
}

// sends makes the first event of a kind that is shown, and tells whether there was one.
func (w *world) sends(kind string, in markup.Input) bool {
	for _, h := range w.handlers() {
		if h.Make == nil || h.Event == "drag" {
			continue
		}
		all := w.input(h)
		all.Checked, all.Value = in.Checked, cmp.Or(in.Value, all.Value)
		if event := h.Make(all); event != nil && teach.KindOf(event) == kind {
			w.send(event)
			return true
		}
	}
	return false
}

// TestEveryEvent goes through each panel, each time to what it did not do before.
func TestEveryEvent(t *testing.T) {
	met := map[string]int{}
	wander := func(w *world, steps int, begin string) {
		for n := range steps {
			w.choose(met, begin)
			for range 4 {
				w.step()
			}
			if n%6 == 5 {
				w.dark() // which would go on
				w.settle()
			}
		}
		w.dark()
		w.settle()
		w.checkSaved()
		w.checkRest()
	}
	for _, tab := range []string{"try", "next", "photos", "results", "versions", "settings"} {
		w := taught(t, 7)
		w.tab(tab)
		wander(w, 80, "")
	}
	w := atFolder(t, 3, season)
	wander(w, 80, "")
	w = newWorld(t, 3, "", "")
	w.settle()
	w.drop(w.folder("", 12)...)
	w.settle()
	wander(w, 80, "")
	// What is shown in some states alone.
	w = taught(t, 8)
	w.tab("photos")
	for range 30 {
		w.click("photo-open")
		w.choose(met, "ask.")
		w.dark() // which would go on
		w.settle()
	}
	w = taught(t, 8)
	w.drop(w.folder("Cats", 9)...)
	for w.step() && !w.click("reading-pause") {
	}
	w.click("reading-continue")
	w.settle()
	w = taught(t, 8)
	w.uses("share", markup.Input{})
	wander(w, 40, "share.")
	many := map[string]string{}
	for i := range 300 {
		many[fmt.Sprintf("%d.jpg", i)] = "koala " + strconv.Itoa(i)
	}
	w = atFolder(t, 3, many)
	wander(w, 40, "folder.")
	w = atFolder(t, 3, season)
	w.apply(folder.Move)
	wander(w, 20, "folder.")
	w = newWorld(t, 4, "", "")
	w.settle()
	w.drop(w.folder("", 300)...)
	w.settle()
	wander(w, 40, "classify.")
}

// TestLiveAndTried names what the camera sees, and teaches a photo that was tried.
func TestLiveAndTried(t *testing.T) {
	w := taught(t, 6)
	w.tab("try")
	w.click("live-start")
	for range 40 {
		w.step()
	}
	if !w.click("live-stop") {
		w.fail("the camera does not run")
	}
	w.settle()
	w.send(w.node("try-pick").Handler("files")(markup.Input{Files: w.folder("Other", 3)}))
	w.settle()
	before := w.state.teach.Open().Count()
	w.uses("try-add", markup.Input{Value: strconv.Itoa(w.state.teach.Open().Classes[0].ID)})
	if n := w.state.teach.Open().Count(); n != before+1 {
		t.Errorf("%d photos, not one more than %d", n, before)
	}
	w.checkSaved()
}

// TestSharingIsStopped and begun again, also after it failed.
func TestSharingIsStopped(t *testing.T) {
	for seed := uint64(1); ; seed++ { // some do not fail
		w := taught(t, seed)
		w.uses("share", markup.Input{})
		w.click("share-make")
		for n := 0; !w.click("share-stop"); n++ {
			if n > 1000 || !w.step() {
				w.fail("nothing is ever made")
			}
		}
		w.settle()
		w.faults = true
		for n := 0; n < 20 && w.node("share-again") == nil; n++ {
			w.sends("share.Close", markup.Input{})
			w.click("share")
			w.settle()
		}
		w.faults = false
		w.settle()
		if w.click("share-again") {
			w.settle()
			w.checkRest()
			return
		}
		if seed > 20 {
			w.fail("making a file never fails")
		}
	}
}

// TestNetworksOfAHeadAreFetchedAgain, as the notice offers that says which did not come.
func TestNetworksOfAHeadAreFetchedAgain(t *testing.T) {
	w := taught(t, 8)
	for _, h := range w.handlers() {
		if h.Make == nil || h.Event == "drag" {
			continue
		}
		if in, is := h.Make(w.input(h)).(base.InProject); is {
			in.Event = learn.OthersAgain{}
			w.send(in)
			w.settle()
			w.checkRest()
			return
		}
	}
	t.Fatal("nothing of a project is shown")
}

// TestHeatMapIsSwitched on and off for a photo of a class.
func TestHeatMapIsSwitched(t *testing.T) {
	w := taught(t, 8)
	w.tab("photos")
	w.uses("photo-open", markup.Input{})
	for _, kind := range []string{"ask.HeatFor", "ask.HeatOff", "ask.HeatFor"} {
		if !w.sends(kind, markup.Input{Value: "Cats"}) {
			w.fail("nothing is shown that is %s", kind)
		}
		w.settle()
	}
}

// TestCameraRecords for as long as it is held, and is opened again where it did not come.
func TestCameraRecords(t *testing.T) {
	again, recorded := false, false
	for seed := uint64(0); seed < 20 && !(again && recorded); seed++ {
		w := taught(t, seed)
		w.tab("photos")
		w.click("camera-open")
		w.settle()
		if w.click("camera-again") {
			again = true
			w.settle()
		}
		if w.sends("ask.Record", markup.Input{Checked: true}) {
			for range 20 {
				w.now = w.now.Add(100 * time.Millisecond)
				w.send(outside.Tick{Now: w.now})
				for w.step() {
				}
			}
			recorded = w.sends("ask.Record", markup.Input{})
		}
		w.click("camera-close")
		w.settle()
		w.checkSaved()
	}
	if !again || !recorded {
		t.Errorf("opened again %v, recorded %v", again, recorded)
	}
}

// TestLearningIsStopped stops what is learnt, and saves again what could not be.
func TestLearningIsStopped(t *testing.T) {
	w := taught(t, 6)
	w.drop(w.folder("Fish", 3)...)
	w.tab("results")
	for n := 0; !w.click("learn-stop"); n++ {
		if n > 10_000 {
			w.fail("nothing is ever learnt")
		}
		if !w.step() {
			w.now = w.now.Add(100 * time.Millisecond)
			w.send(outside.Tick{Now: w.now})
			w.send(outside.Drawn{})
		}
	}
	w.settle()
	w.broken = true
	w.drop(w.folder("Fish", 3)...)
	w.settle()
	w.broken = false
	w.uses("save-again", markup.Input{})
	w.checkSaved()
}

// TestProblemsAreListed until they were read.
func TestProblemsAreListed(t *testing.T) {
	for seed := uint64(1); ; seed++ { // some files are read all the same
		w := taught(t, seed)
		w.tab("photos")
		w.faults = true
		w.drop(w.folder("Fish", 40)...)
		w.settle()
		w.faults = false
		w.settle()
		if w.node("problems-close") != nil {
			w.uses("problems-close", markup.Input{})
			if w.node("problems-close") != nil {
				w.fail("the list is still there")
			}
			return
		}
		if seed > 20 {
			w.fail("no file is ever broken")
		}
	}
}

// TestManyClassesAndPhotos looks for a class among many, and picks of more photos than are shown.
func TestManyClassesAndPhotos(t *testing.T) {
	w := newWorld(t, 5, "", "#teach")
	w.settle()
	w.drop(append(w.folder("Ants", 130), w.folder("Bees", 2)...)...)
	for i := range 28 {
		w.drop(w.folder(fmt.Sprint("Class ", i), 2)...)
	}
	w.settle()
	w.tab("results")
	w.uses("classes-all", markup.Input{})
	w.tab("photos")
	w.uses("classes-more", markup.Input{})
	w.uses("class-search", markup.Input{Value: "Ant"})
	w.uses("class-open", markup.Input{})
	w.uses("photos-more", markup.Input{})
	open := w.state.teach.Open()
	ants, bees := open.Classes[0].ID, open.Classes[1].ID
	w.uses("photo-pick", markup.Input{Checked: true})
	w.uses("picked-move", markup.Input{Value: strconv.Itoa(bees)})
	if n := len(w.state.teach.Open().Members(bees)); n != 3 {
		t.Errorf("%d bees after one photo was moved to two", n)
	}
	w.uses("pick-all", markup.Input{})
	w.uses("picked-remove", markup.Input{})
	if n := len(w.state.teach.Open().Members(ants)); n != 0 {
		t.Errorf("%d ants after all were removed", n)
	}
	w.checkSaved()
}

// TestFullPhotosAreDeleted asks before it deletes what is kept.
func TestFullPhotosAreDeleted(t *testing.T) {
	w := taught(t, 9)
	w.tab("settings")
	w.uses("set-keep", markup.Input{Checked: true})
	w.drop(w.folder("Fish", 3)...)
	w.settle()
	w.uses("set-keep", markup.Input{})
	w.uses("fulls-stay", markup.Input{})
	w.uses("set-keep", markup.Input{})
	w.uses("fulls-delete", markup.Input{})
	w.checkSaved()
}
