package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/project"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/eval"
	"homeroom/tools/homeroom/finetune"
)

const clothing = "testdata/clothing"

// teach makes a project of the photos in testdata with a small input, for the sake of time, and
// returns its path and the report.
func teach(t *testing.T, args ...string) (path string, report finetune.Report) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "clothes.homeroom")
	status, out, complaints := execute(t, append([]string{
		"finetune", "--train", clothing + "/train", "--test", clothing + "/test",
		"--model", "efficientnet-lite0", "--size", "96", "--out", path, "--json"}, args...)...)
	if status != 0 {
		t.Fatalf("status %d: %s", status, complaints)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return path, report
}

func open(t *testing.T, path string) *project.File {
	t.Helper()
	p, err := project.Read(path, read(t, path), project.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFinetune teaches, classifies and evaluates, from files to files.
func TestFinetune(t *testing.T) {
	path, r := teach(t, "--head", "linear", "--seed", "3")
	if r.Kind != "linear" || strings.Join(r.Classes, " ") != "hat pants shoes" || r.Train != 18 || r.Test != 9 || r.Failed != 0 {
		t.Errorf("report %+v", r)
	}
	if r.ValidAccuracy == nil || *r.ValidAccuracy < 0.8 || r.TestAccuracy == nil || *r.TestAccuracy < 0.7 {
		t.Errorf("accuracy %v held out, %v on test", r.ValidAccuracy, r.TestAccuracy)
	}
	if r.SecondsFeatures <= 0 || r.SecondsTraining <= 0 || len(r.Confusion) != 3 {
		t.Errorf("seconds %v and %v, confusion %v", r.SecondsFeatures, r.SecondsTraining, r.Confusion)
	}
	p := open(t, path)
	if len(p.Thumbs) != 27 || len(p.Bank.Photos) != 27 || p.Networks[0].Name != "efficientnet-lite0" {
		t.Errorf("%d thumbnails of %d photos, networks %v", len(p.Thumbs), len(p.Bank.Photos), p.Networks)
	}

	for _, ph := range p.Bank.Photos { // what tells which belong together
		if !slices.Contains(r.Classes, ph.Folder) || ph.Taken == 0 {
			t.Errorf("photo %q lay in %q and was taken at %d", ph.Name, ph.Folder, ph.Taken)
		}
	}

	// The same photos and seed give the same head, whatever the threads.
	again, _ := teach(t, "--head", "linear", "--seed", "3", "--threads", "1")
	a, err := p.Head().MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	b, err := open(t, again).Head().MarshalBinary()
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("the same seed gave another head (%v)", err)
	}

	out := succeed(t, "classify", "--json", "--head", path, clothing+"/test/pants")
	right := 0
	for line := range strings.Lines(out) {
		sameKeys(t, line, "file", "width", "height", "results", "ms", "unknown", "strangeness")
		var l struct{ Results []struct{ Label string } }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if len(l.Results) == 3 && l.Results[0].Label == "pants" {
			right++
		}
	}
	if right < 2 {
		t.Errorf("%d of 3 pants were named:\n%s", right, out)
	}

	_, out, _ = execute(t, "eval", "--head", path, "--test", clothing+"/test", "--json")
	var j eval.Judged
	if err := json.Unmarshal([]byte(out), &j); err != nil {
		t.Fatal(err)
	}
	if j.TestAccuracy != *r.TestAccuracy {
		t.Errorf("finetune measured %v, eval %v", *r.TestAccuracy, j.TestAccuracy)
	}
	if out := succeed(t, "classify", "--head", path, clothing+"/test/hat/1.jpg"); !strings.Contains(out, "%  hat") {
		t.Errorf("printed %q", out)
	}

	// A project is of the network that its pack was, by whichever of the catalogue's checksums; of
	// another it is said.
	lite0, err := catalog.OpenPack("efficientnet-lite0")
	if err != nil || len(lite0.Former) == 0 {
		t.Fatalf("former packs %q, %v", lite0.Former, err)
	}
	for _, sum := range []string{lite0.Former[0], strings.Repeat("ab", 32)} {
		if err := p.Networks[0].SHA256.UnmarshalText([]byte(sum)); err != nil {
			t.Fatal(err)
		}
		var data bytes.Buffer
		if err := project.Write(&data, p); err != nil {
			t.Fatal(err)
		}
		write(t, data.Bytes(), filepath.Dir(path), "other.homeroom")
		status, _, complaints := execute(t, "classify", "--head", filepath.Join(filepath.Dir(path), "other.homeroom"), clothing+"/test/hat/1.jpg")
		if said := strings.Contains(complaints, "another pack of efficientnet-lite0"); status != 0 || said != (sum != lite0.Former[0]) {
			t.Errorf("pack %s: status %d, %q", sum, status, complaints)
		}
	}
}

// TestFinetuneLeavesBadPhotosOut has a file among the photos that is none.
func TestFinetuneLeavesBadPhotosOut(t *testing.T) {
	folder := t.TempDir()
	for _, class := range []string{"hat", "pants"} {
		for _, n := range []string{"1.jpg", "2.jpg", "3.jpg"} {
			write(t, read(t, filepath.Join(clothing, "train", class, n)), folder, class, n)
		}
	}
	write(t, []byte("no photo"), folder, "hat", "notes.jpg")
	out := filepath.Join(t.TempDir(), "few.homeroom")
	status, text, complaints := execute(t, "finetune", "--train", folder, "--model", "efficientnet-lite0", "--size", "64", "--views", "plain", "--out", out)
	if status != 1 || !strings.Contains(complaints, "notes.jpg: the file is text and not a picture") {
		t.Errorf("status %d, complaints %q", status, complaints)
	}
	if !strings.Contains(text, "2 classes from 6 photos") {
		t.Errorf("printed %q", text)
	}
	if len(open(t, out).Bank.Photos) != 6 {
		t.Error("the project does not hold the 6 good photos")
	}
}

func TestFinetuneRefuses(t *testing.T) {
	empty, one := t.TempDir(), t.TempDir()
	write(t, read(t, clothing+"/train/hat/1.jpg"), one, "hat", "1.jpg")
	out := filepath.Join(t.TempDir(), "x.homeroom")
	args := func(more ...string) []string {
		return append([]string{"finetune", "--model", "efficientnet-lite0", "--size", "64", "--views", "plain", "--out", out}, more...)
	}
	fail(t, 1, args("--train", empty), "has no folders in it")
	fail(t, 2, args("--train", empty, "--head", "magic"), "magic")
	fail(t, 2, []string{"finetune", "--train", empty, "--out", out, "--views", "flip"}, "plain must be one")
	fail(t, 1, []string{"finetune", "--train", one, "--out", filepath.Join(empty, "no", "x.homeroom")}, "no folder")
	_, _, complaints := execute(t, args("--train", one)...)
	if !strings.Contains(complaints, "two classes are needed") {
		t.Errorf("one class: %q", complaints)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a project was written")
	}
	photo := filepath.Join(photoFolder, "koala.jpg")
	fail(t, 1, []string{"classify", "--head", photo, photo}, "koala.jpg", "no Homeroom project")
	fail(t, 2, []string{"eval", "--test", clothing + "/test"}, "--head and --test go together")
}

// TestStates answers in each of the two states of a head.
func TestStates(t *testing.T) {
	path, _ := teach(t, "--head", "linear", "--views", "plain")
	p := open(t, path)
	v := &p.Versions[0]
	ended := *v.Best
	ended.Temperature *= 3 // as if learning had gone on
	v.Last = &ended
	if err := engine.WriteProject(path, p); err != nil {
		t.Fatal(err)
	}
	photos := []string{clothing + "/test/hat/1.jpg", clothing + "/test/shoes/1.jpg"}
	said := func(path string, more ...string) (out []float64) {
		for line := range strings.Lines(succeed(t, append(append([]string{"classify", "--json", "--head", path}, more...), photos...)...)) {
			var l struct{ Results []model.Result }
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			for _, r := range l.Results {
				out = append(out, r.Score)
			}
		}
		return out
	}
	best, last := said(path, "--state", "best"), said(path, "--state", "last")
	if len(best) != 6 || slices.Equal(best, last) {
		t.Errorf("the best state says %v, the last %v", best, last)
	}
	for state, want := range map[string][]float64{"": best, project.Best: best, project.Last: last} {
		v.State = state
		chosen := filepath.Join(t.TempDir(), "chosen.homeroom")
		if err := engine.WriteProject(chosen, p); err != nil {
			t.Fatal(err)
		}
		if got := said(chosen); !slices.Equal(got, want) {
			t.Errorf("with the state %q chosen it says %v, want %v", state, got, want)
		}
	}
	// What eval counts in each state is what that head answers.
	for state, h := range map[string]*head.Head{"best": v.Best, "last": v.Last} {
		e, err := evaluation.Evaluate(h, p.Bank, p.Bank.Rows(bank.Test))
		if err != nil {
			t.Fatal(err)
		}
		status, out, complaints := execute(t, "eval", "--head", path, "--state", state, "--test", clothing+"/test", "--json")
		var j eval.Judged
		if err := json.Unmarshal([]byte(out), &j); err != nil || status != 0 {
			t.Fatal(status, complaints, err)
		}
		if math.Abs(j.Report.Loss-e.Loss) > 1e-6 || j.Report.Correct != e.Correct {
			t.Errorf("%s: eval counts %d with a loss of %v, the head %d with %v", state, j.Report.Correct, j.Report.Loss, e.Correct, e.Loss)
		}
	}
	fail(t, 2, []string{"classify", "--head", path, "--state", "worst", photos[0]}, "worst")
}

// taughtFrom makes a project of the photos in a folder, and returns what finetune reports of it and
// what it prints.
func taughtFrom(t *testing.T, train string, more ...string) (r finetune.Report, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "special.homeroom")
	args := append([]string{"finetune", "--train", train, "--model", "efficientnet-lite0", "--size", "96", "--head", "means", "--out", path}, more...)
	_, text, _ = execute(t, args...)
	_, out, complaints := execute(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v: %s", err, complaints)
	}
	return r, text
}

// TestEightCopiesAreOnePhoto: copies of one photo in a class are told, and promise nothing.
func TestEightCopiesAreOnePhoto(t *testing.T) {
	folder := t.TempDir()
	for i := range 8 {
		write(t, read(t, filepath.Join(clothing, "train", "hat", "1.jpg")), folder, "hat", fmt.Sprint(i, ".jpg"))
		write(t, read(t, filepath.Join(clothing, "train", "shoes", "1.jpg")), folder, "shoes", fmt.Sprint(i, ".jpg"))
	}
	r, text := taughtFrom(t, folder)
	if r.ValidAccuracy != nil || strings.Contains(text, "accuracy") || !strings.Contains(text, "The 8 photos of hat and the 8 photos of shoes are copies of one photo") {
		t.Errorf("eight copies of each of two photos: accuracy %v, printed\n%s", r.ValidAccuracy, text)
	}
}

// TestTwoPhotosInAll: nothing can be said of how well one photo of each class is told.
func TestTwoPhotosInAll(t *testing.T) {
	folder := t.TempDir()
	for _, class := range []string{"hat", "shoes"} {
		write(t, read(t, filepath.Join(clothing, "train", class, "1.jpg")), folder, class, "1.jpg")
	}
	r, text := taughtFrom(t, folder)
	if r.ValidAccuracy != nil || strings.Contains(text, "%") || !strings.Contains(text, "2 photos in all, one a class") {
		t.Errorf("two photos: accuracy %v, printed\n%s", r.ValidAccuracy, text)
	}
}

// TestTheTrainingFolderIsNoTest: a test folder that equals the training folder is called that, by
// finetune and by eval.
func TestTheTrainingFolderIsNoTest(t *testing.T) {
	train := filepath.Join(clothing, "train")
	r, text := taughtFrom(t, train, "--test", train)
	if r.TestAccuracy != nil || r.TestSeen != 18 || !strings.Contains(text, "All 18 photos of --test are the very photos that it learns from: that is no test") {
		t.Errorf("accuracy %v on %d photos that it knows, printed\n%s", r.TestAccuracy, r.TestSeen, text)
	}
	path, _ := teach(t, "--head", "means")
	if status, _, complaints := execute(t, "eval", "--head", path, "--test", train); status == 0 || !strings.Contains(complaints, "the very photos that the head learnt from") {
		t.Errorf("eval ends with status %d: %s", status, complaints)
	}
}

// TestReportsCountFewPhotos: no percentage is of fewer than ten photos.
func TestReportsCountFewPhotos(t *testing.T) {
	_, text := taughtFrom(t, filepath.Join(clothing, "train"), "--test", filepath.Join(clothing, "test"))
	if !strings.Contains(text, " of 9 right") {
		t.Errorf("nine photos to test on are not counted:\n%s", text)
	}
	table := text[strings.Index(text, "precision"):]
	table = table[:strings.Index(table, "shoes")]
	if strings.Contains(table, "%") {
		t.Errorf("classes of three photos have percentages:\n%s", text)
	}
}
