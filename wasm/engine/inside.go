package engine

import (
	"bytes"
	"image/png"

	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/wasm/protocol"
)

// inspect runs a photo through a network and draws the maps of one layer, "" for the one that tells
// most: what the last heads of a transformer attend to, or else the last feature map. classify
// makes a classifier that keeps what it is told to.
func inspect(m *model.Model, size int, layer string, p *photo.Photo, classify func(model.Options) (*model.Classifier, error)) (*protocol.Inside, []byte, error) {
	shapes, err := m.Graph.Shapes(m.InputShape(size))
	if err != nil {
		return nil, nil, err
	}
	out := &protocol.Inside{Layer: layer}
	last := ""
	for i := range m.Graph.Nodes {
		name := m.Graph.Nodes[i].Name
		out.Layers = append(out.Layers, protocol.Layer{Name: name, Shape: shapes[name].String()})
		if shapes[name].Pixels() > 1 {
			last = name
		}
	}
	attentions := m.Graph.Attentions()
	if _, ok := shapes[layer]; !ok || layer == "" {
		switch {
		case len(attentions) > 0:
			out.Layer = attentions[len(attentions)-1]
		case m.Graph.Map != "":
			out.Layer = m.Graph.Map
		default:
			out.Layer = last
		}
	}
	c, err := classify(model.Options{Size: size, Keep: append(m.Graph.Excitations(), out.Layer), Attention: len(attentions) > 0})
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	c.Run(p)
	maps, err := c.Maps(out.Layer)
	if err != nil {
		return nil, nil, err
	}
	sheet, black, white, err := maps.Sheet()
	if err != nil {
		return nil, nil, err
	}
	out.Maps, out.Rows, out.Columns, out.Black, out.White = len(maps.Planes), maps.Rows, maps.Columns, black, white
	for _, name := range attentions {
		out.Attends = out.Attends || name == out.Layer
	}
	excitations, err := c.Excitations()
	if err != nil {
		return nil, nil, err
	}
	for _, e := range excitations {
		order := e.Order()
		least, mean, most := e.Range()
		out.Excitations = append(out.Excitations, protocol.Excitation{
			Layer: e.Layer, Channels: len(e.Scales), Min: least, Mean: mean, Max: most, Strongest: order[0], Weakest: order[len(order)-1],
		})
	}
	if out.Heads, err = c.AttentionHeads(); err != nil {
		return nil, nil, err
	}
	var picture bytes.Buffer
	err = png.Encode(&picture, sheet)
	return out, picture.Bytes(), err
}
