package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// fakeFolder has the picker of folders give one of the page's private file system, and lets a test
// take the permission to change it back: after so many changes as are left, all are refused, until
// the page asks for the permission and is given it.
const fakeFolder = `
	window.left = Infinity;
	window.answer = "granted";
	window.season = async () => (await navigator.storage.getDirectory()).getDirectoryHandle("season", {create: true});
	window.showDirectoryPicker = () => window.season();
	for (const [of, what] of [[FileSystemFileHandle, "move"], [FileSystemFileHandle, "createWritable"], [FileSystemDirectoryHandle, "removeEntry"]]) {
		const real = of.prototype[what];
		of.prototype[what] = function (...rest) {
			if (window.left-- <= 0) return Promise.reject(new DOMException("The permission was taken back.", "NotAllowedError"));
			return real.apply(this, rest);
		};
	}
	FileSystemHandle.prototype.requestPermission = async () => {
		if (window.answer === "granted") window.left = Infinity;
		return window.answer;
	};
	window.give = async (files) => {
		for (const [path, text] of files) {
			let at = await window.season();
			const parts = path.split("/");
			for (const part of parts.slice(0, -1)) at = await at.getDirectoryHandle(part, {create: true});
			const to = await (await at.getFileHandle(parts.at(-1), {create: true})).createWritable();
			await to.write(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
			await to.close();
		}
		return true;
	};
	window.all = async () => {
		const out = {};
		const walk = async (at, above) => {
			for await (const one of at.values()) {
				if (one.kind === "directory") {
					out[above + one.name + "/"] = "";
					await walk(one, above + one.name + "/");
					continue;
				}
				const bytes = new Uint8Array(await (await one.getFile()).arrayBuffer());
				let text = "";
				for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
				out[above + one.name] = btoa(text);
			}
		};
		await walk(await window.season(), "");
		return out;
	};
`

// puts writes files into the fake folder.
func (p *tab) puts(files map[string][]byte) {
	p.t.Helper()
	var list []string
	for _, path := range slices.Sorted(maps.Keys(files)) {
		list = append(list, fmt.Sprintf("[%q, %q]", path, base64.StdEncoding.EncodeToString(files[path])))
	}
	ask[bool](p, "window.give(["+strings.Join(list, ",")+"])")
}

// inFolder is what the fake folder has, with its folders, which end in /.
func (p *tab) inFolder() map[string]string {
	p.t.Helper()
	out := ask[map[string]string](p, "window.all()")
	for path, text := range out {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			p.t.Fatal(err)
		}
		out[path] = string(data)
	}
	return out
}

const oldSidecar = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>`

// seasonFiles are photos in folders, a sidecar and something else.
func seasonFiles(t *testing.T) map[string][]byte {
	t.Helper()
	at := func(name string) []byte { return load(t, filepath.Join(*photoFolder, name))[0].data }
	return map[string][]byte{
		"koala.jpg": at("koala.jpg"), "panda.jpg": at("panda.jpg"), "trap 1/IMG_1.jpg": at("goldfish.jpg"), "trap 2/IMG_1.jpg": at("goldfish.jpg"),
		"koala.jpg.xmp": []byte(oldSidecar), "notes.txt": []byte("milk"),
	}
}

// work opens the fake folder with its four photos.
func work(t *testing.T, scripts ...string) *tab {
	t.Helper()
	p := show(t, serve(t), "size=128", append([]string{fakeFolder}, scripts...)...)
	p.wait("ready")
	p.puts(seasonFiles(t))
	p.click("button", "Work in a folder")
	p.settle(4)
	p.find("heading", "Photos of “season”")
	p.lower()
	return p
}

// lower makes every best name sure.
func (p *tab) lower() {
	p.t.Helper()
	p.on(p.find("slider", "A name is sure from"), `function () {
		this.value = 5;
		this.dispatchEvent(new Event("input", {bubbles: true}));
		this.dispatchEvent(new Event("change", {bubbles: true}));
	}`)
	p.until(`document.querySelector("#folder-counts").textContent.startsWith("4 photos with a sure name, 0 unsure")`)
}

// plans chooses what is to be done, and shows what will happen.
func (p *tab) plans(action, want string) {
	p.t.Helper()
	p.click("radio", action)
	p.click("button", "Show what will happen")
	p.until(`document.querySelector("#folder-summary")`)
	if got := ask[string](p, `document.querySelector(".archive-plan").innerText`); !strings.Contains(got, want) {
		p.t.Errorf("the plan says %q, without %q", got, want)
	}
}

func (p *tab) tells(want string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`(document.querySelector("#folder-told")?.textContent || "").includes(%q)`, want))
}

// undoes takes back what was done last.
func (p *tab) undoes() {
	p.t.Helper()
	p.on(p.findAll("button", "")[0], `function () { document.querySelector("[id^=folder-undo-]").click(); }`)
}

func (p *tab) holds(want map[string]string) {
	p.t.Helper()
	got := p.inFolder()
	for path := range want {
		if got[path] != want[path] {
			p.t.Errorf("%s holds %.80q, want %.80q", path, got[path], want[path])
		}
	}
	for path := range got {
		if _, there := want[path]; !there {
			p.t.Errorf("%s is there too", path)
		}
	}
}

// Photos of a folder are moved into folders by their names, in one step where the browser does that
// and by copies where not; all goes back, also after the page was loaded again.
func TestMoveInAFolder(t *testing.T) {
	for _, c := range []struct {
		name    string
		scripts []string
	}{{"in one step", nil}, {"by copies", []string{"delete FileSystemFileHandle.prototype.move;"}}} {
		t.Run(c.name, func(t *testing.T) {
			scripts := c.scripts
			if scripts != nil { // it is wrapped before
				scripts = []string{"FileSystemFileHandle.prototype.move = undefined;"}
			}
			p := work(t, scripts...)
			before := p.inFolder()
			p.plans("Move photos into folders", "goldfish/IMG_1-2.jpg")
			p.holds(before)
			p.click("button", "Move 4 photos")
			p.tells("Moved 4 photos.")
			after := p.inFolder()
			if after["goldfish/IMG_1.jpg"] != before["trap 1/IMG_1.jpg"] || after["goldfish/IMG_1-2.jpg"] != before["trap 2/IMG_1.jpg"] || after["koala/koala.jpg.xmp"] != oldSidecar {
				t.Errorf("the folder has %q", slices.Sorted(maps.Keys(after)))
			}
			if _, there := after["koala.jpg"]; there {
				t.Error("a photo is still where it was")
			}
			// The cards are of the files where they lie now.
			p.click("button", "Look closer at koala.jpg")
			p.until(`document.querySelector("dialog img")?.naturalWidth > 0`)
			p.click("button", "Close")
			if c.scripts == nil {
				p.do(chromedp.Reload())
				p.wait("ready")
				p.until(`document.querySelector("[id^=folder-undo-]")`)
			}
			p.undoes()
			p.tells("All is as it was.")
			p.holds(before)
			p.until(`!document.querySelector("[id^=folder-undo-]")`)
		})
	}
}

// Names are written into sidecars beside the photos, what was in them stays, and all goes back.
func TestSidecarsInAFolder(t *testing.T) {
	p := work(t)
	before := p.inFolder()
	p.plans("Write names beside the photos", "koala.jpg.xmp")
	p.click("button", "Write 4 sidecars")
	p.tells("Wrote 4 sidecars.")
	after := p.inFolder()
	for path, want := range map[string]string{"koala.jpg.xmp": "koala", "panda.jpg.xmp": "giant panda", "trap 1/IMG_1.jpg.xmp": "goldfish"} {
		if !strings.Contains(after[path], "<rdf:li>"+want) {
			t.Errorf("%s holds %q", path, after[path])
		}
	}
	if !strings.Contains(after["koala.jpg.xmp"], `xmp:Rating="4"`) {
		t.Errorf("what was in the sidecar is gone: %q", after["koala.jpg.xmp"])
	}
	for path := range before {
		if !strings.HasSuffix(path, ".xmp") && after[path] != before[path] {
			t.Errorf("%s was changed", path)
		}
	}
	p.plans("Write names beside the photos", "are put into 4 that are there")
	p.click("button", "Write 4 sidecars")
	p.tells("4 sidecars needed no change.")
	p.undoes()
	p.tells("All is as it was.")
	p.holds(before)
}

// Photos that come into a folder are named as they come, whether the browser tells of them or not.
func TestAFolderThatGrows(t *testing.T) {
	long(t)
	for name, scripts := range map[string][]string{"told": nil, "looked at": {"delete window.FileSystemObserver;"}} {
		t.Run(name, func(t *testing.T) {
			p := work(t, scripts...)
			tells := ask[bool](p, `"FileSystemObserver" in window`)
			if says := ask[string](p, `document.querySelector("#folder-state").textContent`); strings.Contains(says, "every few seconds") == tells {
				t.Errorf("with an observer %v it says %q", tells, says)
			}
			one := load(t, filepath.Join(*photoFolder, "cat.png"))[0].data
			p.puts(map[string][]byte{"trap 3/cat.png": one, "trap 3/more.txt": []byte("no photo")})
			cards := p.settle(5)
			if cards[4].File != "cat.png" || cards[4].Label == "" {
				t.Errorf("the new card is %+v", cards[4])
			}
			p.click("checkbox", "Watch the folder")
			p.until(`document.querySelector("#folder-state").textContent.startsWith("New photos are not looked for")`)
		})
	}
}

// Where the permission goes half-way, the page says what was done; it can go on or go back.
func TestPermissionIsTakenBack(t *testing.T) {
	p := work(t)
	before := p.inFolder()
	p.plans("Move photos into folders", "goldfish/IMG_1.jpg")
	ask[any](p, `(window.left = 2, window.answer = "granted", FileSystemHandle.prototype.requestPermission = async () => { if (window.asked) window.left = Infinity; window.asked = true; return window.answer; }, 0)`)
	p.click("button", "Move 4 photos")
	p.until(`document.querySelector(".archive-halted")`)
	if says := ask[string](p, `document.querySelector(".archive-halted").innerText`); !strings.Contains(says, "does not let the page change this folder any more") || !strings.Contains(says, "Moved 1 photo.") || !strings.Contains(says, "3 of 4 are still to be done.") {
		t.Errorf("it says %q", says)
	}
	p.click("button", "Go on")
	p.tells("Moved 4 photos.")
	ask[any](p, `(window.left = 2, window.asked = false, 0)`)
	p.undoes()
	p.until(`document.querySelector(".archive-halted")`)
	ask[any](p, `(window.answer = "denied", 0)`)
	p.click("button", "Go on")
	p.until(`document.querySelector(".archive-halted")?.innerText.includes("does not let the page change the folder “season”")`)
	ask[any](p, `(window.answer = "granted", 0)`)
	p.click("button", "Go on")
	p.tells("All is as it was.")
	p.holds(before)
}

// unpacked reads a zip with Go's reader, which checks every sum.
func unpacked(t *testing.T, data []byte) map[string]string {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		out[f.Name] = string(text)
	}
	return out
}

// keepsIn has the browser save files in a folder.
func (p *tab) keepsIn(folder string) {
	p.t.Helper()
	p.must(func(ctx context.Context) error { return p.browser.downloads(ctx, folder) })
}

// A browser that gives no folder to pages gets a zip of a folder that was picked, with sidecars.
func TestZipOfAPickedFolder(t *testing.T) {
	long(t)
	p := show(t, serve(t), "size=128", "delete window.showDirectoryPicker;")
	p.wait("ready")
	downloads, folder := t.TempDir(), filepath.Join(t.TempDir(), "season")
	p.keepsIn(downloads)
	files := seasonFiles(t)
	for path, data := range files {
		at := filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.findAll("button", "Work in a folder")) != 0 {
		t.Error("it offers to work in a folder")
	}
	p.pick("Add a folder", folder)
	p.settle(4)
	p.click("button", "Sort by name")
	p.lower()
	p.plans("Make a zip of folders", "goldfish/IMG_1-2.jpg")
	p.click("button", "Make the zip")
	p.tells("Put 4 photos into the zip.")
	got := unpacked(t, downloaded(t, downloads, "*.zip"))
	for path, want := range map[string][]byte{"koala/koala.jpg": files["koala.jpg"], "giant panda/panda.jpg": files["panda.jpg"], "goldfish/IMG_1.jpg": files["trap 1/IMG_1.jpg"], "goldfish/IMG_1-2.jpg": files["trap 2/IMG_1.jpg"]} {
		if got[path] != string(want) {
			t.Errorf("%s has %d bytes, want %d; the zip has %q", path, len(got[path]), len(want), slices.Sorted(maps.Keys(got)))
		}
	}
	if s := got["koala/koala.jpg.xmp"]; !strings.Contains(s, "<rdf:li>koala") || !strings.Contains(s, `xmp:Rating="4"`) {
		t.Errorf("the sidecar holds %q", s)
	}
	if len(got) != 8 {
		t.Errorf("the zip has %q", slices.Sorted(maps.Keys(got)))
	}
}

// TestFolderShots takes pictures of the panel.
func TestFolderShots(t *testing.T) {
	if *shots == "" {
		return
	}
	for _, screen := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"light", 1280, 1400, false}, {"dark", 1280, 1400, true}, {"phone", 390, 1600, false}, {"phone-320-dark", 320, 1800, true}} {
		p := work(t)
		p.do(chromedp.EmulateViewport(screen.width, screen.height))
		if screen.dark {
			call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		}
		if *axe != "" {
			script, err := os.ReadFile(*axe)
			if err != nil {
				t.Fatal(err)
			}
			ask[any](p, string(script)+";0")
		}
		top := func() {
			if *axe != "" {
				t.Logf("%s: %s", screen.name, ask[string](p, `axe.run("#folder").then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 160) + " " + n.failureSummary)])))`))
			}
			ask[any](p, `(document.querySelector("#folder").scrollIntoView(), 0)`)
		}
		top()
		p.shoot("folder-" + screen.name + "-table")
		p.plans("Move photos into folders", "")
		top()
		p.shoot("folder-" + screen.name + "-plan")
		ask[any](p, `(window.left = 2, FileSystemHandle.prototype.requestPermission = async () => "granted", 0)`)
		p.click("button", "Move 4 photos")
		p.until(`document.querySelector(".archive-halted")`)
		top()
		p.shoot("folder-" + screen.name + "-halted")
		ask[any](p, `(window.left = Infinity, 0)`)
		p.click("button", "Go on")
		p.tells("Moved 4")
		top()
		time.Sleep(200 * time.Millisecond)
		p.shoot("folder-" + screen.name + "-done")
	}
}
