package e2e

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// dated is a JPEG that says when it was taken, as "2026:05:02 10:00:00".
func dated(data []byte, at string) []byte {
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08")
	exif = append(exif, 0, 1, 0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0)
	exif = append(exif, 0, 1, 0x90, 0x03, 0, 2, 0, 0, 0, 20, 0, 0, 0, 44, 0, 0, 0, 0)
	exif = append(append(exif, at...), 0)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(append([]byte(nil), data[:2]...), append(segment, exif...)...), data[2:]...)
}

// choose picks from a list of the page by its value.
func (p *tab) choose(id, value string) {
	p.t.Helper()
	ask[any](p, fmt.Sprintf(`(() => { const on = document.getElementById(%q); on.value = %q; on.dispatchEvent(new Event("input", {bubbles: true})); })()`, id, value))
}

// headings are those of the groups of photos.
const headings = `[...document.querySelectorAll("#photos li.group h3")].map((h) => h.textContent).join("|")`

// TestGroupsAndStacks: photos lie under headings by day, label and folder, few and many; those that
// look alike lie in a stack, which a press spreads.
func TestGroupsAndStacks(t *testing.T) {
	p := open(t, "workers=1")
	var files []file
	add := func(name string, w, h int, day string) {
		data := asJPEG(t, sizedOf(t, name, w, h), 90)
		if day != "" {
			data = dated(data, day)
		}
		files = append(files, file{fmt.Sprintf("%d %s", len(files), name), "image/jpeg", data})
	}
	for i, name := range []string{"koala.jpg", "panda.jpg", "goldfish.jpg", "honey-bee.jpg"} {
		day := []string{"2026:05:02 10:00:00", "2026:05:03 11:00:00", "", "2026:05:02 12:00:00"}[i]
		add(name, 640, 480, day)
		add(name, 320, 240, day) // the same picture, smaller
	}
	add("koala.jpg", 500, 375, "2026:05:02 10:00:00")
	p.drop(files...)
	p.settle(9)
	p.choose("in-photos", "day")
	p.until(headings + ` === "Saturday, 2 May 2026 5 photos|Sunday, 3 May 2026 2 photos|Day not known 2 photos"`)
	if levels := ask[string](p, `[...document.querySelectorAll("#photos h3, #photos h4")].map((h) => h.tagName[1]).join("")`); levels != "344444344344" {
		t.Errorf("the headings are of the levels %s", levels)
	}
	p.violations("grouped by day")
	p.pictured("groups-day")
	p.choose("in-photos", "alike")
	p.until(`[...document.querySelectorAll("#photos .stack")].map((b) => b.textContent).join() === "+2,+1,+1,+1" && document.querySelectorAll("#photos > li").length === 4 && location.hash === "#classify/in=alike"`)
	p.pictured("groups-stacks")
	p.click("button", "+2: more like 0 koala.jpg")
	p.until(`document.querySelectorAll("#photos > li").length === 6 && document.activeElement.textContent === "−2"`)
	p.violations("a stack that is spread")
	p.reload()
	p.until(`[...document.querySelectorAll("#photos .stack")].map((b) => b.textContent).join() === "+2,+1,+1,+1"`)
	p.choose("in-photos", "")
	p.settle(9)

	// As a grid.
	one := asJPEG(t, sizedOf(t, "koala.jpg", 64, 48), 80)
	files = nil
	for i := range 220 {
		files = append(files, file{fmt.Sprintf("%d.jpg", i), "image/jpeg", dated(one, fmt.Sprintf("2026:06:%02d 10:00:00", 1+i/20))})
	}
	p.choose("size", "192")
	p.drop(files...)
	p.until(`document.querySelector("#tally").textContent === "229 named" && document.documentElement.dataset.state === "ready"`)
	p.choose("in-photos", "day")
	p.until(headings + `.startsWith("Saturday, 2 May 2026 5 photos|Sunday, 3 May 2026 2 photos|Monday, 1 June 2026 20 photos")`)
	p.violations("a grouped grid")
	p.pictured("groups-grid")
	p.checkGrid(229)
	if n := ask[int](p, `(() => { const boxes = [...document.querySelectorAll("#photos > li")].map((li) => li.getBoundingClientRect());
		return boxes.filter((a, i) => boxes.some((b, k) => k < i && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length; })()`); n > 0 {
		t.Errorf("%d cards or headings lie on others", n)
	}
}

// pictured takes pictures of the photos in light and dark, on a desktop and a phone.
func (p *tab) pictured(name string) {
	p.t.Helper()
	if *shots == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		p.window(390, 844)
		ask[any](p, `document.querySelector("#photos-title").scrollIntoView()`)
		p.shoot(strings.Join([]string{name, scheme, "phone"}, "-"))
		p.window(1280, 900)
		ask[any](p, `document.querySelector("#photos-title").scrollIntoView()`)
		p.shoot(strings.Join([]string{name, scheme, "desktop"}, "-"))
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}
