package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	scale "golang.org/x/image/draw"
)

// variants makes n photos of the thing on one of the test photos: other parts of it, mirrored or
// not, lighter or darker. They differ as much as pictures of one thing from a hand-held camera do.
func variants(t *testing.T, name string, n int, seed uint64) []file {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(*photoFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	whole, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	b := whole.Bounds()
	var out []file
	for i := range n {
		part := 0.6 + 0.4*r.Float64()
		w, h := int(part*float64(b.Dx())), int(part*float64(b.Dy()))
		x, y := b.Min.X+r.IntN(b.Dx()-w+1), b.Min.Y+r.IntN(b.Dy()-h+1)
		m := image.NewRGBA(image.Rect(0, 0, 300, 300*h/w))
		scale.ApproxBiLinear.Scale(m, m.Bounds(), whole, image.Rect(x, y, x+w, y+h), draw.Src, nil)
		gain := 0.7 + 0.6*r.Float64()
		mirrored := r.IntN(2) == 1
		for v := range m.Bounds().Dy() {
			row := m.Pix[v*m.Stride : v*m.Stride+4*300]
			for u := 0; u < 300 && mirrored && u < 150; u++ {
				for c := range 4 {
					row[4*u+c], row[4*(299-u)+c] = row[4*(299-u)+c], row[4*u+c]
				}
			}
			for k := range row {
				if k%4 != 3 {
					row[k] = byte(min(255, gain*float64(row[k])))
				}
			}
		}
		out = append(out, file{fmt.Sprintf("%s %d.jpg", strings.TrimSuffix(name, filepath.Ext(name)), i+1), "image/jpeg", asJPEG(t, m, 88)})
	}
	return out
}

// teach opens the page at Teach, set to look at each photo once: that each change is learnt once
// makes tests short, and what they count certain.
func teach(t *testing.T, query string, scripts ...string) *tab {
	t.Helper()
	p := teachAsIs(t, query, scripts...)
	p.readOnce()
	return p
}

// readOnce sets a project without classes, whose tabs don't show yet, to look at each photo once.
func (p *tab) readOnce() {
	p.t.Helper()
	ask[bool](p, `document.querySelector("#tab-settings").click() ?? true`)
	p.fill("combobox", "How often to look at each photo", "once")
	ask[bool](p, `document.querySelector("#tab-photos").click() ?? true`)
	p.wait("ready")
}

// teachAsIs opens the page at Teach.
func teachAsIs(t *testing.T, query string, scripts ...string) *tab {
	t.Helper()
	p := show(t, serve(t), query+"#teach", scripts...)
	p.wait("ready")
	return p
}

// fill types into the element with a role and a name, in place of what it holds, and leaves it.
func (p *tab) fill(role, name, text string) {
	p.t.Helper()
	p.on(p.find(role, name), `function (text) {
		this.focus();
		this.value = text ?? ""; // an empty text does not come through
		this.dispatchEvent(new Event("input", {bubbles: true}));
		this.dispatchEvent(new Event("change", {bubbles: true}));
	}`, text)
}

// addClass adds a class by typing its name.
func (p *tab) addClass(name string) {
	p.t.Helper()
	p.fill("textbox", "Name of the new class", name)
	p.click("button", "Add class")
	p.find("textbox", "Name of the class "+name)
}

// dropOn lets files go over an element.
func (p *tab) dropOn(n node, files ...file) {
	p.t.Helper()
	p.on(n, `function () {
		`+inPage(files)+`
		const dataTransfer = new DataTransfer();
		for (const f of files) dataTransfer.items.add(f);
		for (const kind of ["dragenter", "dragover", "drop"]) {
			const event = new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true});
			this.dispatchEvent(event);
			if (kind !== "dragenter" && !event.defaultPrevented) throw new Error(kind + " was left to the browser");
		}
	}`)
}

// give drops photos on a class.
func (p *tab) give(class string, files ...file) {
	p.t.Helper()
	p.dropOn(p.find("textbox", "Name of the class "+class), files...)
}

// photosOf lists the names of the photos that a class shows.
func (p *tab) photosOf(class string) []string {
	p.t.Helper()
	found := p.findAll("list", "Photos of "+class)
	if len(found) == 0 {
		return nil
	}
	var out []string
	if err := json.Unmarshal(p.on(found[0], `function () { return [...this.querySelectorAll("button[data-do=photo-open]")].map((b) => b.title); }`), &out); err != nil {
		p.t.Fatal(err)
	}
	return out
}

// called is what the page calls the photo of a class whose file has a name.
func (p *tab) called(file string) string {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector("[data-do=photo-open][title='%s']")`, file))
	return ask[string](p, fmt.Sprintf(`document.querySelector("[data-do=photo-open][title='%s']").getAttribute("aria-label")`, file))
}

// results opens the tab with the results, and all figures in it.
func (p *tab) results() {
	p.t.Helper()
	p.click("tab", "Results")
	p.until(`document.querySelector(".panel-results")`)
	ask[bool](p, `(() => { const all = document.querySelector("#figures"); if (all) all.open = true; return true; })()`)
}

// saved waits until everything is saved.
func (p *tab) saved() {
	p.t.Helper()
	p.until(`document.querySelector("[data-saved]")?.dataset.saved === "saved" && document.documentElement.dataset.state === "ready"`)
}

// version is the number of the version in use, once nothing is being done.
func (p *tab) version() int {
	p.t.Helper()
	p.saved()
	return ask[int](p, `Number((document.querySelector("[aria-label=Learning]")?.textContent.match(/Version (\d+)/) || [0, 0])[1])`)
}

// told are the cards of the photos that were named by the taught head: file to name.
func (p *tab) told() map[string]string {
	p.t.Helper()
	return ask[map[string]string](p, `Object.fromEntries([...document.querySelectorAll("[data-tried]")].map((li) => [li.dataset.tried, li.dataset.label || li.textContent]))`)
}

func TestTeachTwoClassesAndNameNewPhotos(t *testing.T) {
	p := teach(t, "")
	p.addClass("Cats")
	p.addClass("Fish")
	p.give("Cats", variants(t, "cat.png", 7, 1)...)
	p.give("Fish", variants(t, "goldfish.jpg", 7, 2)...)
	p.until(`/Version \d/.test(document.querySelector("[aria-label=Learning]").textContent)`)
	if v := p.version(); v < 1 {
		t.Fatalf("version %d is in use", v)
	}
	if got := p.photosOf("Cats"); len(got) != 7 {
		t.Fatalf("the class shows %q", got)
	}
	p.results()
	p.find("heading", "Class by class")
	p.find("heading", "What is taken for what")
	p.click("tab", "Try it")
	p.drop(variants(t, "cat.png", 1, 77)[0], variants(t, "goldfish.jpg", 1, 78)[0])
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 2`)
	if got := p.told(); got["cat 1.jpg"] != "Cats" || got["goldfish 1.jpg"] != "Fish" {
		t.Errorf("new photos are named %v", got)
	}

	// Everything is still there after a reload, in the tab that was open, and answers at once.
	p.saved()
	p.reloads()
	p.wait("ready")
	p.find("tabpanel", "Try it")
	p.click("tab", "Photos")
	if got := p.photosOf("Fish"); len(got) != 7 {
		t.Fatalf("after a reload the class shows %q", got)
	}
	p.click("tab", "Try it")
	p.drop(variants(t, "cat.png", 1, 79)[0])
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 1`)
	if got := p.told(); got["cat 1.jpg"] != "Cats" {
		t.Errorf("after a reload a new photo is named %v", got)
	}
	if v := p.version(); v != 1 {
		t.Errorf("after a reload version %d is in use", v)
	}
}

// TestWorkersEndWithTheirProject: opening another project ends all that the one before had.
func TestWorkersEndWithTheirProject(t *testing.T) {
	p := teach(t, "", `window.alive = new Set(); window.Worker = class extends Worker {
		constructor(...args) { super(...args); alive.add(this); }
		terminate() { alive.delete(this); super.terminate(); }
	};`)
	p.twoClasses(4)
	if n := ask[int](p, "(window.before = [...alive]).length"); n < 2 {
		t.Fatalf("%d workers taught", n)
	}
	p.openMenu()
	p.click("button", "New project")
	p.until(`before.every((worker) => !alive.has(worker))`)
	p.wait("ready")
}

// twoClasses teaches Cats and Fish, of so many photos each, and waits until they are learnt.
func (p *tab) twoClasses(n int) {
	p.t.Helper()
	p.addClass("Cats")
	p.addClass("Fish")
	p.give("Cats", variants(p.t, "cat.png", n, 1)...)
	p.give("Fish", variants(p.t, "goldfish.jpg", n, 2)...)
	p.learnt(1)
}

// learnt waits until a version with this number, or a later one, is in use and saved.
func (p *tab) learnt(number int) {
	p.t.Helper()
	p.until(fmt.Sprintf(`Number((document.querySelector("[aria-label=Learning]")?.textContent.match(/Version (\d+)/) || [0, 0])[1]) >= %d`, number))
	p.saved()
}

// drag drags the photo of a name onto a class.
func (p *tab) drag(photo, class string) {
	p.t.Helper()
	p.on(p.find("button", p.called(photo)), `function () {
		window.dragged = new DataTransfer();
		this.dispatchEvent(new DragEvent("dragstart", {dataTransfer: dragged, bubbles: true, cancelable: true}));
	}`)
	p.on(p.find("textbox", "Name of the class "+class), `function () {
		for (const kind of ["dragenter", "dragover", "drop"]) {
			const event = new DragEvent(kind, {dataTransfer: dragged, bubbles: true, cancelable: true});
			this.dispatchEvent(event);
			if (kind === "dragover" && !event.defaultPrevented) throw new Error("a photo cannot be dropped here");
		}
	}`)
	p.find("textbox", "Name of the class "+class)
}

func has(list []string, name string) bool {
	for _, s := range list {
		if s == name {
			return true
		}
	}
	return false
}

func TestRelabelUndoRedoAndVersions(t *testing.T) {
	p := teach(t, "")
	p.twoClasses(6)

	// By dragging.
	p.drag("cat 3.jpg", "Fish")
	p.until(`document.querySelector("[aria-label='Photos of Fish']").querySelectorAll("li[data-photo]").length === 7`)
	p.learnt(2)
	p.press("z", chromedp.ModifierCtrl)
	if got := p.settledPhotos("Cats"); len(got) != 6 || !has(got, "cat 3.jpg") {
		t.Fatalf("undo left %q", got)
	}
	p.press("y", chromedp.ModifierCtrl)
	if got := p.settledPhotos("Fish"); len(got) != 7 {
		t.Fatalf("redo left %q", got)
	}
	p.press("z", chromedp.ModifierCtrl)

	// By keyboard: the photo's dialogue has a list of classes, and Delete takes a photo out.
	p.on(p.find("button", p.called("cat 2.jpg")), "function () { this.focus(); }")
	p.press("\r")
	p.find("dialog", "cat 2.jpg")
	p.fill("combobox", "Class", ask[string](p, `[...document.querySelectorAll("#photo-class option")].find((o) => o.textContent === "Fish").value`))
	p.press("\x1b")
	if got := p.settledPhotos("Fish"); !has(got, "cat 2.jpg") {
		t.Fatalf("after the list of classes the class has %q", got)
	}
	p.click("button", "Undo: Moved cat 2.jpg to Fish")
	p.on(p.find("button", p.called("goldfish 4.jpg")), "function () { this.focus(); }")
	p.press("\x7f")
	if got := p.settledPhotos("Fish"); has(got, "goldfish 4.jpg") || len(got) != 5 {
		t.Fatalf("after Delete the class has %q", got)
	}
	if got := p.focused(); got != "button Fish 4" {
		t.Errorf("after Delete the keyboard is at %q", got)
	}
	p.click("button", "Undo: Removed goldfish 4.jpg")

	// A class with its photos goes and comes back.
	p.click("button", "Remove the class Fish")
	p.until(`document.querySelectorAll("li.class").length === 1`)
	p.click("button", "Undo: Removed the class Fish with 6 photos")
	if got := p.settledPhotos("Fish"); len(got) != 6 {
		t.Fatalf("the class came back with %q", got)
	}
	p.saved()

	newest := p.version()
	p.click("tab", "Versions")
	p.click("button", "Bring back version 1")
	if v := p.version(); v != 1 {
		t.Errorf("version %d is in use after 1 was brought back", v)
	}
	p.fill("textbox", "Note on version 1", "the first one")
	p.click("checkbox", "Compare version 1")
	p.click("checkbox", fmt.Sprintf("Compare version %d", newest))
	p.find("heading", fmt.Sprintf("Versions 1 and %d", newest))
	p.saved()
	p.reloads()
	p.wait("ready")
	if v := p.version(); v != 1 {
		t.Errorf("version %d is in use after a reload", v)
	}
	p.click("tab", "Versions")
	p.find("textbox", "Note on version 1")
	if note := ask[string](p, `document.querySelector("#note-1").value`); note != "the first one" {
		t.Errorf("the note is %q after a reload", note)
	}
	p.click("tab", "Try it")
	p.drop(variants(t, "goldfish.jpg", 1, 80)[0])
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 1`)
	if got := p.told(); got["goldfish 1.jpg"] != "Fish" {
		t.Errorf("version 1 names a new photo %v", got)
	}
}

// settledPhotos are the photos of a class once the page has drawn what was done last.
func (p *tab) settledPhotos(class string) []string {
	p.t.Helper()
	ask[bool](p, `new Promise((done) => setTimeout(() => done(true), 60))`)
	return p.photosOf(class)
}

// many are n small photos that differ.
func many(t *testing.T, n int) []file {
	var out []file
	for i := range n {
		m := sized(t, 96+i, 80)
		out = append(out, file{fmt.Sprintf("photo %d.jpg", i+1), "image/jpeg", asJPEG(t, m, 80)})
	}
	return out
}

func TestReloadWhilePhotosAreRead(t *testing.T) {
	p := teach(t, "workers=1")
	p.addClass("Things")
	photos := many(t, 40)
	asks := `!dispatchEvent(new Event("beforeunload", {cancelable: true}))`
	if ask[bool](p, asks) {
		t.Error("the page asks before it is left although there is nothing to lose")
	}
	p.give("Things", photos...)
	p.until(`/Read ([5-9]|1\d) of 40/.test(document.body.textContent)`)
	if !ask[bool](p, asks) {
		t.Error("the page doesn't ask before it is left while photos are read")
	}
	p.click("button", "Pause")
	p.saved()
	there := ask[int](p, `Number(document.querySelector("[aria-label='Reading photos'] progress").value)`)
	p.reloads()
	p.wait("ready")
	if text := ask[string](p, `document.querySelector(".class-count").textContent`); !strings.HasPrefix(text, fmt.Sprint(there)) {
		t.Errorf("%d photos were read before the reload, and now there are %s", there, text)
	}
	p.until(`/still to be read/.test(document.body.textContent)`)
	p.give("Things", photos...)
	p.until(`document.querySelector(".class-count").textContent.startsWith("40 photos") && !document.querySelector("[aria-label='Reading photos']")`)
	p.saved()
}

func TestKilledWorkerLosesNoPhoto(t *testing.T) {
	p := teach(t, "workers=1", workersSeen)
	p.addClass("Things")
	p.give("Things", many(t, 20)...)
	p.until(`/Read [3-9] of 20/.test(document.body.textContent)`)
	ask[bool](p, "workersSeen.forEach((w) => w.terminate()), true")
	p.until(`document.querySelector(".class-count").textContent === "20 photos" && !document.querySelector("[aria-label='Reading photos']")`)
	p.saved()
	if n := ask[int](p, `document.querySelectorAll(".problems li").length`); n != 0 {
		t.Errorf("%d photos could not be read", n)
	}
	p.reloads()
	p.wait("ready")
	p.until(`document.querySelector(".class-count").textContent === "20 photos"`)
}

func TestBadFilesAreToldAndTheOthersAreRead(t *testing.T) {
	p := teach(t, "")
	p.addClass("Things")
	good := many(t, 2)
	p.give("Things", good[0], file{"half.jpg", "image/jpeg", corrupt(t)}, file{"letter.jpg", "image/jpeg", []byte("Dear Sir")}, good[1], good[1])
	p.until(`document.querySelector(".class-count").textContent === "2 photos"`)
	p.saved()
	told := ask[string](p, `document.querySelector(".problems").textContent`)
	for _, want := range []string{"2 files could not be read", "half.jpg", "letter.jpg"} {
		if !strings.Contains(told, want) {
			t.Errorf("it does not say %q: %s", want, told)
		}
	}
	p.until(`/1 photo was in the class already/.test(document.body.textContent)`)
}

// TestFolderAddedAgain adds a folder of more photos than the page lets wait to be written, twice.
func TestFolderAddedAgain(t *testing.T) {
	p := teach(t, "")
	folder := folders(t, 40, 5, false)
	p.pick("Add folders", folder)
	p.until(`/3 classes, 120 photos/.test(document.querySelector(".balance")?.textContent) && !document.querySelector("#reading-bar")`)
	p.saved()
	p.pick("Add folders", folder)
	p.until(`/120 photos were in the class already/.test(document.body.textContent)`)
	p.saved()
	if n := p.stored("photos"); n != 120 {
		t.Errorf("the store has %d photos", n)
	}
}

// fillable lets a test have the browser's store full: writes are aborted as the browser aborts them
// then. (Chromium's own override of a quota does not reach the contexts that tests run in.)
const fillable = `
	window.full = false;
	const put = IDBObjectStore.prototype.put;
	IDBObjectStore.prototype.put = function (...args) {
		const request = put.apply(this, args);
		if (full) {
			const transaction = this.transaction;
			Object.defineProperty(transaction, "error", {get: () => new DOMException("no room", "QuotaExceededError"), configurable: true});
			queueMicrotask(() => { try { transaction.abort(); } catch {} });
		}
		return request;
	};
	const estimate = StorageManager.prototype.estimate;
	StorageManager.prototype.estimate = async function () { return full ? {usage: 999, quota: 1000} : estimate.call(this); };`

func TestFullStoreKeepsWhatIsSaved(t *testing.T) {
	p := teach(t, "workers=1", fillable)
	p.addClass("Things")
	p.give("Things", many(t, 6)...)
	p.until(`document.querySelector(".class-count").textContent === "6 photos"`)
	p.saved()
	ask[bool](p, "window.full = true")
	p.give("Things", variants(t, "cat.png", 12, 5)...)
	p.until(`/These photos need about/.test(document.body.textContent)`) // before it hurts
	p.click("button", "Continue")                                        // against advice
	p.until(`document.querySelector("[data-saved]").dataset.saved === "failed"`)
	p.find("heading", "The latest changes are not saved.")

	// A second look at the store, as after a crash: what was saved is there.
	if n := ask[int](p, `new Promise((done, fail) => {
		const open = indexedDB.open("homeroom");
		open.onerror = () => fail(open.error);
		open.onsuccess = () => {
			const count = open.result.transaction("features").objectStore("features").count();
			count.onsuccess = () => { open.result.close(); done(count.result); };
		};
	})`); n < 6 {
		t.Errorf("of 6 photos that were saved, %d are left in the store", n)
	}

	// With room again, all of it is saved.
	ask[bool](p, "window.full = false, true")
	p.click("button", "Try again")
	p.until(`document.querySelector(".class-count").textContent === "18 photos" && !document.querySelector("[aria-label='Reading photos']")`)
	p.saved()
	p.reloads()
	p.wait("ready")
	p.until(`document.querySelector(".class-count").textContent === "18 photos"`)
}
