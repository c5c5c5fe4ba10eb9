package base

import (
	"slices"
	"strconv"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

type (
	// OpenPhoto shows a photo large.
	OpenPhoto struct{ Photo int }
	// MovePhoto gives a photo another class, and leaves the keyboard on another of the list.
	MovePhoto struct{ Photo, Class, Next int }
	// RemovePhoto takes a photo out, and leaves the keyboard on another of the list, or on the next
	// of its class where there is none.
	RemovePhoto struct{ Photo, Next int }
	// SayRight says that the label of a photo is right, and leaves the keyboard likewise.
	SayRight struct{ Photo, Next int }
	// AtPhoto says that the keyboard is on a photo of a list.
	AtPhoto struct {
		List  string
		Photo int
	}
	// StepFrom leads on from a photo of a list by a key, among those that the list shows.
	StepFrom struct {
		Photos []int
		Photo  int
		Key    string
	}
)

// HeldOut is how a photo was answered by a head that had not learnt from it, nil where that is not
// known.
func (b *Base) HeldOut(photo int) *project.HeldOut {
	if b.Figures == nil {
		return nil
	}
	if h, ok := b.Figures.Held[photo]; ok {
		return &h
	}
	return nil
}

func (AtPhoto) Viewing() {}

func (e AtPhoto) Update(b *Base, t *outside.Turn) {
	if b.at == nil {
		b.at = map[string]int{}
	}
	b.at[e.List] = e.Photo
}

func (StepFrom) Viewing() {}

func (e StepFrom) Update(b *Base, t *outside.Turn) {
	to, known := outside.Along(e.Key, slices.Index(e.Photos, e.Photo), len(e.Photos))
	switch {
	case !known:
		t.Ask(outside.Step{Selector: Photo(e.Photo), Up: e.Key == "ArrowUp"})
	case to >= 0:
		t.Focus(Photo(e.Photos[to]) + " button")
	}
}

// Photo is the selector of a photo in a list.
func Photo(id int) string { return `[data-photo="` + strconv.Itoa(id) + `"]` }

// Grid has the photos of a list be one stop of the Tab key, within which arrows lead on.
func (b *Base) Grid(list string, photos []*project.Photo, tiles []*node) {
	ids := make([]int, len(photos))
	for i, ph := range photos {
		ids[i] = ph.ID
	}
	stop := b.at[list]
	if !slices.Contains(ids, stop) && len(ids) > 0 {
		stop = ids[0]
	}
	for i, id := range ids {
		for _, k := range tiles[i].Kids {
			k.Walk(func(n *node) {
				if n.Tag != "button" && n.Tag != "input" {
					return
				}
				if id != stop {
					n.Attrs = append(n.Attrs, at("tabindex", -1))
				}
				n.On = append(n.On, markup.Send("focus", b.In(AtPhoto{list, id})))
				n.On = append(n.On, markup.On("keydown", func(in markup.Input) any { return b.keyOn(ids, id, in) }))
			})
		}
	}
}

// Removes is the handler of keys that take a photo out, and leave the keyboard on another.
func (b *Base) Removes(photo, next int) markup.Handler {
	return markup.On("keydown", func(in markup.Input) any {
		if in.Key == "Delete" || in.Key == "Backspace" {
			return b.In(RemovePhoto{photo, next})
		}
		return nil
	})
}

// keyOn is what a key does on a photo of a list.
func (b *Base) keyOn(list []int, photo int, in markup.Input) any {
	switch {
	case in.Key == "Delete" || in.Key == "Backspace":
		return b.In(RemovePhoto{Photo: photo})
	case outside.Leads(in.Key):
		return b.In(StepFrom{list, photo, in.Key})
	}
	return nil
}

// Tile is one photo in a list, named by its class and its place there. What is dragged of it are
// the photos in with, where it is among them.
func (b *Base) Tile(ph *project.Photo, with string) *node {
	id := strconv.Itoa(ph.ID)
	n := el("li.tile", at("data-photo", id), key("p"+id))
	if ph.Spaces == nil {
		n.Attrs = append(n.Attrs, at("data-stage", "reading"))
	}
	label := b.Called(ph)
	if h := b.HeldOut(ph.ID); h != nil && !h.Right {
		n.Attrs = append(n.Attrs, at("data-wrong", ""))
		label = say("{1}, taken for {2}", label, h.Label)
	}
	if with == "" {
		with = id
	}
	button := el("button", at("type", "button"), b.Do("photo-open", OpenPhoto{ph.ID}, "photo", id), at("draggable", "true"), at("aria-label", label), at("title", named(ph.Name)),
		markup.On("drag", func(markup.Input) any { return with }))
	if picture := b.Thumbs.Of(ph.ID); picture != nil {
		button.Kids = append(button.Kids, el("img", at("alt", ""), markup.Shown(picture), at("draggable", "false"), at("decoding", "async")))
	}
	n.Kids = append(n.Kids, button)
	return n
}

// Called is what a photo is called: by its class and its place there. Names of files may be those
// of a camera, or mean nothing.
func (b *Base) Called(ph *project.Photo) string {
	c := b.Class(ph.Class)
	if c == nil {
		return named(ph.Name)
	}
	members := b.Members(ph.Class)
	return named(c.Name) + " " + text.Number(1+slices.Index(members, ph))
}

// Mover is a list of classes to choose from, for photos to be moved to.
func (b *Base) Mover(name, label string, from int, event func(class int) any, args ...any) *node {
	options := []*node{el("option", at("value", ""), label+"…")}
	for _, c := range b.Classes {
		if c.ID != from {
			options = append(options, el("option", at("value", c.ID), named(c.Name), key(strconv.Itoa(c.ID))))
		}
	}
	return el("select", b.Chosen(name, func(value string) any { return event(Number(value)) }, args...), at("aria-label", label), at("value", ""), options)
}

func Icon(path string) *node { return sheet.Icon(path) }

func AnswersOf(names []string, scores []float64) *node {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = text.Name(name)
	}
	return sheet.Answers(words, scores, 5)
}

// Closer is the button that closes something.
func (b *Base) Closer(name string, event any, label string, args ...any) *node {
	return el("button.close", at("type", "button"), b.Do(name, event, args...), at("aria-label", label), Icon(sheet.Cross))
}

func (OpenPhoto) Viewing() {}
