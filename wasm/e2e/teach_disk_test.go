package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
)

var smallDisk = flag.String("smalldisk", "", "folder of a small disk of its own, such as a tmpfs of 300 MB, to have the browser's profile on and to fill; empty leaves that out")

// TestSmallDiskIsWarnedOf fills a real disk. What the browser then says of the room there is, no override of the quota changes.
func TestSmallDiskIsWarnedOf(t *testing.T) {
	if *smallDisk == "" {
		return // it needs a disk to fill: -smalldisk FOLDER runs it
	}
	room := func(p *tab) [2]float64 {
		return ask[[2]float64](p, "navigator.storage.estimate().then((e) => [e.usage / 1e6, e.quota / 1e6])")
	}
	// A profile made for one test is kept in memory, and this one is to be on the disk.
	p := showIn(t, serve(t), "workers=2#teach", nil)
	p.wait("ready")
	p.saved()
	t.Logf("used and quota, MB: %.1f", room(p))
	p.pick("Add folders", manyClasses(t, 2, 10))
	p.learnt(1)
	filler := filepath.Join(*smallDisk, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(filler)
	defer f.Close()
	// Something else takes the disk, but for a little.
	size := int64(0)
	for piece := make([]byte, 1<<20); err == nil; size += int64(len(piece)) {
		_, err = f.Write(piece)
	}
	if err := f.Truncate(max(0, size-30<<20)); err != nil {
		t.Fatal(err)
	}
	t.Logf("with the disk nearly full: %.1f", room(p))
	p.pick("Add folders", manyClasses(t, 3, 500))
	p.until(`document.querySelector("#reading-bar")`)
	t.Logf("once they are there: %.1f", room(p))
	p.until(`/These photos need about .* the browser has room for/.test(document.body.textContent)`)
	said := ask[string](p, `document.querySelector("[aria-label='Reading photos']").textContent`)
	t.Log(said)
	if *shots != "" {
		p.shoot("teach-small-disk")
	}
	if n := ask[int](p, `Number(document.querySelector("#reading-bar").value)`); n > 20 {
		t.Errorf("%d photos were read before it was asked", n)
	}
	// With room again it goes on by itself.
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	f.Close()
	start := time.Now()
	p.until(`!/These photos need about/.test(document.body.textContent)`)
	t.Logf("it went on after %.1f s; %.1f", time.Since(start).Seconds(), room(p))
	p.untilWithin(5*time.Minute, `!document.querySelector("#reading-bar")`)
	p.saved()
	if n := p.stored("features"); n < 1500 {
		t.Errorf("the store has %d feature vectors", n)
	}
}

// TestQuotaIsWarnedOf adds more photos than the browser has room for, and makes room.
func TestQuotaIsWarnedOf(t *testing.T) {
	s := serve(t)
	first := showIn(t, s, "workers=1#teach", nil) // see TestQuotaFilledWithPhotos
	first.saved()
	first.until("caches.open('homeroom-weights').then((c) => c.keys()).then((k) => k.length)")
	used := call(first, storage.GetUsageAndQuota, storage.GetUsageAndQuotaParams{Origin: s.URL}).Usage
	quota := func(bytes float64) {
		call(first, storage.OverrideQuotaForOrigin, storage.OverrideQuotaForOriginParams{Origin: s.URL, QuotaSize: &bytes})
	}
	quota(used + 4_000_000)
	p := showIn(t, s, "workers=1#teach", nil)
	p.wait("ready")
	p.lookOnce()
	p.pick("Add folders", manyClasses(t, 2, 200))
	p.until(`/These photos need about 7.* the browser has room for [0-4]\.\d\sMB more/.test(document.querySelector("[aria-label='Reading photos']")?.textContent)`)
	t.Log(ask[string](p, `document.querySelector("[aria-label='Reading photos']").textContent`))
	if n := ask[int](p, `Number(document.querySelector("#reading-bar").value)`); n > 20 {
		t.Errorf("%d photos were read before it was asked", n)
	}
	if *shots != "" {
		p.shoot("teach-quota")
	}
	quota(used + 500_000_000)
	p.until(`!/These photos need about/.test(document.body.textContent)`)
	p.until(`Number(document.querySelector("#reading-bar")?.value) > 40`)
}
