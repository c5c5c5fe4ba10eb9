package e2e

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A page of one classifier takes a photo by its picker and tells its answer.
const toldResult = `window.told = new Promise((done) => document.querySelector("homeroom-classifier").addEventListener("result", ({ detail }) => done(detail)))`

// onePage picks a photo on a page of one classifier and gives what its element tells of it.
func (p *tab) onePage(photo string) toldByElement {
	p.t.Helper()
	p.until(`document.querySelector("homeroom-classifier")?.classifier`)
	ask[bool](p, "("+toldResult+", true)")
	p.pick("choose photos", photo)
	return ask[toldByElement](p, "told")
}

// TestSharePages saves what was taught as one page and as a folder from Share, opens both, the page
// from the disk, and compares answers with those of Try it.
func TestSharePages(t *testing.T) {
	long(t)
	p := teach(t, "")
	folder := p.downloads()
	p.twoClasses(6)
	p.fill("textbox", "Name of the project", "Pets")
	p.saved()
	query := variants(t, "cat.png", 1, 90)[0]
	photo := filepath.Join(t.TempDir(), query.name)
	if err := os.WriteFile(photo, query.data, 0o600); err != nil {
		t.Fatal(err)
	}
	p.click("tab", "Try it")
	p.drop(query)
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 1`)
	label := ask[string](p, `document.querySelector("[data-tried]").dataset.label`)
	score := ask[float64](p, `Math.max(...[...document.querySelectorAll("[data-tried] [data-score]")].map((d) => Number(d.dataset.score)))`)
	same := func(where string, got toldByElement) {
		t.Helper()
		if len(got.Results) != 2 || got.Results[0].Label != label && !got.Unknown || math.Abs(got.Results[0].Score-score) > 1e-4 {
			t.Errorf("%s answers %+v, Try it %s %.5f", where, got, label, score)
		} else {
			t.Logf("%s: %s differs by %.2g", where, got.Results[0].Label, math.Abs(got.Results[0].Score-score))
		}
	}

	p.share()
	told := func(format string) (megabytes float64) {
		t.Helper()
		text := ask[string](p, `document.querySelector('[data-format="`+format+`"] .share-size').textContent`)
		if _, err := fmt.Sscanf(strings.ReplaceAll(text, "\u00a0", " "), "%f MB", &megabytes); err != nil {
			t.Fatalf("the size of %s is told as %q", format, text)
		}
		return megabytes
	}
	saved := func(format, title, name string) []byte {
		t.Helper()
		size := told(format)
		p.click("button", "Check and save: "+title)
		data := downloaded(t, folder, name)
		if t.Logf("%s has %d bytes, %.1f MB were told", name, len(data), size); math.Abs(float64(len(data))/1e6-size) > 0.1 {
			t.Errorf("%s has %d bytes, and %.1f MB were told", name, len(data), size)
		}
		p.until(`document.querySelector('[data-format="` + format + `"] [role=status]')`)
		if ran := ask[string](p, `document.querySelector('[data-format="`+format+`"] [role=status]').dataset.photos`); ran != "12" {
			t.Errorf("%s was run on %s photos", name, ran)
		}
		return data
	}
	if n := len(saved("html", "One web page", "Pets.html")); n > 9_000_000 {
		t.Errorf("the page has %d bytes, more than 9 MB", n)
	}
	files, err := unzippedBytes(saved("folder", "Folder for a website", "Pets website.zip"))
	if err != nil {
		t.Fatal(err)
	}

	alone := &tab{t: t, server: serve(t)}
	alone.start([]chromedp.ContextOption{chromedp.WithNewBrowserContext()})
	alone.do(chromedp.Navigate("file://" + filepath.Join(folder, "Pets.html")))
	same("the page from the disk", alone.onePage(photo))
	if *shots != "" {
		alone.shoot("shared-html")
	}

	s := new(server)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		if name == "favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if files[name] == nil {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(files[name]))
	}))
	t.Cleanup(s.Close)
	outgoing.open(strings.TrimPrefix(s.URL, "http://"))
	same("the folder", show(t, s, "").onePage(photo))
}

// TestPagesOfHeads opens the page that the program writes of each kind of head from the disk, and
// compares its answers with the program's.
func TestPagesOfHeads(t *testing.T) {
	long(t)
	folder := t.TempDir()
	train := folders(t, 6, 3, false)
	koala, err := filepath.Abs(filepath.Join(*photoFolder, "koala.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"linear", "mlp", "knn"} {
		project, page := filepath.Join(folder, kind+".homeroom"), filepath.Join(folder, kind+".html")
		homeroom(t, "finetune", "--views", "plain", "--head", kind, "--train", train, "--out", project)
		homeroom(t, "export", project, "--as", "html", "--page", dist, "-o", page)
		want := programsAnswers(t, project, []string{koala})["koala.jpg"]
		p := &tab{t: t, server: serve(t)}
		p.start([]chromedp.ContextOption{chromedp.WithNewBrowserContext()})
		p.do(chromedp.Navigate("file://" + page))
		got := p.onePage(koala)
		if got.Unknown != want.Unknown || len(got.Results) != len(want.Results) {
			t.Errorf("%s: the page says %+v, the program %+v", kind, got, want)
			continue
		}
		scores, most := map[string]float64{}, 0.0
		for _, r := range want.Results {
			scores[r.Label] = r.Score
		}
		for _, r := range got.Results {
			most = max(most, math.Abs(r.Score-scores[r.Label]))
		}
		info, err := os.Stat(page)
		if err != nil {
			t.Fatal(err)
		}
		if t.Logf("%s: %d bytes, scores differ by %.2g at most", kind, info.Size(), most); most > 1e-4 || info.Size() > 9_000_000 {
			t.Errorf("%s: that is too much", kind)
		}
	}
}

// TestElementFetchesAtOnce has a server give out the engine once the network was asked for: neither
// waits for the other.
func TestElementFetchesAtOnce(t *testing.T) {
	project := filepath.Join(t.TempDir(), "alone.homeroom")
	homeroom(t, "export", taughtThings(t), "--as", "homeroom", "-o", project)
	s := elementServer(t, project, "", false)
	asked := make(chan bool, 1)
	inner := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, ".pack"):
			select {
			case asked <- true:
			default:
				t.Errorf("%s is asked for twice", r.URL.Path)
			}
		case strings.HasSuffix(r.URL.Path, "/engine.bin"):
			select {
			case <-asked:
			case <-time.After(patience / 2):
				t.Error("the network is not asked for before the engine is there")
			}
		}
		inner.ServeHTTP(w, r)
	})
	p := show(t, s, "")
	p.until(`document.querySelector("#first")?.classifier`)
	if got := p.elementsAnswer(`document.querySelector("#first")`, "koala.jpg"); len(got.Results) == 0 {
		t.Errorf("%+v", got)
	}
}
