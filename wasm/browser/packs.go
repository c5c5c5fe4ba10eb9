//go:build js && wasm

package browser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"github.com/syumai/tinyutil/httputil"

	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/digest"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

const (
	packCache     = "homeroom-weights" // the service worker answers from it
	mostCatalogue = 8 << 20            // bytes
)

// get asks for a file of the page, from a byte on; fresh goes past every stored copy.
func get(ctx context.Context, path string, fresh bool, from int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	if fresh {
		request.Header.Set("Cache-Control", "no-cache")
	}
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	response, err := httputil.DefaultClient.Do(request)
	if err != nil { // the browser's own words, without those of the library before them
		return nil, errors.New(strings.TrimPrefix(err.Error(), "net/http: fetch() failed: "))
	}
	return response, nil
}

// fetching asks at once, and has what comes read on the side, until it is dropped.
func (p *page) fetching(ticket int, read func(ctx context.Context) any) {
	ctx, stop := context.WithCancel(context.Background())
	p.fetches[ticket] = stop
	go func() {
		defer stop()
		got := read(ctx)
		if p.fetches[ticket] == nil { // it is not wanted any more
			return
		}
		delete(p.fetches, ticket)
		p.send(got)
	}()
}

func (p *page) dropFetch(e outside.DropFetch) {
	if stop := p.fetches[e.Ticket]; stop != nil {
		delete(p.fetches, e.Ticket)
		delete(p.coming, e.Ticket)
		stop()
	}
}

func (p *page) getCatalogue(e outside.GetCatalogue) {
	p.fetching(e.Ticket, func(ctx context.Context) any {
		got := outside.GotCatalogue{Ticket: e.Ticket}
		response, err := get(ctx, catalogue.Path, e.Fresh, 0)
		if err != nil {
			got.Error = text.Of(err)
			return got
		}
		if got.Status = response.StatusCode; got.Status != http.StatusOK {
			response.Body.Close()
			return got
		}
		err = p.pieces(ctx, e.Ticket, 0, response.Body, func(piece []byte) bool {
			got.Data = append(got.Data, piece...)
			return len(got.Data) <= mostCatalogue
		})
		if err != nil {
			got.Error = text.Of(err)
		}
		return got
	})
}

// coming is a pack that is fetched, or was fetched last: a Uint8Array, of which so many bytes are
// there, and which worker is sent them, if any is.
type coming struct {
	array js.Value
	got   int64
	to    int
}

// pour sends on what a worker has not had.
func (p *page) pour(c *coming) {
	w := p.workers[c.to]
	if w != nil && !w.poured.Equal(c.array) {
		w.poured, w.had = c.array, 0
	}
	if w != nil && c.got > w.had {
		p.post(outside.Post{Worker: c.to, Message: protocol.Poured{At: int(w.had), Data: protocol.Of(c.array.Call("slice", w.had, c.got))}})
		w.had = c.got
	}
}

func (p *page) getPack(e outside.GetPack) {
	maps.DeleteFunc(p.coming, func(ticket int, _ *coming) bool { return p.fetches[ticket] == nil })
	c := &coming{array: protocol.Value(e.Part), got: e.From}
	p.coming[e.Ticket] = c
	p.fetching(e.Ticket, func(ctx context.Context) any {
		got := p.readPack(ctx, e, c)
		got.Ticket = e.Ticket
		return got
	})
}

// pieces reads what is fetched, for as long as take wants more. It tells ten times a second at most
// how much is here, got of it before.
func (p *page) pieces(ctx context.Context, ticket int, got int64, body io.ReadCloser, take func(piece []byte) bool) error {
	defer context.AfterFunc(ctx, func() { body.Close() })() // so that a read that stalls ends
	var told time.Time
	tell := func() {
		if now := time.Now(); now.Sub(told) > 100*time.Millisecond && ctx.Err() == nil {
			told = now
			p.send(outside.Comes{Ticket: ticket, Bytes: got})
		}
	}
	tell()
	piece := make([]byte, 256<<10)
	for {
		n, err := body.Read(piece)
		if n > 0 && !take(piece[:n]) {
			body.Close() // has the browser stop sending
			return nil
		}
		got += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil: // a connection that broke needs no closing, and would complain of it
			return err
		}
		tell()
	}
}

// readPack fetches a pack into a Uint8Array, or goes on with one. A host that sends no parts sends
// all of it, from the beginning.
func (p *page) readPack(ctx context.Context, e outside.GetPack, c *coming) outside.GotPack {
	response, err := get(ctx, e.Path, e.Fresh, e.From)
	if err != nil {
		return outside.GotPack{Error: text.Of(err), Part: e.Part, Bytes: e.From}
	}
	part, from, goesOn := e.GoesOn(response.StatusCode, response.Header.Get("Content-Range"))
	if !goesOn {
		response.Body.Close()
		return outside.GotPack{Status: response.StatusCode}
	}
	if part == nil {
		part = protocol.Of(js.Global().Get("Uint8Array").New(e.Bytes))
	}
	got := from
	c.array, c.got = protocol.Value(part), got
	err = p.pieces(ctx, e.Ticket, from, response.Body, func(piece []byte) bool {
		at := got
		if got += int64(len(piece)); got <= e.Bytes {
			js.CopyBytesToJS(c.array.Call("subarray", at), piece)
			c.got = got
			p.pour(c)
		}
		return got <= e.Bytes
	})
	fault := ""
	if err != nil {
		fault = text.Of(err)
	}
	answer := e.Came(part, got, fault, func() string { return digest.SHA256(protocol.Value(part)) })
	runtime.GC() // the browser frees the pieces that came only once this program has let go of them
	return answer
}

// keepPack stores a checked pack for use without a connection and drops those that are not wanted.
// A full disk is no reason to complain: the page works on.
func keepPack(e outside.KeepPack) {
	caches, err := promise.Property(js.Global(), "caches")
	if err != nil || !caches.Truthy() {
		return
	}
	cache, err := promise.AwaitCall(caches, "open", packCache)
	if err != nil {
		return
	}
	if keys, err := promise.AwaitCall(cache, "keys"); err == nil {
		for _, key := range list(keys) {
			if e.Drops(key.Get("url").String()) {
				cache.Call("delete", key)
			}
		}
	}
	response := js.Global().Get("Response").New(e.Pack.Value, map[string]any{"headers": map[string]any{
		"Content-Type": "application/octet-stream", "Content-Length": strconv.FormatInt(e.Bytes, 10),
	}})
	_, _ = promise.AwaitCall(cache, "put", e.Path, response)
}
