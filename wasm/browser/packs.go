//go:build js && wasm

package browser

import (
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/digest"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
)

const (
	packCache     = "homeroom-weights" // the service worker answers from it
	mostCatalogue = 8 << 20            // bytes
)

// fetch asks for a file of the page; fresh goes past every stored copy.
func fetch(path string, fresh bool, signal js.Value) (js.Value, error) {
	options := map[string]any{}
	if fresh {
		options["headers"] = map[string]any{"Cache-Control": "no-cache"}
	}
	if signal.Truthy() {
		options["signal"] = signal
	}
	return promise.Await(js.Global().Call("fetch", path, options))
}

// fetching asks at once, and has what comes read on the side, until it is dropped.
func (p *page) fetching(ticket int, read func(signal js.Value) any) {
	control := js.Global().Get("AbortController").New()
	p.fetches[ticket] = control
	go func() {
		got := read(control.Get("signal"))
		if p.fetches[ticket].IsUndefined() { // it is not wanted any more
			return
		}
		delete(p.fetches, ticket)
		p.send(got)
	}()
}

func (p *page) dropFetch(e outside.DropFetch) {
	if control, ok := p.fetches[e.Ticket]; ok {
		delete(p.fetches, e.Ticket)
		control.Call("abort")
	}
}

func (p *page) getCatalogue(e outside.GetCatalogue) {
	p.fetching(e.Ticket, func(signal js.Value) any {
		got := outside.GotCatalogue{Ticket: e.Ticket}
		response, err := fetch(catalogue.Path, e.Fresh, signal)
		if err != nil {
			got.Error = err.Error()
			return got
		}
		if got.Status = response.Get("status").Int(); got.Status != 200 {
			return got
		}
		err = p.pieces(e.Ticket, response, signal, func(piece js.Value) bool {
			some := make([]byte, piece.Length())
			js.CopyBytesToGo(some, piece)
			got.Data = append(got.Data, some...)
			return len(got.Data) <= mostCatalogue
		})
		if err != nil {
			got.Error = err.Error()
		}
		return got
	})
}

func (p *page) getPack(e outside.GetPack) {
	p.fetching(e.Ticket, func(signal js.Value) any {
		got := p.readPack(e, signal)
		got.Ticket = e.Ticket
		return got
	})
}

// pieces reads what is fetched, for as long as take wants more. It tells ten times a second at most how much is here.
func (p *page) pieces(ticket int, response, signal js.Value, take func(piece js.Value) bool) error {
	var got int64
	var told time.Time
	tell := func() {
		if now := time.Now(); now.Sub(told) > 100*time.Millisecond && !signal.Get("aborted").Bool() {
			told = now
			p.send(outside.Comes{Ticket: ticket, Bytes: got})
		}
	}
	tell()
	reader := response.Get("body").Call("getReader")
	for {
		piece, err := promise.Await(reader.Call("read"))
		if err != nil {
			return err
		}
		if piece.Get("done").Bool() {
			return nil
		}
		value := piece.Get("value")
		if !take(value) {
			reader.Call("cancel")
			return nil
		}
		got += int64(value.Length())
		tell()
	}
}

// readPack fetches a pack into a Uint8Array.
func (p *page) readPack(e outside.GetPack, signal js.Value) outside.GotPack {
	response, err := fetch(e.Path, e.Fresh, signal)
	if err != nil {
		return outside.GotPack{Error: err.Error()}
	}
	if status := response.Get("status").Int(); status != 200 {
		return outside.GotPack{Status: status}
	}
	pack := js.Global().Get("Uint8Array").New(e.Bytes)
	var got int64
	err = p.pieces(e.Ticket, response, signal, func(piece js.Value) bool {
		at := got
		if got += int64(piece.Length()); got <= e.Bytes {
			pack.Call("set", piece, at)
		}
		return got <= e.Bytes
	})
	switch {
	case err != nil:
		return outside.GotPack{Error: err.Error(), Bytes: got}
	case got > e.Bytes, got == e.Bytes && digest.SHA256(pack) != e.SHA256:
		return outside.GotPack{Wrong: true, Bytes: got}
	}
	if got < e.Bytes {
		return outside.GotPack{Bytes: got}
	}
	return outside.GotPack{Pack: protocol.Of(pack), Bytes: got}
}

// keepPack stores a checked pack for use without a connection and drops those that are not wanted. A full disk is no reason to
// complain: the page works on.
func keepPack(e outside.KeepPack) {
	caches, err := promise.Property(js.Global(), "caches")
	if err != nil || !caches.Truthy() {
		return
	}
	cache, err := promise.AwaitCall(caches, "open", packCache)
	if err != nil {
		return
	}
	wanted := make(map[string]bool)
	for _, path := range e.Wanted {
		wanted["/"+path] = true
	}
	if keys, err := promise.AwaitCall(cache, "keys"); err == nil {
		for _, key := range list(keys) {
			address := key.Get("url").String()
			if at := strings.LastIndex(address, "/weights/"); at < 0 || !wanted[address[at:]] {
				cache.Call("delete", key)
			}
		}
	}
	response := js.Global().Get("Response").New(e.Pack.Value, map[string]any{"headers": map[string]any{
		"Content-Type": "application/octet-stream", "Content-Length": strconv.FormatInt(e.Bytes, 10),
	}})
	_, _ = promise.AwaitCall(cache, "put", e.Path, response)
}
