package tour

import (
	"fmt"

	"homeroom/core/model"
	"homeroom/wasm/markup"
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
	sheet := &board{id: "filter", alt: fmt.Sprintf("The %d filters of the first layer, %d × %d pixels each: press one", told.filters, told.side, told.side), picture: told.sheet, pixels: 1,
		rows: told.filters / told.across, columns: told.across, what: "filter", press: func(i int) any { return ChooseFilter{i} }, pressed: func(i int) bool { return i == s.filter }}
	seen := &board{alt: "What the network sees of the photo", picture: s.first.picture, pixels: s.first.size}
	said := fmt.Sprintf("Filter %d answers from %.1f to %.1f over the photo. %s of its answers are below 0: ReLU makes them 0, drawn black.", s.filter+1, told.least, told.most, words.Percent(told.below))
	if s.linear {
		said = fmt.Sprintf("ReLU is off: filter %d answers from %.1f to %.1f, and the %s below 0 go on into the next layer, drawn blue.", s.filter+1, told.least, told.most, words.Percent(told.below))
	}
	out := []*node{
		el("div.beside", el("div", el("h3.part", "Its filters"), sheet.node(d)), el("div", el("h4", "What it sees"), seen.node(d)),
			el("div", el("h3.part", fmt.Sprintf("What filter %d answers", s.filter+1)), el("div.board", el("img.squares", markup.Shown(told.answers), at("alt", fmt.Sprintf("A map of %d × %d answers: the brighter, the stronger", told.columns, told.rows)))))),
		el("p.switch", el("input", at("type", "checkbox"), at("id", "relu"), markup.Flag("checked", !s.linear), markup.Checked(func(on bool) any { return SwitchReLU{on} })), el("label", at("for", "relu"), "ReLU, in all layers")),
		el("p.quiet", at("role", "status"), said),
	}
	if len(s.first.results) == 0 {
		return append(out, el("p.quiet", "This AlexNet ends in its features and names nothing. Choose the small one above to see what ReLU and dropout do to an answer."))
	}
	now := "With ReLU"
	if s.linear {
		now = "Without ReLU"
	}
	lots := el("div.beside")
	for _, a := range s.dropped {
		lots.Kids = append(lots.Kids, answers("Half of the units off", &a))
	}
	return append(out, s.common.beside("As it was taught", now), el("h3", "Dropout"),
		el("p.quiet", "Each press draws by lot which half of the units before the last layers is switched off, as happened at every step while AlexNet learnt. Afterwards all are on."), button("Switch half of the units off", Drop{}), lots)
}
