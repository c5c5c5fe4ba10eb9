// Package sheet describes the dialogue that shows one photo large and, on demand, what the network
// looked at in it. The views of the page share it.
package sheet

import (
	"fmt"
	"slices"
	"strconv"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

var (
	el = markup.El
	at = markup.A
)

type node = markup.Node

// Heat is the heat map over the photo whose dialogue is open.
type Heat struct {
	On      bool
	Photo   int            // that it is of
	Class   string         // whose evidence it shows
	Picture outside.Object // of it, nil while it is made
	Why     string         // it could not be made
	Small   bool           // made from the thumbnail
	Rollout bool           // it is attention rolled out, the same for all classes
	Whole   bool           // all of the photo was looked at
}

// Of tells whether the heat map of a photo is wanted.
func (h *Heat) Of(photo int) bool { return h.On && h.Photo == photo }

// Take takes a heat map that was made.
func (h *Heat) Take(made protocol.Heat) {
	h.Picture, h.Rollout, h.Whole = made.Picture, made.Rollout, made.Whole
}

// Over is the heat map as it lies over its photo. word is a class as people read it.
func (h *Heat) Over(word func(string) string) *node {
	alt := text.Say("Heat map: what speaks for {1}", word(h.Class))
	if h.Rollout {
		alt = text.Say("Heat map: where it looked")
	}
	return el("img.heat", markup.Shown(h.Picture), at("alt", alt))
}

// A Sheet is what the dialogue shows, and what its parts do.
type Sheet struct {
	Photo   int
	Title   string
	Picture outside.Object
	Alt     string
	Heat    *Heat
	Classes []string // that heat maps can be made for; none where nothing can be asked
	Class   string   // the one to begin with
	Above   []*node  // beside the picture, above the heat map's controls
	Tools   []*node  // at the foot, besides Previous and Next
	Below   []*node  // under both the picture and what is beside it

	Close, Previous, Next any
	Unshown               any              // the browser cannot show the picture
	HeatOff               any              // switches the heat map off
	HeatFor               func(string) any // has it made for a class

	Word func(class string) string // a class as people read it
}

// Node returns the dialogue.
func (s *Sheet) Node() *node {
	stage := el("div.stage")
	if s.Picture != nil {
		stage.Kids = append(stage.Kids, el("img", markup.Shown(s.Picture), at("alt", s.Alt), markup.Send("error", s.Unshown)))
	}
	if s.Heat.Of(s.Photo) && s.Heat.Picture != nil {
		stage.Kids = append(stage.Kids, s.Heat.Over(s.Word))
	}
	side := el("div.sheet-side", s.Above)
	if len(s.Classes) > 0 {
		side.Kids = append(side.Kids, s.HeatPart())
	}
	side.Kids = append(side.Kids, el("div.sheet-tools",
		el("button.button.small", at("type", "button"), markup.Click(s.Previous), text.Say("Previous")),
		el("button.button.small", at("type", "button"), markup.Click(s.Next), text.Say("Next")), s.Tools))
	return el("dialog.sheet", at("data-modal", "photo"), at("aria-labelledby", "photo-title"), markup.Key("photo-dialog"), markup.Send("cancel", s.Close),
		el("div.sheet-head", el("h2", at("id", "photo-title"), at("title", text.Name(s.Title)), text.Name(s.Title)), Close(s.Close, text.Say("Close"))),
		el("div.sheet-body", stage, side), s.Below)
}

// HeatPart is the controls of the heat map, and what it says.
func (s *Sheet) HeatPart() *node {
	on, chosen := s.Heat.Of(s.Photo), s.Heat.Class
	if !on || !slices.Contains(s.Classes, chosen) {
		chosen = s.Class
	}
	press := s.HeatOff
	if !on {
		press = s.HeatFor(chosen)
	}
	tools := el("div.heat-tools", el("button.button.small", at("type", "button"), markup.Click(press), markup.Is("aria-pressed", on), text.Say("Heat map")))
	if !on || !s.Heat.Rollout { // rolled out, it is the same for every class
		names := make([]*node, len(s.Classes))
		for i, name := range s.Classes {
			names[i] = el("option", at("value", name), s.Word(name), markup.Key(strconv.Itoa(i)))
		}
		tools.Kids = append(tools.Kids,
			el("label.hidden-text", at("for", "heat-class"), text.Say("Heat map for the class")),
			el("select", at("id", "heat-class"), markup.Value(s.HeatFor), at("value", chosen), names))
	}
	said := el("div", at("role", "status"))
	switch {
	case !on:
		said.Kids = append(said.Kids, el("p.quiet", text.Say("Shows which places of the photo speak for a name.")))
	case s.Heat.Why != "":
		said.Kids = append(said.Kids, el("p.quiet", s.Heat.Why))
	case s.Heat.Picture == nil:
		said.Kids = append(said.Kids, el("p.quiet", text.Say("Looking…")))
	default:
		said.Kids = append(said.Kids, s.Heat.legend(s.Word))
	}
	return el("div.heat-part", tools, said)
}

// legend says how to read the map.
func (h *Heat) legend(word func(string) string) *node {
	if h.Rollout {
		says := text.Say("The stronger the colour, the more it looked there. It is the same for all names.")
		if h.Small {
			says += " " + text.Say("Made from the small picture.")
		}
		return el("p.quiet", says)
	}
	rest := text.Say("The dark rim was not looked at.")
	if h.Whole {
		rest = text.Say("Clear places say little.")
	}
	if h.Small {
		rest += " " + text.Say("Made from the small picture.")
	}
	return el("p.quiet.legend-heat",
		el("span", el("span.heat-mark", at("aria-hidden", "true")), text.Say("speaks for {1}", word(h.Class))), " ",
		el("span", el("span.heat-mark.against", at("aria-hidden", "true")), text.Say("speaks against it")), " ", el("span", rest))
}

// Icon draws a path on 16 × 16.
func Icon(path string) *node {
	return el("svg", at("viewBox", "0 0 16 16"), at("width", 18), at("height", 18), at("aria-hidden", "true"), at("focusable", "false"), el("path", at("d", path)))
}

// Cross is the path of a cross, Zoom that of a looking glass.
const (
	Cross = "M3.5 3.5l9 9m0-9l-9 9"
	Zoom  = "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm3 7 3.2 3.2M7 5.4v3.2M5.4 7h3.2"
)

// Close is the button that closes something.
func Close(event any, label string) *node {
	return el("button.close", at("type", "button"), markup.Click(event), at("aria-label", label), Icon(Cross))
}

// Answers lists names, as people read them, with how sure the network is of each, best first, at
// most limit.
func Answers(names []string, scores []float64, limit int) *node {
	best := el("dl.best")
	for i, name := range names[:min(limit, len(names))] {
		best.Kids = append(best.Kids, el("div.row", markup.Key(strconv.Itoa(i)), at("data-score", scores[i]), at("--share", fmt.Sprintf("%.2f%%", 100*scores[i])), el("dt", at("title", name), name), el("dd", words.Percent(scores[i]))))
	}
	return best
}
