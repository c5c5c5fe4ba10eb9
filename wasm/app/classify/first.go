package classify

import (
	"strconv"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/markup"
)

// first is the photos that the page opens on. They stand in it with their names, which were given
// when it was put together, until there are others.
type first struct {
	photos *photos
	dialog *dialog
	ticket int // of their files
	open   int // number of the one that is to be looked at
}

// OpenFirst names those photos anew, here, and looks at one of them closer.
type OpenFirst struct{ Number int }

func (e OpenFirst) update(f *first, t *outside.Turn) {
	f.open = e.Number
	if f.ticket != 0 {
		return
	}
	get := outside.FetchPhotos{Ticket: t.Ticket()}
	for n := range t.Device.First {
		get.Selectors = append(get.Selectors, "#"+firstID(n+1)+" img")
	}
	f.ticket = get.Ticket
	t.Ask(get)
}

func firstID(number int) string { return "first-" + strconv.Itoa(number) }

// receive takes their files, and tells whether it was asked for.
func (f *first) receive(t *outside.Turn, e outside.PhotosFetched) bool {
	if e.Ticket != f.ticket || f.ticket == 0 {
		return false
	}
	f.ticket = 0
	switch {
	case e.Error != "":
		t.Say(say("The photo could not be fetched: {1}", foreign(e.Error)))
	case e.Status != 0:
		t.Say(say("The photo could not be fetched: the server answered {1}", strconv.Itoa(e.Status)))
	case f.photos.keep.recall != 0 || len(f.photos.queue.Photos())+len(f.photos.coming) > 0: // others came meanwhile
	default:
		Add{Files: e.Files}.update(f.photos, t)
		f.photos.takeAll(t)
		if all := f.photos.queue.Photos(); f.open > 0 && f.open <= len(all) {
			f.dialog.show(all[f.open-1].ID)
		}
	}
	t.Soon()
	return true
}

// view is what they do.
func (f *first) view(d outside.Device, c queue.Counts) []markup.Slot {
	if d.First == 0 {
		return nil
	}
	out := []markup.Slot{{ID: "first", Attrs: []markup.Attr{flag("hidden", c.Total > 0 || f.photos.keep.recall != 0)}}}
	for n := range d.First {
		out = append(out, markup.Slot{ID: firstID(n + 1), On: []markup.Handler{markup.Click(OpenFirst{n + 1})}})
	}
	return out
}
