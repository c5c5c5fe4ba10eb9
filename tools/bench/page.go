package main

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"homeroom/tools/homeroom/host"
)

// A figure is something that is measured without a peer.
type figure struct {
	Name   string
	Unit   string
	Values []float64
}

const (
	photosFolder = "tools/reference/photos"
	startRounds  = 7
	windowRest   = 2 * time.Second // a new window keeps the browser itself busy for a while, and so does a page that has started
	photoTurns   = 5
)

// firstPhoto gives the page a photo as soon as its boot script keeps what it is given, once, and
// takes down when it is named.
const firstPhoto = `(() => {
	const bytes = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0));
	const give = setInterval(() => {
		const input = document.querySelector("input[type=file]");
		if (!input || !globalThis.homeroom) return;
		clearInterval(give);
		const files = new DataTransfer();
		files.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
		input.files = files.files;
		input.dispatchEvent(new Event("change", { bubbles: true }));
	}, 10);
	globalThis.named = new Promise((done) => {
		new MutationObserver((_, watch) => {
			if (!document.querySelector("li[data-label]")) return;
			watch.disconnect();
			done(performance.now());
		}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-label"] });
	});
})()`

// fetchAll fetches what the page fetched, all at once, past the cache.
const fetchAll = `(async () => {
	const start = performance.now();
	await Promise.all(%s.map(async (url) => (await fetch(url, { cache: "no-store" })).arrayBuffer()));
	return performance.now() - start;
})()`

// measureStart opens the finished page in a browser that has never seen it, over and over, served
// as "homeroom serve" does, and times it from navigation to the first photo named, and the mere
// fetching of the same files.
func measureStart(c *chromium, dist string) ([]figure, error) {
	handler, err := host.Open(dist)
	if err != nil {
		return nil, err
	}
	defer handler.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener)
	defer server.Close()
	address := "http://" + listener.Addr().String() + "/"
	photo, err := os.ReadFile(filepath.Join(photosFolder, "koala.jpg"))
	if err != nil {
		return nil, err
	}
	script := fmt.Sprintf(firstPhoto, base64.StdEncoding.EncodeToString(photo))

	whole := figure{Name: "From navigation to the first photo named", Unit: "ms"}
	runs := figure{Name: "… until the page's program runs", Unit: "ms"}
	packed := figure{Name: "… until the network's weights are there", Unit: "ms"}
	bytesOnly := figure{Name: "Fetching the same files", Unit: "ms"}
	rest := figure{Name: "The one less the other", Unit: "ms"}
	memory := figure{Name: "Linear memory of a worker, EfficientNet-Lite0 at 224, after the photo", Unit: "MB"}
	network := figure{Name: "Of the first photo, the network", Unit: "ms"}
	for round := -1; round < startRounds; round++ {
		if err := func() error {
			t := &tab{}
			ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(t.hear))
			defer cancel()
			t.ctx = ctx
			if err := chromedp.Do(ctx); err != nil {
				return err
			}
			if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
				return err
			}
			time.Sleep(windowRest)
			if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
				return err
			}
			ms, err := ask[float64](t, time.Minute, "named")
			if err != nil {
				return fmt.Errorf("the page named no photo: %w (%s)", err, strings.Join(t.said(), "; "))
			}
			took, err := ask[float64](t, time.Minute, "Number(document.querySelector('li[data-label]').dataset.network)")
			if err != nil {
				return err
			}
			held, err := ask[float64](t, time.Minute, "Number(document.querySelector('li[data-label]').dataset.memory)")
			if err != nil {
				return err
			}
			urls, err := ask[string](t, time.Minute, `JSON.stringify([...new Set([location.href, ...["worker.js", "threads.js", "wasm_exec.js", "helper.js"].map((f) => new URL(f, location.href).href),
				...performance.getEntriesByType("resource").filter((e) => e.initiatorType !== "other" || !e.name.includes("sw.js")).map((e) => e.name).filter((u) => u.startsWith(location.origin))])])`)
			if err != nil {
				return err
			}
			time.Sleep(windowRest) // now the page makes its copies for use without a connection
			fetched, err := ask[float64](t, time.Minute, fmt.Sprintf(fetchAll, urls))
			if err != nil {
				return err
			}
			at := func(name, when string) (float64, error) {
				return ask[float64](t, time.Minute, fmt.Sprintf("performance.getEntriesByType('resource').find((e) => e.name.includes(%q)).%s", name, when))
			}
			begun, err := ask[float64](t, time.Minute, "performance.getEntriesByName('homeroom runs')[0].startTime")
			if err != nil {
				return err
			}
			there, err := at(".pack", "responseEnd")
			if err != nil {
				return err
			}
			if round >= 0 {
				runs.Values = append(runs.Values, begun)
				packed.Values = append(packed.Values, there)
				whole.Values = append(whole.Values, ms)
				bytesOnly.Values = append(bytesOnly.Values, fetched)
				rest.Values = append(rest.Values, ms-fetched)
				memory.Values = append(memory.Values, held/1e6)
				network.Values = append(network.Values, took)
			}
			return nil
		}(); err != nil {
			return nil, err
		}
	}
	return []figure{whole, runs, packed, bytesOnly, rest, network, memory}, nil
}

// photoJob is what photo in page/bench.js is called with.
type photoJob struct {
	Photos   []string `json:"photos"`
	Rounds   int      `json:"rounds"`
	Patience int      `json:"patience"` // ms
}

// measurePhoto times what comes before the network on photos of 12 megapixels, against the
// browser's own decoder.
func measurePhoto(c *chromium, address string) ([]figure, error) {
	tab, err := c.open(address+"/isolated/", true)
	if err != nil {
		return nil, err
	}
	defer tab.close()
	times, err := call[map[string][]float64](tab, 10*time.Minute, "photo", photoJob{photoNames("/photos"), photoTurns, int((10 * time.Minute).Milliseconds())})
	if err != nil {
		return nil, fmt.Errorf("the photos of 12 megapixels: %w (%s)", err, strings.Join(tab.said(), "; "))
	}
	return []figure{
		{"A camera's JPEG of 4000 × 3000: Homeroom, from its bytes to the network's input", "ms", times["homeroom"]},
		{"… decoding at the scale that is needed", "ms", times["decode"]},
		{"… resampling to 224 × 224 and normalising", "ms", times["resize"]},
		{"Chromium: createImageBitmap with resizing, drawImage, getImageData of 224 × 224, normalising", "ms", times["browser"]},
	}, nil
}

// tell prints figures as they come.
func tell(figures []figure) {
	for _, f := range figures {
		fmt.Printf("%-80s %s %s ±%.0f%%\n", f.Name, milliseconds(median(f.Values)), f.Unit, 100*spread(f.Values))
	}
}
