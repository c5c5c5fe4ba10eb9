package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var starts = flag.Int("starts", 0, "how often the page and the element are started, each time in a browser that has nothing of them, from the page in HOMEROOM_DIST")

// firstAnswers are pages, with what gives a photo to each once it is ready and waits for its name.
var firstAnswers = []struct{ name, path, script string }{
	{"the page", "/", `
		await until(() => document.documentElement?.dataset.state === "ready");
		const dataTransfer = new DataTransfer();
		dataTransfer.items.add(photo);
		for (const kind of ["dragenter", "dragover", "drop"]) document.querySelector("main").dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
		await until(() => document.querySelector("li[data-file]")?.dataset.label);`},
	{"the element, a network", "/network.html", byElement},
	{"the element, a project", "/project.html", byElement},
}

const byElement = `
	await until(() => document.querySelector("homeroom-classifier")?.classifier);
	await document.querySelector("homeroom-classifier").classify(photo);`

// TestFirstAnswers measures how long it is from the address to the first name, with nothing kept of
// an earlier visit.
func TestFirstAnswers(t *testing.T) {
	if *starts == 0 {
		t.Skip("-starts says how often")
	}
	f := try(t, lite)
	dist := os.Getenv("HOMEROOM_DIST")
	if dist == "" {
		t.Fatal("HOMEROOM_DIST names no folder with the page")
	}
	corner := `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><script type="module" src="/element/element.js"></script><homeroom-classifier src="%s" packs="/weights"></homeroom-classifier></html>`
	pages := map[string]string{"/network.html": fmt.Sprintf(corner, "/weights/"+lite+".pack"), "/project.html": fmt.Sprintf(corner, "/clothes.homeroom")}
	f.homeroom(t, "export", "clothes.homeroom", "--as", "homeroom", "-o", "alone.homeroom")
	handler := func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case pages[path] != "":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, pages[path])
		case path == "/clothes.homeroom":
			http.ServeFile(w, r, filepath.Join(f.folder, "alone.homeroom"))
		case path == "/photo.jpg":
			http.ServeFile(w, r, filepath.Join(animals, "koala.jpg"))
		default:
			packed(w, r, dist)
		}
	}
	took := make([][]float64, len(firstAnswers))
	for range *starts {
		for i, a := range firstAnswers {
			took[i] = append(took[i], firstAnswer(t, http.HandlerFunc(handler), a.path, a.script))
		}
	}
	for i, a := range firstAnswers {
		ratios := make([]float64, *starts)
		for k := range ratios {
			ratios[k] = took[i][k] / took[0][k]
		}
		t.Logf("%s: %.0f ms, median of %d (%.0f to %.0f); in pairs %.2f of the page's", a.name, median(took[i]), *starts, slices.Min(took[i]), slices.Max(took[i]), median(ratios))
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// packed serves a file as static hosts do, with brotli where there is that.
func packed(w http.ResponseWriter, r *http.Request, folder string) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if path == "" {
		path = "index.html"
	}
	data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(path)+".br"))
	if err != nil {
		http.ServeFileFS(w, r, os.DirFS(folder), path)
		return
	}
	kinds := map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm"}
	w.Header().Set("Content-Type", kinds[filepath.Ext(path)])
	w.Header().Set("Content-Encoding", "br")
	w.Write(data)
}

// firstAnswer opens a page in a new browser, at an address of its own, and gives the milliseconds
// from there to the answer.
func firstAnswer(t *testing.T, pages http.Handler, path, script string) float64 {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: pages}
	go server.Serve(listener)
	defer server.Close()
	b, err := startBrowser(filepath.Join(cache, "npm/node_modules"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.stop()
	ctx, cancel := chromedp.NewContext(b.ctx)
	defer cancel()
	ctx, end := context.WithTimeout(ctx, 2*time.Minute)
	defer end()
	if err := chromedp.Do(ctx, chromedp.Navigate("http://"+listener.Addr().String()+path)); err != nil {
		t.Fatal(err)
	}
	ms, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`(async () => {
		const until = async (there) => { while (!there()) await new Promise((later) => setTimeout(later, 4)); };
		const photo = new File([await (await fetch("/photo.jpg")).blob()], "photo.jpg", { type: "image/jpeg" });
		`+script+`
		return performance.now();
	})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return ms
}
