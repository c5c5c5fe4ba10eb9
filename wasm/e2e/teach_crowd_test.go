package e2e

import (
	"flag"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/image/draw"
)

var (
	crowd     = flag.String("crowd", "", "folder with a folder of very many photos for each class, to read and learn; empty leaves it out")
	crowdSize = flag.Int("crowdsize", 64, "input size to read them at")
	crowdStop = flag.Int("crowdstop", 0, "how many of them to read before the rest is left; 0 reads all, and learns")
)

// tasks takes down how long the page's own thread was kept from answering.
const tasks = `
	window.longTasks = [];
	new PerformanceObserver((list) => { for (const e of list.getEntries()) longTasks.push(Math.round(e.duration)); }).observe({type: "longtask", buffered: true});`

// scripts notes what runs of the page's own in long frames, and for how long.
const scripts = `
	window.longScripts = [];
	new PerformanceObserver((list) => {
		for (const e of list.getEntries()) for (const s of e.scripts) longScripts.push([Math.round(s.duration), s.invoker]);
	}).observe({type: "long-animation-frame", buffered: true});`

// ran tells of the page's own scripts since it was asked last: how many ran above 50 ms, and the
// longest, with what called it.
func (p *tab) ran() string {
	p.t.Helper()
	return ask[string](p, "(() => { const all = longScripts.splice(0).sort((a, b) => b[0] - a[0]); return `${all.filter((s) => s[0] > 50).length} scripts above 50 ms, the longest ${all.slice(0, 3).map((s) => s.join(\" ms by \")).join(\", \")}`; })()")
}

// longest tells of the tasks of the page since it was asked last, in milliseconds: how many above
// 50, and the longest.
func (p *tab) longest() (n, longest int) {
	p.t.Helper()
	for _, d := range ask[[]int](p, "longTasks.splice(0)") {
		n, longest = n+1, max(longest, d)
	}
	return n, longest
}

// project has the project that opens with the next load be an empty one that is read at an input
// size and learnt with the usual head, so that a test need not set it by hand.
func (p *tab) project(json string) {
	p.t.Helper()
	p.saved()
	p.inStore("projects notes", `
		const project = `+json+`;
		t.objectStore("projects").put(JSON.stringify(project), [project.id]);
		t.objectStore("notes").put(project.id, ["open"]);`)
	p.do(chromedp.Reload())
	p.wait("ready")
}

// empty is a project without photos that reads them at an input size, and learns them by itself or
// not.
func empty(size int, auto bool) string {
	return fmt.Sprintf(`{format: 1, id: "crowd", name: "Crowd", created: new Date(), saved: new Date(), classes: [],
		settings: {size: %d, once: true, head: "auto", seed: 1, weigh: true, unknown: true, alarms: 0.05, auto: %v}, versions: null}`, size, auto)
}

// TestCrowd reads and learns very many real photos and tells of pace, memory and the page's tasks
// on the way.
func TestCrowd(t *testing.T) {
	if *crowd == "" {
		return // it takes many minutes: -crowd FOLDER runs it
	}
	folder, err := filepath.Abs(*crowd)
	if err != nil {
		t.Fatal(err)
	}
	p := teach(t, "", tasks, weighing)
	p.project(empty(*crowdSize, true))
	p.longest()
	start := time.Now()
	stop := p.profiled("taken")
	p.pick("Add folders", folder)
	t.Logf("the browser has the files after %.1f s", time.Since(start).Seconds())
	p.untilWithin(5*time.Minute, `document.querySelector("#reading-bar")`)
	p.untilWithin(5*time.Minute, `!document.querySelector("#gathering-bar")`)
	stop()
	n, longest := p.longest()
	t.Logf("all files are there after %.1f s; tasks above 50 ms: %d, the longest %d ms", time.Since(start).Seconds(), n, longest)
	start = time.Now()
	if *crowdStop > 0 { // of all of them it would be too long
		stop = p.profiled("read")
		defer func() { stop() }()
	}
	last, lastTime := 0, start
	for end := start.Add(time.Hour); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		done := ask[int](p, `document.querySelector("#reading-bar") ? Number(document.querySelector("#reading-bar").value) : -1`)
		if done < 0 {
			break
		}
		if done >= last+1000 {
			now := time.Now()
			n, longest := p.longest()
			t.Logf("%6d photos, %5.1f s: %.2f ms a photo; %d elements; tasks above 50 ms: %d, the longest %d ms; %s", done, now.Sub(start).Seconds(),
				1000*now.Sub(lastTime).Seconds()/float64(done-last), ask[int](p, "document.querySelectorAll('*').length"), n, longest, p.weigh())
			last, lastTime = done, time.Now()
		}
		if *crowdStop > 0 && done >= *crowdStop {
			return
		}
	}
	t.Logf("read after %.1f s; %s", time.Since(start).Seconds(), p.weigh())
	start = time.Now()
	for end := start.Add(time.Hour); time.Now().Before(end); time.Sleep(2 * time.Second) {
		said := ask[string](p, `document.querySelector("[aria-label=Learning]").textContent`)
		if strings.Contains(said, "Version 1") {
			break
		}
		if strings.Contains(said, "could not learn") {
			t.Fatal(said)
		}
	}
	n, longest = p.longest()
	t.Logf("learnt after %.1f s: %s; tasks above 50 ms: %d, the longest %d ms", time.Since(start).Seconds(), ask[string](p, `document.querySelector("[aria-label=Learning]").textContent`), n, longest)
	t.Log(p.weigh())
	p.saved()
	p.results()
	p.find("heading", "What is taken for what")
	start = time.Now()
	p.do(chromedp.Reload())
	p.until(`document.querySelector(".balance")?.textContent.includes("classes")`)
	n, longest = p.longest()
	t.Logf("opened again after %.1f s; tasks above 50 ms: %d, the longest %d ms", time.Since(start).Seconds(), n, longest)
}

// manyClasses writes a folder for each of n classes, each with a few small photos: the same part of
// a photo in one colour, shifted a little.
func manyClasses(t *testing.T, n, photos int) string {
	t.Helper()
	dir := t.TempDir()
	var wholes []image.Image
	for _, thing := range things {
		data, err := os.ReadFile(filepath.Join(*photoFolder, thing.photo))
		if err != nil {
			t.Fatal(err)
		}
		wholes = append(wholes, decoded(t, data))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for class := range n {
		folder := filepath.Join(dir, fmt.Sprintf("Class %03d", class))
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		whole := wholes[class%len(wholes)]
		b := whole.Bounds()
		side := min(b.Dx(), b.Dy()) / 3
		x, y := b.Min.X+r.IntN(b.Dx()-side-8), b.Min.Y+r.IntN(b.Dy()-side-8)
		tint := [3]int{100 + r.IntN(156), 100 + r.IntN(156), 100 + r.IntN(156)}
		for k := range photos {
			m := image.NewRGBA(image.Rect(0, 0, 64, 64))
			draw.ApproxBiLinear.Scale(m, m.Bounds(), whole, image.Rect(x, y, x+side, y+side).Add(image.Pt(r.IntN(8), r.IntN(8))), draw.Src, nil)
			for i := range m.Pix {
				if i%4 < 3 {
					m.Pix[i] = byte(int(m.Pix[i]) * tint[i%4] / 255)
				}
			}
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d-%d.jpg", class, k)), asJPEG(t, m, 85), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestFiveHundredClasses adds as many classes as a project holds. They are learnt to the end where
// -crowd is set.
func TestFiveHundredClasses(t *testing.T) {
	long(t)
	p := teach(t, "", tasks)
	p.project(empty(64, *crowd != ""))
	told := func(what string) {
		n, longest := p.longest()
		t.Logf("%s: tasks above 50 ms: %d, the longest %d ms", what, n, longest)
	}
	folder := manyClasses(t, 500, 2)
	p.pick("Add folders", folder)
	p.until(`document.querySelector(".balance")?.textContent.startsWith("500 classes, 1,000 photos")`)
	told("added")
	// They can be looked through while they are read.
	p.fill("searchbox", "Find a class", "class 49")
	p.until(`document.querySelectorAll("li.class").length === 10 && /10 of 500 classes/.test(document.body.textContent)`)
	p.fill("searchbox", "Find a class", "")
	p.until(`document.querySelectorAll("li.class").length > 10`)
	if n := ask[int](p, `document.querySelectorAll("li.class").length`); n > 100 {
		t.Errorf("%d classes are shown at once", n)
	}
	told("searched")
	if *shots != "" {
		p.shoot("teach-500-classes")
	}
	p.until(`!document.querySelector("#reading-bar")`)
	told("read")
	p.saved()
	p.until(`/Class \d+ has 1 photo|Class \d+ has 2 photos/.test(document.querySelector(".balance").textContent)`)
	if *crowd == "" {
		p.click("button", "Learn now")
		p.until(`document.querySelector("[aria-label=Learning] progress")`)
		p.click("button", "Stop")
		p.until(`!document.querySelector("[aria-label=Learning] progress")`)
	} else {
		start := time.Now()
		for !ask[bool](p, `/Version 1/.test(document.querySelector("[aria-label=Learning]").textContent)`) {
			time.Sleep(time.Second)
		}
		t.Logf("learnt after %.1f s", time.Since(start).Seconds())
		told("learnt")
		p.results()
		p.find("heading", "What is taken for what")
		if n := ask[int](p, `document.querySelectorAll(".matrix td").length`); n > 1000 {
			t.Errorf("the matrix has %d cells", n)
		}
		told("results")
		paths := photosIn(t, folder)
		if answers := p.pagesAnswers([]string{paths[0], paths[500], paths[999]}); len(answers) != 3 {
			t.Errorf("the page answers %v", answers)
		}
		told("tried")
	}
	p.saved()
	p.do(chromedp.Reload())
	p.wait("ready")
	p.until(`document.querySelector(".balance")?.textContent.startsWith("500 classes, ")`)
	told("opened again")
}
