package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// viewsRead counts the photos that the browser's store has features of in one view, and in all six.
const viewsRead = `new Promise((done, fail) => {
	const open = indexedDB.open("homeroom");
	open.onerror = () => fail(open.error);
	open.onsuccess = () => {
		const all = open.result.transaction("photos").objectStore("photos").getAll();
		all.onsuccess = () => {
			open.result.close();
			const spaces = all.result.map((p) => JSON.parse(p)).filter((p) => p.class).map((p) => (p.spaces || []).length);
			done([1, 6].map((n) => spaces.filter((s) => s === n).length).join(" and "));
		};
	};
})`

// TestPhotosAreLookedAtAgain leaves it to the page how often photos are looked at: a plain version
// first, and another that chose among all views once every photo has them, also where the page was
// closed in between.
func TestPhotosAreLookedAtAgain(t *testing.T) {
	long(t)
	const each = 12
	p := teachAsIs(t, "workers=1")
	folder := p.downloads()
	cats, fish := variants(t, "cat.png", each, 1), variants(t, "goldfish.jpg", each, 2)
	p.addClass("Cats")
	p.addClass("Fish")
	p.give("Cats", cats...)
	p.give("Fish", fish...)
	p.until(`(() => {
		const pause = /Looking closer: \d+ of 24/.test(document.body.textContent) && document.querySelector("[data-do=reading-pause]");
		pause && pause.click();
		return !!pause;
	})()`)
	first := p.version()
	if first == 0 {
		t.Fatal("photos are looked at again before there is a version")
	}
	p.find("button", "Continue")
	p.do(chromedp.Reload())
	p.wait("ready")
	if got := p.version(); got != first {
		t.Errorf("after a reload version %d is in use, not %d", got, first)
	}
	p.click("tab", "Settings")
	p.until(`/photos? (are|is) not at hand any more, so all are looked at once/.test(document.body.textContent)`)
	p.results()
	if tried := p.tried(); strings.Contains(tried, "mirrored") {
		t.Errorf("the first version chose among %s", tried)
	}

	// Added again they are at hand, and looked at.
	p.click("tab", "Photos")
	p.give("Cats", cats...)
	p.give("Fish", fish...)
	want, got := fmt.Sprintf("0 and %d", 2*each), ""
	for end := time.Now().Add(patience); got != want; time.Sleep(50 * time.Millisecond) {
		if got = ask[string](p, viewsRead); time.Now().After(end) {
			t.Fatalf("of the photos %s were looked at once and in all ways, want %s", got, want)
		}
	}
	p.saved()
	if got := p.version(); got <= first {
		t.Errorf("version %d is in use when all photos have all views", got)
	}
	if n := len(p.photosOf("Cats")); n == 0 {
		t.Error("the photos are gone")
	}
	p.results()
	tried := p.tried()
	if !strings.Contains(tried, "mirrored too; the same, the whole photo; EfficientNet-Lite2 at 260 px, mirrored too; the same, the whole photo") {
		t.Errorf("the last version chose among %s", tried)
	}

	photos := unseen(t)
	page := p.pagesAnswers(photos)
	p.fill("textbox", "Name of the project", "Looks")
	p.saved()
	p.saveAs(folder, "Looks.homeroom")
	equalAnswers(t, page, programsAnswers(t, filepath.Join(folder, "Looks.homeroom"), photos))
}

// tried is the text of the table of what was tried.
func (p *tab) tried() string {
	p.t.Helper()
	p.find("heading", "What was tried")
	return ask[string](p, `document.querySelector("[aria-labelledby=tried-title] tbody").textContent`)
}
