package result

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/evaluation"
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// Versions is the panel of what was learnt.
type Versions struct {
	*base.Base
	Learning *learn.Learning
	compare  [2]int // numbers of versions, 0 for none
}

type (
	// UseVersion brings a version back.
	UseVersion struct{ Version int }
	// AnswerIn has a version answer in the state that learning ended in, or in its best.
	AnswerIn struct {
		Version int
		Last    bool
	}
	// NoteVersion gives a version a note.
	NoteVersion struct {
		Version int
		Note    string
	}
	// CompareVersion chooses a version to be compared with another, or no longer.
	CompareVersion struct {
		Version int
		On      bool
	}
)

func (e UseVersion) Update(s *Versions, t *outside.Turn) {
	s.Learning.Cancel(t) // what is being learnt would take its place
	s.Learning.Due = false
	s.Change(t, s.Use(e.Version))
}

func (e AnswerIn) Update(s *Versions, t *outside.Turn) {
	s.Change(t, s.Base.AnswerIn(e.Version, e.Last))
}

func (e NoteVersion) Update(s *Versions, t *outside.Turn) {
	s.Change(t, s.Annotate(e.Version, strings.TrimSpace(e.Note)))
}

func (CompareVersion) Viewing() {}

func (e CompareVersion) Update(s *Versions, t *outside.Turn) {
	c := &s.compare
	switch {
	case !e.On && c[0] == e.Version:
		c[0], c[1] = c[1], 0
	case !e.On:
		c[1] = 0
	default: // the one that was chosen first makes room
		if c[0] != 0 && c[1] != 0 {
			c[0], c[1] = c[1], 0
		}
		if c[0] == 0 {
			c[0] = e.Version
		} else {
			c[1] = e.Version
		}
	}
}

// Place names the versions that are compared.
func (s *Versions) Place() string {
	if s.compare == [2]int{} {
		return ""
	}
	return fmt.Sprintf("compare-%d-%d", s.compare[0], s.compare[1])
}

// Go compares those that places name.
func (s *Versions) Go(t *outside.Turn, places []string) {
	s.compare = [2]int{}
	for _, place := range places {
		if text, is := strings.CutPrefix(place, "compare-"); is {
			a, b, _ := strings.Cut(text, "-")
			for i, text := range []string{a, b} {
				if v := s.Version(base.Number(text)); v != nil {
					s.compare[i] = v.Number
				}
			}
		}
	}
}

// View lists what was learnt, newest first.
func (s *Versions) View() []*node {
	p := s.Project
	if len(p.Versions) == 0 {
		return []*node{el("p.quiet", say("Each time it learns, the result is kept here, and can be compared and brought back."))}
	}
	list := el("ul.versions", at("role", "list"), at("aria-label", say("Versions")))
	for _, v := range slices.Backward(p.Versions) {
		number := strconv.Itoa(v.Number)
		accuracy := say("not checked")
		if v.Checked > 0 {
			accuracy = base.Share(&v)
		}
		n := el("li.version", key(number), at("data-version", number),
			el("div.version-figures", el("p.version-accuracy", accuracy), base.Ring(&v)),
			el("div.version-words",
				el("h2", say("Version {1}", number)),
				el("p.quiet", text.Date(v.When)+" · "+say("{1|# class|# classes}, {2|# photo|# photos}", len(v.Classes), v.Photos)+" · "+base.KindName(v.Kind)),
				el("p.quiet", say("Sees {1}", s.Sees(v.Input))),
				s.states(v),
				el("label.hidden-text", at("for", "note-"+number), say("Note on version {1}", number)),
				el("input", at("id", "note-"+number), at("type", "text"), at("maxlength", 300), at("placeholder", say("Add a note")), at("autocomplete", "off"), at("value", v.Note), s.Chosen("version-note", func(text string) any { return NoteVersion{v.Number, text} }, "version", number))),
			el("div.version-tools", s.useVersion(v),
				el("label.check", el("input", at("type", "checkbox"), flag("checked", s.compare[0] == v.Number || s.compare[1] == v.Number), at("aria-label", say("Compare version {1}", number)), s.Checked("version-compare", func(on bool) any { return CompareVersion{v.Number, on} }, "version", number)), el("span", say("Compare")))))
		if v.Number == p.Current {
			n.Attrs = append(n.Attrs, at("data-current", ""))
		}
		list.Kids = append(list.Kids, n)
	}
	return []*node{s.comparison(), el("p.quiet", key("explain"), say("The version in use names photos. Bringing one back leaves your photos as they are; the next change is learnt as a new version.")), list}
}

// states lets a person choose between the two states of a version.
func (s *Versions) states(v project.Version) *node {
	if len(v.States) != 2 {
		return nil
	}
	id := "state-" + strconv.Itoa(v.Number)
	option := func(value, name string, t project.State) *node {
		return el("option", at("value", value), key(value), say("{1}: step {2}, {3} right", name, t.Step, base.ShareOf(t.Accuracy, v.Checked)))
	}
	chosen := "best"
	if v.Last {
		chosen = "last"
	}
	return el("p.version-state", el("label", at("for", id), say("Answers as it was"), el("span.hidden-text", say("in version {1}", v.Number))),
		el("select", at("id", id), at("value", chosen), s.Chosen("version-state", func(state string) any { return AnswerIn{v.Number, state == "last"} }, "version", v.Number),
			option("best", say("best on photos kept back"), v.States[0]), option("last", say("when learning ended"), v.States[1])))
}

func (s *Versions) useVersion(v project.Version) *node {
	if v.Number == s.Current {
		return el("p.in-use", say("In use"))
	}
	return el("button.button.small", at("type", "button"), s.Do("version-use", UseVersion{v.Number}, "version", v.Number), at("aria-label", say("Bring back version {1}", v.Number)), say("Bring back"))
}

func (s *Versions) comparison() *node {
	a, b := s.Version(s.compare[0]), s.Version(s.compare[1])
	if a == nil || b == nil {
		return nil
	}
	if a.Number > b.Number {
		a, b = b, a
	}
	text := say("No accuracy to compare: one of them was not checked.")
	if a.Checked > 0 && b.Checked > 0 {
		switch d := b.Accuracy - a.Accuracy; {
		case d > 0 && b.Low > a.High:
			text = say("Version {1} is better, beyond chance.", b.Number)
		case d < 0 && a.Low > b.High:
			text = say("Version {1} is better, beyond chance.", a.Number)
		case d > 0:
			text = say("Version {1} did better, but with so few photos that may be chance.", b.Number)
		case d < 0:
			text = say("Version {1} did better, but with so few photos that may be chance.", a.Number)
		default:
			text = say("They did equally well.")
		}
	}
	row := func(name string, of func(*project.Version) string) *node {
		x, y := of(a), of(b)
		n := el("tr", el("th", at("scope", "row"), name), el("td", x), el("td", y))
		if x != y {
			n.Attrs = append(n.Attrs, at("data-differs", ""))
		}
		return n
	}
	return el("section.card-section", key("comparison"), at("aria-labelledby", "comparison-title"),
		el("h2", at("id", "comparison-title"), say("Versions {1} and {2}", a.Number, b.Number)), el("p", text),
		el("div.scroller", at("tabindex", 0), at("role", "group"), at("aria-labelledby", "comparison-title"),
			el("table.figures", el("thead", el("tr", el("td"), el("th", at("scope", "col"), say("Version {1}", a.Number)), el("th", at("scope", "col"), say("Version {1}", b.Number)))),
				el("tbody",
					row(say("Named right"), func(v *project.Version) string {
						if v.Checked == 0 {
							return say("not checked")
						}
						if v.Checked < evaluation.FewPhotos {
							return base.Share(v)
						}
						return say("{1} ({2} to {3})", words.Percent(v.Accuracy), words.Percent(v.Low), words.Percent(v.High))
					}),
					row(say("Photos"), func(v *project.Version) string { return words.Thousands(v.Photos) }),
					row(say("Classes"), func(v *project.Version) string { return listed(v.Classes) }),
					row(say("Head"), func(v *project.Version) string { return base.KindName(v.Kind) }),
					row(say("What it sees"), func(v *project.Version) string { return s.Sees(v.Input) }),
					row(say("Loss"), func(v *project.Version) string { return fixed(v.Loss, 3) }),
					row(say("Seed"), func(v *project.Version) string { return strconv.FormatUint(v.Seed, 10) }),
					row(say("Learnt in"), func(v *project.Version) string { return words.Milliseconds(1000 * v.Seconds) }),
					row(say("Note"), func(v *project.Version) string { return named(v.Note) })))))
}
