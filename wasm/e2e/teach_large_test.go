package e2e

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var large = flag.Int("large", 0, "photos of a large project to learn, of four classes; 0 leaves it out")

// TestLargeProject opens and learns a project of very many photos, whose features are made up, and tells how long that
// took and how much memory the tab came to hold.
func TestLargeProject(t *testing.T) {
	if *large == 0 {
		return // it takes minutes: -large 32000 runs it
	}
	p := teach(t, "")
	p.saved()
	if n := ask[int](p, `(async () => {
		const count = `+fmt.Sprint(*large)+`, d = 1280, space = "efficientnet-lite0@224";
		const db = await new Promise((done, fail) => { const open = indexedDB.open("homeroom"); open.onerror = fail; open.onsuccess = () => done(open.result); });
		const centres = [0, 1, 2, 3].map(() => Float32Array.from({length: d}, () => Math.max(0, Math.random() - 0.6)));
		const photo = (i) => JSON.stringify({id: i, class: 1 + i % 4, name: "photo " + i + ".jpg", hash: i.toString(16).padStart(64, "0"), spaces: [space]});
		for (let i = 1; i <= count; ) {
			const t = db.transaction(["photos", "features"], "readwrite", {durability: "relaxed"});
			for (let k = 0; k < 1000 && i <= count; k++, i++) {
				const v = new Float32Array(d), c = centres[i % 4];
				for (let j = 0; j < d; j++) v[j] = Math.max(0, c[j] + 0.8 * (Math.random() - 0.5));
				t.objectStore("features").put(v.buffer, ["big", space, i]);
				t.objectStore("photos").put(photo(i), ["big", i]);
			}
			await new Promise((done, fail) => { t.oncomplete = done; t.onerror = fail; });
		}
		const t = db.transaction(["projects", "notes"], "readwrite");
		t.objectStore("projects").put(JSON.stringify({format: 1, id: "big", name: "Big", created: new Date(), saved: new Date(),
			classes: [1, 2, 3, 4].map((id) => ({id, name: "Class " + id})), stale: true, photos: count, last_class: 4, last_photo: count,
			settings: {head: "linear", seed: 1, weigh: true, unknown: true, alarms: 0.05, auto: true}, versions: null}), ["big"]);
		t.objectStore("notes").put("big", ["open"]);
		await new Promise((done, fail) => { t.oncomplete = done; t.onerror = fail; });
		db.close();
		return count;
	})()`); n != *large {
		t.Fatalf("%d photos were made", n)
	}
	start := time.Now()
	p.do(chromedp.Reload())
	p.until(`document.querySelector(".balance")?.textContent.includes("4 classes")`)
	t.Logf("opened after %.1f s", time.Since(start).Seconds())
	most := 0.0
	for end := time.Now().Add(15 * time.Minute); time.Now().Before(end); time.Sleep(2 * time.Second) {
		// The browser's own count of everything that the page and its workers hold.
		bytes := ask[float64](p, `performance.measureUserAgentSpecificMemory ? Promise.race([performance.measureUserAgentSpecificMemory().then((m) => m.bytes), new Promise((done) => setTimeout(() => done(0), 20000))]) : 0`)
		most = max(most, bytes)
		if ask[bool](p, `/Version 1/.test(document.querySelector("[aria-label=Learning]").textContent)`) {
			break
		}
		if ask[bool](p, `/could not learn/.test(document.querySelector("[aria-label=Learning]").textContent)`) {
			t.Fatal(ask[string](p, `document.querySelector("[aria-label=Learning]").textContent`))
		}
	}
	t.Logf("learnt after %.1f s: %s", time.Since(start).Seconds(), ask[string](p, `document.querySelector("[aria-label=Learning]").textContent`))
	t.Logf("the tab held %.0f MB at most, as far as was seen", most/1e6)
	p.saved()
}
