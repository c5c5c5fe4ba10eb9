package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestFirstMinute: the page opens on photos of its own with their names, before its program is
// there; one that is pressed then is looked at closer as soon as that can be; a person's own take
// their place.
func TestFirstMinute(t *testing.T) {
	s := serve(t)
	come := make(chan struct{})
	s.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, ".wasm") {
			select {
			case <-come:
			case <-r.Context().Done():
			}
		}
		return false
	})
	p := show(t, s, "workers=1")
	p.until(`document.querySelectorAll("#first-list button").length === 12 && [...document.querySelectorAll("#first-list img")].every((i) => i.complete && i.naturalWidth === 360)`)
	if ask[string](p, `document.documentElement.dataset.state`) != "loading" {
		t.Fatal("the program was there already")
	}
	shown := ask[float64](p, `Math.max(...performance.getEntriesByType("resource").filter((e) => e.name.includes("/first/")).map((e) => e.responseEnd))`)
	t.Logf("the last of the twelve photos was there %.0f ms after navigation, first paint at %.0f ms", shown, ask[float64](p, `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0`))
	if *shots != "" {
		p.shoot("first-desktop")
		p.window(390, 844)
		p.shoot("first-phone")
		p.window(1280, 900)
	}
	p.violations("the first view")
	names := ask[[]string](p, `[...document.querySelectorAll("#first-list .first-name")].map((e) => e.textContent)`)
	p.click("button", ask[string](p, `document.querySelector("#first-3").innerText.replace("\n", " ")`))
	p.until(`/as soon as the page is ready/.test(document.querySelector("#early").innerText)`)
	close(come)
	p.until(`document.querySelectorAll("#photos [data-label]").length === 12`)
	p.find("dialog", "cat.jpg")
	ask[bool](p, "history.back() ?? true")
	p.until(`document.querySelectorAll("dialog[open]").length === 0`)
	cards := p.settle(12)
	if len(cards) != 12 || ask[bool](p, `document.querySelector("#first").offsetParent !== null`) {
		t.Fatalf("there are %d photos beside those that the page opened on", len(cards))
	}
	answers := ask[[]string](p, `[...document.querySelectorAll("#photos .answer")].map((e) => e.textContent)`)
	for i, c := range cards {
		checkNamed(t, c)
		if answers[i] != names[i] {
			t.Errorf("%s is named %s, and was %s when the page was put together", c.File, answers[i], names[i])
		}
	}
	p.click("button", "Clear")
	p.until(`document.querySelector("#first").offsetParent !== null`)
	p.drop(file{"own.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	checkNamed(t, p.settle(1)[0])

	// Who made them is told.
	p.click("button", "About and licences")
	if text := ask[string](p, `document.querySelector("#about").innerText`); !strings.Contains(text, "Jeff Kubina, public domain") {
		t.Error("their credits are missing")
	}
	if at := ask[float64](p, `document.querySelector("#about").scrollTop`); at != 0 {
		t.Errorf("the dialogue opens %v pixels below its beginning", at)
	}
	p.violations("About")
}

// TestCameraNames: the second door leads to the camera, whose photos are named.
func TestCameraNames(t *testing.T) {
	p := open(t, "workers=1")
	p.click("button", "Use my camera")
	p.until(`document.querySelector("#camera")?.videoWidth > 0`)
	if *shots != "" {
		p.shoot("first-camera")
	}
	p.violations("the camera")
	p.until(`document.querySelector(".camera-live .answer") && document.querySelectorAll(".camera-live dd").length === 3`)
	p.looks("camera-live")
	if ask[bool](p, `document.querySelector("#camera-other") !== null`) { // Firefox fakes one alone
		p.click("button", "Other camera")
		p.until(`document.querySelector("#camera-freeze:not([disabled])")`)
	}

	// A network that is not here is fetched, and answers.
	was := ask[string](p, `document.querySelector("#camera-model").value`)
	other := ask[string](p, `[...document.querySelectorAll("#camera-model option")].map(o => o.value).find(v => v.endsWith("cifar10"))`)
	p.choose("camera-model", other)
	p.until(`document.querySelector(".camera-live .answer")?.textContent.includes("10 words") && new URLSearchParams(location.search).get("model") === "` + other + `"`)
	p.choose("camera-model", was)
	p.until(`document.querySelector(".camera-live .answer") && !document.querySelector(".camera-live .answer").textContent.includes("10 words")`)

	// It fills the screen, as for a projector.
	p.click("button", "Fill the screen")
	p.until(`document.fullscreenElement?.id === "camera-live" && document.querySelector("#camera-live[data-large] .answer")`)
	p.looks("camera-screen")
	ask[any](p, `document.exitFullscreen().then(() => 1)`)
	p.until(`!document.querySelector("[data-large]") && document.querySelector("dialog[open] #camera-live")`)

	p.click("button", "Freeze and look closer")
	p.until(`document.querySelector("#camera-go-on") && document.querySelector(".camera-live .answer")`)
	p.click("button", "Heat map")
	p.until(`document.querySelector(".camera-live img.heat")`)
	p.looks("camera-frozen")
	p.violations("a frozen picture")
	p.click("button", "Go on")

	p.click("button", "Take a photo")
	p.until(`/Took 1 photo/.test(document.querySelector("dialog[open]").innerText)`)
	p.click("button", "See their names")
	p.until(`document.querySelectorAll("dialog[open]").length === 0`)
	if c := p.settle(1)[0]; c.Error != "" || !strings.HasPrefix(c.File, "Camera ") {
		t.Errorf("the photo is %+v", c)
	}
	p.until(`location.hash === "#classify"`)

	// Its address leads back to it, with the camera off.
	ask[any](p, `location.hash = "#classify/camera"`)
	p.until(`document.querySelector("dialog[open] #camera-start")`)
	p.reload()
	p.until(`document.querySelector("dialog[open] #camera-start")`)
	ask[any](p, `history.back()`)
	p.until(`document.querySelectorAll("dialog[open]").length === 0`)
}

// TestCameraIsRefused: where the browser refuses the camera the page says where to allow it, and
// opens it once it is allowed.
func TestCameraIsRefused(t *testing.T) {
	p := show(t, serve(t), "workers=1", `
		window.refuses = true;
		const open = window.MediaDevices?.prototype.getUserMedia;
		if (open) MediaDevices.prototype.getUserMedia = function (...args) {
			return refuses ? Promise.reject(new DOMException("refused", "NotAllowedError")) : open.apply(this, args);
		};`)
	p.wait("ready")
	p.click("button", "Use my camera")
	p.until(`/allow the camera there/.test(document.querySelector("dialog[open]")?.innerText)`)
	p.violations("a camera that is refused")
	ask[any](p, "window.refuses = false")
	p.click("button", "Try again")
	p.until(`document.querySelector("#camera")?.videoWidth > 0`)
	p.press(kb.Escape)
	p.until(`document.querySelectorAll("dialog[open]").length === 0`)
}
