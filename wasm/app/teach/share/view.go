package share

import (
	"fmt"
	"slices"
	"strconv"

	"homeroom/wasm/app/sheet"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// Shorthands that every panel uses.
var (
	el = markup.El
	at = markup.A
)

type (
	node = markup.Node
	key  = markup.Key
)

// Button opens the dialogue.
func (s *Share) Button() *node {
	return el("button.button", at("type", "button"), s.Do("share", Open{}), at("aria-haspopup", "dialog"), say("Share"))
}

// View is the dialogue, nil where it is closed.
func (s *Share) View() *node {
	if !s.open {
		return nil
	}
	body := el("div.share-body", s.choice())
	switch {
	case s.why != "":
		body.Kids = append(body.Kids, el("section.fault", at("role", "alert"), key("share-fault"), el("h2", say("Nothing can be saved here now.")), el("p", base.Sentence(s.why)),
			el("button.button", at("type", "button"), s.Do("share-again", Again{}), say("Try again"))))
	case s.photos:
		body.Kids = append(body.Kids, s.whole()...)
	case s.InUse() == nil:
		body.Kids = append(body.Kids, el("p.quiet", key("none"), say("Nothing is learnt yet. As soon as two classes have photos there is a classifier to share.")))
	case s.offers == nil:
		body.Kids = append(body.Kids, s.waiting())
	default:
		body.Kids = append(body.Kids, s.list()...)
	}
	closing := sheet.Close(s.In(Close{}), say("Close"))
	return el("dialog.sheet.give", at("data-modal", "share"), at("aria-labelledby", "share-title"), key("share-dialog"), markup.Send("cancel", s.In(Close{})),
		el("div.sheet-head", el("h2", at("id", "share-title"), say("Share “{1}”", s.Name)), closing), body)
}

// choice is whether the photos go along.
func (s *Share) choice() *node {
	option := func(photos bool, id, title, text string) *node {
		return el("label.share-choice", key(id), el("input", at("type", "radio"), at("name", "share-what"), at("id", id), at("value", id), at("aria-labelledby", id+"-title"), at("aria-describedby", id+"-text"), markup.Flag("checked", s.photos == photos),
			s.Chosen(id, func(string) any { return WithPhotos{photos} })),
			el("span", el("strong", at("id", id+"-title"), title), el("small", at("id", id+"-text"), text)))
	}
	return el("fieldset.share-choices", key("what"), el("legend.hidden-text", say("What goes along")),
		option(false, "share-classifier", say("Classifier only"), say("It names photos, and nothing in it shows one: no photo, no small picture, no name of a file. Features of photos are in it only where it answers by the nearest photos.")),
		option(true, "share-photos", say("With photos"), say("The project as it is, to go on teaching elsewhere: a small picture of every photo goes along, and the name of its file.")))
}

// whole is the project with its photos.
func (s *Share) whole() []*node {
	if s.file.File == nil {
		return []*node{progress("share-file", say("Making the file"), -1, nil)}
	}
	return []*node{el("section.share-form", key("whole"), at("aria-labelledby", "share-whole"),
		el("div.share-name", el("h3", at("id", "share-whole"), say("Project file")), el("p.share-size", words.Bytes(s.file.Bytes))),
		el("p", say("For who goes on with it in Homeroom, here or on another device. {1|# photo|# photos}, as small pictures; give it only to those who may see them.", s.Count())),
		el("div.share-tools", el("button.button.primary", at("type", "button"), s.Do("share-whole", SaveWhole{}), say("Save"))))}
}

// waiting says what is on its way.
func (s *Share) waiting() *node {
	total := s.bytes
	switch {
	case s.fetch.Busy():
		return progress("share-bar", s.fetch.Text, s.fetch.Part, nil)
	case s.program == nil && s.comes > 0 && total > 0:
		return progress("share-bar", say("Fetching what makes files for other programs: {1} of {2} MB", words.Megabytes(s.comes), words.Megabytes(total)), float64(s.comes)/float64(total), nil)
	case s.program == nil:
		return progress("share-bar", say("Fetching what makes files for other programs"), -1, nil)
	case s.file.File == nil:
		return progress("share-bar", say("Reading the project"), -1, nil)
	}
	return progress("share-bar", say("Weighing the files"), -1, nil)
}

// progress is a bar with what is being done; part is below 0 where it is not known how much is.
func progress(id, text string, part float64, more *node) *node {
	bar := el("progress", at("id", id), at("max", 1))
	if part >= 0 {
		bar.Attrs = append(bar.Attrs, at("value", fmt.Sprintf("%.3f", part)))
	}
	return el("div.progress.plain", key(id), el("label", at("for", id), text), bar, more)
}

// list is all that is offered.
func (s *Share) list() []*node {
	out := []*node{el("p.quiet", key("checked"), say("Before it is saved, each file that names photos is read back and run on up to 20 of your photos, and the largest difference to what Homeroom answers is told; one that differs too much is not given out."))}
	for _, a := range formats {
		var main, quick []protocol.Offer
		for _, o := range s.offers {
			switch {
			case o.Format == a.format && o.Quick:
				quick = append(quick, o)
			case o.Format == a.format:
				main = append(main, o)
			}
		}
		if len(main) > 0 {
			out = append(out, s.section(&a, main, quick))
		}
	}
	return out
}

// section is one format.
func (s *Share) section(a *about, main, quick []protocol.Offer) *node {
	id := "share-" + a.format
	o := s.pick(main)
	whole := func(kids []*node) *node {
		return el("section.share-form", key(id), at("aria-labelledby", id), at("data-format", a.format), kids)
	}
	size := ""
	if o.Refused == "" {
		size = words.Bytes(o.Bytes)
	}
	kids := []*node{el("div.share-name", el("h3", at("id", id), a.title), el("p.share-size", size)), el("p", a.who)}
	if o.Refused != "" {
		kids = append(kids, el("p.problem", key("refused"), base.Sentence(o.Refused)))
		if len(quick) == 0 {
			return whole(kids)
		}
		o, main = s.pick(quick), quick
		kids = append(kids, el("p", key("quick"), say("The quick head, which looks at a photo once and answers a little otherwise, can be saved:"), " ", el("strong", words.Bytes(o.Bytes)), "."))
	}
	f := formOf(o)
	kids = append(kids, s.carries(o))
	for i, note := range o.Notes {
		kids = append(kids, el("p.quiet", key("note"+strconv.Itoa(i)), base.Sentence(note)))
	}
	kids = append(kids, s.tools(a, f, main), s.outcome(f),
		el("details.share-use", key("use"), el("summary", say("How to use it")), el("pre", at("tabindex", "0"), at("aria-label", say("Lines that use it")), el("code", named(f.lines(s.Name))))))
	return whole(kids)
}

// pick is the offer with the weights that were chosen.
func (s *Share) pick(list []protocol.Offer) *protocol.Offer {
	for i := range list {
		if list[i].Weights == s.chosen[list[i].Format] {
			return &list[i]
		}
	}
	return &list[0]
}

// parts are what can be carried, as it is told where it is and where it is not.
var parts = []struct{ name, with, without string }{
	{"calibration", say("calibrated percentages"), say("no calibration")},
	{"views", say("all views"), say("one view")},
	{"unknown", say("“unknown”"), say("no “unknown”: it always names one of your classes")},
}

// carries says what of the answer is in the file, of what this project's has.
func (s *Share) carries(o *protocol.Offer) *node {
	if o.Carries == nil {
		return nil
	}
	var all []string
	for _, k := range s.offers {
		if k.Format == "homeroom" {
			all = k.Carries
		}
	}
	list := el("ul.share-carries", key("carries"), at("role", "list"), at("aria-label", say("What it carries")))
	for _, p := range parts {
		switch {
		case slices.Contains(o.Carries, p.name):
			list.Kids = append(list.Kids, el("li", key(p.name), base.Icon("M3 8.5l3.5 3.5L13 5"), el("span", p.with)))
		case slices.Contains(all, p.name):
			list.Kids = append(list.Kids, el("li.lacks", key(p.name), base.Icon("M3.5 8h9"), el("span", p.without)))
		}
	}
	return list
}

// weights are how weights may be stored, as a person reads it.
var weights = map[string]string{"f32": say("exact (f32)"), "f16": say("half as large (f16)"), "int8": say("small (int8)")}

// tools are what is done with a format.
func (s *Share) tools(a *about, f form, list []protocol.Offer) *node {
	n := el("div.share-tools", key("tools"))
	if len(list) > 1 {
		id := "share-weights-" + a.format
		pick := el("select", at("id", id), s.Chosen("share-weights", func(value string) any { return Weights{a.format, value} }, "format", a.format), at("value", f.weights))
		for _, o := range list {
			pick.Kids = append(pick.Kids, el("option", at("value", o.Weights), markup.Flag("selected", o.Weights == f.weights), key(o.Weights), say("{1}, {2}", weights[o.Weights], words.Bytes(o.Bytes))))
		}
		n.Kids = append(n.Kids, el("label.hidden-text", at("for", id), say("Weights of {1}", a.title)), pick)
	}
	text := say("Check and save")
	if m := s.made[f]; m != nil && m.why == "" {
		text = say("Save again")
	} else if a.format == "csv" { // which names no photos
		text = say("Save")
	}
	n.Kids = append(n.Kids, el("button.button.small", at("type", "button"), s.Do("share-make", Make{f.format, f.weights, f.quick}, "format", f.format),
		markup.Flag("disabled", s.making != (form{})), at("aria-label", say("{1}: {2}", text, a.title)), text))
	return n
}

// plainly writes a small number with its first digit that is not 0, and without an exponent.
func plainly(v float64) string {
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 0, 64), 64); err == nil {
		v = rounded
	}
	return fixed(v, -1)
}

// outcome says how far a file is, or what came of it.
func (s *Share) outcome(f form) *node {
	if s.making == f {
		return progress("share-making", s.stage, s.part, el("button.button.small", at("type", "button"), s.Do("share-stop", Stop{}), say("Cancel")))
	}
	m := s.made[f]
	if m == nil {
		return nil
	}
	if m.why != "" {
		return el("p.problem", key("outcome"), at("role", "status"), say("Not saved. {1}", base.Sentence(m.why)))
	}
	text := say("Saved as {1}.", f.name(s.Name))
	if n := m.answer.Photos; n > 0 {
		if m.answer.Same < n {
			text += " " + say("Run on {1|# photo|# photos}, a probability differs by {2} at most, and {3} of them get another name.", n, plainly(m.answer.Largest), n-m.answer.Same)
		} else {
			text += " " + say("Run on {1|# photo|# photos}, a probability differs by {2} at most.", n, plainly(m.answer.Largest))
		}
	} else if f.format != "csv" {
		text += " " + say("It was read back, and not run: the project has no photo to run it on.")
	}
	return el("p.share-done", key("outcome"), at("role", "status"), at("data-largest", m.answer.Largest), at("data-photos", m.answer.Photos), text)
}
