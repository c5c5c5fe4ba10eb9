package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
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
	full := false
	for piece := make([]byte, 1<<20); !full && room(p)[1]-room(p)[0] > 36; {
		if _, err := f.Write(piece); err != nil {
			full = true
		}
	}
	f.Sync()
	t.Logf("with the disk nearly full: %.1f", room(p))
	p.pick("Add folders", manyClasses(t, 3, 500))
	p.until(`/These photos need about .* the browser has room for/.test(document.body.textContent)`)
	said := ask[string](p, `document.querySelector("[aria-label='Reading photos']").textContent`)
	t.Log(said)
	if *shots != "" {
		if err := os.MkdirAll(*shots, 0o755); err != nil {
			t.Fatal(err)
		}
		p.shoot("teach-small-disk")
	}
	if n := ask[int](p, `Number(document.querySelector("#reading-bar").value)`); n > 0 {
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
