package engine

import (
	"bytes"
	"image/png"

	"homeroom/core/fault"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/wasm/protocol"
)

// inspect runs a photo through a network and draws the maps of one layer, "" for the one of its
// [model.Model.Views] that shows most of the photo, and one of the maps as it lies over the photo:
// that with a number, or below 0 the one that varies most. classify makes a classifier that keeps
// what it is told to.
func inspect(m *model.Model, size int, layer string, over int, p *photo.Photo, classify func(model.Options) (*model.Classifier, error)) (*protocol.Inside, []byte, []byte, error) {
	fail := func(err error) (*protocol.Inside, []byte, []byte, error) { return nil, nil, nil, err }
	shapes, err := m.Graph.Shapes(m.InputShape(size))
	if err != nil {
		return fail(err)
	}
	out := &protocol.Inside{Layer: layer}
	kinds := m.Kinds()
	for i := range m.Graph.Nodes {
		name := m.Graph.Nodes[i].Name
		out.Layers = append(out.Layers, protocol.Layer{Name: name, Shape: shapes[name].String(), Kind: string(kinds[name])})
	}
	attentions := m.Graph.Attentions()
	views := []string{layer}
	if _, ok := shapes[layer]; !ok || layer == "" {
		if views, err = m.Views(size); err != nil {
			return fail(err)
		}
		if len(views) == 0 {
			return fail(fault.Errorf("%s has no layer with maps", m.Name))
		}
		out.Layer = ""
	}
	c, err := classify(model.Options{Size: size, Keep: append(m.Graph.Excitations(), views...), Attention: len(attentions) > 0})
	if err != nil {
		return fail(err)
	}
	defer c.Close()
	c.Run(p)
	if out.Layer == "" {
		if out.Layer, out.Pictures, err = c.ShowsMost(views); err != nil {
			return fail(err)
		}
	}
	maps, err := c.Maps(out.Layer)
	if err != nil {
		return fail(err)
	}
	sheet, black, white, err := maps.Sheet()
	if err != nil {
		return fail(err)
	}
	out.Maps, out.Rows, out.Columns, out.Black, out.White = len(maps.Planes), maps.Rows, maps.Columns, black, white
	out.Across, out.Down, _ = maps.Layout()
	if out.Map = over; over < 0 || over >= len(maps.Planes) {
		out.Map = maps.Strongest()
	}
	for _, name := range attentions {
		out.Attends = out.Attends || name == out.Layer
	}
	excitations, err := c.Excitations()
	if err != nil {
		return fail(err)
	}
	for _, e := range excitations {
		order := e.Order()
		least, mean, most := e.Range()
		out.Excitations = append(out.Excitations, protocol.Excitation{
			Layer: e.Layer, Channels: len(e.Scales), Min: least, Mean: mean, Max: most, Strongest: order[0], Weakest: order[len(order)-1],
		})
	}
	if out.Heads, err = c.AttentionHeads(); err != nil {
		return fail(err)
	}
	var picture, laid bytes.Buffer
	if err := png.Encode(&picture, sheet); err != nil {
		return fail(err)
	}
	w, h := p.Size()
	long := max(w, h)
	plane := tensor.Tensor{Shape: tensor.Shape{H: maps.Rows, W: maps.Columns, C: 1}, Data: maps.Planes[out.Map]}
	err = png.Encode(&laid, photo.HeatLayer([]photo.Heat{{Map: plane, Seen: c.Seen(w, h)}}, max(1, w*heatSide/long), max(1, h*heatSide/long)))
	return out, picture.Bytes(), laid.Bytes(), err
}

// heatSide is the longer side of what is laid over a photo, in pixels.
const heatSide = 480
