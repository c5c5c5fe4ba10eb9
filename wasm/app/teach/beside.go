package teach

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/ask"
)

// A beside is the classes, with a column beside them in which the head in use names what the camera
// sees, or the photos that were dropped there last.
type beside struct {
	*photos
	try    *ask.Try
	camera *ask.Camera
}

func (b beside) Hidden(t *outside.Turn) { b.camera.StopLive(t) }

func (b beside) View() []*node {
	classes := b.photos.View()
	if len(classes) == 0 {
		return nil
	}
	var column *node
	if b.InUse() != nil {
		column = el("aside.live-column", key("live-column"), at("aria-label", say("Named as they come")), b.camera.LiveView(), b.try.Column())
	}
	return []*node{el("div.beside", key("beside"), el("div.beside-classes", key("classes"), classes), column)}
}
