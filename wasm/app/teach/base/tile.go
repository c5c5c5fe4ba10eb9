package base

import (
	"strconv"

	"homeroom/core/project"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
)

type (
	// OpenPhoto shows a photo large.
	OpenPhoto struct{ Photo int }
	// MovePhoto gives a photo another class.
	MovePhoto struct{ Photo, Class int }
	// RemovePhoto takes a photo out, and leaves the keyboard on the next.
	RemovePhoto struct{ Photo int }
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

// Tile is one photo in a list. What is dragged of it are the photos in with, where it is among
// them.
func (b *Base) Tile(ph *project.Photo, with string) *node {
	id := strconv.Itoa(ph.ID)
	n := el("li.tile", at("data-photo", id), key("p"+id))
	if ph.Spaces == nil {
		n.Attrs = append(n.Attrs, at("data-stage", "reading"))
	}
	label := ph.Name
	if h := b.HeldOut(ph.ID); h != nil && !h.Right {
		n.Attrs = append(n.Attrs, at("data-wrong", ""))
		label += ", taken for " + h.Label
	}
	if with == "" {
		with = id
	}
	button := el("button", at("type", "button"), b.Do("photo-open", OpenPhoto{ph.ID}, "photo", id), at("draggable", "true"), at("aria-label", label), at("title", label),
		markup.On("drag", func(markup.Input) any { return with }),
		markup.On("keydown", func(in markup.Input) any {
			if in.Key == "Delete" || in.Key == "Backspace" {
				return b.In(RemovePhoto{ph.ID})
			}
			return nil
		}))
	if picture := b.Thumbs.Of(ph.ID); picture != nil {
		button.Kids = append(button.Kids, el("img", at("alt", ""), markup.Shown(picture), at("draggable", "false"), at("decoding", "async")))
	}
	n.Kids = append(n.Kids, button)
	return n
}

// Mover is a list of classes to choose from, for photos to be moved to.
func (b *Base) Mover(name, label string, from int, event func(class int) any, args ...any) *node {
	options := []*node{el("option", at("value", ""), label+"…")}
	for _, c := range b.Classes {
		if c.ID != from {
			options = append(options, el("option", at("value", c.ID), c.Name, key(strconv.Itoa(c.ID))))
		}
	}
	return el("select", b.Chosen(name, func(value string) any { return event(Number(value)) }, args...), at("aria-label", label), at("value", ""), options)
}

func Icon(path string) *node { return sheet.Icon(path) }

func AnswersOf(names []string, scores []float64) *node { return sheet.Answers(names, scores, 5) }

// Closer is the button that closes something.
func (b *Base) Closer(name string, event any, label string, args ...any) *node {
	return el("button.close", at("type", "button"), b.Do(name, event, args...), at("aria-label", label), Icon(sheet.Cross))
}

func (OpenPhoto) Viewing() {}
