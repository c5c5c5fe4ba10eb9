package e2e

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// inStore changes what the browser keeps by a script, in which t is a transaction on kinds of
// record, named with a blank between them.
func (p *tab) inStore(kinds, script string) {
	p.t.Helper()
	ask[bool](p, `(async () => {
		const db = await new Promise((done, fail) => { const open = indexedDB.open("homeroom"); open.onerror = fail; open.onsuccess = () => done(open.result); });
		const t = db.transaction("`+kinds+`".split(" "), "readwrite");
		`+script+`
		await new Promise((done, fail) => { t.oncomplete = done; t.onerror = fail; });
		db.close();
		return true;
	})()`)
}

// stored counts the records of a kind that the browser keeps.
func (p *tab) stored(kind string) int {
	p.t.Helper()
	return ask[int](p, `new Promise((done, fail) => {
		const open = indexedDB.open("homeroom");
		open.onerror = () => fail(open.error);
		open.onsuccess = () => {
			const count = open.result.transaction("`+kind+`").objectStore("`+kind+`").count();
			count.onsuccess = () => { open.result.close(); done(count.result); };
		};
	})`)
}

// TestQuotaFilledWithPhotos fills what the browser gives the page, with photos, until writes fail;
// and gives it more.
func TestQuotaFilledWithPhotos(t *testing.T) {
	// How much the page takes before there are any photos.
	p := showIn(t, serve(t), "workers=1#teach", nil)
	p.saved()
	p.until("caches.open('homeroom-weights').then((c) => c.keys()).then((k) => k.length)")
	empty := call(p, storage.GetUsageAndQuota, storage.GetUsageAndQuotaParams{Origin: p.URL}).Usage

	// The quota of a profile made for one test cannot be set, and it must be known before the first
	// write. The origin is of this test alone all the same.
	s := serve(t)
	quota := func(bytes float64) {
		call(p, storage.OverrideQuotaForOrigin, storage.OverrideQuotaForOriginParams{Origin: s.URL, QuotaSize: &bytes})
	}
	quota(empty + 4_000_000)
	p = showIn(t, s, "workers=1#teach", nil)
	p.wait("ready")
	p.readOnce()
	p.twoClasses(6)
	// Something else takes nearly all of it. (Only once a write has failed does Chromium count anew
	// at each.)
	ask[bool](p, `(async () => {
		const db = await new Promise((done) => { const open = indexedDB.open("something else"); open.onupgradeneeded = () => open.result.createObjectStore("all"); open.onsuccess = () => done(open.result); });
		const put = (i, bytes) => new Promise((done) => {
			const t = db.transaction("all", "readwrite");
			t.objectStore("all").put(new ArrayBuffer(bytes), i);
			t.oncomplete = () => done(true);
			t.onabort = () => done(false);
		});
		let i = 0;
		for (const bytes of [500_000, 100_000]) while (await put(i, bytes)) i++;
		db.close();
		return true;
	})()`)
	p.give("Cats", variants(t, "cat.png", 40, 5)...)
	p.until(`document.querySelector("[data-saved]").dataset.saved === "failed"`)
	p.find("heading", "The latest changes are not saved.")
	said := ask[string](p, `document.querySelector("#teach-view [role=alert]").textContent`)
	for _, want := range []string{"no more room", "What was saved before is safe", "delete a project", "goes on by itself", "save the project as a file"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	p.until(`/Reading waits/.test(document.querySelector("[aria-label='Reading photos']").textContent)`)
	there := p.stored("features")
	if there < 12 || there >= 52 {
		t.Errorf("%d photos are in the full store", there)
	}
	if n := p.stored("heads"); n < 1 {
		t.Errorf("the head that was saved is gone")
	}

	// With room again it goes on by itself.
	quota(empty + 500_000_000)
	p.until(`document.querySelector(".class-count").textContent.startsWith("46 photos") && !document.querySelector("[aria-label='Reading photos']")`)
	p.learnt(2)
	p.do(chromedp.Reload())
	p.wait("ready")
	p.until(`document.querySelector(".class-count").textContent.startsWith("46 photos")`)
	if n := p.stored("features"); n != 52 {
		t.Errorf("the store has %d feature vectors", n)
	}
}

// learnersSeen ends the worker that learns when the test wants it: once it tells of progress, or
// with a message to it.
const learnersSeen = `
	window.learners = [];
	const post = Worker.prototype.postMessage;
	Worker.prototype.postMessage = function (message, ...rest) {
		if (message.kind === "learn") {
			learners.push(this);
			if (window.killWhile === "learn") this.addEventListener("message", (e) => {
				if (window.killWhile === "learn" && e.data.kind === "progress") {
					window.killWhile = "";
					this.terminate();
				}
			});
		}
		post.call(this, message, ...rest);
		if (message.kind === "writeFile" && window.killWhile === "writeFile") {
			window.killWhile = "";
			this.terminate();
		}
	};`

func TestKilledLearnerLosesNothing(t *testing.T) {
	p := teach(t, "workers=1", learnersSeen)
	folder := p.downloads()
	p.twoClasses(5)

	// While it learns: it begins again by itself.
	before := ask[int](p, "learners.length")
	ask[bool](p, `window.killWhile = "learn", true`)
	p.click("tab", "Settings")
	p.fill("combobox", "Head", "mlp")
	p.until(`window.killWhile === ""`)
	p.learnt(2)
	if n := ask[int](p, "learners.length"); n != before+2 {
		t.Errorf("learning was begun %d times", n-before)
	}
	if ask[bool](p, "learners.at(-1) === learners.at(-2)") {
		t.Error("the worker that was ended learns")
	}

	// While it has nothing to do: the next one is given what it lacks.
	p.fill("combobox", "Head", "linear")
	p.learnt(3)
	ask[bool](p, "learners.at(-1).terminate(), true")
	p.click("tab", "Photos")
	p.give("Fish", variants(t, "goldfish.jpg", 1, 40)...)
	p.learnt(4)

	// While it makes a file: that says so, and works when asked again.
	ask[bool](p, `window.killWhile = "writeFile", true`)
	p.openMenu()
	p.click("button", "Save as a file")
	p.until(`/could not be saved as a file.*the engine stopped/.test(document.body.textContent)`)
	p.saveAs(folder, "*.homeroom")
	p.do(chromedp.Reload())
	p.wait("ready")
	if v := p.version(); v != 4 {
		t.Errorf("version %d is in use after a reload", v)
	}
	if got := p.photosOf("Fish"); len(got) != 6 {
		t.Errorf("after a reload the class has %q", got)
	}
}

// TestTeachFromBeginningToEnd is what a person does, in one go.
func TestTeachFromBeginningToEnd(t *testing.T) {
	p := teach(t, "workers=1")
	folder := p.downloads()
	p.addClass("Cats")
	p.addClass("Fish")
	cats, fish := variants(t, "cat.png", 6, 1), variants(t, "goldfish.jpg", 6, 2)
	p.give("Cats", cats...)
	p.give("Fish", fish...)
	p.until(`/Read ([3-9]) of 12/.test(document.body.textContent)`)
	p.click("button", "Pause")
	p.saved()
	p.do(chromedp.Reload())
	p.wait("ready")
	p.until(`/still to be read/.test(document.body.textContent)`)
	p.give("Cats", cats...)
	p.give("Fish", fish...)
	p.until(`[...document.querySelectorAll(".class-count")].every((c) => c.textContent.startsWith("6 photos")) && !document.querySelector("[aria-label='Reading photos']")`)
	p.learnt(1)
	first := p.version()
	p.drag("cat 3.jpg", "Fish")
	p.until(`document.querySelector("[aria-label='Photos of Fish']").querySelectorAll("li[data-photo]").length === 7`)
	p.learnt(first + 1)
	p.press("z", chromedp.ModifierCtrl)
	p.learnt(first + 2)
	p.click("tab", "Versions")
	number := strconv.Itoa(first)
	p.click("button", "Bring back version "+number)
	if v := p.version(); v != first {
		t.Errorf("version %d is in use after %d was brought back", v, first)
	}
	p.fill("textbox", "Name of the project", "Morning")
	p.saveAs(folder, "Morning.homeroom")
	p.openMenu()
	p.click("button", "Delete this project")
	p.until(`/Deleted the project Morning/.test(document.body.textContent)`)
	p.openMenu()
	p.pick("Open a project file", filepath.Join(folder, "Morning.homeroom"))
	p.find("textbox", "Name of the class Cats")
	if v := p.version(); v != first {
		t.Errorf("version %d is in use after the file was opened", v)
	}
	if got := p.photosOf("Cats"); len(got) != 6 || !has(got, "cat 3.jpg") {
		t.Errorf("the class came back with %q", got)
	}
	p.click("tab", "Try it")
	p.drop(variants(t, "cat.png", 1, 77)[0], variants(t, "goldfish.jpg", 1, 78)[0])
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 2`)
	if got := p.told(); got["cat 1.jpg"] != "Cats" || got["goldfish 1.jpg"] != "Fish" {
		t.Errorf("new photos are named %v", got)
	}
}
