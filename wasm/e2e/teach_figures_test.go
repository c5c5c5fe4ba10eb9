package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var figures = flag.String("figures", "", "folder with the folders train and test, a folder a class in each, for TestFiguresInThePage")

// TestFiguresInThePage leaves everything to the page: it is given the photos of train, chooses for
// itself, and names those of test. It tells how many are right, what was chosen, and how long each
// stage took; the program's answers with the same file are held beside. core/training/FIGURES.md
// says how it is run.
func TestFiguresInThePage(t *testing.T) {
	if *figures == "" {
		return // it takes minutes
	}
	folder, err := filepath.Abs(*figures)
	if err != nil {
		t.Fatal(err)
	}
	if *shots != "" {
		if err := os.MkdirAll(*shots, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p := teachAsIs(t, "")
	saves := p.downloads()
	start := time.Now()
	p.pick("Add folders", filepath.Join(folder, "train"))
	last, said := "", map[string]bool{}
	for still := 0; still < 20; time.Sleep(100 * time.Millisecond) {
		if time.Since(start) > 20*time.Minute {
			t.Fatal("after 20 minutes the page is not done")
		}
		text := ask[string](p, `[document.querySelector("[aria-label='Reading photos'] label"), document.querySelector("[aria-label=Learning]")].map((e) => e?.textContent || "").join(" | ")`)
		stage := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, text)
		if stage != last && !said[stage] {
			last, said[stage] = stage, true
			t.Logf("%6.1f s: %s", time.Since(start).Seconds(), text)
			if *shots != "" {
				p.shoot(fmt.Sprintf("figures-%02d", len(said)))
			}
		}
		still++
		if ask[string](p, "document.documentElement.dataset.state") != "ready" {
			still = 0
		}
	}
	t.Logf("%6.1f s: done", time.Since(start).Seconds()-2)
	p.saved()
	for _, tab := range []string{"Results", "Versions", "Settings", "Photos"} {
		p.click("tab", tab)
		if *shots != "" {
			p.shoot("figures-" + strings.ToLower(tab))
		}
		if tab == "Versions" {
			t.Log(ask[string](p, `[...document.querySelectorAll("li.version")].map((li) => li.innerText.replaceAll("\n", " · ")).join("\n")`))
		}
		if tab == "Results" {
			t.Log(ask[string](p, `[...document.querySelectorAll("[aria-labelledby=tried-title] tbody tr")].map((li) => li.innerText.replaceAll("\n", " · ")).join("\n")`))
		}
	}

	photos := photosIn(t, filepath.Join(folder, "test"))
	p.click("tab", "Try it")
	start = time.Now()
	p.pick("Name photos", photos...)
	for ask[int](p, `document.querySelectorAll("[data-tried][data-label], [data-tried][data-stage=failed]").length`) < len(photos) {
		if time.Sleep(100 * time.Millisecond); time.Since(start) > 10*time.Minute {
			t.Fatal("after 10 minutes the test photos are not named")
		}
	}
	took := time.Since(start)
	named := ask[map[string]string](p, `Object.fromEntries([...document.querySelectorAll("[data-tried]")].map((li) => [li.dataset.tried, li.querySelector("dt")?.textContent]))`)
	right := 0
	for _, path := range photos {
		if named[filepath.Base(path)] == filepath.Base(filepath.Dir(path)) {
			right++
		}
	}
	t.Logf("the page names %d of %d test photos right, %.3f, in %.1f s", right, len(photos), float64(right)/float64(len(photos)), took.Seconds())
	if *shots != "" {
		ask[bool](p, `document.querySelector("[data-do=tried-open]").click(), true`)
		p.click("button", "Heat map")
		p.until(`document.querySelector("img.heat")`)
		p.shoot("figures-heat")
		p.click("button", "Close")
	}
	p.click("button", "Start the camera")
	time.Sleep(8 * time.Second)
	t.Logf("the camera's pictures are answered %s times a second: %s", ask[string](p, `document.querySelector(".live-answer").dataset.rate`), ask[string](p, `document.querySelector(".live-answer").innerText`))
	p.click("button", "Stop the camera")
	p.fill("textbox", "Name of the project", "Figures")
	p.saved()
	p.saveAs(saves, "Figures.homeroom")
	var judged struct {
		TestAccuracy float64 `json:"test_accuracy"`
		Report       struct {
			ECE     float64
			Unknown int
		}
	}
	if err := json.Unmarshal(homeroom(t, "eval", "--json", "--head", filepath.Join(saves, "Figures.homeroom"), "--test", filepath.Join(folder, "test")), &judged); err != nil {
		t.Fatal(err)
	}
	t.Logf("the program, with the page's file: %.3f, calibration error %.3f, %d answered unknown", judged.TestAccuracy, judged.Report.ECE, judged.Report.Unknown)
}
