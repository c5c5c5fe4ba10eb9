package teach

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/ask"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// How much is shown at a time.
const (
	pageOfClasses = 24
	pageOfPhotos  = 96
	inCard        = 8 // photos of a class on its card
)

// photos is the panel of classes with their photos.
type photos struct {
	*base.Base
	intake *base.Intake
	search string
	shown  int          // how many classes are
	open   int          // class whose photos are all shown, 0 for none
	inOpen int          // how many photos of it are shown
	picks  map[int]bool // photos of it
}

func newPhotos(b *base.Base, n *base.Intake) *photos {
	return &photos{Base: b, intake: n, shown: pageOfClasses, inOpen: pageOfPhotos, picks: map[int]bool{}}
}

type (
	// AddClass adds a class.
	AddClass struct{ Name, Input string } // Input is the ID of where the name was written
	// RenameClass gives a class another name.
	RenameClass struct {
		Class int
		Name  string
	}
	// RemoveClass takes a class out with its photos.
	RemoveClass struct{ Class int }
	// OpenClass shows all photos of a class, CloseClass all classes again.
	OpenClass  struct{ Class int }
	CloseClass struct{}
	// SearchClass shows the classes with a text in their names.
	SearchClass struct{ Text string }
	// MoreClasses and MorePhotos show more of them.
	MoreClasses struct{}
	MorePhotos  struct{}
	// AddTo adds files to a class, AddFolders to the classes that their folders name.
	AddTo struct {
		Class int
		Files []outside.File
	}
	AddFolders struct{ Files []outside.File }
	// MovePhotos gives photos another class, as they were dragged: their numbers, with commas
	// between.
	MovePhotos struct {
		Photos string
		Class  int
	}
	// PickPhoto picks a photo of the class that is open, or lets go of it.
	PickPhoto struct {
		Photo int
		On    bool
	}
	// PickAll picks all of them, or none.
	PickAll struct{}
	// MovePicked and RemovePicked do so with those that are picked.
	MovePicked   struct{ Class int }
	RemovePicked struct{}
)

func (e AddClass) Update(p *photos, t *outside.Turn) {
	edit, err := p.AddClass(e.Name)
	if err != nil {
		t.Ask(outside.Refuse{Selector: "#" + e.Input, Text: base.Sentence(text.Of(err))})
		t.Say(base.Sentence(text.Of(err)))
		return
	}
	t.Ask(outside.SetValue{Selector: "#" + e.Input})
	t.Ask(outside.Refuse{Selector: "#" + e.Input})
	p.search = ""
	p.shown = max(p.shown, len(p.Classes))
	p.intake.LastClass = p.Classes[len(p.Classes)-1].ID
	p.Change(t, edit)
	t.Focus("#new-class-top")
}

func (e RenameClass) Update(p *photos, t *outside.Turn) {
	c := p.Class(e.Class)
	if c == nil {
		return
	}
	edit, err := p.RenameClass(e.Class, e.Name)
	if err != nil {
		input := "#class-" + strconv.Itoa(e.Class)
		t.Ask(outside.SetValue{Selector: input, Value: c.Name})
		t.Ask(outside.Refuse{Selector: input, Text: base.Sentence(text.Of(err))})
		t.Say(base.Sentence(text.Of(err)))
		return
	}
	p.Change(t, edit)
}

func (e RemoveClass) Update(p *photos, t *outside.Turn) {
	next := 0
	for i, c := range p.Classes {
		if c.ID == e.Class && i+1 < len(p.Classes) {
			next = p.Classes[i+1].ID
		} else if c.ID == e.Class && i > 0 {
			next = p.Classes[i-1].ID
		}
	}
	p.Change(t, p.RemoveClass(e.Class))
	if p.open == e.Class {
		p.open = 0
	}
	switch {
	case len(p.Classes) == 0:
		t.Focus("#new-class-start")
	case next != 0 && p.found(next):
		t.Focus(`[data-do=class-remove][data-class="` + strconv.Itoa(next) + `"]`)
	default:
		t.Focus("#new-class-top")
	}
}

func (OpenClass) Viewing() {}

func (e OpenClass) Update(p *photos, t *outside.Turn) {
	p.open, p.inOpen, p.picks = e.Class, pageOfPhotos, map[int]bool{}
	t.Focus("[data-do=class-close]")
}

func (CloseClass) Viewing() {}

func (CloseClass) Update(p *photos, t *outside.Turn) {
	id := p.open
	p.open = 0
	t.Focus(`[data-do=class-open][data-class="` + strconv.Itoa(id) + `"]`)
}

func (SearchClass) Viewing() {}

func (e SearchClass) Update(p *photos, t *outside.Turn) {
	p.search, p.shown = strings.TrimSpace(e.Text), pageOfClasses
}

func (MoreClasses) Viewing() {}

func (MoreClasses) Update(p *photos, t *outside.Turn) { p.shown += pageOfClasses }

func (MorePhotos) Viewing() {}

func (MorePhotos) Update(p *photos, t *outside.Turn) { p.inOpen += pageOfPhotos }

func (e AddTo) Update(p *photos, t *outside.Turn) { p.intake.AddTo(t, e.Class, e.Files, 0) }

func (e AddFolders) Update(p *photos, t *outside.Turn) { p.intake.TakeFolders(t, e.Files, p.open) }

func (e MovePhotos) Update(p *photos, t *outside.Turn) {
	var ids []int
	for _, s := range strings.Split(e.Photos, ",") {
		ids = append(ids, base.Number(s))
	}
	p.Change(t, p.MovePhotos(ids, e.Class))
}

func (e PickPhoto) Update(p *photos, t *outside.Turn) {
	if e.On {
		p.picks[e.Photo] = true
	} else {
		delete(p.picks, e.Photo)
	}
}

func (PickAll) Update(p *photos, t *outside.Turn) {
	members := p.Members(p.open)
	all := len(p.picks) < len(members)
	clear(p.picks)
	for _, ph := range members {
		if all {
			p.picks[ph.ID] = true
		}
	}
}

func (e MovePicked) Update(p *photos, t *outside.Turn) {
	if e.Class != 0 {
		next := p.afterPicked()
		p.Change(t, p.MovePhotos(p.picked(), e.Class))
		t.Focus(next)
	}
}

func (RemovePicked) Update(p *photos, t *outside.Turn) {
	next := p.afterPicked()
	p.Change(t, p.RemovePhotos(p.picked()))
	t.Focus(next)
}

// afterPicked is the selector of what comes after the photos that are picked: the next photo, or
// the one before, or else the way back to all classes.
func (p *photos) afterPicked() string {
	members := p.Members(p.open)
	last := len(members) - 1
	for last >= 0 && !p.picks[members[last].ID] {
		last--
	}
	for _, rest := range [][]*project.Photo{members[last+1:], members[:max(last, 0)]} {
		i := slices.IndexFunc(rest, func(ph *project.Photo) bool { return !p.picks[ph.ID] })
		if i >= 0 {
			return base.Photo(rest[i].ID) + " button"
		}
	}
	return "[data-do=class-close]"
}

// Place names the classes that are looked for, and the one whose photos are all shown.
func (p *photos) Place() string {
	var out []string
	if p.search != "" {
		out = append(out, "find="+url.QueryEscape(p.search))
	}
	if p.Class(p.open) != nil {
		out = append(out, "class-"+strconv.Itoa(p.open))
	}
	return strings.Join(out, "/")
}

// Go shows what places name.
func (p *photos) Go(t *outside.Turn, places []string) {
	open := 0
	p.search = ""
	for _, place := range places {
		if text, is := strings.CutPrefix(place, "find="); is {
			p.search, _ = url.QueryUnescape(text)
		}
		if text, is := strings.CutPrefix(place, "class-"); is && p.Class(base.Number(text)) != nil {
			open = base.Number(text)
		}
	}
	switch {
	case open == p.open:
	case open == 0:
		CloseClass{}.Update(p, t)
	default:
		OpenClass{open}.Update(p, t)
	}
}

// picked are the photos that are picked, in the order of the class.
func (p *photos) picked() []int {
	var out []int
	for _, ph := range p.Members(p.open) {
		if p.picks[ph.ID] {
			out = append(out, ph.ID)
		}
	}
	return out
}

// moved lets go of photos that an edit moved.
func (p *photos) moved(ids []int) {
	for _, id := range ids {
		delete(p.picks, id)
	}
	if p.Class(p.open) == nil {
		p.open = 0
	}
}

// Paste takes files that were pasted where no element takes them.
type Paste struct{ Files []outside.File }

// Update takes pictures from the clipboard: for the class that is open, or that photos were added
// to last.
func (e Paste) Update(p *photos, t *outside.Turn) {
	class := p.open
	if class == 0 {
		class = p.intake.LastClass
	}
	if p.Class(class) == nil && len(p.Classes) > 0 {
		class = p.Classes[0].ID
	}
	if p.Class(class) == nil {
		p.Notice(t, say("Add a class first, then paste a picture into it."))
		return
	}
	p.intake.AddTo(t, class, e.Files, 0)
}

// start is what an empty project shows: ways to begin.
func (p *photos) start() *node {
	return el("section.drop.start", at("aria-label", say("Begin")), at("data-drop", "folders"), markup.Files(func(files []outside.File) any { return p.In(AddFolders{files}) }), key("start"),
		folderArt(),
		el("div.drop-text",
			el("p.drop-hint", say("Drop a folder for each class here, a zip of them, or a project of Teachable Machine (.tm). A folder's name becomes the class's name.")),
			el("div.drop-buttons",
				p.folderPicker(say("Add folders"), true), p.archivePicker()),
			el("p.start-or", say("or name a class first, then add photos or use your camera")),
			p.newClass("start"),
			p.teachers()))
}

// teachers leads to the lesson, whose photos the page has where it is no single file.
func (p *photos) teachers() *node {
	if p.List.Single {
		return nil
	}
	return el("p.start-lesson", el("button.link", at("type", "button"), p.Do("lesson", BeginLesson{}), say("For teachers: a lesson of five steps")))
}

func (p *photos) folderPicker(text string, primary bool) *node {
	class := "label.button"
	if primary {
		class += ".primary"
	}
	return el(class, at("data-needs", "folders"), el("input.picker", at("type", "file"), flag("multiple", true), flag("webkitdirectory", true), at("aria-label", text),
		p.Base.Picks("pick-folders", func(files []outside.File) any { return AddFolders{files} })), el("span", text))
}

// archivePicker picks zips, which are files and not folders to a picker.
func (p *photos) archivePicker() *node {
	text := say("Add a zip or .tm")
	return el("label.button", key("archives"), el("input.picker", at("type", "file"), flag("multiple", true), at("accept", ".zip,.tm"), at("aria-label", text),
		p.Base.Picks("pick-archives", func(files []outside.File) any { return AddFolders{files} })), el("span", text))
}

func folderArt() *node {
	folder := func(x, y, turn float64, class string) *node {
		return el("g", at("transform", fmt.Sprintf("translate(%g %g) rotate(%g)", x, y, turn)),
			el("path", at("class", class), at("d", "M0 8a5 5 0 0 1 5-5h14l6 6h28a5 5 0 0 1 5 5v29a5 5 0 0 1-5 5H5a5 5 0 0 1-5-5z")))
	}
	return el("svg.drop-art", at("viewBox", "0 0 160 96"), at("aria-hidden", "true"), at("focusable", "false"),
		folder(10, 26, -7, "art-back"), folder(92, 20, 7, "art-back"),
		el("g", at("transform", "translate(51 26)"),
			el("rect", at("class", "art-sky"), at("x", 8), at("y", -12), at("width", 42), at("height", 34), at("rx", 3)),
			el("circle", at("class", "art-sun"), at("cx", 40), at("cy", -4), at("r", 5)),
			el("path", at("class", "art-front"), at("d", "M0 8a5 5 0 0 1 5-5h14l6 6h28a5 5 0 0 1 5 5v29a5 5 0 0 1-5 5H5a5 5 0 0 1-5-5z")),
			el("rect", at("class", "art-word"), at("x", 11), at("y", 26), at("width", 36), at("height", 6), at("rx", 3))))
}

func (p *photos) newClass(where string) *node {
	id := "new-class-" + where
	did := base.Named("class-new")
	did.On = []markup.Handler{markup.On("submit", func(in markup.Input) any { return p.In(AddClass{in.Fields["name"], id}) })}
	return el("form.new-class", did, key("new-class"),
		el("label.hidden-text", at("for", id), say("Name of the new class")),
		el("input", at("id", id), at("name", "name"), at("type", "text"), at("maxlength", project.MaxName), at("autocomplete", "off"), at("placeholder", say("Name, such as Apples"))),
		el("button.button", at("type", "submit"), say("Add class")))
}

// view is the classes with their photos, once there is one.
func (p *photos) View() []*node {
	if len(p.Classes) == 0 {
		return nil
	}
	if c := p.Class(p.open); c != nil {
		return []*node{p.openClass(c)}
	}
	var found []project.Class
	most := 0
	for _, c := range p.Classes {
		if p.found(c.ID) {
			found = append(found, c)
		}
		most = max(most, len(p.Members(c.ID)))
	}
	head := el("div.class-bar", key("class-bar"),
		p.newClass("top"),
		p.folderPicker(say("Add folders"), false))
	if len(p.Classes) > 8 || p.search != "" {
		head.Kids = append(head.Kids, el("div.search",
			el("label.hidden-text", at("for", "class-search"), say("Find a class")),
			el("input", at("id", "class-search"), at("type", "search"), at("placeholder", say("Find a class")), at("autocomplete", "off"), at("value", p.search),
				p.Chosen("class-search", func(text string) any { return SearchClass{text} }))))
	}
	count := text.List([]string{words.Plural(len(p.Classes), "class", "classes"), words.Photos(p.Count())})
	if p.search != "" {
		count = say("{1} of {2|# class|# classes}", len(found), len(p.Classes))
	}
	out := []*node{head, el("p.balance", key("balance"), el("strong", count), " ", balance(p.Project)), p.legend()}
	list := el("ul.classes", at("role", "list"), at("aria-label", say("Classes")), key("classes"))
	for _, c := range found[:min(p.shown, len(found))] {
		list.Kids = append(list.Kids, p.card(c, most))
	}
	out = append(out, list)
	if len(found) > p.shown {
		out = append(out, el("p.more", key("more"), el("button.button", at("type", "button"), p.Do("classes-more", MoreClasses{}),
			say("Show {1} more of {2|# class|# classes}", min(pageOfClasses, len(found)-p.shown), len(found)))))
	}
	return out
}

// legend says what the dots on photos mean, where there are any.
func (p *photos) legend() *node {
	if p.Figures == nil {
		return nil
	}
	wrong := 0
	for id, h := range p.Figures.Held {
		if ph := p.Photo(id); ph != nil && ph.Class > 0 && !h.Right {
			wrong++
		}
	}
	if wrong == 0 {
		return nil
	}
	return el("p.legend.wrong-legend", key("legend"), el("span", el("span.wrong-mark", at("aria-hidden", "true")), say("{1|# photo|# photos} taken for another class when it had not learnt from them. Results shows which.", wrong)))
}

// balance says in words how evenly photos are spread over classes.
func balance(p *project.Project) string {
	least, most := project.Class{}, project.Class{}
	few, many := 0, 0
	for i, c := range p.Classes {
		n := len(p.Members(c.ID))
		if i == 0 || n < few {
			least, few = c, n
		}
		if i == 0 || n > many {
			most, many = c, n
		}
	}
	switch {
	case len(p.Classes) == 0:
		return ""
	case len(p.Classes) == 1:
		return say("Add a second class: there must be something to tell apart.")
	case few == 0 && many == 0:
		return say("Give each class a few photos; ten make a good start.")
	case few == 0:
		return say("{1} has no photos yet and is not learnt.", least.Name)
	case few < 5:
		return say("{1} has {2|# photo|# photos}: a few more would help it most.", least.Name, few)
	case many > 3*few:
		return say("{1} has {2|# photo|# photos}, {3} only {4}: classes of like size are learnt best.", most.Name, many, least.Name, few)
	default:
		return say("Evenly spread.")
	}
}

// ofClass is what every element of a class takes: photos that are dragged to it, files that are
// dropped and pasted.
func (p *photos) ofClass(id int) []markup.Handler {
	return []markup.Handler{
		markup.Files(func(files []outside.File) any { return p.In(AddTo{id, files}) }),
		markup.On("paste", func(in markup.Input) any { return p.In(AddTo{id, in.Files}) }),
		markup.On("take", func(in markup.Input) any { return p.In(MovePhotos{in.Value, id}) }),
	}
}

func (p *photos) picker(c project.Class) *node {
	return el("label.button.small", el("input.picker", at("type", "file"), flag("multiple", true), at("accept", "image/*,.heic,.heif,.avif"), at("aria-label", say("Add photos to {1}", c.Name)),
		p.Base.Picks("class-pick", func(files []outside.File) any { return AddTo{c.ID, files} }, "class", c.ID)), el("span", say("Add photos")))
}

func (p *photos) card(c project.Class, most int) *node {
	members := p.Members(c.ID)
	id := strconv.Itoa(c.ID)
	list := el("ul.tiles", at("role", "list"), at("aria-label", say("Photos of {1}", c.Name)))
	shown := members
	if len(shown) > inCard {
		shown = shown[len(shown)-inCard+1:] // the newest, so that what was just added shows
	}
	for _, ph := range shown {
		list.Kids = append(list.Kids, p.Tile(ph, ""))
	}
	p.Grid("class "+id, shown, list.Kids)
	if len(members) > len(shown) {
		list.Kids = append(list.Kids, el("li.tile.more-tile", key("more"), el("button", at("type", "button"), p.Do("class-open", OpenClass{c.ID}, "class", id),
			at("aria-label", say("All {1|# photo|# photos} of {2}", len(members), c.Name)), say("All {1}", len(members)))))
	}
	if len(members) == 0 {
		list = el("p.well", say("Drop photos here, add them, or use the camera."))
	}
	share := 0.0
	if most > 0 {
		share = float64(len(members)) / float64(most)
	}
	return el("li.class", at("data-class", id), at("data-drop", "class"), p.ofClass(c.ID), key(id),
		el("div.class-head",
			el("label.hidden-text", at("for", "class-"+id), say("Name of the class {1}", c.Name)),
			el("input.class-name", at("id", "class-"+id), at("type", "text"), at("maxlength", project.MaxName), at("autocomplete", "off"), at("value", c.Name),
				p.Chosen("class-name", func(name string) any { return RenameClass{c.ID, name} }, "class", id)),
			el("button.close", at("type", "button"), p.Do("class-remove", RemoveClass{c.ID}, "class", id), at("aria-label", say("Remove the class {1}", c.Name)), at("title", say("Remove this class")), base.Icon("M3.5 3.5l9 9m0-9l-9 9"))),
		el("div.share", at("aria-hidden", "true"), at("--share", fmt.Sprintf("%.1f%%", 100*share))),
		el("p.class-count", words.Photos(len(members)), p.note(c)),
		list,
		el("div.class-tools", p.picker(c),
			el("button.button.small", at("type", "button"), p.Do("camera-open", ask.OpenCamera{Class: c.ID}, "class", id), at("aria-label", say("Camera for {1}", c.Name)), say("Camera"))))
}

// found tells whether a class is one of those that are looked for.
func (p *photos) found(class int) bool {
	c := p.Class(class)
	return c != nil && strings.Contains(strings.ToLower(c.Name), strings.ToLower(p.search))
}

// note says how the class fares, once that is known.
func (p *photos) note(c project.Class) *node {
	if p.Figures == nil || p.Figures.Report == nil {
		return nil
	}
	for _, r := range p.Figures.Report.Classes {
		if r.Name == c.Name && r.Photos > 0 {
			return el("span.class-right", say("{1} recognised", base.ShareOf(r.Recall, r.Photos)))
		}
	}
	return nil
}

// openClass is one class with all its photos, which can be picked, moved and removed together.
func (p *photos) openClass(c *project.Class) *node {
	members := p.Members(c.ID)
	picked := p.picked()
	texts := make([]string, len(picked))
	for i, id := range picked {
		texts[i] = strconv.Itoa(id)
	}
	dragged := strings.Join(texts, ",")
	list := el("ul.tiles.wide", at("role", "list"), at("aria-label", say("Photos of {1}", c.Name)))
	shown := members[:min(p.inOpen, len(members))]
	for _, ph := range shown {
		with := ""
		if p.picks[ph.ID] {
			with = dragged
		}
		tile := p.Tile(ph, with)
		tile.Kids = append(tile.Kids, el("label.pick", el("input", at("type", "checkbox"), flag("checked", p.picks[ph.ID]), at("aria-label", say("Pick {1}", p.Called(ph))),
			p.Checked("photo-pick", func(on bool) any { return PickPhoto{ph.ID, on} }, "photo", ph.ID))))
		list.Kids = append(list.Kids, tile)
	}
	p.Grid("open", shown, list.Kids)
	var more *node
	if len(members) > p.inOpen {
		more = el("p.more", el("button.button", at("type", "button"), p.Do("photos-more", MorePhotos{}), say("Show {1} more", min(pageOfPhotos, len(members)-p.inOpen))))
	}
	said := say("{1} picked", len(picked))
	if len(picked) == 0 {
		said = say("Pick photos to move or remove them.")
	}
	tools := el("div.pick-tools", el("span", said), el("button.link", at("type", "button"), p.Do("pick-all", PickAll{}), say("Pick all")))
	if len(picked) > 0 {
		tools.Kids = append(tools.Kids, p.Mover("picked-move", say("Move them to"), c.ID, func(class int) any { return MovePicked{class} }),
			el("button.button.small", at("type", "button"), p.Do("picked-remove", RemovePicked{}), say("Remove them")))
	}
	id := strconv.Itoa(c.ID)
	return el("section.open-class", at("data-class", id), at("data-drop", "class"), p.ofClass(c.ID), key("open-"+id), at("aria-labelledby", "open-title"),
		el("div.open-head",
			el("button.button.small", at("type", "button"), p.Do("class-close", CloseClass{}), say("All classes")),
			el("h2", at("id", "open-title"), named(c.Name)), el("span.class-count", words.Photos(len(members)), p.note(*c)),
			p.picker(*c),
			el("button.button.small", at("type", "button"), p.Do("camera-open", ask.OpenCamera{Class: c.ID}, "class", id), say("Camera"))),
		tools, p.legend(), list, more)
}

// Given and Only let a project file among what is given be opened in place of being added; see
// package app.
func (e AddTo) Given() []outside.File              { return e.Files }
func (e AddTo) Only(files []outside.File) any      { return AddTo{e.Class, files} }
func (e AddFolders) Given() []outside.File         { return e.Files }
func (e AddFolders) Only(files []outside.File) any { return AddFolders{files} }
