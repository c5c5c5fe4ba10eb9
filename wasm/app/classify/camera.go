package classify

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
)

// camera is the dialogue in which photos are taken to be named.
type camera struct {
	photos  *photos
	on      bool
	ready   bool
	why     string // it cannot be had
	opening int    // ticket, 0 for none
	still   int    // likewise, of a photo that is being taken
	taken   int
}

// stillSide is the shorter side of a photo of the camera: more than any network reads.
const stillSide = 480

type (
	// UseCamera opens the camera, CloseCamera closes it.
	UseCamera   struct{}
	CloseCamera struct{}
	// TakePhoto takes a photo.
	TakePhoto struct{}
)

func (UseCamera) update(c *camera, t *outside.Turn) {
	*c = camera{photos: c.photos, on: true, opening: t.Ticket()}
	t.Ask(outside.OpenCamera{Ticket: c.opening, Width: 640, Height: stillSide})
}

func (CloseCamera) update(c *camera, t *outside.Turn) { c.close(t) }

func (c *camera) close(t *outside.Turn) {
	if !c.on {
		return
	}
	*c = camera{photos: c.photos, still: c.still}
	t.Ask(outside.CloseCamera{})
	t.Focus("#use-camera")
}

func (TakePhoto) update(c *camera, t *outside.Turn) {
	if !c.ready || c.still != 0 {
		return
	}
	c.still = t.Ticket()
	t.Ask(outside.TakeStill{Ticket: c.still, Element: "camera", Side: stillSide, Quality: 0.92, Name: "Camera " + t.Now.Format("2006-01-02 15.04.05") + ".jpg"})
}

// receive takes what the browser tells of the camera, and tells whether it was asked here.
func (c *camera) receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.CameraOpened:
		if e.Ticket != c.opening || c.opening == 0 {
			return false
		}
		c.opening, c.why = 0, e.Why()
		c.ready = c.why == ""
	case outside.Still:
		if e.Ticket != c.still || c.still == 0 {
			return false
		}
		c.still = 0
		if e.File.Object != nil { // it was taken, though the dialogue may be closed by now
			c.taken++
			t.Say(say("Took {1|# photo|# photos}.", c.taken))
			Add{Files: []outside.File{e.File}}.update(c.photos, t)
		}
	default:
		return false
	}
	t.Soon()
	return true
}

// view is the dialogue, nil where it is closed.
func (c *camera) view() *markup.Node {
	if !c.on {
		return nil
	}
	side := el("div.sheet-side", el("p.quiet", say("What you take is named like any other photo, and stays on this device.")))
	if c.why != "" {
		side.Kids = []*markup.Node{el("p", c.why), el("button.button", at("type", "button"), markup.Click(UseCamera{}), say("Try again"))}
	} else {
		side.Kids = append(side.Kids, el("button.button.primary", at("type", "button"), markup.Click(TakePhoto{}), flag("disabled", !c.ready), say("Take a photo")))
	}
	if c.taken > 0 {
		side.Kids = append(side.Kids, el("p.taken", say("Took {1|# photo|# photos}.", c.taken)), el("button.button", at("type", "button"), markup.Click(CloseCamera{}), say("See their names")))
	}
	return el("dialog.sheet", at("data-modal", "camera"), at("aria-labelledby", "camera-title"), markup.Key("camera"), markup.Send("cancel", CloseCamera{}),
		el("div.sheet-head", el("h2", at("id", "camera-title"), say("Camera")), sheet.Close(CloseCamera{}, say("Close the camera"))),
		el("div.sheet-body", el("div.stage.video", el("video", at("id", "camera"), flag("autoplay", true), flag("muted", true), flag("playsinline", true), at("aria-label", say("What the camera sees")))), side))
}
