package app

import (
	"homeroom/wasm/app/classify"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

// titles are those of the document, by view.
var titles = map[string]string{Classify: text.Say("Homeroom: name your photos"), Teach: text.Say("Homeroom: teach your own classes"), Inside: text.Say("Homeroom: how networks grew")}

// Root is the attributes of the whole document, which say how the page stands.
func (s *State) Root() []markup.Attr {
	state, trouble := "ready", ""
	switch {
	case s.showing == Teach:
		state = s.teach.Standing()
	case s.showing == Inside:
		if s.inside.Busy() {
			state = "busy"
		}
	case !s.classify.Ready():
		state, trouble = "loading", s.classify.Trouble()
	case s.classify.Busy():
		state = "busy"
	}
	return []markup.Attr{{Name: "data-state", Value: state}, {Name: "data-error", Value: trouble, Off: trouble == ""}}
}

// View describes the page.
func (s *State) View() markup.Page {
	teaching, inside := s.showing == Teach, s.showing == Inside
	status := s.classify.Status()
	if teaching {
		status = s.teach.Status()
	}
	if inside {
		status = s.inside.Status()
	}
	title := titles[s.showing]
	if named := s.teach.Title(); teaching && named != "" {
		title = text.Say("{1}: Homeroom", named)
	}
	page := markup.Page{Title: title, Language: s.speech.language, Slots: []markup.Slot{
		s.speech.view(),
		{ID: "main#classify", Attrs: []markup.Attr{markup.Flag("hidden", teaching || inside)}},
		{ID: "main#teach", Attrs: []markup.Attr{markup.Flag("hidden", !teaching)}},
		{ID: "main#inside", Attrs: []markup.Attr{markup.Flag("hidden", !inside)}},
		{ID: `nav a[href="#classify"]`, Attrs: []markup.Attr{{Name: "aria-current", Value: "page", Off: teaching || inside}}},
		{ID: `nav a[href="#inside"]`, Attrs: []markup.Attr{{Name: "aria-current", Value: "page", Off: !inside}}},
		{ID: `nav a[href="#teach"]`, Attrs: []markup.Attr{{Name: "aria-current", Value: "page", Off: !teaching}}},
		{ID: ".skip", Attrs: []markup.Attr{markup.A("href", "#"+s.showing)}},
		{ID: "status-text", Kids: says(status)},
		{ID: "said", Kids: says(s.said)},
		{ID: "early", Attrs: []markup.Attr{markup.Flag("hidden", s.teach.Note() == "")}, Kids: says(s.teach.Note())},
		{ID: "veil", Attrs: []markup.Attr{markup.Flag("hidden", !s.dragging || teaching)}}, // Teach marks the place instead
		{ID: "about-open", On: []markup.Handler{markup.Click(About{true})}},
		{ID: "about-close", On: []markup.Handler{markup.Click(About{})}},
		{ID: "about", Modal: &s.about, On: []markup.Handler{markup.Send("cancel", About{})}},
	}, On: []markup.Handler{
		markup.On("files", func(in markup.Input) any { return files{in.Files, false} }),
		markup.On("paste", func(in markup.Input) any { return files{in.Files, true} }),
		markup.On("keydown", s.pressed),
		markup.Click(clicked{}),
		markup.On("press", func(markup.Input) any {
			if s.classify.MenuOpen() || s.teach.MenuOpen() {
				return beside{}
			}
			return nil
		}),
	}}
	page.Slots = append(page.Slots, s.classify.View(s.device)...)
	page.Slots = append(page.Slots, s.folder.View(s.device, s.told())...)
	if inside {
		page.Slots = append(page.Slots, s.inside.View(s.device)...)
	}
	if teaching {
		page.Slots = append(page.Slots, markup.Slot{ID: "teach-view", Kids: s.teach.View()})
	}
	return page
}

func says(what string) []*markup.Node { return []*markup.Node{{Text: what}} }

// pressed makes an event of the keys that the page knows.
func (s *State) pressed(in markup.Input) any {
	switch in.Key {
	case "Escape":
		if s.classify.MenuOpen() || s.teach.MenuOpen() {
			return key{in.Key, in.Writing}
		}
	case "Control+f":
		if s.showing == Classify && s.classify.Finds() {
			return classify.Find{}
		}
	case "Control+z", "Control+y", "Control+Shift+z":
		if s.showing == Teach && !in.Writing || s.showing == Classify && in.Key == "Control+z" && s.classify.Undoes() {
			return key{in.Key, in.Writing}
		}
	}
	if s.showing == Teach && !in.Field && !in.Held && !s.about {
		return s.teach.Pressed(in.Key)
	}
	return nil
}
