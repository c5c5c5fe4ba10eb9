package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/photo"
)

// TestHeatMapsOfPretrainedClasses looks at what speaks for the names that a pretrained network
// gives, and holds the page's heat map to the program's.
func TestHeatMapsOfPretrainedClasses(t *testing.T) {
	p := open(t, "")
	koala := load(t, filepath.Join(*photoFolder, "koala.jpg"))
	p.drop(koala...)
	p.settle(1)
	p.click("button", "Look closer at koala.jpg")
	p.find("dialog", "koala.jpg")
	p.click("button", "Heat map")
	p.until(`document.querySelector("img.heat")`)
	p.find("image", "Heat map: what speaks for koala")

	// The layer that the page shows, as the browser decodes it.
	var got struct {
		Width, Height int
		Pixels        []byte
	}
	if err := json.Unmarshal(ask[json.RawMessage](p, pixelsOf("img.heat")), &got); err != nil {
		t.Fatal(err)
	}
	m, err := model.Read("efficientnet-lite0-compact.pack", readFile(t, filepath.Join(dist, "weights", "efficientnet-lite0-compact.pack")))
	if err != nil {
		t.Fatal(err)
	}
	c, err := model.NewClassifier(m, model.Options{Heat: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pic, err := photo.Decode(koala[0].data, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	heat, err := c.HeatMap(c.Answer(pic, 1).Results[0].Index)
	if err != nil {
		t.Fatal(err)
	}
	layer := photo.HeatLayer([]photo.Heat{{Map: heat, Seen: c.Seen(pic.Width, pic.Height)}}, got.Width, got.Height)
	if len(layer.Pix) != len(got.Pixels) || max(got.Width, got.Height) != 480 {
		t.Fatalf("the page's heat map has %d × %d pixels", got.Width, got.Height)
	}
	most := 0.0
	for i := 3; i < len(layer.Pix); i += 4 {
		most = max(most, math.Abs(float64(layer.Pix[i])-float64(got.Pixels[i])))
	}
	if most > 2 {
		t.Errorf("the heat maps of page and program differ by up to %v levels", most)
	}

	// For the second name, then with a network that has a flattened head.
	second := ask[string](p, `document.querySelectorAll("#heat-class option")[1].textContent`)
	p.fill("combobox", "Heat map for the class", ask[string](p, `document.querySelectorAll("#heat-class option")[1].value`))
	p.find("image", "Heat map: what speaks for "+second)
	p.press("\x1b")
	p.until(`!document.querySelector("dialog[open]")`)
	if got := p.focused(); got != "button Look closer at koala.jpg" {
		t.Errorf("after the dialogue the keyboard is at %q", got)
	}
	p.fill("combobox", "Network", "alexnet-cifar10")
	p.until(`document.documentElement.dataset.state === "ready" && /AlexNet/.test(document.querySelector("#status-text").textContent)`)
	p.settle(1)
	p.click("button", "Look closer at koala.jpg")
	p.click("button", "Heat map")
	p.until(`document.querySelector("img.heat")`)
	p.click("button", "Remove")
	p.until(`!document.querySelector("dialog[open]") && !document.querySelector("li[data-file]")`)
}

// pixelsOf is an expression for the pixels of a picture as the browser decodes it: Width, Height,
// Pixels (RGBA, base64).
func pixelsOf(selector string) string {
	return `(async () => {
		const img = document.querySelector("` + selector + `");
		await img.decode();
		const canvas = new OffscreenCanvas(img.naturalWidth, img.naturalHeight), context = canvas.getContext("2d");
		context.drawImage(img, 0, 0);
		const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
		let text = "";
		for (const b of data) text += String.fromCharCode(b);
		return {Width: canvas.width, Height: canvas.height, Pixels: btoa(text)};
	})()`
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// smallTransformer is the pack of a vision transformer with two blocks and weights drawn by lot:
// enough to attend.
func smallTransformer(t *testing.T) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 8))
	g := &graph.Graph{Params: map[string]*pack.Tensor{}, Output: "token", Feature: "token"}
	const width, patch = 24, 16
	put := func(name string, dims ...int) string {
		n := 1
		for _, d := range dims {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(r.NormFloat64()) / float32(math.Sqrt(float64(n/dims[0])))
		}
		g.Params[name] = pack.Keep(name, dims, values)
		return name
	}
	x := "tokens"
	g.Nodes = []graph.Node{
		{Name: "patches", Op: graph.Conv, In: []string{graph.Input}, Weight: put("patches.w", width, patch, patch, 3), Kernel: [2]int{patch, patch}, Stride: [2]int{patch, patch}},
		{Name: x, Op: graph.Tokens, In: []string{"patches"}, Token: put("class", width)},
	}
	for _, b := range []string{"a.", "b."} {
		g.Nodes = append(g.Nodes,
			graph.Node{Name: b + "qkv", Op: graph.Dense, In: []string{x}, Weight: put(b+"qkv.w", 3*width, width)},
			graph.Node{Name: b + "attention", Op: graph.Attention, In: []string{b + "qkv"}, Heads: 3},
			graph.Node{Name: b + "add", Op: graph.Add, In: []string{x, b + "attention"}})
		x = b + "add"
	}
	g.Nodes = append(g.Nodes, graph.Node{Name: "token", Op: graph.Token, In: []string{x}})
	m := &model.Model{
		Name: "small-vit", Title: "Small ViT", Graph: g,
		Preprocess: photo.Preprocess{Size: 64, CropFraction: 1, Interpolation: photo.Bilinear, Mean: [3]float64{127, 127, 127}, Std: [3]float64{64, 64, 64}},
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withNetwork serves the page with one more network.
func withNetwork(t *testing.T, pack []byte, entry map[string]any) *server {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal(readFile(t, filepath.Join(dist, "weights", "catalog.json")), &list); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(pack)
	file := entry["name"].(string) + ".pack"
	maps.Copy(entry, map[string]any{"file": file, "bytes": len(pack), "sha256": hex.EncodeToString(sum[:]), "licence": "Apache-2.0", "source": "here"})
	catalog, err := json.Marshal(append(list, entry))
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t)
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "/catalog.json"):
			w.Write(catalog)
		case strings.HasSuffix(r.URL.Path, "/"+file):
			w.Write(pack)
		default:
			return false
		}
		return true
	})
	return s
}

// TestHeatMapsOfATransformer teaches on a vision transformer, whose heat maps are attention rolled
// out.
func TestHeatMapsOfATransformer(t *testing.T) {
	data := smallTransformer(t)
	s := withNetwork(t, data, map[string]any{"name": "small-vit", "title": "Small ViT", "classes": 0, "feature": 24, "sizes": []int{64}, "preprocess": map[string]any{"size": 64}})
	p := show(t, s, "workers=1#teach")
	p.wait("ready")
	p.addClass("Cats")
	p.click("tab", "Settings")
	p.until(`document.querySelector("#set-network option[value=small-vit]")`)
	p.fill("combobox", "Network", "small-vit")
	p.until(`document.querySelector("#status-text").textContent === "Small ViT at 64 px"`)
	p.click("tab", "Photos")
	p.addClass("Fish")
	p.give("Cats", variants(t, "cat.png", 3, 1)...)
	p.give("Fish", variants(t, "goldfish.jpg", 3, 2)...)
	p.learnt(1)
	p.click("button", p.called("cat 2.jpg"))
	p.click("button", "Heat map")
	p.until(`document.querySelector("img.heat")`)
	p.find("image", "Heat map: where it looked")
	p.press("\x1b")
	p.until(`!document.querySelector("dialog[open]")`)

	// Of a photo that it has not seen, too.
	p.click("tab", "Try it")
	p.drop(variants(t, "goldfish.jpg", 1, 50)[0])
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 1`)
	p.click("button", "Look closer at goldfish 1.jpg")
	p.click("button", "Heat map")
	p.until(`document.querySelector("img.heat")`)
	p.find("image", "Heat map: where it looked")

	// What is inside the network that is taught on can be seen here as well.
	p.click("button", "Look inside")
	p.find("image", "Inside the network: b.attention")
	p.fill("combobox", "Layer", "patches")
	p.find("image", "Inside the network: patches")
	p.press("\x1b")
	if got := p.focused(); got != "button Look closer at goldfish 1.jpg" {
		t.Errorf("after the dialogue the keyboard is at %q", got)
	}
}
