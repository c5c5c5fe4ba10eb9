//go:build !js

package app

import (
	"strings"
	"testing"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/outside"
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
