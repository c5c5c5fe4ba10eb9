package teach

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

// held is how a photo was answered by a head that had not learnt from it, nil where that is not known.
func (b *base) held(photo int) *project.HeldOut {
	if b.figures == nil {
		return nil
	}
	if h, ok := b.figures.Held[photo]; ok {
		return &h
	}
	return nil
}

// tile is one photo in a list. What is dragged of it are the photos in with, where it is among them.
func (b *base) tile(ph *project.Photo, with string) *node {
	id := strconv.Itoa(ph.ID)
	n := el("li.tile", at("data-photo", id), key("p"+id))
	if ph.Spaces == nil {
		n.Attrs = append(n.Attrs, at("data-stage", "reading"))
	}
	label := ph.Name
	if h := b.held(ph.ID); h != nil && !h.Right {
		n.Attrs = append(n.Attrs, at("data-wrong", ""))
		label += ", taken for " + h.Label
	}
	if with == "" {
		with = id
	}
	button := el("button", at("type", "button"), b.do("photo-open", OpenPhoto{ph.ID}, "photo", id), at("draggable", "true"), at("aria-label", label), at("title", label),
		markup.On("drag", func(markup.Input) any { return with }),
		markup.On("keydown", func(in markup.Input) any {
			if in.Key == "Delete" || in.Key == "Backspace" {
				return b.in(RemovePhoto{ph.ID})
			}
			return nil
		}))
	if picture := b.thumbs.of(ph.ID); picture != nil {
		button.Kids = append(button.Kids, el("img", at("alt", ""), markup.Shown(picture), at("draggable", "false"), at("decoding", "async")))
	}
	n.Kids = append(n.Kids, button)
	return n
}

// mover is a list of classes to choose from, for photos to be moved to.
func (b *base) mover(name, label string, from int, event func(class int) any, args ...any) *node {
	options := []*node{el("option", at("value", ""), label+"…")}
	for _, c := range b.Classes {
		if c.ID != from {
			options = append(options, el("option", at("value", c.ID), c.Name, key(strconv.Itoa(c.ID))))
		}
	}
	return el("select", b.chosen(name, func(value string) any { return event(number(value)) }, args...), at("aria-label", label), at("value", ""), options)
}

func icon(path string) *node { return sheet.Icon(path) }

func answersOf(names []string, scores []float64) *node { return sheet.Answers(names, scores, 5) }

// closer is the button that closes something.
func (b *base) closer(name string, event any, label string, args ...any) *node {
	return el("button.close", at("type", "button"), b.do(name, event, args...), at("aria-label", label), icon(sheet.Cross))
}
