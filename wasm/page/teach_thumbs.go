//go:build js && wasm

package page

import (
	"errors"
	"syscall/js"

	"homeroom/wasm/store"
)

// thumbs holds the addresses of the thumbnails that are shown, and fetches those that are wanted from the store.
type thumbs struct {
	t        *teacher
	urls     map[int]string
	blobs    map[int]js.Value // what they are the addresses of
	order    []int            // in the order in which they came
	wanted   map[int]bool
	absent   map[int]bool // that the store does not have
	fetching bool
}

// mostThumbs is how many thumbnails are held at hand, at about 10 KB each; more than one screen shows.
const mostThumbs = 1500

func (h *thumbs) start(t *teacher) {
	h.t = t
	h.clear()
}

// url returns the address of a thumbnail, "" where it is still to be fetched.
func (h *thumbs) url(id int) string {
	if u, ok := h.urls[id]; ok {
		return u
	}
	if !h.absent[id] {
		h.wanted[id] = true
	}
	return ""
}

// put takes a thumbnail, a JPEG as a Blob.
func (h *thumbs) put(id int, blob js.Value) {
	if old, ok := h.urls[id]; ok {
		revoke(old)
	} else {
		h.order = append(h.order, id)
	}
	h.blobs[id] = blob
	h.urls[id] = js.Global().Get("URL").Call("createObjectURL", blob).String()
	delete(h.wanted, id)
	delete(h.absent, id)
	if len(h.order) > mostThumbs {
		for _, old := range h.order[:mostThumbs/3] {
			revoke(h.urls[old])
			delete(h.urls, old)
			delete(h.blobs, old)
		}
		h.order = append([]int(nil), h.order[mostThumbs/3:]...)
	}
}

// fetch gets from the store what was asked for.
func (h *thumbs) fetch() {
	if h.fetching || len(h.wanted) == 0 || h.t.keeper.store == nil {
		return
	}
	h.fetching = true
	go func() {
		project := h.t.project()
		var keys [][]any
		for id := range h.wanted {
			delete(h.wanted, id)
			if ph := project.Photo(id); ph != nil && ph.Spaces != nil {
				keys = append(keys, []any{project.ID, id})
			}
		}
		got := false
		_ = h.t.keeper.store.Each(store.Thumbs, keys, func(keys [][]any, blobs []js.Value) error {
			if project != h.t.project() {
				return errors.New("another project was opened")
			}
			for i, blob := range blobs {
				if id := keys[i][1].(int); blob.Truthy() {
					h.put(id, blob)
					got = true
				} else {
					h.absent[id] = true
				}
			}
			return nil
		})
		h.fetching = false
		if got {
			h.t.draw()
		}
	}()
}

// clear lets go of all.
func (h *thumbs) clear() {
	for _, u := range h.urls {
		revoke(u)
	}
	h.urls, h.blobs, h.order, h.wanted, h.absent = map[int]string{}, map[int]js.Value{}, nil, map[int]bool{}, map[int]bool{}
}
