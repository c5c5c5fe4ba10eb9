package atlas

import (
	"strconv"
	"strings"

	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
	say  = text.Say
)

// View describes the map.
func (s *State) View(waits bool) []*markup.Node {
	l := &s.laying
	out := []*markup.Node{s.state(waits)}
	if len(l.at) == 0 {
		return out
	}
	return append(out, s.tools(), s.shown(), s.legend(),
		el("p.quiet", at("id", "map-hint"), say("Drag the map to move it; turn the wheel, or spread two fingers, to look closer. With the keyboard, arrows lead from photo to photo, the space bar picks one and Enter opens it; + and − zoom, Shift with arrows moves the map, and L switches the lasso.")))
}

// state says how far laying out is, or why there is no map.
func (s *State) state(waits bool) *markup.Node {
	l := &s.laying
	out := el("div.map-state", markup.Key("state"))
	button := func(id, says string, event any) *markup.Node {
		return el("button.button.small", at("type", "button"), at("id", id), markup.Click(event), says)
	}
	switch line := l.says(); {
	case line != "":
		bar := el("progress", at("id", "map-bar"), at("max", 1), at("value", strconv.FormatFloat(l.share, 'f', 3, 64)))
		out.Kids = []*markup.Node{el("label", at("for", "map-bar"), line), bar, button("map-stop", say("Cancel"), Stop{})}
	case l.why != "":
		out.Kids = []*markup.Node{el("p", at("role", "status"), say("The map could not be made: {1}", text.Foreign(l.why))), button("map-again", say("Retry"), Again{})}
	case l.stopped:
		out.Kids = []*markup.Node{el("p", at("role", "status"), say("The photos are not laid out.")), button("map-again", say("Lay them out"), Again{})}
	case waits:
		out.Kids = []*markup.Node{el("p", at("role", "status"), say("Photos are laid out once they have their names."))}
	case len(l.at) == 0:
		out.Kids = []*markup.Node{el("p", at("role", "status"), say("There are no photos to lay out: none was looked at by the network in use."))}
	default:
		n := 0
		for i := range s.photos {
			if s.spots[i] == nowhere {
				n++
			}
		}
		if n > 0 {
			out.Kids = []*markup.Node{el("p.quiet", say("{1|# photo is|# photos are} not on the map: no network looked at them.", n))}
		}
	}
	return out
}

// tools are the buttons.
func (s *State) tools() *markup.Node {
	button := func(id, says string, event any, more ...markup.Part) *markup.Node {
		return el("button.button.small", append([]markup.Part{at("type", "button"), at("id", id), markup.Click(event), says}, more...)...)
	}
	seen := len(s.inSight())
	return el("div.map-tools", at("role", "group"), at("aria-label", say("Map")), markup.Key("tools"),
		button("map-lasso", say("Lasso"), Lasso{!s.lasso}, markup.Is("aria-pressed", s.lasso)),
		button("map-in", say("Zoom in"), Zoom{true}, flag("disabled", s.plane.zoom >= most)),
		button("map-out", say("Zoom out"), Zoom{false}, flag("disabled", s.plane.zoom <= 1)),
		button("map-whole", say("Whole map"), Whole{}, flag("disabled", s.plane.zoom <= 1)),
		button("map-seen", say("Pick all in sight"), PickSeen{}, flag("disabled", seen == 0)),
		el("p.quiet", at("id", "map-count"), say("{1|# photo|# photos} in sight", seen)))
}

// shown is the map itself: dots, and above them photos that are seen large, the one that the
// keyboard is on, and the line that is being drawn.
func (s *State) shown() *markup.Node {
	canvas := el("canvas", at("aria-hidden", "true"))
	if r := s.raster(); r != nil {
		canvas.Attrs = append(canvas.Attrs, markup.Attr{Name: "raster", Raster: r})
	}
	for i := range colours {
		canvas.Kids = append(canvas.Kids, el("i.tone-"+strconv.Itoa(i)))
	}
	focused := s.focused()
	k := s.plane.scale()
	layer := el("div.map-photos", at("role", "presentation"), length("--x", s.plane.width/2-s.plane.x*k), length("--y", s.plane.height/2-s.plane.y*k), length("--size", s.pictureSize()))
	plane := el("div.map-plane", at("id", "map-plane"), at("role", "listbox"), at("tabindex", "0"), at("aria-multiselectable", "true"), at("aria-label", say("Map of the photos")), at("aria-describedby", "map-hint"),
		flag("data-lasso", s.lasso), flag("data-typing", s.typing), markup.On("keydown", s.keyed),
		markup.On("gesture", func(in markup.Input) any {
			if !s.means(in.Gesture) {
				return nil
			}
			return Gesture{in.Gesture}
		}), markup.Key("plane"), canvas, layer)
	has := false
	if s.plane.width > 0 {
		if seen := s.inSight(); len(seen) <= mostLarge {
			for _, i := range seen {
				layer.Kids = append(layer.Kids, s.option(i, i == focused, true))
				has = has || i == focused
			}
		}
	}
	if focused >= 0 {
		plane.Attrs = append(plane.Attrs, at("aria-activedescendant", optionID(s.photos[focused].ID)))
		if !has {
			layer.Kids = append(layer.Kids, s.option(focused, true, false))
		}
	}
	if i, is := s.index[s.over]; is && s.over != 0 {
		plane.Kids = append(plane.Kids, s.hint(i))
	}
	if len(s.line) > 1 {
		plane.Kids = append(plane.Kids, s.drawing())
	}
	return plane
}

func length(name string, v float64) markup.Attr {
	return markup.Attr{Name: name, Value: strconv.FormatFloat(v, 'f', 1, 64) + "px"}
}

func optionID(photo int) string { return "map-photo-" + strconv.Itoa(photo) }

// option is a photo on the map.
func (s *State) option(i int, focused, large bool) *markup.Node {
	p, k := s.photos[i], s.plane.scale()
	says := text.Name(p.Name)
	if answer := p.says(); answer != "" {
		says = say("{1}: {2}", answer, p.Name)
	}
	out := el("div.map-photo", at("role", "option"), at("id", optionID(p.ID)), markup.Key(strconv.Itoa(p.ID)), at("data-id", p.ID), at("aria-label", says), markup.Is("aria-selected", p.Picked),
		flag("data-at", focused), length("--x", s.spots[i].x*k), length("--y", s.spots[i].y*k), markup.Click(Choose{p.ID}))
	if large && p.Picture != nil {
		out.Kids = append(out.Kids, el("img", markup.Shown(p.Picture), at("alt", ""), at("decoding", "async"), at("draggable", "false")))
	}
	return out
}

// hint tells of the photo that the pointer is over.
func (s *State) hint(i int) *markup.Node {
	p, here := s.photos[i], s.plane.see(s.spots[i])
	name := "map-over"
	if here.x > s.plane.width/2 {
		name += " before"
	}
	if here.y > s.plane.height/2 {
		name += " above"
	}
	out := el("div", at("class", name), at("aria-hidden", "true"), markup.Key("hint"), length("--x", here.x), length("--y", here.y))
	if p.Picture != nil {
		out.Kids = append(out.Kids, el("img", markup.Shown(p.Picture), at("alt", "")))
	}
	if answer := p.says(); answer != "" {
		out.Kids = append(out.Kids, el("strong", answer))
	}
	out.Kids = append(out.Kids, el("span", text.Name(p.Name)))
	return out
}

// drawing is the line of the lasso.
func (s *State) drawing() *markup.Node {
	var d strings.Builder
	for i, p := range s.line {
		d.WriteByte("ML"[min(i, 1)])
		d.WriteString(strconv.FormatFloat(p.x, 'f', 1, 64) + " " + strconv.FormatFloat(p.y, 'f', 1, 64))
	}
	return el("svg.map-line", at("aria-hidden", "true"), markup.Key("line"), el("path", at("d", d.String()+"Z")))
}

// legend says which labels the colours and shapes stand for; a press picks the photos of one.
func (s *State) legend() *markup.Node {
	out := el("ul.map-legend", at("role", "list"), at("aria-label", say("Colours of the labels")), markup.Key("legend"))
	rest := len(s.photos)
	for i, t := range s.tones {
		rest -= t.photos
		out.Kids = append(out.Kids, el("li", markup.Key(t.label), el("button", at("type", "button"), at("title", say("Pick these photos")), markup.Click(PickLabel{t.label}),
			el("i.dot.tone-"+strconv.Itoa(i)+".shape-"+strconv.Itoa(i%shapes), at("aria-hidden", "true")), t.says+" ", el("span.quiet", words.Thousands(t.photos)))))
	}
	if rest > 0 {
		out.Kids = append(out.Kids, el("li", markup.Key("…"), el("span", el("i.dot.tone-"+strconv.Itoa(others)+".shape-0", at("aria-hidden", "true")), say("All others")+" ", el("span.quiet", words.Thousands(rest)))))
	}
	return out
}
