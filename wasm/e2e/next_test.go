package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// looks takes pictures of what is shown, by day and by night, on a desk and on a phone, where
// -shots asks for them, and has axe-core look at each, where -axe names it.
func (p *tab) looks(what string) {
	p.t.Helper()
	if *shots == "" && *axe == "" || firefox != nil { // Chromium alone is put into a colour scheme
		return
	}
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"desk", 1280, 900}, {"phone", 390, 844}} {
		for _, scheme := range []string{"light", "dark"} {
			p.window(size.width, size.height)
			call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			name := what + "-" + size.name + "-" + scheme
			if *shots != "" {
				p.do(chromedp.EmulateViewport(size.width, min(2600, ask[int64](p, "document.documentElement.scrollHeight"))))
				p.shoot(name)
				p.window(size.width, size.height)
			}
			p.violations(name)
		}
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	p.window(1280, 900)
}

// TestAskMeNext answers by keys about photos without a class, takes an answer back, and finds what
// is left after a reload.
func TestAskMeNext(t *testing.T) {
	p := teach(t, "workers=1")
	p.twoClasses(3)
	p.click("tab", "Ask me next")
	p.looks("ask-empty")
	p.drop(append(variants(t, "cat.png", 8, 31), variants(t, "goldfish.jpg", 8, 32)...)...)
	p.until(`document.querySelectorAll("[data-asked]").length === 12`)
	p.find("group", "Which class is this?")
	p.looks("ask")

	// Arrows lead through the tray, which is one stop of the Tab key.
	p.on(p.find("button", "Photo 1"), "function () { this.focus(); }")
	p.press(kb.ArrowRight)
	if got := p.focused(); got != "button Photo 2" {
		t.Errorf("an arrow leads to %q", got)
	}
	p.press(kb.Tab)
	if got := p.focused(); strings.HasPrefix(got, "button Photo ") {
		t.Errorf("the Tab key leads to %q", got)
	}

	asked := func() (n int, name string) {
		n = ask[int](p, `document.querySelectorAll("[data-asked]").length`)
		return n, ask[string](p, `document.querySelector("[data-asked] [aria-pressed=true]")?.title ?? ""`)
	}
	for left := 12; left > 8; left-- {
		_, name := asked()
		key := "1"
		if strings.HasPrefix(name, "goldfish") {
			key = "2"
		}
		p.press(key)
		p.until(fmt.Sprintf(`document.querySelectorAll("[data-asked]").length === %d`, left-1))
	}
	p.until(`/^Now .* when you began to answer/.test(document.querySelector(".estimate")?.textContent)`)
	p.saved()
	p.looks("ask-answered")
	_, next := asked()
	p.press("1")
	p.until(`document.querySelectorAll("[data-asked]").length === 7`)
	p.press("z", chromedp.ModifierCtrl)
	p.until(`document.querySelectorAll("[data-asked]").length === 8`)
	if _, name := asked(); name != next {
		t.Errorf("undo has it ask about %q, not %q", name, next)
	}
	p.saved()
	p.reloads()
	p.wait("ready")
	p.until(`document.querySelectorAll("[data-asked]").length === 12`)
	if text := ask[string](p, `document.querySelector(".ask-tally").textContent`); !strings.HasPrefix(text, "12 photos without a class") {
		t.Errorf("after a reload it says %q", text)
	}
	p.click("tab", "Photos")
	if n := ask[int](p, `[...document.querySelectorAll(".class-count")].reduce((n, e) => n + parseInt(e.textContent), 0)`); n != 10 {
		t.Errorf("the classes have %d photos", n)
	}
}

// TestColumnBesideTheClasses names photos that are dropped beside the classes, again once it has
// learnt anew, and what the camera sees, large and frozen.
func TestColumnBesideTheClasses(t *testing.T) {
	p := teach(t, "workers=1")
	p.twoClasses(4)
	p.dropOn(p.find("region", "New photos"), variants(t, "cat.png", 1, 51)[0], variants(t, "goldfish.jpg", 1, 52)[0])
	p.until(`[...document.querySelectorAll("[data-last]")].map((e) => e.dataset.last).sort().join() === "Cats,Fish"`)
	p.fill("textbox", "Name of the class Cats", "Lions")
	p.until(`[...document.querySelectorAll("[data-last]")].map((e) => e.dataset.last).sort().join() === "Fish,Lions"`)
	p.saved()
	p.looks("column")
	p.click("button", "Start the camera")
	p.until(`document.querySelector(".live-answer .answer")`)
	p.looks("column-camera")
	p.click("button", "Fill the screen")
	p.until(`document.querySelector("[data-large]").getBoundingClientRect().width === innerWidth`)
	p.looks("camera-large")
	p.press(kb.Escape)
	p.until(`!document.querySelector("[data-large]")`)
	p.click("button", "Other camera")
	p.until(`document.querySelector("[data-do=live-freeze]:not([disabled])")`)
	p.click("button", "Freeze and look closer")
	p.until(`document.querySelector("dialog[open] .told")`)
	p.click("button", "Heat map")
	p.until(`document.querySelector("img.heat")`)
	if ask[bool](p, `!!document.querySelector("video")`) {
		t.Error("the camera runs on behind a frozen picture")
	}
}
