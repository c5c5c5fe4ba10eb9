//go:build !js

package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// asked counts the photos that workers are given to name while something is done.
func (w *world) asked(do func()) (n int) {
	was := len(w.given)
	do()
	for _, m := range w.given[was:] {
		if _, is := m.(protocol.Classify); is {
			n++
		}
	}
	return n
}

// TestPhotosComeBack when the page is loaded again, with their names and pictures and in their
// order, and nothing is named twice. What was removed stays away, and another tab sees nothing.
func TestPhotosComeBack(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	w.drop(w.file(""), w.file("cats/"), w.file(""))
	w.settle()
	names := w.labels()
	if n := w.asked(func() { w.open("", ""); w.settle() }); n != 0 {
		w.fail("%d photos were named again", n)
	}
	if got := w.labels(); len(got) != 3 || !slices.Equal(got, names) {
		w.fail("they came back as %q, not %q", got, names)
	}
	pictures := 0
	for _, li := range w.photos().Kids {
		for _, a := range li.Find("decoding", "async").Attrs {
			if a.Name == "src" && a.Object != nil {
				pictures++
			}
		}
	}
	if pictures != 3 {
		w.fail("%d of 3 came back with pictures", pictures)
	}
	w.send(classify.Remove{Photo: 2})
	for w.step() {
	}
	w.open("", "")
	w.settle()
	if n := w.state.classify.Photos(); n != 2 {
		w.fail("one was removed of 3, and %d came back", n)
	}
	w.drop(w.file(""))
	w.settle()
	w.open("", "")
	w.settle()
	if n := w.state.classify.Photos(); n != 3 || w.photos().Kids[2].Key != "4" {
		w.fail("%d photos came back, the last as %s", n, w.photos().Kids[2].Key)
	}
	w.another("", "")
	w.settle()
	if n := w.state.classify.Photos(); n != 0 {
		w.fail("another tab has %d of them", n)
	}
	w.look(0)
	w.send(classify.Clear{})
	for w.step() {
	}
	if len(w.kept.photos) != 0 || w.kept.count != 0 {
		w.fail("cleared, %d photos are still kept", len(w.kept.photos))
	}
	w.send(classify.Undo{})
	w.settle()
	w.open("", "")
	w.settle()
	if n := w.state.classify.Photos(); n != 3 {
		w.fail("brought back, %d photos are kept", n)
	}
}

// TestComingBackHalfway: what had no name is named then, and what was added while the photos came
// back is beside them.
func TestComingBackHalfway(t *testing.T) {
	w := newWorld(t, 6, "", "")
	w.settle()
	w.drop(w.folder("Things", 30)...)
	for len(w.kept.photos) < 30 {
		w.now = w.now.Add(time.Second)
		w.send(outside.Tick{Now: w.now})
		for n := range w.lines {
			if n == "session" {
				for len(w.lines[n]) > 0 {
					e := w.lines[n][0]
					w.lines[n] = w.lines[n][1:]
					for _, event := range w.perform(e) {
						w.send(event)
					}
				}
			}
		}
	}
	w.open("", "")
	w.drop(w.file(""))
	w.settle()
	if got := w.labels(); len(got) != 31 || slices.Contains(got, "") {
		w.fail("the photos are %q", got)
	}
}

// TestFewWordsAreSaidToBeFew: a network of ten words says so with each name, and of a photo that it
// is not sure of, that it shows none of them.
func TestFewWordsAreSaidToBeFew(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.list = strings.ReplaceAll(networks, `"classes":1000`, `"classes":10`)
	w.open("", "")
	w.settle()
	w.drop(w.file(""))
	w.settle()
	if !w.says("koala, of 10 words that it knows") {
		w.fail("the photo is %q", w.photos().Kids[0].Words())
	}
	for _, c := range []struct {
		score float64
		says  string
	}{{0.95, "of 10 words"}, {0.5, "none of the 10 words that it knows"}} {
		k := &naming{w: w}
		k.send(classify.Add{Files: []outside.File{w.file("")}})
		post := k.asks[0]
		job := post.Message.(protocol.Classify).Job
		k.send(outside.FromWorker{Worker: post.Worker, Message: protocol.Named{Done: protocol.Done{Job: job}, Results: []protocol.Result{{Label: "ship", Score: c.score}}}})
		if !w.says(c.says) {
			w.fail("with a score of %v nothing says %q", c.score, c.says)
		}
	}
}

// lose has the browser keep no file.
func (w *world) lose() {
	for id, one := range w.kept.photos {
		one.File = nil
		w.kept.photos[id] = one
	}
}

// TestFilesAreAskedForAgain only where something needs them, and by one button; and what answered
// before need not answer again.
func TestFilesAreAskedForAgain(t *testing.T) {
	w := newWorld(t, 7, "", "")
	w.settle()
	files := []outside.File{w.file("cats/"), w.file("cats/"), w.file("cats/")}
	for i := range files {
		files[i].Object, files[i].Changed = object("file %s", files[i].Name), 5
	}
	w.drop(files...)
	w.settle()
	w.lose()
	w.open("", "")
	w.settle()
	if got := w.labels(); len(got) != 3 || got[0] == "" || w.shows("id", "missing-files") {
		w.fail("with names, the files are asked for: %q", got)
	}
	w.send(classify.OpenPhoto{Photo: 1})
	if !w.says("Choose its file again") || w.says("Heat map") {
		w.fail("the dialogue does not ask for the file")
	}
	w.send(classify.ClosePhoto{})
	w.pick("model", "efficientnet-lite2")
	w.settle()
	if !w.shows("id", "missing-files") || w.labels()[0] != "" {
		w.fail("for another network the files are not asked for")
	}
	w.checkRest()
	if n := w.asked(func() { w.send(classify.Add{Files: []outside.File{files[2], files[0], w.file("")}}); w.settle() }); n != 3 {
		w.fail("%d photos were named with their files", n)
	}
	if n := w.state.classify.Photos(); n != 4 || w.labels()[0] == "" || w.labels()[1] != "" {
		w.fail("%d photos are there, named %q", n, w.labels())
	}
	if n := w.asked(func() { w.pick("model", "efficientnet-lite0"); w.settle() }); n != 1 {
		w.fail("%d photos were named again, and not the new one alone", n)
	}
	if slices.Contains(w.labels(), "") || w.shows("id", "missing-files") {
		w.fail("the names of before did not come back: %q", w.labels())
	}
}

// TestPhotosAreNotKept where there is no room: the person is told, and the page goes on.
func TestPhotosAreNotKept(t *testing.T) {
	w := newWorld(t, 8, "", "")
	w.settle()
	w.full = true
	w.drop(w.file(""), w.file(""))
	w.settle()
	if !slices.ContainsFunc(w.state.View().Slots, func(s markup.Slot) bool {
		return s.ID == "said" && len(s.Kids) > 0 && strings.Contains(s.Kids[0].Text, "not be here when the page is loaded again")
	}) {
		w.fail("nobody is told")
	}
	w.open("", "")
	w.settle()
	if n := w.state.classify.Photos(); n != 0 {
		w.fail("%d photos came back", n)
	}
	w.checkRest()
}

// TestPhotosAreKeptInPaceWithNaming: a disk that takes 2 ms for each photo, and 5 each time, has
// kept nearly all of thousands as soon as they are named, a few at a time and nothing twice.
func TestPhotosAreKeptInPaceWithNaming(t *testing.T) {
	const n, every = 3000, 7 * time.Millisecond // between two names
	w, k := many(t, n)
	pictures, files := map[int]int{}, map[int]int{}
	busy, until := false, time.Time{}
	for next := w.now; k.n < n; {
		w.now = w.now.Add(time.Millisecond)
		k.send(outside.Tick{Now: w.now})
		if len(k.keep) > 0 && !busy {
			busy, until = true, w.now.Add(time.Duration(5+2*len(k.keep[0].Photos))*time.Millisecond)
		}
		if busy && !w.now.Before(until) {
			e := k.keep[0]
			k.keep, busy = k.keep[1:], false
			if len(e.Photos) > 32 {
				t.Fatalf("%d photos are written at a time", len(e.Photos))
			}
			for _, one := range e.Photos {
				if one.Picture != nil {
					pictures[one.ID]++
				}
				if one.File != nil {
					files[one.ID]++
				}
			}
			k.send(outside.Remembered{Ticket: e.Ticket})
		}
		if !w.now.Before(next) {
			next = next.Add(every)
			k.answer()
		}
	}
	if left := n - len(pictures); left > 200 {
		t.Errorf("when %d photos are named, the pictures of %d are not kept yet", n, left)
	}
	for id := range n {
		if pictures[id] > 1 || files[id] > 1 {
			t.Fatalf("of photo %d the picture is written %d times, and the file %d", id, pictures[id], files[id])
		}
	}
}
