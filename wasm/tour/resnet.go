package tour

import (
	"slices"
	"strconv"

	"homeroom/core/model"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// resnet shows skip connections: each can be switched off.
type resnet struct {
	common
	skips []skip
	off   []string // layers at which one is switched off
}

type (
	// SwitchSkip switches a skip connection.
	SwitchSkip struct {
		Layer string
		On    bool
	}
	// SwitchSkips switches all.
	SwitchSkips struct{ On bool }
)

func (e SwitchSkip) update(s *resnet) {
	s.off = slices.DeleteFunc(s.off, func(name string) bool { return name == e.Layer })
	if !e.On {
		s.off = append(s.off, e.Layer)
	}
	s.fresh = false
}

func (e SwitchSkips) update(s *resnet) {
	s.off, s.fresh = nil, false
	if !e.On {
		for _, skip := range s.skips {
			s.off = append(s.off, skip.layer)
		}
	}
}

func (s *resnet) reset() {
	s.common.reset()
	s.skips, s.off = nil, nil
}

func (s *resnet) asks(*desk) any {
	switch {
	case s.first == nil:
		return plainly()
	case s.skips == nil:
		return askCut{}
	case !s.fresh:
		return s.changed(model.Change{Cut: s.off})
	}
	return nil
}

func (s *resnet) take(_ *desk, answer any) {
	if cuts, is := answer.(cuts); is {
		s.skips = cuts.skips
		if s.skips == nil {
			s.skips = []skip{}
		}
	} else {
		s.took(answer)
	}
}

func (s *resnet) waits() string { return "" }

func (s *resnet) view(d *desk) []*node {
	picture := &board{alt: say("What the network sees of the photo"), picture: s.first.picture, pixels: s.first.size}
	list := el("ul.switches", at("role", "list"))
	for i, skip := range s.skips {
		said := say("Without it alone: {1}.", sureOf(skip.best))
		if best := s.first.results[0].Label; skip.best.Label != best {
			said += " " + say("“{1}” keeps {2}.", text.Label(best), words.Percent(skip.kept))
		}
		if !skip.plain {
			said += " " + say("(Here the maps change their size, so the shortcut does too.)")
		}
		id := "skip-" + strconv.Itoa(i+1)
		list.Kids = append(list.Kids, el("li", el("input", at("type", "checkbox"), at("id", id), markup.Flag("checked", !slices.Contains(s.off, skip.layer)),
			markup.Checked(func(on bool) any { return SwitchSkip{skip.layer, on} })), el("label", at("for", id), say("Shortcut {1}", i+1)), el("p.quiet", said)))
	}
	if s.skips == nil {
		list = el("p.quiet", at("role", "status"), say("Trying each shortcut…"))
	}
	now := say("All shortcuts on")
	if n := len(s.off); n > 0 {
		now = say("{1|# shortcut|# shortcuts} off", n)
	}
	return []*node{
		el("div.play", picture.node(d), el("div.play-side", s.beside(say("As it was taught"), now), el("div.heat-tools", button(say("Switch all off"), SwitchSkips{false}), button(say("Switch all on"), SwitchSkips{true})))),
		el("h3", say("Its shortcuts, from the photo to the answer")), list,
	}
}
