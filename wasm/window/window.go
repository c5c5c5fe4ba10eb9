//go:build js && wasm

package window

import (
	"math"
	"slices"
	"syscall/js"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/promise"
)

// Step brings the keyboard to the nearest item in the row above or below.
func Step(from js.Value, up bool) {
	place := func(e js.Value) (x, y float64) {
		box := e.Call("getBoundingClientRect")
		return box.Get("left").Float(), box.Get("top").Float()
	}
	left, top := place(from)
	next := map[bool]string{true: "previousElementSibling", false: "nextElementSibling"}[up]
	best := js.Null()
	var row, away float64
	for e := from.Get(next); e.Truthy(); e = e.Get(next) {
		x, y := place(e)
		if math.Abs(y-top) < 2 {
			continue
		}
		if best.Truthy() && (math.Abs(y-row) > 2 || math.Abs(x-left) >= away) {
			break // the next row, or farther away in this one
		}
		best, row, away = e, y, math.Abs(x-left)
	}
	if best.Truthy() {
		if button := best.Call("querySelector", "button"); button.Truthy() {
			button.Call("focus")
		}
	}
}

// Offer gives the person a file to save.
func Offer(e outside.Offer) {
	if e.Object != nil {
		save(e.Name, e.Object.Value)
		return
	}
	parts := append([]outside.Part{{Data: e.Data}}, e.Parts...)
	if len(parts) <= partsAtOnce {
		save(e.Name, blobOf(parts, e.Type))
		return
	}
	go func() {
		var pieces []any
		for some := range slices.Chunk(parts, partsAtOnce) {
			piece := blobOf(some, "")
			pieces = append(pieces, piece)
			// Once it can be read it is made. What can't be read fails as it is saved.
			_, _ = promise.Await(piece.Call("slice", 0, 1).Call("arrayBuffer"))
		}
		save(e.Name, js.Global().Get("Blob").New(pieces, map[string]any{"type": e.Type}))
	}()
}

// partsAtOnce is of how many parts a Blob is made in one step. While Chromium makes one it holds
// some 7 kB for each, which for a zip of ten thousand photos would be 150 MB.
const partsAtOnce = 200

// blobOf makes a Blob of parts.
func blobOf(parts []outside.Part, kind string) js.Value {
	pieces := make([]any, len(parts))
	for i, part := range parts {
		if part.Object != nil {
			pieces[i] = part.Object.Value
			continue
		}
		array := js.Global().Get("Uint8Array").New(len(part.Data))
		js.CopyBytesToJS(array, part.Data)
		pieces[i] = array
	}
	return js.Global().Get("Blob").New(pieces, map[string]any{"type": kind})
}

// save has the browser save a Blob under a name.
func save(name string, blob js.Value) {
	address := js.Global().Get("URL").Call("createObjectURL", blob)
	link := js.Global().Get("document").Call("createElement", "a")
	link.Set("href", address)
	link.Set("download", name)
	link.Call("click")
	// The browser takes its own hold of the blob soon after the click.
	time.AfterFunc(time.Minute, func() { js.Global().Get("URL").Call("revokeObjectURL", address) })
}

// SetAddress writes parameters into the address.
func SetAddress(e outside.SetAddress) {
	address := js.Global().Get("URL").New(js.Global().Get("location").Get("href"))
	parameters := address.Get("searchParams")
	for _, p := range e.Parameters {
		if p[1] == "" {
			parameters.Call("delete", p[0])
		} else {
			parameters.Call("set", p[0], p[1])
		}
	}
	// A frame without an address has none to write to.
	_, _ = promise.Try(func() js.Value {
		return js.Global().Get("history").Call("replaceState", js.Null(), "", address.Get("href"))
	})
}

// SetPlace writes what is shown into the address.
func SetPlace(e outside.SetPlace) {
	how := map[bool]string{true: "pushState", false: "replaceState"}[e.New]
	// A frame without an address has none to write to.
	_, _ = promise.Try(func() js.Value { return js.Global().Get("history").Call(how, js.Null(), "", e.Place) })
}
