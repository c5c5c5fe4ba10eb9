// Package sheet describes the dialogue that shows one photo large and, on demand, what the network looked at in it. The
// views of the page share it.
//
// Its elements carry data-do: "heat" (switch the heat map on and off), "heat-class" (a list: for which class), "photo-step"
// (data-by: 1 or -1) and "photo-close". What they do is the page's.
package sheet

import (
	"fmt"
	"slices"
	"strconv"

	"homeroom/wasm/markup"
	"homeroom/wasm/words"
)

var (
	el = markup.El
	at = markup.A
)

type node = markup.Node

// Heat is the heat map over the photo whose dialogue is open.
type Heat struct {
	Photo   int    // that it is of
	Class   string // whose evidence it shows
	URL     string // of the picture of it, "" while it is made
	Why     string // it could not be made
	Small   bool   // made from the thumbnail
	Rollout bool   // it is attention rolled out, the same for all classes
	Whole   bool   // all of the photo was looked at
	On      bool
}

// Of tells whether the heat map of a photo is wanted.
func (h *Heat) Of(photo int) bool { return h.On && h.Photo == photo }

// A Sheet is what the dialogue shows.
type Sheet struct {
	Photo   int
	Title   string
	URL     string // of the picture
	Alt     string
	Heat    *Heat
	Classes []string // that heat maps can be made for; none where nothing can be asked
	Class   string   // the one to begin with
	Above   []*node  // beside the picture, above the heat map's controls
	Tools   []*node  // at the foot, besides Previous and Next
	Below   []*node  // under both the picture and what is beside it
}

// Node returns the dialogue.
func (s *Sheet) Node() *node {
	stage := el("div.stage")
	if s.URL != "" {
		stage.Kids = append(stage.Kids, el("img", at("src", s.URL), at("alt", s.Alt)))
	}
	on := s.Heat.Of(s.Photo)
	if on && s.Heat.URL != "" {
		alt := "Heat map: what speaks for " + s.Heat.Class
		if s.Heat.Rollout {
			alt = "Heat map: where it looked"
		}
		stage.Kids = append(stage.Kids, el("img.heat", at("src", s.Heat.URL), at("alt", alt)))
	}
	side := el("div.sheet-side", s.Above)
	if len(s.Classes) > 0 {
		side.Kids = append(side.Kids, s.heat(on))
	}
	side.Kids = append(side.Kids, el("div.sheet-tools",
		el("button.button.small", at("type", "button"), at("data-do", "photo-step"), at("data-by", -1), "Previous"),
		el("button.button.small", at("type", "button"), at("data-do", "photo-step"), at("data-by", 1), "Next"), s.Tools))
	return el("dialog.sheet", at("data-modal", "photo"), at("aria-labelledby", "photo-title"), markup.Key("photo-dialog"),
		el("div.sheet-head", el("h2", at("id", "photo-title"), at("title", s.Title), s.Title), Close("photo-close", "Close")),
		el("div.sheet-body", stage, side), s.Below)
}

// heat is the controls of the heat map, and what it says.
func (s *Sheet) heat(on bool) *node {
	chosen := s.Heat.Class
	if !on || !slices.Contains(s.Classes, chosen) {
		chosen = s.Class
	}
	tools := el("div.heat-tools", el("button.button.small", at("type", "button"), at("data-do", "heat"), markup.Is("aria-pressed", on), "Heat map"))
	if !on || !s.Heat.Rollout { // rolled out, it is the same for every class
		names := make([]*node, len(s.Classes))
		for i, name := range s.Classes {
			names[i] = el("option", at("value", name), name, markup.Key(strconv.Itoa(i)))
		}
		tools.Kids = append(tools.Kids,
			el("label.hidden-text", at("for", "heat-class"), "Heat map for the class"),
			el("select", at("id", "heat-class"), at("data-do", "heat-class"), at("value", chosen), names))
	}
	said := el("div", at("role", "status"))
	switch {
	case !on:
		said.Kids = append(said.Kids, el("p.quiet", "Shows which places of the photo speak for a name."))
	case s.Heat.Why != "":
		said.Kids = append(said.Kids, el("p.quiet", s.Heat.Why))
	case s.Heat.URL == "":
		said.Kids = append(said.Kids, el("p.quiet", "Looking…"))
	default:
		said.Kids = append(said.Kids, s.Heat.legend())
	}
	return el("div.heat-part", tools, said)
}

// legend says how to read the map.
func (h *Heat) legend() *node {
	if h.Rollout {
		text := "The stronger the colour, the more it looked there. It is the same for all names."
		if h.Small {
			text += " Made from the small picture."
		}
		return el("p.quiet", text)
	}
	rest := "The dark rim was not looked at."
	if h.Whole {
		rest = "Clear places say little."
	}
	if h.Small {
		rest += " Made from the small picture."
	}
	return el("p.quiet.legend-heat",
		el("span", el("span.heat-mark", at("aria-hidden", "true")), "speaks for "+h.Class), " ",
		el("span", el("span.heat-mark.against", at("aria-hidden", "true")), "speaks against it"), " ", el("span", rest))
}

// Close is the button that closes something.
func Close(what, label string) *node {
	return el("button.close", at("type", "button"), at("data-do", what), at("aria-label", label),
		el("svg", at("viewBox", "0 0 16 16"), at("width", 18), at("height", 18), at("aria-hidden", "true"), at("focusable", "false"), el("path", at("d", "M3.5 3.5l9 9m0-9l-9 9"))))
}

// Answers lists names with how sure the network is of each, best first, at most limit.
func Answers(names []string, scores []float64, limit int) *node {
	best := el("dl.best")
	for i, name := range names[:min(limit, len(names))] {
		best.Kids = append(best.Kids, el("div.row", markup.Key(strconv.Itoa(i)), at("data-score", scores[i]), at("--share", fmt.Sprintf("%.2f%%", 100*scores[i])), el("dt", at("title", name), name), el("dd", words.Percent(scores[i]))))
	}
	return best
}
