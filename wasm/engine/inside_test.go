package engine

import (
	"bytes"
	"image/png"
	"os"
	"testing"

	"homeroom/core/model"
	"homeroom/core/photo"
)

func opened(t *testing.T, path string) (*model.Model, *photo.Photo) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Read(path, data)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("../../tools/reference/photos/koala.jpg")
	if err != nil {
		t.Fatal(err)
	}
	p, err := photo.Decode(file, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return m, p
}

// TestLook draws a layer that is asked for, and the one that shows most where none is, or none that
// the network has, and lays one of its maps over the photo.
func TestLook(t *testing.T) {
	for _, c := range []struct {
		pack, ask, layer    string
		size                int
		maps, rows, columns int
		kind                model.Kind
		chosen              bool
	}{
		{"efficientnet-lite0", "", "_blocks.10.add", 0, 112, 14, 14, model.Parts, true},
		{"efficientnet-lite0", "head.act", "head.act", 64, 1280, 2, 2, model.Things, false},
		{"efficientnet-lite0", "_blocks.2.add", "_blocks.2.add", 96, 24, 24, 24, model.Edges, false},
		{"efficientnet-lite0", "a layer of another network", "_blocks.10.add", 0, 112, 14, 14, model.Parts, true},
		{"alexnet-cifar10", "", "features.4", 0, 96, 15, 15, model.Textures, true},
		{"resnet20-cifar10", "", "layer2.2.act", 0, 32, 16, 16, model.Parts, true},
	} {
		m, p := opened(t, "../../weights/"+c.pack+".pack")
		seen, picture, over, err := inspect(m, c.size, c.ask, 3, p, func(opt model.Options) (*model.Classifier, error) { return model.NewClassifier(m, opt) })
		if err != nil {
			t.Errorf("%s, %q: %v", c.pack, c.ask, err)
			continue
		}
		kind := ""
		for _, l := range seen.Layers {
			if l.Name == seen.Layer {
				kind = l.Kind
			}
		}
		if seen.Layer != c.layer || seen.Maps != c.maps || seen.Rows != c.rows || seen.Columns != c.columns || len(seen.Layers) != len(m.Graph.Nodes) || seen.Attends ||
			kind != string(c.kind) || c.chosen != (seen.Pictures >= 1) || seen.Pictures > float64(c.maps) || seen.Map != 3 || seen.Across*seen.Down < c.maps {
			seen.Layers = nil
			t.Errorf("%s, %q: %s, %+v", c.pack, c.ask, kind, seen)
		}
		sheet, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Errorf("%s, %q: %v", c.pack, c.ask, err)
		} else if zoom := (sheet.Bounds().Dx() - 1) / seen.Across; zoom < c.columns {
			t.Errorf("%s, %q: a map of the picture has %d pixels in a row", c.pack, c.ask, zoom)
		}
		laid, err := png.Decode(bytes.NewReader(over))
		if w, h := p.Size(); err != nil || laid.Bounds().Dx()*h/w-laid.Bounds().Dy() > 1 {
			t.Errorf("%s, %q: over a photo of %d × %d lies a map of %v: %v", c.pack, c.ask, w, h, laid.Bounds(), err)
		}
	}
}
