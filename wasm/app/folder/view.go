package folder

import (
	"strconv"
	"strings"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// Shorthands.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
)

type (
	node = markup.Node
	key  = markup.Key
)

// button is one that does something.
func button(does, class, text string, event any, more ...any) *node {
	parts := []markup.Part{at("type", "button"), at("id", does), key(does), markup.Click(event), text}
	for _, one := range more {
		parts = append(parts, one)
	}
	return el("button."+class, parts...)
}

// View describes the panel, with the buttons that open it.
func (s *State) View(d outside.Device, page Page) []markup.Slot {
	shown := s.visible(page.Count)
	return []markup.Slot{
		{ID: "open-folder", Attrs: []markup.Attr{flag("hidden", !d.Works), flag("disabled", s.work != nil)}, On: []markup.Handler{markup.Click(Pick{})}},
		{ID: "use-names", Attrs: []markup.Attr{markup.Is("aria-expanded", shown)}, On: []markup.Handler{markup.Click(Show{!shown})}},
		{ID: "folder", Kids: s.panel(shown, page)},
	}
}

// visible tells whether the panel is there.
func (s *State) visible(photos int) bool {
	return s.work != nil || s.shown && (s.open != nil || photos > 0)
}

func (s *State) panel(shown bool, page Page) []*node {
	out := []*node{}
	if s.why != "" {
		out = append(out, el("section.fault", at("role", "alert"), key("why"), el("h2", text.Say("The folder could not be opened.")), el("p", s.why)))
	}
	if !shown && s.told == nil && len(s.lists.all) == 0 {
		return out
	}
	title := text.Say("Sort by name")
	if s.open != nil {
		title = text.Say("Photos of “{1}”", s.open.name)
	} else if !shown {
		title = text.Say("Done in folders")
	}
	section := el("section.archive", key("panel"), at("aria-labelledby", "folder-title"))
	head := el("div.archive-head", el("h2", at("id", "folder-title"), at("tabindex", "-1"), title))
	if shown && s.work == nil {
		if s.open != nil {
			head.Kids = append(head.Kids, button("folder-leave", "button.small", text.Say("Close the folder"), Leave{}))
		} else {
			head.Kids = append(head.Kids, sheet.Close(Show{}, text.Say("Close")))
		}
	}
	section.Kids = append(section.Kids, head)
	switch {
	case s.work != nil:
		section.Kids = append(section.Kids, s.work.view())
	case shown:
		section.Kids = append(section.Kids, s.watchLine(), s.toldView())
		section.Kids = append(section.Kids, s.choosing(page)...)
	default:
		section.Kids = append(section.Kids, s.toldView())
	}
	if s.work == nil {
		section.Kids = append(section.Kids, s.listsView())
	}
	kids := section.Kids[:0]
	for _, k := range section.Kids {
		if k != nil {
			kids = append(kids, k)
		}
	}
	section.Kids = kids
	return append(out, section)
}

// watchLine says what is known of the folder that is open, and whether it is looked at again.
func (s *State) watchLine() *node {
	o := s.open
	if o == nil {
		return nil
	}
	says := text.Say("Looking through the folder…")
	switch {
	case o.why != "":
		says = text.Say("The folder could not be read: {1}.", o.why)
	case o.listed && o.watching && o.tells:
		says = text.Say("New photos are named as they come.")
	case o.listed && o.watching:
		says = text.Say("The folder is looked at again every few seconds; new photos are named as they come.")
	case o.listed:
		says = text.Say("New photos are not looked for.")
	}
	if n := len(o.young); n > 0 && o.why == "" {
		says += " " + text.Say("{1|# file is|# files are} still being copied.", n)
	}
	if n := len(o.unread); n > 0 && o.why == "" {
		if n > 3 {
			says += " " + text.Say("{1|# folder in it|# folders in it} could not be read: {2} and others.", n, text.List(o.unread[:3]))
		} else {
			says += " " + text.Say("{1|# folder in it|# folders in it} could not be read: {2}.", n, text.List(o.unread))
		}
	}
	return el("div.archive-watch", key("watch"), el("p.quiet", at("id", "folder-state"), says),
		el("label.check", el("input", at("type", "checkbox"), at("id", "folder-watch"), flag("checked", o.watching), markup.Checked(func(on bool) any { return Watch{on} })), el("span", text.Say("Watch the folder"))))
}

// choosing is the table, what can be done, and what will happen.
func (s *State) choosing(page Page) []*node {
	table := s.counts(page)
	rows, rest, failed := table.list(), table.rest, table.failed
	if len(rows) == 0 {
		return []*node{el("p.quiet", key("none"), text.Say("As soon as photos have names, they are counted here."))}
	}
	sure, unsure := 0, 0
	for _, r := range rows {
		sure, unsure = sure+r.sure, unsure+r.unsure
	}
	says := text.Say("{1|# photo|# photos} with a sure name, {2} unsure", sure, unsure)
	if rest > 0 {
		says = text.Say("{1}, {2} not named yet", says, rest)
	}
	if failed > 0 {
		says = text.Say("{1}, {2} that could not be named", says, failed)
	}
	out := []*node{
		el("div.archive-sure", key("sure"), el("label", at("for", "sure"), text.Say("A name is sure from")),
			slider("sure", text.Say("A name is sure from"), s.sure.all, func(v float64) any { return Sure{"", v} }), el("output", at("for", "sure"), words.Percent(s.sure.all)),
			el("p.quiet", at("id", "folder-counts"), text.Sentence(says))),
		el("div.archive-table", key("table"), at("tabindex", 0), at("role", "region"), at("aria-label", text.Say("Names")), s.tableView(rows)),
	}
	if s.plan == nil {
		return append(out, s.actions())
	}
	return append(out, s.plan.view(s))
}

// slider is a threshold.
func slider(id, label string, value float64, event func(float64) any) *node {
	return el("input", at("type", "range"), at("id", id), at("aria-label", label), at("min", 0), at("max", 100), at("step", 1), at("value", strconv.Itoa(int(value*100+0.5))),
		at("aria-valuetext", words.Percent(value)), markup.Value(func(text string) any {
			n, err := strconv.Atoi(text)
			if err != nil {
				return nil
			}
			return event(float64(n) / 100)
		}))
}

func (s *State) tableView(rows []row) *node {
	body := el("tbody")
	for i, r := range rows {
		label := r.label
		cell := el("td", text.Say("never"))
		if !r.unknown {
			value := s.sure.of(label)
			cell = el("td.archive-own", slider("sure-"+strconv.Itoa(i), text.Say("Sure from, {1}", r.says), value, func(v float64) any { return Sure{label, v} }), el("span", words.Percent(value)))
			if r.own {
				cell.Kids = append(cell.Kids, el("button.link", at("type", "button"), at("aria-label", text.Say("As all others, {1}", r.says)), markup.Click(Common{label}), text.Say("Reset")))
			}
		}
		name := el("th", at("scope", "row"), r.says)
		if r.unknown {
			name = el("th", at("scope", "row"), el("em", text.Say("unlike every class")))
		}
		rowKey := label
		if r.unknown {
			rowKey = "\x00"
		}
		body.Kids = append(body.Kids, el("tr", key(rowKey), at("data-label", label), name, el("td", words.Thousands(r.sure)), el("td", words.Thousands(r.unsure)), cell))
	}
	head := func(text string) *node { return el("th", at("scope", "col"), text) }
	return el("table", el("caption.hidden-text", text.Say("Names, and how many photos have them")), el("thead", el("tr", head(text.Say("Name")), head(text.Say("Sure")), head(text.Say("Unsure")), head(text.Say("Sure from")))), body)
}

// choice is an action as it is offered.
type choice struct {
	action      Action
	title, text string
}

var choices = []choice{
	{Sidecars, text.Say("Write names beside the photos"), text.Say("Into an XMP sidecar of each photo, where digiKam, darktable and others read them. What others wrote there stays.")},
	{Move, text.Say("Move photos into folders"), text.Say("A folder for each name, in this folder. Nothing is written over; sidecars go along.")},
	{Zip, text.Say("Make a zip of folders"), text.Say("The photos in a folder for each name, with sidecars. Your own stay where they are.")},
	{ZipSidecars, text.Say("Make a zip of sidecars"), text.Say("XMP sidecars alone, in your own folders, to unpack over your photos.")},
}

func (s *State) actions() *node {
	set := el("fieldset.archive-actions", el("legend", text.Say("What is to be done")))
	for _, c := range choices {
		if c.action.inFolder() && s.open == nil {
			continue
		}
		id := "folder-" + string(c.action)
		set.Kids = append(set.Kids, el("label.share-choice", key(id), el("input", at("type", "radio"), at("name", "folder-action"), at("id", id), at("value", string(c.action)),
			at("aria-labelledby", id+"-title"), at("aria-describedby", id+"-text"), flag("checked", s.chosen() == c.action), markup.Send("change", Choose{c.action})),
			el("span", el("strong", at("id", id+"-title"), c.title), el("small", at("id", id+"-text"), c.text))))
	}
	out := el("div.archive-do", key("do"), set)
	if s.chosen().sorts() {
		out.Kids = append(out.Kids, el("label.check", key("whole"), el("input", at("type", "checkbox"), at("id", "folder-whole"), flag("checked", s.whole), markup.Checked(func(on bool) any { return Whole{on} })),
			el("span", text.Say("Put unsure photos into a folder “unsure”"))))
	}
	out.Kids = append(out.Kids, button("folder-plan", "button.primary", text.Say("Show what will happen"), Plan{}))
	return out
}

// view lists what will happen.
func (p *plan) view(s *State) *node {
	out := el("div.archive-plan", key("plan"), el("h3", at("id", "folder-plan-title"), at("tabindex", "-1"), text.Say("What will happen")))
	switch {
	case p.asked:
		out.Kids = append(out.Kids, bar("folder-planning", s.helper.stage(text.Say("Finding places for the photos")), -1))
	case p.why != "":
		out.Kids = append(out.Kids, el("p.problem", at("role", "alert"), words.Sentence(p.why)))
	default:
		out.Kids = append(out.Kids, el("p", at("id", "folder-summary"), p.summary()))
		if not := p.nothing(); not != "" {
			out.Kids = append(out.Kids, el("p.quiet", text.Say("Nothing is done for {1}.", not)))
		}
		list := el("ol.archive-steps", at("aria-label", text.Say("What will happen")), at("tabindex", 0))
		for _, st := range p.steps[:min(p.shown, len(p.steps))] {
			list.Kids = append(list.Kids, el("li", st.says(p.action)...))
		}
		if len(p.steps) > 0 {
			out.Kids = append(out.Kids, list)
		}
		if n := len(p.steps) - p.shown; n > 0 {
			out.Kids = append(out.Kids, button("folder-more", "link", text.Say("List more of the other {1}", n), More{}))
		}
		out.Kids = append(out.Kids, failures(p.failures))
	}
	tools := el("div.archive-tools")
	if !p.asked && p.why == "" && len(p.steps) > 0 {
		tools.Kids = append(tools.Kids, button("folder-apply", "button.primary", p.verb(), Apply{}))
	}
	tools.Kids = append(tools.Kids, button("folder-back", "button", text.Say("Back"), Back{}))
	out.Kids = append(out.Kids, tools)
	return noNil(out)
}

// verb is what the button says that carries the plan out.
func (p *plan) verb() string {
	n := len(p.steps)
	switch p.action {
	case Move:
		return text.Say("Move {1|# photo|# photos}", n)
	case Sidecars:
		return text.Say("Write {1|# sidecar|# sidecars}", n)
	}
	return text.Say("Make the zip")
}

func (p *plan) summary() string {
	if len(p.steps) == 0 {
		return text.Say("There is nothing to do.")
	}
	n, fresh, folders := len(p.steps), 0, map[string]bool{}
	for _, st := range p.steps {
		if st.had == "" {
			fresh++
		}
		if i := strings.LastIndexByte(st.to, '/'); i >= 0 {
			folders[st.to[:i]] = true
		}
	}
	switch made := len(p.made); {
	case p.action == Move && made > 0:
		return text.Say("{1|# photo|# photos} will be moved into {2|# folder|# folders}, of which {3|# is|# are} made. It can be undone.", n, len(folders), made)
	case p.action == Move:
		return text.Say("{1|# photo|# photos} will be moved into {2|# folder|# folders}. It can be undone.", n, len(folders))
	case p.action == Zip:
		return text.Say("A zip is made with {1|# photo|# photos} in {2|# folder|# folders}; your own photos stay as they are.", n, len(folders))
	}
	says := text.Say("{1|# sidecar is|# sidecars are} written anew", fresh)
	if was := n - fresh; was > 0 {
		says = text.Say("{1|# sidecar is|# sidecars are} written anew, and names are put into {2} that are there", fresh, was)
	}
	if p.action == ZipSidecars {
		return text.Say("{1}, all in a zip; your own files stay as they are.", says)
	}
	return text.Say("{1}. Photos are not changed, and it can be undone.", says)
}

// nothing says for which photos nothing is done.
func (p *plan) nothing() string {
	var parts []string
	for _, one := range []struct {
		n    int
		says string
	}{
		{p.unsure, text.Say("{1|# photo|# photos} unsure", p.unsure)},
		{p.rest, text.Say("{1|# photo|# photos} not named yet", p.rest)},
		{p.failed, text.Say("{1|# photo|# photos} that could not be named", p.failed)},
		{p.gone, text.Say("{1|# photo|# photos} no longer there", p.gone)},
		{p.missing, text.Say("{1|# photo|# photos} whose files are to be chosen again", p.missing)},
		{p.placed, text.Say("{1|# photo|# photos} in place already", p.placed)},
		{p.twice, text.Say("{1|# photo|# photos} of the same name as another", p.twice)},
	} {
		if one.n > 0 {
			parts = append(parts, one.says)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return text.List(parts)
}

// says is a step in a line.
func (st *step) says(a Action) []markup.Part {
	name := text.Say("unsure")
	if st.label != "" {
		name = st.word + " " + words.Percent(st.score)
	}
	if a.sorts() {
		more := ""
		if n := len(st.beside); n > 0 {
			more = " " + text.Say("with {1|# sidecar|# sidecars}", n)
		}
		return []markup.Part{el("span", text.Name(st.from)), " " + text.Say("→") + " ", el("strong", text.Name(st.to)), more, el("small", " "+name)}
	}
	what := text.Say("new")
	switch {
	case st.label == "":
		what = text.Say("what Homeroom wrote is taken out")
	case st.had != "":
		what = text.Say("added to")
	}
	return []markup.Part{el("span", text.Name(st.sidecar)), el("small", " "+what), " ", el("strong", name)}
}

// view tells how far the work is.
func (w *work) view() *node {
	of := len(w.steps)
	n := w.at
	if w.undoing {
		n = w.done + w.same + len(w.failed)
		of = n + len(w.left)
	}
	verb := map[Action]string{Sidecars: text.Say("Writing sidecars"), Move: text.Say("Moving photos"), Zip: text.Say("Summing up photos for the zip"), ZipSidecars: text.Say("Writing sidecars")}[w.action]
	if w.undoing {
		verb = text.Say("Taking back")
	}
	if w.halted != "" {
		out := el("div.archive-halted", key("halted"), at("role", "alert"), el("h3", text.Say("It stands still: {1}.", text.Foreign(w.halted))),
			el("p", w.tally()+" "+text.Say("{1} of {2} are still to be done.", of-n, of)))
		tools := el("div.archive-tools", button("folder-go-on", "button.primary", text.Say("Go on"), GoOn{}))
		if w.list != nil && !w.undoing {
			tools.Kids = append(tools.Kids, button("folder-undo", "button", text.Say("Undo what was done"), Undo{w.list.ID}))
		}
		tools.Kids = append(tools.Kids, button("folder-enough", "button", text.Say("Leave it at that"), Enough{}))
		out.Kids = append(out.Kids, failures(w.failed), tools)
		return noNil(out)
	}
	says := text.Say("{1}: {2} of {3}", verb, n, of)
	if left, ok := w.pace.Left(of - n); ok {
		says += " · " + text.Say("{1} left", words.Roughly(left))
	}
	part := 0.0
	if of > 0 {
		part = float64(n) / float64(of)
	}
	out := el("div.archive-work", key("work"), bar("folder-bar", says, part), button("folder-stop", "button.small", text.Say("Stop"), Stop{}, flag("disabled", w.stop)))
	return out
}

// bar is a progress bar; part is below 0 where it is not known.
func bar(id, text string, part float64) *node {
	progress := el("progress", at("id", id), at("max", 1))
	if part >= 0 {
		progress.Attrs = append(progress.Attrs, at("value", strconv.FormatFloat(part, 'f', 3, 64)))
	}
	return el("div.progress.plain", key(id), el("label", at("for", id), text), progress)
}

// stage says what the helper is at.
func (h *helper) stage(says string) string {
	if h.program == nil && h.comes > 0 {
		return text.Say("Fetching what plans: {1} MB", words.Megabytes(h.comes))
	}
	return says
}

// toldView says what was done last.
func (s *State) toldView() *node {
	w := s.told
	if w == nil {
		return nil
	}
	says := w.tally()
	if w.undoing && len(w.failed) == 0 {
		says += " " + text.Say("All is as it was.")
	}
	return noNil(el("div.archive-told", key("told"), el("p", at("id", "folder-told"), at("tabindex", "-1"), says), failures(w.failed)))
}

// listsView is what can be undone.
func (s *State) listsView() *node {
	if len(s.lists.all) == 0 {
		return nil
	}
	out := el("ul.archive-lists", key("lists"), at("aria-label", text.Say("What can be undone")), at("role", "list"))
	for i := len(s.lists.all) - 1; i >= 0; i-- {
		l := s.lists.all[i]
		says := text.Say("{1|# file|# files}: sidecars written in “{2}”, {3}.", l.files(), l.Name, text.Date(l.Date.Local()))
		if l.Action == Move {
			says = text.Say("{1|# file|# files}: photos moved in “{2}”, {3}.", l.files(), l.Name, text.Date(l.Date.Local()))
		}
		if !l.stored {
			says += " " + text.Say("It can be undone for as long as this page is open: the browser did not keep the list.")
		}
		item := el("li", key(l.ID), el("p", says))
		if s.lists.last(l) {
			item.Kids = append(item.Kids, button("folder-undo-"+l.ID, "button.small", text.Say("Undo"), Undo{l.ID}, at("aria-label", text.Say("Undo: {1}", says))))
		} else {
			item.Kids = append(item.Kids, el("p.quiet", text.Say("What was done there later is to be undone first.")))
		}
		item.Kids = append(item.Kids, button("folder-dismiss-"+l.ID, "link", text.Say("Keep it so"), Dismiss{l.ID}, at("aria-label", text.Say("Keep it so: {1}", says))))
		out.Kids = append(out.Kids, item)
	}
	return out
}

// failures lists what was not done.
func failures(list []failure) *node {
	if len(list) == 0 {
		return nil
	}
	out := el("ul.archive-failures", key("failures"), at("aria-label", text.Say("What was left as it is")))
	for _, f := range list[:min(mostFailures, len(list))] {
		out.Kids = append(out.Kids, el("li", el("strong", text.Name(f.path)), ": ", text.Foreign(f.why)))
	}
	if n := len(list) - mostFailures; n > 0 {
		out.Kids = append(out.Kids, el("li", text.Say("and {1} more", n)))
	}
	return out
}

func noNil(n *node) *node {
	kids := n.Kids[:0]
	for _, k := range n.Kids {
		if k != nil {
			kids = append(kids, k)
		}
	}
	n.Kids = kids
	return n
}
