package base

import (
	"cmp"
	"slices"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
)

// thumbs holds the thumbnails that are shown, and asks the store for those that are wanted.
type thumbs struct {
	At     map[int]outside.Object // Blobs, by photo
	Order  []int                  // in the order in which they came
	wanted map[int]bool
	absent map[int]bool // that the store does not have
	ticket int          // of what is asked for; 0 for nothing
}

// mostThumbs is how many thumbnails are held at hand; more than one screen shows.
const mostThumbs = 1500

// Of returns a thumbnail, nil where it is still to be fetched.
func (h *thumbs) Of(id int) outside.Object {
	if picture, ok := h.At[id]; ok {
		return picture
	}
	if !h.absent[id] {
		if h.wanted == nil {
			h.wanted = map[int]bool{}
		}
		h.wanted[id] = true
	}
	return nil
}

// Put takes a thumbnail.
func (h *thumbs) Put(id int, picture outside.Object) {
	if h.At == nil {
		h.At, h.absent = map[int]outside.Object{}, map[int]bool{}
	}
	if _, ok := h.At[id]; !ok {
		h.Order = append(h.Order, id)
	}
	h.At[id] = picture
	delete(h.wanted, id)
	delete(h.absent, id)
	if len(h.Order) > mostThumbs {
		for _, old := range h.Order[:mostThumbs/3] {
			delete(h.At, old)
		}
		h.Order = append([]int(nil), h.Order[mostThumbs/3:]...)
	}
}

// Fetch asks the store for what is wanted of a project.
func (h *thumbs) Fetch(t *outside.Turn, p *project.Project) {
	if h.ticket != 0 || len(h.wanted) == 0 {
		return
	}
	var ids []int
	for id := range h.wanted {
		if ph := p.Photo(id); ph != nil && ph.Spaces != nil {
			ids = append(ids, id)
		}
	}
	h.wanted = nil
	if len(ids) == 0 {
		return
	}
	slices.SortStableFunc(ids, cmp.Compare)
	keys := make([][]any, len(ids))
	if h.absent == nil {
		h.absent = map[int]bool{}
	}
	for i, id := range ids {
		keys[i] = []any{p.ID, id}
		h.absent[id] = true // until it comes
	}
	h.ticket = t.Ticket()
	t.Ask(outside.Get{Ticket: h.ticket, Kind: ThumbRecords, Keys: keys})
}

// Receive takes what the store says, and tells whether it was of thumbnails.
func (h *thumbs) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Piece:
		if e.Ticket != h.ticket {
			return false
		}
		for _, r := range e.Records {
			if picture, is := r.Value.(outside.Object); is {
				h.Put(r.Key[1].(int), picture)
			}
		}
		t.Soon()
		return true
	case outside.Ended:
		if e.Ticket != h.ticket || h.ticket == 0 {
			return false
		}
		h.ticket = 0
		return true
	}
	return false
}
