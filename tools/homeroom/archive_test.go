package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/tools/homeroom/engine"
)

// zipOf makes a zip of files in the order of their names.
func zipOf(t testing.TB, files map[string][]byte) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A project of Teachable Machine becomes one of Homeroom's, with its classes and photos.
func TestTeachableMachineProject(t *testing.T) {
	photos := map[string][]byte{"manifest.json": []byte(`{"type":"image"}`)}
	for class, folder := range map[string]string{"Sun hat": "hat", "Left/right shoe": "shoes"} {
		for i := range 6 {
			data, err := os.ReadFile(fmt.Sprintf("testdata/clothing/train/%s/%d.jpg", folder, i+1))
			if err != nil {
				t.Fatal(err)
			}
			photos[fmt.Sprintf("%s-!-%d.jpg", class, i)] = data
		}
	}
	folder := t.TempDir()
	from, out := filepath.Join(folder, "clothes.tm"), filepath.Join(folder, "clothes.homeroom")
	if err := os.WriteFile(from, zipOf(t, photos), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, _, complaints := execute(t, "finetune", "--train", from, "--head", "linear", "--model", "alexnet-cifar10", "--out", out); status != 0 {
		t.Fatal(complaints)
	}
	p, err := engine.ReadProject(out)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Bank.Classes, []string{"Left/right shoe", "Sun hat"}) || len(p.Bank.Photos) != 12 || p.Head() == nil {
		t.Errorf("classes %q, %d photos", p.Bank.Classes, len(p.Bank.Photos))
	}
	if _, _, err := p.Open("id"); err != nil { // as the page does
		t.Error(err)
	}
	// A zip of folders is taken likewise, and one without photos refused.
	folders := map[string][]byte{"readme.txt": []byte("nothing")}
	for name, data := range photos {
		if class, file, ok := strings.Cut(name, "-!-"); ok {
			folders["all/"+strings.ReplaceAll(class, "/", " ")+"/"+file] = data
		}
	}
	zipped := filepath.Join(folder, "clothes.zip")
	if err := os.WriteFile(zipped, zipOf(t, folders), 0o666); err != nil {
		t.Fatal(err)
	}
	fail(t, 1, []string{"eval", "--head", out, "--test", zipped, "--json"}, "the very photos that the head learnt from")
	empty := filepath.Join(folder, "empty.tm")
	if err := os.WriteFile(empty, zipOf(t, map[string][]byte{"manifest.json": []byte("{}"), "samples.bin": {1, 2, 3}}), 0o666); err != nil {
		t.Fatal(err)
	}
	fail(t, 1, []string{"finetune", "--train", empty, "--out", out}, "empty.tm holds no photos of classes")
}
