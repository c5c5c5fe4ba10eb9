//go:build !js

package app

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// many is a page with so many photos of a folder, of which a worker has one.
func many(t testing.TB, n int) (*world, *naming) {
	w := newWorld(t, 9, "", "")
	w.settle()
	var files []outside.File
	for i := range n {
		name := fmt.Sprintf("IMG_%05d.jpg", i)
		files = append(files, outside.File{Object: object("file %d", i), Name: name, Path: fmt.Sprintf("trap %d/%s", i%20, name), Bytes: 100})
	}
	k := &naming{w: w}
	k.send(classify.Add{Files: files})
	for range n { // they are taken in some at a time
		if k.send(outside.Drawn{}); w.state.classify.Photos() == n {
			break
		}
	}
	k.send(classify.Look{Sight: markup.Sight{Top: 30, Height: 50, Width: 73}})
	return w, k
}

// naming is a worker that answers.
type naming struct {
	w    *world
	asks []outside.Post // that are still to be answered
	n    int
	keep []outside.Remember // so are these
}

func (k *naming) send(event any) {
	effects, _ := k.w.state.Update(event)
	for _, e := range effects {
		if post, is := e.(outside.Post); is {
			if _, is := post.Message.(protocol.Classify); is {
				k.asks = append(k.asks, post)
			}
		}
		if keep, is := e.(outside.Remember); is {
			k.keep = append(k.keep, keep)
		}
	}
}

// answer names one more photo.
func (k *naming) answer() {
	post := k.asks[0]
	k.asks = k.asks[1:]
	job := post.Message.(protocol.Classify).Job
	k.n++
	labels := []string{"koala", "panda", "purse"}
	k.send(outside.FromWorker{Worker: post.Worker, Message: protocol.Thumbnail{Job: job, Picture: object("small %d", job.ID)}})
	k.send(outside.FromWorker{Worker: post.Worker, Message: protocol.Named{Done: protocol.Done{Job: job}, Seen: protocol.Seen{Width: 40, Height: 30}, Threads: 1,
		Results: []protocol.Result{{Label: labels[k.n%3], Score: float64(k.n%97) / 100}}}})
}

// photos is the list of photos as it is shown.
func (w *world) photos() markup.Slot {
	for _, s := range w.state.View().Slots {
		if s.ID == "photos" {
			return s
		}
	}
	return markup.Slot{}
}

// TestAnAnswerAmongThousands costs no more than one among hundreds, also where the table of labels
// is shown.
func TestAnAnswerAmongThousands(t *testing.T) {
	cost := func(n int) (bytes, cards int) {
		w, k := many(t, n)
		k.send(pressed(w, "use-names"))
		for range 100 { // so that the table has its labels
			k.answer()
		}
		w.state.View()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			k.answer()
			w.state.View()
		}
		runtime.ReadMemStats(&after)
		return int(after.TotalAlloc-before.TotalAlloc) / 100, len(w.photos().Kids)
	}
	few, fewCards := cost(400)
	lots, lotsCards := cost(10_000)
	t.Logf("an answer and a drawing take %d bytes with 400 photos, and %d with 10,000; %d and %d cards are drawn", few, lots, fewCards, lotsCards)
	if lots > few*5/4 || lotsCards != fewCards {
		t.Error("that grows with the photos")
	}
}

func pressed(w *world, slot string) any {
	for _, s := range w.state.View().Slots {
		if s.ID == slot {
			return s.On[0].Make(markup.Input{})
		}
	}
	w.fail("there is no %s", slot)
	return nil
}

func BenchmarkAnAnswer(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			_, k := many(b, n)
			for b.Loop() {
				if k.n == n-1 {
					b.StopTimer()
					_, k = many(b, n)
					b.StartTimer()
				}
				k.answer()
				k.w.state.View()
			}
		})
	}
}

// TestKeyboardAmongThousands: arrows lead to cards that are not drawn, what has the keyboard stays
// when it is scrolled away, and who listens to the page hears which of how many it is.
func TestKeyboardAmongThousands(t *testing.T) {
	w, k := many(t, 1000)
	card := func(id int) *markup.Node {
		for _, li := range w.photos().Kids {
			if li.Key == strconv.Itoa(id) {
				return li
			}
		}
		w.fail("card %d is not drawn", id)
		return nil
	}
	stops := func() (out []string) {
		for _, li := range w.photos().Kids {
			if _, off := li.Kids[0].Get("tabindex"); !off {
				out = append(out, li.Key)
			}
		}
		return out
	}
	press := func(id int, key string) string {
		return focused(w.asks(card(id).Kids[0].Handler("keydown")(markup.Input{Key: key})))
	}
	columns := 0
	for _, a := range w.photos().Attrs {
		if a.Name == "--columns" {
			columns, _ = strconv.Atoi(a.Value)
		}
	}
	if got, want := stops(), []string{strconv.Itoa(3*columns + 1)}; !slices.Equal(got, want) {
		t.Errorf("before anything has the keyboard, the Tab key leads to %v, want %v, the first that is seen", got, want)
	}
	for _, c := range []struct {
		from int
		key  string
		to   int
	}{{28, "End", 1000}, {1000, "ArrowLeft", 999}, {999, "ArrowUp", 999 - columns}, {999 - columns, "Home", 1}, {1, "ArrowDown", 1 + columns}} {
		if got, want := press(c.from, c.key), fmt.Sprintf(`li[data-id="%d"] .thumb`, c.to); got != want {
			t.Fatalf("%s on card %d leads to %s, want %s", c.key, c.from, got, want)
		}
		if got := stops(); !slices.Equal(got, []string{strconv.Itoa(c.to)}) {
			t.Errorf("after %s the Tab key leads to %v", c.key, got)
		}
		at, _ := card(c.to).Get("aria-posinset")
		of, _ := card(c.to).Get("aria-setsize")
		if at != strconv.Itoa(c.to) || of != "1000" {
			t.Errorf("card %d says that it is %s of %s", c.to, at, of)
		}
	}
	k.send(classify.Look{Sight: markup.Sight{Top: 600, Height: 50, Width: 73}})
	if kids := w.photos().Kids; kids[0].Key != strconv.Itoa(1+columns) || len(kids) > 200 {
		t.Errorf("scrolled away, %d cards are drawn from %s on", len(kids), kids[0].Key)
	}
	if got, want := press(1+columns, "Delete"), fmt.Sprintf(`li[data-id="%d"] .thumb`, 2+columns); got != want {
		t.Errorf("Delete leads to %s, want %s", got, want)
	}
	card(2 + columns)
	k.send(classify.Undo{})
	card(1 + columns)
	k.send(classify.Clear{})
	if n := len(w.photos().Kids); n != 0 {
		t.Errorf("%d cards are left", n)
	}
}

// TestScrollingMakesOneRow of cards anew, and those that the Tab key leads to before and after; an
// answer makes one card anew where it is seen, and none where it is not.
func TestScrollingMakesOneRow(t *testing.T) {
	w, k := many(t, 10_000)
	made := func(do func()) (n int) {
		was := map[*markup.Node]bool{}
		for _, li := range w.photos().Kids {
			was[li] = true
		}
		do()
		for _, li := range w.photos().Kids {
			if !was[li] {
				n++
			}
		}
		return n
	}
	for made(func() {}) > 0 { // some are drawn at a time
	}
	columns := 0
	for _, a := range w.photos().Attrs {
		if a.Name == "--columns" {
			columns, _ = strconv.Atoi(a.Value)
		}
	}
	for row := range 20 {
		if n := made(func() { k.send(classify.Look{Sight: markup.Sight{Top: 30 + 11*float64(row+1), Height: 50, Width: 73}}) }); n > columns+2 {
			t.Fatalf("one row further, %d cards of %d columns are made", n, columns)
		}
	}
	k.send(classify.Look{Sight: markup.Sight{Top: 5000, Height: 50, Width: 73}})
	for made(func() {}) > 0 {
	}
	for range 20 { // the photos at the top, which are not seen
		if n := made(k.answer); n > 0 {
			t.Fatalf("a name far away makes %d cards", n)
		}
	}
	k.send(classify.Look{Sight: markup.Sight{Height: 50, Width: 73}})
	for made(func() {}) > 0 {
	}
	if n := made(k.answer); n == 0 || n > 2 { // with its name, and the next that is looked at
		t.Errorf("a name makes %d cards", n)
	}
}
