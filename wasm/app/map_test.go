//go:build !js

package app

import (
	"fmt"
	"strings"
	"testing"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/classify/atlas"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
)

// chart is the element of the map, nil where it is not shown.
func (w *world) chart() *markup.Node {
	for _, k := range w.slot("photos-map").Kids {
		if found := k.Find("id", "map-plane"); found != nil {
			return found
		}
	}
	return nil
}

// gesture does something with a pointer on the map, which is 600 by 400 pixels large.
func (w *world) gesture(kind markup.GestureKind, x, y float64, shift bool) {
	w.t.Helper()
	g := markup.Gesture{Kind: kind, X: x, Y: y, Width: 600, Height: 400, Density: 1, Shift: shift, Factor: 1.5}
	if event := w.chart().Handler("gesture")(markup.Input{Gesture: g}); event != nil {
		w.send(event)
	}
}

// around draws a line around a rectangle.
func (w *world) around(left, right float64, shift bool) {
	w.t.Helper()
	w.gesture(markup.Down, left, 150, shift)
	for _, at := range [][2]float64{{right, 150}, {right, 250}, {left, 250}} {
		w.gesture(markup.Moved, at[0], at[1], shift)
	}
	w.gesture(markup.Up, left, 250, shift)
}

// onMap presses a key there.
func (w *world) onMap(key string) {
	w.t.Helper()
	if event := w.chart().Handler("keydown")(markup.Input{Key: key}); event != nil {
		w.send(event)
	}
}

// onMapPicked are the photos of the map that are picked.
func (w *world) onMapPicked() (out string) {
	w.chart().Walk(func(n *markup.Node) {
		if is, _ := n.Get("aria-selected"); is == "true" {
			id, _ := n.Get("data-id")
			out += id
		}
	})
	return out
}

// TestMap: photos lie on a map once they have their names; a line around some picks them, as do
// keys; what was picked comes back; and the address knows the map.
func TestMap(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	w.drop(w.file(""), w.file(""), w.file(""), w.file(""), w.file(""))
	do(w, classify.ShowMap{On: true})
	if w.chart() != nil || !w.says("Photos are laid out once they have their names.") {
		w.fail("there is a map before photos have names")
	}
	w.settle()
	w.gesture(markup.Sized, 0, 0, false)
	hidden := false
	for _, a := range w.photos().Attrs {
		hidden = hidden || a.Name == "hidden" && !a.Off
	}
	if w.chart() == nil || !hidden || len(w.photos().Kids) > 0 || w.history[w.at] != "#classify/map" || !w.says("5 photos in sight") {
		w.fail("the map is not shown at %s", w.history[w.at])
	}
	// They lie 31.2 pixels apart from 253.2 on.
	do(w, atlas.Lasso{On: true})
	w.around(230, 300, false)
	if got := w.onMapPicked(); got != "12" || !w.says("2 photos picked") {
		w.fail("of a line %q are picked", got)
	}
	w.around(340, 360, true)
	if got := w.onMapPicked(); got != "124" {
		w.fail("with another line %q are picked", got)
	}
	w.around(370, 400, false)
	if got := w.onMapPicked(); got != "5" {
		w.fail("in place of them %q are picked", got)
	}
	w.send(classify.Undo{})
	if got := w.onMapPicked(); got != "124" {
		w.fail("undone, %q are picked", got)
	}
	w.around(10, 20, false)
	if got := w.onMapPicked(); got != "124" {
		w.fail("around none, %q are picked", got)
	}
	w.onMap("Escape")
	w.onMap("Escape")
	if got := w.onMapPicked(); got != "" || w.says("picked") {
		w.fail("after Escape %q are picked", got)
	}
	w.gesture(markup.Down, 315.6, 203, false) // on the third
	w.gesture(markup.Up, 315.6, 203, false)
	if w.history[w.at] != "#classify/map/3" || !w.shows("data-modal", "photo") {
		w.fail("a press leads to %s", w.history[w.at])
	}
	w.send(classify.ClosePhoto{})
	w.onMap("ArrowRight")
	w.onMap(" ")
	w.onMap("ArrowLeft")
	w.onMap("ArrowLeft")
	w.onMap(" ")
	if got := w.onMapPicked(); got != "24" {
		w.fail("by keys %q are picked", got)
	}
	w.onMap("Enter")
	if w.history[w.at] != "#classify/map/2" {
		w.fail("Enter leads to %s", w.history[w.at])
	}
	w.send(classify.ClosePhoto{})
	for range 20 {
		w.onMap("+")
	}
	w.onMap("Control+a")
	if got := w.onMapPicked(); got != "2" {
		w.fail("close by, %q are picked", got)
	}
	w.onMap("0")
	w.open("", w.history[w.at])
	w.settle()
	w.gesture(markup.Sized, 0, 0, false)
	if w.chart() == nil || w.chart().Find("data-id", "5") == nil {
		w.fail("after loading again there is no map")
	}
	w.send(classify.Search{Text: "nothing is called so"})
	if w.history[w.at] != "#classify/map/find=nothing+is+called+so" || !w.says("0 photos in sight") {
		w.fail("of a search there is another map at %s", w.history[w.at])
	}
	w.send(classify.Search{})
	w.send(classify.Remove{Photo: 5})
	if w.chart().Find("data-id", "5") != nil {
		w.fail("what was removed is on the map")
	}
	w.send(classify.Undo{})
	do(w, classify.ShowMap{})
	if w.chart() != nil || w.history[w.at] != "#classify" || len(w.photos().Kids) != 5 {
		w.fail("the list does not come back at %s", w.history[w.at])
	}
}

// TestMapByItsAddress is laid out where photos have their names already.
func TestMapByItsAddress(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	w.drop(w.file(""), w.file(""), w.file(""))
	w.settle()
	w.send(outside.Went{Place: "#classify/map"})
	w.state.View() // before anything else happens
	w.settle()
	if w.chart() == nil {
		w.fail("there is no map")
	}
}

// TestLayingOutIsCancelled and begins anew; what comes later is laid out, too.
func TestLayingOutIsCancelled(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.settle()
	w.drop(w.file(""), w.file(""), w.file(""))
	w.settle()
	before := len(w.workers)
	do(w, classify.ShowMap{On: true})
	if !w.says("Laying out 3 photos") {
		w.fail("nothing tells that photos are laid out")
	}
	do(w, atlas.Stop{})
	w.settle()
	if !w.says("The photos are not laid out.") || w.chart() != nil || len(w.workers) != before {
		w.fail("it goes on, with %d workers", len(w.workers))
	}
	do(w, atlas.Again{})
	w.settle()
	w.gesture(markup.Sized, 0, 0, false)
	if w.chart() == nil || !w.says("3 photos in sight") || len(w.workers) != before {
		w.fail("there is no map, and there are %d workers", len(w.workers))
	}
	w.drop(w.file(""))
	w.settle()
	if !w.says("4 photos in sight") {
		w.fail("what came later is not on the map")
	}
	w.pick("model", "efficientnet-lite2")
	w.settle()
	asked := 0
	for _, m := range w.given {
		if strings.HasSuffix(fmt.Sprintf("%T", m), ".Map") {
			asked++
		}
	}
	if !w.says("4 photos in sight") || asked != 3 {
		w.fail("another network: %d maps were made", asked)
	}
}
