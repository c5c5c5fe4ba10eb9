package e2e

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A corner is a page with the element in it: plain, or in a frame of another.
const corner = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>%s</title><link rel="icon" href="data:,"></head><body>
<script type="module" src="/dist/element/element.js"></script>
<homeroom-classifier id="first" src="/things.homeroom" packs="/weights" top="3" camera><span slot="hint">Which thing is it?</span></homeroom-classifier>
%s
</body></html>`

// elementServer serves dist/element, the packs, a project and a page, under a strict policy;
// isolated adds the headers of COEP.
func elementServer(t *testing.T, project, more string, isolated bool) *server {
	t.Helper()
	s := new(server)
	pages := map[string]string{"/": fmt.Sprintf(corner, "A page", more), "/inner.html": fmt.Sprintf(corner, "A frame", "")}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; img-src blob: data:; frame-src 'self'; media-src blob: mediastream:")
		if isolated {
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		}
		switch path := r.URL.Path; {
		case pages[path] != "":
			h.Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, pages[path])
		case path == "/things.homeroom":
			http.ServeFile(w, r, project)
		case path == "/stalled":
			<-r.Context().Done()
		case strings.HasPrefix(path, "/dist/"):
			http.StripPrefix("/dist/", http.FileServerFS(os.DirFS(dist))).ServeHTTP(w, r)
		case strings.HasPrefix(path, "/weights/"):
			http.FileServerFS(os.DirFS(dist)).ServeHTTP(w, r)
		case strings.HasPrefix(path, "/photos/"):
			http.StripPrefix("/photos/", http.FileServerFS(os.DirFS(*photoFolder))).ServeHTTP(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	outgoing.open(strings.TrimPrefix(s.URL, "http://"))
	return s
}

// taughtThings is a project of the program's: class means on one view, which grade their scores.
func taughtThings(t *testing.T) string {
	t.Helper()
	project := filepath.Join(t.TempDir(), "things.homeroom")
	homeroom(t, "finetune", "--views", "plain", "--head", "linear", "--train", folders(t, 6, 3, false), "--out", project)
	return project
}

// told is what an element answers.
type toldByElement struct {
	Label   string
	Unknown bool
	Results []struct {
		Label string
		Score float64
	}
}

// elementsAnswer has an element, as an expression gives it, name a photo.
func (p *tab) elementsAnswer(element, photo string) toldByElement {
	p.t.Helper()
	return ask[toldByElement](p, `(async () => {
		const got = await fetch("/photos/`+photo+`");
		return `+element+`.classify(new File([await got.blob()], "`+photo+`"));
	})()`)
}

// TestElement puts the element into a page with a strict policy, twice and in a frame, and compares
// its answers with the program's.
func TestElement(t *testing.T) {
	project := taughtThings(t)
	photos := []string{"koala.jpg", "cat.png", "jaguar-turned.jpg"}
	var paths []string
	for _, name := range photos {
		path, err := filepath.Abs(filepath.Join(*photoFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	want := programsAnswers(t, project, paths)
	for _, isolated := range []bool{false, true} {
		p := show(t, elementServer(t, project, `<homeroom-classifier id="second" src="/things.homeroom" packs="/weights"></homeroom-classifier><iframe src="/inner.html"></iframe>`, isolated), "")
		p.until(`document.querySelector("#first")?.classifier && document.querySelector("#second")?.classifier && document.querySelector("iframe").contentDocument?.querySelector("#first")?.classifier`)
		for _, element := range []string{`document.querySelector("#first")`, `document.querySelector("#second")`, `document.querySelector("iframe").contentDocument.querySelector("#first")`} {
			most := 0.0
			for _, name := range photos {
				got, own := p.elementsAnswer(element, name), want[name]
				if got.Unknown != own.Unknown || len(got.Results) != len(own.Results) || got.Results[0].Label != own.Results[0].Label {
					t.Errorf("%s: the element says %+v, the program %+v", name, got, own)
					continue
				}
				scores := map[string]float64{}
				for _, r := range own.Results {
					scores[r.Label] = r.Score
				}
				for _, r := range got.Results {
					most = max(most, math.Abs(r.Score-scores[r.Label]))
				}
			}
			if t.Logf("isolated %v, %s: scores differ by %.2g at most", isolated, element, most); most > 1e-4 {
				t.Error("that is too much")
			}
		}
		if isolated != ask[bool](p, "crossOriginIsolated") {
			t.Error("the page is not isolated as it should be")
		}
	}
}

// TestElementLooks drops a photo on the element as a person does, and takes its picture.
func TestElementLooks(t *testing.T) {
	long(t)
	p := show(t, elementServer(t, taughtThings(t), "", false), "")
	p.until(`document.querySelector("#first")?.classifier`)
	path, err := filepath.Abs(filepath.Join(*photoFolder, "koala.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	p.pick("choose photos", path)
	p.until(`document.querySelector("#first").shadowRoot.querySelector("li[data-label]")`)
	p.find("button", "Use the camera")
	p.click("button", "Use the camera")
	p.until(`document.querySelector("#first").shadowRoot.querySelectorAll("li[data-label]").length === 2`)
	if *shots != "" {
		for name, width := range map[string]int64{"desktop": 1100, "phone": 390} {
			p.do(chromedp.EmulateViewport(width, 900))
			p.shoot("element-" + name)
		}
	}
	p.click("button", "Stop the camera")
	p.until(`document.querySelector("#first").shadowRoot.querySelectorAll("li[data-label]").length === 1`)
}

// TestElementModule goes through the module: embedding, teaching with progress, ending it, saving,
// what cannot be.
func TestElementModule(t *testing.T) {
	long(t)
	p := show(t, elementServer(t, taughtThings(t), "", false), "")
	got := ask[struct {
		Features   int
		Stages     []string
		Label      string
		Aborted    string
		Unopened   string
		Saved      int
		Again      string
		Missing    string
		Damaged    string
		Closed     string
		Pixels     string
		Unreadable string
	}](p, `(async () => {
		const { load, files } = await import("/dist/element/homeroom.js");
		const photo = async (name) => new File([await (await fetch("/photos/" + name)).blob()], name);
		const out = {}, why = async (promise) => { try { await promise; return ""; } catch (fault) { return fault.name + ": " + fault.message; } };
		const network = await load("/weights/efficientnet-lite0.pack");
		const koala = await photo("koala.jpg"), cat = await photo("cat.png");
		out.features = (await network.embed(koala)).length;
		const stages = new Set();
		const taught = await network.teach({ Koala: [koala, await createImageBitmap(koala)], Cat: [cat, await createImageBitmap(cat)] }, { onprogress: ({ stage }) => stages.add(stage) });
		out.stages = [...stages];
		out.label = (await taught.classify(koala)).results[0].label;
		const bitmap = await createImageBitmap(cat), canvas = new OffscreenCanvas(bitmap.width, bitmap.height), context = canvas.getContext("2d");
		context.drawImage(bitmap, 0, 0);
		out.pixels = (await taught.classify(context.getImageData(0, 0, bitmap.width, bitmap.height))).results[0].label;
		const stop = new AbortController();
		const learning = network.teach({ Koala: [koala, koala, koala, koala], Cat: [cat, cat, cat, cat] }, { signal: stop.signal });
		stop.abort();
		out.aborted = await why(learning);
		const file = await taught.save("Two");
		out.saved = file.size;
		out.again = (await (await load(file, { packs: "/weights" })).classify(koala)).results[0].label;
		out.missing = await why(load(file));
		out.damaged = await why(load(new Blob([new Uint8Array([80, 75, 3, 4, 1, 2, 3])])));
		out.unreadable = await why(taught.classify(new Blob(["no photo"])));
		taught.close(); network.close();
		out.closed = await why(taught.classify(koala));
		files.engine = "/stalled"; // an engine that does not come is not waited for, either
		const leave = new AbortController();
		const opening = load(file, { packs: "/weights", signal: leave.signal });
		setTimeout(() => leave.abort(), 100);
		out.unopened = await why(opening);
		return out;
	})()`)
	t.Logf("%+v", got)
	if got.Features != 1280 || got.Label != "Koala" || got.Again != "Koala" || got.Pixels != "Cat" || got.Saved == 0 || len(got.Stages) == 0 {
		t.Errorf("%+v", got)
	}
	for what, says := range map[string]string{got.Aborted: "AbortError", got.Unopened + " (while it loads)": "AbortError", got.Missing: "efficientnet-lite0", got.Damaged: "table of contents", got.Closed: "closed", got.Unreadable: "Error"} {
		if !strings.Contains(what, says) {
			t.Errorf("%q does not say %q", what, says)
		}
	}
}

// TestStandalone opens what was taught as a page of its own: one file from the disk, and a folder
// from a server; nothing else is asked for.
func TestStandalone(t *testing.T) {
	long(t)
	project, folder := taughtThings(t), t.TempDir()
	koala, err := filepath.Abs(filepath.Join(*photoFolder, "koala.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	want := programsAnswers(t, project, []string{koala})["koala.jpg"].Results[0]
	single, zipped := filepath.Join(folder, "things.html"), filepath.Join(folder, "things.zip")
	homeroom(t, "export", project, "--as", "html", "--page", dist, "-o", single)
	homeroom(t, "export", project, "--as", "folder", "--page", dist, "-o", zipped)
	info, err := os.Stat(single)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the page as one file: %.2f MB", float64(info.Size())/1e6)
	if info.Size() > 9e6 {
		t.Error("that is more than 9 MB")
	}
	check := func(p *tab, name string) {
		t.Helper()
		p.until(`document.querySelector("homeroom-classifier")?.classifier`)
		p.pick("choose photos", koala)
		p.until(`document.querySelector("homeroom-classifier").shadowRoot.querySelector("li[data-label]")`)
		said := ask[string](p, `document.querySelector("homeroom-classifier").shadowRoot.querySelector("li").innerText`)
		if percent := fmt.Sprintf("%.1f%%", 100*want.Score); !strings.Contains(said, want.Label) || !strings.Contains(said, percent) && want.Score < 0.995 {
			t.Errorf("%s says %q, the program %s %s", name, said, want.Label, percent)
		}
		if *shots != "" {
			p.shoot("standalone-" + name)
		}
	}
	p := &tab{t: t, server: serve(t)}
	p.start([]chromedp.ContextOption{chromedp.WithNewBrowserContext()})
	p.do(chromedp.Navigate("file://" + single))
	check(p, "html")

	files, err := unzipped(zipped)
	if err != nil {
		t.Fatal(err)
	}
	s := new(server)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		if files[name] == nil {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, name, info.ModTime(), bytes.NewReader(files[name]))
	}))
	t.Cleanup(s.Close)
	outgoing.open(strings.TrimPrefix(s.URL, "http://"))
	q := show(t, s, "")
	q.expect(func(c string) bool { return strings.Contains(c, "favicon.ico") })
	check(q, "folder")
}

// unzipped reads all files of a zip.
func unzipped(path string) (map[string][]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return unzippedBytes(data)
}

func unzippedBytes(data []byte) (map[string][]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// engineOf unpacks the engine of the finished page.
func engineOf(t *testing.T) string {
	t.Helper()
	packed, err := os.Open(filepath.Join(dist, "element", "engine.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "engine.wasm")
	data, err := io.ReadAll(r)
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
