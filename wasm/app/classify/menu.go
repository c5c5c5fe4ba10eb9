package classify

import (
	"homeroom/wasm/app/answers"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/markup"
	wording "homeroom/wasm/text"
)

// The forms in which answers are saved.
const (
	CSV  = "csv"
	JSON = "json"
)

// menu is the list of ways to save.
type menu struct {
	photos *photos
	open   bool
}

type (
	// ToggleMenu opens and closes the list of ways to save.
	ToggleMenu struct{}
	// CloseMenu closes it; with Back the keyboard goes back to its button.
	CloseMenu struct{ Back bool }
	// Save offers the answers as a file.
	Save struct{ Form string }
)

func (ToggleMenu) update(m *menu, _ *outside.Turn) { m.open = !m.open }

func (e CloseMenu) update(m *menu, t *outside.Turn) {
	if m.open = false; e.Back {
		t.Focus("#save")
	}
}

func (e Save) update(m *menu, t *outside.Turn) {
	m.open = false
	t.Focus("#save")
	offer(t, m.photos.queue.Photos(), e.Form)
}

// offer gives the person the answers to photos as a file.
func offer(t *outside.Turn, photos []*queue.Photo, form string) {
	var data []byte
	var err error
	kind := "application/json"
	if form == CSV {
		kind = "text/csv;charset=utf-8"
		data, err = answers.CSV(photos)
	} else {
		data, err = answers.JSON(photos)
	}
	if err != nil {
		t.Say(say("The results could not be saved: {1}", wording.Of(err)))
		return
	}
	name := "homeroom " + t.Now.Format("2006-01-02 15.04") + "." + form
	t.Ask(outside.Offer{Name: name, Type: kind, Data: data})
	t.Say(say("Saved {1}.", name))
}

// view is its button and itself.
func (m *menu) view() []markup.Slot {
	inside := markup.On("press", func(markup.Input) any { return nil }) // not beside it
	return []markup.Slot{
		{ID: "save", Attrs: []markup.Attr{markup.Is("aria-expanded", m.open)}, On: []markup.Handler{markup.Click(ToggleMenu{}), inside}},
		{ID: "save-menu", On: []markup.Handler{inside}, Attrs: []markup.Attr{flag("hidden", !m.open || m.photos.queue.Counts().Total == 0)}},
		{ID: "save-csv", On: []markup.Handler{markup.Click(Save{CSV})}},
		{ID: "save-json", On: []markup.Handler{markup.Click(Save{JSON})}},
	}
}
