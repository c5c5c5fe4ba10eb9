package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// TestHowNetworksGrew goes through the stops with a photo, and holds what two of them say to what
// the program computes.
func TestHowNetworksGrew(t *testing.T) {
	koala, err := filepath.Abs(filepath.Join(*photoFolder, "koala.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	p := show(t, serve(t), "")
	p.wait("ready")
	p.click("link", "Inside")
	p.until(`location.hash === "#inside/alexnet" && document.querySelectorAll("#inside-photos img").length === 12`)
	p.pick("Use my own photo", koala)
	says := func(text string) {
		t.Helper()
		p.until(fmt.Sprintf(`document.querySelector("#inside-play").innerText.includes(%q)`, text))
	}
	m, err := model.Read("resnet20", readFile(t, filepath.Join(dist, "weights", "resnet20-cifar10.pack")))
	if err != nil {
		t.Fatal(err)
	}
	pic, err := photo.DecodeFor(readFile(t, koala), photo.Limits{}, m.Preprocess.Shorter())
	if err != nil {
		t.Fatal(err)
	}
	best := func(cut ...string) string {
		changed, err := m.Changed(model.Change{Cut: cut})
		if err != nil {
			t.Fatal(err)
		}
		c, err := model.NewClassifier(changed, model.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r := c.Answer(pic, 1).Results[0]
		return r.Label + "\n" + text.English.Words(words.Percent(r.Score))
	}

	p.click("link", "ResNet 2015")
	p.click("button", "Fetch ResNet-20 on CIFAR-10, 0.3 MB")
	says("Without it alone")
	says(best())
	p.click("checkbox", "Shortcut 2")
	says("1 shortcut off")
	says(best("layer1.1.add"))
	p.violations("ResNet")
	p.shot("grown-resnet")

	p.click("link", "Excitation 2017")
	p.click("button", "Fetch SE-ResNet-20 on CIFAR-10, 0.3 MB")
	says("Raised most by this photo")
	p.violations("squeeze-and-excitation")
	p.shot("grown-excite")

	p.click("link", "Attention 2017–20")
	p.click("button", "Fetch ViT on CIFAR-10, 1.1 MB")
	says("The name after each block")
	p.click("button", "look from the patch, row 2, column 3")
	p.until(`document.querySelector("#look-from-10").getAttribute("aria-pressed") === "true"`)
	p.on(p.find("button", "look from the patch, row 2, column 3"), `function () { this.focus(); }`)
	p.press(kb.ArrowDown)
	p.until(`document.activeElement.id === "look-from-18"`)
	p.violations("attention")
	p.shot("grown-attention")

	p.click("link", "Averages 2013–16")
	says("What speaks for “koala”") // the network that named photos is here
	paints(p)
	p.click("button", "Try all sizes on this photo")
	p.until(`(r => r.length > 5 && ![...r].some(tr => tr.cells[1].textContent === "…"))(document.querySelectorAll("#inside-play tbody tr"))`)
	p.violations("averages")
	p.shot("grown-gap")

	p.click("link", "VGG 2014")
	p.click("button", "Fetch VGG on CIFAR-10, 1.0 MB")
	says("sees 3 × 3 pixels")
	p.click("button", "One layer on")
	says("sees 5 × 5 pixels")
	p.violations("VGG")
	p.shot("grown-vgg")

	p.click("link", "AlexNet 2012")
	p.click("button", "Fetch AlexNet, convolutions under GAP, 2.0 MB")
	says("What filter 1 answers")
	p.click("button", "filter, row 2, column 3")
	says("What filter 11 answers")
	p.click("checkbox", "ReLU, in all layers")
	says("ReLU is off")
	p.violations("AlexNet")
	p.shot("grown-alexnet")

	p.click("link", "Side by side")
	p.click("button", "Run it: ResNet-20 on CIFAR-10")
	p.until(fmt.Sprintf(`[...document.querySelectorAll("#inside-play tbody tr")].some(tr => tr.cells[1].textContent === %q && tr.cells[2].textContent.includes("ms"))`, strings.Replace(best(), "\n", ", ", 1)))
	p.violations("side by side")
	p.shot("grown-compare")

	// Back leads through the stops, and a reload comes back to the same.
	ask[any](p, "history.back()")
	p.until(`location.hash === "#inside/alexnet" && !document.querySelector("#stop-alexnet").hidden`)
	ask[any](p, "location.reload()")
	p.until(`location.hash === "#inside/alexnet" && document.querySelector("main#inside:not([hidden]) #stop-alexnet:not([hidden])") && document.querySelector("#inside-press").textContent.startsWith("Fetch AlexNet")`)
}

// paints paints over the photo, by the keyboard and by the pointer, and finds it so after a reload.
func paints(p *tab) {
	p.t.Helper()
	p.on(p.find("button", "paint out, row 2, column 4"), `function () { this.focus(); }`)
	p.press(kb.Enter) // the keyboard paints whole squares
	p.until(`document.querySelector("#paint-10").getAttribute("aria-pressed") === "true" && !document.querySelector(".vector").innerText.includes("agrees to 100%")`)
	p.click("button", "Paint all back")
	p.until(`document.querySelector(".vector").innerText.includes("agrees to 100%")`)
	p.click("button", "paint out, row 4, column 4") // a press is a dab of the brush
	p.until(`!document.querySelector(".vector").innerText.includes("agrees to 100%")`)
	p.click("button", "Paint all back")
	p.until(`document.querySelector(".vector").innerText.includes("agrees to 100%")`)

	// A brush paints where the pointer goes, and what follows follows.
	ask[any](p, `(() => {
		const on = document.querySelector(".canvas"), box = on.getBoundingClientRect();
		for (const [type, x] of [["pointerdown", .3], ["pointermove", .5], ["pointermove", .7], ["pointerup", .7]])
			on.dispatchEvent(new PointerEvent(type, {bubbles: true, button: 0, pointerId: 7, clientX: box.left + x * box.width, clientY: box.top + box.height / 2}));
	})()`)
	p.until(`!document.querySelector(".vector").innerText.includes("agrees to 100%")`)
	p.shot("grown-brush")
	p.until(`JSON.parse(JSON.parse(sessionStorage.getItem("homeroom note")).kept).painted`)
	p.reload()
	p.click("button", "Fetch EfficientNet-Lite0 compact, 3.2 MB")
	p.until(`document.querySelector(".vector") && !document.querySelector(".vector").innerText.includes("agrees to 100%") && document.querySelector('#inside-photos [aria-pressed="true"]').ariaLabel === "Look at koala.jpg"`)
}
