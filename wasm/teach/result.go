package teach

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/wasm/words"
)

// Learning is how far the head is that is being learnt.
type Learning struct {
	State string // "" nothing to do, "busy", "failed"
	Stage head.Progress
	Curve []head.Progress // so far, of stage "learn"
	Why   string          // it failed
	Stale bool            // something changed since the newest version was learnt
}

// Held is how a photo was answered by a head that had not learnt from it.
type Held struct {
	Label   string  `json:"label"`   // the answer
	Score   float64 `json:"score"`   // its probability
	Own     float64 `json:"own"`     // the probability of the photo's own class
	Right   bool    `json:"right"`   // the answer is the photo's class
	Strange float64 `json:"strange"` // how unlike the others it is; above 1 is "unknown"
}

// Pair is two photos that are nearly the same.
type Pair struct {
	A    int  `json:"a"`
	B    int  `json:"b"`
	Same bool `json:"same"` // byte for byte
}

// A Result is what is known of a version of the head.
type Result struct {
	Version   int              `json:"version"`
	Report    *head.Report     `json:"report"` // on photos that it had not learnt from; nil where there were too few
	Folds     int              `json:"folds"`
	Held      map[int]Held     `json:"held"` // by photo
	Tried     []head.Candidate `json:"tried"`
	Curve     []head.Progress  `json:"curve"`
	Pairs     []Pair           `json:"pairs"`
	Unchecked []head.Unchecked `json:"unchecked,omitempty"` // classes of which nothing could be held out
	LeftOut   string           `json:"left_out,omitempty"`  // what was not tried, and why
}

// Decoded reads a result that was saved as JSON.
func Decoded(data []byte) (*Result, error) {
	r := new(Result)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("the figures of a version cannot be read: %w", err)
	}
	if r.Report != nil {
		err := r.Report.Check()
		if n := len(r.Report.Classes); n > MaxClasses {
			err = fmt.Errorf("a report of %d classes, and a project holds %d", n, MaxClasses)
		}
		if err == nil {
			err = r.Report.Expand()
		}
		if err != nil {
			return nil, fmt.Errorf("the figures of a version cannot be read: %w", err)
		}
	}
	return r, nil
}

// Encode writes a result as JSON.
func (r *Result) Encode() []byte {
	c := *r
	if c.Report != nil {
		c.Report = c.Report.Compact()
	}
	data, err := json.Marshal(&c)
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return data
}

// A Cell is one of the confusion matrix.
type Cell struct{ Row, Column int }

func (s *Screen) answerOf(photo int) *Held {
	if s.Result == nil {
		return nil
	}
	if h, ok := s.Result.Held[photo]; ok {
		return &h
	}
	return nil
}

// learningStrip says how learning stands, always in view.
func (s *Screen) learningStrip() *node {
	l := s.Learning
	taught := 0
	for _, c := range s.Project.Classes {
		for _, ph := range s.Project.Members(c.ID) {
			if ph.Spaces != nil {
				taught++
				break
			}
		}
	}
	head := func(state string, parts ...any) *node {
		n := el("section.learning", at("aria-label", "Learning"), at("data-learning", state), key("learning"))
		for _, p := range parts {
			if k, ok := p.(*node); ok && k != nil {
				n.Kids = append(n.Kids, k)
			}
		}
		return n
	}
	v := s.Project.Version(s.Project.Current)
	switch {
	case l.State == "busy":
		line := "Learning"
		switch l.Stage.Stage {
		case "choose":
			line = "Learning: choosing what answers best"
		case "check":
			line = "Learning: checking on photos it has not seen"
		}
		var live []string
		if l.Stage.Loss > 0 {
			live = append(live, fmt.Sprintf("loss %.3f", l.Stage.Loss))
		}
		if a := max(l.Stage.ValidAccuracy, l.Stage.Accuracy); a > 0 {
			live = append(live, "accuracy "+words.Percent(a))
		}
		bar := el("progress", at("id", "learning-bar"), at("max", 1), at("value", fmt.Sprintf("%.3f", l.Stage.Share)))
		return head("busy", el("label", at("for", "learning-bar"), line), el("span.live", strings.Join(live, " · ")), bar,
			el("button.button.small", at("type", "button"), do("learn-stop"), "Stop"))
	case l.State == "failed":
		return head("failed", el("p", el("strong", "It could not learn. "), l.Why), el("button.button.small", at("type", "button"), do("learn"), "Try again"))
	case v == nil && s.Reading.Of > 0 && !s.Reading.Paused:
		return head("waiting", el("p", "Learning starts by itself once the photos are read."))
	case taught < 2 && v == nil:
		text := "Add photos to two classes and learning starts by itself."
		if taught == 1 {
			text = "Add photos to one more class and learning starts by itself."
		}
		return head("waiting", el("p", text))
	case v == nil:
		return head("ready", el("p", "Ready to learn."), el("button.button.small.primary", at("type", "button"), do("learn"), "Learn now"))
	}
	parts := []any{score(v), el("p.learning-text", el("strong", "Version "+strconv.Itoa(v.Number)+": "), v.InWords())}
	if l.Stale && taught >= 2 {
		parts = append(parts, el("button.button.small.primary", at("type", "button"), do("learn"), "Learn the changes"))
	}
	return head("done", parts...)
}

func score(v *Version) *node {
	if v.Checked == 0 {
		return nil
	}
	const around = 2 * math.Pi * 15.5
	return el("svg.ring", at("viewBox", "0 0 40 40"), at("width", 44), at("height", 44), at("aria-hidden", "true"), at("focusable", "false"),
		el("circle.ring-back", at("cx", 20), at("cy", 20), at("r", 15.5)),
		el("circle.ring-part", at("cx", 20), at("cy", 20), at("r", 15.5), at("stroke-dasharray", fmt.Sprintf("%.2f %.2f", v.Accuracy*around, around)), at("transform", "rotate(-90 20 20)")))
}

// share says how many of the photos that a version was checked on it named right.
func share(v *Version) string {
	return head.Share(int(math.Round(v.Accuracy*float64(v.Checked))), v.Checked, words.Percent)
}

// NamedRight goes on where [head.Share] ends, of so many photos: "8 of 9" photos, but "98%" of photos.
func NamedRight(photos int) string {
	said := "photos it had not seen were named right"
	if photos >= head.FewPhotos {
		said = "of " + said
	}
	return said
}

// InWords says how good a version is.
func (v *Version) InWords() string {
	if v.Checked == 0 {
		return fmt.Sprintf("learnt %s from %s. Too few to check it on photos it has not seen.", words.Plural(len(v.Classes), "class", "classes"), words.Photos(v.Photos))
	}
	right := int(math.Round(v.Accuracy * float64(v.Checked)))
	share := ""
	if v.Checked >= head.FewPhotos {
		share = " (" + words.Percent(v.Accuracy) + ")"
	}
	return fmt.Sprintf("named %s of %s right that it had not seen%s, learnt in %s.", words.Thousands(right), words.Photos(v.Checked), share, words.Milliseconds(1000*v.Seconds))
}

// resultsTab says how good the head is, and where it goes wrong.
func (s *Screen) resultsTab() []*node {
	r := s.Result
	v := s.Project.Version(s.Project.Current)
	if v == nil || r == nil {
		return []*node{el("p.quiet", "Nothing is learnt yet. Results appear here as soon as two classes have photos.")}
	}
	notes := head.Notes(r.Report, r.Unchecked, words.Percent)
	if r.Report == nil || r.Report.Photos == 0 {
		if len(notes) > 0 {
			return []*node{el("p.quiet", strings.Join(notes, " "))}
		}
		return []*node{el("p.quiet", "One photo a class is enough to answer, but not to say how well. Add a second photo to each class, and it is checked on photos that it has not seen.")}
	}
	out := []*node{s.headline(v, r), el("div.columns", key("classes"), s.classTable(r), s.matrix(r))}
	if s.Cell != nil {
		out = append(out, s.cellPhotos(r))
	}
	return append(out, s.misleading(r), s.pairs(r), el("div.columns", key("learning"), s.confidence(r), s.learningCurve(), s.training(r), s.kinds(r)))
}

func (s *Screen) headline(v *Version, r *Result) *node {
	rep := r.Report
	how := "Each photo was named by a head that had learnt from the others, in " + strconv.Itoa(r.Folds) + " rounds."
	if r.Folds == 1 {
		how = "A fifth of the photos was kept back to check on."
		if len(v.States) == 2 && v.Last {
			how += " The figures are those of its best state; it answers as learning ended."
		}
	}
	doubt := "That is enough photos to be fairly sure."
	switch width := rep.High - rep.Low; {
	case width > 0.3:
		doubt = "With so few photos that is a rough guess."
	case width > 0.12:
		doubt = "More photos would make that surer."
	}
	line := fmt.Sprintf("%s of %s. For photos like these, expect between %s and %s. %s", words.Thousands(rep.Correct), words.Photos(rep.Photos), words.Percent(rep.Low), words.Percent(rep.High), doubt)
	if rep.Photos < head.FewPhotos {
		line = "So few photos tell little: add more, and it is checked on those too."
	}
	text := el("div", el("h2", at("id", "headline-title"), NamedRight(rep.Photos)), el("p", line))
	for _, note := range head.Notes(rep, r.Unchecked, words.Percent) {
		text.Kids = append(text.Kids, el("p.note", note))
	}
	text.Kids = append(text.Kids, el("p.quiet", how))
	return el("section.headline", key("headline"), at("aria-labelledby", "headline-share headline-title"),
		el("p.big", at("id", "headline-share"), head.Share(rep.Correct, rep.Photos, words.Percent)), text)
}

// bar is a share of some photos as a bar with its figure.
func bar(part, whole int) *node {
	return el("span.bar-cell", at("--share", fmt.Sprintf("%.1f%%", 100*float64(part)/float64(max(1, whole)))), el("span", head.Share(part, whole, words.Percent)))
}

func (s *Screen) classTable(r *Result) *node {
	rows := slices.Clone(r.Report.Classes)
	rows = slices.DeleteFunc(rows, func(c head.ClassReport) bool { return c.Photos == 0 })
	slices.SortStableFunc(rows, func(a, b head.ClassReport) int { return cmp.Compare(a.Recall, b.Recall) })
	var body []*node
	var more *node
	if n := len(rows); n > weakest+3 && !s.AllClasses {
		rows = rows[:weakest]
		more = el("p.more", el("button.button.small", at("type", "button"), do("classes-all"), "Show all "+words.Plural(n, "class", "classes")))
	}
	for _, c := range rows {
		body = append(body, el("tr", key(c.Name), el("th", at("scope", "row"), at("title", c.Name), el("span.clamp", c.Name)), el("td", bar(right(c), c.Photos)), el("td", bar(right(c), c.Answered)), el("td.number", words.Thousands(c.Photos))))
	}
	return el("section.card-section", key("by-class"), at("aria-labelledby", "by-class-title"),
		el("h2", at("id", "by-class-title"), "Class by class"),
		el("p.quiet", "Recognised: of this class's photos, how many were named so. Trustworthy: of the photos named so, how many were. The weakest class comes first."),
		el("div.scroller", at("tabindex", 0), at("role", "group"), at("aria-labelledby", "by-class-title"),
			el("table.figures", el("thead", el("tr", el("th", at("scope", "col"), "Class"), el("th", at("scope", "col"), "Recognised"), el("th", at("scope", "col"), "Trustworthy"), el("th.number", at("scope", "col"), "Photos"))),
				el("tbody", body))), more)
}

// right is how many photos of a class were named so.
func right(c head.ClassReport) int { return int(math.Round(c.Recall * float64(c.Photos))) }

// weakest is how many classes the table shows at first.
const weakest = 12

// inMatrix is how many classes a matrix shows; with more, those that are confused most.
const inMatrix = 16

func (s *Screen) matrix(r *Result) *node {
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
		slices.Sort(chosen)
		note = fmt.Sprintf(" Of %d classes, the %d that are confused most are shown.", all, inMatrix)
	}
	worstRow, worstColumn, worst := -1, -1, 0
	for i := range n {
		for j := range n {
			if i != j && rep.Confusion[i][j] > worst {
				worstRow, worstColumn, worst = i, j, rep.Confusion[i][j]
			}
		}
	}
	text := "No photo was mistaken for another class."
	if worst > 0 {
		text = fmt.Sprintf("Most often, %s is taken for %s (%s).", rep.Classes[worstRow].Name, rep.Classes[worstColumn].Name, words.Photos(worst))
	}
	headRow := el("tr", el("td.corner", el("span", "is ↓"), el("span", "named →")))
	for _, j := range chosen {
		headRow.Kids = append(headRow.Kids, el("th", at("scope", "col"), at("title", rep.Classes[j].Name), el("span", rep.Classes[j].Name)))
	}
	var body []*node
	for _, i := range chosen {
		row := el("tr", el("th", at("scope", "row"), at("title", rep.Classes[i].Name), rep.Classes[i].Name))
		for _, j := range chosen {
			k := rep.Confusion[i][j]
			cell := el("td")
			if k > 0 {
				part := float64(k) / float64(rep.Classes[i].Photos)
				class := "wrong"
				name := fmt.Sprintf("%s of %s, named %s", words.Photos(k), rep.Classes[i].Name, rep.Classes[j].Name)
				if i == j {
					class = "right"
				}
				cell = el("td."+class, at("--part", fmt.Sprintf("%.2f", part)),
					el("button", at("type", "button"), do("cell", "row", i, "column", j), at("aria-label", name), at("title", name),
						is("aria-pressed", s.Cell != nil && s.Cell.Row == i && s.Cell.Column == j), words.Thousands(k)))
			}
			row.Kids = append(row.Kids, cell)
		}
		body = append(body, row)
	}
	return el("section.card-section", key("matrix"), at("aria-labelledby", "matrix-title"),
		el("h2", at("id", "matrix-title"), "What is taken for what"),
		el("p", text+note), el("p.quiet", "Each row is a class; its numbers say how its photos were named. Press a number to see those photos."),
		el("div.scroller", at("tabindex", 0), at("role", "group"), at("aria-labelledby", "matrix-title"), el("table.matrix", el("thead", headRow), el("tbody", body))))
}

// classOf is the index of a photo's class in the report, −1 where it is not there.
func (s *Screen) classOf(r *Result, ph *Photo) int {
	c := s.Project.Class(ph.Class)
	if c == nil {
		return -1
	}
	return slices.IndexFunc(r.Report.Classes, func(k head.ClassReport) bool { return k.Name == c.Name })
}

// heldPhotos are the photos with an answer, in the order of IDs.
func (s *Screen) heldPhotos(r *Result) []*Photo {
	var out []*Photo
	for id := range r.Held {
		if ph := s.Project.Photo(id); ph != nil && ph.Class != 0 {
			out = append(out, ph)
		}
	}
	slices.SortFunc(out, func(a, b *Photo) int { return a.ID - b.ID })
	return out
}

func (s *Screen) cellPhotos(r *Result) *node {
	row, column := r.Report.Classes[s.Cell.Row].Name, r.Report.Classes[s.Cell.Column].Name
	list := el("ul.suspects", at("role", "list"), at("aria-label", row+" named "+column))
	for _, ph := range s.heldPhotos(r) {
		h := r.Held[ph.ID]
		if s.classOf(r, ph) == s.Cell.Row && h.Label == column && len(list.Kids) < PageOfPhotos {
			list.Kids = append(list.Kids, s.suspect(ph, h))
		}
	}
	text := row + " named " + column
	if row == column {
		text = row + ", named right"
	}
	if len(list.Kids) == 0 {
		list = el("p.quiet", "These photos have moved since this version was learnt.")
	}
	return el("section.card-section.wide", key("cell"), at("aria-labelledby", "cell-title"), at("id", "cell"), at("tabindex", "-1"),
		el("div.section-head", el("h2", at("id", "cell-title"), text), el("button.link", at("type", "button"), do("cell-close"), "Close")), list)
}

// suspect is a photo with what it is called and what it was taken for.
func (s *Screen) suspect(ph *Photo, h Held) *node {
	own := ""
	if c := s.Project.Class(ph.Class); c != nil {
		own = c.Name
	}
	t := s.tile(ph)
	t.Tag = "div"
	t.Key = ""
	n := el("li.suspect", key("s"+strconv.Itoa(ph.ID)), at("data-photo", ph.ID), t,
		el("div.suspect-words",
			el("p.clamp", at("title", own), el("span.quiet", "Labelled "), el("strong", own)),
			el("p.clamp", at("title", h.Label), el("span.quiet", "Named "), el("strong", h.Label), " "+words.Percent(h.Score)),
		))
	if c := s.Project.ClassNamed(h.Label); c != nil && c.ID != ph.Class {
		n.Kids[1].Kids = append(n.Kids[1].Kids, el("div.suspect-tools",
			el("button.button.small", at("type", "button"), do("move", "photo", ph.ID, "class", c.ID), at("aria-label", "Move "+ph.Name+" to "+c.Name), "Move to "+c.Name),
			el("button.link", at("type", "button"), do("remove", "photo", ph.ID), at("aria-label", "Remove "+ph.Name), "Remove")))
	}
	return n
}

// misleading lists the photos that were named most wrongly: often they lie in the wrong class.
func (s *Screen) misleading(r *Result) *node {
	all := s.heldPhotos(r)
	all = slices.DeleteFunc(all, func(ph *Photo) bool {
		h := r.Held[ph.ID]
		c := s.Project.Class(ph.Class)
		return h.Label == c.Name
	})
	slices.SortStableFunc(all, func(a, b *Photo) int { return cmp.Compare(r.Held[a.ID].Own, r.Held[b.ID].Own) })
	if len(all) == 0 {
		return nil
	}
	list := el("ul.suspects", at("role", "list"), at("aria-label", "Photos that mislead it"))
	for _, ph := range all[:min(12, len(all))] {
		list.Kids = append(list.Kids, s.suspect(ph, r.Held[ph.ID]))
	}
	return el("section.card-section.wide", key("misleading"), at("aria-labelledby", "misleading-title"),
		el("h2", at("id", "misleading-title"), "Photos that mislead it"),
		el("p.quiet", "Named most surely wrong. Some may lie in the wrong class: move them, or take them out."), list)
}

func (s *Screen) pairs(r *Result) *node {
	list := el("ul.pairs", at("role", "list"), at("aria-label", "Photos that are nearly the same"))
	shown := 0
	for _, p := range r.Pairs {
		a, b := s.Project.Photo(p.A), s.Project.Photo(p.B)
		if a == nil || b == nil || a.Class == 0 || b.Class == 0 || shown >= 12 {
			continue
		}
		shown++
		ta, tb := s.tile(a), s.tile(b)
		ta.Tag, tb.Tag, ta.Key, tb.Key = "div", "div", "", ""
		text := "nearly the same"
		if p.Same {
			text = "the same file"
		}
		if a.Class != b.Class {
			text += ", in two classes: " + s.Project.Class(a.Class).Name + " and " + s.Project.Class(b.Class).Name
		}
		list.Kids = append(list.Kids, el("li.pair", key(fmt.Sprintf("%d-%d", p.A, p.B)), ta, tb, el("p.quiet", text),
			el("button.button.small", at("type", "button"), do("remove", "photo", b.ID), at("aria-label", "Remove "+b.Name), "Remove the second")))
	}
	if shown == 0 {
		return nil
	}
	return el("section.card-section.wide", key("pairs"), at("aria-labelledby", "pairs-title"), el("h2", at("id", "pairs-title"), "Nearly the same"),
		el("p.quiet", "They teach little that is new. When it is checked they are kept on one side, so that they do not flatter the figures."), list)
}

// confidence is the reliability diagram, where there are photos enough for one.
func (s *Screen) confidence(r *Result) *node {
	if r.Report.Photos < head.FewPhotos {
		return nil
	}
	c := chart{
		label: "How often it is right, by how sure it says it is", x: "how sure it says it is", y: "how often it is right",
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
		rows = append(rows, []string{words.Percent(b.From) + " to " + words.Percent(b.To), head.Share(int(math.Round(b.Accuracy*float64(b.Photos))), b.Photos, words.Percent), words.Thousands(b.Photos)})
	}
	c.lines = []series{line}
	text := "You can take its percentages at their word: on average they are off by " + words.Percent(r.Report.ECE) + "."
	switch {
	case r.Report.Photos < 50:
		text = "Too few photos to judge its percentages well; so far they are off by " + words.Percent(r.Report.ECE) + " on average."
	case r.Report.ECE > 0.1:
		text = "Take its percentages with care: on average they are off by " + words.Percent(r.Report.ECE) + "."
	}
	return figure("confidence", "Does it know when it is right?", text+" Dots on the line are just right; below it, it was too sure.", c, []string{"How sure", "Right", "Photos"}, rows)
}

// CurveState is the learning curve, which is made when asked for.
type CurveState struct {
	Busy   bool
	Share  float64
	Points []CurvePoint
	Text   string
	Why    string // it could not be made
}

// CurvePoint is how well heads did that learnt from so many photos.
type CurvePoint struct {
	Photos    int
	Accuracy  float64
	Low, High float64
}

func (s *Screen) learningCurve() *node {
	c := s.Curve
	title := "Would more photos help?"
	if len(c.Points) == 0 {
		var body *node
		switch {
		case c.Busy:
			body = el("div.progress.plain", el("label", at("for", "curve-bar"), "Learning from fewer photos, to see what more would do"), el("progress", at("id", "curve-bar"), at("max", 1), at("value", fmt.Sprintf("%.3f", c.Share))),
				el("button.button.small", at("type", "button"), do("curve-stop"), "Stop"))
		case c.Why != "":
			body = el("p", c.Why)
		default:
			body = el("div", el("p", "It learns again from fewer and fewer photos and shows how much each helped."),
				el("button.button.small.find-out", at("type", "button"), do("curve"), "Find out"))
		}
		return el("section.card-section", key("curve"), at("aria-labelledby", "curve-title"), el("h2", at("id", "curve-title"), title), body)
	}
	ch := chart{label: "Accuracy by number of photos learnt from", x: "photos learnt from", y: "named right", percentY: true, maxY: 1}
	line := series{name: "named right", dots: true, line: true}
	var rows [][]string
	for _, p := range c.Points {
		ch.maxX = max(ch.maxX, float64(p.Photos))
		line.points = append(line.points, point{float64(p.Photos), p.Accuracy, 3.5})
		rows = append(rows, []string{words.Thousands(p.Photos), words.Percent(p.Accuracy)})
	}
	ch.lines = []series{line}
	return figure("curve", title, c.Text, ch, []string{"Photos", "Named right"}, rows)
}

func (s *Screen) training(r *Result) *node {
	if len(r.Curve) < 2 || r.Curve[0].Loss == 0 {
		return nil
	}
	loss, valid := series{name: "on what it learnt from", line: true}, series{name: "on photos kept back", line: true, second: true}
	ch := chart{label: "Loss by step of learning", x: "step", y: "loss"}
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
	return figure("training", "How it learnt", "The loss says how wrong it still was after each step. It should fall and then level off.", ch, []string{"Step", "Loss"}, rows)
}

// KindNames says for people what kinds of head are.
var KindNames = map[string]string{
	"auto": "Whichever answers best", "linear": "Linear", "means": "Class means", "blend": "Linear and class means", "mlp": "Small network", "knn": "Nearest photos",
}

// NotTried says why only these kinds of head were tried, where the person leaves the kind open.
func NotTried(kinds []head.Kind, photos, classes int) string {
	if !slices.Contains(kinds, head.Linear) {
		return "Only class means and nearest photos were tried: with " + words.Plural(classes, "class", "classes") + " the other kinds take minutes. Choose one under Settings, and it is learnt."
	}
	return "The small network and nearest photos were left out: with " + words.Photos(photos) + " they take minutes and much memory. Choose one under Settings, and it is learnt."
}

func (s *Screen) kinds(r *Result) *node {
	if len(r.Tried) < 2 {
		return nil
	}
	most := 0
	for _, t := range r.Tried {
		most = max(most, t.Photos)
	}
	early := func(t head.Candidate) bool { return t.Photos > 0 && t.Photos < most }
	all := slices.Clone(r.Tried)
	slices.SortStableFunc(all, func(a, b head.Candidate) int { // a loss on other photos compares with nothing
		switch {
		case early(a) == early(b):
			return 0
		case early(b):
			return -1
		}
		return 1
	})
	v := s.Project.Version(r.Version)
	chosen := slices.IndexFunc(all, func(t head.Candidate) bool {
		return v != nil && string(t.Kind) == v.Kind && t.Input.String() == v.Input
	})
	var body []*node
	for i, t := range all[:min(12, len(all))] {
		name := []*node{el("span", KindNames[string(t.Kind)])}
		switch {
		case i == chosen:
			name = append(name, el("span.tag", "chosen"))
		case early(t):
			name = append(name, el("span.tag.off", "given up early"))
		}
		body = append(body, el("tr", el("th", at("scope", "row"), name), el("td.wrap", s.seen(t.Input)), el("td", bar(int(math.Round(t.Accuracy*float64(t.Photos))), t.Photos)), el("td.number", fmt.Sprintf("%.3f", t.Loss))))
	}
	n := el("section.card-section", key("tried"), at("aria-labelledby", "tried-title"), el("h2", at("id", "tried-title"), "What was tried"),
		el("p.quiet", "Several ways to learn were tried. The one with the smallest loss on photos it had not seen was kept, unless its lead over a plainer one may be chance. The loss counts how wrong it was, and how sure of it."),
		el("div.scroller", at("tabindex", 0), at("role", "group"), at("aria-labelledby", "tried-title"),
			el("table.figures", el("thead", el("tr", el("th", at("scope", "col"), "Head"), el("th", at("scope", "col"), "What it sees"), el("th", at("scope", "col"), "Named right"), el("th.number", at("scope", "col"), "Loss"))), el("tbody", body))))
	if r.LeftOut != "" {
		n.Kids = append(n.Kids, el("p.quiet", r.LeftOut))
	}
	return n
}

// seen says what a head sees of a photo: networks with their sizes, and how each looks.
func (s *Screen) seen(in head.Input) string {
	var out []string
	before := ""
	for _, part := range in {
		var views []string
		where := ""
		for _, space := range part {
			where = s.title(space.Network) + " at " + strconv.Itoa(space.Size) + " px"
			if text := viewNames[space.View]; text != "" {
				views = append(views, text)
			}
		}
		text := where
		if where == before && len(views) > 0 {
			text = "the same"
		}
		if len(views) > 0 {
			text += ", " + strings.Join(views, " and ")
		}
		out, before = append(out, text), where
	}
	return strings.Join(out, "; ")
}

// sees is seen of the text of an input.
func (s *Screen) sees(text string) string {
	in, err := head.ParseInput(text)
	if err != nil {
		return text
	}
	return s.seen(in)
}

// viewNames say for people how a network looks at a photo.
var viewNames = map[feature.View]string{
	feature.Flip: "mirrored too", feature.Wide: "the whole photo", feature.Close: "closer", feature.Bright: "brighter", feature.Dark: "darker",
}

// title is the name of a network for people.
func (s *Screen) title(name string) string {
	for _, n := range s.Networks {
		if n.Name == name {
			return n.Title
		}
	}
	return name
}
