//go:build js && wasm

package browser

import (
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/digest"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
)

const (
	cataloguePath = "weights/catalog.json"
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

func (p *page) getCatalogue(e outside.GetCatalogue) {
	response, err := fetch(cataloguePath, e.Fresh, js.Undefined())
	if err != nil {
		p.send(outside.GotCatalogue{Error: err.Error()})
		return
	}
	if status := response.Get("status").Int(); status != 200 {
		p.send(outside.GotCatalogue{Status: status})
		return
	}
	buffer, err := promise.Await(response.Call("arrayBuffer"))
	if err != nil {
		p.send(outside.GotCatalogue{Error: err.Error()})
		return
	}
	array := js.Global().Get("Uint8Array").New(buffer)
	data := make([]byte, min(array.Length(), mostCatalogue))
	js.CopyBytesToGo(data, array)
	p.send(outside.GotCatalogue{Status: 200, Data: data})
}

// getPack asks at once, and reads what comes on the side.
func (p *page) getPack(e outside.GetPack) {
	control := js.Global().Get("AbortController").New()
	p.packs[e.Ticket] = control
	go func() {
		got := p.readPack(e, control.Get("signal"))
		if p.packs[e.Ticket].IsUndefined() { // it is not wanted any more
			return
		}
		delete(p.packs, e.Ticket)
		got.Ticket = e.Ticket
		p.send(got)
	}()
}

func (p *page) dropPack(e outside.DropPack) {
	if control, ok := p.packs[e.Ticket]; ok {
		delete(p.packs, e.Ticket)
		control.Call("abort")
	}
}

// readPack fetches a pack into a Uint8Array. It tells ten times a second at most how much is here.
func (p *page) readPack(e outside.GetPack, signal js.Value) outside.GotPack {
	response, err := fetch(e.Path, e.Fresh, signal)
	if err != nil {
		return outside.GotPack{Error: err.Error()}
	}
	if status := response.Get("status").Int(); status != 200 {
		return outside.GotPack{Status: status}
	}
	pack := js.Global().Get("Uint8Array").New(e.Bytes)
	reader := response.Get("body").Call("getReader")
	var got int64
	var told time.Time
	for {
		piece, err := promise.Await(reader.Call("read"))
		if err != nil {
			return outside.GotPack{Error: err.Error(), Bytes: got}
		}
		if piece.Get("done").Bool() {
			break
		}
		value := piece.Get("value")
		n := int64(value.Length())
		if got+n > e.Bytes {
			reader.Call("cancel")
			return outside.GotPack{Wrong: true, Bytes: got + n}
		}
		pack.Call("set", value, got)
		got += n
		if now := time.Now(); now.Sub(told) > 100*time.Millisecond && !signal.Get("aborted").Bool() {
			told = now
			p.send(outside.PackComes{Ticket: e.Ticket, Bytes: got})
		}
	}
	if got == e.Bytes && digest.SHA256(pack) != e.SHA256 {
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
	caches := js.Global().Get("caches")
	if caches.IsUndefined() {
		return
	}
	cache, err := promise.Await(caches.Call("open", packCache))
	if err != nil {
		return
	}
	wanted := make(map[string]bool)
	for _, path := range e.Wanted {
		wanted["/"+path] = true
	}
	if keys, err := promise.Await(cache.Call("keys")); err == nil {
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
	_, _ = promise.Await(cache.Call("put", e.Path, response))
}
