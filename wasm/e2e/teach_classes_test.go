package e2e

import (
	"encoding/json"
	"flag"
	"math"
	"path/filepath"
	"testing"

	"homeroom/core/project"
)

var splitFolders = flag.String("splits", "", "folder with the folders train and test, a folder a class in each, to teach in the page and in the program; \"\" leaves it out")

// TestPageIsAsGoodAsTheProgram teaches many photos in the page and in the program, and holds what
// each finds out about its head together.
func TestPageIsAsGoodAsTheProgram(t *testing.T) {
	if *splitFolders == "" {
		return // it takes minutes: -splits ../photos/clothing10 runs it
	}
	type figures struct {
		Valid    float64 `json:"valid_accuracy"`
		Test     float64 `json:"test_accuracy"`
		Settings struct {
			L2 float64
		}
	}
	train, test := filepath.Join(*splitFolders, "train"), filepath.Join(*splitFolders, "test")
	var program, page figures
	file := filepath.Join(t.TempDir(), "program.homeroom")
	if err := json.Unmarshal(homeroom(t, "finetune", "--json", "--head", "linear", "--model", "efficientnet-lite0-compact", "--seed", "1", "--train", train, "--test", test, "--out", file), &program); err != nil {
		t.Fatal(err)
	}

	p := teach(t, "")
	folder := p.downloads()
	p.pick("Add folders", train) // nothing is learnt before all are read
	p.click("tab", "Settings")
	p.fill("combobox", "Head", "linear")
	p.fill("spinbutton", "Seed", "1")
	p.learnt(1)
	p.fill("textbox", "Name of the project", "Page")
	p.saved()
	read, err := project.Read("Page.homeroom", p.saveAs(folder, "Page.homeroom"), project.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	v := read.Version(read.Current)
	if err := json.Unmarshal(homeroom(t, "eval", "--json", "--head", filepath.Join(folder, "Page.homeroom"), "--test", test), &page); err != nil {
		t.Fatal(err)
	}
	page.Valid, page.Settings.L2 = v.Valid.Accuracy, v.Best.Settings.L2
	t.Logf("program: %+v; page: %+v, from %d photos", program, page, v.Best.Settings.Photos)
	// Photos are held out in another order: an accuracy may differ by chance there, hardly on the
	// test photos.
	if math.Abs(page.Test-program.Test) > 0.015 || math.Abs(page.Valid-program.Valid) > 0.03 {
		t.Errorf("the page is right on %.3f of what it held out and %.3f of the test photos, the program on %.3f and %.3f", page.Valid, page.Test, program.Valid, program.Test)
	}
}
