package e2e

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"homeroom/core/project"
)

// TestSingleFile opens the page as one file from the disk, names a photo, teaches, comes back to
// what was taught, and saves it.
func TestSingleFile(t *testing.T) {
	folder := t.TempDir()
	whole := filepath.Join(folder, "home room", "homeroom.html") // a blank in the path is nothing special
	cmd := exec.Command("go", "run", "./wasm/assemble", "-draft", "-wasm", filepath.Join(dist, "homeroom.wasm"), "-relaxed", filepath.Join(dist, "homeroom-relaxed.wasm"), "-sharing", filepath.Join(dist, "homeroom-sharing.wasm"), "-engine", engineOf(t),
		"-out", filepath.Join(folder, "dist"), "-single", whole)
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("assemble: %v\n%s", err, out)
	}
	address := (&url.URL{Scheme: "file", Path: filepath.ToSlash(whole)}).String()
	p := &tab{t: t, server: &server{}}
	var asked []string
	p.start([]chromedp.ContextOption{chromedp.WithNewBrowserContext(), chromedp.WithListener(func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			p.mu.Lock()
			asked = append(asked, e.Request.URL)
			p.mu.Unlock()
		}
	})})
	call(p, network.Enable, network.EnableParams{})
	p.do(chromedp.Navigate(address))
	p.wait("ready")
	photo, err := os.ReadFile(filepath.Join(*photoFolder, "koala.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	p.drop(file{"koala.jpg", "image/jpeg", photo})
	p.until(`document.querySelector("#photos [data-file='koala.jpg']")?.dataset.label === "koala"`)
	if said := ask[string](p, `document.querySelector("#engine").textContent`); !strings.Contains(said, "all in one file") {
		t.Errorf("the page says of itself: %s", said)
	}

	p.do(chromedp.Navigate(address + "#teach"))
	p.wait("ready")
	p.twoClasses(4)
	p.until(`/Version \d/.test(document.querySelector("[aria-label=Learning]").textContent)`)
	p.fill("textbox", "Name of the project", "Pets")
	p.saved()
	p.do(chromedp.Reload())
	p.wait("ready")
	p.until(`/2 classes, 8 photos/.test(document.querySelector(".balance")?.textContent)`)
	if *shots != "" {
		p.shoot("single")
	}
	downloads := p.downloads()
	read, err := project.Read("Pets.homeroom", p.saveAs(downloads, "Pets.homeroom"), project.Limits{})
	if err != nil || len(read.Bank.Photos) != 8 || read.Head() == nil {
		t.Errorf("what it saved does not hold the project: %v", err)
	}

	// The licences open in another tab, behind which this one does not draw any more.
	p.click("button", "About and licences")
	p.find("link", "All of their licences")
	ask[any](p, `document.querySelector("[data-link]").click()`)
	p.until(`document.querySelector("[data-link]").href.startsWith("blob:")`)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(asked) == 0 {
		t.Error("no request was seen, not even that of the page")
	}
	for _, a := range asked {
		if !strings.HasPrefix(a, "blob:") && !strings.HasPrefix(a, "data:") && !strings.HasPrefix(a, address) {
			t.Errorf("it asked for %s", a)
		}
	}
}
