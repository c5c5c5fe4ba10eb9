package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/feature"
	"homeroom/core/project"
)

// TestHostileProjectsInTheProgram answers with projects that were made to take gigabytes, to hang
// or to answer with what is no number: each is refused by its name, or answers in JSON.
func TestHostileProjectsInTheProgram(t *testing.T) {
	paths, err := filepath.Glob("../../core/project/testdata/hostile/*.gz")
	if err != nil || len(paths) < 6 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	folder := t.TempDir()
	for _, path := range paths {
		z, err := gzip.NewReader(bytes.NewReader(read(t, path)))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".gz")
		write(t, data, folder, name)
		status, out, complaints := execute(t, "classify", "--json", "--head", filepath.Join(folder, name), clothing+"/test/hat/1.jpg")
		if status != 0 {
			if status != 1 || !strings.Contains(complaints, name+": ") || strings.Contains(complaints, "goroutine") {
				t.Errorf("%s: status %d, %q", name, status, complaints)
			}
			continue
		}
		if !strings.HasPrefix(name, "brick") {
			t.Errorf("%s: it answers", name)
		}
		for line := range strings.Lines(out) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s: %q is no JSON", name, line)
			}
		}
	}
}

// TestProjectsNameNoFiles has a project that was taught on a network whose name is the path of
// something else.
func TestProjectsNameNoFiles(t *testing.T) {
	path, _ := teach(t, "--head", "means")
	for _, name := range []string{"/dev/zero", "../secret", "other.pack"} {
		f := open(t, path)
		space := feature.Space{Network: name, Size: 64}
		h := f.Versions[0].Best
		h.Input, h.Spaces = h.Input[:1], h.Spaces[:1]
		h.Input[0], h.Spaces[0].Name = h.Input[0][:1], space
		h.Input[0][0] = space
		f.Versions[0].Last, f.Versions[0].Quick, f.Versions[0].Held, f.Versions[0].Valid, f.Versions[0].Test = h, nil, nil, nil, nil
		var out bytes.Buffer
		if err := project.Write(&out, f); err != nil {
			t.Fatal(err)
		}
		bad := filepath.Join(t.TempDir(), "bad.homeroom")
		write(t, out.Bytes(), bad)
		fail(t, 1, []string{"classify", "--head", bad, clothing + "/test/hat/1.jpg"}, "which is not of the catalogue")
	}
}
