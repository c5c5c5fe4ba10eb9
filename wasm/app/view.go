package app

import (
	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach"
	"homeroom/wasm/markup"
)

type (
	// About opens and closes the dialogue about the page.
	About struct{ Open bool }

	// files were dropped or pasted where no element takes them.
	files struct {
		files  []outside.File
		pasted bool
	}
	// key was pressed, and no element took it.
	key struct {
		key     string
		writing bool
	}
	// clicked is a click on nothing.
	clicked struct{}
)

// titles are those of the document, by view.
var titles = map[string]string{Classify: "Homeroom: name your photos", Teach: "Homeroom: teach your own classes"}

// Root is the attributes of the whole document, which say how the page stands.
func (s *State) Root() []markup.Attr {
	state, trouble := "ready", ""
	switch {
	case s.showing == Teach:
		state = s.teach.Standing()
	case !s.classify.Ready():
		state, trouble = "loading", s.classify.Trouble()
	case s.classify.Busy():
		state = "busy"
	}
	return []markup.Attr{{Name: "data-state", Value: state}, {Name: "data-error", Value: trouble, Off: trouble == ""}}
}

// View describes the page.
func (s *State) View() markup.Page {
	teaching := s.showing == Teach
	status := s.classify.Status()
	if teaching {
		status = s.teach.Status()
	}
	page := markup.Page{Title: titles[s.showing], Slots: []markup.Slot{
		{ID: "main#classify", Attrs: []markup.Attr{markup.Flag("hidden", teaching)}},
		{ID: "main#teach", Attrs: []markup.Attr{markup.Flag("hidden", !teaching)}},
		{ID: `nav a[href="#classify"]`, Attrs: []markup.Attr{{Name: "aria-current", Value: "page", Off: teaching}}},
		{ID: `nav a[href="#teach"]`, Attrs: []markup.Attr{{Name: "aria-current", Value: "page", Off: !teaching}}},
		{ID: ".skip", Attrs: []markup.Attr{markup.A("href", "#"+s.showing)}},
		{ID: "status-text", Kids: text(status)},
		{ID: "said", Kids: text(s.said)},
		{ID: "early", Attrs: []markup.Attr{markup.Flag("hidden", s.teach.Note() == "")}, Kids: text(s.teach.Note())},
		{ID: "veil", Attrs: []markup.Attr{markup.Flag("hidden", !s.dragging || teaching)}}, // Teach marks the place instead
		{ID: "about-open", On: []markup.Handler{markup.Click(About{true})}},
		{ID: "about-close", On: []markup.Handler{markup.Click(About{})}},
		{ID: "about", Modal: &s.about, On: []markup.Handler{markup.Send("cancel", About{})}},
	}, On: []markup.Handler{
		markup.On("files", func(in markup.Input) any { return files{in.Files, false} }),
		markup.On("paste", func(in markup.Input) any { return files{in.Files, true} }),
		markup.On("keydown", s.pressed),
		markup.Click(clicked{}),
	}}
	page.Slots = append(page.Slots, s.classify.View(s.device)...)
	if teaching {
		page.Slots = append(page.Slots, markup.Slot{ID: "teach-view", Kids: s.teach.View()})
	}
	return page
}

func text(says string) []*markup.Node { return []*markup.Node{{Text: says}} }

// pressed makes an event of the keys that the page knows.
func (s *State) pressed(in markup.Input) any {
	switch in.Key {
	case "Escape":
		if s.classify.MenuOpen() {
			return key{in.Key, in.Writing}
		}
	case "Control+z", "Control+y", "Control+Shift+z":
		if s.showing == Teach && !in.Writing || s.showing == Classify && in.Key == "Control+z" && s.classify.Undoes() {
			return key{in.Key, in.Writing}
		}
	}
	return nil
}

func (s *State) key(t *outside.Turn, e key) bool {
	switch {
	case e.key == "Escape":
		return s.classify.Update(t, classify.CloseMenu{Back: true})
	case s.showing == Classify:
		return s.classify.Update(t, classify.Undo{})
	case e.key == "Control+z":
		return s.teach.Update(t, teach.Undo{})
	}
	return s.teach.Update(t, teach.Redo{})
}

// files gives files that no element took to the view that is shown.
func (s *State) files(t *outside.Turn, e files) bool {
	switch {
	case s.showing == Classify:
		return s.classify.Update(t, classify.Add{Files: e.files})
	case e.pasted:
		return s.teach.Update(t, teach.Paste{Files: e.files})
	}
	return s.teach.Update(t, teach.Drop{Files: e.files})
}
