package main

import (
	"archive/zip"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

//go:embed page
var page embed.FS

// softwareGL has pages that compute by WebGL do so where there is no graphics processor.
const softwareGL = "enable-unsafe-swiftshader"

// A browser runs peers in pages.
type browser struct {
	ctx     context.Context
	work    string
	address string
	version string
	stops   []func()
}

// startBrowser serves the page, the peers and the work folder on loopback, and starts Chromium with
// some flags more.
func startBrowser(peers, work string, flags ...string) (*browser, error) {
	path := os.Getenv("HOMEROOM_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		return nil, errors.New("no Chromium was found: install it (for example: apt-get install chromium), or name one in HOMEROOM_CHROMIUM")
	}
	b := &browser{work: work}
	if out, err := exec.Command(path, "--version").Output(); err == nil {
		b.version = strings.TrimSpace(string(out))
	}
	inside, err := fs.Sub(page, "page")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(inside))
	mux.Handle("/npm/", http.StripPrefix("/npm/", http.FileServer(http.Dir(peers))))
	mux.Handle("/exported/", http.StripPrefix("/exported/", http.FileServer(http.Dir(work))))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: mux}
	go server.Serve(listener)
	b.stops = append(b.stops, func() { server.Close() })
	b.address = "http://" + listener.Addr().String()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-component-update", true))
	for _, f := range flags {
		options = append(options, chromedp.Flag(f, true))
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	b.stops = append(b.stops, stop)
	b.ctx = ctx
	return b, nil
}

func (b *browser) stop() {
	for i := range b.stops {
		b.stops[len(b.stops)-1-i]()
	}
}

// served is the address of a file in the work folder.
func (b *browser) served(path string) string { return "/exported/" + filepath.Base(path) }

// run runs a file in a peer, in a page of its own.
func (b *browser) run(peer, file string, labels []string, pictures []map[string]string) ([]byte, error) {
	model := b.served(file)
	if strings.HasSuffix(file, ".zip") {
		folder := strings.TrimSuffix(file, ".zip") + "_web"
		if err := unpack(file, folder); err != nil {
			return nil, err
		}
		model = b.served(folder)
	}
	list := make([]map[string]string, len(pictures))
	for i, p := range pictures {
		list[i] = map[string]string{}
		for name, path := range p {
			list[i][name] = b.served(path)
		}
	}
	args, err := json.Marshal([]any{peer, model, labels, list})
	if err != nil {
		return nil, err
	}
	ctx, cancel := chromedp.NewContext(b.ctx)
	defer cancel()
	ctx, end := context.WithTimeout(ctx, 20*time.Minute)
	defer end()
	if err := chromedp.Do(ctx, chromedp.Navigate(b.address+"/index.html")); err != nil {
		return nil, err
	}
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`import("/peers.js").then(() => run(...%s))`, args), chromedp.EvalAwaitPromise))
	return []byte(out), err
}

// unpack takes the files out of a zip that was written here.
func unpack(file, folder string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.CopyFS(folder, z)
}
