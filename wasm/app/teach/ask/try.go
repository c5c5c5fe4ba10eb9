package ask

import (
	"slices"
	"strconv"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/markup"
	"homeroom/wasm/words"
)

// A Try is the photos that the taught head is tried on.
type Try struct {
	*base.Base
	Asking *Asking
	Intake *base.Intake
	photos []*tried // newest first
}

// OpenTried shows one of them large.
type OpenTried struct{ Tried int }

// tried is a photo that was given to the taught head.
type tried struct {
	id      int
	file    outside.File
	picture outside.Object // small
	problem string
	answer  *answer // nil while it is looked at
}

type (
	// TryFiles has photos named by the taught head.
	TryFiles struct{ Files []outside.File }
	// ClearTried forgets all of them, RemoveTried one.
	ClearTried  struct{}
	RemoveTried struct{ Tried int }
	// TeachTried puts one into a class.
	TeachTried struct{ Tried, Class int }
)

func (TryFiles) Viewing() {}

func (e TryFiles) Update(y *Try, t *outside.Turn) {
	y.Intake.Gathering = ""
	for _, f := range base.Sift(t, e.Files) {
		k := &tried{id: t.Ticket(), file: f}
		y.photos = slices.Insert(y.photos, 0, k)
		y.ask(t, k)
	}
}

func (y *Try) ask(t *outside.Turn, k *tried) {
	k.answer, k.problem = nil, ""
	y.Asking.ask(t, &question{Tried: k.id, file: k.file.Object})
}

func (ClearTried) Viewing() {}

func (ClearTried) Update(y *Try, t *outside.Turn) {
	y.photos = nil
	y.Asking.drop(func(q *question) bool { return q.Tried != 0 })
}

func (RemoveTried) Viewing() {}

func (e RemoveTried) Update(y *Try, t *outside.Turn) { y.remove(e.Tried) }

func (y *Try) remove(id int) {
	y.photos = slices.DeleteFunc(y.photos, func(k *tried) bool { return k.id == id })
	y.Asking.drop(func(q *question) bool { return q.Tried == id })
}

func (e TeachTried) Update(y *Try, t *outside.Turn) {
	k := y.photo(e.Tried)
	if k == nil || y.Class(e.Class) == nil {
		return
	}
	y.Intake.AddTo(t, e.Class, []outside.File{k.file}, 0)
	y.remove(e.Tried)
}

// Newest is the number of the photo that came last, 0 for none.
func (y *Try) Newest() int {
	if len(y.photos) == 0 {
		return 0
	}
	return y.photos[0].id
}

// Named tells whether any was named.
func (y *Try) Named() bool {
	return slices.ContainsFunc(y.photos, func(k *tried) bool { return k.answer != nil })
}

// photo returns the photo with a number, nil where there is none.
func (y *Try) photo(id int) *tried {
	for _, k := range y.photos {
		if k.id == id {
			return k
		}
	}
	return nil
}

// Again names what was tried by the head that is now in use.
func (y *Try) Again(t *outside.Turn) {
	y.Asking.drop(func(q *question) bool { return q.Tried != 0 })
	for _, k := range slices.Backward(y.photos) {
		y.ask(t, k)
	}
}

// Reply takes what came of a photo.
func (y *Try) Reply(t *outside.Turn, r *Reply) {
	k := y.photo(r.Tried)
	if k == nil {
		return
	}
	if r.told == nil {
		k.problem = base.Sentence(r.why)
		t.Say(say("{1} could not be named. {2}", k.file.Name, foreign(k.problem)))
		return
	}
	k.answer, k.problem = answerOf(y.Base, r.told), ""
	if !y.Asking.Waits() {
		t.Say(say("{1}: {2}.", k.file.Name, k.answer.name()))
	}
}

// Thumb takes the small picture of a photo.
func (y *Try) Thumb(number int, picture outside.Object) {
	if q := y.Asking.Open[number]; q != nil {
		if k := y.photo(q.Tried); k != nil && k.picture == nil {
			k.picture = picture
		}
	}
}

func (y *Try) DropArea() *node {
	files := func(files []outside.File) any { return TryFiles{files} }
	return el("section.drop.try-drop", key("try-drop"), at("aria-label", say("Photos to name")), at("data-drop", "try"),
		el("p.drop-hint", say("Drop photos here that it has not seen.")),
		el("div.drop-buttons", el("label.button.primary", el("input.picker", at("type", "file"), flag("multiple", true), at("accept", "image/*,.heic,.heif,.avif"), at("aria-label", say("Name photos")), y.Picks("try-pick", files)), el("span", say("Name photos")))))
}

// inColumn is how many photos that were tried last are shown beside the classes.
const inColumn = 6

// Column is the photos that were tried last, small, with a place to drop others.
func (y *Try) Column() *node {
	files := func(files []outside.File) any { return TryFiles{files} }
	section := el("section.card-section.named-last", key("named-last"), at("aria-labelledby", "last-title"), at("data-drop", "try"), markup.Files(func(files []outside.File) any { return y.In(TryFiles{files}) }),
		el("h2", at("id", "last-title"), say("New photos")))
	list := el("ul.last-photos", at("role", "list"), at("aria-label", say("Photos named last")))
	for _, k := range y.photos[:min(inColumn, len(y.photos))] {
		told := say("Looking…")
		switch {
		case k.problem != "":
			told = say("Could not be named")
		case k.answer != nil:
			told = k.answer.name()
		}
		open := el("button.last", at("type", "button"), y.Do("last-open", OpenTried{k.id}, "tried", k.id), at("aria-label", say("{1}: look closer at {2}", told, k.file.Name)), at("title", named(k.file.Name)))
		if k.picture != nil {
			open.Kids = append(open.Kids, el("img", markup.Shown(k.picture), at("alt", ""), at("decoding", "async")))
		}
		open.Kids = append(open.Kids, el("span", told))
		list.Kids = append(list.Kids, el("li", key(strconv.Itoa(k.id)), at("data-last", told), open))
	}
	if len(list.Kids) == 0 {
		list = el("p.quiet", say("Drop photos here that it has not seen. They are named again whenever it has learnt."))
	}
	section.Kids = append(section.Kids, list,
		el("label.button.small", el("input.picker", at("type", "file"), flag("multiple", true), at("accept", "image/*,.heic,.heif,.avif"), at("aria-label", say("Name photos")), y.Picks("last-pick", files)), el("span", say("Name photos"))))
	return section
}

// View is what was tried.
func (y *Try) View() *node {
	if len(y.photos) == 0 {
		return nil
	}
	list := el("ul.photos", at("role", "list"), at("aria-label", say("Named photos")))
	for _, k := range y.photos {
		list.Kids = append(list.Kids, y.card(k))
	}
	return el("section.card-section.bare", key("tried-photos"), at("aria-labelledby", "named-title"),
		el("div.section-head", el("h2", at("id", "named-title"), say("Named by version {1}", y.Current)), el("button.button.small", at("type", "button"), y.Do("try-clear", ClearTried{}), say("Clear"))), list)
}

func (y *Try) card(k *tried) *node {
	name := k.file.Name
	n := el("li.photo", key(strconv.Itoa(k.id)), at("data-tried", name))
	thumb := el("button.thumb", at("type", "button"), y.Do("tried-open", OpenTried{k.id}, "tried", k.id), at("aria-label", say("Look closer at {1}", name)))
	if k.picture != nil {
		zoom := base.Icon(sheet.Zoom)
		zoom.Attrs = append(zoom.Attrs, at("class", "zoom"))
		thumb.Kids = append(thumb.Kids, el("img", markup.Shown(k.picture), at("alt", ""), at("decoding", "async")), zoom)
	}
	body := el("div.words")
	switch {
	case k.problem != "":
		n.Attrs = append(n.Attrs, at("data-stage", "failed"))
		body.Kids = append(body.Kids, el("h3.answer", say("Could not be named")), el("p.file", named(name)), el("p.problem", k.problem))
	case k.answer == nil:
		n.Attrs = append(n.Attrs, at("data-stage", "running"))
		body.Kids = append(body.Kids, el("h3.answer", say("Looking…")), el("p.file", named(name)))
	default:
		n.Attrs = append(n.Attrs, at("data-stage", "named"), at("data-label", k.answer.name()), is("data-unknown", k.answer.unknown))
		told := k.answer.nodes()
		body.Kids = append(body.Kids, told.Kids[0], el("p.file", named(name)))
		if k.answer.damaged != "" {
			n.Attrs = append(n.Attrs, at("data-damaged", k.answer.damaged))
			body.Kids = append(body.Kids, el("p.problem", words.Damaged(k.answer.damaged)))
		}
		body.Kids = append(body.Kids, told.Kids[1:]...)
		if len(y.Classes) > 0 {
			body.Kids = append(body.Kids, y.Mover("try-add", say("Add it to a class"), 0, func(class int) any { return TeachTried{k.id, class} }, "tried", k.id))
		}
	}
	remove := y.Closer("try-remove", RemoveTried{k.id}, say("Remove {1}", name), "tried", k.id)
	remove.Attrs[0].Value = "close remove"
	n.Kids = append(n.Kids, thumb, body, remove)
	return n
}

// Given and Only let a project file among what is given be opened in place of being named; see
// package app.
func (e TryFiles) Given() []outside.File         { return e.Files }
func (e TryFiles) Only(files []outside.File) any { return TryFiles{files} }
