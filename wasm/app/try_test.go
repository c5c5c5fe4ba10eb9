//go:build !js

package app

import (
	"testing"

	"homeroom/wasm/markup"
)

// does has the state take an event of Teach's open project.
func (w *world) does(name string) bool {
	w.t.Helper()
	if !w.click(name) {
		return false
	}
	w.settle()
	return true
}

// TestPhotosAreTried names photos that no class has, opens one, looks at its heat map and inside
// the network, and gives it to a class.
func TestPhotosAreTried(t *testing.T) {
	w := taught(t, 11)
	w.tab("try")
	pick := w.node("try-pick")
	if pick == nil {
		t.Fatal("photos cannot be chosen")
	}
	w.send(pick.Handler("files")(markup.Input{Files: w.folder("Other", 3)}))
	w.settle()
	if !w.says("Cats") {
		t.Error("nothing was named")
	}
	for _, name := range []string{"tried-open", "try-remove", "try-clear"} {
		if !w.does(name) {
			t.Errorf("there is no %s", name)
		}
	}
	w.checkSaved()
	w.checkRest()
}

// TestEveryTabIsShown opens every tab of what was learnt, and uses what it shows.
func TestEveryTabIsShown(t *testing.T) {
	w := taught(t, 12)
	for _, tab := range []string{"photos", "results", "try", "versions", "settings"} {
		w.tab(tab)
		w.settle()
	}
	w.tab("versions")
	w.does("version-compare")
	w.tab("results")
	w.does("cell")
	w.does("cell-close")
	w.does("curve")
	w.tab("photos")
	for _, name := range []string{"class-open", "photo-open", "photo-step", "heat", "inside", "photo-close", "class-close", "undo", "redo"} {
		w.does(name)
	}
	w.checkSaved()
	w.checkRest()
}

// TestEverythingShownIsUsed uses whatever a page with photos that are tried, a photo that is open
// and versions shows, in every tab.
func TestEverythingShownIsUsed(t *testing.T) {
	for seed := range uint64(runs(2)) {
		w := taught(t, 100+seed)
		for _, tab := range []string{"try", "photos", "results", "versions", "settings", "try", "photos"} {
			w.tab(tab)
			if pick := w.node("try-pick"); pick != nil {
				w.send(pick.Handler("files")(markup.Input{Files: w.folder("Other", 3)}))
				w.settle()
				w.click("tried-open")
			}
			w.click("class-open")
			w.click("photo-open")
			for range 8 {
				w.use()
				for range 30 {
					w.step()
				}
				w.dark() // which would go on
				w.settle()
			}
			w.checkSaved()
			if !w.shows("id", "tab-"+tab) { // it led elsewhere
				break
			}
		}
	}
}
