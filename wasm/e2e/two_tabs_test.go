package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// twoTabs opens a project with two classes in one tab, and then in another of the same browser.
func twoTabs(t *testing.T) (first, second *tab) {
	t.Helper()
	s := serve(t)
	first = showIn(t, s, "workers=1#teach", nil)
	first.wait("ready")
	first.readOnce()
	first.twoClasses(4)
	first.learnt(1)
	first.saved()
	second = showIn(t, s, "workers=1#teach", nil)
	second.wait("ready")
	second.find("heading", "This project is open in another tab.")
	return first, second
}

// front brings a tab before the others: one that is behind draws nothing.
func (p *tab) front() {
	p.t.Helper()
	p.must(p.browser.front)
}

// One tab holds a project; another reads it, and takes it over knowingly. Nothing is lost, whoever
// changed what.
func TestTwoTabsOnOneProject(t *testing.T) {
	first, second := twoTabs(t)
	second.shot("elsewhere")
	if state := ask[string](second, `document.querySelector("[data-saved]").dataset.saved`); state != "elsewhere" {
		t.Errorf("the second tab says %q", state)
	}
	// It reads: it opens photos and shows results, and adds nothing.
	second.give("Cats", variants(t, "cat.png", 3, 70)...)
	second.do(chromedp.Reload())
	second.wait("ready")
	second.find("heading", "This project is open in another tab.")
	if got := second.photosOf("Cats"); len(got) != 4 {
		t.Errorf("the tab that only reads has %q", got)
	}
	second.click("tab", "Results")
	second.until(`/right/.test(document.querySelector("#teach-view").textContent)`)
	second.click("tab", "Photos")

	// The first goes on, and the second takes over what it did.
	first.front()
	first.give("Cats", variants(t, "cat.png", 2, 71)...)
	first.until(`document.querySelector(".class-count").textContent.startsWith("6 photos") && !document.querySelector("[aria-label='Reading photos']")`)
	second.front()
	second.click("button", "Work on it here")
	second.until(`!document.querySelector(".elsewhere")`)
	second.until(`document.querySelector(".class-count").textContent.startsWith("6 photos")`)
	second.give("Fish", variants(t, "goldfish.jpg", 3, 72)...)
	second.until(`[...document.querySelectorAll(".class-count")].at(-1).textContent.startsWith("7 photos")`)
	second.learnt(2)
	second.saved()
	first.front()
	first.find("heading", "This project is open in another tab.")
	first.give("Cats", variants(t, "cat.png", 3, 73)...)
	first.press("z", chromedp.ModifierCtrl)
	second.front()
	second.do(chromedp.Reload())
	second.wait("ready")
	second.until(`document.querySelector(".class-count").textContent.startsWith("6 photos")`)
	if n := second.stored("photos"); n != 13 {
		t.Errorf("the store has %d photos", n)
	}
	if n := second.stored("features"); n != 13 {
		t.Errorf("the store has %d feature vectors", n)
	}
}

// A project that was deleted in one tab can be brought back from it although another tab was
// opened, or loaded again, meanwhile.
func TestDeletedInOneTabComesBack(t *testing.T) {
	s := serve(t)
	first := showIn(t, s, "workers=1#teach", nil)
	first.wait("ready")
	first.readOnce()
	first.twoClasses(4)
	first.learnt(1)
	first.saved()
	first.openMenu()
	first.click("button", "Delete this project")
	first.find("button", "Bring it back")
	second := showIn(t, s, "workers=1#teach", nil)
	second.wait("ready")
	if n := ask[int](second, `document.querySelectorAll(".class-count").length`); n != 0 {
		t.Error("another tab opens the deleted project")
	}
	second.addClass("Birds")
	second.saved()
	second.close()
	first.front()
	first.click("button", "Bring it back")
	first.until(`document.querySelector(".class-count")?.textContent.startsWith("4 photos")`)
	first.until(`/Version 1/.test(document.querySelector("[aria-label=Learning]").textContent)`)
	if n := first.stored("features"); n != 8 {
		t.Errorf("the store has %d feature vectors", n)
	}
}

// Site data that is cleared while the page is open is noticed, and everything is written again.
func TestClearedWhileOpen(t *testing.T) {
	s := serve(t)
	p := showIn(t, s, "workers=1#teach", nil)
	p.wait("ready")
	p.readOnce()
	p.twoClasses(4)
	p.learnt(1)
	p.saved()
	call(p, storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: s.URL, StorageTypes: "indexeddb"})
	p.until(`/was cleared while it was open/.test(document.querySelector("#teach-view").textContent)`)
	p.shot("cleared")
	p.saved()
	if photos, features, heads := p.stored("photos"), p.stored("features"), p.stored("heads"); photos != 8 || features != 8 || heads != 1 {
		t.Errorf("the store has %d photos, %d feature vectors, %d heads", photos, features, heads)
	}
	if n := p.stored("thumbs"); n != 8 {
		t.Errorf("the store has %d thumbnails", n)
	}
	p.do(chromedp.Reload())
	p.wait("ready")
	p.until(`document.querySelector(".class-count")?.textContent.startsWith("4 photos")`)
	p.until(`/Version 1/.test(document.querySelector("[aria-label=Learning]").textContent)`)
	p.addClass("Birds")
	p.saved()
}

// A project that cannot be shown does not lock the others out: another is opened, and it is said.
func TestAnotherProjectIsOpenedAndSaid(t *testing.T) {
	p := teach(t, "workers=1")
	p.addClass("Cats")
	p.fill("textbox", "Name of the project", "Good one")
	p.saved()
	p.openMenu()
	p.click("button", "New project")
	p.until(`!document.querySelector(".class")`)
	p.fill("textbox", "Name of the project", "Broken one")
	p.addClass("Dogs")
	p.saved()
	p.inStore("projects", `
		const at = t.objectStore("projects"), all = at.getAllKeys();
		all.onsuccess = () => {
			for (const key of all.result) {
				const one = at.get(key);
				one.onsuccess = () => { if (one.result.includes("Broken one")) at.put(one.result.replace(/"Format":\s*\d+/i, '"Format":99'), key); };
			}
		};`)
	p.do(chromedp.Reload())
	p.wait("ready")
	p.find("textbox", "Name of the class Cats")
	p.until(`/“Broken one” could not be opened/.test(document.querySelector("#teach-view").textContent) && /“Good one” was opened instead/.test(document.querySelector("#teach-view").textContent)`)
	p.shot("another-project")
}

// "Your data" says that the names of files and folders, times and checksums are kept, and go into
// project files.
func TestYourDataSaysWhatIsKept(t *testing.T) {
	p := open(t, "workers=1")
	p.click("button", "About and licences")
	said := ask[string](p, `document.querySelector("#about").innerText`)
	for _, want := range []string{
		"its file name", "a checksum", "the names of the folders it lay in", "when it was taken",
		"into a project file, the names of files and folders, the times and the checksums too",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	p.shot("your-data")
}
