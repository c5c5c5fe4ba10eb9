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

// TestLookAlikesLieInStacks of which one is shown, until a stack is spread; they are found once all
// photos have names, also those that come later, and after the page was loaded again.
func TestLookAlikesLieInStacks(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	file := func(content string) outside.File {
		f := w.file("")
		f.Object = object("file %s", content)
		return f
	}
	w.drop(file("a"), file("b"), file("a"), file("c"), file("a"), file("b"))
	w.settle()
	keys := func() string {
		out := ""
		for _, li := range w.photos().Kids {
			out += li.Key
		}
		return out
	}
	w.pick("in-photos", "alike")
	w.settle()
	if keys() != "124" {
		w.fail("%s are shown", keys())
	}
	if !strings.Contains(w.photos().Kids[0].Words(), "+2") {
		w.fail("the first says %q", w.photos().Kids[0].Words())
	}
	do(w, classify.Spread{Photo: 1})
	if keys() != "13524" {
		w.fail("spread, %s are shown", keys())
	}
	w.send(classify.Remove{Photo: 1})
	if keys() != "2354" {
		w.fail("without the first, %s are shown", keys())
	}
	w.send(classify.Undo{})
	do(w, classify.Spread{Photo: 1})
	w.drop(file("c"))
	w.settle()
	if keys() != "124" {
		w.fail("with one more, %s are shown", keys())
	}
	w.open("", w.history[w.at])
	w.settle()
	if keys() != "124" {
		w.fail("after loading again, %s are shown at %s", keys(), w.history[w.at])
	}
	w.pick("in-photos", "")
	w.pick("only-photos", "alike")
	if keys() != "1352647" {
		w.fail("of the look-alikes %s are shown", keys())
	}
}

// keys are the photos that are shown, in order.
func (w *world) keys() (out string) {
	for _, li := range w.photos().Kids {
		out += li.Key
	}
	return out
}

// TestLookAlikesByTheAddress: stacks are made for who comes to them by a link or by going back.
func TestLookAlikesByTheAddress(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	file := func(content string) outside.File {
		f := w.file("")
		f.Object = object("file %s", content)
		return f
	}
	w.drop(file("a"), file("b"), file("a"))
	w.settle()
	w.visit("#classify/in=alike")
	w.settle()
	if n := len(w.photos().Kids); n != 2 {
		w.fail("%d photos are shown", n)
	}
}

// TestSimilarAreFound from the dialogue with a photo: the most similar first, also after the page
// was loaded again, until all are shown.
func TestSimilarAreFound(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	file := func(content string) outside.File {
		f := w.file("")
		f.Object = object("file %s", content)
		return f
	}
	w.drop(file("a"), file("b"), file("a"), file("c"), file("a"))
	w.settle()
	w.send(classify.OpenPhoto{Photo: 3})
	do(w, classify.LikePhoto{})
	w.settle()
	if got := w.keys(); got != "315" || w.shows("data-modal", "photo") || w.history[w.at] != "#classify/like=3" {
		w.fail("%s are shown at %s", got, w.history[w.at])
	}
	w.open("", w.history[w.at])
	w.settle()
	if got := w.keys(); got != "315" {
		w.fail("after loading again, %s are shown", got)
	}
	w.send(classify.Remove{Photo: 3})
	w.send(classify.Undo{})
	w.settle()
	do(w, classify.Similar{})
	w.settle()
	if got := w.keys(); got != "12345" {
		w.fail("of all, %s are shown", got)
	}
}

// TestAnswersOfOthersAreKept beside those of what answers now, and saved with them.
func TestAnswersOfOthersAreKept(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	w.drop(w.file(""))
	w.settle()
	if w.says("Others said:") {
		w.fail("there are others already")
	}
	w.pick("model", "efficientnet-lite2")
	w.settle()
	if !w.says("Others said: Lite 0 koala") {
		w.fail("the card is %q", w.photos().Kids[0].Words())
	}
	w.pick("size", "224")
	w.settle()
	w.send(classify.OpenPhoto{Photo: 1})
	if !w.says("Lite 2 koala") || !w.says("Lite 0 koala") {
		w.fail("the dialogue does not have both")
	}
	w.send(classify.Save{Form: classify.CSV})
	w.settle()
	if head, _, _ := strings.Cut(string(w.offered.Data), "\n"); !strings.Contains(head, "label by Lite 2,score by Lite 2,label by Lite 0,score by Lite 0,ms") {
		w.fail("the table has the head %s", head)
	}
}

// TestPickedPhotos are picked by clicks and keys, and then compared, saved, taught and removed.
func TestPickedPhotos(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	w.drop(w.folder("", 5)...)
	w.settle()
	thumb := func(at int) *markup.Node { return w.photos().Kids[at].Kids[0] }
	click := func(at int, in markup.Input) { w.send(thumb(at).Handler("click")(in)) }
	picked := func() (out string) {
		for _, li := range w.photos().Kids {
			if _, is := li.Get("data-picked"); is {
				out += li.Key
			}
		}
		return out
	}
	is := func(want string) {
		t.Helper()
		if got := picked(); got != want {
			w.fail("%q are picked, not %q", got, want)
		}
	}
	click(1, markup.Input{Control: true})
	is("2")
	click(3, markup.Input{Shift: true})
	is("234")
	click(2, markup.Input{}) // which opens nothing now
	is("24")
	if w.shows("data-modal", "photo") || !w.says("2 photos picked") {
		w.fail("a click opens the photo while photos are picked")
	}
	do(w, classify.ComparePicked{})
	if !w.shows("data-modal", "compare") {
		w.fail("they are not compared")
	}
	do(w, classify.CloseCompare{})
	do(w, classify.SavePicked{})
	w.settle()
	if n := strings.Count(string(w.offered.Data), "\n"); n != 3 {
		w.fail("the table of two photos has %d lines", n)
	}
	w.send(thumb(0).Handler("keydown")(markup.Input{Key: "Control+a"}))
	is("12345")
	if w.shows("id", "picked-compare") && !w.shows("disabled", "") {
		w.fail("five are compared")
	}
	w.send(thumb(0).Handler("keydown")(markup.Input{Key: "Escape"}))
	is("")
	w.send(thumb(0).Handler("keydown")(markup.Input{Key: "Shift+ArrowRight"}))
	w.send(thumb(1).Handler("keydown")(markup.Input{Key: "Shift+ArrowRight"}))
	is("123")
	do(w, classify.RemovePicked{})
	if got := w.keys(); got != "45" {
		w.fail("%s are left", got)
	}
	w.send(classify.Undo{})
	w.send(w.photos().Kids[4].Handler("press long")(markup.Input{}))
	is("5")
	w.pick("find-photos", "1.jpg") // what is picked stays so
	w.pick("find-photos", "")
	is("5")
	do(w, classify.PickAll{})
	do(w, classify.TeachPicked{})
	w.settle()
	if w.history[w.at] != "#teach/photos" {
		w.fail("the address is %s", w.history[w.at])
	}
	p := w.state.teach.Open()
	if len(p.Classes) != 1 || p.Classes[0].Name != "koala" || p.Count() != 5 {
		w.fail("%d photos are taught in the classes %v", p.Count(), p.Classes)
	}
	w.travel(-1)
	w.settle()
	is("")
}

// TestManyAreComparedInPieces, each laid out once and with no more than the page sends in one go;
// who waits is told how far it is and may stop it, and what comes of it late changes nothing.
func TestManyAreComparedInPieces(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	w.drop(w.folder("Things", 1000)...)
	w.settle()
	laid := func(do func()) (sizes []int, compared, stopped int) {
		was := len(w.given)
		do()
		for _, m := range w.given[was:] {
			switch m := m.(type) {
			case protocol.Lay:
				sizes = append(sizes, len(m.Vectors))
			case protocol.Compare:
				compared++
			case protocol.Stop:
				stopped++
			}
		}
		return sizes, compared, stopped
	}
	sizes, compared, _ := laid(func() { w.pick("in-photos", "alike"); w.settle() })
	if !slices.Equal(sizes, []int{400, 400, 200}) || compared != 1 {
		w.fail("they are laid out as %v and compared %d times", sizes, compared)
	}
	stacks := len(w.photos().Kids)
	w.pick("in-photos", "")
	w.drop(w.file(""))
	w.settle()
	stopping := func() bool {
		for _, s := range w.state.View().Slots {
			if s.ID == "stop-comparing" {
				return s.Attrs[0].Off
			}
		}
		return false
	}
	_, _, stopped := laid(func() {
		w.slow = true
		w.pick("in-photos", "alike")
		for lies := 0; lies < 1001; {
			was := len(w.given)
			if stopping() || !w.step() {
				w.fail("%d are laid out", lies)
			}
			for _, m := range w.given[was:] {
				if m, is := m.(protocol.Lay); is {
					lies += len(m.Vectors)
				}
			}
		}
		w.now = w.now.Add(time.Second)
		for !stopping() {
			if !w.step() {
				w.fail("nobody is told how far it is")
			}
		}
		if says := "Comparing the photos: 50%"; !w.says(says) {
			w.fail("nothing says %s", says)
		}
		do(w, classify.StopComparing{})
		w.settle()
		w.slow = false
	})
	if stopped != 1 || stopping() || w.state.classify.Place() != "" {
		w.fail("it was stopped %d times, and the place is %q", stopped, w.state.classify.Place())
	}
	if _, compared, _ = laid(func() { w.pick("in-photos", "alike"); w.settle() }); compared != 1 || len(w.photos().Kids) < stacks {
		w.fail("later they are compared %d times, and %d cards are drawn", compared, len(w.photos().Kids))
	}
}
