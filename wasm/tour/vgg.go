package tour

import (
	"strconv"

	"homeroom/wasm/markup"
)

// vgg shows how much of the photo each layer sees from a place.
type vgg struct {
	common
	cell  int // of the place, in patches
	layer int
	told  []sight
}

type (
	// TraceFrom looks from another place.
	TraceFrom struct{ Cell int }
	// TraceLayer goes to another layer.
	TraceLayer struct{ Layer int }
)

func (e TraceFrom) update(s *vgg) { s.cell, s.fresh = e.Cell, false }

func (e TraceLayer) update(s *vgg) { s.layer = e.Layer }

func (s *vgg) reset() {
	s.common.reset()
	s.told, s.layer = nil, 0
}

func (s *vgg) asks(*desk) any {
	switch {
	case s.first == nil:
		return plainly()
	case !s.fresh:
		return askTrace{down: (float64(s.cell/patches) + .5) / patches, right: (float64(s.cell%patches) + .5) / patches}
	}
	return nil
}

func (s *vgg) take(d *desk, answer any) {
	if told, is := answer.(traced); is {
		s.told, s.fresh = told.layers, true
		if d.cells["trace"] == 0 {
			d.cells["trace"] = s.cell
		}
	} else {
		s.took(answer)
	}
}

func (s *vgg) waits() string {
	if len(s.told) == 0 {
		return "Looking…"
	}
	return ""
}

func (s *vgg) view(d *desk) []*node {
	layer := min(s.layer, len(s.told)-1)
	b := &board{id: "trace", alt: say("The photo: choose the place to look from"), picture: s.first.picture, pixels: s.first.size, rows: patches, columns: patches,
		what: func(row, column int) string { return say("look from, row {1}, column {2}", row, column) }, press: func(i int) any { return TraceFrom{i} }, pressed: func(i int) bool { return i == s.cell }}
	for i, one := range s.told[:layer+1] {
		share := func(v float64) string { return strconv.FormatFloat(100*v, 'f', 2, 64) + "%" }
		f := el("div.field-of-view", at("aria-hidden", "true"), at("--left", share(one.left)), at("--top", share(one.top)), at("--width", share(one.right-one.left)), at("--height", share(one.bottom-one.top)))
		if i == layer {
			f.Attrs[0] = at("class", "field-of-view now")
		}
		b.frames = append(b.frames, f)
	}
	one := s.told[layer]
	says := say("Its filters are {1} × {2} places of the layer before.", one.kernel, one.kernel)
	if one.weights == 0 {
		says = say("It keeps the largest of {1} × {2} places of the layer before.", one.kernel, one.kernel)
	}
	says += " " + say("{1|# place answers|# places answer}. Through all layers before it, each place sees {2} × {3} pixels of the {4} × {5}.",
		one.rows*one.columns, one.pixels, one.pixels, s.first.size, s.first.size)
	if one.weights > 0 {
		says += " " + say("{1} filters, {2} weights.", one.channels, one.weights)
	}
	slider := el("input", at("type", "range"), at("id", "trace-layer"), at("min", 1), at("max", len(s.told)), at("step", 1), at("value", layer+1), markup.Value(func(v string) any {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return nil
		}
		return TraceLayer{n - 1}
	}))
	return []*node{el("div.play", b.node(d), el("div.play-side",
		el("label", at("for", "trace-layer"), say("Layer {1} of {2}", layer+1, len(s.told))), slider,
		el("p", at("role", "status"), says), el("div.heat-tools", button(say("One layer back"), TraceLayer{max(layer-1, 0)}), button(say("One layer on"), TraceLayer{min(layer+1, len(s.told)-1)}))))}
}
