package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// keptOf counts what the browser keeps of photos for tabs.
const keptOf = `(async () => {
	if (!(await indexedDB.databases()).some((d) => d.name === "homeroom-session")) return {};
	const db = await new Promise((done) => { indexedDB.open("homeroom-session").onsuccess = (e) => done(e.target.result); });
	const out = {};
	const t = db.transaction([...db.objectStoreNames]);
	for (const name of db.objectStoreNames) out[name] = await new Promise((done) => { t.objectStore(name).count().onsuccess = (e) => done(e.target.result); });
	db.close();
	return out;
})()`

func (p *tab) reload() {
	p.t.Helper()
	ask[any](p, `window.old = true`)
	p.reloads()
	p.until(`!window.old && performance.getEntriesByName("homeroom runs").length === 1`)
}

// anew has the next load of the page be the first of a session, without the photos of this one.
func (p *tab) anew() {
	p.t.Helper()
	ask[any](p, `sessionStorage.removeItem("homeroom session")`)
}

// TestPhotosComeBackAfterAReload with their names, pictures and files, in the tab that had them and
// in no other; Clear deletes them, and what a closed tab leaves is deleted by another.
func TestPhotosComeBackAfterAReload(t *testing.T) {
	p := open(t, "workers=1")
	p.pick("Use my photos", photoPaths(t)[:3]...)
	before := p.settle(3)
	p.until(keptOf + `.then((k) => k.cards === 3 && k.pictures === 3 && k.files === 3)`)
	p.click("button", "Look closer at "+before[1].File)
	p.until(`location.hash === "#classify/2"`)
	p.reload()
	p.until(`document.querySelectorAll("#photos [data-label]").length === 3`)
	t.Logf("the cards are there %.0f ms after the program runs", ask[float64](p, `performance.now() - performance.getEntriesByName("homeroom runs")[0].startTime`))
	p.find("dialog", before[1].File)
	p.until(`document.querySelector("dialog img").naturalWidth > 300`) // the file itself
	p.press(kb.Escape)
	after := p.settle(3)
	for i, c := range after {
		if c.File != before[i].File || c.Label != before[i].Label || c.Score != before[i].Score || !c.Picture || c.Text != before[i].Text {
			t.Errorf("%+v came back as %+v", before[i], c)
		}
	}
	// Another network needs the files, which are here.
	ask[any](p, `(() => { const on = document.querySelector("#size"); on.value = "192"; on.dispatchEvent(new Event("input", {bubbles: true})); })()`)
	p.until(`[...document.querySelectorAll("#photos [data-label]")].length === 3 && document.querySelector("#status-text").textContent.includes("192")`)

	// The copy of a tab has its ID, and nothing of its photos.
	item := ask[string](p, `sessionStorage.getItem("homeroom session")`)
	copied := showIn(t, p.server, "workers=1", []chromedp.ContextOption{chromedp.WithExistingBrowserContext(chromedp.FromContext(p.ctx).BrowserContextID)}, fmt.Sprintf(`if (!sessionStorage.getItem("homeroom session")) sessionStorage.setItem("homeroom session", %q)`, item))
	copied.wait("ready")
	if n := len(copied.cards()); n != 0 {
		t.Errorf("another tab has %d photos", n)
	}
	copied.drop(load(t, photoPaths(t)[0])...)
	copied.settle(1)
	copied.until(keptOf + `.then((k) => k.cards === 4 && k.sessions === 2)`)
	copied.close()

	// The page that is loaded again deletes what the closed tab has left, some time later.
	p.reload()
	p.settle(3)
	p.until(keptOf + `.then((k) => k.cards === 3 && k.sessions === 1)`)

	p.click("button", "Clear")
	p.until(keptOf + `.then((k) => k.cards === 0 && k.pictures === 0 && k.files === 0)`)
	p.reload()
	p.wait("ready")
	if n := len(p.cards()); n != 0 || !ask[bool](p, `document.querySelector("#first").offsetParent !== null`) {
		t.Errorf("cleared, %d photos came back", n)
	}
}

// TestThousandsComeBack: cards of thousands of photos are there soon after the page is loaded
// again, in pieces that let it answer in between.
func TestThousandsComeBack(t *testing.T) {
	long(t)
	n := *smoothPhotos
	p := show(t, serve(t), "size=64", tasks, weighing)
	p.wait("ready")
	folder := thousands(t, 20, n/20)
	start := time.Now()
	p.pick("Add a folder", folder)
	p.taken(n)
	p.allNamed(n, 8*time.Minute)
	named := time.Now()
	t.Logf("%d photos are named after %.0f s, and %v of them kept by then", n, named.Sub(start).Seconds(), ask[map[string]int](p, keptOf))
	p.untilWithin(2*time.Minute, fmt.Sprintf(`%s.then((k) => k.pictures === %d && k.vectors === %d)`, keptOf, n, n))
	t.Logf("all are kept %.1f s later", time.Since(named).Seconds())
	traced := p.traced()
	p.reload()
	p.untilWithin(time.Minute, `document.querySelectorAll("#photos [data-label]").length > 20`)
	first := ask[float64](p, `performance.now() - performance.getEntriesByName("homeroom runs")[0].startTime`)
	p.untilWithin(time.Minute, fmt.Sprintf(`document.querySelector("#tally").textContent === %q`, text.English.Words(words.Thousands(n))+" named"))
	all := ask[float64](p, `performance.now() - performance.getEntriesByName("homeroom runs")[0].startTime`)
	p.untilWithin(time.Minute, `document.documentElement.dataset.state === "ready"`)
	t.Logf("while they come back, %s", traced())
	tasks, longest := p.longest()
	t.Logf("of %d photos the first are there %.0f ms after the program runs, all after %.0f ms; tasks above 50 ms: %d, the longest %d ms; %v", n, first, all, tasks, longest, p.weigh())
	p.checkGrid(n)
	p.checkGroups()
}

// checkGroups has many photos lie in groups of each kind, and tells how long that takes; those that
// look alike are compared by a worker, while the page goes on answering.
func (p *tab) checkGroups() {
	p.t.Helper()
	for _, in := range []string{"label", "folder", "day"} {
		traced := p.traced()
		took := ask[float64](p, fmt.Sprintf(`(() => {
			const on = document.querySelector("#in-photos"), start = performance.now();
			on.value = %q;
			on.dispatchEvent(new Event("input", {bubbles: true}));
			document.body.getBoundingClientRect();
			return performance.now() - start;
		})()`, in))
		p.until(`document.querySelector("#photos li.group h3")`)
		p.t.Logf("grouped by %s after %.0f ms; %s", in, took, traced())
	}
	traced := p.traced()
	p.choose("in-photos", "alike")
	start, says := time.Now(), ""
	for end := start.Add(3 * time.Minute); !ask[bool](p, `document.querySelector("#photos .stack") !== null`); time.Sleep(20 * time.Millisecond) {
		if now := ask[string](p, `document.querySelector("#stop-comparing").hidden ? "" : document.querySelector("#sifted").textContent`); now != "" {
			if says == "" && *shots != "" {
				p.shoot("comparing")
			}
			says = now
		}
		if time.Now().After(end) {
			p.t.Fatalf("no stack is there; the page says %q", says)
		}
	}
	p.t.Logf("look-alikes lie in stacks after %.1f s; last it said %q; %s", time.Since(start).Seconds(), says, traced())
}
