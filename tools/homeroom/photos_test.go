package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/photofile"
)

// TestFilesAreToldByContent: endings play no part, what is no picture is counted and said once, and
// a picture of a kind that is not read is refused by its name.
func TestFilesAreToldByContent(t *testing.T) {
	folder, small := t.TempDir(), read(t, "../../core/photo/testdata/pictures/420.jpg")
	for _, name := range []string{"b.jfif", "c.mpo", "d.apng", "e.dib", "none", "wrong.txt"} {
		write(t, small, folder, name)
	}
	heic := write(t, []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), folder, "IMG_1.HEIC")
	write(t, []byte("milk"), folder, "notes.md")
	write(t, []byte("eggs"), folder, "notes")
	write(t, []byte("%PDF-1.7"), folder, "deep", "paper.pdf")
	for _, name := range []string{"b.jfif.xmp", "c.XMP"} { // which are parts of photos
		write(t, []byte("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"), folder, name)
	}
	write(t, small, folder, "@eaDir", "thumb.jpg")
	status, out, complaints := execute(t, "classify", "--json", "--size", "64", folder)
	lines := parse(t, out)
	if status != 1 || len(lines) != 7 {
		t.Fatalf("status %d with %d lines, want 1 with 7:\n%s", status, len(lines), out)
	}
	for _, l := range lines {
		if l.File == heic && !strings.Contains(l.Error, "HEIC pictures can't be read here; save it as JPEG") || l.File != heic && l.Error != "" {
			t.Errorf("%s: %q", l.File, l.Error)
		}
	}
	if want := "homeroom: left out: 3 files that are not pictures (2 text, 1 pdf) and 1 hidden or helper file or folder (@eaDir)\n"; complaints != want {
		t.Errorf("it says %q, want %q", complaints, want)
	}
	write(t, []byte("milk"), folder, "only", "notes.md")
	fail(t, 1, []string{"classify", "--size", "64", filepath.Join(folder, "only")}, "the folder has no photos in it, only other files (1)")
}

// TestLinksAreFollowedOnce has links to files and folders, in circles and to nowhere.
func TestLinksAreFollowedOnce(t *testing.T) {
	folder, elsewhere := t.TempDir(), t.TempDir()
	small := read(t, "../../core/photo/testdata/pictures/420.jpg")
	write(t, small, elsewhere, "far.jpg")
	one := write(t, small, folder, "one.jpg")
	for name, to := range map[string]string{
		"again": folder, "elsewhere": elsewhere, "elsewhere-too": elsewhere, "linked.jpg": one, "deep/up": "..", "deep/round": "round2", "deep/round2": "round",
	} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, path); err != nil {
			t.Skip(err)
		}
	}
	var got []string
	found, _ := photofile.Find([]string{folder})
	for _, f := range found {
		name, _ := filepath.Rel(folder, f.Path)
		if f.Err != nil {
			name += " failed"
		}
		got = append(got, filepath.ToSlash(name))
	}
	if want := []string{"deep/round failed", "deep/round2 failed", "linked.jpg", "one.jpg", "again failed", "deep/up failed", "elsewhere/far.jpg", "elsewhere-too failed"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// TestLinksBetweenClasses: a photo is of the class in whose folder it really lies, or of the first
// with a link to its folder, and what leads there from another class is said.
func TestLinksBetweenClasses(t *testing.T) {
	folder, elsewhere := t.TempDir(), t.TempDir()
	small := read(t, "../../core/photo/testdata/pictures/420.jpg")
	write(t, small, elsewhere, "far.jpg")
	for _, class := range []string{"ant", "bee", "cat"} {
		write(t, small, folder, class, class+".jpg")
	}
	write(t, small, folder, "cat", "deep", "kitten.jpg")
	for name, to := range map[string]string{
		"ant/bees": "../bee", "ant/all": "..", "ant/far": elsewhere, "bee/far": elsewhere, "bee/kittens": "../cat/deep", "cat/deep/up": "..", "copy": "cat",
	} {
		if err := os.Symlink(filepath.FromSlash(to), filepath.Join(folder, filepath.FromSlash(name))); err != nil {
			t.Skip(err)
		}
	}
	var told strings.Builder
	classes, err := photofile.ReadClasses(&console.Console{Err: &told}, folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range classes {
		for _, f := range c.Files {
			below, _ := filepath.Rel(folder, f.Path)
			got = append(got, fmt.Sprint(c.Name, ": ", filepath.ToSlash(below), f.Err))
		}
	}
	if want := []string{"ant: ant/ant.jpg<nil>", "ant: ant/far/far.jpg<nil>", "bee: bee/bee.jpg<nil>", "cat: cat/cat.jpg<nil>", "cat: cat/deep/kitten.jpg<nil>"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	for name, want := range map[string]string{
		"ant/bees": "is taken in class bee, in whose folder it lies", "ant/all": "it leads back to the folder that all classes lie in",
		"bee/far": "was taken in class ant already", "bee/kittens": "is taken in class cat, in whose folder it lies", "copy": "was taken in class cat already",
	} {
		if line := filepath.Join(folder, filepath.FromSlash(name)) + ": " + want; !strings.Contains(told.String(), line) {
			t.Errorf("it doesn't say %q:\n%s", line, told.String())
		}
	}
	if n := strings.Count(told.String(), "\n"); n != 5 {
		t.Errorf("it says %d lines, want 5:\n%s", n, told.String())
	}
}

// TestClassesOfFolders: helper folders are no classes, names that differ in capitals or in how
// accents are stored are one, and finetune says what it left out.
func TestClassesOfFolders(t *testing.T) {
	folder := t.TempDir()
	for n, class := range []string{"Hat", "hat", "caf\u00e9", "cafe\u0301", ".git", ".ipynb_checkpoints", "__MACOSX", "@eaDir", "#recycle"} {
		for i := range 3 {
			write(t, read(t, filepath.Join(clothing, "train", []string{"hat", "pants"}[n/2%2], []string{"1.jpg", "2.jpg", "3.jpg"}[i])), folder, class, string(rune('a'+n))+string(rune('0'+i))+".jpg")
		}
	}
	write(t, read(t, filepath.Join(clothing, "train", "hat", "4.jpg")), folder, "loose.jpg")
	write(t, []byte("milk"), folder, "Hat", "notes.txt")
	write(t, []byte("eggs"), folder, "readme.md")
	out := filepath.Join(t.TempDir(), "few.homeroom")
	status, text, complaints := execute(t, "finetune", "--train", folder, "--model", "efficientnet-lite0", "--size", "64", "--views", "plain", "--head", "means", "--out", out)
	if status != 0 || !strings.Contains(text, "2 classes from 12 photos") {
		t.Errorf("status %d:\n%s%s", status, text, complaints)
	}
	for _, want := range []string{
		"left out: 2 files that are not pictures (2 text), 1 photo that lies in no class's folder and 5 hidden or helper files and folders",
		filepath.Join(folder, "hat") + ": taken for the class Hat", "taken for the class cafe\u0301",
	} {
		if !strings.Contains(complaints, want) {
			t.Errorf("it doesn't say %q:\n%s", want, complaints)
		}
	}
}
