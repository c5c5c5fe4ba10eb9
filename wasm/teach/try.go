package teach

import (
	"fmt"
	"strconv"

	"homeroom/wasm/sheet"
	"homeroom/wasm/words"
)

// Try is what the taught head is tried on.
type Try struct {
	Photos []*Tried // newest first
	Live   Live
}

// Photo returns the photo with an ID, nil where there is none.
func (t *Try) Photo(id int) *Tried {
	for _, p := range t.Photos {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// Tried is a photo that was given to the taught head.
type Tried struct {
	ID      int
	Name    string
	URL     string // of its thumbnail
	Problem string
	Answer  *Told // nil while it is looked at
	Ticket  int
}

// Told is what the taught head says.
type Told struct {
	Results     []Score
	Unknown     bool
	Strangeness float64
	Millis      float64
	Damaged     string // what is wrong with the file, "" where it is whole
	Hurried     string // how it was looked at less than a photo is, "" where it was not
}

// Name is the answer: a class, or that it is unknown.
func (t *Told) Name() string {
	if t.Unknown || len(t.Results) == 0 {
		return UnknownName
	}
	return t.Results[0].Label
}

// Score is a class with its probability.
type Score struct {
	Label string
	Score float64
}

// Live is the camera whose pictures are named as they come.
type Live struct {
	On     bool
	Ready  bool
	Why    string
	Answer *Told
	Rate   float64 // answers a second
}

func (s *Screen) tryTab() []*node {
	v := s.Project.Version(s.Project.Current)
	if v == nil {
		return []*node{el("p.quiet", "Nothing is learnt yet. As soon as two classes have photos, try it here on photos it has not seen.")}
	}
	live := el("section.card-section.live-section", key("live"), at("aria-labelledby", "live-title"), el("h2", at("id", "live-title"), "Camera"))
	l := s.Try.Live
	switch {
	case !l.On:
		live.Kids = append(live.Kids, el("p.quiet", "Hold something up and see what it is called, many times a second."), el("button.button", at("type", "button"), do("live-start"), "Start the camera"))
		if l.Why != "" {
			live.Kids = append(live.Kids, el("p", l.Why))
		}
	default:
		live.Kids = append(live.Kids, el("div.live-body",
			el("div.stage.video", el("video", at("id", "live"), flag("autoplay", true), flag("muted", true), flag("playsinline", true), at("aria-label", "What the camera sees"), at("data-selfie", s.Project.Settings.Selfie))),
			el("div.live-answer", at("data-rate", fmt.Sprintf("%.1f", l.Rate)), answerNodes(l.Answer), rate(l),
				el("button.button.small", at("type", "button"), do("live-stop"), "Stop the camera"))))
	}
	drop := el("section.drop.try-drop", key("try-drop"), at("aria-label", "Photos to name"), at("data-drop", "try"),
		el("p.drop-hint", "Drop photos here that it has not seen."),
		el("div.drop-buttons", el("label.button.primary", el("input.picker", at("type", "file"), flag("multiple", true), at("accept", "image/*,.heic,.heif,.avif"), at("aria-label", "Name photos"), do("try-pick")), el("span", "Name photos"))))
	out := []*node{drop, live}
	if len(s.Try.Photos) > 0 {
		list := el("ul.photos", at("role", "list"), at("aria-label", "Named photos"))
		for _, t := range s.Try.Photos {
			list.Kids = append(list.Kids, s.tried(t))
		}
		out = append(out, el("section.card-section.bare", key("tried-photos"), at("aria-labelledby", "named-title"),
			el("div.section-head", el("h2", at("id", "named-title"), "Named by version "+strconv.Itoa(v.Number)), el("button.button.small", at("type", "button"), do("try-clear"), "Clear")), list))
	}
	return out
}

func rate(l Live) *node {
	if l.Rate == 0 {
		return nil
	}
	text := fmt.Sprintf("%.0f answers a second", l.Rate)
	if l.Answer != nil && l.Answer.Hurried != "" {
		text += ". To keep up, pictures of the camera are " + l.Answer.Hurried + "."
	}
	return el("p.quiet", text)
}

// UnknownName is the answer to what is unlike everything taught.
const UnknownName = "Unknown"

func answerNodes(a *Told) *node {
	if a == nil {
		return el("p.quiet", "Looking…")
	}
	n := el("div.told")
	n.Kids = append(n.Kids, el("h3.answer", a.Name()))
	if a.Unknown {
		n.Kids = append(n.Kids, el("p.quiet", "Unlike everything it was taught. If it had to choose:"))
	}
	names, scores := make([]string, len(a.Results)), make([]float64, len(a.Results))
	for i, r := range a.Results {
		names[i], scores[i] = r.Label, r.Score
	}
	n.Kids = append(n.Kids, sheet.Answers(names, scores, 5))
	return n
}

func (s *Screen) tried(t *Tried) *node {
	n := el("li.photo", key(strconv.Itoa(t.ID)), at("data-tried", t.Name))
	thumb := el("button.thumb", at("type", "button"), do("tried-open", "tried", t.ID), at("aria-label", "Look closer at "+t.Name))
	if t.URL != "" {
		zoom := icon("M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm3 7 3.2 3.2M7 5.4v3.2M5.4 7h3.2")
		zoom.Attrs = append(zoom.Attrs, at("class", "zoom"))
		thumb.Kids = append(thumb.Kids, el("img", at("src", t.URL), at("alt", ""), at("decoding", "async")), zoom)
	}
	body := el("div.words")
	switch {
	case t.Problem != "":
		n.Attrs = append(n.Attrs, at("data-stage", "failed"))
		body.Kids = append(body.Kids, el("h3.answer", "Could not be named"), el("p.file", t.Name), el("p.problem", t.Problem))
	case t.Answer == nil:
		n.Attrs = append(n.Attrs, at("data-stage", "running"))
		body.Kids = append(body.Kids, el("h3.answer", "Looking…"), el("p.file", t.Name))
	default:
		n.Attrs = append(n.Attrs, at("data-stage", "named"), at("data-label", t.Answer.Name()), is("data-unknown", t.Answer.Unknown))
		told := answerNodes(t.Answer)
		body.Kids = append(body.Kids, told.Kids[0], el("p.file", t.Name))
		if t.Answer.Damaged != "" {
			n.Attrs = append(n.Attrs, at("data-damaged", t.Answer.Damaged))
			body.Kids = append(body.Kids, el("p.problem", words.Damaged(t.Answer.Damaged)))
		}
		body.Kids = append(body.Kids, told.Kids[1:]...)
		if len(s.Project.Classes) > 0 {
			body.Kids = append(body.Kids, s.mover("try-add", "Add it to a class", 0, "tried", t.ID))
		}
	}
	n.Kids = append(n.Kids, thumb, body, el("button.close.remove", at("type", "button"), do("try-remove", "tried", t.ID), at("aria-label", "Remove "+t.Name), icon("M3.5 3.5l9 9m0-9l-9 9")))
	return n
}
