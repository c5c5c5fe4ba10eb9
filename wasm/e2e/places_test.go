package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
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
	p.click("button", "cat 1.jpg")
	p.find("dialog", "cat 1.jpg")
	photo := ask[string](p, "location.hash")
	p.do(chromedp.Reload())
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
