package e2e

import (
	"testing"
)

// The address names what is shown: back and forward lead through tabs and opened photos, and a
// reload comes back to the same place.
func TestPlaces(t *testing.T) {
	p := teach(t, "workers=1")
	p.twoClasses(3)
	p.learnt(1)
	p.saved()
	at := func(place string) {
		t.Helper()
		p.until(`location.hash === "` + place + `"`)
	}
	at("#teach/photos")
	p.click("tab", "Results")
	at("#teach/results")
	p.click("tab", "Photos")
	p.click("button", p.called("cat 1.jpg"))
	p.find("dialog", "cat 1.jpg")
	photo := ask[string](p, "location.hash")
	p.reloads()
	p.wait("ready")
	p.find("dialog", "cat 1.jpg")
	at(photo)
	back := func() { t.Helper(); ask[bool](p, "history.back() ?? true") }
	back()
	at("#teach/photos")
	p.until(`document.querySelectorAll("dialog[open]").length === 0`)
	back()
	at("#teach/results")
	p.until(`document.querySelector("#tab-results").getAttribute("aria-selected") === "true"`)
	ask[bool](p, "history.forward() ?? true")
	at("#teach/photos")
	p.until(`document.querySelector("#tab-photos").getAttribute("aria-selected") === "true"`)

	// The other view has its own, and this one keeps its tab meanwhile.
	p.click("tab", "Versions")
	p.click("link", "Classify")
	at("#classify")
	p.wait("ready")
	p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	checkNamed(t, p.settle(1)[0])
	p.click("button", "Look closer at photo.jpg")
	p.until(`document.querySelectorAll("dialog[open]").length === 1`)
	back()
	p.until(`document.querySelectorAll("dialog[open]").length === 0`)
	at("#classify")
	p.click("link", "Teach")
	at("#teach/versions")
}

// TestPlacesOfDialogues: each dialogue closes on the way back, and what is looked for, opened and
// compared is in the address, where loading the page again finds it.
func TestPlacesOfDialogues(t *testing.T) {
	p := teach(t, "workers=1")
	p.twoClasses(3)
	p.saved()
	at := func(place string) {
		t.Helper()
		p.until(`location.hash === "` + place + `"`)
	}
	back := func() { t.Helper(); ask[bool](p, "history.back() ?? true") }
	closed := func() {
		t.Helper()
		at("#teach/photos")
		p.until(`document.querySelectorAll("dialog[open]").length === 0`)
	}
	p.click("button", "About and licences")
	at("#teach/photos/about")
	p.reloads()
	p.wait("ready")
	p.find("dialog", "About Homeroom")
	p.press("\x1b")
	closed()
	p.click("button", "Share")
	at("#teach/photos/share")
	back()
	closed()
	p.click("button", "Camera for Cats")
	p.until(`location.hash.startsWith("#teach/photos/camera-")`)
	back()
	closed()

	p.results()
	at("#teach/results/figures")
	p.shows("[data-do=cell]") // the address is ahead of what is drawn
	ask[bool](p, `document.querySelector("[data-do=cell]").click() ?? true`)
	p.until(`location.hash.startsWith("#teach/results/figures/cell-")`)
	p.reloads()
	p.wait("ready")
	p.until(`document.querySelector("#cell")`)
	back()
	at("#teach/results/figures")
	p.until(`!document.querySelector("#cell")`)
	p.click("tab", "Versions")
	p.click("checkbox", "Compare version 1")
	at("#teach/versions/compare-1-0")
	p.reloads()
	p.wait("ready")
	p.until(`document.querySelector("[aria-label='Compare version 1']").checked`)
}
