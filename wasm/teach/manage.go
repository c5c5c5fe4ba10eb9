package teach

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/head"
	"homeroom/wasm/words"
)

// versionsTab lists what was learnt, newest first.
func (s *Screen) versionsTab() []*node {
	p := s.Project
	if len(p.Versions) == 0 {
		return []*node{el("p.quiet", "Each time it learns, the result is kept here, and can be compared and brought back.")}
	}
	list := el("ul.versions", at("role", "list"), at("aria-label", "Versions"))
	for _, v := range slices.Backward(p.Versions) {
		number := strconv.Itoa(v.Number)
		accuracy := "not checked"
		if v.Checked > 0 {
			accuracy = share(&v)
		}
		n := el("li.version", key(number), at("data-version", number),
			el("div.version-figures", el("p.version-accuracy", accuracy), score(&v)),
			el("div.version-words",
				el("h2", "Version "+number),
				el("p.quiet", v.When.Format("2 January 2006, 15:04")+" · "+words.Plural(len(v.Classes), "class", "classes")+", "+words.Photos(v.Photos)+" · "+KindNames[v.Kind]),
				el("p.quiet", "Sees "+s.sees(v.Input)),
				s.states(v),
				el("label.hidden-text", at("for", "note-"+number), "Note on version "+number),
				el("input", at("id", "note-"+number), at("type", "text"), at("maxlength", 300), at("placeholder", "Add a note"), at("autocomplete", "off"), at("value", v.Note), do("version-note", "version", number))),
			el("div.version-tools", s.useVersion(v),
				el("label.check", el("input", at("type", "checkbox"), flag("checked", s.Compare[0] == v.Number || s.Compare[1] == v.Number), at("aria-label", "Compare version "+number), do("version-compare", "version", number)), el("span", "Compare"))))
		if v.Number == p.Current {
			n.Attrs = append(n.Attrs, at("data-current", ""))
		}
		list.Kids = append(list.Kids, n)
	}
	return []*node{s.comparison(), el("p.quiet", key("explain"), "The version in use names photos. Bringing one back leaves your photos as they are; the next change is learnt as a new version."), list}
}

// states lets a person choose between the two states of a version.
func (s *Screen) states(v Version) *node {
	if len(v.States) != 2 {
		return nil
	}
	id := "state-" + strconv.Itoa(v.Number)
	option := func(value, name string, t State) *node {
		return el("option", at("value", value), key(value), fmt.Sprintf("%s: step %d, %s right", name, t.Step, words.Percent(t.Accuracy)))
	}
	chosen := "best"
	if v.Last {
		chosen = "last"
	}
	return el("p.version-state", el("label", at("for", id), "Answers as it was", el("span.hidden-text", "in version "+strconv.Itoa(v.Number))),
		el("select", at("id", id), at("value", chosen), do("version-state", "version", v.Number),
			option("best", "best on photos kept back", v.States[0]), option("last", "when learning ended", v.States[1])))
}

func (s *Screen) useVersion(v Version) *node {
	if v.Number == s.Project.Current {
		return el("p.in-use", "In use")
	}
	return el("button.button.small", at("type", "button"), do("version-use", "version", v.Number), at("aria-label", "Bring back version "+strconv.Itoa(v.Number)), "Bring back")
}

func (s *Screen) comparison() *node {
	a, b := s.Project.Version(s.Compare[0]), s.Project.Version(s.Compare[1])
	if a == nil || b == nil {
		return nil
	}
	if a.Number > b.Number {
		a, b = b, a
	}
	text := "No accuracy to compare: one of them was not checked."
	if a.Checked > 0 && b.Checked > 0 {
		switch d := b.Accuracy - a.Accuracy; {
		case d > 0 && b.Low > a.High:
			text = fmt.Sprintf("Version %d is better, beyond chance.", b.Number)
		case d < 0 && a.Low > b.High:
			text = fmt.Sprintf("Version %d is better, beyond chance.", a.Number)
		case d > 0:
			text = fmt.Sprintf("Version %d did better, but with so few photos that may be chance.", b.Number)
		case d < 0:
			text = fmt.Sprintf("Version %d did better, but with so few photos that may be chance.", a.Number)
		default:
			text = "They did equally well."
		}
	}
	row := func(name string, of func(*Version) string) *node {
		x, y := of(a), of(b)
		n := el("tr", el("th", at("scope", "row"), name), el("td", x), el("td", y))
		if x != y {
			n.Attrs = append(n.Attrs, at("data-differs", ""))
		}
		return n
	}
	return el("section.card-section", key("comparison"), at("aria-labelledby", "comparison-title"),
		el("h2", at("id", "comparison-title"), fmt.Sprintf("Versions %d and %d", a.Number, b.Number)), el("p", text),
		el("div.scroller", at("tabindex", 0), at("role", "group"), at("aria-labelledby", "comparison-title"),
			el("table.figures", el("thead", el("tr", el("td"), el("th", at("scope", "col"), "Version "+strconv.Itoa(a.Number)), el("th", at("scope", "col"), "Version "+strconv.Itoa(b.Number)))),
				el("tbody",
					row("Named right", func(v *Version) string {
						if v.Checked == 0 {
							return "not checked"
						}
						if v.Checked < head.FewPhotos {
							return share(v)
						}
						return fmt.Sprintf("%s (%s to %s)", words.Percent(v.Accuracy), words.Percent(v.Low), words.Percent(v.High))
					}),
					row("Photos", func(v *Version) string { return words.Thousands(v.Photos) }),
					row("Classes", func(v *Version) string { return strings.Join(v.Classes, ", ") }),
					row("Head", func(v *Version) string { return KindNames[v.Kind] }),
					row("What it sees", func(v *Version) string { return s.sees(v.Input) }),
					row("Loss", func(v *Version) string { return fmt.Sprintf("%.3f", v.Loss) }),
					row("Seed", func(v *Version) string { return strconv.FormatUint(v.Seed, 10) }),
					row("Learnt in", func(v *Version) string { return words.Milliseconds(1000 * v.Seconds) }),
					row("Note", func(v *Version) string { return v.Note })))))
}

// Sizes is the search for the best input size.
type Sizes struct {
	Busy  bool
	At    int // size that is being tried
	Text  string
	Share float64
	Tried []SizeTried
	Why   string
}

// SizeTried is how one input size did.
type SizeTried struct {
	Size      int
	Accuracy  float64
	Low, High float64
	Millis    float64 // a photo takes
}

// settingsTab is what can be chosen.
func (s *Screen) settingsTab() []*node {
	set := s.Project.Settings
	field := func(id, label, text string, control *node) *node {
		control.Attrs = append(control.Attrs, at("id", id), at("aria-describedby", id+"-text"))
		return el("div.setting", key(id), el("label", at("for", id), label), control, el("p.quiet", at("id", id+"-text"), text))
	}
	list := func(what string, chosen any, options ...[2]string) *node {
		n := el("select", do(what), at("value", chosen))
		for _, o := range options {
			n.Kids = append(n.Kids, el("option", at("value", o[0]), flag("selected", o[0] == fmt.Sprint(chosen)), o[1], key(o[0])))
		}
		return n
	}
	check := func(id, what, label, text string, on bool) *node {
		return el("div.setting", key(id), el("label.check", el("input", at("type", "checkbox"), at("id", id), flag("checked", on), at("aria-describedby", id+"-text"), do(what)), el("span", label)), el("p.quiet", at("id", id+"-text"), text))
	}
	var networks, sizes [][2]string
	var n Network
	for i, k := range s.Networks {
		networks = append(networks, [2]string{k.Name, k.Title + ", " + words.Megabytes(k.Bytes) + " MB"})
		if k.Name == set.Network || i == 0 && set.Network == "" {
			n = k
		}
	}
	for _, size := range n.Sizes {
		text := strconv.Itoa(size) + " px"
		if size == n.Size {
			text = strconv.Itoa(size) + ", standard"
		}
		sizes = append(sizes, [2]string{strconv.Itoa(size), text})
	}
	inUse := set.Size
	if inUse == 0 {
		inUse = n.Size
	}
	var kinds [][2]string
	for _, k := range head.Kinds {
		kinds = append(kinds, [2]string{string(k), KindNames[string(k)]})
	}
	var alarms [][2]string
	for _, a := range []float64{0.01, 0.02, 0.05, 0.1, 0.2} {
		alarms = append(alarms, [2]string{strconv.FormatFloat(a, 'g', -1, 64), strconv.FormatFloat(100*a, 'g', 3, 64) + "%"})
	}
	return []*node{
		el("section.card-section", key("see"), at("aria-labelledby", "see-title"), el("h2", at("id", "see-title"), "How it sees"),
			field("set-network", "Network", "A sharper network tells finer differences and takes longer; photos are read again.", list("set-network", n.Name, networks...)),
			field("set-size", "Input size", "Larger shows finer detail and takes longer; sizes far from the standard one answer worse.", list("set-size", inUse, sizes...)),
			s.sizeSearch(),
			s.looks(field, list)),
		el("section.card-section", key("learn"), at("aria-labelledby", "learn-title"), el("h2", at("id", "learn-title"), "How it learns"),
			check("set-auto", "set-auto", "Learn by itself after each change", "Switch it off to make many changes first and learn them together.", set.Auto),
			field("set-head", "Head", "The part that is learnt on top of the network. Left to itself, it tries them all and keeps the best on photos it has not seen.", list("set-head", set.Head, kinds...)),
			field("set-check", "Check on", "In turn: all photos are learnt from in the end. Kept back: a fifth is never learnt from; each step of learning is judged by it, and the best is kept beside the last, to choose from under Versions.",
				list("set-check", checkOn(set.KeepBack), [2]string{checkOn(false), "Each photo in turn"}, [2]string{checkOn(true), "A fifth, kept back"})),
			check("set-weigh", "set-weigh", "All classes count the same", "A class with few photos is then not neglected; off, classes count by their number of photos.", set.Weigh),
			field("set-seed", "Seed", "Whatever is drawn by lot follows from this number: the same photos, settings and seed give the same head.",
				el("input", at("type", "number"), at("min", 0), at("max", 999999999), at("step", 1), at("value", set.Seed), do("set-seed")))),
		el("section.card-section", key("answer"), at("aria-labelledby", "answer-title"), el("h2", at("id", "answer-title"), "How it answers"),
			check("set-unknown", "set-unknown", "Answer “unknown” to what it was not taught", "A photo unlike everything taught is then not forced into a class.", set.Unknown),
			field("set-alarms", "Known photos that may be called unknown", "Fewer means that more strange things get a name; more means that it is stricter.", list("set-alarms", strconv.FormatFloat(set.Alarms, 'g', -1, 64), alarms...))),
		s.keeping(check("set-keep", "set-keep", "Keep the full photos", "Needs room on this device, and lets another network or size read the photos themselves after you come back; otherwise only small pictures are kept.", s.Project.Keep)),
	}
}

// checkOn names the ways to check.
func checkOn(back bool) string {
	if back {
		return "back"
	}
	return "turn"
}

// keeping is what is kept on the device.
func (s *Screen) keeping(box *node) *node {
	k := s.Keeping
	n := el("section.card-section", key("keep"), at("aria-labelledby", "keep-title"), el("h2", at("id", "keep-title"), "What is kept"), box)
	photos, bytes := s.Project.Kept()
	switch {
	case k.Asking:
		n.Kids = append(n.Kids, el("div.notice.ask", at("role", "group"), at("aria-label", "Delete the full photos?"),
			el("p", "This deletes "+words.Plural(photos, "full photo", "full photos")+" from this device's browser and frees "+words.Bytes(bytes)+". What was learnt and the small pictures stay."),
			el("div.ask-tools", el("button.button.small.primary", at("type", "button"), do("fulls-delete"), "Delete them"), el("button.button.small", at("type", "button"), do("fulls-stay"), "Keep them"))))
	case k.Of > 0:
		n.Kids = append(n.Kids, el("div.progress.plain", el("label", at("for", "keep-bar"), fmt.Sprintf("Stored %s of %s", words.Thousands(k.Done), words.Photos(k.Of))), el("progress", at("id", "keep-bar"), at("max", k.Of), at("value", k.Done))))
	case s.Project.Keep || photos > 0:
		n.Kids = append(n.Kids, el("p", at("data-kept", photos), words.Plural(photos, "full photo is", "full photos are")+" kept: "+words.Bytes(bytes)+"."))
	}
	if k.Quota > 0 {
		n.Kids = append(n.Kids, el("p.quiet.room", "This page takes "+words.Bytes(k.Used)+" on this device, and the browser has room for "+words.Bytes(max(0, k.Quota-k.Used))+" more."))
	}
	return n
}

func (s *Screen) sizeSearch() *node {
	z := s.Sizes
	n := el("div.setting.size-search", key("size-search"))
	switch {
	case z.Busy:
		n.Kids = append(n.Kids, el("div.progress.plain", el("label", at("for", "size-bar"), z.Text), el("progress", at("id", "size-bar"), at("max", 1), at("value", fmt.Sprintf("%.3f", z.Share))), el("button.button.small", at("type", "button"), do("sizes-stop"), "Stop")))
	default:
		n.Kids = append(n.Kids, el("button.button.small", at("type", "button"), do("sizes"), "Find the best size"), el("p.quiet", "Reads your photos at several sizes, and shows for each how many it names right that it has not seen, and how long a photo takes."))
	}
	if z.Why != "" {
		n.Kids = append(n.Kids, el("p", z.Why))
	}
	if len(z.Tried) > 0 {
		best := slices.MaxFunc(z.Tried, func(a, b SizeTried) int {
			switch {
			case a.Accuracy != b.Accuracy:
				if a.Accuracy > b.Accuracy {
					return 1
				}
				return -1
			default:
				return b.Size - a.Size
			}
		})
		body := el("tbody")
		for _, t := range z.Tried {
			name := strconv.Itoa(t.Size) + " px"
			if t.Size == best.Size && !z.Busy {
				name += " (best)"
			}
			body.Kids = append(body.Kids, el("tr", key(strconv.Itoa(t.Size)), el("th", at("scope", "row"), name), el("td", bar(int(math.Round(t.Accuracy*float64(s.Project.Count()))), s.Project.Count())), el("td.number", words.Milliseconds(t.Millis)),
				el("td", el("button.link", at("type", "button"), do("size-use", "size", t.Size), at("aria-label", "Use "+strconv.Itoa(t.Size)+" px"), "Use it"))))
		}
		n.Kids = append(n.Kids, el("div.scroller", el("table.figures", el("thead", el("tr", el("th", at("scope", "col"), "Size"), el("th", at("scope", "col"), "Named right"), el("th", at("scope", "col"), "A photo takes"), el("td"))), body)))
	}
	return n
}
