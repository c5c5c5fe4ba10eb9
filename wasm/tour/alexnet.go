package tour

import (
	"homeroom/core/model"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// alexnet shows the filters of the first layer, and what ReLU and dropout do.
type alexnet struct {
	common
	filter  int
	linear  bool // ReLU is off
	told    *filtered
	asked   bool      // told is of what is set
	drawn   uint64    // lots
	lot     uint64    // that is to be tried, 0 for none
	dropped []altered // what it said with half of the units off, the last first
}

type (
	// ChooseFilter shows another filter.
	ChooseFilter struct{ Filter int }
	// SwitchReLU switches the activations.
	SwitchReLU struct{ On bool }
	// Drop switches half of the units off, by lot.
	Drop struct{}
)

func (e ChooseFilter) update(s *alexnet) { s.filter, s.asked = e.Filter, false }

func (e SwitchReLU) update(s *alexnet) {
	s.linear, s.asked, s.fresh = !e.On, false, false
}

func (Drop) update(s *alexnet) {
	s.drawn++
	s.lot = s.drawn
}

func (s *alexnet) waits() string {
	if s.told == nil {
		return "Looking…"
	}
	return ""
}

func (s *alexnet) reset() {
	s.common.reset()
	s.told, s.asked, s.filter, s.lot, s.dropped = nil, false, 0, 0, nil
}

// mostDropped is how many lots are listed.
const mostDropped = 6

func (s *alexnet) asks(*desk) any {
	switch {
	case s.first == nil:
		return plainly()
	case !s.asked:
		return askFilter{filter: s.filter, linear: s.linear}
	case !s.fresh:
		return s.changed(model.Change{Linear: s.linear})
	case s.lot != 0:
		return s.changed(model.Change{Dropout: s.lot})
	}
	return nil
}

func (s *alexnet) take(_ *desk, answer any) {
	switch a := answer.(type) {
	case filtered:
		s.told, s.asked = &a, true
	case altered:
		if s.first == nil || !s.fresh {
			s.took(a)
			break
		}
		s.lot, s.dropped = 0, append([]altered{a}, s.dropped[:min(len(s.dropped), mostDropped-1)]...)
	}
}

func (s *alexnet) view(d *desk) []*node {
	told := s.told
	sheet := &board{id: "filter", alt: say("The {1} filters of the first layer, {2} × {3} pixels each: press one", told.filters, told.side, told.side), picture: told.sheet, pixels: 1,
		rows: told.filters / told.across, columns: told.across, what: func(row, column int) string { return say("filter, row {1}, column {2}", row, column) }, press: func(i int) any { return ChooseFilter{i} }, pressed: func(i int) bool { return i == s.filter }}
	seen := &board{alt: say("What the network sees of the photo"), picture: s.first.picture, pixels: s.first.size}
	said := say("Filter {1} answers from {2} to {3} over the photo. {4} of its answers are below 0: ReLU makes them 0, drawn black.", s.filter+1, text.Fixed(told.least, 1), text.Fixed(told.most, 1), words.Percent(told.below))
	if s.linear {
		said = say("ReLU is off: filter {1} answers from {2} to {3}, and the {4} below 0 go on into the next layer, drawn blue.", s.filter+1, text.Fixed(told.least, 1), text.Fixed(told.most, 1), words.Percent(told.below))
	}
	out := []*node{
		el("div.beside", el("div", el("h3.part", say("Its filters")), sheet.node(d)), el("div", el("h4", say("What it sees")), seen.node(d)),
			el("div", el("h3.part", say("What filter {1} answers", s.filter+1)), el("div.board", el("img.squares", markup.Shown(told.answers), at("alt", say("A map of {1} × {2} answers: the brighter, the stronger", told.columns, told.rows)))))),
		el("p.switch", el("input", at("type", "checkbox"), at("id", "relu"), markup.Flag("checked", !s.linear), markup.Checked(func(on bool) any { return SwitchReLU{on} })), el("label", at("for", "relu"), say("ReLU, in all layers"))),
		el("p.quiet", at("role", "status"), said),
	}
	if len(s.first.results) == 0 {
		return append(out, el("p.quiet", say("This AlexNet ends in its features and names nothing. Choose the small one above to see what ReLU and dropout do to an answer.")))
	}
	now := say("With ReLU")
	if s.linear {
		now = say("Without ReLU")
	}
	lots := el("div.beside")
	for _, a := range s.dropped {
		lots.Kids = append(lots.Kids, answers(say("Half of the units off"), &a))
	}
	return append(out, s.common.beside(say("As it was taught"), now), el("h3", say("Dropout")),
		el("p.quiet", say("Each press draws by lot which half of the units before the last layers is switched off, as happened at every step while AlexNet learnt. Afterwards all are on.")), button(say("Switch half of the units off"), Drop{}), lots)
}
