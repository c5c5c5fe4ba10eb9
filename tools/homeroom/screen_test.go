package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScreen(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"koala 91%\n\tgrün 漢字 عربي\n", "koala 91%\n\tgrün 漢字 عربي\n"},
		{"a\x1b]0;title\x07b", `a\u001b]0;title\u0007b`},
		{"a\u009b2Jb", `a\u009b2Jb`},
		{"\xff\xfe", `\xff\xfe`},
		{"gpj\u202eexe", `gpj\u202eexe`},
		{"100%\rdone", `100%\u000ddone`},
	} {
		var whole, parts strings.Builder
		if _, err := (&screen{to: &whole}).Write([]byte(test.in)); err != nil || whole.String() != test.want {
			t.Errorf("%q became %q, %v", test.in, whole.String(), err)
		}
		s := &screen{to: &parts}
		for i := range len(test.in) {
			if _, err := s.Write([]byte{test.in[i]}); err != nil {
				t.Fatal(err)
			}
		}
		if parts.String() != test.want {
			t.Errorf("%q byte by byte became %q", test.in, parts.String())
		}
	}
}

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
