//go:build js && wasm

package worker

import (
	"encoding/json"
	"syscall/js"

	"homeroom/core/model"
	"homeroom/wasm/protocol"
)

// inside draws the maps of a layer of the network for a photo.
func (e *engine) inside(message js.Value, fields map[string]any) error {
	p, _, _, err := e.decode(message.Get(protocol.File))
	if err != nil {
		return err
	}
	seen, picture, err := look(e.classifier.Model, e.classifier.Size(), message.Get(protocol.Layer).String(), p, func(opt model.Options) (*model.Classifier, error) {
		opt.Team = e.team
		c, err := model.NewClassifier(e.classifier.Model, opt)
		if err == nil {
			e.spread(c, message, fields)
		}
		return c, err
	})
	if err != nil {
		return err
	}
	text, err := json.Marshal(seen)
	if err != nil {
		return err
	}
	data := js.Global().Get("Uint8Array").New(len(picture))
	js.CopyBytesToJS(data, picture)
	fields[protocol.Picture], fields[protocol.Data] = data, string(text)
	return nil
}
