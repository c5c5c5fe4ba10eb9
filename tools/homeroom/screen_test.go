package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Names that a file system allows and a terminal or JSON do not.
func TestOddNames(t *testing.T) {
	koala, err := os.ReadFile(photoFolder + "/koala.jpg")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, name := range []string{"not utf-8 \xff\xfe.jpg", "title \x1b]0;mine\x07.jpg", `comma, and \ backslash.jpg`, "two\nlines.jpg", strings.Repeat("n", 251) + ".jpg"} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, koala, 0o666); err != nil {
			t.Skipf("this file system has no such names: %v", err)
		}
		out := succeed(t, "classify", path)
		if !strings.Contains(out, "koala") || strings.Contains(out, "\x1b") || strings.Count(strings.SplitN(out, "  420", 2)[0], "\n") > 0 {
			t.Errorf("%q is told of as %q", name, out)
		}
		var line struct {
			File    string `json:"file"`
			Bytes   []byte `json:"file_bytes"`
			Results []struct{ Label string }
		}
		if err := json.Unmarshal([]byte(succeed(t, "classify", "--json", path)), &line); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if line.Bytes != nil {
			line.File = string(line.Bytes)
		}
		if line.File != path || len(line.Results) == 0 || line.Results[0].Label != "koala" {
			t.Errorf("%q came out of JSON as %+v", name, line)
		}
	}
	out := fail(t, 1, []string{"classify", filepath.Join(folder, "gone \x1b[2J.jpg")}, "there is no such file")
	if strings.Contains(out, "\x1b") {
		t.Errorf("a complaint has %q", out)
	}
}
