package result

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"homeroom/core/evaluation"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/markup"
	"homeroom/wasm/words"
)

// Results is the panel that says how good the head is, and where it goes wrong.
type Results struct {
	*base.Base
	Learning *learn.Learning
	Cell     *cell // of the confusion matrix, whose photos are shown
	all      bool  // the table shows all classes
	named    *cell // by the address, until there are results
	folded   bool  // but for the first sentences and what misleads it
}

// New makes the panel.
func New(b *base.Base, l *learn.Learning) Results {
	return Results{Base: b, Learning: l, folded: true}
}

// A cell is one of the confusion matrix.
type cell struct{ row, column int }

type (
	// OpenCell shows the photos of a cell of the confusion matrix, CloseCell those of none.
	OpenCell  struct{ Row, Column int }
	CloseCell struct{}
	// AllClasses shows all classes in the table.
	AllClasses struct{}
	// Figures says that the figures were opened or folded.
	Figures struct{ Open bool }
	// Mistakes brings the keyboard to the photos that mislead it.
	Mistakes struct{}
	// AddPhotos leads to where photos are added to a class, Try to where the head is tried.
	AddPhotos struct{ Class int }
	Try       struct{}
)

func (AddPhotos) Viewing() {}

func (Try) Viewing() {}

func (OpenCell) Viewing() {}

func (e OpenCell) Update(s *Results, t *outside.Turn) {
	c := cell{e.Row, e.Column}
	if s.Cell != nil && *s.Cell == c {
		s.Cell = nil
		return
	}
	s.Cell, s.folded = &c, false
	t.Focus("#cell")
}

func (CloseCell) Viewing() {}

func (CloseCell) Update(s *Results, t *outside.Turn) { s.Cell = nil }

func (Figures) Viewing() {}

func (e Figures) Update(s *Results, _ *outside.Turn) { s.folded = !e.Open }

func (Mistakes) Viewing() {}

func (Mistakes) Update(s *Results, t *outside.Turn) { t.Focus("#misleading") }

func (AllClasses) Viewing() {}

func (AllClasses) Update(s *Results, t *outside.Turn) { s.all = true }

// Place names the cell whose photos are shown, and whether all classes are.
func (s *Results) Place() string {
	var out []string
	if !s.folded {
		out = append(out, "figures")
	}
	if s.all {
		out = append(out, "all")
	}
	c := s.Cell
	if c == nil {
		c = s.named
	}
	if c != nil {
		out = append(out, fmt.Sprintf("cell-%d-%d", c.row, c.column))
	}
	return strings.Join(out, "/")
}

// Go shows what places name.
func (s *Results) Go(t *outside.Turn, places []string) {
	s.all, s.Cell, s.named = slices.Contains(places, "all"), nil, nil
	s.folded = !slices.Contains(places, "figures") && !s.all
	for _, place := range places {
		if text, is := strings.CutPrefix(place, "cell-"); is {
			row, column, _ := strings.Cut(text, "-")
			s.named, s.folded = &cell{base.Number(row), base.Number(column)}, false
		}
	}
	if s.Figures != nil {
		s.Renewed()
	}
}

// Renewed is called once there are other figures: the cell that the address named is shown, and
// none of former ones.
func (s *Results) Renewed() {
	s.Cell, s.named = s.named, nil
	if c := s.Cell; c != nil && (s.Figures == nil || s.Figures.Report == nil || max(c.row, c.column) >= len(s.Figures.Report.Classes) || min(c.row, c.column) < 0) {
		s.Cell = nil
	}
}

// View says how good the head is, and where it goes wrong.
func (s *Results) View() []*node {
	r := s.Figures
	v := s.InUse()
	if v == nil || r == nil {
		return []*node{el("p.quiet", say("Nothing is learnt yet. Results appear here as soon as two classes have photos."))}
	}
	if r.Report == nil || r.Report.Photos == 0 {
		if notes := evaluation.Notes(r.Report, r.Unchecked, words.Percent); len(notes) > 0 {
			return []*node{el("p.quiet", strings.Join(notes, " "))}
		}
		return []*node{el("p.quiet", say("One photo a class is enough to answer, but not to say how well. Add a second photo to each class, and it is checked on photos that it has not seen."))}
	}
	var cell *node
	if s.Cell != nil {
		cell = s.cellPhotos(r)
	}
	return []*node{
		s.summary(r), s.misleading(r),
		el("details.all-figures", key("figures"), at("id", "figures"), flag("open", !s.folded), markup.On("toggle", func(in markup.Input) any { return s.In(Figures{in.Checked}) }),
			el("summary", say("All figures")),
			el("div.panel-results", s.headline(v, r), el("div.columns", key("classes"), s.classTable(r), s.matrix(r)), cell, s.pairs(r),
				el("div.columns", key("learning"), s.confidence(r), s.learningCurve(), s.training(r), s.kinds(r)))),
	}
}

// summary says in three sentences how good it is, what it confuses and what helps most next, and
// has the one button for that.
func (s *Results) summary(r *project.Figures) *node {
	rep := r.Report
	good := say("It named {1} of {2|# photo|# photos} right that it had not learnt from: it can become better.", rep.Correct, rep.Photos)
	switch {
	case rep.Photos < evaluation.FewPhotos:
		good = say("It named {1} of {2|# photo|# photos} right that it had not learnt from: too few to say how good it is.", rep.Correct, rep.Photos)
	case rep.Low >= 0.9:
		good = say("It named {1} of {2|# photo|# photos} right that it had not learnt from, which is very good.", rep.Correct, rep.Photos)
	case rep.Low >= 0.75:
		good = say("It named {1} of {2|# photo|# photos} right that it had not learnt from, which is good.", rep.Correct, rep.Photos)
	}
	worst := s.worst(rep)
	confused := say("It took no photo for another class.")
	if worst.photos > 0 {
		confused = say("Most often it takes {1} for {2} ({3|# photo|# photos}).", rep.Classes[worst.row].Name, rep.Classes[worst.column].Name, worst.photos)
	}
	next, event, does := "", any(nil), ""
	least := s.least()
	switch n := len(s.mistakes(r)); {
	case n > 0:
		next, event, does = say("Look at {1|# photo|# photos} below that it was surest of and yet wrong: some may be labelled wrongly.", n), Mistakes{}, say("Go to them")
	case least != nil && (rep.Photos < 50 || rep.High-rep.Low > 0.12):
		next, event, does = say("More photos of {1} would help it most; it has {2}.", least.Name, len(s.Members(least.ID))), AddPhotos{least.ID}, say("Add photos to {1}", least.Name)
	default:
		next, event, does = say("Try it on photos that are new to it, as different as they will be."), Try{}, say("Try it")
	}
	return el("section.card-section.summary", key("summary"), at("aria-labelledby", "summary-title"),
		el("h2.hidden-text", at("id", "summary-title"), say("In short")),
		el("p", good), el("p", confused), el("p", next), el("button.button.primary", at("type", "button"), s.Do("next", event), does))
}

// least is the class with the fewest photos, nil where there is none.
func (s *Results) least() *project.Class {
	var least *project.Class
	for i := range s.Classes {
		if c := &s.Classes[i]; least == nil || len(s.Members(c.ID)) < len(s.Members(least.ID)) {
			least = c
		}
	}
	return least
}

// A mixUp is how many photos of a class were taken for another.
type mixUp struct{ row, column, photos int }

// worst is the one of most photos.
func (s *Results) worst(rep *evaluation.Report) mixUp {
	var worst mixUp
	for i := range rep.Confusion {
		for j, k := range rep.Confusion[i] {
			if i != j && k > worst.photos {
				worst = mixUp{i, j, k}
			}
		}
	}
	return worst
}

func (s *Results) headline(v *project.Version, r *project.Figures) *node {
	rep := r.Report
	how := say("Each photo was named by a head that had learnt from the others, in {1} rounds.", r.Folds)
	if r.Folds == 1 {
		how = say("A fifth of the photos was kept back to check on.")
		if len(v.States) == 2 && v.Last {
			how += " " + say("The figures are those of its best state; it answers as learning ended.")
		}
	}
	doubt := say("That is enough photos to be fairly sure.")
	switch width := rep.High - rep.Low; {
	case width > 0.3:
		doubt = say("With so few photos that is a rough guess.")
	case width > 0.12:
		doubt = say("More photos would make that surer.")
	}
	line := say("{1} of {2|# photo|# photos}. For photos like these, expect between {3} and {4}. {5}", rep.Correct, rep.Photos, words.Percent(rep.Low), words.Percent(rep.High), doubt)
	if rep.Photos < evaluation.FewPhotos {
		line = say("So few photos tell little: add more, and it is checked on those too.")
	}
	text := el("div", el("h2", at("id", "headline-title"), base.NamedRight(rep.Photos)), el("p", line))
	for _, note := range evaluation.Notes(rep, r.Unchecked, words.Percent) {
		text.Kids = append(text.Kids, el("p.note", note))
	}
	text.Kids = append(text.Kids, el("p.quiet", how))
	return el("section.headline", key("headline"), at("aria-labelledby", "headline-share headline-title"),
		el("p.big", at("id", "headline-share"), base.Of(rep.Correct, rep.Photos)), text)
}

func (s *Results) classTable(r *project.Figures) *node {
	rows := slices.Clone(r.Report.Classes)
	rows = slices.DeleteFunc(rows, func(c evaluation.ClassReport) bool { return c.Photos == 0 })
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Recall < rows[j].Recall })
	var body []*node
	var more *node
	if n := len(rows); n > weakest+3 && !s.all {
		rows = rows[:weakest]
		more = el("p.more", el("button.button.small", at("type", "button"), s.Do("classes-all", AllClasses{}), say("Show all {1|# class|# classes}", n)))
	}
	for _, c := range rows {
		body = append(body, el("tr", key(c.Name), el("th", at("scope", "row"), at("title", named(c.Name)), el("span.clamp", named(c.Name))), el("td", base.Bar(base.Counted(c.Recall, c.Photos), c.Photos)), el("td", base.Bar(base.Counted(c.Recall, c.Photos), c.Answered)), el("td.number", words.Thousands(c.Photos))))
	}
	return el("section.card-section", key("by-class"), at("aria-labelledby", "by-class-title"),
		el("h2", at("id", "by-class-title"), say("Class by class")),
		el("p.quiet", say("Recognised: of this class's photos, how many were named so. Trustworthy: of the photos named so, how many were. The weakest class comes first.")),
		el("div.scroller", at("tabindex", 0), at("role", "group"), at("aria-labelledby", "by-class-title"),
			el("table.figures", el("thead", el("tr", el("th", at("scope", "col"), say("Class")), el("th", at("scope", "col"), say("Recognised")), el("th", at("scope", "col"), say("Trustworthy")), el("th.number", at("scope", "col"), say("Photos")))),
				el("tbody", body))), more)
}

// weakest is how many classes the table shows at first.
const weakest = 12

// inCell is how many photos of a cell of the matrix are shown.
const inCell = 96

// inMatrix is how many classes a matrix shows; with more, those that are confused most.
const inMatrix = 16

func (s *Results) matrix(r *project.Figures) *node {
	rep := r.Report
	n := len(rep.Classes)
	chosen := make([]int, 0, n)
	for i, c := range rep.Classes {
		if c.Photos > 0 || c.Answered > 0 {
			chosen = append(chosen, i)
		}
	}
	note := ""
	if len(chosen) > inMatrix {
		wrong := func(i int) int {
			w := rep.Classes[i].Photos + rep.Classes[i].Answered - 2*rep.Confusion[i][i]
			return w
		}
		all := len(chosen)
		slices.SortStableFunc(chosen, func(a, b int) int { return wrong(b) - wrong(a) })
		chosen = chosen[:inMatrix]
		slices.SortStableFunc(chosen, cmp.Compare)
		note = " " + say("Of {1} classes, the {2} that are confused most are shown.", all, inMatrix)
	}
	text := say("No photo was mistaken for another class.")
	if worst := s.worst(rep); worst.photos > 0 {
		text = say("Most often, {1} is taken for {2} ({3|# photo|# photos}).", rep.Classes[worst.row].Name, rep.Classes[worst.column].Name, worst.photos)
	}
	headRow := el("tr", el("td.corner", el("span", say("is ↓")), el("span", say("named →"))))
	for _, j := range chosen {
		headRow.Kids = append(headRow.Kids, el("th", at("scope", "col"), at("title", named(rep.Classes[j].Name)), el("span", named(rep.Classes[j].Name))))
	}
	var body []*node
	for _, i := range chosen {
		row := el("tr", el("th", at("scope", "row"), at("title", named(rep.Classes[i].Name)), named(rep.Classes[i].Name)))
		for _, j := range chosen {
			k := rep.Confusion[i][j]
			cell := el("td")
			if k > 0 {
				part := float64(k) / float64(rep.Classes[i].Photos)
				class := "wrong"
				name := say("{1|# photo|# photos} of {2}, named {3}", k, rep.Classes[i].Name, rep.Classes[j].Name)
				if i == j {
					class = "right"
				}
				cell = el("td."+class, at("--part", fmt.Sprintf("%.2f", part)),
					el("button", at("type", "button"), s.Do("cell", OpenCell{i, j}, "row", i, "column", j), at("aria-label", name), at("title", name),
						is("aria-pressed", s.Cell != nil && s.Cell.row == i && s.Cell.column == j), words.Thousands(k)))
			}
			row.Kids = append(row.Kids, cell)
		}
		body = append(body, row)
	}
	return el("section.card-section", key("matrix"), at("aria-labelledby", "matrix-title"),
		el("h2", at("id", "matrix-title"), say("What is taken for what")),
		el("p", text+note), el("p.quiet", say("Each row is a class; its numbers say how its photos were named. Press a number to see those photos.")),
		el("div.scroller", at("tabindex", 0), at("role", "group"), at("aria-labelledby", "matrix-title"), el("table.matrix", el("thead", headRow), el("tbody", body))))
}

// classOf is the index of a photo's class in the report, −1 where it is not there.
func (s *Results) classOf(r *project.Figures, ph *project.Photo) int {
	c := s.Class(ph.Class)
	if c == nil {
		return -1
	}
	return slices.IndexFunc(r.Report.Classes, func(k evaluation.ClassReport) bool { return k.Name == c.Name })
}

// heldPhotos are the photos with an answer, in the order of IDs.
func (s *Results) heldPhotos(r *project.Figures) []*project.Photo {
	var out []*project.Photo
	for id := range r.Held {
		if ph := s.Photo(id); ph != nil && ph.Class > 0 {
			out = append(out, ph)
		}
	}
	slices.SortStableFunc(out, func(a, b *project.Photo) int { return a.ID - b.ID })
	return out
}

func (s *Results) cellPhotos(r *project.Figures) *node {
	row, column := r.Report.Classes[s.Cell.row].Name, r.Report.Classes[s.Cell.column].Name
	list := el("ul.suspects", at("role", "list"), at("aria-label", say("{1} named {2}", row, column)))
	var chosen []*project.Photo
	for _, ph := range s.heldPhotos(r) {
		if s.classOf(r, ph) == s.Cell.row && r.Held[ph.ID].Label == column && len(chosen) < inCell {
			chosen = append(chosen, ph)
		}
	}
	list.Kids = s.suspects(r, chosen)
	text := say("{1} named {2}", row, column)
	if row == column {
		text = say("{1}, named right", row)
	}
	if len(list.Kids) == 0 {
		list = el("p.quiet", say("These photos have moved since this version was learnt."))
	}
	return el("section.card-section.wide", key("cell"), at("aria-labelledby", "cell-title"), at("id", "cell"), at("tabindex", "-1"),
		el("div.section-head", el("h2", at("id", "cell-title"), text), el("button.link", at("type", "button"), s.Do("cell-close", CloseCell{}), say("Close"))), list)
}

// suspects are photos with what they are called and what they were taken for. What takes one out of
// the list leaves the keyboard on the next, or on the one before.
func (s *Results) suspects(r *project.Figures, list []*project.Photo) []*node {
	var out []*node
	for i, ph := range list {
		next := -1
		switch {
		case i+1 < len(list):
			next = list[i+1].ID
		case i > 0:
			next = list[i-1].ID
		}
		out = append(out, s.suspect(ph, r.Held[ph.ID], next))
	}
	return out
}

func (s *Results) suspect(ph *project.Photo, h project.HeldOut, next int) *node {
	own := ""
	if c := s.Class(ph.Class); c != nil {
		own = c.Name
	}
	t := s.Tile(ph, "")
	t.Tag = "div"
	t.Key = ""
	t.Kids[0].On = append(t.Kids[0].On, s.Removes(ph.ID, next))
	n := el("li.suspect", key("s"+strconv.Itoa(ph.ID)), at("data-photo", ph.ID), t,
		el("div.suspect-words",
			el("p.clamp", at("title", named(own)), el("span.quiet", say("Labelled")+" "), el("strong", named(own))),
			el("p.clamp", at("title", named(h.Label)), el("span.quiet", say("Named")+" "), el("strong", named(h.Label)), " "+words.Percent(h.Score)),
		))
	if c := s.ClassNamed(h.Label); c != nil && c.ID != ph.Class {
		var right *node
		if ph.Sure != ph.Class {
			right = el("button.button.small", at("type", "button"), s.Do("right", base.SayRight{Photo: ph.ID, Next: next}, "photo", ph.ID), at("aria-label", say("The label is right: {1}", s.Called(ph))), say("The label is right"))
		}
		n.Kids[1].Kids = append(n.Kids[1].Kids, el("div.suspect-tools", right,
			el("button.button.small", at("type", "button"), s.Do("move", base.MovePhoto{Photo: ph.ID, Class: c.ID, Next: next}, "photo", ph.ID, "class", c.ID), at("aria-label", say("Move to {1}: {2}", c.Name, s.Called(ph))), say("Move to {1}", c.Name)),
			el("button.link", at("type", "button"), s.Do("remove", base.RemovePhoto{Photo: ph.ID, Next: next}, "photo", ph.ID), at("aria-label", say("Remove {1}", s.Called(ph))), say("Remove"))))
	}
	return n
}

// mistakes are the photos that were named most wrongly, but for those that a person said are right.
func (s *Results) mistakes(r *project.Figures) []*project.Photo {
	all := s.heldPhotos(r)
	all = slices.DeleteFunc(all, func(ph *project.Photo) bool {
		h := r.Held[ph.ID]
		c := s.Class(ph.Class)
		return h.Label == c.Name || ph.Sure == ph.Class
	})
	slices.SortStableFunc(all, func(a, b *project.Photo) int { return cmp.Compare(r.Held[a.ID].Own, r.Held[b.ID].Own) })
	return all[:min(12, len(all))]
}

// misleading lists them: often they lie in the wrong class.
func (s *Results) misleading(r *project.Figures) *node {
	all := s.mistakes(r)
	if len(all) == 0 {
		return nil
	}
	list := el("ul.suspects", at("role", "list"), at("aria-label", say("Photos that mislead it")))
	list.Kids = s.suspects(r, all)
	return el("section.card-section.wide", key("misleading"), at("id", "misleading"), at("tabindex", -1), at("aria-labelledby", "misleading-title"),
		el("h2", at("id", "misleading-title"), say("Photos that mislead it")),
		el("p.quiet", say("Named most surely wrong. Say where the label is right all the same; what lies in the wrong class can be moved, or taken out.")), list)
}

func (s *Results) pairs(r *project.Figures) *node {
	list := el("ul.pairs", at("role", "list"), at("aria-label", say("Photos that are nearly the same")))
	var pairs []project.Alike
	for _, p := range r.Pairs {
		if a, b := s.Photo(p.A), s.Photo(p.B); a != nil && b != nil && a.Class > 0 && b.Class > 0 && len(pairs) < 12 {
			pairs = append(pairs, p)
		}
	}
	for i, p := range pairs {
		a, b := s.Photo(p.A), s.Photo(p.B)
		next := -1
		switch {
		case i+1 < len(pairs) && pairs[i+1].A != b.ID:
			next = pairs[i+1].A
		case i > 0:
			next = pairs[i-1].A
		}
		ta, tb := s.Tile(a, ""), s.Tile(b, "")
		ta.Tag, tb.Tag, ta.Key, tb.Key = "div", "div", "", ""
		text := say("nearly the same")
		if p.Same {
			text = say("the same file")
		}
		if a.Class != b.Class {
			text = say("{1}, in two classes: {2} and {3}", text, s.Class(a.Class).Name, s.Class(b.Class).Name)
		}
		list.Kids = append(list.Kids, el("li.pair", key(fmt.Sprintf("%d-%d", p.A, p.B)), ta, tb, el("p.quiet", text),
			el("button.button.small", at("type", "button"), s.Do("remove", base.RemovePhoto{Photo: b.ID, Next: next}, "photo", b.ID), at("aria-label", say("Remove the second, {1}", s.Called(b))), say("Remove the second"))))
	}
	if len(pairs) == 0 {
		return nil
	}
	return el("section.card-section.wide", key("pairs"), at("aria-labelledby", "pairs-title"), el("h2", at("id", "pairs-title"), say("Nearly the same")),
		el("p.quiet", say("They teach little that is new. When it is checked they are kept on one side, so that they do not flatter the figures.")), list)
}

// confidence is the reliability diagram, where there are photos enough for one.
func (s *Results) confidence(r *project.Figures) *node {
	if r.Report.Photos < evaluation.FewPhotos {
		return nil
	}
	c := chart{
		label: say("How often it is right, by how sure it says it is"), x: say("how sure it says it is"), y: say("how often it is right"),
		percentX: true, percentY: true, maxX: 1, maxY: 1, diagonal: true,
	}
	var rows [][]string
	line := series{name: "photos", dots: true}
	most := 0
	for _, b := range r.Report.Reliability {
		most = max(most, b.Photos)
	}
	for _, b := range r.Report.Reliability {
		if b.Photos == 0 {
			continue
		}
		line.points = append(line.points, point{b.Confidence, b.Accuracy, 2.5 + 4.5*math.Sqrt(float64(b.Photos)/float64(most))})
		rows = append(rows, []string{say("{1} to {2}", words.Percent(b.From), words.Percent(b.To)), base.ShareOf(b.Accuracy, b.Photos), words.Thousands(b.Photos)})
	}
	c.lines = []series{line}
	text := say("You can take its percentages at their word: on average they are off by {1}.", words.Percent(r.Report.ECE))
	switch {
	case r.Report.Photos < 50:
		text = say("Too few photos to judge its percentages well; so far they are off by {1} on average.", words.Percent(r.Report.ECE))
	case r.Report.ECE > 0.1:
		text = say("Take its percentages with care: on average they are off by {1}.", words.Percent(r.Report.ECE))
	}
	return figure("confidence", say("Does it know when it is right?"), say("{1} Dots on the line are just right; below it, it was too sure.", text), c, []string{say("How sure"), say("Right"), say("Photos")}, rows)
}

func (s *Results) learningCurve() *node {
	c := s.Learning.Curve
	title := say("Would more photos help?")
	if len(c.Points) == 0 {
		var body *node
		switch {
		case c.Busy:
			body = el("div.progress.plain", el("label", at("for", "curve-bar"), say("Learning from fewer photos, to see what more would do")), el("progress", at("id", "curve-bar"), at("max", 1), at("value", fmt.Sprintf("%.3f", c.Share))),
				el("button.button.small", at("type", "button"), s.Do("curve-stop", learn.StopLearning{}), say("Stop")))
		case c.Why != "":
			body = el("p", c.Why)
		default:
			body = el("div", el("p", say("It learns again from fewer and fewer photos and shows how much each helped.")),
				el("button.button.small.find-out", at("type", "button"), s.Do("curve", learn.FindGrowth{}), say("Find out")))
		}
		return el("section.card-section", key("curve"), at("aria-labelledby", "curve-title"), el("h2", at("id", "curve-title"), title), body)
	}
	ch := chart{label: say("Accuracy by number of photos learnt from"), x: say("photos learnt from"), y: say("named right"), percentY: true, maxY: 1}
	line := series{name: say("named right"), dots: true, line: true}
	var rows [][]string
	for _, p := range c.Points {
		ch.maxX = max(ch.maxX, p.Photos)
		line.points = append(line.points, point{p.Photos, p.Accuracy, 3.5})
		rows = append(rows, []string{words.Thousands(int(p.Photos + 0.5)), base.ShareOf(p.Accuracy, p.Held)})
	}
	ch.lines = []series{line}
	return figure("curve", title, c.Text, ch, []string{say("Photos"), say("Named right")}, rows)
}

func (s *Results) training(r *project.Figures) *node {
	if len(r.Curve) < 2 || r.Curve[0].Loss == 0 {
		return nil
	}
	loss, valid := series{name: say("on what it learnt from"), line: true}, series{name: say("on photos kept back"), line: true, second: true}
	ch := chart{label: say("Loss by step of learning"), x: say("step"), y: say("loss")}
	var rows [][]string
	every := max(1, len(r.Curve)/20)
	for i, p := range r.Curve {
		ch.maxX = max(ch.maxX, float64(p.Step))
		ch.maxY = max(ch.maxY, p.Loss, p.ValidLoss)
		loss.points = append(loss.points, point{float64(p.Step), p.Loss, 0})
		if p.ValidLoss > 0 {
			valid.points = append(valid.points, point{float64(p.Step), p.ValidLoss, 0})
		}
		if i%every == 0 || i == len(r.Curve)-1 {
			rows = append(rows, []string{strconv.Itoa(p.Step), fmt.Sprintf("%.3f", p.Loss)})
		}
	}
	ch.lines = []series{loss}
	if valid.points != nil {
		ch.lines = append(ch.lines, valid)
	}
	return figure("training", say("How it learnt"), say("The loss says how wrong it still was after each step. It should fall and then level off."), ch, []string{say("Step"), say("Loss")}, rows)
}

func (s *Results) kinds(r *project.Figures) *node {
	if len(r.Tried) < 2 {
		return nil
	}
	most := 0
	for _, t := range r.Tried {
		most = max(most, t.Photos)
	}
	early := func(t training.Candidate) bool { return t.Photos > 0 && t.Photos < most }
	all := slices.Clone(r.Tried)
	sort.SliceStable(all, func(i, j int) bool { return !early(all[i]) && early(all[j]) }) // a loss on other photos compares with nothing
	v := s.Version(r.Version)
	chosen := slices.IndexFunc(all, func(t training.Candidate) bool {
		return v != nil && string(t.Kind) == v.Kind && t.Input.String() == v.Input
	})
	var body []*node
	for i, t := range all[:min(12, len(all))] {
		name := []*node{el("span", base.KindName(string(t.Kind)))}
		switch {
		case i == chosen:
			name = append(name, el("span.tag", say("chosen")))
		case early(t):
			name = append(name, el("span.tag.off", say("given up early")))
		}
		body = append(body, el("tr", el("th", at("scope", "row"), name), el("td.wrap", s.Seen(t.Input)), el("td", base.Bar(base.Counted(t.Accuracy, t.Photos), t.Photos)), el("td.number", fixed(t.Loss, 3))))
	}
	n := el("section.card-section", key("tried"), at("aria-labelledby", "tried-title"), el("h2", at("id", "tried-title"), say("What was tried")),
		el("p.quiet", say("Several ways to learn were tried. The one with the smallest loss on photos it had not seen was kept, unless its lead over a plainer one may be chance. The loss counts how wrong it was, and how sure of it.")),
		el("div.scroller", at("tabindex", 0), at("role", "group"), at("aria-labelledby", "tried-title"),
			el("table.figures", el("thead", el("tr", el("th", at("scope", "col"), say("Head")), el("th", at("scope", "col"), say("What it sees")), el("th", at("scope", "col"), say("Named right")), el("th.number", at("scope", "col"), say("Loss")))), el("tbody", body))))
	if r.LeftOut != "" {
		n.Kids = append(n.Kids, el("p.quiet", r.LeftOut))
	}
	return n
}
