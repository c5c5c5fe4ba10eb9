package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/profiler"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/project"
)

var (
	large        = flag.Int("large", 0, "photos of a large project to open and learn; 0 leaves it out")
	largeClasses = flag.Int("largeclasses", 4, "its classes")
	pageProfile  = flag.String("pageprofile", "", "how the names begin of files for profiles of the page's thread while a large project is opened, learnt, saved and opened again, or a crowd of files is taken")
)

// weighing takes down what each worker that lives said last of its program's memory, and the most
// that all of them held.
const weighing = `
	window.programs = new Map();
	window.programsMost = 0;
	const tellWorker = Worker.prototype.postMessage, endWorker = Worker.prototype.terminate;
	Worker.prototype.postMessage = function (...args) {
		if (!programs.has(this)) {
			programs.set(this, 0);
			this.addEventListener("message", (e) => {
				if (!(e.data.memory > 0)) return;
				programs.set(this, e.data.memory);
				programsMost = Math.max(programsMost, [...programs.values()].reduce((a, b) => a + b));
			});
		}
		tellWorker.apply(this, args);
	};
	Worker.prototype.terminate = function () { programs.delete(this); endWorker.call(this); };`

// A weight is what a tab holds, in megabytes.
type weight struct {
	programs string  // memory of the workers' programs
	counted  float64 // the browser's own count of the page and its workers; 0 where it gives none
	resident float64 // of the process that shows the page, in memory; 0 where the system does not tell
	anon     float64 // of that, what is no file
	peak     float64 // the most that was resident so far
}

func (w weight) String() string {
	return fmt.Sprintf("programs %s MB; the browser counts %.0f MB; the process has %.0f MB in memory, %.0f without files, %.0f at most", w.programs, w.counted, w.resident, w.anon, w.peak)
}

// weigh tells what the tab holds.
func (p *tab) weigh() weight {
	p.t.Helper()
	var w weight
	w.programs = ask[string](p, `[...programs.values()].map((n) => (n / 1e6).toFixed(0)).join(" + ") + ", at most " + (programsMost / 1e6).toFixed(0)`)
	w.counted = ask[float64](p, `performance.measureUserAgentSpecificMemory ? Promise.race([performance.measureUserAgentSpecificMemory().then((m) => m.bytes), new Promise((done) => setTimeout(() => done(0), 500))]) : 0`) / 1e6
	info, err := chromedp.CallBrowser(p.ctx, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, process := range info.ProcessInfo {
		if process.Type != "renderer" {
			continue
		}
		field := processMemory(int(process.ID))
		if r := field("VmRSS"); r > w.resident {
			w.resident, w.anon, w.peak = r, field("RssAnon")+field("RssShmem"), field("VmHWM")
		}
	}
	return w
}

// processMemory tells fields of what a process holds, in megabytes; 0 where the system does not
// tell.
func processMemory(id int) func(field string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", id))
	return func(field string) float64 {
		if err != nil {
			return 0
		}
		_, rest, _ := strings.Cut(string(text), "\n"+field+":")
		number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		kilobytes, _ := strconv.ParseFloat(number, 64)
		return kilobytes * 1024 / 1e6
	}
}

// browserWeight tells what the process of the browser itself holds that is no file, in megabytes:
// what pages make of bytes may lie there.
func (p *tab) browserWeight() float64 {
	p.t.Helper()
	info, err := chromedp.CallBrowser(p.ctx, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, process := range info.ProcessInfo {
		if process.Type == "browser" {
			field := processMemory(int(process.ID))
			return field("RssAnon") + field("RssShmem")
		}
	}
	return 0
}

// profiled takes down, where that is wanted, what the page's thread does until the function that it
// returns is called.
func (p *tab) profiled(what string) (stop func()) {
	p.t.Helper()
	if *pageProfile == "" {
		return func() {}
	}
	call(p, profiler.Enable, cdp.Empty{})
	call(p, profiler.Start, cdp.Empty{})
	return func() {
		data, err := json.Marshal(call(p, profiler.Stop, cdp.Empty{}).Profile)
		if err == nil {
			err = os.WriteFile(*pageProfile+what+".cpuprofile", data, 0o644)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

// madeProject writes a project file of made-up features, which its classes differ in, and returns
// its path.
func madeProject(t *testing.T, classes, photos int) string {
	t.Helper()
	const dim = 1280
	r := rand.New(rand.NewPCG(1, 2))
	b := new(bank.Builder)
	if _, err := b.AddSpace(feature.Space{Network: "efficientnet-lite0", Size: 224}, dim); err != nil {
		t.Fatal(err)
	}
	centres := make([][]float32, classes)
	for c := range centres {
		if _, err := b.AddClass(fmt.Sprintf("Class %03d", c+1)); err != nil {
			t.Fatal(err)
		}
		centres[c] = make([]float32, dim)
		for i := range centres[c] {
			centres[c][i] = max(0, r.Float32()-0.6)
		}
	}
	p := &project.File{Name: "Large", Created: time.Now().UnixMilli(), Saved: time.Now().UnixMilli(), Thumbs: map[uint64][]byte{}}
	for i := range photos {
		c := i % classes
		x := make([]float32, dim)
		for k, v := range centres[c] {
			x[k] = max(0, v+1.6*(r.Float32()-0.5))
		}
		q := bank.Photo{Name: fmt.Sprintf("photo %d.jpg", i+1), Class: c, Features: [][]float32{x}}
		q.Hash[0], q.Hash[1], q.Hash[2], q.Hash[3] = byte(i), byte(i>>8), byte(i>>16), 1
		if _, err := b.Add(q); err != nil {
			t.Fatal(err)
		}
	}
	p.Bank = b.Bank()
	path := filepath.Join(t.TempDir(), "large.homeroom")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := project.Write(f, p); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLargeProject opens a project file of very many photos, whose features are made up, has it
// learnt, saves it, and tells how long that took, how much the tab came to hold, and how long the
// page did not answer.
func TestLargeProject(t *testing.T) {
	if *large == 0 {
		return // it takes minutes: -large 32000 runs it
	}
	path := madeProject(t, *largeClasses, *large)
	p := teachAsIs(t, "", tasks, weighing)
	p.saved()
	folder := p.downloads()
	told := func(what string, since time.Time) {
		n, longest := p.longest()
		t.Logf("%s after %.1f s; tasks above 50 ms: %d, the longest %d ms; %s", what, time.Since(since).Seconds(), n, longest, p.weigh())
	}
	told("ready", time.Now())
	start := time.Now()
	stop := p.profiled("opened")
	p.openMenu()
	p.pick("Open a project file", path)
	p.untilWithin(10*time.Minute, fmt.Sprintf(`document.querySelector(".balance")?.textContent.includes("%d classes")`, *largeClasses))
	stop()
	told("opened", start)
	start = time.Now()
	stop = p.profiled("learnt")
	stage, last := "", start
	for end := time.Now().Add(20 * time.Minute); time.Now().Before(end); time.Sleep(2 * time.Second) {
		said := ask[string](p, `document.querySelector("[aria-label=Learning]").textContent`)
		if strings.Contains(said, "Version 1") {
			break
		}
		if strings.Contains(said, "could not learn") {
			t.Fatal(said)
		}
		if now := ask[string](p, `document.querySelector("[aria-label=Learning] label")?.textContent || ""`); now != stage || time.Since(last) > 30*time.Second {
			told(now, start)
			stage, last = now, time.Now()
		}
	}
	told("learnt", start)
	stop()
	t.Log(ask[string](p, `document.querySelector("[aria-label=Learning]").textContent`))
	p.saved()
	start = time.Now()
	p.results()
	p.find("heading", "What is taken for what")
	told("its results shown", start)
	start = time.Now()
	stop = p.profiled("saved")
	p.openMenu()
	p.click("button", "Save as a file")
	p.untilWithin(10*time.Minute, `!document.querySelector("#filing-bar") && !document.querySelector(".notice")`)
	data := downloaded(t, folder, "Large.homeroom")
	stop()
	told("saved as a file", start)
	if read, err := project.Read("Large.homeroom", data, project.Limits{}); err != nil || len(read.Bank.Photos) != *large || read.Head() == nil {
		t.Errorf("the file that was saved does not hold the project: %v", err)
	}
	start = time.Now()
	stop = p.profiled("again")
	p.do(chromedp.Reload())
	p.untilWithin(5*time.Minute, `document.documentElement.dataset.state === "ready" && document.querySelector("[aria-label=Learning]")?.textContent.includes("Version 1")`)
	stop()
	told("opened again", start)
}
