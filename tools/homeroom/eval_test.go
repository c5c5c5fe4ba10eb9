package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"homeroom/core/feature"
	"homeroom/tools/homeroom/console"
)

// manifest writes a table of photos into a folder.
func manifest(t *testing.T, lines ...string) string {
	t.Helper()
	return write(t, []byte(strings.Join(lines, "\n")+"\n"), t.TempDir(), "photos.csv")
}

// photoPath is a photo's place as a table names it.
func photoPath(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(photoFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(path)
}

// TestEval judges the first network on the photos of the tests. It takes the tabby cat for a tiger
// cat or an Egyptian one, with a tabby third; for the puffer fish the table is wrong.
func TestEval(t *testing.T) {
	rows := []string{"\ufefftitle,file,imagenet_indices"} // as spreadsheets begin
	for name, right := range map[string]string{
		"cat.png": "281", "goldfish.jpg": "1", "honey-bee.jpg": "309", "jaguar-turned.jpg": "290", "koala.jpg": "105", "panda.jpg": "387 ; 388", "puffer-fish.webp": "7",
	} {
		rows = append(rows, fmt.Sprintf(`"%s, a photo",%s,%s`, name, photoPath(t, name), right))
	}
	table := manifest(t, rows...)
	out := succeed(t, "eval", "--manifest", table)
	for _, want := range []string{feature.Network + ` at 224 × 224, 7 photos in `, `(?m)^top-1 +71\.43?% +\(5 of 7\)$`, `(?m)^top-5 +85\.71?% +\(6 of 7\)$`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("eval does not print %s:\n%s", want, out)
		}
	}

	var got struct {
		Model                                string
		Size, Photos, Failed, Right1, Right5 int
		Top1, Top5                           float64
	}
	rows = append(rows, "missing,nowhere.jpg,5")
	status, out, complaints := execute(t, "eval", "--json", "--manifest", manifest(t, rows...))
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err, out)
	}
	if status != 1 || got.Model != feature.Network || got.Size != 224 || got.Photos != 7 || got.Failed != 1 || got.Right1 != 5 || got.Top1 != 0.714286 || got.Right5 != 6 || got.Top5 != console.Round(float64(got.Right5)/7, 6) {
		t.Errorf("status %d, %+v", status, got)
	}
	if !strings.Contains(complaints, "nowhere.jpg: there is no such file") {
		t.Errorf("the complaint is %q", complaints)
	}
}

// TestEvalRelative: files are named from the table's folder.
func TestEvalRelative(t *testing.T) {
	folder := t.TempDir()
	write(t, read(t, filepath.Join(photoFolder, "koala.jpg")), folder, "in", "koala.jpg")
	table := write(t, []byte("imagenet_indices,file\r\n105,in/koala.jpg\r\n"), folder, "table.csv")
	if out := succeed(t, "eval", "--manifest", table); !strings.Contains(out, "(1 of 1)") {
		t.Errorf("it prints\n%s", out)
	}
}

// TestEvalFaults has tables that say nothing, or nothing that is right. They are refused as a
// whole: a share of less than was asked for would mislead.
func TestEvalFaults(t *testing.T) {
	koala := photoPath(t, "koala.jpg")
	for want, lines := range map[string][]string{
		"is empty":                            nil,
		"names a, b":                          {"a,b", "1,2"},
		"lists no photos":                     {"file,imagenet_indices"},
		`line 3: "x" is no index`:             {"file,imagenet_indices", koala + ",105", koala + ",x"},
		`line 2: "1000" is no index from 0`:   {"file,imagenet_indices", koala + ",1000"},
		`line 2: "-1" is no index`:            {"file,imagenet_indices", koala + ",-1"},
		`line 2: "" is no index`:              {"file,imagenet_indices", koala + ","},
		"line 2: no file":                     {"file,imagenet_indices", ",1"},
		"line 3: wrong number of fields":      {"file,imagenet_indices", koala + ",1", koala},
		`line 2: " " is no index from 0 to 9`: {"file,imagenet_indices", koala + ",1; "},
	} {
		table := manifest(t, lines...)
		if lines == nil {
			write(t, nil, table)
		}
		fail(t, 1, []string{"eval", "--size", "32", "--manifest", table}, table, want)
	}
}
