package tour

import (
	"strconv"

	"homeroom/core/model"
	"homeroom/wasm/words"
)

// attention shows what the heads of a vision transformer look at from a patch.
type attention struct {
	common
	block int // -1 for the last
	patch int // -1 for one near the middle
	told  *attended
	names []model.Result
}

type (
	// AttendBlock shows another block.
	AttendBlock struct{ Block int }
	// AttendPatch looks from another patch.
	AttendPatch struct{ Patch int }
)

func (e AttendBlock) update(s *attention) { s.block, s.fresh = e.Block, false }

func (e AttendPatch) update(s *attention) { s.patch, s.fresh = e.Patch, false }

func (s *attention) reset() {
	s.common.reset()
	s.told, s.names = nil, nil
}

func (s *attention) asks(*desk) any {
	switch {
	case s.first == nil:
		return plainly()
	case !s.fresh:
		return askAttend{block: s.block, patch: s.patch, names: s.names == nil}
	}
	return nil
}

func (s *attention) take(d *desk, answer any) {
	told, is := answer.(attended)
	if !is {
		s.took(answer)
		return
	}
	s.told, s.block, s.fresh = &told, told.block, true
	if s.names == nil {
		s.names = append([]model.Result{}, told.names...)
	}
	if d.cells["look-from"] == 0 {
		d.cells["look-from"] = s.patch
	}
}

func (s *attention) waits() string {
	if s.told == nil {
		return say("Looking…")
	}
	return ""
}

func (s *attention) view(d *desk) []*node {
	told := s.told
	var options []*node
	for i := range told.blocks {
		options = append(options, option(strconv.Itoa(i), say("Block {1} of {2}", i+1, told.blocks)))
	}
	from := &board{id: "look-from", alt: say("The photo in patches: choose one to look from"), picture: s.first.picture, pixels: s.first.size, rows: told.rows, columns: told.columns,
		what: func(row, column int) string { return say("look from the patch, row {1}, column {2}", row, column) }, press: func(i int) any { return AttendPatch{i} }, pressed: func(i int) bool { return i == s.patch }}
	heads := el("div.heads")
	for h, gaze := range told.heads {
		most, at := 1e-9, 0
		for i, v := range gaze.patches {
			if v > most {
				most, at = v, i
			}
		}
		b := &board{alt: say("Head {1} looks most at row {2}, column {3}", h+1, at/told.columns+1, at%told.columns+1), picture: s.first.picture, pixels: s.first.size,
			rows: told.rows, columns: told.columns, share: func(i int) float64 { return gaze.patches[i] / most }}
		heads.Kids = append(heads.Kids, el("figure", b.node(d), el("figcaption.quiet", say("Head {1}: {2} of its attention on the strongest patch, {3} on the summary token", h+1, words.Percent(most), words.Percent(gaze.rest)))))
	}
	names := el("ol.names")
	for i, r := range s.names {
		names.Kids = append(names.Kids, el("li", el("strong", say("Block {1}:", i+1)), " ", sureOf(r)))
	}
	return []*node{
		el("div.play", el("div", el("h3.part", say("Look from here")), from.node(d)), el("div.play-side", choose("attend-block", say("Block"), strconv.Itoa(s.block), options, func(v string) any {
			n, err := strconv.Atoi(v)
			if err != nil {
				return nil
			}
			return AttendBlock{n}
		}), el("h3.part", say("What each head looks at from there")), heads)),
		el("h3", say("The name after each block")), el("p.quiet", say("As if the network stopped there and answered with what it had so far.")), names,
	}
}
