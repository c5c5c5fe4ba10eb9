package e2e

import (
	"bytes"
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/photo"
)

// TestLookInside shows what the layers of a network make of a photo, and holds the page's picture
// to the program's.
func TestLookInside(t *testing.T) {
	m, s := both(t)
	p := show(t, s, "workers=1")
	p.wait("ready")
	koala := load(t, filepath.Join(*photoFolder, "koala.jpg"))
	p.drop(koala...)
	p.settle(1)
	p.click("button", "Look closer at koala.jpg")
	p.click("button", "Look inside")
	p.find("image", "Inside the network: _blocks.10.add") // it shows most
	p.until(`document.querySelector(".laid img.heat")?.naturalWidth > 0 && document.querySelector(".inside").innerText.includes("of different things")`)
	p.looks("inside-most")
	p.click("button", "Map 30")
	p.until(`document.activeElement.id === "inside-map-29" && document.querySelector(".laid").innerText.includes("Map 30 of 112")`)
	p.press(kb.ArrowRight)
	p.until(`document.activeElement.id === "inside-map-30" && document.querySelector(".laid").innerText.includes("Map 31 of 112")`)
	p.violations("a map over the photo")
	p.fill("combobox", "Layer", "_blocks.2.add")
	p.find("image", "Inside the network: _blocks.2.add")
	if text := ask[string](p, `document.querySelector(".inside").textContent`); !strings.Contains(text, "24 maps of 56 × 56") || strings.Contains(text, "head looks") {
		t.Errorf("it says %q", text)
	}
	lite, err := model.Read("efficientnet-lite0-compact.pack", readFile(t, filepath.Join(dist, "weights", "efficientnet-lite0-compact.pack")))
	if err != nil {
		t.Fatal(err)
	}
	compareMaps(t, p, lite, "_blocks.2.add", koala[0].data)

	// Another network has other layers: of this one channel scales and attention are told.
	p.press("\x1b")
	p.fill("combobox", "Network", "small-both")
	p.until(`document.documentElement.dataset.state === "ready" && document.querySelector("#status-text").textContent.includes("Small both")`)
	p.settle(1)
	p.click("button", "Look closer at koala.jpg")
	p.click("button", "Look inside")
	p.until(`/^Inside the network: [ab].attention$/.test(document.querySelector(".inside img.maps")?.alt)`) // whichever shows most
	p.fill("combobox", "Layer", "b.attention")
	p.find("image", "Inside the network: b.attention")
	if text := ask[string](p, `document.querySelector(".inside").textContent`); !strings.Contains(text, "Where 3 heads look among 4 × 4 patches") {
		t.Errorf("it says %q", text)
	}
	compareMaps(t, p, m, "b.attention", koala[0].data)
	for title, rows := range map[string]int{"Channels that the photo excited": 1, "How far each head looks": 6} {
		if got := ask[int](p, `[...document.querySelectorAll(".inside details")].find(d => d.querySelector("summary").textContent === "`+title+`").querySelectorAll("tbody tr").length`); got != rows {
			t.Errorf("%q has %d rows, want %d", title, got, rows)
		}
	}
	p.click("button", "Look inside")
	p.until(`!document.querySelector(".inside img")`)
}

// both is a network with squeeze-and-excitation and with attention, and a server that offers it.
func both(t *testing.T) (*model.Model, *server) {
	m, err := model.Read("small-both", smallTransformer(t))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, dims ...int) string {
		n := 1
		for _, d := range dims {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(math.Sin(float64(3*i*i + 1)))
		}
		m.Graph.Params[name] = pack.Keep(name, dims, values)
		return name
	}
	const width = 24
	g := m.Graph
	g.Nodes = slices.Insert(g.Nodes, 1,
		graph.Node{Name: "squeeze", Op: graph.GAP, In: []string{"patches"}},
		graph.Node{Name: "fc", Op: graph.Dense, In: []string{"squeeze"}, Weight: put("fc.w", width, width)},
		graph.Node{Name: "excite", Op: graph.Sigmoid, In: []string{"fc"}},
		graph.Node{Name: "scaled", Op: graph.Mul, In: []string{"patches", "excite"}})
	g.Nodes[5].In = []string{"scaled"}
	g.Nodes = append(g.Nodes, graph.Node{Name: "logits", Op: graph.Dense, In: []string{"token"}, Weight: put("logits.w", 2, width)})
	g.Output = "logits"
	m.Name, m.Title, m.Labels = "small-both", "Small both", []string{"this", "that"}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return m, withNetwork(t, out.Bytes(), map[string]any{"name": m.Name, "title": m.Title, "classes": 2, "feature": width, "sizes": []int{64}, "preprocess": map[string]any{"size": 64}})
}

// compareMaps holds the picture that shows to what the program makes of the same photo.
func compareMaps(t *testing.T, p *tab, m *model.Model, layer string, file []byte) {
	t.Helper()
	var got struct {
		Width, Height int
		Pixels        []byte
	}
	if err := json.Unmarshal(ask[json.RawMessage](p, pixelsOf("img.maps")), &got); err != nil {
		t.Fatal(err)
	}
	c, err := model.NewClassifier(m, m.Inside())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pic, err := photo.Decode(file, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	c.Run(pic)
	maps, err := c.Maps(layer)
	if err != nil {
		t.Fatal(err)
	}
	want, _, _, err := maps.Sheet()
	if err != nil {
		t.Fatal(err)
	}
	if want.Rect.Dx() != got.Width || want.Rect.Dy() != got.Height {
		t.Fatalf("%s: the picture has %d × %d pixels, want %v", layer, got.Width, got.Height, want.Rect)
	}
	for i, v := range want.Pix {
		if d := int(v) - int(got.Pixels[4*i]); d < -2 || d > 2 {
			t.Fatalf("%s: pixel %d is %d, the program's %d", layer, i, got.Pixels[4*i], v)
		}
	}
}
