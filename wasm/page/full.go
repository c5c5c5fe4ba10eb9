//go:build js && wasm

package page

import (
	"syscall/js"

	"homeroom/wasm/protocol"
	"homeroom/wasm/sheet"
)

// full is the one photo that is shown as it is, by an address of its file.
type full struct {
	id       int
	address  string
	unshown  map[int]bool // photos that the browser cannot show itself
	fetching int          // from the store
}

// clear lets go of it: other photos will have the same IDs.
func (f *full) clear() {
	revoke(f.address)
	f.id, f.address, f.fetching, f.unshown = 0, "", 0, map[int]bool{}
}

// url returns the address of a photo's file, "" where that is not at hand or cannot be shown.
func (f *full) url(id int, file js.Value) string {
	if !file.Truthy() || f.unshown[id] {
		return ""
	}
	if f.id != id || f.address == "" {
		revoke(f.address)
		f.id, f.address = id, js.Global().Get("URL").Call("createObjectURL", file).String()
	}
	return f.address
}

// listen hears of photos that the browser cannot show, whose thumbnails must do.
func (f *full) listen(root js.Value, draw func()) {
	f.unshown = map[int]bool{}
	root.Call("addEventListener", "error", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if src := args[0].Get("target").Get("src"); f.address != "" && src.Type() == js.TypeString && src.String() == f.address {
			f.unshown[f.id] = true
			draw()
		}
		return nil
	}), true)
}

// takeHeat takes the picture of a heat map from a worker's message.
func takeHeat(h *sheet.Heat, got protocol.Heat) {
	revoke(h.URL)
	h.URL = blobURL(got.Picture.Value, "image/png")
	h.Rollout, h.Whole = got.Rollout, got.Whole
}
