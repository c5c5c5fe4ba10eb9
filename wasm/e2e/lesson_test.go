package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestLessonForTeachers takes the five steps of the lesson in the view of Teach: the mistake that
// was put there is among the photos that mislead, and new photos get the right names. The page for
// the class is printed on one sheet.
func TestLessonForTeachers(t *testing.T) {
	p := show(t, serve(t), "workers=1#teach")
	p.wait("ready")
	if n := ask[int](p, `performance.getEntriesByType("resource").filter((e) => e.name.includes("/lesson/")).length`); n != 0 {
		t.Errorf("%d files of the lesson were fetched before it was opened", n)
	}
	p.looks("lesson-start")
	p.click("button", "For teachers: a lesson of five steps")
	done := func(step string) {
		t.Helper()
		p.until(`document.querySelector(".lesson").dataset.step === "` + step + `" && document.querySelector(".lesson").dataset.done === "true"`)
	}
	p.find("heading", "Give it examples")
	p.until(`[...document.querySelectorAll(".lesson img")].length === 17 && [...document.querySelectorAll(".lesson img")].every((i) => i.naturalWidth === 280)`)
	p.looks("lesson-1")
	p.click("button", "Bring the photos")
	done("1")
	p.saved()
	p.looks("lesson-1-done")
	p.click("button", "Next step")
	p.click("button", "Open Results")
	done("2")
	p.looks("lesson-2")
	p.click("button", "Next step")
	p.until(`[...document.querySelectorAll("#misleading .suspect button[title='pompano.jpg']")].length === 1`)
	p.looks("lesson-3")
	move := ask[string](p, `[...document.querySelectorAll("#misleading .suspect")].find((s) => s.querySelector("[title='pompano.jpg']")).querySelector("[data-do=move]").getAttribute("aria-label")`)
	if !strings.HasPrefix(move, "Move to Fish: Buildings ") {
		t.Errorf("the mistake is offered %q", move)
	}
	p.click("button", move)
	done("3")
	p.saved()
	p.click("button", "Next step")
	p.until(`[...document.querySelectorAll(".lesson img")].length === 4 && [...document.querySelectorAll(".lesson img")].every((i) => i.naturalWidth === 280)`)
	p.click("button", "Name four new photos")
	done("4")
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 4`)
	for name, label := range p.told() {
		if !strings.HasSuffix(name, ".jpg") {
			continue
		}
		want := "Fish"
		if name == "india-gate.jpg" || name == "winter-palace.jpg" {
			want = "Buildings"
		}
		if label != want {
			t.Errorf("%s is named %q, not %q", name, label, want)
		}
	}
	p.looks("lesson-4")

	// The step is there after a reload.
	p.saved()
	p.do(chromedp.Reload())
	p.wait("ready")
	p.find("heading", "Try it on new photos")
	p.click("button", "Next step")
	p.click("button", "Open a photo")
	p.click("button", "Heat map")
	done("5")
	p.press("\x1b")
	p.looks("lesson-5")
	p.click("button", "End the lesson")
	p.until(`!document.querySelector(".lesson")`)
	p.saved()

	p.do(chromedp.Navigate(p.server.URL + "/lesson/class.html"))
	p.find("heading", "Fish and buildings")
	p.violations("the page for the class")
	data := call(p, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69}).Data
	if n := bytes.Count(data, []byte("/Type /Page\n")); n != 1 {
		t.Errorf("the page for the class takes %d sheets", n)
	}
	if *shots != "" {
		if err := os.WriteFile(filepath.Join(*shots, "lesson-class.pdf"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		p.do(chromedp.EmulateViewport(718, 1047)) // A4 less its margins
		p.shoot("lesson-class")
	}
}
