package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/feature"
	"homeroom/tools/homeroom/console"
)

// A line is what classify prints of a photo with --json.
type line struct {
	File    string
	Width   int
	Height  int
	Results []struct {
		Index int
		Label string
		Score float64
	}
	MS      float64
	Error   string
	Damaged string
}

// parse reads the lines of classify --json, and their keys.
func parse(t *testing.T, out string) (lines []line) {
	t.Helper()
	for text := range strings.Lines(out) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if l.Error != "" {
			sameKeys(t, text, "file", "error")
		} else {
			keys := []string{"file", "width", "height", "results", "ms"}
			if l.Damaged != "" {
				keys = append(keys, "damaged")
			}
			sameKeys(t, text, keys...)
			var raw struct{ Results []json.RawMessage }
			if err := json.Unmarshal([]byte(text), &raw); err != nil {
				t.Fatal(err)
			}
			for _, r := range raw.Results {
				sameKeys(t, string(r), "index", "label", "score")
			}
		}
		lines = append(lines, l)
	}
	return lines
}

func TestClassifyText(t *testing.T) {
	koala, panda := filepath.Join(photoFolder, "koala.jpg"), filepath.Join(photoFolder, "panda.jpg")
	out := strings.Split(succeed(t, "classify", koala, panda), "\n")
	if len(out) != 13 {
		t.Fatalf("there are %d lines, want 2 × 6: %q", len(out)-1, out)
	}
	for i, want := range map[int]string{0: koala + "  420 × 560, ", 1: "%  koala", 6: panda + "  ", 7: "%  giant panda"} {
		if !strings.Contains(out[i], want) {
			t.Errorf("line %d is %q, want %q in it", i+1, out[i], want)
		}
	}
}

// TestClassifyDamaged has a photo that is cut short: what was there is named, and it is said that
// it is damaged.
func TestClassifyDamaged(t *testing.T) {
	whole := read(t, filepath.Join(photoFolder, "koala.jpg"))
	cut := write(t, whole[:len(whole)*4/5], t.TempDir(), "cut.jpg")
	lines := parse(t, succeed(t, "classify", "--json", cut))
	if len(lines) != 1 || lines[0].Damaged != "its data end early" || lines[0].Results[0].Label != "koala" {
		t.Errorf("with --json it is %+v", lines)
	}
	out := strings.Split(succeed(t, "classify", cut), "\n")
	if len(out) < 3 || !strings.Contains(out[1], "damaged: what was there is named (its data end early)") || !strings.Contains(out[2], "koala") {
		t.Errorf("it says %q", out)
	}
}

// TestClassifyGoesOn has good and bad files in turn: all are told of, in their order, and the
// status is 1.
func TestClassifyGoesOn(t *testing.T) {
	folder := t.TempDir()
	empty := write(t, nil, folder, "empty.jpg")
	notes := write(t, []byte("no photo"), folder, "notes.jpg")
	whole := read(t, filepath.Join(photoFolder, "goldfish.jpg"))
	cut := write(t, whole[:100], folder, "cut.jpg")
	missing := filepath.Join(folder, "missing.png")
	files := []string{empty, filepath.Join(photoFolder, "koala.jpg"), notes, missing, filepath.Join(photoFolder, "goldfish.jpg"), cut}
	wants := []string{"is empty", "koala", "not a picture", "no such file", "goldfish", "damaged or cut short"}

	status, out, complaints := execute(t, append([]string{"classify", "--json", "--top", "3"}, files...)...)
	if status != 1 || complaints != "" {
		t.Errorf("status %d, want 1, and with --json errors are on their lines, not here: %s", status, complaints)
	}
	lines := parse(t, out)
	if len(lines) != len(files) {
		t.Fatalf("there are %d lines for %d photos:\n%s", len(lines), len(files), out)
	}
	for i, l := range lines {
		if l.File != files[i] {
			t.Errorf("line %d is of %s, want %s", i+1, l.File, files[i])
		}
		if l.Error != "" {
			if !strings.Contains(l.Error, wants[i]) || strings.Contains(l.Error, folder) {
				t.Errorf("%s: %q, want %q in it and its path only beside it", l.File, l.Error, wants[i])
			}
			continue
		}
		if len(l.Results) != 3 || l.Results[0].Label != wants[i] || l.MS <= 0 || l.Width < 1 || l.Height < 1 {
			t.Errorf("%s: %+v, want 3 results with %s first", l.File, l, wants[i])
		}
	}

	out = fail(t, 1, append([]string{"classify", "--size", "64"}, files...), empty+": the file is empty", missing+": there is no such file", notes, cut)
	if strings.Count(out, " × ") != 2 {
		t.Errorf("two photos are good, and this is printed:\n%s", out)
	}
}

// TestClassifyFolders: a folder stands for the photos in it and below it.
func TestClassifyFolders(t *testing.T) {
	folder, small := t.TempDir(), read(t, "../../core/photo/testdata/pictures/rgb-8.png")
	for _, name := range []string{"b.PNG", "a.jpeg", "deep/er/c.webp", "deep/d.gif"} {
		write(t, small, folder, filepath.FromSlash(name)) // a PNG by its content
	}
	for _, name := range []string{".hidden.png", ".thumbs/e.png"} {
		write(t, small, folder, filepath.FromSlash(name))
	}
	named := write(t, small, t.TempDir(), "without-an-extension")
	bare := t.TempDir()

	status, out, complaints := execute(t, "classify", "--json", "--size", "32", "--top", "1", folder, named)
	if status != 0 || complaints != "homeroom: left out: 2 hidden or helper files and folders (.hidden.png, .thumbs)\n" {
		t.Errorf("status %d: %s", status, complaints)
	}
	lines := parse(t, out)
	var got []string
	for _, l := range lines {
		got = append(got, l.File)
	}
	want := []string{filepath.Join(folder, "a.jpeg"), filepath.Join(folder, "b.PNG"), filepath.Join(folder, "deep", "d.gif"), filepath.Join(folder, "deep", "er", "c.webp"), named}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("these were named:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	fail(t, 1, []string{"classify", "--size", "32", bare}, bare+": the folder has no photos in it")
}

func TestClassifyFlags(t *testing.T) {
	koala := filepath.Join(photoFolder, "koala.jpg")
	scores := func(args ...string) line {
		lines := parse(t, succeed(t, append([]string{"classify", "--json", koala}, args...)...))
		if len(lines) != 1 {
			t.Fatalf("%q gave %d lines", args, len(lines))
		}
		return lines[0]
	}
	usual := scores()
	if len(usual.Results) != 5 || usual.Results[0].Index != 105 || usual.Width != 420 || usual.Height != 560 {
		t.Fatalf("got %+v", usual)
	}
	for i, r := range usual.Results[1:] {
		if r.Score > usual.Results[i].Score || r.Score < 0 {
			t.Errorf("result %d has the score %v after %v", i+1, r.Score, usual.Results[i].Score)
		}
	}
	same := func(what string, got line) {
		if d := math.Abs(got.Results[0].Score - usual.Results[0].Score); d > 1e-4 || got.Results[0].Index != 105 {
			t.Errorf("%s: %+v, want %+v", what, got.Results[0], usual.Results[0])
		}
	}
	same("by its name", scores("--model", feature.Network))
	same("by its file", scores("--model", "../../weights/"+feature.Network+".pack"))
	same("at its own size", scores("--size", "224"))
	same("on one thread", scores("--threads", "1"))
	same("on portable kernels", scores("--portable"))

	if l := scores("--size", "160"); l.Results[0].Index != 105 || l.Results[0].Score == usual.Results[0].Score || l.Width != 420 {
		t.Errorf("at 160: %+v", l)
	}
	if l := scores("--size", "32", "--top", "5000"); len(l.Results) != 1000 {
		t.Errorf("of 1000 classes there are %d results", len(l.Results))
	} else {
		sum := 0.0
		for _, r := range l.Results {
			sum += r.Score
		}
		if math.Abs(sum-1) > 1e-4 {
			t.Errorf("the scores of all classes come to %v, want 1", sum)
		}
	}
	for _, size := range []string{"1", "31", "2049", "100000"} {
		fail(t, 1, []string{"classify", "--size", size, koala}, "size of "+size)
	}
}

// TestNoNetwork has networks that can't be opened.
func TestNoNetwork(t *testing.T) {
	koala, folder := filepath.Join(photoFolder, "koala.jpg"), t.TempDir()
	data := read(t, "../../weights/"+feature.Network+".pack")
	cut := write(t, data[:len(data)/2], folder, "cut.pack")
	text := write(t, []byte("no pack"), folder, "text.pack")
	missing := filepath.Join(folder, "missing.pack")
	fail(t, 1, []string{"classify", "--model", "resnet", koala}, `no network "resnet"`, feature.Network, ".pack")
	for _, path := range []string{cut, text, missing} {
		fail(t, 1, []string{"classify", "--model", path, koala}, path)
	}

	for _, command := range [][]string{{"classify", koala}, {"eval", "--manifest", manifest(t, "file,imagenet_indices", "a.jpg,1")}} {
		fail(t, 1, append(command, "--model", "alexnet-conv"), "alexnet-conv is a backbone without classes")
	}

	// A catalogue with another file in it than it lists, and none at all.
	write(t, read(t, "../../weights/catalog.json"), folder, "catalog.json")
	write(t, data[:len(data)-1], folder, feature.Network+".pack")
	classify := func(weights string) string {
		var complaints strings.Builder
		t.Setenv("HOMEROOM_WEIGHTS", weights)
		if status := run(&console.Console{Context: t.Context(), Out: &complaints, Err: &complaints}, []string{"classify", koala}); status != 1 {
			t.Errorf("with %s the status is %d, want 1", weights, status)
		}
		return complaints.String()
	}
	if got := classify(folder); !strings.Contains(got, "checksum") || !strings.Contains(got, "make weights") {
		t.Errorf("with another file: %s", got)
	}
	if got := classify(filepath.Join(folder, "none")); !strings.Contains(got, "networks were not found") || !strings.Contains(got, "HOMEROOM_WEIGHTS") {
		t.Errorf("without networks: %s", got)
	}
}
