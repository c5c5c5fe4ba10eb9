//go:build js && wasm

package worker

import (
	"bytes"
	"image/png"
	"strings"
	"syscall/js"

	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/wasm/protocol"
)

// heatSide is the longer side of a heat map's picture, in pixels.
const heatSide = 480

// attentive makes a classifier ready for heat maps. The attention of a vision transformer takes much memory and is kept only
// from its first heat map on.
func (e *engine) attentive(c *model.Classifier) (*model.Classifier, error) {
	if c.Attentive() || !c.Model.Attends() {
		return c, nil
	}
	return model.NewClassifier(c.Model, model.Options{Size: c.Size(), Team: e.team, Keep: kept(c.Model), Heat: true})
}

// explain makes the heat map of a photo for a class of the network's own.
func (e *engine) explain(message js.Value, fields map[string]any) error {
	p, _, _, err := e.decode(message.Get(protocol.File))
	if err != nil {
		return err
	}
	ready, err := e.attentive(e.classifier)
	if err != nil {
		return err
	}
	e.classifier = ready
	e.spread(e.classifier, message, fields)
	e.classifier.Run(p)
	heat, err := e.classifier.HeatMap(message.Get(protocol.Index).Int())
	if err != nil {
		return err
	}
	return paint(e.classifier, heat, p, fields)
}

// explainTaught makes the heat map of a photo for a class of a head: that of the first network that the head reads.
func (e *engine) explainTaught(h *head.Head, class int, p *photo.Photo, rows [][]float32, fields map[string]any) error {
	base, _, _ := strings.Cut(h.Spaces[0].Name, "/")
	c := e.classifier
	mine := base == c.SpaceName(model.Plain)
	if !mine {
		c = e.pupil.others[base].Classifier
	}
	ready, err := e.attentive(c)
	if err != nil {
		return err
	}
	if mine {
		e.classifier = ready
	} else {
		e.pupil.others[base] = other{ready, nil}
	}
	ready.Program().Alone = c.Program().Alone
	heat, err := ready.HeatMapOf(h, class, p, rows)
	if err != nil {
		return err
	}
	return paint(ready, heat, p, fields)
}

// paint puts the picture of a heat map into an answer.
func paint(c *model.Classifier, heat tensor.Tensor, p *photo.Photo, fields map[string]any) error {
	w, h, long := p.Width, p.Height, max(p.Width, p.Height)
	w, h = max(1, w*heatSide/long), max(1, h*heatSide/long)
	var out bytes.Buffer
	if err := png.Encode(&out, photo.HeatLayer(heat, c.Seen(p.Width, p.Height), w, h)); err != nil {
		return err
	}
	picture := js.Global().Get("Uint8Array").New(out.Len())
	js.CopyBytesToJS(picture, out.Bytes())
	fields[protocol.Picture], fields[protocol.Rollout] = picture, c.Model.Attends()
	return nil
}
