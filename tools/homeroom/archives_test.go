//go:build unix

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image/jpeg"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nfnt/resize"
	"github.com/parquet-go/parquet-go"

	"homeroom/core/feature"
	"homeroom/core/photo"
	"homeroom/tools/archive/journal"
	"homeroom/tools/homeroom/console"
)

var camtrapPeer = flag.String("camtrap-peer", "", "Python with frictionless, which validates the package of TestCamtrap; make peers has it")

// quick has classify run at a size that takes little time.
func quick(more ...string) []string { return append([]string{"classify", "--size", "64"}, more...) }

// small is a photo of a few kilobytes.
const smallPhoto = "../../core/photo/testdata/pictures/420.jpg"

// album makes a folder of photos of several names, one of which is none, and returns it.
func album(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	koala, small := read(t, filepath.Join(photoFolder, "koala.jpg")), read(t, smallPhoto)
	write(t, koala, dir, "a", "koala.jpg")
	write(t, small, dir, "a", "small.jpg")
	write(t, small, dir, "b", "deep", "small.jpg")
	write(t, []byte("milk"), dir, "b", "list.jpg")
	return dir
}

// named are the files of lines of JSON, under a folder, with "!" behind those that failed.
func named(t *testing.T, out, under string) (names []string) {
	t.Helper()
	for _, l := range parse(t, out) {
		name := strings.TrimPrefix(filepath.ToSlash(l.File), filepath.ToSlash(under)+"/")
		if l.Error != "" {
			name += "!"
		}
		names = append(names, name)
	}
	return names
}

// TestSources finds the same photos in a folder, by a pattern, on standard input and in archives.
func TestSources(t *testing.T) {
	dir := album(t)
	archives := t.TempDir()
	var packed [3]bytes.Buffer
	z, plain, gz := zip.NewWriter(&packed[0]), tar.NewWriter(&packed[1]), gzip.NewWriter(&packed[2])
	streamed := tar.NewWriter(gz)
	for _, name := range []string{"a/koala.jpg", "a/small.jpg", "b/deep/small.jpg", "b/list.jpg", "notes.txt", "__MACOSX/a.jpg"} {
		data := []byte("eggs")
		if strings.HasPrefix(name, "a/") || strings.HasPrefix(name, "b/") {
			data = read(t, filepath.Join(dir, name))
		}
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		for _, to := range []*tar.Writer{plain, streamed} {
			_, fault := to, to.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644})
			_, more := to.Write(data)
			err = errors.Join(err, fault, more)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), plain.Close(), streamed.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	want := []string{"a/koala.jpg", "a/small.jpg", "b/deep/small.jpg", "b/list.jpg!"}
	var first []line
	for i, name := range []string{"x.zip", "x.tar", "x.tgz"} {
		path := write(t, packed[i].Bytes(), archives, name)
		status, out, says := execute(t, quick("--json", path)...)
		if got := named(t, out, path); status != 1 || !slices.Equal(got, want) || !strings.Contains(says, "1 file that is not a picture (text) and 1 hidden") {
			t.Errorf("%s: status %d, %q, %s", name, status, got, says)
		}
		lines := parse(t, out)
		if first == nil {
			first = lines
		}
		if fmt.Sprint(lines[0].Results) != fmt.Sprint(first[0].Results) {
			t.Errorf("%s names a photo otherwise than %v", name, first[0])
		}
		cut := write(t, packed[i].Bytes()[:packed[i].Len()*2/3], archives, "cut-"+name)
		if _, out, _ := execute(t, quick("--json", cut)...); !strings.Contains(out, "error") {
			t.Errorf("%s cut short gives %s", name, out)
		}
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{dir}, want},
		{[]string{"--no-recursive", filepath.Join(dir, "b")}, []string{"b/list.jpg!"}},
		{[]string{filepath.Join(dir, "**", "*small*")}, []string{"a/small.jpg", "b/deep/small.jpg"}},
		{[]string{filepath.Join(dir, "*.png")}, []string{"*.png!"}},
		{[]string{"-"}, []string{"a/small.jpg", "nowhere.jpg!"}},
		{[]string{"-0", "-"}, []string{"a/koala.jpg", "line\nend.jpg!"}},
	} {
		list := filepath.Join(dir, "a", "small.jpg") + "\n\n" + filepath.Join(dir, "nowhere.jpg")
		if c.args[0] == "-0" {
			list = filepath.Join(dir, "a", "koala.jpg") + "\x00" + filepath.Join(dir, "line\nend.jpg") + "\x00"
		}
		t.Setenv("HOMEROOM_WEIGHTS", "../../weights")
		var out bytes.Buffer
		run(&console.Console{Context: t.Context(), Out: &console.Screen{To: &out}, Err: io.Discard, In: strings.NewReader(list)}, quick(append([]string{"--json"}, c.args...)...))
		if got := named(t, out.String(), dir); !slices.Equal(got, c.want) {
			t.Errorf("%q gives %q, want %q", c.args, got, c.want)
		}
	}
}

// TestTables writes all tables at once, which tell the same.
func TestTables(t *testing.T) {
	dir, to := album(t), t.TempDir()
	odd := filepath.Join(dir, "odd\xff,\"\n.jpg")
	if err := os.WriteFile(odd, read(t, smallPhoto), 0o644); err != nil {
		t.Skip(err)
	}
	status, out, says := execute(t, quick("--top", "2", "--csv", filepath.Join(to, "o.csv"), "--jsonl", filepath.Join(to, "o.jsonl"), "--parquet", filepath.Join(to, "o.parquet"), dir)...)
	if status != 1 || out != "" || strings.Count(says, "\n") != 1 {
		t.Errorf("status %d, it prints %q and says %q", status, out, says)
	}
	lines := parse(t, strings.ReplaceAll(string(read(t, filepath.Join(to, "o.jsonl"))), `"file_bytes":`+jsonOf(t, []byte(odd))+",", ""))
	table, err := csv.NewReader(bytes.NewReader(read(t, filepath.Join(to, "o.csv")))).ReadAll()
	if err != nil || len(table) != 6 || len(lines) != 5 {
		t.Fatalf("%d rows, %d lines, %v", len(table), len(lines), err)
	}
	type row struct {
		File      string   `parquet:"file"`
		FileBytes []byte   `parquet:"file_bytes,optional"`
		Label     string   `parquet:"label,optional"`
		Score     *float64 `parquet:"score,optional"`
		Error     string   `parquet:"error,optional"`
	}
	rows, err := parquet.ReadFile[row](filepath.Join(to, "o.parquet"))
	if err != nil || len(rows) != 5 {
		t.Fatalf("%v, %v", rows, err)
	}
	for i, l := range lines {
		r, c := rows[i], table[i+1]
		if r.Error != l.Error || c[len(c)-2] != l.Error || c[0] != r.File {
			t.Errorf("%+v, %q and %+v differ", l, c, r)
		}
		if l.Error == "" && (r.Label != l.Results[0].Label || c[1] != r.Label || *r.Score != l.Results[0].Score || c[2] != fmt.Sprintf("%.6f", *r.Score)) {
			t.Errorf("%+v, %q and %+v differ", l, c, r)
		}
	}
	if string(rows[4].FileBytes) != odd || !strings.HasSuffix(rows[4].File, "odd�,\"\n.jpg") {
		t.Errorf("the odd name is %q, %q", rows[4].File, rows[4].FileBytes)
	}
	fail(t, 1, quick("--csv", odd, dir), "only read")
	fail(t, 2, quick("--csv", "-", "--jsonl", "-", dir), "--csv and --jsonl")
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestJournal names what is new only: what was changed, and what another network or size names.
func TestJournal(t *testing.T) {
	dir := album(t)
	j := filepath.Join(t.TempDir(), "names.journal")
	classified := func(more ...string) (out string, took int) {
		t.Helper()
		_, out, says := execute(t, append([]string{"classify", "--journal", j, "--json"}, append(more, dir)...)...)
		for _, l := range parse(t, out) {
			if l.MS > 0 {
				took++
			}
		}
		if says != "" {
			t.Error(says)
		}
		return out, took
	}
	first, n := classified("--size", "64")
	if n != 2 { // of the two that are the same to the byte one may be first
		if n != 3 {
			t.Errorf("%d photos were named", n)
		}
	}
	again, n := classified("--size", "64")
	if n != 0 || len(named(t, again, dir)) != 4 {
		t.Errorf("%d photos were named again:\n%s", n, again)
	}
	for i, l := range parse(t, again) {
		if was := parse(t, first)[i]; fmt.Sprint(l.Results, l.Error, l.Width) != fmt.Sprint(was.Results, was.Error, was.Width) {
			t.Errorf("%+v became %+v", was, l)
		}
	}
	if _, n := classified("--size", "64", "--top", "2"); n != 0 {
		t.Errorf("%d photos were named again for fewer names", n)
	}
	for _, more := range [][]string{{"--size", "32"}, {"--size", "64", "--top", "7"}, {"--size", "64", "--top", "7", "--no-resume"}, {"--size", "64", "--exact"}} {
		if _, n := classified(more...); n < 2 {
			t.Errorf("%q: %d photos were named", more, n)
		}
	}
	write(t, read(t, filepath.Join(photoFolder, "panda.jpg")), dir, "a", "small.jpg")
	write(t, read(t, filepath.Join(photoFolder, "koala.jpg")), dir, "a", "copy.jpg")
	if _, n := classified("--size", "64", "--top", "7"); n != 1 {
		t.Errorf("%d photos were named after one was changed and one copied", n)
	}
	open, err := journal.Open(j)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	fail(t, 1, quick("--journal", j, dir), "another run is using it (process ")
}

// TestSidecars writes names beside photos, once.
func TestSidecars(t *testing.T) {
	dir := album(t)
	mine := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>mine</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>`
	write(t, []byte(mine), dir, "a", "koala.jpg.xmp")
	write(t, []byte("<broken"), dir, "a", "small.jpg.xmp")
	args := []string{"classify", "--xmp", "--min-score", "0.05", "--size", "128", dir}
	fail(t, 1, args, "a/small.jpg: its sidecar is left as it is: it is no XML", "list.jpg")
	text := string(read(t, filepath.Join(dir, "a", "koala.jpg.xmp")))
	if !strings.Contains(text, "<rdf:li>mine</rdf:li><rdf:li>koala</rdf:li>") || !strings.Contains(text, "<homeroom:network>"+feature.Network+"</homeroom:network>") {
		t.Errorf("the sidecar is\n%s", text)
	}
	if string(read(t, filepath.Join(dir, "a", "small.jpg.xmp"))) != "<broken" {
		t.Error("a broken sidecar was changed")
	}
	info, err := os.Stat(filepath.Join(dir, "a", "koala.jpg.xmp"))
	if err != nil {
		t.Fatal(err)
	}
	before := treeOf(t, dir)
	if _, plan, _ := execute(t, append(args, "--dry-run", "--model", "alexnet-cifar10", "--size", "32", "--min-score", "0")...); plan != "write "+filepath.Join(dir, "a", "koala.jpg.xmp")+"\nwrite "+filepath.Join(dir, "b", "deep", "small.jpg.xmp")+"\n" {
		t.Errorf("what would be done is\n%s", plan)
	}
	if into := filepath.Join(t.TempDir(), "sorted"); fmt.Sprint(treeOf(t, dir)) != fmt.Sprint(before) {
		t.Error("--dry-run changed something")
	} else if _, plan, _ := execute(t, append(args, "--dry-run", "--sort-into", into)...); strings.Count(plan, " -> ") != 3 || fmt.Sprint(treeOf(t, dir)) != fmt.Sprint(before) {
		t.Errorf("with --sort-into the plan is\n%s", plan)
	}
	execute(t, args...)
	if again, err := os.Stat(filepath.Join(dir, "a", "koala.jpg.xmp")); err != nil || !os.SameFile(info, again) || !again.ModTime().Equal(info.ModTime()) {
		t.Error("the same names were written again")
	}
}

// TestMoveLeavesWhatLinksLeadTo: files outside the folder that was named are not moved out of
// theirs, and the plan says so too.
func TestMoveLeavesWhatLinksLeadTo(t *testing.T) {
	dir := t.TempDir()
	small := read(t, smallPhoto)
	write(t, small, dir, "m", "in.jpg")
	far := write(t, small, dir, "e", "far.jpg")
	for name, to := range map[string]string{"folder": filepath.Join(dir, "e"), "file.jpg": far} {
		if err := os.Symlink(to, filepath.Join(dir, "m", name)); err != nil {
			t.Skip(err)
		}
	}
	args := quick("--sort-into", filepath.Join(dir, "o"), "--by", "move", "--min-score", "0", filepath.Join(dir, "m"))
	status, plan, planned := execute(t, append(args, "--dry-run")...)
	if status != 1 || strings.Count(plan, " -> ") != 1 || !strings.Contains(plan, "in.jpg -> ") {
		t.Errorf("status %d, the plan is\n%s", status, plan)
	}
	status, _, says := execute(t, args...)
	if status != 1 || !strings.HasPrefix(says, planned) || !strings.Contains(says, "far.jpg: it is left where it is: "+filepath.Join(dir, "m", "folder")+" is a link to a folder elsewhere") || !strings.Contains(says, "file.jpg is a link") {
		t.Errorf("status %d, it says\n%s, and planned\n%s", status, says, planned)
	}
	if _, err := os.Stat(far); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "m", "in.jpg")); err == nil {
		t.Error("in.jpg was not moved")
	}
}

// TestMoveThroughLinkedFolders: what lies in a linked folder is not moved out of it, whether the
// link was named, lies in what was named, or stands in the middle of a path; what lies in the named
// folder itself is, though a link leads there, too.
func TestMoveThroughLinkedFolders(t *testing.T) {
	small := read(t, smallPhoto)
	for _, c := range []struct {
		name  string
		paths []string
		moved []string // the others are told of
	}{
		{"named", []string{"link"}, nil},
		{"named with a slash", []string{"link/"}, nil},
		{"within", []string{"in"}, []string{"in/a.jpg", "in/z/deep/c.jpg"}},
		{"below", []string{"link/deep"}, nil},
		{"file", []string{"link/b.jpg", "in/a.jpg"}, []string{"in/a.jpg"}},
		{"pattern of folders", []string{"*"}, []string{"far/b.jpg", "far/deep/d.jpg", "in/a.jpg", "in/z/deep/c.jpg"}},
		{"pattern of files", []string{"*/*.jpg"}, []string{"far/b.jpg", "in/a.jpg"}},
		{"pattern of all below", []string{"in/**/*.jpg"}, []string{"in/a.jpg", "in/z/deep/c.jpg"}},
		{"listed", []string{"-"}, []string{"in/a.jpg"}},
		{"above a link", []string{"hop/.."}, []string{"far/b.jpg", "far/deep/d.jpg"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, sorted := t.TempDir(), filepath.Join(t.TempDir(), "sorted")
			weights, err := filepath.Abs("../../weights")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"in/a.jpg", "in/z/deep/c.jpg", "far/b.jpg", "far/deep/d.jpg"} {
				write(t, append(small[:len(small):len(small)], name...), dir, name)
			}
			for name, to := range map[string]string{"link": "far", "hop": "far/deep", "in/far": "../far", "in/again": "z", "in/z/deep/round": "../.."} {
				if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
					t.Skip(err)
				}
			}
			t.Chdir(dir)
			t.Setenv("HOMEROOM_WEIGHTS", weights)
			before := treeOf(t, dir)
			undo := filepath.Join(t.TempDir(), "undo.jsonl")
			args := append(quick("--sort-into", sorted, "--by", "move", "--template", "{name}", "--min-score", "0", "--undo-file", undo), c.paths...)
			var out, says bytes.Buffer
			con := &console.Console{Context: t.Context(), Out: &out, Err: &says, In: strings.NewReader("link/b.jpg\nin/a.jpg\n")}
			run(con, append(args, "--dry-run"))
			if n := strings.Count(out.String(), " -> "); n != len(c.moved) {
				t.Errorf("%d are in the plan\n%s", n, &out)
			}
			says.Reset()
			con.In = strings.NewReader("link/b.jpg\nin/a.jpg\n")
			run(con, args)
			if told := strings.Contains(says.String(), "is a link to a folder elsewhere; copy it, or name"); told == (c.name == "above a link" || c.name == "pattern of all below") {
				t.Errorf("it says\n%s", &says)
			}
			after := treeOf(t, dir)
			for name := range before {
				if _, there := after[name]; strings.HasSuffix(name, ".jpg") && there == slices.Contains(c.moved, name) {
					t.Errorf("%s is there: %v; it says\n%s", name, there, &says)
				}
			}
			if len(c.moved) == 0 {
				return
			}
			if left := treeOf(t, sorted); len(left) != len(c.moved)+1 {
				t.Errorf("%d photos are sorted: %v", len(left)-1, left)
			}
			succeed(t, "undo", undo)
			if after := treeOf(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("it was %v and is %v", before, after)
			}
		})
	}
}

// TestSortAndUndo sorts by move, with a plan before, and takes it back.
func TestSortAndUndo(t *testing.T) {
	dir := album(t)
	write(t, []byte("a sidecar"), dir, "a", "koala.jpg.xmp")
	into := filepath.Join(t.TempDir(), "sorted")
	args := quick("--sort-into", into, "--by", "move", "--template", "{label}/{year}/{name}", "--min-score", "0", "--size", "128", dir)
	before := treeOf(t, dir)
	_, plan, _ := execute(t, append(args, "--dry-run")...)
	if _, err := os.Stat(into); !errors.Is(err, os.ErrNotExist) || fmt.Sprint(treeOf(t, dir)) != fmt.Sprint(before) || strings.Count(plan, " -> ") != 3 {
		t.Errorf("the plan, which should change nothing, is\n%s", plan)
	}
	undo := filepath.Join(t.TempDir(), "undo.jsonl")
	fail(t, 1, append(args, "--undo-file", undo), "list.jpg")
	year := fmt.Sprint(time.Now().Year())
	for _, name := range []string{"koala.jpg", "koala.jpg.xmp"} {
		read(t, filepath.Join(into, "koala", year, name))
	}
	if left := treeOf(t, dir); len(left) >= len(before) || left["b/list.jpg"] == "" {
		t.Errorf("left is %v", left)
	}
	if out := succeed(t, "undo", undo); out != "4 files taken back, 0 left as they are\n" {
		t.Error(out)
	}
	if after := treeOf(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("it was %v and is %v", before, after)
	}
	if out := succeed(t, "undo", undo); out != "0 files taken back, 0 left as they are\n" {
		t.Error(out)
	}
	fail(t, 1, []string{"undo", filepath.Join(dir, "b", "list.jpg")}, "it is no undo file")
	fail(t, 2, quick("--dry-run", dir), "goes with --sort-into and --xmp")
	fail(t, 2, quick("--sort-into", into, "--template", "../{name}", dir), "--template")
}

// treeOf is what there is in a folder: names, times and bytes.
func treeOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = fmt.Sprint(info.ModTime().UnixNano(), info.Mode())
		if info.Mode().IsRegular() {
			out[filepath.ToSlash(name)] += string(read(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSequencesAndOrder: photos of one moment have one answer, and the least sure come first.
func TestSequencesAndOrder(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"koala", "panda", "koala"} {
		data := read(t, filepath.Join(photoFolder, name+".jpg"))
		at := time.Date(2024, 5, 7, 12, 0, []int{0, 1, 30}[i], 0, time.UTC)
		write(t, withTime(data, at), dir, fmt.Sprintf("%d-%s.jpg", i, name))
	}
	write(t, read(t, filepath.Join(photoFolder, "koala.jpg")), dir, "undated.jpg")
	out := succeed(t, "classify", "--json", "--size", "128", "--sequence", "2s", "--top", "3", dir)
	var lines []struct {
		File     string
		Sequence int
		Results  []struct {
			Label string
			Score float64
		}
	}
	for text := range strings.Lines(out) {
		lines = append(lines, struct {
			File     string
			Sequence int
			Results  []struct {
				Label string
				Score float64
			}
		}{})
		if err := json.Unmarshal([]byte(text), &lines[len(lines)-1]); err != nil {
			t.Fatal(err)
		}
	}
	if len(lines) != 4 || lines[0].Sequence != 1 || lines[1].Sequence != 1 || lines[2].Sequence != 0 || lines[3].Sequence != 0 || fmt.Sprint(lines[0].Results) != fmt.Sprint(lines[1].Results) {
		t.Fatalf("%+v", lines)
	}
	if len(lines[0].Results) != 3 || lines[0].Results[0].Score > 0.6 || fmt.Sprint(lines[2].Results) != fmt.Sprint(lines[3].Results) {
		t.Errorf("%+v", lines)
	}
	order := succeed(t, "classify", "--json", "--size", "128", "--sequence", "2s", "--sort", "unsure", dir)
	first, _, _ := strings.Cut(order, "\n")
	if !strings.Contains(first, "sequence") {
		t.Errorf("the first is %s", first)
	}
}

// withTime puts EXIF data with a time into a JPEG.
func withTime(photo []byte, at time.Time) []byte {
	text := at.Format("2006:01:02 15:04:05") + "\x00"
	tiff := []byte("II*\x00\x08\x00\x00\x00")
	tiff = append(tiff, "\x01\x00\x69\x87\x04\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00\x00\x00\x00"...)
	tiff = append(tiff, "\x01\x00\x03\x90\x02\x00\x14\x00\x00\x00\x2c\x00\x00\x00\x00\x00\x00\x00"...)
	body := append(append([]byte("Exif\x00\x00"), tiff...), text...)
	segment := append([]byte{0xff, 0xe1, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
	return slices.Concat(photo[:2], segment, photo[2:])
}

// TestTerminal: progress and a summary are shown on a terminal alone.
func TestTerminal(t *testing.T) {
	t.Setenv("HOMEROOM_WEIGHTS", "../../weights")
	var out, says, shown bytes.Buffer
	con := &console.Console{Context: t.Context(), Out: &console.Screen{To: &out}, Err: &console.Screen{To: &says}, Terminal: &shown}
	if status := run(con, quick("--json", album(t))); status != 1 {
		t.Errorf("status %d", status)
	}
	if !strings.Contains(says.String(), "3 photos named in ") || !strings.Contains(says.String(), "; 1 failed\n") {
		t.Errorf("the summary is %q", says.String())
	}
}

// TestDuplicatesAndSimilar has a photo as it is, twice, and saved smaller.
func TestDuplicatesAndSimilar(t *testing.T) {
	dir := t.TempDir()
	koala := read(t, filepath.Join(photoFolder, "koala.jpg"))
	first, second := write(t, koala, dir, "a", "koala.jpg"), write(t, koala, dir, "b", "again.jpg")
	p, err := photo.Decode(koala, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var smaller bytes.Buffer
	if err := jpeg.Encode(&smaller, resize.Resize(200, 0, p.Image(), resize.Bilinear), &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	small := write(t, smaller.Bytes(), dir, "small.jpg")
	panda := write(t, read(t, filepath.Join(photoFolder, "panda.jpg")), dir, "panda.jpg")
	out := succeed(t, "duplicates", dir)
	want := fmt.Sprintf("same file:\n  %s  420 × 560, %s bytes\n  %s  420 × 560, %[2]s bytes\nsame picture:\n  %[1]s  420 × 560, %[2]s bytes\n  %[4]s  200 × 267, ",
		first, console.Grouped(int64(len(koala))), second, small)
	if !strings.HasPrefix(out, want) || strings.Contains(out, "panda") {
		t.Errorf("it prints\n%s, want\n%s", out, want)
	}
	for text := range strings.Lines(succeed(t, "duplicates", "--json", dir)) {
		sameKeys(t, text, "kind", "files")
	}
	near := strings.Fields(succeed(t, "similar", first, dir))
	if len(near) != 6 || near[1] != second || near[0] != "1.000" || near[3] != small || near[5] != panda {
		t.Errorf("similar are %q", near)
	}
	fail(t, 2, []string{"similar", filepath.Join(dir, "nowhere.jpg"), dir}, "nowhere.jpg")
	kept := filepath.Join(t.TempDir(), "seen.journal")
	broken := write(t, []byte("milk"), dir, "list.jpg")
	for i, want := range []string{"", "5 photos by the journal", "6 photos by the journal"} {
		var out, says bytes.Buffer
		if i == 2 { // a copy of another name is not looked at
			write(t, koala, dir, "c.jpg")
		}
		status := run(&console.Console{Context: t.Context(), Out: &out, Err: &says, Terminal: io.Discard}, []string{"duplicates", "--journal", kept, dir})
		if status != 1 || i < 2 && out.String() != succeed(t, "duplicates", first, second, small, panda) || !strings.Contains(says.String(), want) || !strings.Contains(says.String(), broken) {
			t.Errorf("run %d: status %d, it prints\n%s\n%s", i+1, status, &out, &says)
		}
	}
	if again := strings.Fields(succeed(t, "similar", "--journal", kept, first, second, small, panda)); !slices.Equal(again, near) {
		t.Errorf("with a journal, similar are %q", again)
	}
	fail(t, 1, []string{"similar", "--journal", small, first, dir}, "that is one of the photos")
	fail(t, 2, []string{"duplicates", "-0", dir}, "--null")
	fail(t, 2, []string{"similar", "-0", first, dir}, "--null")
	fail(t, 2, []string{"review", "-0", dir}, "--null")
	for _, c := range []struct {
		args []string
		want string
	}{{[]string{"duplicates", "-0", "-"}, succeed(t, "duplicates", first, second)}, {[]string{"similar", "-0", first, "-"}, succeed(t, "similar", first, second)}, {[]string{"review", "-0", "--margin", "1", "-o", "-", "-"}, succeed(t, "review", "--margin", "1", "-o", "-", first, second)}} {
		var out, says bytes.Buffer
		con := &console.Console{Context: t.Context(), Out: &out, Err: &says, In: strings.NewReader(first + "\x00" + second + "\x00")}
		if status := run(con, c.args); status != 0 || out.String() != c.want {
			t.Errorf("%q: status %d, it prints\n%s, want\n%s, and says %s", c.args, status, &out, c.want, &says)
		}
	}
}

// TestArchivesPage runs the commands of docs/archives.md as they stand there, one after the other.
func TestArchivesPage(t *testing.T) {
	page := string(read(t, "../../docs/archives.md"))
	weights, err := filepath.Abs("../../weights")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for _, name := range []string{"koala.jpg", "panda.jpg"} {
		data := read(t, filepath.Join(photoFolder, name))
		write(t, data, dir, "photos", name)
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, packed.Bytes(), dir, "season.zip")
	write(t, withTime(read(t, filepath.Join(photoFolder, "koala.jpg")), time.Date(2024, 5, 7, 12, 0, 0, 0, time.UTC)), dir, "season", "creek", "1.jpg")
	for i, name := range []string{"deployments.csv", "taxa.csv"} { // as the page shows them
		text, _, _ := strings.Cut(strings.Split(page, "```csv\n")[i+1], "```")
		write(t, []byte(text), dir, name)
	}
	if status, _, says := execute(t, "finetune", "--train", "testdata/clothing/train", "--out", filepath.Join(dir, "clothes.homeroom"), "--head", "linear", "--size", "64"); status != 0 {
		t.Fatal(says)
	}
	before := treeOf(t, filepath.Join(dir, "photos"))
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	write(t, []byte("#!/bin/sh\n"+asProgram+"=yes HOMEROOM_WEIGHTS='"+weights+"' exec '"+self+"' \"$@\"\n"), dir, "bin", "homeroom")
	if err := os.Chmod(filepath.Join(dir, "bin", "homeroom"), 0o755); err != nil {
		t.Fatal(err)
	}
	commands := 0
	for text := range strings.Lines(page) {
		command, is := strings.CutPrefix(text, "    ")
		if !is || strings.HasPrefix(command, "sqlite3 ") { // what it selects from is in TestKeeps of the journal
			continue
		}
		commands++
		c := exec.Command("sh", "-c", command)
		c.Dir, c.Env = dir, append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
		if strings.Contains(command, "--answers") {
			answer(t, filepath.Join(dir, "review.csv"), "hat")
		}
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
		} else if strings.Contains(command, "undo sorted") && string(out) != "4 files taken back, 0 left as they are\n" {
			t.Errorf("%s: %s", command, out)
		}
	}
	if commands < 12 {
		t.Errorf("the page has only %d commands", commands)
	}
	after := treeOf(t, filepath.Join(dir, "photos"))
	for name, was := range before {
		if name != "." && after[name] != was {
			t.Errorf("%s was changed", name)
		}
	}
	for _, name := range []string{"names.csv", "names.jsonl", "names.journal", "look-at.csv", "photos/koala.jpg.xmp", "package/observations.csv", "review.html"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// answer fills a list of review in, the same in every row.
func answer(t *testing.T, list, class string) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(read(t, list), []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("the list is %q, %v", rows, err)
	}
	for _, row := range rows[1:] {
		row[slices.Index(rows[0], "answer")] = class
	}
	var b bytes.Buffer
	if err := errors.Join(csv.NewWriter(&b).WriteAll(rows), os.WriteFile(list, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// TestTablesOfSiblings: duplicates, similar, map and review write the same tables as classify, one
// thing in all of them.
func TestTablesOfSiblings(t *testing.T) {
	dir, to := t.TempDir(), t.TempDir()
	odd := filepath.Join(dir, "odd\xff\n.jpg")
	first := write(t, read(t, smallPhoto), dir, "a.jpg")
	if err := os.WriteFile(odd, read(t, smallPhoto), 0o644); err != nil {
		t.Skip(err)
	}
	type row struct {
		File      string `parquet:"file"`
		FileBytes []byte `parquet:"file_bytes,optional"`
	}
	for _, c := range []struct {
		args []string
		rows int
		says string // and the list's path
	}{
		{[]string{"duplicates", dir}, 2, ""},
		{[]string{"similar", first, dir}, 1, ""},
		{[]string{"map", dir}, 2, ""},
		{[]string{"review", "--margin", "1", dir}, 2, "2 of 2 photos are on "},
	} {
		name := c.args[0]
		at := func(ending string) string { return filepath.Join(to, name+ending) }
		if c.says != "" {
			c.says += at(".csv") + "\n"
		}
		if got := succeed(t, append(c.args, "--size", "64", "--jobs", "2", "--csv", at(".csv"), "--jsonl", at(".jsonl"), "--parquet", at(".parquet"))...); got != c.says {
			t.Errorf("%s prints %q", name, got)
		}
		table, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(read(t, at(".csv")), []byte("\xef\xbb\xbf")))).ReadAll()
		if err != nil || len(table) != c.rows+1 {
			t.Fatalf("%s: %q, %v", name, table, err)
		}
		rows, err := parquet.ReadFile[row](at(".parquet"))
		if err != nil || len(rows) != c.rows {
			t.Fatalf("%s: %q, %v", name, rows, err)
		}
		column := func(name string) int { return slices.Index(table[0], name) }
		oddly := 0
		for i, r := range rows {
			coded, err := base64.StdEncoding.DecodeString(table[i+1][column("file_bytes")])
			if err != nil || table[i+1][column("file")] != r.File || !bytes.Equal(coded, r.FileBytes) {
				t.Errorf("%s: %q and %q differ", name, table[i+1], r)
			}
			if string(r.FileBytes) == odd {
				oddly++
			}
		}
		if lines := string(read(t, at(".jsonl"))); oddly != 1 || strings.Count(lines, jsonOf(t, []byte(odd))) != 1 {
			t.Errorf("%s: the odd name is there %d times; lines are\n%s", name, oddly, lines)
		}
		fail(t, 2, append(c.args, "--parquet", "-"), "--parquet -")
		fail(t, 1, append(c.args, "--jsonl", first), "only read")
	}
}

// TestMap: the same photos lie in one place, another elsewhere, and the same seed gives the same
// map.
func TestMap(t *testing.T) {
	dir := t.TempDir()
	koala, panda := read(t, filepath.Join(photoFolder, "koala.jpg")), read(t, filepath.Join(photoFolder, "panda.jpg"))
	for i := range 6 {
		write(t, koala, dir, fmt.Sprintf("koala %d.jpg", i))
		write(t, panda, dir, fmt.Sprintf("panda %d.jpg", i))
	}
	out := succeed(t, "map", "--json", "--size", "64", dir)
	type laid struct {
		File string
		X, Y float64
	}
	var all []laid
	for line := range strings.Lines(out) {
		sameKeys(t, line, "file", "x", "y")
		var one laid
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if len(all) != 12 {
		t.Fatalf("%d photos are laid out", len(all))
	}
	far := func(a, b laid) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }
	for _, a := range all[1:6] {
		for _, b := range all[6:] {
			if far(a, all[0]) >= far(a, b) {
				t.Errorf("%v lies nearer to %v than to %v", a, b, all[0])
			}
		}
	}
	if again := succeed(t, "map", "--json", "--size", "64", dir); again != out {
		t.Errorf("the second time it prints\n%s", again)
	}
	if other := succeed(t, "map", "--json", "--size", "64", "--seed", "2", dir); other == out {
		t.Error("another seed gives the same map")
	}
}

// traps makes a folder of photos of two camera traps, and what is told of them, and returns it. The
// folder is the working one then.
func traps(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	day := time.Date(2024, 5, 7, 23, 59, 58, 0, time.UTC)
	for i, name := range []string{"koala", "koala", "panda"} {
		write(t, withTime(read(t, filepath.Join(photoFolder, name+".jpg")), day.Add(time.Duration(i)*time.Second)), dir, "trap 1", fmt.Sprintf("%d.jpg", i))
	}
	write(t, withTime(read(t, filepath.Join(photoFolder, "panda.jpg")), day.Add(time.Hour)), dir, "trap 2", "é.jpg")
	write(t, []byte("folder,deploymentID,latitude,longitude,locationName,deploymentStart,deploymentEnd\ntrap 1,one,-27.5,153,\"the creek, north\",2024-05-01,\ntrap 2,two,51,4.5,,,\n"), dir, "deployments.csv")
	write(t, []byte("label,scientificName,observationType\nkoala,Phascolarctos cinereus,\ngiant panda,Ailuropoda melanoleuca,animal\n"), dir, "taxa.csv")
	write(t, []byte(`{"title":"Two traps","contributors":[{"title":"Ada","role":"contact"}]}`), dir, "about.json")
	weights, err := filepath.Abs("../../weights")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	t.Setenv("HOMEROOM_WEIGHTS", weights)
	return dir
}

// trapArgs is the command line for a package of them.
var trapArgs = []string{"classify", "trap 1", "trap 2", "--size", "128", "--min-score", "0", "--camtrap-dp", "package", "--deployments", "deployments.csv", "--taxa", "taxa.csv", "--about", "about.json",
	"--time-zone", "+10:00", "--json"}

// TestCamtrap writes a package by photos and one by bursts. make peers has frictionless read them.
func TestCamtrap(t *testing.T) {
	script, err := filepath.Abs("../reference/camtrap_check.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := traps(t)
	for _, c := range []struct {
		more         []string
		observations int
	}{{nil, 4}, {[]string{"--sequence", "5s"}, 2}} {
		var out, says bytes.Buffer
		if status := run(&console.Console{Context: t.Context(), Out: &out, Err: &says}, slices.Concat(trapArgs, c.more)); status != 0 || says.Len() > 0 {
			t.Fatalf("status %d: %s", status, says.String())
		}
		tables := map[string][][]string{}
		for _, name := range []string{"deployments", "media", "observations"} {
			rows, err := csv.NewReader(bytes.NewReader(read(t, filepath.Join(dir, "package", name+".csv")))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			tables[name] = rows
		}
		cell := func(table string, row int, column string) string {
			return tables[table][row][slices.Index(tables[table][0], column)]
		}
		for _, want := range []struct {
			table  string
			row    int
			column string
			is     string
		}{
			{"deployments", 1, "locationName", "the creek, north"}, {"deployments", 1, "latitude", "-27.5"}, {"deployments", 1, "deploymentStart", "2024-05-01T00:00:00+1000"},
			{"deployments", 1, "deploymentEnd", "2024-05-08T00:00:00+1000"}, {"deployments", 2, "deploymentStart", "2024-05-08T00:59:58+1000"},
			{"media", 4, "mediaID", "trap 2/é.jpg"}, {"media", 1, "timestamp", "2024-05-07T23:59:58+1000"}, {"media", 4, "deploymentID", "two"},
			{"observations", 1, "scientificName", "Phascolarctos cinereus"}, {"observations", 1, "observationType", "animal"}, {"observations", 1, "classificationMethod", "machine"},
			{"observations", 1, "eventStart", "2024-05-07T23:59:58+1000"},
			{"observations", 1, "eventEnd", map[bool]string{true: "2024-05-08T00:00:00+1000", false: "2024-05-07T23:59:58+1000"}[c.more != nil]},
			{"observations", 1, "observationLevel", map[bool]string{true: "event", false: "media"}[c.more != nil]},
			{"observations", 1, "mediaID", map[bool]string{true: "", false: "trap 1/0.jpg"}[c.more != nil]},
		} {
			if got := cell(want.table, want.row, want.column); got != want.is {
				t.Errorf("%q: %s of row %d of %s is %q, want %q", c.more, want.column, want.row, want.table, got, want.is)
			}
		}
		if len(tables["media"]) != 5 || len(tables["observations"]) != c.observations+1 {
			t.Errorf("the tables are %q", tables)
		}
		var about struct {
			Title        string
			Contributors []struct{ Title string }
			Taxonomic    []struct{ ScientificName string }
		}
		if err := json.Unmarshal(read(t, filepath.Join(dir, "package", "datapackage.json")), &about); err != nil || about.Title != "Two traps" || about.Contributors[0].Title != "Ada" || len(about.Taxonomic) != 2 {
			t.Errorf("%v, %+v", err, about)
		}
		frictionless(t, script, 4)
	}
}

// frictionless validates the package of two deployments, where its Python is given.
func frictionless(t *testing.T, script string, media int) {
	t.Helper()
	if *camtrapPeer == "" {
		return
	}
	said, err := exec.Command(*camtrapPeer, script, "package").CombinedOutput()
	if err != nil || !strings.Contains(string(said), fmt.Sprintf(`{"valid": true, "rows": {"deployments": 2, "media": %d, `, media)) {
		t.Errorf("frictionless: %v\n%s", err, said)
	}
}

// TestCamtrapWithoutTimes: a photo that does not say when it was taken is left out of the package
// and told, or, where that is wanted, has the time of its file, which the package says.
func TestCamtrapWithoutTimes(t *testing.T) {
	script, err := filepath.Abs("../reference/camtrap_check.py")
	if err != nil {
		t.Fatal(err)
	}
	plain := read(t, filepath.Join(photoFolder, "koala.jpg"))
	dir := traps(t)
	silent := write(t, plain, dir, "trap 2", "silent.jpg")
	changed := time.Date(2024, 5, 9, 3, 4, 5, 0, time.FixedZone("", 10*60*60))
	if err := os.Chtimes(silent, changed, changed); err != nil {
		t.Fatal(err)
	}
	const left = "homeroom: trap 2/silent.jpg: it is not in the package: it does not say when it was taken, which the standard requires; write the time into the photo, or have that of its file taken by --file-times\n"
	for _, c := range []struct {
		more   []string
		status int
		says   string
		media  int
	}{{nil, 1, left, 4}, {[]string{"--file-times"}, 0, "", 5}} {
		var out, says bytes.Buffer
		if status := run(&console.Console{Context: t.Context(), Out: &out, Err: &says}, slices.Concat(trapArgs, c.more)); status != c.status || says.String() != c.says {
			t.Errorf("status %d: %q", status, says.String())
		}
		media := string(read(t, filepath.Join("package", "media.csv")))
		if strings.Count(media, "\n") != c.media+1 || strings.Contains(media, "2024-05-09T03:04:05+1000,trap 2/silent.jpg,false,silent.jpg,image/jpeg,,,timestamp: when the file was changed last") != (c.media == 5) {
			t.Errorf("media.csv is\n%s", media)
		}
		if deployments := string(read(t, filepath.Join("package", "deployments.csv"))); strings.Count(deployments, ",true,") != c.media-4 {
			t.Errorf("deployments.csv is\n%s", deployments)
		}
		frictionless(t, script, c.media)
	}
}
