package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var classFolders = flag.String("classes", "", "folder with a folder of photos for each class, for the pictures of Teach")

// TestTeachScreenshots takes the pictures that the looks of Teach are judged by.
func TestTeachScreenshots(t *testing.T) {
	if *shots == "" || *classFolders == "" {
		return // the pictures are for people: -shots FOLDER -classes FOLDER takes them
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs(*classFolders)
	if err != nil {
		t.Fatal(err)
	}
	p := teach(t, "")
	type screen struct {
		name          string
		width, height int64
		scale         float64
		dark          bool
	}
	screens := []screen{{"desktop-light", 1280, 900, 1, false}, {"desktop-dark", 1280, 900, 1, true}, {"phone-light", 390, 844, 2, false}, {"phone-dark", 390, 844, 2, true}}
	each := func(what string, whole bool) {
		for _, l := range screens {
			p.do(chromedp.EmulateViewport(l.width, l.height, chromedp.EmulateScale(l.scale)))
			scheme := "light"
			if l.dark {
				scheme = "dark"
			}
			call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			if whole {
				p.do(chromedp.EmulateViewport(l.width, min(4000, ask[int64](p, "document.documentElement.scrollHeight")), chromedp.EmulateScale(l.scale)))
			}
			p.shoot("teach-" + what + "-" + l.name)
		}
		p.do(chromedp.EmulateViewport(1280, 900))
	}
	each("empty", false)
	p.pick("Add folders", folder)
	p.until(`document.querySelectorAll("[data-drop=class]").length > 1 && document.querySelector("[aria-label='Reading photos']")`)
	p.shoot("teach-reading")
	p.until(`/Version \d/.test(document.querySelector("[aria-label=Learning]").textContent)`)
	p.saved()
	each("photos", false)
	if ask[bool](p, `!!document.querySelector("[data-do=class-open]")`) { // where a class has more photos than its card shows
		ask[bool](p, `document.querySelector("[data-do=class-open]").click(), true`)
		each("class", false)
		p.click("button", "All classes")
	}
	ask[bool](p, `document.querySelector("[data-do=photo-open]").click(), true`)
	p.click("button", "Heat map")
	p.until(`document.querySelector("img.heat")`)
	each("photo", false)
	p.press("\x1b")
	p.results()
	each("results", true)
	p.click("button", "Find out")
	p.until(`!document.querySelector("#curve-bar")`)
	p.shoot("teach-curve")
	p.click("tab", "Try it")
	var files []file
	for _, path := range photoPaths(t)[:2] {
		files = append(files, load(t, path)...)
	}
	p.drop(files...)
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 2`)
	each("try", true)
	ask[bool](p, `document.querySelector("[data-do=tried-open]").click(), true`)
	p.click("button", "Heat map")
	p.until(`document.querySelector("img.heat")`)
	each("tried", false)
	p.click("button", "Close")
	p.click("tab", "Versions")
	each("versions", false)
	p.click("tab", "Settings")
	p.click("checkbox", "Keep the full photos")
	p.until(`document.querySelector("#set-keep").checked && !document.querySelector("#keep-bar")`)
	p.click("checkbox", "Keep the full photos")
	p.find("group", "Delete the full photos?")
	each("settings", true)
	p.click("button", "Keep them")
	p.fill("spinbutton", "Seed", "7")
	p.learnt(2)
	p.click("tab", "Versions")
	p.click("checkbox", "Compare version 1")
	p.click("checkbox", "Compare version 2")
	each("compared", true)
	p.click("tab", "Photos")
	ask[bool](p, `document.querySelectorAll("[data-do=camera-open]")[1].click(), true`)
	p.until(`document.querySelector("#camera")?.videoWidth > 0 && !document.querySelector("[data-hold]").disabled`)
	each("camera", false)
	p.click("button", "Close the camera")
	p.click("tab", "Try it")
	p.click("button", "Start the camera")
	p.until(`document.querySelector(".live-answer .answer")`)
	each("live", false)
	p.openMenu()
	p.shoot("teach-menu")
}
