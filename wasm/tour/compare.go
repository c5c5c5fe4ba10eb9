package tour

import (
	"slices"

	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// compare runs networks side by side on the photo.
type compare struct {
	line []string             // that are still to run, the first now
	told map[string][]altered // runs
}

// Runs runs networks.
type Runs struct{ Names []string }

func (e Runs) update(s *compare) {
	for _, name := range e.Names {
		if delete(s.told, name); !slices.Contains(s.line, name) {
			s.line = append(s.line, name)
		}
	}
}

// timed is how often a network runs for the photo: the quickest counts.
const timed = 3

func (s *compare) name() string { return "compare" }

func (s *compare) network(*desk) string {
	if len(s.line) == 0 {
		return ""
	}
	return s.line[0]
}

func (s *compare) reset() {
	if s.told != nil { // of the same networks for another photo
		s.line = nil
		for name := range s.told {
			s.line = append(s.line, name)
		}
		slices.Sort(s.line)
	}
	s.told = map[string][]altered{}
}

func (s *compare) asks(*desk) any {
	if len(s.line) == 0 {
		return nil
	}
	return askAlter{class: -1}
}

func (s *compare) take(_ *desk, answer any) {
	a, is := answer.(altered)
	if !is || len(s.line) == 0 {
		return
	}
	if s.told == nil {
		s.told = map[string][]altered{}
	}
	name := s.line[0]
	if s.told[name] = append(s.told[name], a); len(s.told[name]) >= timed {
		s.line = s.line[1:]
	}
}

func (s *compare) waits() string { return "" }

func (s *compare) view(d *desk) []*node {
	head, body := el("tr"), el("tbody")
	for _, h := range []string{say("Network"), say("It says"), say("Time here"), say("Multiply-adds"), say("Weights"), say("Download"), say("Right answers")} {
		head.Kids = append(head.Kids, el("th", at("scope", "col"), h))
	}
	var all []string
	bytes := int64(0)
	for _, n := range d.networks {
		all = append(all, n.Name)
		if d.packs[n.Name] == nil {
			bytes += n.Bytes
		}
		says, took := el("td", button(say("Run it"), Runs{[]string{n.Name}})), ""
		says.Kids[0].Attrs = append(says.Kids[0].Attrs, at("aria-label", say("Run it: {1}", n.Called())))
		if runs := s.told[n.Name]; len(runs) > 0 {
			best := runs[0].milliseconds
			for _, r := range runs {
				best = min(best, r.milliseconds)
			}
			took, says = words.Milliseconds(best), el("td", say("nothing: it has features alone"))
			if r := runs[0].results; len(r) > 0 {
				says = el("td", sureOf(r[0]))
			}
		} else if slices.Contains(s.line, n.Name) {
			says = el("td", say("in turn…"))
		}
		right := text.Foreign(n.Accuracy)
		if right == "" {
			right = say("does not name things")
		}
		body.Kids = append(body.Kids, el("tr", markup.Key(n.Name), el("th", at("scope", "row"), text.Name(n.Called())), says, el("td", took), el("td", millions(n.MACs)), el("td", millions(n.Parameters)),
			el("td", say("{1}\u00a0MB", words.Megabytes(n.Bytes))), el("td", right)))
	}
	label := say("Run all")
	if bytes > 0 {
		label = say("Run all, fetching {1}\u00a0MB", words.Megabytes(bytes))
	}
	return []*node{button(label, Runs{all}),
		el("div.bench-table", at("tabindex", 0), at("role", "region"), at("aria-label", say("Networks side by side")), el("table", el("thead", head), body))}
}
