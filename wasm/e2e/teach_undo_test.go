package e2e

import (
	"testing"
)

// TestUndoOutlivesTheTab changes things, opens the page again, and takes them back.
func TestUndoOutlivesTheTab(t *testing.T) {
	p := teach(t, "workers=1")
	p.twoClasses(4)
	p.click("button", "Remove the class Fish")
	p.fill("textbox", "Name of the class Cats", "Kittens")
	p.drag("cat 2.jpg", "Kittens") // where it is: no change
	p.saved()
	p.reloads()
	p.wait("ready")
	p.click("button", "Undo: Renamed Cats to Kittens")
	p.find("textbox", "Name of the class Cats")
	p.saved()
	p.reloads()
	p.wait("ready")
	p.find("button", "Redo: Renamed Cats to Kittens")
	p.click("button", "Undo: Removed the class Fish with 4 photos")
	p.find("textbox", "Name of the class Fish")
	if got := p.photosOf("Fish"); len(got) != 4 {
		t.Errorf("the class came back with %q", got)
	}
	p.until(`[...document.querySelectorAll("[data-photo] img")].filter((i) => i.naturalWidth > 0).length === 8`) // with their thumbnails
	p.learnt(2)
	p.reloads()
	p.wait("ready")
	p.click("button", "Redo: Removed the class Fish with 4 photos")
	p.click("button", "Redo: Renamed Cats to Kittens")
	p.find("textbox", "Name of the class Kittens")
	if n := ask[int](p, `document.querySelectorAll("li.class").length`); n != 1 {
		t.Errorf("done again, there are %d classes", n)
	}

	// What is changed after an undo takes the place of what could be done again, then as before.
	p.click("button", "Undo: Renamed Cats to Kittens")
	p.addClass("Dogs")
	p.saved()
	p.reloads()
	p.wait("ready")
	p.find("button", "Undo: Added the class Dogs")
	if len(p.findAll("button", "Redo: Renamed Cats to Kittens")) != 0 {
		t.Error("what was undone before another change can be done again")
	}
}
