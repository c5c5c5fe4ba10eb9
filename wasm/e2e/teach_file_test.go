package e2e

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/project"
	"homeroom/core/training"
)

// openMenu opens the menu of the project.
func (p *tab) openMenu() {
	p.t.Helper()
	ask[bool](p, `document.querySelector("details[data-menu]").open = true`)
}

func TestProjectFile(t *testing.T) {
	p := teach(t, "")
	folder := p.downloads()
	p.twoClasses(5)
	p.fill("textbox", "Name of the project", "Pets")
	p.click("tab", "Try it")
	query := variants(t, "cat.png", 1, 90)[0]
	p.drop(query)
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 1`)
	scores := func() string {
		return ask[string](p, `[...document.querySelectorAll("[data-tried] dl div")].map((d) => d.textContent).join()`)
	}
	before := scores()
	data := p.saveAs(folder, "Pets.homeroom")

	// The program reads it.
	read, err := project.Read("Pets.homeroom", data, project.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if read.Name != "Pets" || len(read.Bank.Photos) != 10 || len(read.Bank.Classes) != 2 || read.Head() == nil || len(read.Thumbs) != 10 {
		t.Errorf("the program reads %q with %d photos, %d classes, %d thumbnails", read.Name, len(read.Bank.Photos), len(read.Bank.Classes), len(read.Thumbs))
	}

	// It chooses the same kind of head from the same photos and settings, and finds it as good.
	again, err := training.Fit(t.Context(), read.Bank, training.Config{Seed: 1, FalseAlarms: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	if v := read.Version(read.Current); again.Best.Kind != v.Best.Kind || again.Valid.Accuracy != v.Valid.Accuracy || math.Abs(again.Valid.Loss-v.Valid.Loss) > 0.01 || len(again.Tried) != len(v.Tried) {
		t.Errorf("the program chooses %s of %d with the loss %.4f, the page chose %s of %d with %.4f",
			again.Best.Kind, len(again.Tried), again.Valid.Loss, v.Best.Kind, len(v.Tried), v.Valid.Loss)
	}

	// Gone, and back from the file.
	p.openMenu()
	p.click("button", "Delete this project")
	p.until(`/Deleted the project Pets/.test(document.body.textContent)`)
	p.saved()
	if n := ask[int](p, `document.querySelectorAll(".class").length`); n != 0 {
		t.Fatalf("%d classes are left after the project was deleted", n)
	}
	// A file that is none, and one that is damaged, are refused, and change nothing.
	bad := append([]byte(nil), data...)
	bad[len(bad)/2] ^= 0xff
	for name, content := range map[string][]byte{"letter.homeroom": []byte("Dear Sir"), "damaged.homeroom": bad} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		p.openMenu()
		p.pick("Open a project file", path)
		p.until(`/` + name + `/.test([...document.querySelectorAll(".notice")].map((n) => n.textContent).join())`)
	}
	p.openMenu()
	p.pick("Open a project file", filepath.Join(folder, "Pets.homeroom"))
	p.find("textbox", "Name of the class Cats")
	p.saved()
	if got := p.photosOf("Cats"); len(got) != 5 {
		t.Errorf("the class came back with %q", got)
	}
	if v := p.version(); v != 1 {
		t.Errorf("version %d is in use", v)
	}
	p.click("tab", "Try it")
	p.drop(query)
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 1`)
	if after := scores(); after != before {
		t.Errorf("the file answers %s, the page had answered %s", after, before)
	}
	p.reloads()
	p.wait("ready")
	if name := ask[string](p, `document.querySelector("#project-name").value`); name != "Pets" {
		t.Errorf("after a reload the project %q is open", name)
	}
}

func TestProjectsSideBySide(t *testing.T) {
	p := teach(t, "")
	p.addClass("Cats")
	p.give("Cats", variants(t, "cat.png", 2, 1)...)
	p.until(`document.querySelector(".class-count").textContent.startsWith("2 photos")`)
	p.saved()
	p.openMenu()
	p.click("button", "New project")
	p.until(`!document.querySelector(".class")`)
	p.fill("textbox", "Name of the project", "Second")
	p.addClass("Fish")
	p.saved()
	p.openMenu()
	p.click("button", "My classes 1 class, 2 photos")
	p.find("textbox", "Name of the class Cats")
	p.openMenu()
	p.click("button", "Delete this project")
	p.find("textbox", "Name of the class Fish")
	p.click("button", "Bring it back")
	p.find("textbox", "Name of the class Cats")
	p.saved()
	p.reloads()
	p.wait("ready")
	if got := p.photosOf("Cats"); len(got) != 2 || !strings.HasPrefix(got[0], "cat") {
		t.Errorf("after all that the class has %q", got)
	}
}

func TestCameraTeachesAndIsNamedLive(t *testing.T) {
	p := teach(t, "")
	p.addClass("Seen")
	p.addClass("Fish")
	p.give("Fish", variants(t, "goldfish.jpg", 6, 2)...)
	p.click("button", "Camera for Seen")
	p.until(`document.querySelector("#camera")?.videoWidth > 0 && !document.querySelector("[data-hold]").disabled`)

	// Held by keyboard.
	p.on(p.find("button", "Hold to record"), "function () { this.focus(); }")
	p.on(p.find("button", "Hold to record"), `function () { this.dispatchEvent(new KeyboardEvent("keydown", {key: " ", bubbles: true, cancelable: true})); }`)
	p.until(`parseInt(document.querySelector(".taken").textContent) >= 3`)
	p.on(p.find("button", "Hold to record"), `function () { this.dispatchEvent(new KeyboardEvent("keyup", {key: " ", bubbles: true, cancelable: true})); }`)
	p.until(`!document.querySelector(".on-air")`)

	// For a set time.
	p.fill("combobox", "Wait before", "0")
	p.fill("combobox", "For", "2")
	taken := ask[int](p, `parseInt(document.querySelector(".taken").textContent)`)
	p.click("button", "Record for 2 seconds")
	p.until(`document.querySelector(".on-air")`)
	p.until(`!document.querySelector(".on-air")`)
	all := ask[int](p, `parseInt(document.querySelector(".taken").textContent)`)
	if all <= taken {
		t.Errorf("a timed burst took %d photos", all-taken)
	}
	p.click("button", "Close the camera")
	p.until(`!document.querySelector("dialog[open]")`)
	p.learnt(1)
	if n := ask[int](p, `parseInt(document.querySelector(".class-count").textContent)`); n < 3 || n > all+1 { // one that was being taken as the burst ended counts after that
		t.Errorf("of %d photos that were taken the class has %d", all, n)
	}

	p.click("tab", "Try it")
	p.click("button", "Start the camera")
	p.until(`document.querySelector(".live-answer .answer") && parseFloat(document.querySelector(".live-answer").dataset.rate) > 0`)
	if got := ask[string](p, `document.querySelector(".live-answer .answer").textContent`); got != "Seen" && got != "Unknown" {
		t.Errorf("what the camera sees is called %q", got)
	}
	ask[bool](p, `new Promise((done) => setTimeout(() => done(true), 2000))`)
	t.Logf("%s answers a second", ask[string](p, `document.querySelector(".live-answer").dataset.rate`))
	p.click("button", "Stop the camera")
	p.find("button", "Start the camera")
}

func TestHeatMapSizesAndSettings(t *testing.T) {
	p := teach(t, "workers=2")
	p.twoClasses(5)
	p.click("button", p.called("goldfish 2.jpg"))
	p.find("dialog", "goldfish 2.jpg")
	p.click("button", "Heat map")
	p.until(`document.querySelector("img.heat")`)
	p.find("image", "Heat map: what speaks for Fish")
	p.press("\x1b")
	p.until(`!document.querySelector("dialog[open]")`)

	p.results()
	p.click("button", "5 photos of Cats, named Cats")
	p.find("heading", "Cats, named right")
	if n := ask[int](p, `document.querySelectorAll("[aria-label='Cats named Cats'] li").length`); n != 5 {
		t.Errorf("the cell shows %d photos of 5", n)
	}
	p.click("button", "Find out")
	p.until(`!/Find out/.test(document.body.textContent) && !document.querySelector("#curve-bar")`)

	p.click("tab", "Settings")
	p.fill("combobox", "Input size", "128")
	p.learnt(2)
	p.fill("spinbutton", "Seed", "5")
	p.learnt(3)
	p.click("tab", "Versions")
	said := ask[string](p, `document.querySelector("[data-version='3']").textContent`)
	if !strings.Contains(said, "at 128 px") {
		t.Errorf("version 3 is %s", said)
	}
	p.click("tab", "Settings")
	p.click("button", "Find the best size")
	p.until(`document.querySelectorAll(".size-search tbody tr").length >= 3`)
	p.click("button", "Stop")
	p.find("button", "Find the best size")
	p.find("button", "Use 128 px")
	p.saved()

	// Mirrored and whole as well: learnt anew, and still answered.
	newest := p.version()
	p.fill("combobox", "How often to look at each photo", "three")
	p.learnt(newest + 1)
	p.click("tab", "Try it")
	p.drop(variants(t, "goldfish.jpg", 1, 91)[0])
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 1`)
}

// TestOpeningCutShort: what a tab left that was closed while it opened a project file is deleted,
// unless that may still be going on.
func TestOpeningCutShort(t *testing.T) {
	p := teach(t, "")
	p.twoClasses(3)
	p.saved()
	before := p.stored("features")
	leave := func(since string) {
		p.inStore("features thumbs notes", `
			for (let i = 1; i <= 20; i++) {
				t.objectStore("features").put(new ArrayBuffer(16), ["ghost", "net@1", i]);
				t.objectStore("thumbs").put(new Blob(["x"]), ["ghost", i]);
			}
			t.objectStore("notes").put("ghost " + (`+since+`), ["opening"]);`)
		p.reloads()
		p.wait("ready")
		p.find("textbox", "Name of the class Cats")
	}
	leave("Date.now() - 60000")
	if n := p.stored("features"); n != before+20 {
		t.Errorf("of a file that another tab may be opening %d feature vectors are left, of 20", n-before)
	}
	leave("Date.now() - 2 * 3600000")
	if n := p.stored("features"); n != before {
		t.Errorf("of a file whose opening was cut short %d feature vectors are left", n-before)
	}
	if n := p.stored("thumbs"); n != 6 {
		t.Errorf("there are %d thumbnails of 6 photos", n)
	}
}
