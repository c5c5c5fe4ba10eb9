package e2e

import (
	"context"
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"
)

var axe = flag.String("axe", os.Getenv("HOMEROOM_AXE"), "axe.min.js of axe-core, to look at the page with")

// violations are what axe-core, where -axe names its script, finds in the page: the rule and the
// element of each.
func (p *tab) violations(what string) {
	p.t.Helper()
	if *axe == "" {
		return
	}
	if !ask[bool](p, "'axe' in window") {
		script, err := os.ReadFile(*axe)
		if err != nil {
			p.t.Fatal(err)
		}
		ask[any](p, string(script)+";0")
	}
	p.still()
	found := ask[[]string](p, `axe.run(document, {rules: {"label-content-name-mismatch": {enabled: true}}}).then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.html.slice(0, 200) + " " + n.failureSummary.split("\n").slice(1).join(" "))))`)
	for _, one := range found {
		p.t.Errorf("%s: axe-core says %s", what, one)
	}
}

// TestKeysOfTeach: the menu of projects closes on Escape and on a press beside it; the photos of a
// class are one stop of the Tab key, with arrows inside; what is removed leaves the keyboard on the
// next.
func TestKeysOfTeach(t *testing.T) {
	p := teach(t, "workers=1")
	p.twoClasses(6)
	open := func() bool { return ask[bool](p, `document.querySelector("details[data-menu]").open`) }
	menu := func() {
		t.Helper()
		ask[bool](p, `document.querySelector("details[data-menu] summary").click() ?? true`)
		p.until(`document.querySelector("details[data-menu]").open`)
	}
	menu()
	if *shots != "" {
		p.shoot("keys-menu")
	}
	p.violations("the menu")
	p.press(kb.Escape)
	if open() || !ask[bool](p, `document.activeElement.matches("details[data-menu] summary")`) {
		t.Errorf("Escape leaves the menu open (%v), and the keyboard at %q", open(), p.focused())
	}
	menu()
	p.must(func(ctx context.Context) error { return p.browser.click(ctx, 300, 700) })
	if open() {
		t.Error("a press beside the menu leaves it open")
	}

	// Arrows lead through the photos as they lie: four in a row.
	p.on(p.find("button", "Cats 1"), "function () { this.focus(); }")
	for _, c := range [][2]string{
		{kb.ArrowRight, "Cats 2"}, {kb.ArrowDown, "Cats 6"}, {kb.ArrowUp, "Cats 2"}, {kb.End, "Cats 6"}, {kb.Home, "Cats 1"}, {kb.ArrowDown, "Cats 5"},
	} {
		p.press(c[0])
		if got := p.focused(); !strings.HasPrefix(got, "button "+c[1]) {
			t.Errorf("the keyboard is at %q and not at %s", got, c[1])
		}
	}
	p.press(kb.Tab)
	p.press(kb.Tab)
	if got := p.focused(); strings.HasPrefix(got, "button Cats") {
		t.Errorf("two steps of the Tab key on, the keyboard is still among the photos: %q", got)
	}
	p.on(p.find("button", p.called("cat 3.jpg")), "function () { this.focus(); }")
	p.press(kb.Delete)
	if got := p.settledPhotos("Cats"); len(got) != 5 || has(got, "cat 3.jpg") {
		t.Errorf("after Delete the class has %q", got)
	}
	if got := p.focused(); !strings.HasPrefix(got, "button Cats 3") {
		t.Errorf("after Delete the keyboard is at %q", got)
	}
	if *shots != "" {
		p.shoot("keys-photos")
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}}})
		p.shoot("keys-forced")
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	}
	p.violations("Photos")

	p.results()
	p.violations("Results")
	p.click("tab", "Photos")
	p.click("button", "Remove the class Cats")
	if got := p.focused(); got != "button Remove the class Fish" {
		t.Errorf("after a class is removed the keyboard is at %q", got)
	}
}

// TestKeysOfClassify does the same there; and photos that were named leave Teach's beginning as it
// was.
func TestKeysOfClassify(t *testing.T) {
	p := teach(t, "workers=1")
	wide := func() string {
		p.until(`!document.querySelector("main#teach").hidden && document.documentElement.dataset.state === "ready" && document.querySelector(".start .drop-art") !== null`)
		return ask[string](p, `getComputedStyle(document.querySelector(".start")).flexDirection + " " + getComputedStyle(document.querySelector(".start .drop-art")).display`)
	}
	before := wide()
	p.click("link", "Classify")
	p.wait("ready")
	p.crowd(5)
	p.settle(5)
	p.on(p.find("button", "Look closer at photo 0.jpg"), "function () { this.focus(); }")
	p.press(kb.ArrowRight)
	p.press(kb.ArrowRight)
	if got := p.focused(); got != "button Look closer at photo 2.jpg" {
		t.Errorf("two arrows on, the keyboard is at %q", got)
	}
	p.press(kb.Delete)
	if got := p.focused(); got != "button Look closer at photo 3.jpg" || len(p.cards()) != 4 {
		t.Errorf("after Delete there are %d photos and the keyboard is at %q", len(p.cards()), got)
	}
	p.find("region", "Last action")
	p.violations("Classify")
	if *shots != "" {
		p.shoot("keys-classify")
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		p.shoot("keys-print")
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	}
	p.click("link", "Teach")
	if after := wide(); after != before {
		t.Errorf("after photos were named Teach begins as %q, before as %q", after, before)
	}
}

// TestResultsInShort: the results begin with three sentences and one button, with the figures
// folded; a mistake is right by a press, which leaves the keyboard on the next; a deleted project
// waits in the bin.
func TestResultsInShort(t *testing.T) {
	p := teach(t, "workers=1")
	p.twoClasses(6)
	// Two cats among the fish, which it takes for cats.
	p.give("Fish", variants(t, "cat.png", 2, 40)...)
	p.learnt(2)
	p.click("tab", "Results")
	p.until(`document.querySelector(".summary button")`)
	if n := ask[int](p, `document.querySelectorAll(".summary p").length`); n != 3 || ask[bool](p, `document.querySelector("#figures").open`) {
		t.Errorf("the results begin with %d sentences, and the figures are open", n)
	}
	if *shots != "" {
		p.shoot("results-short")
	}
	p.violations("Results, folded")
	p.until(`document.querySelector("[data-do=right]")`)
	mistakes := ask[int](p, `document.querySelectorAll("#misleading .suspect").length`)
	p.click("button", "Go to them")
	p.until(`document.activeElement.id === "misleading"`)
	ask[bool](p, `document.querySelector("[data-do=right]").click() ?? true`)
	p.until(`document.querySelectorAll("#misleading .suspect").length === ` + strconv.Itoa(mistakes-1))
	if got := p.focused(); !strings.HasPrefix(got, "button ") && !strings.HasPrefix(got, "tab ") {
		t.Errorf("the keyboard is at %q", got)
	}
	if title := ask[string](p, "document.title"); !strings.HasPrefix(title, "My classes, version ") || !ask[bool](p, `/^Version \d/.test(document.querySelector(".desk-version").textContent)`) {
		t.Errorf("the header does not name project and version: %q", title)
	}
	p.results()
	p.until(`document.querySelector("#by-class-title").offsetParent`)
	p.violations("Results, open")

	p.saved()
	p.openMenu()
	p.click("button", "Delete this project")
	p.find("button", "Bring it back")
	p.reloads()
	p.wait("ready")
	p.openMenu()
	ask[bool](p, `(document.querySelector(".bin").open = true)`)
	if *shots != "" {
		p.shoot("results-bin")
	}
	p.violations("the bin")
	p.click("button", "Bring back My classes")
	p.find("textbox", "Name of the class Fish")
}
