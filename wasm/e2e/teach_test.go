package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	scale "golang.org/x/image/draw"
)

// looks makes n photos of the thing on one of the test photos: other parts of it, mirrored or not, lighter or darker.
// They differ as much as pictures of one thing from a hand-held camera do.
func looks(t *testing.T, name string, n int, seed uint64) []file {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(*photoFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	whole, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	b := whole.Bounds()
	var out []file
	for i := range n {
		part := 0.6 + 0.4*r.Float64()
		w, h := int(part*float64(b.Dx())), int(part*float64(b.Dy()))
		x, y := b.Min.X+r.IntN(b.Dx()-w+1), b.Min.Y+r.IntN(b.Dy()-h+1)
		m := image.NewRGBA(image.Rect(0, 0, 300, 300*h/w))
		scale.ApproxBiLinear.Scale(m, m.Bounds(), whole, image.Rect(x, y, x+w, y+h), draw.Src, nil)
		gain := 0.7 + 0.6*r.Float64()
		mirrored := r.IntN(2) == 1
		for v := range m.Bounds().Dy() {
			row := m.Pix[v*m.Stride : v*m.Stride+4*300]
			for u := 0; u < 300 && mirrored && u < 150; u++ {
				for c := range 4 {
					row[4*u+c], row[4*(299-u)+c] = row[4*(299-u)+c], row[4*u+c]
				}
			}
			for k := range row {
				if k%4 != 3 {
					row[k] = byte(min(255, gain*float64(row[k])))
				}
			}
		}
		out = append(out, file{fmt.Sprintf("%s %d.jpg", strings.TrimSuffix(name, filepath.Ext(name)), i+1), "image/jpeg", asJPEG(t, m, 88)})
	}
	return out
}

// teach opens the page at Teach.
func teach(t *testing.T, query string, scripts ...string) *tab {
	t.Helper()
	p := show(t, serve(t), query+"#teach", scripts...)
	p.wait("ready")
	return p
}

// fill types into the element with a role and a name, in place of what it holds, and leaves it.
func (p *tab) fill(role, name, text string) {
	p.t.Helper()
	p.on(p.find(role, name), `function (text) {
		this.focus();
		this.value = text;
		this.dispatchEvent(new Event("input", {bubbles: true}));
		this.dispatchEvent(new Event("change", {bubbles: true}));
	}`, text)
}

// addClass adds a class by typing its name.
func (p *tab) addClass(name string) {
	p.t.Helper()
	p.fill("textbox", "Name of the new class", name)
	p.click("button", "Add class")
	p.find("textbox", "Name of the class "+name)
}

// dropOn lets files go over an element.
func (p *tab) dropOn(node cdp.BackendNodeID, files ...file) {
	p.t.Helper()
	p.on(node, `function () {
		`+inPage(files)+`
		const dataTransfer = new DataTransfer();
		for (const f of files) dataTransfer.items.add(f);
		for (const kind of ["dragenter", "dragover", "drop"]) {
			const event = new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true});
			this.dispatchEvent(event);
			if (kind !== "dragenter" && !event.defaultPrevented) throw new Error(kind + " was left to the browser");
		}
	}`)
}

// give drops photos on a class.
func (p *tab) give(class string, files ...file) {
	p.t.Helper()
	p.dropOn(p.find("textbox", "Name of the class "+class), files...)
}

// photosOf lists the names of the photos that a class shows.
func (p *tab) photosOf(class string) []string {
	p.t.Helper()
	found := p.findAll("list", "Photos of "+class)
	if len(found) == 0 {
		return nil
	}
	var out []string
	if err := json.Unmarshal(p.on(found[0], `function () { return [...this.querySelectorAll("button[data-do=photo-open]")].map((b) => b.getAttribute("aria-label").replace(/, taken for .*/, "")); }`), &out); err != nil {
		p.t.Fatal(err)
	}
	return out
}

// saved waits until everything is saved.
func (p *tab) saved() {
	p.t.Helper()
	p.until(`document.querySelector("[data-saved]")?.dataset.saved === "saved" && document.documentElement.dataset.state === "ready"`)
}

// version is the number of the version in use, once nothing is being done.
func (p *tab) version() int {
	p.t.Helper()
	p.saved()
	return ask[int](p, `Number((document.querySelector("[aria-label=Learning]")?.textContent.match(/Version (\d+)/) || [0, 0])[1])`)
}

// told are the cards of the photos that were named by the taught head: file to name.
func (p *tab) told() map[string]string {
	p.t.Helper()
	return ask[map[string]string](p, `Object.fromEntries([...document.querySelectorAll("[data-tried]")].map((li) => [li.dataset.tried, li.dataset.label || li.textContent]))`)
}

func TestTeachTwoClassesAndNameNewPhotos(t *testing.T) {
	p := teach(t, "")
	p.addClass("Cats")
	p.addClass("Fish")
	p.give("Cats", looks(t, "cat.png", 7, 1)...)
	p.give("Fish", looks(t, "goldfish.jpg", 7, 2)...)
	p.until(`/Version \d/.test(document.querySelector("[aria-label=Learning]").textContent)`)
	if v := p.version(); v < 1 {
		t.Fatalf("version %d is in use", v)
	}
	if got := p.photosOf("Cats"); len(got) != 7 {
		t.Fatalf("the class shows %q", got)
	}
	p.click("tab", "Results")
	p.find("heading", "Class by class")
	p.find("heading", "What is taken for what")
	p.click("tab", "Try it")
	p.drop(looks(t, "cat.png", 1, 77)[0], looks(t, "goldfish.jpg", 1, 78)[0])
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 2`)
	if got := p.told(); got["cat 1.jpg"] != "Cats" || got["goldfish 1.jpg"] != "Fish" {
		t.Errorf("new photos are named %v", got)
	}

	// Everything is still there after a reload, and answers at once.
	p.saved()
	p.do(chromedp.Reload())
	p.wait("ready")
	if got := p.photosOf("Fish"); len(got) != 7 {
		t.Fatalf("after a reload the class shows %q", got)
	}
	p.click("tab", "Try it")
	p.drop(looks(t, "cat.png", 1, 79)[0])
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 1`)
	if got := p.told(); got["cat 1.jpg"] != "Cats" {
		t.Errorf("after a reload a new photo is named %v", got)
	}
	if v := p.version(); v != 1 {
		t.Errorf("after a reload version %d is in use", v)
	}
}
