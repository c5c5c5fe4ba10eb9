package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"image"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

// A view is something to see of the page. Each is opened from where the one before left the page,
// in English.
type view struct {
	name, title string
	open        func(p *tab)
}

// views are all of them, in the order in which they are opened in one tab. Whoever adds one to the
// page adds a line here: make screens then takes its pictures, and TestNothingForAxe looks at it.
var views = []view{
	{"first", "The first minute", func(p *tab) {}},
	{"photos", "Photos with their names", func(p *tab) { p.somePhotos() }},
	{"found", "Photos found by name", func(p *tab) { p.goes("#classify/find=pa"); p.shows("#sifted") }},
	{"groups", "Photos by day", func(p *tab) { p.goes("#classify/in=day"); p.shows("#photos h3") }},
	{"stacks", "Look-alikes in a stack", func(p *tab) { p.choose("in-photos", "alike"); p.shows("#photos .stack") }},
	{"map", "A map of the photos", func(p *tab) { p.goes("#classify/map"); p.shows(".map-photo img") }},
	{"picked", "Photos picked", func(p *tab) { p.goes("#classify"); p.pickTwo() }},
	{"compared", "Photos side by side", func(p *tab) { p.click("button", "Compare"); p.shows("dialog[open]") }},
	{"photo", "A photo with a heat map", func(p *tab) {
		p.closes()
		p.click("button", "Done")
		p.click("button", "Look closer at koala.jpg")
		p.click("button", "Heat map")
		p.shows("img.heat")
	}},
	{"layers", "Inside a network", func(p *tab) { p.click("button", "Look inside"); p.shows("img.maps") }},
	{"save", "Saving results", func(p *tab) { p.closes(); p.click("button", "Save results") }},
	{"cleared", "Cleared, with undo", func(p *tab) { p.closes(); p.click("button", "Clear"); p.shows("#toast") }},
	{"camera", "The camera", func(p *tab) { p.click("button", "Use my camera"); p.shows("#camera"); p.runs("#camera") }},
	{"about", "About and licences", func(p *tab) { p.closes(); p.click("button", "About and licences"); p.shows("#about") }},

	{"grown-alexnet", "How networks grew: AlexNet", func(p *tab) { p.closes(); p.stop("alexnet") }},
	{"grown-vgg", "VGG", func(p *tab) { p.stop("vgg") }},
	{"grown-resnet", "ResNet", func(p *tab) { p.stop("resnet") }},
	{"grown-averages", "Averages", func(p *tab) { p.stop("gap") }},
	{"grown-excitation", "Squeeze-and-excitation", func(p *tab) { p.stop("excite") }},
	{"grown-attention", "Self-attention", func(p *tab) { p.stop("attention") }},
	{"grown-compared", "Networks side by side", func(p *tab) { p.stop("compare") }},

	{"teach", "Teach, at first", func(p *tab) { p.goes("#teach"); p.readOnce() }},
	{"classes", "Two classes", func(p *tab) { p.mixedClasses() }},
	{"taught-photo", "A photo of a class", func(p *tab) { p.click("button", p.called("cat 1.jpg")); p.shows("dialog[open]") }},
	{"recording", "The camera for a class", func(p *tab) { p.closes(); p.click("button", "Camera for Cats"); p.runs("#camera") }},
	{"ask", "Ask me next", func(p *tab) { p.closes(); p.click("tab", "Ask me next"); p.asksNext() }},
	{"results", "Results in short", func(p *tab) { p.click("tab", "Results"); p.shows(".summary") }},
	{"figures", "Results with figures", func(p *tab) { p.results(); p.shows("#by-class-title") }},
	{"try", "Try it", func(p *tab) { p.click("tab", "Try it"); p.tries() }},
	{"versions", "Versions", func(p *tab) { p.click("tab", "Versions"); p.click("checkbox", "Compare version 1") }},
	{"settings", "Settings", func(p *tab) { p.click("tab", "Settings") }},
	{"share", "Share", func(p *tab) { p.click("tab", "Photos"); p.share() }},
	{"menu", "The menu of projects", func(p *tab) { p.closes(); p.openMenu() }},
	{"deleted", "A project in the bin", func(p *tab) { p.click("button", "Delete this project"); p.find("button", "Bring it back") }},
	{"lesson", "A lesson", func(p *tab) { p.visits("#teach/lesson"); p.shows(".lesson") }},

	{"folder", "Work in a folder", func(p *tab) { p.goes("#classify"); p.folder() }},
	{"plan", "What will happen in the folder", func(p *tab) { p.plans("Move photos into folders", "") }},
	{"grid", "Thousands of photos", func(p *tab) { p.many() }},
	{"dots", "A map of many photos", func(p *tab) { p.goes("#classify/map"); p.shows(".map-legend") }},
}

// goes opens a place of the page.
func (p *tab) goes(place string) {
	p.t.Helper()
	p.visits(place)
	p.until(fmt.Sprintf(`location.hash.startsWith(%q) && document.documentElement.dataset.state === "ready"`, place))
}

// visits follows a link to a place, which may lead to another.
func (p *tab) visits(place string) {
	p.t.Helper()
	p.closes()
	ask[any](p, fmt.Sprintf("location.hash = %q", place))
}

// closes closes what is open over the page.
func (p *tab) closes() {
	p.t.Helper()
	p.press("\x1b")
	p.until(`document.querySelectorAll("dialog[open]").length === 0`)
}

// shows waits until an element shows.
func (p *tab) shows(selector string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector(%q)?.checkVisibility()`, selector))
}

// runs waits until a camera's picture runs.
func (p *tab) runs(selector string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector(%q)?.videoWidth > 0`, selector))
}

// somePhotos has photos named, some of them twice, one that is damaged and one that is none.
func (p *tab) somePhotos() {
	p.t.Helper()
	files := load(p.t, photoPaths(p.t)...)
	for _, f := range []struct {
		name, day string
		part      int // in quarters of its size
	}{{"koala.jpg", "2026:05:02 10:00:00", 4}, {"koala.jpg", "2026:05:02 10:00:00", 3}, {"goldfish.jpg", "2026:05:03 11:00:00", 3}} {
		whole, _, err := image.Decode(bytes.NewReader(load(p.t, filepath.Join(*photoFolder, f.name))[0].data))
		if err != nil {
			p.t.Fatal(err)
		}
		again := at(whole, whole.Bounds().Dx()*f.part/4, whole.Bounds().Dy()*f.part/4)
		files = append(files, file{fmt.Sprintf("again %d %s", f.part, f.name), "image/jpeg", dated(asJPEG(p.t, again, 80), f.day)})
	}
	files = append(files, file{"half a photo.jpg", "image/jpeg", cut(p.t)}, file{"letter.jpg", "image/jpeg", []byte("Dear Sir")})
	p.drop(files...)
	p.settle(len(files))
}

// pickTwo picks the first two photos.
func (p *tab) pickTwo() {
	p.t.Helper()
	p.click("button", "Pick photos")
	for _, name := range []string{"koala.jpg", "panda.jpg"} {
		p.click("button", "Pick "+name)
	}
	p.shows(".picked")
}

// stop opens a stop of "How networks grew" and fetches its network.
func (p *tab) stop(name string) {
	p.t.Helper()
	p.goes("#inside/" + name)
	p.shows("#stop-" + name)
	ask[any](p, `(press => { if (press?.checkVisibility()) press.click(); })(document.querySelector("#inside-press"))`)
	p.until(`document.querySelector("#inside-play")?.children.length > 0 && document.documentElement.dataset.state === "ready"`)
}

// mixedClasses teaches two classes, of which one has photos of the other.
func (p *tab) mixedClasses() {
	p.t.Helper()
	p.twoClasses(8)
	p.give("Fish", variants(p.t, "cat.png", 2, 40)...)
	p.learnt(2)
	p.shows(".tile[data-wrong]")
}

// asksNext adds photos without a class.
func (p *tab) asksNext() {
	p.t.Helper()
	p.drop(append(variants(p.t, "cat.png", 8, 31), variants(p.t, "goldfish.jpg", 8, 32)...)...)
	p.until(`document.querySelectorAll("[data-asked]").length === 12`)
}

// tries has photos named by the classes that were taught.
func (p *tab) tries() {
	p.t.Helper()
	p.drop(variants(p.t, "cat.png", 1, 77)[0], variants(p.t, "goldfish.jpg", 1, 78)[0])
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 2`)
}

// folder opens the fake folder with its photos.
func (p *tab) folder() {
	p.t.Helper()
	p.puts(seasonFiles(p.t))
	p.click("button", "Work in a folder")
	p.settle(4)
	p.find("heading", "Photos of “season”")
	p.lower()
}

// many has as many photos as are shown in a dense grid.
func (p *tab) many() {
	p.t.Helper()
	p.click("button", "Clear")
	var files []file
	for i := range 230 {
		name := []string{"koala.jpg", "panda.jpg", "goldfish.jpg", "honey-bee.jpg"}[i%4]
		files = append(files, file{fmt.Sprintf("IMG_%04d.jpg", i), "image/jpeg", asJPEG(p.t, sizedOf(p.t, name, 96+i%7, 72), 80)})
	}
	p.drop(files...)
	p.until(`document.querySelector("#tally").textContent === "230 named" && document.documentElement.dataset.state === "ready"`)
}

// A look is how a view is looked at.
type look struct {
	language      string
	dark, phone   bool
	width, height int64
}

func (l look) String() string {
	return l.language + map[bool]string{true: "-dark", false: "-light"}[l.dark] + map[bool]string{true: "-phone", false: "-desktop"}[l.phone]
}

// walk opens all views in one tab, and has each looked at in languages, colour schemes and sizes;
// which of these is told.
func walk(t *testing.T, languages []string, which func(l look) bool, each func(p *tab, v view, l look)) {
	p := show(t, serve(t), "workers=1", fakeFolder)
	p.wait("ready")
	for _, v := range views {
		t.Run(v.name, func(t *testing.T) {
			p.t = t
			v.open(p)
			for _, language := range languages {
				if language != "en" {
					p.speak(language)
				}
				for _, phone := range []bool{false, true} {
					l := look{language: language, phone: phone, width: 1280, height: 860}
					if phone {
						l.width, l.height = 390, 844
					}
					for _, l.dark = range []bool{false, true} {
						if which(l) {
							p.window(l.width, l.height)
							p.scheme(l.dark)
							p.still()
							each(p, v, l)
						}
					}
				}
			}
			p.window(1280, 860)
			p.scheme(false)
			if languages[len(languages)-1] != "en" {
				p.speak("en")
			}
		})
	}
	p.t = t
}

// scheme has the page by day or by night.
func (p *tab) scheme(dark bool) {
	p.t.Helper()
	name := "light"
	if dark {
		name = "dark"
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

// still waits until all that moves for a while has come to rest, and what was changed is drawn: a
// colour that fades is another in between.
func (p *tab) still() {
	p.t.Helper()
	ask[any](p, `(async () => {
		const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
		for (let moving = true; moving;) {
			await drawn();
			const passing = document.getAnimations().filter((a) => a.playState !== "finished" && a.effect?.getComputedTiming().endTime !== Infinity);
			moving = passing.length > 0;
			await Promise.all(passing.map((a) => a.finished.catch(() => {})));
		}
	})()`)
}

var screens = flag.String("screens", "", "folder to put a picture of every view into, with an index")

// most is how many bytes the pictures of the views may have.
const most = 3_000_000

// TestScreens takes a picture of every view in light and dark, on a phone and on a desktop, in
// English and in Arabic.
func TestScreens(t *testing.T) {
	if *screens == "" {
		return // make screens takes them
	}
	if err := os.MkdirAll(*screens, 0o755); err != nil {
		t.Fatal(err)
	}
	old, err := filepath.Glob(filepath.Join(*screens, "*.webp"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	languages := []string{"en", "ar"}
	var out strings.Builder
	out.WriteString("# Every view of the page\n\nTaken by `make screens`: in light and dark, on a desktop and on a phone, in English and in Arabic.\n")
	for _, v := range views {
		fmt.Fprintf(&out, "\n## %s\n\n", v.title)
		for _, language := range languages {
			for _, phone := range []bool{false, true} {
				for _, dark := range []bool{false, true} {
					l := look{language: language, dark: dark, phone: phone}
					width := 400
					if phone {
						width = 130
					}
					fmt.Fprintf(&out, "<img src=\"%s-%s.webp\" width=\"%d\" alt=\"%s\">\n", v.name, l, width, html.EscapeString(v.title+", "+strings.ReplaceAll(l.String(), "-", ", ")))
				}
			}
		}
	}
	if err := os.WriteFile(filepath.Join(*screens, "README.md"), []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	size := 0
	walk(t, languages, func(look) bool { return true }, func(p *tab, v view, l look) {
		scale := 0.4
		if l.phone {
			scale = 0.5
		}
		taken := call(p, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: "webp", Quality: number64(28),
			Clip: &page.Viewport{X: ask[float64](p, "scrollX"), Y: ask[float64](p, "scrollY"), Width: float64(l.width), Height: float64(l.height), Scale: scale},
		})
		size += len(taken.Data)
		if err := os.WriteFile(filepath.Join(*screens, v.name+"-"+l.String()+".webp"), taken.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	})
	if t.Logf("%d views have %d bytes of pictures", len(views), size); size > most {
		t.Errorf("that is more than %d", most)
	}
}

func number64(n int64) *int64 { return &n }

// TestNothingForAxe has axe-core look at every view in every language and colour scheme; make test
// has it do so in English by day and in Arabic by night.
func TestNothingForAxe(t *testing.T) {
	if *axe == "" {
		t.Skip("axe-core is not there: make axe fetches it through npm")
	}
	all := os.Getenv("HOMEROOM_E2E") == "all"
	languages := []string{"en", "ar"}
	if all {
		languages = []string{"en", "de", "ar", "zh-Hans"}
	}
	walk(t, languages, func(l look) bool {
		return all && (l.phone == (l.language == "de")) || !all && !l.phone && l.dark == (l.language == "ar")
	}, func(p *tab, v view, l look) { p.violations(v.name + ", " + l.String()) })

	// What is said where something went wrong, which ends a visit.
	s := serve(t)
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, ".pack") {
			return false
		}
		http.NotFound(w, r)
		return true
	})
	for _, language := range languages {
		p := show(t, s, "workers=1&lang="+language)
		p.expect(func(c string) bool { return strings.Contains(c, "404") })
		for end := time.Now().Add(patience); len(p.findAll("alert", "")) == 0; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the page does not say that a pack is missing")
			}
		}
		for _, dark := range []bool{false, true} {
			p.scheme(dark)
			p.still()
			p.violations("a fault, " + look{language: language, dark: dark}.String())
		}
	}
}
