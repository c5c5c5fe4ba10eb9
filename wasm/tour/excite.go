package tour

import (
	"cmp"
	"slices"
	"strconv"

	"homeroom/core/model"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// excite shows squeeze-and-excitation: the channels that the photo raised and lowered.
type excite struct {
	common
	layer   string // that gives the scales, "" for the last
	told    *excited
	channel int             // whose patches are shown
	by      map[int]float64 // what channels are multiplied by
}

// patches in a row and column of a photo.
const patches = 8

type (
	// ExciteLayer shows another layer.
	ExciteLayer struct{ Layer string }
	// ExcitePatches shows what raises a channel.
	ExcitePatches struct{ Channel int }
	// ExciteBy multiplies a channel.
	ExciteBy struct {
		Channel int
		By      float64
	}
	// ExciteReset takes all of that back.
	ExciteReset struct{}
)

func (e ExciteLayer) update(s *excite) {
	s.layer, s.told, s.by, s.fresh = e.Layer, nil, nil, false
}

func (e ExcitePatches) update(s *excite) { s.channel = e.Channel }

func (e ExciteBy) update(s *excite) {
	if s.by == nil {
		s.by = map[int]float64{}
	}
	if s.by[e.Channel] = e.By; e.By == 1 {
		delete(s.by, e.Channel)
	}
	s.fresh = false
}

func (ExciteReset) update(s *excite) { s.by, s.fresh = nil, false }

func (s *excite) reset() {
	s.common.reset()
	s.layer, s.told, s.by = "", nil, nil
}

func (s *excite) asks(d *desk) any {
	switch {
	case s.first == nil:
		return plainly()
	case s.told == nil:
		return askExcite{layer: s.layer, grid: patches}
	case !s.fresh:
		var change model.Change
		for channel := range s.told.scales {
			if by, is := s.by[channel]; is {
				change.Scales = append(change.Scales, model.Scale{Layer: s.told.layer, Channel: channel, By: by})
			}
		}
		return s.changed(change)
	}
	return nil
}

func (s *excite) take(_ *desk, answer any) {
	if told, is := answer.(excited); is {
		s.told, s.layer = &told, told.layer
		s.channel = s.order()[0]
	} else {
		s.took(answer)
	}
}

// order lists the channels, those first that the photo raised most above what is usual.
func (s *excite) order() []int {
	order := make([]int, len(s.told.scales))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(s.raised(b), s.raised(a))
	})
	return order
}

// raised is by how much the photo raised a channel above what is usual.
func (s *excite) raised(channel int) float64 {
	if s.told.usual == nil {
		return s.told.scales[channel]
	}
	return s.told.scales[channel] - s.told.usual[channel]
}

// shownChannels is how many channels are shown at each end.
const shownChannels = 3

func (s *excite) waits() string {
	if s.told == nil {
		return say("Looking at the channels, and at each patch…")
	}
	return ""
}

func (s *excite) view(d *desk) []*node {
	var options []*node
	for i, name := range s.told.layers {
		options = append(options, option(name, say("Block {1} of {2}", i+1, len(s.told.layers))))
	}
	list, most := s.told.patches[s.channel], 1e-9
	for _, v := range list {
		most = max(most, v, -v)
	}
	b := &board{alt: say("The photo in patches: those that raise channel {1} are warm, those that lower it blue", s.channel), picture: s.first.picture, pixels: s.first.size,
		rows: patches, columns: patches, share: func(i int) float64 { return list[i] / most }}
	order := s.order()
	ends := min(shownChannels, len(order)/2)
	part := func(title string, channels []int) *node {
		out := el("ul.channels", at("role", "list"))
		for _, c := range channels {
			out.Kids = append(out.Kids, s.row(c))
		}
		return el("div", el("h3.part", title), out)
	}
	now := say("With the sliders as they are")
	return []*node{
		el("div.play", el("div", b.node(d), el("p.quiet", say("Painting a warm patch out lowers channel {1}, a blue one raises it: at most by {2}.", s.channel, text.Fixed(most, 3)))),
			el("div.play-side", choose("excite-layer", say("Where in the network"), s.layer, options, func(v string) any { return ExciteLayer{v} }), s.beside(say("As it was taught"), now), button(say("All sliders back to 1"), ExciteReset{}))),
		el("div.beside", part(say("Raised most by this photo"), order[:ends]), part(say("Lowered most by it"), order[len(order)-ends:])),
		el("p.quiet", say("These are of {1} channels. “Usually” is the mean over {2|the other photo|the other # photos} above.", len(order), d.photos-1)),
	}
}

// row is a channel with its scale and slider.
func (s *excite) row(c int) *node {
	by, is := s.by[c]
	if !is {
		by = 1
	}
	id := "channel-" + strconv.Itoa(c)
	says := say("lets {1} through", words.Percent(s.told.scales[c]))
	if s.told.usual != nil {
		says = say("lets {1} through, usually {2}", words.Percent(s.told.scales[c]), words.Percent(s.told.usual[c]))
	}
	return el("li", markup.Key(id),
		el("p", el("button.link", at("type", "button"), markup.Click(ExcitePatches{c}), markup.Is("aria-pressed", c == s.channel), say("Channel {1}", c)), " ", says),
		el("label.hidden-text", at("for", id), say("Channel {1}, times", c)),
		el("input", at("type", "range"), at("id", id), at("min", 0), at("max", 4), at("step", .5), at("value", by), markup.Value(func(v string) any {
			by, err := strconv.ParseFloat(v, 64)
			if err != nil || by < 0 {
				return nil
			}
			return ExciteBy{c, by}
		})), el("output", at("for", id), "× "+text.Rounded(by, 3)))
}
