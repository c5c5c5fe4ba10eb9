package teach

import (
	"slices"
	"strconv"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
	"homeroom/wasm/words"
)

// A try is the photos that the taught head is tried on.
type try struct {
	*base
	asking *asking
	intake *intake
	photos []*tried // newest first
}

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
	// OpenTried shows one large.
	OpenTried struct{ Tried int }
)

func (e TryFiles) update(y *try, t *outside.Turn) {
	y.intake.gathering = ""
	for _, f := range sift(t, e.Files) {
		k := &tried{id: t.Ticket(), file: f}
		y.photos = slices.Insert(y.photos, 0, k)
		y.ask(t, k)
	}
}

func (y *try) ask(t *outside.Turn, k *tried) {
	k.answer, k.problem = nil, ""
	y.asking.ask(t, &question{tried: k.id, file: k.file.Object})
}

func (ClearTried) update(y *try, t *outside.Turn) {
	y.photos = nil
	y.asking.drop(func(q *question) bool { return q.tried != 0 })
}

func (e RemoveTried) update(y *try, t *outside.Turn) { y.remove(e.Tried) }

func (y *try) remove(id int) {
	y.photos = slices.DeleteFunc(y.photos, func(k *tried) bool { return k.id == id })
	y.asking.drop(func(q *question) bool { return q.tried == id })
}

func (e TeachTried) update(y *try, t *outside.Turn) {
	k := y.photo(e.Tried)
	if k == nil || y.Class(e.Class) == nil {
		return
	}
	y.intake.addTo(t, e.Class, []outside.File{k.file}, 0)
	y.remove(e.Tried)
}

// photo returns the photo with a number, nil where there is none.
func (y *try) photo(id int) *tried {
	for _, k := range y.photos {
		if k.id == id {
			return k
		}
	}
	return nil
}

// again names what was tried by the head that is now in use.
func (y *try) again(t *outside.Turn) {
	y.asking.drop(func(q *question) bool { return q.tried != 0 })
	for _, k := range slices.Backward(y.photos) {
		y.ask(t, k)
	}
}

// reply takes what came of a photo.
func (y *try) reply(t *outside.Turn, r *reply) {
	k := y.photo(r.tried)
	if k == nil {
		return
	}
	if r.told == nil {
		k.problem = sentence(r.why)
		t.Say(k.file.Name + " could not be named. " + k.problem)
		return
	}
	k.answer, k.problem = answerOf(y.base, r.told), ""
	if !y.asking.waits() {
		t.Say(k.file.Name + ": " + k.answer.name() + ".")
	}
}

// thumb takes the small picture of a photo.
func (y *try) thumb(number int, picture outside.Object) {
	if q := y.asking.open[number]; q != nil {
		if k := y.photo(q.tried); k != nil && k.picture == nil {
			k.picture = picture
		}
	}
}

func (y *try) drop() *node {
	files := func(files []outside.File) any { return TryFiles{files} }
	return el("section.drop.try-drop", key("try-drop"), at("aria-label", "Photos to name"), at("data-drop", "try"),
		el("p.drop-hint", "Drop photos here that it has not seen."),
		el("div.drop-buttons", el("label.button.primary", el("input.picker", at("type", "file"), flag("multiple", true), at("accept", "image/*,.heic,.heif,.avif"), at("aria-label", "Name photos"), y.picks("try-pick", files)), el("span", "Name photos"))))
}

// view is what was tried.
func (y *try) view() *node {
	if len(y.photos) == 0 {
		return nil
	}
	list := el("ul.photos", at("role", "list"), at("aria-label", "Named photos"))
	for _, k := range y.photos {
		list.Kids = append(list.Kids, y.card(k))
	}
	return el("section.card-section.bare", key("tried-photos"), at("aria-labelledby", "named-title"),
		el("div.section-head", el("h2", at("id", "named-title"), "Named by version "+strconv.Itoa(y.Current)), el("button.button.small", at("type", "button"), y.do("try-clear", ClearTried{}), "Clear")), list)
}

func (y *try) card(k *tried) *node {
	name := k.file.Name
	n := el("li.photo", key(strconv.Itoa(k.id)), at("data-tried", name))
	thumb := el("button.thumb", at("type", "button"), y.do("tried-open", OpenTried{k.id}, "tried", k.id), at("aria-label", "Look closer at "+name))
	if k.picture != nil {
		zoom := icon(sheet.Zoom)
		zoom.Attrs = append(zoom.Attrs, at("class", "zoom"))
		thumb.Kids = append(thumb.Kids, el("img", markup.Shown(k.picture), at("alt", ""), at("decoding", "async")), zoom)
	}
	body := el("div.words")
	switch {
	case k.problem != "":
		n.Attrs = append(n.Attrs, at("data-stage", "failed"))
		body.Kids = append(body.Kids, el("h3.answer", "Could not be named"), el("p.file", name), el("p.problem", k.problem))
	case k.answer == nil:
		n.Attrs = append(n.Attrs, at("data-stage", "running"))
		body.Kids = append(body.Kids, el("h3.answer", "Looking…"), el("p.file", name))
	default:
		n.Attrs = append(n.Attrs, at("data-stage", "named"), at("data-label", k.answer.name()), is("data-unknown", k.answer.unknown))
		told := k.answer.nodes()
		body.Kids = append(body.Kids, told.Kids[0], el("p.file", name))
		if k.answer.damaged != "" {
			n.Attrs = append(n.Attrs, at("data-damaged", k.answer.damaged))
			body.Kids = append(body.Kids, el("p.problem", words.Damaged(k.answer.damaged)))
		}
		body.Kids = append(body.Kids, told.Kids[1:]...)
		if len(y.Classes) > 0 {
			body.Kids = append(body.Kids, y.mover("try-add", "Add it to a class", 0, func(class int) any { return TeachTried{k.id, class} }, "tried", k.id))
		}
	}
	remove := y.closer("try-remove", RemoveTried{k.id}, "Remove "+name, "tried", k.id)
	remove.Attrs[0].Value = "close remove"
	n.Kids = append(n.Kids, thumb, body, remove)
	return n
}
