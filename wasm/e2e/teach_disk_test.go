package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

var smallDisk = flag.String("smalldisk", "", "folder of a small disk of its own, such as a tmpfs of 300 MB, to have the browser's profile on and to fill; empty leaves that out")

// TestFullDisk fills a real disk while photos are read. Browsers do not tell pages of that before
// it happens: the quota is a share of the disk, whatever is left of it.
func TestFullDisk(t *testing.T) {
	if *smallDisk == "" {
		return // it needs a disk to fill: -smalldisk FOLDER runs it
	}
	// A profile made for one test is kept in memory, and this one is to be on the disk.
	p := showIn(t, serve(t), "workers=2#teach", nil)
	p.wait("ready")
	p.readOnce()
	p.pick("Add folders", folders(t, 5, 10, false))
	p.learnt(1)
	p.saved()
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
	if err := f.Truncate(max(0, size-8<<20)); err != nil {
		t.Fatal(err)
	}
	p.pick("Add folders", folders(t, 300, 11, false))
	const fault = `[...document.querySelectorAll(".fault[role=alert]")].find((f) => /not saved/.test(f.textContent))`
	p.untilWithin(5*time.Minute, fault)
	said := ask[string](p, fault+".textContent")
	t.Log(said)
	if !strings.Contains(said, "no more room") {
		t.Error("the page does not say that it is the room")
	}
	if *shots != "" {
		p.shoot("teach-full-disk")
	}
	if done := ask[int](p, `Number(document.querySelector("#reading-bar").value)`); done >= 900 {
		t.Errorf("%d photos were read although the disk is full", done)
	}
	// With room again it goes on by itself.
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	f.Close()
	start := time.Now()
	p.until("!" + fault)
	t.Logf("it went on after %.1f s", time.Since(start).Seconds())
	p.untilWithin(5*time.Minute, `!document.querySelector("#reading-bar")`)
	p.saved()
	p.do(chromedp.Reload()) // to see what is there, and not what the page remembers
	p.wait("ready")
	p.until(`document.querySelector(".balance")?.textContent.includes("classes")`)
	photos := ask[int](p, `Number(/, ([\d,]+) photos/.exec(document.querySelector(".balance").textContent)[1].replace(",", ""))`)
	if n := p.stored("features"); n != photos || photos < 900 {
		t.Errorf("of %d photos the store has %d feature vectors", photos, n)
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
	p.readOnce()
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
