//go:build js && wasm

package page

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"github.com/syumai/tinyutil/httputil"

	"homeroom/wasm/digest"
	"homeroom/wasm/promise"
	"homeroom/wasm/teach"
	"homeroom/wasm/words"
)

const (
	catalogPath      = "weights/catalog.json"
	mostCatalogBytes = 8 << 20
	packCache        = "homeroom-weights" // the service worker answers from it
)

// begin fetches the list of networks and opens the one with this name, or the first.
func (a *app) begin(name string, fresh bool) {
	a.view.content()
	a.view.progressing("Fetching the list of networks", -1)
	if a.pool == nil && a.showing != "teach" {
		a.pool = newPool(a, "", js.Null(), a.size, crewHere(a.workers)) // it starts meanwhile
	}
	if a.loading != nil {
		a.loading()
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.loading = cancel
	data, err := fetchCatalog(ctx, fresh, func(seconds int) {
		if ctx.Err() == nil {
			a.complain(stalled(catalogPath, "The list of networks does not come through.", seconds))
		}
	}, func() {
		if ctx.Err() == nil {
			a.view.content()
			a.view.show(a.view.load, true)
			a.teacher.screen.Engine = teach.Engine{}
			a.teacher.draw()
		}
	})
	if ctx.Err() != nil { // asked for anew meanwhile
		return
	}
	if err == nil {
		a.networks, a.backbones, err = parseCatalog(data)
	}
	if err != nil {
		a.networks = nil
		a.dropNameless()
		a.complain(noCatalog(err, single()))
		return
	}
	a.chosen = choose(a.networks, name)
	a.listed = false
	if a.showing == "teach" {
		a.listNetworks()
		a.listSizes()
		a.view.show(a.view.load, false)
		a.dropNameless()
		a.teacher.enter()
		return
	}
	a.open(fresh)
}

// complain says in both views what went wrong.
func (a *app) complain(t *trouble) {
	a.view.complain(t)
	a.teacher.screen.Engine = teach.Engine{What: t.What, Why: t.Why, Do: t.Do}
	a.teacher.draw()
}

// dropNameless ends a pool that was started before its network was known, and that is not needed after all.
func (a *app) dropNameless() {
	if a.pool != nil && a.pool.network == "" {
		a.pool.close()
		a.pool = nil
	}
}

// retry tries again what failed, past every stored copy.
func (a *app) retry() {
	a.view.add.Focus()
	go func() {
		if a.networks == nil {
			a.begin("", true)
			return
		}
		// The list is fetched anew too: a pack that does not match may belong to a newer list.
		a.begin(a.networks[a.chosen].Name, true)
	}()
}

func (a *app) chooseNetwork(i int) {
	if i < 0 || i >= len(a.networks) || i == a.chosen {
		return
	}
	a.chosen, a.size = i, 0
	a.remember()
	go a.open(false)
}

func (a *app) chooseSize(size int) {
	if size == a.networks[a.chosen].Preprocess.Size {
		size = 0
	}
	if size != a.size {
		a.size = size
		a.remember()
		go a.open(false)
	}
}

// remember writes the choice into the page's address, where a reload or a bookmark finds it.
func (a *app) remember() {
	address := js.Global().Get("URL").New(js.Global().Get("location").Get("href"))
	params := address.Get("searchParams")
	params.Call("set", "model", a.networks[a.chosen].Name)
	params.Call("delete", "size")
	if a.size > 0 {
		params.Call("set", "size", strconv.Itoa(a.size))
	}
	// A frame without an address has none to write to.
	_, _ = promise.Try(func() js.Value {
		return js.Global().Get("history").Call("replaceState", js.Null(), "", address.Get("href"))
	})
}

// open fetches the chosen network's pack and starts workers with it. What is on the page is named again.
func (a *app) open(fresh bool) {
	if a.loading != nil {
		a.loading()
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.loading = cancel
	p := a.pool
	if p != nil && p.network != "" {
		p.close()
		p = nil
	}
	n := a.networks[a.chosen]
	type fetched struct {
		pack    js.Value
		trouble *trouble
	}
	arrival := make(chan fetched, 1)
	go func() {
		pack, trouble := a.fetchShared(ctx, n, fresh, listener{a.view.progressing, func(t *trouble) {
			if a.view.content(); t != nil {
				a.view.complain(t)
			}
		}})
		arrival <- fetched{pack, trouble}
	}()
	runtime.Gosched() // it asks before anything is drawn
	a.ready = false
	if !a.listed {
		a.listNetworks()
	}
	a.listSizes()
	a.view.content()
	a.view.text(a.view.status, "Fetching "+n.called())
	a.refresh()
	// The workers start while the pack comes.
	if p == nil {
		p = newPool(a, n.Name, js.Null(), a.size, crewHere(a.workers))
	}
	p.network, p.size = n.Name, a.size
	a.pool = p
	got := <-arrival
	if ctx.Err() != nil { // another choice was made meanwhile
		return
	}
	if got.trouble != nil {
		p.close()
		a.pool = nil
		a.view.complain(got.trouble)
		return
	}
	a.view.progressing("Starting "+n.called(), -1)
	a.putOff(func() { keep(slices.Concat(a.networks, a.backbones), n, got.pack) })
	if !p.closed { // else another view needed the memory, and coming back opens the network again
		p.supply(got.pack)
	}
}

// crewHere says how many workers to run on this device.
func crewHere(wanted int) int {
	navigator := js.Global().Get("navigator")
	cores, memory := 1, 0.0
	if v := navigator.Get("hardwareConcurrency"); v.Type() == js.TypeNumber {
		cores = v.Int()
	}
	if v := navigator.Get("deviceMemory"); v.Type() == js.TypeNumber {
		memory = v.Float()
	}
	return crew(wanted, cores, memory)
}

// opened is called when a worker of the pool is ready.
func (a *app) opened(p *pool) {
	if p != a.pool {
		return
	}
	if !a.ready {
		a.ready = true
		a.view.content()
		a.view.show(a.view.load, false)
		// Answers of another network or size no longer hold.
		for _, ph := range a.queue.Photos() {
			if ph.Stage != Waiting && ph.Stage != Stopped {
				a.restart()
				break
			}
		}
		a.look.again()
	}
	a.dispatch()
}

func (a *app) restart() {
	for _, ph := range a.queue.Restart() {
		a.cards[ph.ID].show(ph)
	}
}

// refused is called when the pool cannot work with its pack.
func (a *app) refused(p *pool, why string) {
	if p != a.pool {
		return
	}
	if a.loading != nil {
		a.loading()
	}
	a.pool.close()
	a.pool = nil
	a.ready = false
	a.view.complain(noEngine(why))
	a.refresh()
}

// fetchCatalog fetches the list of networks. It tells where nothing of it has come for too long, and calls again when something does.
func fetchCatalog(ctx context.Context, fresh bool, silent func(seconds int), again func()) ([]byte, error) {
	watch := watchQuiet(silent, again)
	defer watch.end()
	response, err := get(ctx, catalogPath, fresh)
	if err != nil {
		return nil, fmt.Errorf("the connection failed (%w)", plainly(err))
	}
	defer response.Body.Close()
	defer context.AfterFunc(ctx, func() { response.Body.Close() })()
	switch {
	case response.StatusCode != http.StatusOK && single():
		return nil, errors.New("this file is cut short: its list of networks is missing")
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the server answered %d for %s", response.StatusCode, catalogPath)
	}
	data, err := io.ReadAll(io.LimitReader(&heard{response.Body, watch}, mostCatalogBytes))
	if err != nil {
		return nil, fmt.Errorf("the connection failed (%w)", err)
	}
	return data, nil
}

// heard tells a quiet of what is read.
type heard struct {
	io.Reader
	watch *quiet
}

func (h *heard) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.watch.heard()
	return n, err
}

// A listener hears how a download goes.
type listener struct {
	tell   func(text string, part float64) // how far it is, from 0 to 1
	silent func(*trouble)                  // nothing has come for too long; nil where something does after all
}

// fetchPack fetches a pack into a Uint8Array and checks its length and checksum. Part of the checksum is in the
// address, so that no cache on the way answers with the pack of another version.
func fetchPack(ctx context.Context, n Network, fresh bool, l listener) (js.Value, *trouble) {
	none := js.Undefined()
	watch := watchQuiet(func(seconds int) {
		if ctx.Err() == nil {
			l.silent(stalled("weights/"+n.File, "The network does not come through.", seconds))
		}
	}, func() {
		if ctx.Err() == nil {
			l.silent(nil)
		}
	})
	defer watch.end()
	response, err := get(ctx, "weights/"+n.File+"?sum="+n.SHA256[:16], fresh)
	if err != nil {
		return none, notReached(n, plainly(err))
	}
	watch.heard()
	defer context.AfterFunc(ctx, func() { response.Body.Close() })() // so that a read that stalls ends
	// Closing tells the browser to stop sending. A connection that broke needs no telling, and would complain of it.
	broke := false
	defer func() {
		if !broke {
			response.Body.Close()
		}
	}()
	switch {
	case response.StatusCode != http.StatusOK && single():
		return none, notInFile(n)
	case response.StatusCode != http.StatusOK:
		return none, notThere(n, response.StatusCode)
	}
	pack := js.Global().Get("Uint8Array").New(n.Bytes)
	chunk := make([]byte, 256<<10)
	var got int64
	var shown time.Time
	for {
		k, err := response.Body.Read(chunk)
		if ctx.Err() != nil {
			return none, nil
		}
		watch.heard()
		if got+int64(k) > n.Bytes {
			return none, wrongSum(n, single())
		}
		if k > 0 {
			js.CopyBytesToJS(pack.Call("subarray", got), chunk[:k])
			got += int64(k)
		}
		if now := time.Now(); now.Sub(shown) > 100*time.Millisecond {
			shown = now
			l.tell(fmt.Sprintf("Fetching %s: %s of %s MB", n.called(), words.Megabytes(got), words.Megabytes(n.Bytes)), float64(got)/float64(n.Bytes))
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			broke = true
			if got > 0 {
				return none, cutShort(n, got)
			}
			return none, notReached(n, plainly(err))
		}
	}
	switch {
	case got < n.Bytes:
		return none, cutShort(n, got)
	case digest.SHA256(pack) != n.SHA256:
		return none, wrongSum(n, single())
	}
	return pack, nil
}

// get asks for a file of the page; fresh goes past every stored copy.
func get(ctx context.Context, path string, fresh bool) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	if fresh {
		request.Header.Set("Cache-Control", "no-cache")
	}
	return httputil.DefaultClient.Do(request)
}

// plainly drops the words of the HTTP library before the browser's own.
func plainly(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "net/http: fetch() failed: "))
}

// single tells whether the whole page is one file.
func single() bool {
	return js.Global().Get("document").Get("documentElement").Call("hasAttribute", "data-single").Bool()
}

// keep stores a checked pack for use without a connection and drops those that the list no longer has.
func keep(networks []Network, n Network, pack js.Value) {
	if single() {
		return
	}
	caches, err := promise.Property(js.Global(), "caches")
	if err != nil || !caches.Truthy() {
		return
	}
	cache, err := promise.AwaitCall(caches, "open", packCache)
	if err != nil {
		return
	}
	wanted := make(map[string]bool)
	for _, n := range networks {
		wanted["/weights/"+n.File+"?sum="+n.SHA256[:16]] = true
	}
	if keys, err := promise.AwaitCall(cache, "keys"); err == nil {
		for _, key := range list(keys) {
			address := key.Get("url").String()
			if at := strings.LastIndex(address, "/weights/"); at < 0 || !wanted[address[at:]] {
				cache.Call("delete", key)
			}
		}
	}
	response := js.Global().Get("Response").New(pack, map[string]any{"headers": map[string]any{
		"Content-Type": "application/octet-stream", "Content-Length": strconv.FormatInt(n.Bytes, 10),
	}})
	// A full disk is no reason to complain: the page works on.
	_, _ = promise.AwaitCall(cache, "put", "weights/"+n.File+"?sum="+n.SHA256[:16], response)
}

// listNetworks fills the choice of networks and the licences in the About dialogue.
func (a *app) listNetworks() {
	v := a.view
	v.model.SetTextContent("")
	v.works.SetTextContent("")
	document := js.Global().Get("document")
	make := func(kind, text string) js.Value {
		e := document.Call("createElement", kind)
		e.Set("textContent", text)
		return e
	}
	for i, n := range a.networks {
		option := make("option", n.called()+", "+words.Megabytes(n.Bytes)+" MB")
		option.Set("value", n.Name)
		option.Set("selected", i == a.chosen)
		v.model.Call("append", option)
		item := document.Call("createElement", "li")
		item.Call("append", make("strong", n.called()), n.Licence+". Source: ")
		if strings.HasPrefix(n.Source, "https://") {
			link := make("a", n.Source)
			link.Set("href", n.Source)
			link.Set("rel", "noreferrer")
			link.Set("target", "_blank")
			item.Call("append", link)
		} else {
			item.Call("append", n.Source)
		}
		v.works.Call("append", item)
	}
	v.model.SetDisabled(false)
	a.listed = true
}

func (a *app) listSizes() {
	v, n := a.view, a.networks[a.chosen]
	own := n.Preprocess.Size
	v.size.SetTextContent("")
	for _, s := range n.offered(a.inUse()) {
		option := js.Global().Get("document").Call("createElement", "option")
		text := strconv.Itoa(s) + " px"
		if s == own {
			text = strconv.Itoa(s) + ", standard"
		}
		option.Set("textContent", text)
		option.Set("value", strconv.Itoa(s))
		option.Set("selected", s == a.inUse())
		v.size.Call("append", option)
	}
	v.size.SetDisabled(false)
	v.model.SetSelectedIndex(a.chosen)
}

// describeEngine says what runs and what does not.
func (a *app) describeEngine() {
	if a.pool == nil || !a.ready {
		return
	}
	// The page does not start without vector instructions, so they are on.
	line := "SIMD on · " + words.Plural(len(a.pool.workers), "worker", "workers")
	switch n := len(a.pool.workers); {
	case a.pool.threads > 1:
		line += ", " + strconv.Itoa(a.pool.threads) + " threads for a single photo"
	case n > 1 && a.pool.lacks != "":
		line += ", one thread a photo (" + a.pool.lacks + ")"
	default:
		line += ", one thread a photo"
	}
	if single() {
		line += " · all in one file, works without a connection"
	} else if why := attribute("data-offline"); why != "" {
		line += " · offline use off (" + why + ")"
	} else if js.Global().Get("isSecureContext").Truthy() {
		line += " · works offline after this visit"
	} else {
		line += " · offline use off (needs https)"
	}
	a.view.text(a.view.engine, line)
}
