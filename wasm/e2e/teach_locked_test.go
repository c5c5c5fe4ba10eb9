package e2e

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"homeroom/core/project"
)

// TestHostileProjectsNeverLockTheTeacherOut opens project files that take gigabytes, hang or cannot
// be shown: each is refused by its name, and what was open is there at the next visit.
func TestHostileProjectsNeverLockTheTeacherOut(t *testing.T) {
	p := teach(t, "workers=1")
	p.addClass("Mine")
	p.saved()
	paths, err := filepath.Glob("../../core/project/testdata/hostile/*.gz")
	if err != nil || len(paths) < 6 {
		t.Fatalf("%d hostile files: %v", len(paths), err)
	}
	folder := t.TempDir()
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".gz")
		packed, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(packed)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		packed.Close()
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		p.openMenu()
		p.pick("Open a project file", filepath.Join(folder, name))
		p.until(`[...document.querySelectorAll(".notice")].some((n) => n.textContent.includes("` + name + `"))`)
		p.find("textbox", "Name of the class Mine")
		p.do(chromedp.Reload())
		p.wait("ready")
		p.find("textbox", "Name of the class Mine")
	}
	for _, kind := range []string{"projects", "thumbs", "features", "heads"} {
		if n, want := p.stored(kind), map[string]int{"projects": 1}[kind]; n != want {
			t.Errorf("the store has %d %s after all were refused, want %d", n, kind, want)
		}
	}
}

// TestWhatCannotBeShownTwiceIsNotOpenedByItself has a project that ends the page whenever it is
// about to be shown.
func TestWhatCannotBeShownTwiceIsNotOpenedByItself(t *testing.T) {
	// The page stops answering as soon as the project has a name on it, and is loaded again after a
	// while, while the trap is set.
	p := teach(t, "workers=1", `let dead = false;
	new MutationObserver(() => {
		const name = document.querySelector("#project-name");
		if (name?.value === "Killer" && localStorage.trap && !dead) {
			dead = true;
			localStorage.deaths = Number(localStorage.deaths || 0) + 1;
			for (const end = performance.now() + 3500; performance.now() < end;);
			location.reload();
			throw new Error("gone");
		}
	}).observe(document, {childList: true, subtree: true, attributes: true});`)
	folder := p.downloads()
	p.expect(func(string) bool { return true })
	p.addClass("Mine")
	p.saved()
	p.openMenu()
	p.click("button", "New project")
	p.until(`!document.querySelector(".class")`)
	p.readOnce()
	p.fill("textbox", "Name of the project", "Killer")
	p.addClass("Yours")
	p.saved()
	ask[bool](p, `(localStorage.trap = "set") && true`)
	p.do(chromedp.Reload())
	p.until(`document.documentElement.dataset.state === "ready" && /could not be shown twice: open another, save its file, or remove it/.test(document.querySelector(".notice")?.textContent ?? "")`)
	p.find("textbox", "Name of the class Mine")
	if n := ask[int](p, `Number(localStorage.deaths)`); n != 2 {
		t.Errorf("it was opened %d times before another was", n)
	}
	// Another visit opens what was open last, which is another project now.
	p.saved()
	p.do(chromedp.Reload())
	p.wait("ready")
	p.find("textbox", "Name of the class Mine")

	// It can be had as a file all the same, and opened where it does no harm.
	ask[bool](p, `indexedDB.open("homeroom") && true`)
	p.inStore("notes projects", `
		const id = await new Promise((done) => {
			const all = t.objectStore("projects").getAll();
			all.onsuccess = () => done(all.result.map((text) => JSON.parse(text)).find((one) => one.name === "Killer").id);
		});
		t.objectStore("notes").put(id + " 2", ["showing"]);
		t.objectStore("notes").put(id, ["open"]);`)
	p.do(chromedp.Reload())
	p.until(`document.documentElement.dataset.state === "ready" && document.querySelector(".notice") !== null`)
	p.click("button", "Save its file")
	data := downloaded(t, folder, "Killer.homeroom")
	read, err := project.Read("Killer.homeroom", data, project.Limits{})
	if err != nil || read.Name != "Killer" || len(read.Bank.Classes) != 1 {
		t.Errorf("its file is %+v, %v", read, err)
	}
	p.click("button", "Remove it")
	p.until(`/Deleted the project Killer/.test(document.body.textContent)`)
	p.saved()
	ask[bool](p, `localStorage.removeItem("trap") ?? true`)
	p.do(chromedp.Reload())
	p.wait("ready")
	p.find("textbox", "Name of the class Mine") // the other one is open
	if n := p.stored("projects"); n != 2 {
		t.Errorf("the store has %d projects, where one of two was put into the bin", n)
	}
}
