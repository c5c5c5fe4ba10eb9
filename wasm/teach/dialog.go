package teach

import (
	"fmt"
	"strconv"
	"strings"

	"homeroom/wasm/words"
)

// Heat is the heat map over the photo whose dialogue is open.
type Heat struct {
	Photo int    // that it is of
	Class string // whose evidence it shows
	URL   string // of the picture of it, "" while it is made
	Why   string // it could not be made
	Small bool   // made from the thumbnail
	On    bool
}

// photoDialog shows one photo: large, with its class, how it was named, and what the head looked at.
func (s *Screen) photoDialog() *node {
	ph := s.Project.Photo(s.Picked)
	if ph == nil || ph.Class == 0 {
		return nil
	}
	class := s.Project.Class(ph.Class)
	picture := el("div.stage")
	if url := s.Thumb(ph.ID); url != "" {
		picture.Kids = append(picture.Kids, el("img", at("src", url), at("alt", ph.Name)))
	}
	if s.Heat.On && s.Heat.Photo == ph.ID && s.Heat.URL != "" {
		picture.Kids = append(picture.Kids, el("img.heat", at("src", s.Heat.URL), at("alt", "Heat map: what speaks for "+s.Heat.Class)))
	}
	var facts []*node
	facts = append(facts, el("p.quiet", detail(ph)))
	if h := s.answerOf(ph.ID); h != nil {
		verdict := "Named right"
		if h.Label != class.Name {
			verdict = "Taken for " + h.Label
		}
		facts = append(facts, el("p", el("strong", verdict), fmt.Sprintf(", %s sure, by a head that had not learnt from it.", words.Percent(h.Score))))
		if h.Strange > 1 {
			facts = append(facts, el("p", "It looks unlike the other photos and would be answered “unknown”."))
		}
	}
	if ph.Small {
		facts = append(facts, el("p.quiet", "Read from its thumbnail, since the photo itself is not at hand. Add it again for the best features."))
	}
	options := []*node{}
	for _, c := range s.Project.Classes {
		options = append(options, el("option", at("value", c.ID), flag("selected", c.ID == ph.Class), c.Name, key(strconv.Itoa(c.ID))))
	}
	id := strconv.Itoa(ph.ID)
	var heat *node
	if v := s.Project.Version(s.Project.Current); v != nil {
		names := []*node{}
		for _, name := range v.Classes {
			names = append(names, el("option", at("value", name), name, key(name)))
		}
		chosen := s.Heat.Class
		if s.Heat.Photo != ph.ID {
			chosen = class.Name
		}
		on := s.Heat.On && s.Heat.Photo == ph.ID
		heat = el("div.heat-tools",
			el("button.button.small", at("type", "button"), do("heat", "photo", id), is("aria-pressed", on), "Heat map"),
			el("label.hidden-text", at("for", "heat-class"), "Heat map for the class"),
			el("select", at("id", "heat-class"), do("heat-class", "photo", id), at("value", chosen), names))
		switch {
		case on && s.Heat.Why != "":
			facts = append(facts, el("p.quiet", s.Heat.Why))
		case on && s.Heat.URL == "":
			facts = append(facts, el("p.quiet", "Looking…"))
		case on:
			text := "Warm places speak for " + s.Heat.Class + ", cool ones against it."
			if s.Heat.Small {
				text += " Made from the thumbnail."
			}
			facts = append(facts, el("p.quiet", text))
		}
	}
	return el("dialog.sheet", at("data-modal", "photo"), at("aria-labelledby", "photo-title"), key("photo-dialog"),
		el("div.sheet-head", el("h2", at("id", "photo-title"), ph.Name),
			el("button.close", at("type", "button"), do("photo-close"), at("aria-label", "Close"), icon("M3.5 3.5l9 9m0-9l-9 9"))),
		el("div.sheet-body", picture,
			el("div.sheet-side",
				el("div.field", el("label", at("for", "photo-class"), "Class"), el("select", at("id", "photo-class"), do("photo-class", "photo", id), at("value", ph.Class), options)),
				el("div.facts", facts), heat,
				el("div.sheet-tools",
					el("button.button.small", at("type", "button"), do("photo-step", "by", -1), "Previous"),
					el("button.button.small", at("type", "button"), do("photo-step", "by", 1), "Next"),
					el("button.button.small", at("type", "button"), do("remove", "photo", id), "Remove")))))
}

func detail(ph *Photo) string {
	var out []string
	if ph.Width > 0 {
		out = append(out, words.Thousands(ph.Width)+" × "+words.Thousands(ph.Height)+" pixels")
	}
	if ph.Spaces == nil {
		out = append(out, "being read")
	}
	return strings.Join(out, ", ")
}

// Camera is the camera that takes photos for a class.
type Camera struct {
	Class     int // it takes photos for; 0 while it is off
	Why       string
	Ready     bool
	Recording bool
	Counting  int // seconds before a timed burst begins
	Taken     int
	Seconds   int // a timed burst lasts
	Delay     int // seconds before it
	Rate      int // photos a second
}

func (s *Screen) cameraDialog() *node {
	c := s.Project.Class(s.Camera.Class)
	if c == nil {
		return nil
	}
	cam := s.Camera
	video := el("div.stage.video", el("video", at("id", "camera"), flag("autoplay", true), flag("muted", true), flag("playsinline", true), at("aria-label", "What the camera sees"), at("data-selfie", s.Project.Settings.Selfie)))
	switch {
	case cam.Counting > 0:
		video.Kids = append(video.Kids, el("p.countdown", strconv.Itoa(cam.Counting)))
	case cam.Recording:
		video.Kids = append(video.Kids, el("p.on-air", "Recording"))
	}
	choice := func(id, label, what string, value int, options ...[2]any) *node {
		var list []*node
		for _, o := range options {
			list = append(list, el("option", at("value", o[0]), flag("selected", o[0] == value), o[1].(string), key(fmt.Sprint(o[0]))))
		}
		return el("div.field", el("label", at("for", id), label), el("select", at("id", id), do(what), at("value", value), list))
	}
	side := el("div.sheet-side")
	if cam.Why != "" {
		side.Kids = append(side.Kids, el("p", cam.Why), el("button.button", at("type", "button"), do("camera-again"), "Try again"))
	} else {
		timed := "Record for " + words.Plural(cam.Seconds, "second", "seconds")
		if cam.Recording || cam.Counting > 0 {
			timed = "Stop"
		}
		side.Kids = append(side.Kids,
			el("button.button.primary.hold", at("type", "button"), at("data-hold", "record"), flag("disabled", !cam.Ready), "Hold to record"),
			el("button.button", at("type", "button"), do("camera-timed"), flag("disabled", !cam.Ready), timed),
			el("p.taken", at("role", "status"), words.Photos(cam.Taken)+" taken"),
			el("div.camera-choices",
				choice("camera-rate", "Photos a second", "camera-rate", cam.Rate, [2]any{2, "2"}, [2]any{4, "4"}, [2]any{8, "8"}, [2]any{12, "12"}),
				choice("camera-seconds", "Seconds", "camera-seconds", cam.Seconds, [2]any{2, "2"}, [2]any{3, "3"}, [2]any{5, "5"}, [2]any{10, "10"}),
				choice("camera-delay", "Wait before", "camera-delay", cam.Delay, [2]any{0, "not at all"}, [2]any{3, "3 seconds"}, [2]any{5, "5 seconds"})),
			el("label.check", el("input", at("type", "checkbox"), flag("checked", s.Project.Settings.Selfie), do("camera-selfie")), el("span", "Mirror, as in a looking glass")),
			el("p.quiet", "Move the thing about, near and far: differing photos teach most."))
	}
	return el("dialog.sheet", at("data-modal", "camera"), at("aria-labelledby", "camera-title"), key("camera-dialog"),
		el("div.sheet-head", el("h2", at("id", "camera-title"), "Camera: "+c.Name),
			el("button.close", at("type", "button"), do("camera-close"), at("aria-label", "Close the camera"), icon("M3.5 3.5l9 9m0-9l-9 9"))),
		el("div.sheet-body", video, side))
}
