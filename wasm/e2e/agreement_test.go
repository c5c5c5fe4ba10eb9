package e2e

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var agreePhotos = flag.String("agree", "", "folder of JPEGs for TestDecodingInFull, as tools/reference/agreement_photos.py makes it")

// A photo that is decoded in full is named anew, and the address keeps that. With -agree DIR all
// photos of a folder are named both ways; their names and scores are compared.
func TestDecodingInFull(t *testing.T) {
	paths, within := photoPaths(t)[:2], 2*time.Minute
	if *agreePhotos != "" {
		paths, _ = filepath.Glob(filepath.Join(*agreePhotos, "*.jpg"))
		within = 20 * time.Minute
	}
	p := open(t, "")
	folder := p.downloads()
	type named struct {
		File, Error, Model string
		Results            []struct {
			Label string
			Score float64
		}
	}
	saved := func() map[string]named {
		t.Helper()
		p.untilWithin(within, `document.documentElement.dataset.state === "ready"`)
		p.click("button", "Save results")
		p.click("button", "Data for a program (JSON)")
		data := downloaded(t, folder, "*.json")
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := os.Remove(filepath.Join(folder, f.Name())); err != nil {
				t.Fatal(err)
			}
		}
		var list []named
		if err := json.Unmarshal(data, &list); err != nil {
			t.Fatal(err)
		}
		out := map[string]named{}
		for _, n := range list {
			if n.Error != "" {
				t.Errorf("%s: %s", n.File, n.Error)
				continue
			}
			out[n.File] = n
		}
		if len(out) != len(paths) {
			t.Fatalf("%d of %d photos are named", len(out), len(paths))
		}
		return out
	}
	p.pick("Use my photos", paths...)
	p.untilWithin(within, `document.documentElement.dataset.state !== "ready"`)
	scaled := saved()
	p.fill("combobox", "Decoding of photos", "exact")
	p.until(`location.search.includes("exact=yes")`)
	p.untilWithin(within, `document.documentElement.dataset.state === "ready"`)
	exact := saved()

	same, sum, most, which := 0, 0.0, 0.0, ""
	for file, want := range exact {
		got := scaled[file]
		if got.Results[0].Label == want.Results[0].Label {
			same++
		} else {
			t.Logf("%s is %s by %.3f in full, and %s", file, want.Results[0].Label, want.Results[0].Score, got.Results[0].Label)
		}
		score := 0.0 // of the best name, where it is among those that are told
		for _, r := range got.Results {
			if r.Label == want.Results[0].Label {
				score = r.Score
			}
		}
		d := math.Abs(score - want.Results[0].Score)
		sum += d
		if d > most {
			most, which = d, file
		}
	}
	n := len(exact)
	t.Logf("of %d photos %d keep their name; scores differ by %.4f in the mean and %.3f at most (%s)", n, same, sum/float64(n), most, which)
	if float64(same) < 0.995*float64(n) || sum/float64(n) > 0.01 || most > 0.05 {
		t.Error("decoding at a scale changes more than it may")
	}
	p.do(chromedp.Reload())
	p.until(`document.documentElement.dataset.state === "ready"`)
	if how := ask[string](p, `document.querySelector("#decoding").value`); !strings.HasPrefix(how, "exact") {
		t.Errorf("after a reload photos are decoded %s", how)
	}
}
