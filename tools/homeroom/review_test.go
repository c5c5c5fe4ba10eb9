package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/core/feature"
	"homeroom/core/project"
)

// projectPhotos are the photos of each class of a project, by name, and how many versions it has.
func projectPhotos(t *testing.T, path string) (photos map[string][]string, versions int) {
	t.Helper()
	f, err := project.Read(path, read(t, path), project.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := f.Open("x")
	if err != nil {
		t.Fatal(err)
	}
	photos = map[string][]string{}
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			photos[c.Name] = append(photos[c.Name], ph.Name)
			if f.Thumbs[uint64(ph.ID)] == nil || !ph.Has([]feature.Space{{Network: feature.Network, Size: 64}}) {
				t.Errorf("%s has no thumbnail or no features", ph.Name)
			}
		}
	}
	return photos, len(f.Versions)
}

// TestReview lists unsure photos, fills the list in as a person would, and takes it back.
func TestReview(t *testing.T) {
	dir := t.TempDir()
	head, list, sheet := filepath.Join(dir, "clothes.homeroom"), filepath.Join(dir, "review.csv"), filepath.Join(dir, "review.html")
	if status, _, says := execute(t, "finetune", "--train", "testdata/clothing/train", "--out", head, "--head", "linear", "--size", "64"); status != 0 {
		t.Fatal(says)
	}
	photos := filepath.Join(dir, "photos")
	for name, from := range map[string]string{"a.jpg": "test/hat/1.jpg", "b.jpg": "test/pants/1.jpg", "c.jpg": "test/shoes/1.jpg", "d.jpg": "test/hat/2.jpg", "e.jpg": "train/hat/1.jpg", "f.jpg": "test/pants/2.jpg", "=1.jpg": "train/hat/2.jpg"} {
		write(t, read(t, filepath.Join("testdata/clothing", from)), photos, name)
	}
	out := succeed(t, "review", photos, "--head", head, "--margin", "1", "--out", list, "--html", sheet)
	if out != "7 of 7 photos are on "+list+"\n" {
		t.Error(out)
	}
	if page := string(read(t, sheet)); strings.Count(page, "<img ") != 7 || strings.Contains(page, "<script") {
		t.Errorf("the page is %.2000s", page)
	}
	fail(t, 1, []string{"review", "--head", head, "--answers", list}, "has no answers")

	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(read(t, list), []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], "answer")
	for _, row := range rows[1:] {
		row[at] = map[string]string{"a.jpg": " HAT ", "b.jpg": "pnats", "c.jpg": "sandals", "d.jpg": "hat", "e.jpg": "shoes", "f.jpg": "pants", "=1.jpg": "hat"}[filepath.Base(row[1])]
	}
	var filled bytes.Buffer
	w := csv.NewWriter(&filled)
	w.Comma = ';' // as spreadsheets do where numbers have commas
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(list, filled.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	fail(t, 1, []string{"review", photos, "--head", head, "--out", list}, "with 7 answers, so it is kept")

	write(t, []byte("changed"), photos, "d.jpg")
	if err := os.Rename(filepath.Join(photos, "f.jpg"), filepath.Join(photos, "moved.jpg")); err != nil {
		t.Fatal(err)
	}
	before := read(t, head)
	args := []string{"review", "--head", head, "--answers", list}
	plan := fail(t, 1, append(args, "--dry-run"), `did you mean "pants"?`, `no class "sandals"; --new-classes`, "d.jpg is left out: it has changed", "f.jpg is left out: ")
	if !strings.Contains(plan, "a.jpg -> hat\n") || !strings.Contains(plan, "e.jpg: hat -> shoes\n") || !strings.Contains(plan, "1 photo would be put into "+head+", 1 moved to another class, 1 in theirs already, 4 left out\n") {
		t.Errorf("the plan is\n%s", plan)
	}
	if !bytes.Equal(read(t, head), before) {
		t.Error("the plan changed the project")
	}
	was, _ := projectPhotos(t, head)
	// Where they are looked for, photos are found by their content.
	did := fail(t, 1, append(args, "--new-classes", photos), "d.jpg is left out: it has changed")
	if !strings.Contains(did, "learnt again: ") || !strings.Contains(did, "4 photos were put into "+head+", 1 moved to another class, 1 in theirs already, 1 left out\n") {
		t.Errorf("it says\n%s", did)
	}
	now, versions := projectPhotos(t, head)
	for class, more := range map[string][]string{"hat": {"a.jpg"}, "pants": {"moved.jpg"}, "pnats": {"b.jpg"}, "sandals": {"c.jpg"}, "shoes": {}} {
		want := append(slices.Clone(was[class]), more...)
		if class == "hat" {
			want = slices.Delete(want, 0, 1) // 1.jpg, which is shoes now
		} else if class == "shoes" {
			want = append(want, "1.jpg")
		}
		slices.Sort(want)
		if slices.Sort(now[class]); !slices.Equal(now[class], want) {
			t.Errorf("%s has %q, want %q", class, now[class], want)
		}
	}
	if versions != 2 {
		t.Errorf("the project has %d versions", versions)
	}
	if line := succeed(t, "classify", "--json", "--top", "1", "--head", head, filepath.Join(photos, "c.jpg")); !strings.Contains(line, `"label":"sandals"`) {
		t.Errorf("it is named %s", line)
	}
	again := fail(t, 1, append(args, "--new-classes", photos), "d.jpg is left out")
	if !strings.HasPrefix(again, "0 photos were put into "+head+", 0 moved to another class, 6 in theirs already, 1 left out\n") {
		t.Errorf("again it says\n%s", again)
	}

	fail(t, 2, []string{"review"}, "name photos or folders")
	fail(t, 2, []string{"review", photos, "--dry-run"}, "go with --answers")
	fail(t, 2, []string{"review", "--answers", list}, "name with --head")
	fail(t, 1, []string{"review", photos, "--out", filepath.Join(photos, "a.jpg")}, "only read")
}
