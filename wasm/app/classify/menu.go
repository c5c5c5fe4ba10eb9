package classify

import "homeroom/wasm/app/outside"

// The forms in which answers are saved.
const (
	CSV  = "csv"
	JSON = "json"
)

type (
	// ToggleMenu opens and closes the list of ways to save.
	ToggleMenu struct{}
	// CloseMenu closes it; with Back the keyboard goes back to its button.
	CloseMenu struct{ Back bool }
	// Save offers the answers as a file.
	Save struct{ Form string }
)

func (ToggleMenu) menu(was bool) bool { return !was }

func (ToggleMenu) update(*State, *outside.Turn) {}

func (e CloseMenu) update(s *State, t *outside.Turn) {
	if e.Back {
		t.Focus("#save")
	}
}

// MenuOpen tells whether the list of ways to save is open.
func (s *State) MenuOpen() bool { return s.menu }

func (e Save) update(s *State, t *outside.Turn) {
	t.Focus("#save")
	var data []byte
	var err error
	kind := "application/json"
	if e.Form == CSV {
		kind = "text/csv;charset=utf-8"
		data, err = saveCSV(s.queue.Photos())
	} else {
		data, err = saveJSON(s.queue.Photos())
	}
	if err != nil {
		t.Say("The results could not be saved: " + err.Error())
		return
	}
	name := "homeroom " + t.Now.Format("2006-01-02 15.04") + "." + e.Form
	t.Ask(outside.Offer{Name: name, Type: kind, Data: data})
	t.Say("Saved " + name + ".")
}
