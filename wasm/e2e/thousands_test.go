package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var manyPhotos = flag.Bool("thousands", false, "name and teach two thousand photos, which takes minutes")

// thousands writes many small photos, each another, into folders of classes.
func thousands(t *testing.T, classes, each int) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "photos")
	picture := image.NewRGBA(image.Rect(0, 0, 96, 72))
	for c := range classes {
		folder := filepath.Join(root, fmt.Sprintf("class %d", c+1))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range each {
			for y := range 72 {
				for x := range 96 {
					picture.SetRGBA(x, y, color.RGBA{byte(x*2 + c*60), byte(y*3 + i), byte((x ^ y) + i>>4), 255})
				}
			}
			var data bytes.Buffer
			if err := jpeg.Encode(&data, picture, nil); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("photo %d %d.jpg", c+1, i+1)), data.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

// bounded is how many elements the page may have, whatever the number of photos in it.
const bounded = 20_000

// Two thousand photos are taken in pieces that let the page answer in between, and what is drawn of
// them does not grow with their number.
func TestTwoThousandPhotosToClassify(t *testing.T) {
	long(t)
	if !*manyPhotos {
		t.Skip("it takes minutes; -thousands runs it")
	}
	p := show(t, serve(t), "size=64", tasks, weighing)
	p.wait("ready")
	t.Logf("at first: %v", p.weigh())
	p.longest()
	stop := p.profiled("classify")
	start := time.Now()
	p.pick("Add a folder", thousands(t, 4, 500))
	p.until(`document.querySelector("#progress-text").textContent.includes("of 2,000")`)
	n, longest := p.longest()
	t.Logf("taken after %.1f s; tasks above 50 ms: %d, the longest %d ms", time.Since(start).Seconds(), n, longest)
	p.untilWithin(5*time.Minute, `document.documentElement.dataset.state === "ready"`)
	stop()
	n, longest = p.longest()
	elements := ask[int](p, "document.querySelectorAll('*').length")
	t.Logf("named after %.1f s; tasks above 50 ms: %d, the longest %d ms; %d elements; %v", time.Since(start).Seconds(), n, longest, elements, p.weigh())
	if says := ask[string](p, `document.querySelector("#tally").textContent`); says != "2,000 named" {
		t.Errorf("the page says %q", says)
	}
	if elements > bounded {
		t.Errorf("the page has %d elements", elements)
	}
	p.checkGrid(2000)
}

func TestTwoThousandPhotosToTeach(t *testing.T) {
	long(t)
	if !*manyPhotos {
		t.Skip("it takes minutes; -thousands runs it")
	}
	p := teach(t, "", tasks, weighing)
	p.project(empty(64, false))
	t.Logf("at first: %v", p.weigh())
	p.longest()
	stop := p.profiled("teach")
	start := time.Now()
	p.pick("Add folders", thousands(t, 4, 500))
	p.untilWithin(5*time.Minute, `document.querySelector("#reading-bar")`)
	n, longest := p.longest()
	t.Logf("taken after %.1f s; tasks above 50 ms: %d, the longest %d ms", time.Since(start).Seconds(), n, longest)
	p.untilWithin(5*time.Minute, `!document.querySelector("#reading-bar")`)
	stop()
	p.saved()
	n, longest = p.longest()
	elements := ask[int](p, "document.querySelectorAll('*').length")
	t.Logf("read after %.1f s; tasks above 50 ms: %d, the longest %d ms; %d elements; %v", time.Since(start).Seconds(), n, longest, elements, p.weigh())
	if elements > bounded {
		t.Errorf("the page has %d elements", elements)
	}
	if n := p.stored("features"); n != 2000 {
		t.Errorf("the store has %d feature vectors", n)
	}
}
