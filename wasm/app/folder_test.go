//go:build !js

package app

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/folder"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
)

// atFolder is a page with a folder of these files, opened and named.
func atFolder(t *testing.T, seed uint64, files map[string]string) *world {
	t.Helper()
	w := newWorld(t, seed, "", "")
	w.disk = newDisk(files)
	w.disk.tells = true
	w.open("", "")
	w.settle()
	w.press("open-folder")
	w.settle()
	return w
}

// byID is the element of an ID, nil where it is not shown.
func (w *world) byID(id string) *markup.Node {
	for _, s := range w.state.View().Slots {
		if s.ID == id {
			return markup.El("button", s.Attrs, s.On)
		}
		for _, n := range s.Kids {
			if found := n.Find("id", id); found != nil {
				return found
			}
		}
	}
	return nil
}

// press uses a button, and tells whether it is there.
func (w *world) press(id string) bool {
	n := w.byID(id)
	if n == nil {
		return false
	}
	if _, off := n.Get("disabled"); off || n.Handler("click") == nil {
		return false
	}
	w.send(n.Handler("click")(markup.Input{}))
	return true
}

func (w *world) must(id string) {
	w.t.Helper()
	if !w.press(id) {
		w.fail("there is no button %s in %q", id, w.panel())
	}
}

// panel is all that the panel says.
func (w *world) panel() string {
	for _, s := range w.state.View().Slots {
		if s.ID == "folder" {
			var out []string
			for _, n := range s.Kids {
				out = append(out, n.Words())
			}
			return strings.Join(out, " ")
		}
	}
	return ""
}

// apply plans and does.
func (w *world) apply(a folder.Action) {
	w.t.Helper()
	w.send(folder.Choose{Action: a})
	w.must("folder-plan")
	w.settle()
	w.must("folder-apply")
	w.settle()
}

// undo takes back what was done last.
func (w *world) undo() {
	w.t.Helper()
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			var id string
			n.Walk(func(k *markup.Node) {
				if v, _ := k.Get("id"); strings.HasPrefix(v, "folder-undo-") && id == "" {
					id = v
				}
			})
			if id != "" {
				w.must(id)
				w.settle()
				return
			}
		}
	}
	w.fail("nothing can be undone: %q", w.panel())
}

const emptySidecar = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:Rating="4"/></rdf:RDF></x:xmpmeta>`

var season = map[string]string{
	"1.jpg": "koala 1", "2.jpg": "koala 2", "a/1.jpg": "koala 3", "a/3.jpg": "fox 4", "b/4.jpg": "fox? 5", "b/5.jpg": "CON 6", "notes.txt": "milk",
	"2.jpg.xmp": emptySidecar, "a/3.xmp": emptySidecar, "koala/1.jpg": "bear 7",
}

// same compares the files of the folder.
func (w *world) same(want map[string]string) {
	w.t.Helper()
	got := w.disk.state()
	maps.DeleteFunc(got, func(p, _ string) bool { return strings.HasSuffix(p, "/") })
	if !maps.Equal(got, want) {
		w.fail("the folder has\n%s\nwant\n%s", listing(got), listing(want))
	}
}

func listing(files map[string]string) string {
	var out strings.Builder
	for _, p := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&out, "%s: %.60q\n", p, files[p])
	}
	return out.String()
}

// TestPhotosAreMoved moves photos into folders by their names, and back, by one step and by copies.
func TestPhotosAreMoved(t *testing.T) {
	for _, copies := range []bool{false, true} {
		w := atFolder(t, 1, season)
		w.disk.copies = copies
		w.send(folder.Choose{Action: folder.Move})
		w.must("folder-plan")
		w.settle()
		for _, want := range []string{"7 photos will be moved into 5 folders, of which 4 are made", "a/3.jpg", "fox/3.jpg", "with 1 sidecar", "koala/1-2.jpg", "unsure/4.jpg", "_CON/5.jpg"} {
			if !strings.Contains(w.panel(), want) {
				t.Errorf("the plan does not tell of %q: %s", want, w.panel())
			}
		}
		w.same(maps.Clone(season))
		w.must("folder-apply")
		w.settle()
		w.same(map[string]string{
			"koala/1-2.jpg": "koala 1", "koala/2.jpg": "koala 2", "koala/2.jpg.xmp": emptySidecar, "koala/1-3.jpg": "koala 3", "fox/3.jpg": "fox 4", "fox/3.xmp": emptySidecar,
			"unsure/4.jpg": "fox? 5", "_CON/5.jpg": "CON 6", "notes.txt": "milk", "bear/1.jpg": "bear 7",
		})
		if !strings.Contains(w.panel(), "Moved 7 photos.") {
			t.Errorf("it says %q", w.panel())
		}
		// The cards are of the files where they are now, so that nothing is named or moved again.
		w.send(folder.Plan{})
		w.settle()
		if !strings.Contains(w.panel(), "There is nothing to do.") || !strings.Contains(w.panel(), "in place already") {
			t.Errorf("a second plan says %q", w.panel())
		}
		w.must("folder-back")
		w.undo()
		if got, want := w.disk.state(), newDisk(season).state(); !maps.Equal(got, want) {
			w.fail("undone, the folder has\n%s\nwant\n%s", listing(got), listing(want))
		}
		if n := len(w.store["notes"]); n != 0 && slices.ContainsFunc(slices.Collect(maps.Keys(w.store["notes"])), func(k string) bool { return strings.Contains(k, "folder") }) {
			t.Error("the list is still kept")
		}
		if !strings.Contains(w.panel(), "All is as it was.") {
			t.Errorf("undone, it says %q", w.panel())
		}
	}
}

// TestSidecarsAreWritten writes names beside photos, and takes them back.
func TestSidecarsAreWritten(t *testing.T) {
	w := atFolder(t, 2, season)
	w.apply(folder.Sidecars)
	for p, want := range map[string]string{"1.jpg.xmp": "koala", "2.jpg.xmp": "koala", "a/3.jpg.xmp": "fox", "b/5.jpg.xmp": "CON", "koala/1.jpg.xmp": "bear"} {
		if got := w.disk.files[p].data; !strings.Contains(got, "<rdf:li>"+want+"</rdf:li>") {
			t.Errorf("%s holds %q", p, got)
		}
	}
	if got := w.disk.files["2.jpg.xmp"].data; !strings.Contains(got, `exif:Rating="4"`) {
		t.Errorf("what was there is gone: %q", got)
	}
	if _, there := w.disk.files["b/4.jpg.xmp"]; there {
		t.Error("an unsure photo has a sidecar")
	}
	// A threshold that is lower lets it have one; the others need no change.
	w.send(folder.Sure{Label: "fox", Score: 0.2})
	w.apply(folder.Sidecars)
	if !strings.Contains(w.panel(), "Wrote 1 sidecar. 6 sidecars needed no change.") {
		t.Errorf("it says %q", w.panel())
	}
	// What a person changed since stays.
	w.disk.put("a/3.jpg.xmp", emptySidecar)
	w.undo()
	w.undo()
	want := maps.Clone(season)
	want["a/3.jpg.xmp"] = emptySidecar
	w.same(want)
	if !strings.Contains(w.panel(), "it was changed since, and stays as it is") {
		t.Errorf("it says %q", w.panel())
	}
}

// TestAFolderGrows names photos as they come, once they are whole.
func TestAFolderGrows(t *testing.T) {
	for _, tells := range []bool{true, false} {
		w := atFolder(t, 3, map[string]string{"1.jpg": "koala 1"})
		w.disk.tells = tells
		w.must("open-folder") // anew
		w.settle()
		count := func() int { return strings.Count(w.named(), "jpg") }
		before := count()
		w.disk.put("new.jpg", "fox 2")
		f := w.disk.files["new.jpg"]
		f.changed = w.now.UnixMilli()
		w.disk.files["new.jpg"] = f
		w.disk.put("new.txt", "fox 2")
		if tells {
			w.disk.changed()
		}
		for w.step() {
		}
		w.now = w.now.Add(time.Second)
		w.send(outside.Tick{Now: w.now})
		for w.step() {
		}
		if n := count(); n != before {
			t.Errorf("tells %v: a file that is being written was taken", tells)
		}
		w.settle()
		if n := count(); n != before+1 {
			t.Errorf("tells %v: %d photos are named, want %d: %s", tells, n, before+1, w.named())
		}
	}
}

// named are the files of photos that have names.
func (w *world) named() string {
	var out []string
	for _, s := range w.state.View().Slots {
		if s.ID == "photos" {
			for _, li := range s.Kids {
				if stage, _ := li.Get("data-stage"); stage == "named" {
					p, _ := li.Get("data-path")
					out = append(out, p)
				}
			}
		}
	}
	return strings.Join(out, " ")
}

// TestPermissionIsWithdrawn takes the permission back after each call in turn: the work stands
// still and says so, can go on to the same end, and can be undone. TestFoldersThatCannotBeRead are
// told of, as long as they cannot.
func TestFoldersThatCannotBeRead(t *testing.T) {
	w := atFolder(t, 4, map[string]string{"a.jpg": "koala"})
	w.disk.unread = []string{"b", "c", "d/e", "f"}
	w.disk.changed()
	w.settle()
	if says := w.panel(); !strings.Contains(says, "4 folders in it could not be read: b, c, d/e and others.") {
		w.fail("it says %q", says)
	}
	w.disk.unread = nil
	w.disk.changed()
	w.settle()
	if says := w.panel(); strings.Contains(says, "could not be read") {
		w.fail("they can be read again, and it says %q", says)
	}
}

func TestPermissionIsWithdrawn(t *testing.T) {
	for _, action := range []folder.Action{folder.Move, folder.Sidecars} {
		whole := atFolder(t, 4, season)
		whole.apply(action)
		end := whole.disk.state()
		for _, copies := range []bool{false, true} {
			taken := true // at one of its calls: beyond the last there is nothing to take it back from
			for after := 0; taken; after++ {
				for _, goOn := range []bool{true, false} {
					w := atFolder(t, 4, season)
					w.disk.copies, w.disk.after = copies, after
					w.apply(action)
					if taken = w.disk.denied || w.byID("folder-go-on") != nil; !taken {
						if after < 4 {
							w.fail("%s, copies %v: the permission could be taken back at %d calls alone", action, copies, after)
						}
						continue
					}
					if !strings.Contains(w.panel(), "It stands still: the browser does not let the page change this folder any more.") {
						w.fail("after %d it says %q", after, w.panel())
					}
					if !goOn {
						w.must("folder-undo")
						w.settle()
						if got, want := w.disk.state(), newDisk(season).state(); !maps.Equal(got, want) {
							w.fail("%s, %d calls: undone, the folder has\n%s\nwant\n%s", action, after, listing(got), listing(want))
						}
						continue
					}
					w.must("folder-go-on")
					w.settle()
					if got := w.disk.state(); !maps.Equal(got, end) {
						w.fail("%s, %d calls: gone on, the folder has\n%s\nwant\n%s", action, after, listing(got), listing(end))
					}
				}
			}
		}
	}
}

// TestPermissionIsWithdrawnFromUndoing takes it back after each call of undoing in turn.
func TestPermissionIsWithdrawnFromUndoing(t *testing.T) {
	for _, action := range []folder.Action{folder.Move, folder.Sidecars} {
		for _, copies := range []bool{false, true} {
			taken := true
			for after := 0; taken; after++ {
				w := atFolder(t, 4, season)
				w.disk.copies = copies
				w.apply(action)
				w.disk.after = after
				w.undo()
				if taken = w.disk.denied; taken {
					w.must("folder-go-on")
					w.settle()
				} else if after < 4 {
					w.fail("%s, copies %v: the permission could be taken back at %d calls alone", action, copies, after)
				}
				if got, want := w.disk.state(), newDisk(season).state(); !maps.Equal(got, want) {
					w.fail("%s, %d calls: undone, the folder has\n%s\nwant\n%s\n%s", action, after, listing(got), listing(want), w.panel())
				}
			}
		}
	}
}

// TestUndoOutlivesThePage undoes after the page was loaded again, without the folder's being open.
func TestUndoOutlivesThePage(t *testing.T) {
	w := atFolder(t, 5, season)
	w.apply(folder.Move)
	w.open("", "")
	w.settle()
	w.undo()
	if got, want := w.disk.state(), newDisk(season).state(); !maps.Equal(got, want) {
		w.fail("undone, the folder has\n%s\nwant\n%s", listing(got), listing(want))
	}
}

// TestUndoIsGivenUp: what a person wants to keep so is listed no longer.
func TestUndoIsGivenUp(t *testing.T) {
	w := atFolder(t, 5, season)
	w.apply(folder.Move)
	for _, h := range w.handlers() {
		if h.node != nil {
			if id, _ := h.node.Get("id"); strings.HasPrefix(id, "folder-dismiss-") {
				w.must(id)
				w.settle()
				if strings.Contains(w.panel(), "Keep it so") {
					w.fail("it is listed still: %q", w.panel())
				}
				return
			}
		}
	}
	w.fail("nothing can be kept as it is: %q", w.panel())
}

// unzip reads the zip that was offered last.
func (w *world) unzip() map[string]string {
	w.t.Helper()
	var whole []byte
	for _, part := range w.offered.Parts {
		if part.Object != nil {
			whole = append(whole, w.disk.bytes(part.Object)...)
		} else {
			whole = append(whole, part.Data...)
		}
	}
	in, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		w.fail("the zip cannot be read: %v", err)
	}
	out := map[string]string{}
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			w.fail("%s: %v", f.Name, err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			w.fail("%s: %v", f.Name, err)
		}
		if _, twice := out[f.Name]; twice {
			w.fail("%s is in the zip twice", f.Name)
		}
		out[f.Name] = string(data)
	}
	return out
}

// TestZips makes zips of a folder that is open, and of files that were dropped.
func TestZips(t *testing.T) {
	check := func(w *world) {
		t.Helper()
		w.apply(folder.Zip)
		got := w.unzip()
		for p, want := range map[string]string{"koala/1.jpg": "koala 1", "koala/2.jpg": "koala 2", "koala/1-2.jpg": "koala 3", "fox/3.jpg": "fox 4", "fox/3.xmp": emptySidecar, "unsure/4.jpg": "fox? 5", "_CON/5.jpg": "CON 6", "bear/1.jpg": "bear 7"} {
			if got[p] != want {
				t.Errorf("%s holds %q, want %q", p, got[p], want)
			}
		}
		if s := got["koala/2.jpg.xmp"]; !strings.Contains(s, "<rdf:li>koala</rdf:li>") || !strings.Contains(s, `exif:Rating="4"`) {
			t.Errorf("the sidecar is %q", s)
		}
		if len(got) != 14 {
			t.Errorf("the zip has\n%s", listing(got))
		}
		w.apply(folder.ZipSidecars)
		got = w.unzip()
		if len(got) != 6 {
			t.Errorf("the zip of sidecars has\n%s", listing(got))
		}
		w.same(maps.Clone(season))
	}
	check(atFolder(t, 6, season))

	w := newWorld(t, 7, "", "")
	w.settle()
	w.disk = newDisk(season)
	var files []outside.File
	for _, p := range slices.Sorted(maps.Keys(season)) {
		files = append(files, w.disk.open(p))
	}
	w.send(classify.Add{Files: files})
	w.settle()
	w.must("use-names")
	check(w)
}

// TestNothingIsLost does what a person might in any order with a folder that grows, fills up and is
// taken away, while what is asked of the browser is done late, twice or never, and the page is
// loaded again: every photo is somewhere at every moment, and undoing gives back every byte.
func TestNothingIsLost(t *testing.T) {
	for seed := range uint64(runs(40)) {
		if n, err := strconv.ParseUint(os.Getenv("HOMEROOM_SEED"), 10, 64); err == nil && seed != n {
			continue
		}
		r := rand.New(rand.NewPCG(seed, 3))
		files := map[string]string{}
		var photos []string
		labels := []string{"koala", "fox", "fox?", "a b", "x/y", "CON"}
		for i := range 2 + r.IntN(90) {
			p := []string{"", "a/", "a/b/", "koala/", "fox/"}[r.IntN(5)] + strconv.Itoa(r.IntN(60)) + []string{".jpg", ".JPG", ".png"}[r.IntN(3)]
			if _, there := files[p]; there {
				continue
			}
			files[p] = fmt.Sprintf("%s %d", labels[r.IntN(len(labels))], i)
			photos = append(photos, files[p])
			if r.IntN(3) == 0 {
				files[p+".xmp"] = []string{emptySidecar, "no sidecar", strings.Replace(emptySidecar, "4", strconv.Itoa(i), 1)}[r.IntN(3)]
			}
		}
		if r.IntN(4) == 0 {
			files["CON"] = "a file"
			files["_CON"] = "another"
		}
		w := newWorld(t, seed, "", "")
		w.disk = newDisk(files)
		w.disk.copies, w.disk.tells = seed%2 == 0, true
		w.open("", "")
		w.settle()
		w.press("open-folder")
		w.settle()
		w.faults = seed%3 == 1
		for range 120 {
			w.mishap(r)
			w.holdsAll(photos)
		}
		// Whatever happened, it all comes to an end, and goes back.
		w.faults, w.full, w.broken, w.disk.refused, w.disk.full, w.disk.denied, w.disk.after = false, false, false, false, false, false, -1
		w.settle()
		if w.press("folder-stop") {
			w.settle()
		}
		if w.press("folder-enough") {
			w.settle()
		}
		w.holdsAll(photos)
		for n := 0; strings.Contains(w.panel(), "Undo"); n++ {
			if n > 50 {
				w.fail("undoing never ends: %q", w.panel())
			}
			w.undo()
			w.holdsAll(photos)
		}
		if w.reloaded {
			continue // a list that the store was too full to keep went with the page
		}
		got := w.disk.state()
		maps.DeleteFunc(got, func(p, _ string) bool { return strings.HasSuffix(p, "/") })
		if !maps.Equal(got, files) {
			w.fail("undone, the folder has\n%s\nwant\n%s", listing(got), listing(files))
		}
	}
}

// mishap does something, by lot.
func (w *world) mishap(r *rand.Rand) {
	switch k := r.IntN(40); {
	case k < 24:
		w.step()
	case k < 34:
		ids := []string{"folder-plan", "folder-apply", "folder-apply", "folder-go-on", "folder-go-on", "folder-undo", "folder-stop", "folder-enough", "folder-back"}
		w.press(ids[r.IntN(len(ids))])
		for range r.IntN(60) {
			w.step()
		}
	case k == 34:
		w.send(folder.Choose{Action: []folder.Action{folder.Move, folder.Sidecars, folder.Zip}[r.IntN(3)]})
		w.send(folder.Sure{Score: float64(r.IntN(100)) / 100})
	case k == 35:
		w.disk.after = r.IntN(8)
		w.disk.refused = r.IntN(3) == 0
	case k == 36:
		w.disk.full = !w.disk.full
	case k == 37:
		w.now = w.now.Add(time.Duration(r.IntN(40)) * time.Second)
		w.send(outside.Tick{Now: w.now})
		w.send(outside.Drawn{})
	case k == 38 && r.IntN(4) == 0:
		w.full = !w.full
	case k == 39 && r.IntN(6) == 0:
		w.reloaded = w.reloaded || w.full || w.faults
		w.open("", "")
	case k == 39:
		w.disk.refused, w.disk.full, w.full = false, false, false
		w.settle()
	}
}

// holdsAll sees to it that every photo is somewhere.
func (w *world) holdsAll(photos []string) {
	w.t.Helper()
	at := map[string]bool{}
	for _, f := range w.disk.files {
		at[f.data] = true
	}
	for _, one := range photos {
		if !at[one] {
			w.fail("the photo %q is lost", one)
		}
	}
}
