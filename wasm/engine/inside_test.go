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

// TestLook draws a layer that is asked for, and the one that tells most where none is, or none that
// the network has.
func TestLook(t *testing.T) {
	for _, c := range []struct {
		pack, ask, layer    string
		size                int
		maps, rows, columns int
	}{
		{"efficientnet-lite0", "", "head.act", 64, 1280, 2, 2},
		{"efficientnet-lite0", "_blocks.2.add", "_blocks.2.add", 96, 24, 24, 24},
		{"efficientnet-lite0", "a layer of another network", "head.act", 64, 1280, 2, 2},
		{"alexnet-cifar10", "", "avgpool", 32, 128, 3, 3}, // its head is flattened, so that there is no last feature map
	} {
		m, p := opened(t, "../../weights/"+c.pack+".pack")
		seen, picture, err := inspect(m, c.size, c.ask, p, func(opt model.Options) (*model.Classifier, error) { return model.NewClassifier(m, opt) })
		if err != nil {
			t.Errorf("%s, %q: %v", c.pack, c.ask, err)
			continue
		}
		if seen.Layer != c.layer || seen.Maps != c.maps || seen.Rows != c.rows || seen.Columns != c.columns || len(seen.Layers) != len(m.Graph.Nodes) || seen.Attends {
			t.Errorf("%s, %q: %+v", c.pack, c.ask, seen)
		}
		if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
			t.Errorf("%s, %q: %v", c.pack, c.ask, err)
		}
	}
}
