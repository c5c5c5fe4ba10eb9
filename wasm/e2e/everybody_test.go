package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// misnamed lists what has a label that does not begin with what is written on it, which those who
// speak to the page could not use.
func (p *tab) misnamed() []string {
	p.t.Helper()
	return ask[[]string](p, `[...document.querySelectorAll("main:not([hidden]) :is(button, a, summary, [role=tab])[aria-label]")].filter((e) => {
		const written = e.innerText.replace(/\s+/g, " ").trim().toLowerCase();
		return e.offsetParent && /[a-z]/.test(written) && !e.getAttribute("aria-label").toLowerCase().startsWith(written);
	}).map((e) => e.getAttribute("aria-label") + " is written " + e.innerText)`)
}

// TestForEverybody looks at a taught project with mistakes as people with other needs do: by what
// is written on a button, by forced colours, and on paper.
func TestForEverybody(t *testing.T) {
	p := teach(t, "workers=1")
	p.twoClasses(6)
	p.give("Fish", variants(t, "cat.png", 2, 40)...)
	p.learnt(2)
	p.until(`document.querySelector(".tile[data-wrong]")`)
	if text := ask[string](p, `document.querySelector(".wrong-legend").innerText`); text == "" {
		t.Error("photos have dots, and nothing says what they mean")
	}
	colours := func(value string) {
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: value}}})
	}
	colours("active")
	for what, shows := range map[string]string{
		"the dot on a photo":    `getComputedStyle(document.querySelector(".tile[data-wrong]"), "::after").backgroundColor !== getComputedStyle(document.body).backgroundColor`,
		"the tab that is open":  `getComputedStyle(document.querySelector(".tab[aria-selected=true]")).borderBottomWidth === "3px" && getComputedStyle(document.querySelector(".tab[aria-selected=false]")).borderBottomWidth === "0px"`,
		"the view that is open": `getComputedStyle(document.querySelector(".views a[aria-current]")).borderTopStyle === "solid"`,
	} {
		if !ask[bool](p, `matchMedia("(forced-colors: active)").matches && `+shows) {
			t.Errorf("in forced colours %s does not stand out", what)
		}
	}
	colours("none")

	whole := func(what string) {
		t.Helper()
		if list := p.misnamed(); len(list) > 0 {
			t.Errorf("%s: %q", what, list)
		}
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		cut := ask[[]string](p, `[...document.querySelectorAll("main:not([hidden]) :is(.class, .suspect, .pair, .version, .headline, .card-section:not(.wide), figure, tr)")].filter((e) => e.offsetParent && getComputedStyle(e).breakInside !== "avoid").map((e) => e.className)`)
		if len(cut) > 0 {
			t.Errorf("%s: on paper these may be cut: %q", what, cut)
		}
		if ask[bool](p, `[...document.querySelectorAll("main:not([hidden]) :is(.tabs, .class-tools, .suspect-tools, .desk-tools)")].some((e) => e.offsetParent)`) {
			t.Errorf("%s: on paper there is what can only be pressed", what)
		}
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	}
	whole("Photos")
	p.click("tab", "Ask me next")
	whole("Ask me next")
	p.results()
	whole("Results")
	p.click("tab", "Try it")
	whole("Try it")
	p.click("tab", "Versions")
	whole("Versions")
}
