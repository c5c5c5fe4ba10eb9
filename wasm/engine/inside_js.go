//go:build js && wasm

package engine

import (
	"homeroom/core/model"
	"homeroom/wasm/protocol"
)

// inspect draws the maps of a layer of the network for a photo.
func (e *engine) inspect(message protocol.Inspect) (any, error) {
	p, _, _, err := e.decode(message.File)
	if err != nil {
		return nil, err
	}
	seen, picture, over, err := inspect(e.classifier.Model, e.classifier.Size(), message.Layer, message.Map, p, func(opt model.Options) (*model.Classifier, error) {
		opt.Team = e.team
		c, err := model.NewClassifier(e.classifier.Model, opt)
		if err == nil {
			e.spread(c, message.Alone)
		}
		return c, err
	})
	if err != nil {
		return nil, err
	}
	return protocol.Inspected{Done: done(message.Job), Picture: blobOf(picture, "image/png"), Over: blobOf(over, "image/png"), Inside: *seen}, nil
}
