package e2e

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

var shots = flag.String("shots", "", "folder to put pictures of the page into")

// TestScreenshots takes the pictures that the page's looks are judged by.
func TestScreenshots(t *testing.T) {
	if *shots == "" {
		return // the pictures are for people: -shots FOLDER takes them
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	paths := photoPaths(t)
	paths = paths[:min(len(paths), 14)]
	broken := filepath.Join(t.TempDir(), "half a photo.jpg")
	if err := os.WriteFile(broken, cut(t), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, screen := range []struct {
		name          string
		width, height int64
		scale         float64
		dark          bool
	}{
		{"desktop-light", 1280, 860, 1, false}, {"desktop-dark", 1280, 860, 1, true}, {"tablet-light", 820, 1100, 1, false},
		{"phone-light", 390, 844, 2, false}, {"phone-dark", 390, 844, 2, true}, {"phone-320", 320, 640, 2, false},
	} {
		t.Run(screen.name, func(t *testing.T) {
			p := show(t, serve(t), "")
			p.do(chromedp.EmulateViewport(screen.width, screen.height, chromedp.EmulateScale(screen.scale)))
			if screen.dark {
				call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
			}
			p.wait("ready")
			p.shoot(screen.name + "-empty")
			p.pick("Use my photos", append(paths[:len(paths):len(paths)], broken)...)
			p.until("document.querySelectorAll('[data-label]').length > 4")
			p.shoot(screen.name + "-busy")
			p.settle(len(paths) + 1)
			p.shoot(screen.name + "-results")
			p.do(chromedp.EmulateViewport(screen.width, ask[int64](p, "document.documentElement.scrollHeight"), chromedp.EmulateScale(screen.scale)))
			p.shoot(screen.name + "-all")
			p.do(chromedp.EmulateViewport(screen.width, screen.height, chromedp.EmulateScale(screen.scale)))
			p.click("button", "Look closer at koala.jpg")
			p.click("button", "Heat map")
			p.until(`document.querySelector("img.heat")`)
			p.shoot(screen.name + "-heat")
			p.click("button", "Close")
			p.click("button", "Clear")
			p.shoot(screen.name + "-cleared")
			p.click("button", "Undo")
			p.click("button", "Save results")
			p.shoot(screen.name + "-save")
			p.click("button", "About and licences")
			p.find("dialog", "About Homeroom")
			p.shoot(screen.name + "-about")

			s := serve(t)
			s.set(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, ".pack") {
					http.NotFound(w, r)
					return true
				}
				return false
			})
			q := show(t, s, "")
			q.expect(func(c string) bool { return strings.Contains(c, "404") })
			q.do(chromedp.EmulateViewport(screen.width, screen.height, chromedp.EmulateScale(screen.scale)))
			if screen.dark {
				call(q, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
			}
			q.find("button", "Retry")
			q.shoot(screen.name + "-fault")
			m := show(t, serve(t), "size=64")
			m.do(chromedp.EmulateViewport(screen.width, screen.height, chromedp.EmulateScale(screen.scale)))
			if screen.dark {
				call(m, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
			}
			m.wait("ready")
			m.pick("Add a folder", copies(t, photoPaths(t), 3000))
			m.untilWithin(5*time.Minute, "document.querySelectorAll('#photos [data-label]').length > 12")
			ask[any](m, `document.querySelector("#sift").scrollIntoView()`)
			m.shoot(screen.name + "-thousands")
		})
	}
}

// copies are so many photos under names of their own, in a folder.
func copies(t *testing.T, paths []string, n int) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "season")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		from := paths[i%len(paths)]
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("IMG_%04d%s", i, filepath.Ext(from))), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// shoot writes a picture of the window.
func (p *tab) shoot(name string) {
	p.t.Helper()
	time.Sleep(300 * time.Millisecond) // let transitions end
	data := call(p, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data
	err := os.MkdirAll(*shots, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, name+".png"), data, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
