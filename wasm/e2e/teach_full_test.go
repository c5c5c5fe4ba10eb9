package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// storedBytes counts the photos themselves that the browser's store has, and their bytes.
const storedBytes = `new Promise((done, fail) => {
	const open = indexedDB.open("homeroom");
	open.onerror = () => fail(open.error);
	open.onsuccess = () => {
		const all = open.result.transaction("fulls").objectStore("fulls").getAll();
		all.onsuccess = () => { open.result.close(); done(all.result.length + " of " + all.result.reduce((n, b) => n + b.size, 0)); };
	};
})`

// TestFullPhotosAreKeptOnRequest keeps photos themselves, reads them again after a reload, and
// deletes them. Without them, the page says that it makes do with thumbnails, until the photos are
// added again.
func TestFullPhotosAreKeptOnRequest(t *testing.T) {
	p := teach(t, "workers=1")
	cats, fish := variants(t, "cat.png", 3, 1), variants(t, "goldfish.jpg", 3, 2)
	p.addClass("Cats")
	p.addClass("Fish")
	p.give("Cats", cats...)
	p.give("Fish", fish...)
	p.learnt(1)
	if got := ask[string](p, storedBytes); got != "0 of 0" {
		t.Fatalf("without being asked the store keeps %s bytes", got)
	}
	bytes := 0
	for _, f := range append(append([]file(nil), cats...), fish...) {
		bytes += len(f.data)
	}

	// Switched on, the photos that are at hand are kept, and those that come.
	p.click("tab", "Settings")
	p.click("checkbox", "Keep the full photos")
	p.until(`document.querySelector("[data-kept]")?.dataset.kept === "6" && document.querySelector("#set-keep").checked`)
	p.until(`/This page takes .* room for/.test(document.querySelector("[aria-labelledby=keep-title]").textContent)`)
	more := load(t, filepath.Join(*photoFolder, "koala.jpg"))[0] // larger than a thumbnail
	p.click("tab", "Photos")
	p.give("Fish", more)
	p.learnt(2)
	if got, want := ask[string](p, storedBytes), fmt.Sprintf("7 of %d", bytes+len(more.data)); got != want {
		t.Fatalf("the store keeps %s bytes, want %s", got, want)
	}

	// After a reload another size is read from them.
	p.do(chromedp.Reload())
	p.wait("ready")
	p.click("button", p.called("koala.jpg")) // it may have been taken for a cat
	p.until(`document.querySelector(".stage img").naturalHeight === 560`)
	p.press("\x1b")
	p.click("tab", "Settings")
	p.fill("combobox", "Input size", "128")
	p.learnt(3)
	if text := ask[string](p, `document.querySelector(".notice")?.textContent || ""`); text != "" {
		t.Errorf("with all photos kept it says %q", text)
	}
	p.click("tab", "Photos")
	p.click("button", p.called("cat 2.jpg"))
	p.find("dialog", "cat 2.jpg")
	if text := ask[string](p, `document.querySelector("dialog").textContent`); strings.Contains(text, "small picture") {
		t.Errorf("it was read from its thumbnail: %s", text)
	}
	p.press("\x1b")

	// Switched off, they go, once the person agrees.
	p.click("tab", "Settings")
	p.click("checkbox", "Keep the full photos")
	p.find("group", "Delete the full photos?")
	if text := ask[string](p, `document.querySelector(".ask").textContent`); !strings.Contains(text, "7 full photos") || !strings.Contains(text, "KB") {
		t.Errorf("it asks %q", text)
	}
	p.click("button", "Keep them")
	p.click("checkbox", "Keep the full photos")
	p.click("button", "Delete them")
	p.until(`!document.querySelector("[data-kept]") && !document.querySelector("#set-keep").checked`)
	p.saved()
	if got := ask[string](p, storedBytes); got != "0 of 0" {
		t.Errorf("after they were deleted the store keeps %s bytes", got)
	}

	// Without them it says what it does, and takes the photos when they are added again.
	p.do(chromedp.Reload())
	p.wait("ready")
	p.click("tab", "Settings")
	p.fill("combobox", "Input size", "160")
	p.until(`/7 photos are not at hand any more/.test(document.body.textContent)`)
	p.learnt(4)
	p.click("tab", "Photos")
	small := func() bool {
		p.click("button", p.called("cat 2.jpg"))
		p.find("dialog", "cat 2.jpg")
		text := ask[string](p, `document.querySelector("dialog").textContent`)
		p.press("\x1b")
		p.until(`!document.querySelector("dialog[open]")`)
		return strings.Contains(text, "small picture that is kept")
	}
	if !small() {
		t.Error("it does not say that it read a thumbnail")
	}
	p.give("Cats", cats...)
	p.learnt(5)
	if small() {
		t.Error("it still says that it read a thumbnail after the photo was added again")
	}
	if got := p.photosOf("Cats"); len(got) != 3 {
		t.Errorf("the class has %q", got)
	}
}
