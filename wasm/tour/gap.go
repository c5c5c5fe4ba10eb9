package tour

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/model"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// gap shows global average pooling: parts of the photo are painted out, and the input size is free.
type gap struct {
	common
	size    int // input size, 0 for the network's own
	painted [fine * fine]bool
	brush   int  // diameter in cells, 0 for the middle one
	rubs    bool // the brush paints back
	trying  bool // all sizes are tried
	tried   map[int]altered
}

const (
	// squares in a row and column are what the keyboard paints out: the places of the last feature
	// map at the usual size.
	squares = 7
	// fine is how many cells there are in a row and column of what a brush paints out, each a
	// sixteenth of a square.
	fine = 4 * squares
	// mostPoints is how many points of a stroke are followed: far more than a hand makes.
	mostPoints = 4096
)

// brushes are the diameters to choose from, in cells.
var brushes = []int{2, 4, 8}

type (
	// Paint paints a square out, or back.
	Paint struct{ Cell int }
	// Stroke paints along a way of points, each two shares of the photo's side with a comma
	// between.
	Stroke struct{ Way string }
	// Brush chooses the diameter of the brush, in cells, and Rub whether it paints back.
	Brush struct{ Cells int }
	Rub   struct{ On bool }
	// PaintNone paints all back.
	PaintNone struct{}
	// GapSize chooses the input size.
	GapSize struct{ Size int }
	// GapSizes tries all sizes.
	GapSizes struct{}
)

func (e Paint) update(s *gap) {
	out := !s.covered(e.Cell)
	for i := range s.painted {
		if square(i) == e.Cell {
			s.painted[i] = out
		}
	}
	s.fresh = false
}

// square is the square in which a cell lies.
func square(cell int) int { return cell/fine*squares/fine*squares + cell%fine*squares/fine }

// covered tells whether all of a square is painted out.
func (s *gap) covered(of int) bool {
	for i, painted := range s.painted {
		if square(i) == of && !painted {
			return false
		}
	}
	return true
}

func (e Stroke) update(s *gap) {
	was := [2]float64{math.NaN()}
	for _, point := range strings.Fields(e.Way)[:min(mostPoints, len(strings.Fields(e.Way)))] {
		x, y, _ := strings.Cut(point, ",")
		across, err := strconv.ParseFloat(x, 64)
		down, other := strconv.ParseFloat(y, 64)
		if err != nil || other != nil || !(max(across, -across, down, -down) < 10) {
			continue
		}
		now := [2]float64{across * fine, down * fine}
		steps := 1
		if !math.IsNaN(was[0]) {
			steps = max(1, int(2*math.Hypot(now[0]-was[0], now[1]-was[1])))
		} else {
			was = now
		}
		for k := range steps {
			share := float64(k+1) / float64(steps)
			s.dab(was[0]+share*(now[0]-was[0]), was[1]+share*(now[1]-was[1]))
		}
		was = now
	}
	s.fresh = false
}

// dab paints the cells whose middles the brush covers at a place, in cells, and the one that it is
// in.
func (s *gap) dab(x, y float64) {
	radius := float64(s.diameter()) / 2
	for i := range s.painted {
		column, row := float64(i%fine), float64(i/fine)
		if math.Hypot(column+.5-x, row+.5-y) <= radius || math.Floor(x) == column && math.Floor(y) == row {
			s.painted[i] = !s.rubs
		}
	}
}

func (s *gap) diameter() int {
	if s.brush == 0 {
		return brushes[1]
	}
	return s.brush
}

// cells are those that are painted out.
func (s *gap) cells() (out []int) {
	for i, painted := range s.painted {
		if painted {
			out = append(out, i)
		}
	}
	return out
}

func (e Brush) update(s *gap) { s.brush = e.Cells }

func (e Rub) update(s *gap) { s.rubs = e.On }

func (PaintNone) update(s *gap) { s.painted, s.fresh = [fine * fine]bool{}, false }

func (e GapSize) update(s *gap) { s.size, s.fresh = e.Size, false }

func (GapSizes) update(s *gap) { s.trying, s.tried = true, nil }

func (s *gap) reset() {
	s.common.reset()
	s.painted, s.trying, s.tried = [fine * fine]bool{}, false, nil
}

func (s *gap) asks(d *desk) any {
	switch {
	case s.first == nil:
		return plainly()
	case !s.fresh:
		return askAlter{class: s.first.class, size: s.size, grid: fine, painted: s.cells(), vector: true, picture: true}
	case s.trying:
		for _, size := range s.sizes(d) {
			if _, is := s.tried[size]; !is {
				return askAlter{class: s.first.class, size: size}
			}
		}
	}
	return nil
}

// sizes are those that can be chosen.
func (s *gap) sizes(d *desk) []int {
	n := d.listed(s.network(d))
	if n == nil {
		return nil
	}
	return n.Offered(n.Preprocess.Size)
}

func (s *gap) take(d *desk, answer any) {
	a, is := answer.(altered)
	if !is || s.first == nil || !s.fresh {
		s.took(answer)
		return
	}
	if s.tried == nil {
		s.tried = map[int]altered{}
	}
	s.tried[a.size] = a
	if len(s.tried) == len(s.sizes(d)) {
		s.trying = false
	}
}

func (s *gap) waits() string {
	if s.now == nil {
		return say("Looking…")
	}
	return ""
}

func (s *gap) view(d *desk) []*node {
	now := s.now
	paint := &board{id: "paint", alt: say("The photo: paint over it, or press one of its squares, to paint that out"), picture: now.picture, pixels: now.size, rows: squares, columns: squares,
		what: func(row, column int) string { return say("paint out, row {1}, column {2}", row, column) }, press: func(i int) any { return Paint{i} }, pressed: s.covered,
		stroke: func(way string) any { return Stroke{way} }}
	most := 1e-9
	for _, v := range now.evidence {
		most = max(most, v, -v)
	}
	best := s.first.results[0].Label
	heat := &board{alt: say("Heat map of {1} × {2} places: warm ones speak for “{3}”, blue ones against it", now.columns, now.rows, text.Label(best)), picture: now.picture, pixels: now.size,
		rows: now.rows, columns: now.columns, share: func(i int) float64 { return now.evidence[i] / most }}
	var options []*node
	own := 0
	if n := d.listed(s.network(d)); n != nil {
		own = n.Preprocess.Size
	}
	for _, size := range s.sizes(d) {
		says := say("{1} × {2} pixels", size, size)
		if size == own {
			says = say("{1} × {2} pixels, as it was taught", size, size)
		}
		options = append(options, option(strconv.Itoa(size), says))
	}
	chosen := s.size
	if chosen == 0 {
		chosen = own
	}
	vector := el("figure.vector", el("img.squares", markup.Shown(now.vector), at("alt", say("The feature vector: {1} numbers, the brighter the larger", now.features))),
		el("figcaption.quiet", say("The feature vector: {1} numbers, each the average of one map. With the unpainted photo's it agrees to {2}.", now.features, words.Percent(max(now.likeness, 0)))))
	out := []*node{
		el("div.beside", el("div", el("h3.part", say("Paint something out")), paint.node(d), s.brushTools()),
			el("div", el("h3.part", say("What speaks for “{1}”", text.Label(best))), heat.node(d))),
		el("div.beside", el("div", s.common.beside(say("As it was"), say("Now"))), vector),
		el("h3", say("Any size")),
		choose("gap-size", say("The photo is shrunk to"), strconv.Itoa(chosen), options, func(v string) any {
			n, err := strconv.Atoi(v)
			if err != nil {
				return nil
			}
			return GapSize{n}
		}),
		el("p.quiet", say("At this size the last map has {1} × {2} places, and the network takes {3} multiply-adds: {4} here.", now.columns, now.rows, millions(now.macs), words.Milliseconds(now.milliseconds))),
		button(say("Try all sizes on this photo"), GapSizes{}),
	}
	if len(s.tried) > 0 || s.trying {
		out = append(out, s.table(d, best))
	}
	return out
}

// brushTools is what is painted with.
func (s *gap) brushTools() *node {
	sizes := []string{say("small"), say("middle-sized"), say("large")}
	var options []*node
	for i, n := range brushes {
		options = append(options, option(strconv.Itoa(n), sizes[i]))
	}
	return el("div.brushes", choose("gap-brush", say("Brush"), strconv.Itoa(s.diameter()), options, func(v string) any {
		n, err := strconv.Atoi(v)
		if err != nil || !slices.Contains(brushes, n) {
			return nil
		}
		return Brush{n}
	}),
		el("p.switch", el("input", at("type", "checkbox"), at("id", "gap-rub"), markup.Flag("checked", s.rubs), markup.Checked(func(on bool) any { return Rub{on} })), el("label", at("for", "gap-rub"), say("It paints back"))),
		button(say("Paint all back"), PaintNone{}))
}

// table lists what it says at each size, and what that costs.
func (s *gap) table(d *desk, best string) *node {
	var rows [][]string
	for _, size := range s.sizes(d) {
		a, is := s.tried[size]
		if !is {
			rows = append(rows, []string{by(size, size), "…", "", "", ""})
			continue
		}
		r := a.results[0]
		says := sureOf(r)
		if r.Label != best {
			says = say("{1} (another answer)", says)
		}
		rows = append(rows, []string{by(size, size), by(a.columns, a.rows), millions(a.macs), words.Milliseconds(a.milliseconds), says})
	}
	return grid(say("What each size costs, and says"), []string{say("Size"), say("Last map"), say("Multiply-adds"), say("Time here"), say("It says")}, rows)
}

// millions writes a number of multiply-adds.
func millions(n float64) string { return say("{1} million", int(n/1e6+.5)) }

// by is a size, as columns by rows.
func by(columns, rows int) string { return text.Number(columns) + " × " + text.Number(rows) }

// sureOf is a name and how sure the network is of it.
func sureOf(r model.Result) string {
	return say("{1}, {2}", text.Label(r.Label), words.Percent(r.Score))
}

// grid is a table that can be scrolled sideways.
func grid(title string, heads []string, rows [][]string) *node {
	head, body := el("tr"), el("tbody")
	for _, h := range heads {
		head.Kids = append(head.Kids, el("th", at("scope", "col"), h))
	}
	for _, r := range rows {
		tr := el("tr", el("th", at("scope", "row"), r[0]))
		for _, c := range r[1:] {
			tr.Kids = append(tr.Kids, el("td", c))
		}
		body.Kids = append(body.Kids, tr)
	}
	return el("div.bench-table", at("tabindex", 0), at("role", "region"), at("aria-label", title), el("table", el("thead", head), body))
}
