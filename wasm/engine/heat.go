//go:build js && wasm

package engine

import (
	"bytes"
	"image/png"
	"slices"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/wasm/protocol"
)

// attentive makes a classifier ready for heat maps. The attention of a vision transformer takes
// much memory and is kept only from its first heat map on.
func (e *engine) attentive(c *model.Classifier) (*model.Classifier, error) {
	if c.Attentive() || !c.Model.Attends() {
		return c, nil
	}
	return model.NewClassifier(c.Model, model.Options{Size: c.Size(), Team: e.team, Keep: outputs(c.Model), Heat: true})
}

// explain makes the heat map of a photo for a class of the network's own.
func (e *engine) explain(message protocol.Explain) (heat protocol.Heat, err error) {
	p, _, _, err := e.decode(message.File)
	if err != nil {
		return heat, err
	}
	ready, err := e.attentive(e.classifier)
	if err != nil {
		return heat, err
	}
	e.classifier = ready
	e.spread(e.classifier, message.Alone)
	e.classifier.Run(p)
	scores, err := e.classifier.HeatMap(message.Index)
	if err != nil {
		return heat, err
	}
	return paint([]photo.Heat{{Map: scores, Seen: e.classifier.Seen(p.Size())}}, e.classifier.Model.Attends(), p)
}

// explainTaught makes the heat map of a photo for a class of a head.
func (e *engine) explainTaught(h *head.Head, class int, p *photo.Photo, rows [][]float32) (protocol.Heat, error) {
	maps, rollout, err := model.HeatMaps(h, class, p, rows, func(space feature.Space) (*model.Classifier, error) {
		c, err := e.network(space)
		if err != nil {
			return nil, err
		}
		ready, err := e.attentive(c)
		if err != nil {
			return nil, err
		}
		ready.Program().Alone = c.Program().Alone
		if c == e.classifier {
			e.classifier = ready
		} else {
			e.taught.others[space] = other{ready, nil}
		}
		return ready, nil
	})
	if err != nil {
		return protocol.Heat{}, err
	}
	return paint(maps, rollout, p)
}

// paint makes the picture of heat maps.
func paint(maps []photo.Heat, rollout bool, p *photo.Photo) (protocol.Heat, error) {
	w, h := p.Size()
	long := max(w, h)
	w, h = max(1, w*heatSide/long), max(1, h*heatSide/long)
	var out bytes.Buffer
	if err := png.Encode(&out, photo.HeatLayer(maps, w, h)); err != nil {
		return protocol.Heat{}, err
	}
	return protocol.Heat{
		Picture: blobOf(out.Bytes(), "image/png"), Rollout: rollout,
		Whole: slices.ContainsFunc(maps, func(m photo.Heat) bool { return m.Seen == photo.Part{Right: 1, Bottom: 1} }),
	}, nil
}
