package teach

import (
	"fmt"
	"strconv"
	"strings"

	"homeroom/wasm/sheet"
	"homeroom/wasm/words"
)

// photoDialog shows one photo large: one of a class, or one that was tried.
func (s *Screen) photoDialog() *node {
	if t := s.Try.Photo(s.PickedTried); t != nil {
		return s.triedDialog(t)
	}
	ph := s.Project.Photo(s.Picked)
	if ph == nil || ph.Class == 0 {
		return nil
	}
	class := s.Project.Class(ph.Class)
	var facts []*node
	if text := detail(ph); text != "" {
		facts = append(facts, el("p.quiet", text))
	}
	if h := s.answerOf(ph.ID); h != nil {
		verdict := "Named right"
		if h.Label != class.Name {
			verdict = "Taken for " + h.Label
		}
		facts = append(facts, el("p", el("strong", verdict), fmt.Sprintf(", %s sure, when it had not learnt from this photo.", words.Percent(h.Score))))
		if h.Strange > 1 {
			facts = append(facts, el("p", "It looks unlike the other photos and would be answered “unknown”."))
		}
	}
	if ph.SmallIn(s.Spaces) {
		facts = append(facts, el("p.quiet", "Read from the small picture that is kept, since the photo itself is not at hand. Add it again for a better look."))
	}
	options := []*node{}
	for _, c := range s.Project.Classes {
		options = append(options, el("option", at("value", c.ID), flag("selected", c.ID == ph.Class), c.Name, key(strconv.Itoa(c.ID))))
	}
	id := strconv.Itoa(ph.ID)
	url := s.Full(ph.ID)
	if url == "" {
		url = s.Thumb(ph.ID)
	}
	d := sheet.Sheet{
		Photo: ph.ID, Title: ph.Name, URL: url, Alt: ph.Name, Heat: &s.Heat, Class: class.Name,
		Above: []*node{
			el("div.field", el("label", at("for", "photo-class"), "Class"), el("select", at("id", "photo-class"), do("photo-class", "photo", id), at("value", ph.Class), options)),
			el("div.facts", facts),
		},
		Tools: []*node{el("button.button.small", at("type", "button"), do("remove", "photo", id), "Remove")},
	}
	if v := s.Project.Version(s.Project.Current); v != nil {
		d.Classes = v.Classes
	}
	d.Below = s.inside()
	return d.Node()
}

// inside is the part of the dialogue that looks inside the network.
func (s *Screen) inside() []*node {
	if s.Inside == nil {
		return nil
	}
	return []*node{s.Inside()}
}

// triedDialog shows a photo that was tried.
func (s *Screen) triedDialog(t *Tried) *node {
	d := sheet.Sheet{Photo: -t.ID, Title: t.Name, URL: s.Full(-t.ID), Alt: t.Name, Heat: &s.Heat}
	if d.URL == "" {
		d.URL = t.URL
	}
	switch {
	case t.Problem != "":
		d.Above = []*node{el("p.problem", t.Problem)}
	case t.Answer == nil:
		d.Above = []*node{el("p.quiet", "Looking…")}
	default:
		d.Above = []*node{answerNodes(t.Answer)}
		if v := s.Project.Version(s.Project.Current); v != nil && len(t.Answer.Results) > 0 {
			d.Classes, d.Class = v.Classes, t.Answer.Results[0].Label
		}
		d.Below = s.inside()
	}
	return d.Node()
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
				choice("camera-rate", "Photos each second", "camera-rate", cam.Rate, [2]any{2, "2"}, [2]any{4, "4"}, [2]any{8, "8"}, [2]any{12, "12"}),
				choice("camera-seconds", "For", "camera-seconds", cam.Seconds, [2]any{2, "2 s"}, [2]any{3, "3 s"}, [2]any{5, "5 s"}, [2]any{10, "10 s"}),
				choice("camera-delay", "Wait before", "camera-delay", cam.Delay, [2]any{0, "none"}, [2]any{3, "3 s"}, [2]any{5, "5 s"})),
			el("label.check", el("input", at("type", "checkbox"), flag("checked", s.Project.Settings.Selfie), do("camera-selfie")), el("span", "Mirror, as in a looking glass")),
			el("p.quiet", "Move the thing about, near and far: differing photos teach most."))
	}
	return el("dialog.sheet", at("data-modal", "camera"), at("aria-labelledby", "camera-title"), key("camera-dialog"),
		el("div.sheet-head", el("h2", at("id", "camera-title"), "Camera: "+c.Name),
			sheet.Close("camera-close", "Close the camera")),
		el("div.sheet-body", video, side))
}
