package review

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"homeroom/core/model"
	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/naming"
)

// listed is one with names.
func listed(path string, labels ...string) *naming.Named {
	one := &naming.Named{Result: result.Result{File: path}, Sum: sha256.Sum256([]byte(path))}
	for i, l := range labels {
		one.Results = append(one.Results, model.Result{Index: i, Label: l, Score: 0.5 / float64(i+1)})
	}
	return one
}

// TestList reads what was written, as spreadsheets save it.
func TestList(t *testing.T) {
	var b bytes.Buffer
	if err := writeList(&b, false, []*naming.Named{listed("é, \"1\".jpg", "=cmd", "b"), listed("-odd\xff.jpg", "a"), listed("none.jpg")}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if strings.Count(text, "\n") != 4 || !strings.Contains(text, ",'=cmd,0.5000,b,0.2500,,,") || !strings.Contains(text, "./-odd\ufffd.jpg") {
		t.Errorf("the list is\n%s", text)
	}
	filled := strings.Replace(strings.Replace(text, "0.2500,,,", "0.2500,, Cat ,", 1), "a,0.5000,,,,,", "a,0.5000,,,,dog,", 1)
	utf16s := func(order func(u uint16) []byte) string {
		var out bytes.Buffer
		for _, u := range utf16.Encode([]rune(filled)) {
			out.Write(order(u))
		}
		return out.String()
	}
	for name, saved := range map[string]string{
		"as written": filled, "without its mark": strings.TrimPrefix(filled, byteOrder), "with \\r\\n": strings.ReplaceAll(filled, "\n", "\r\n"),
		"UTF-16": utf16s(func(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }), "UTF-16, the other way": utf16s(func(u uint16) []byte { return []byte{byte(u >> 8), byte(u)} }),
	} {
		answers, err := readList(strings.NewReader(saved))
		if err != nil || len(answers) != 2 {
			t.Errorf("%s: %+v, %v", name, answers, err)
			continue
		}
		for i, want := range []answer{{2, "é, \"1\".jpg", "Cat", sha256.Sum256([]byte("é, \"1\".jpg")), true}, {3, "-odd\xff.jpg", "dog", sha256.Sum256([]byte("-odd\xff.jpg")), true}} {
			if answers[i] != want {
				t.Errorf("%s: %+v, want %+v", name, answers[i], want)
			}
		}
	}
	for text, want := range map[string]string{
		"": "no head", "file,label\n": `no column "answer"`, "file,answer\n,cat\n": "line 2 has an answer and no file", "file,answer,sha256\na,cat,12\n": "no SHA-256",
		"file,answer,file_bytes\na,cat,!\n": "no base64", "file,answer\n\xff,cat\n": "save it as CSV UTF-8",
	} {
		if _, err := readList(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if answers, err := readList(strings.NewReader("Answer\tmine\tFile\ncat\t1\ta\n\t2\tb\n")); err != nil || fmt.Sprint(answers) != fmt.Sprint([]answer{{line: 2, path: "a", class: "cat"}}) {
		t.Errorf("%+v, %v", answers, err)
	}
}

// FuzzReadList reads any list: an answer has a class and a path.
func FuzzReadList(f *testing.F) {
	f.Add([]byte("file,answer,sha256,file_bytes\na,cat,,\n"))
	f.Add([]byte("\xff\xfef\x00i\x00l\x00e\x00\t\x00a\x00n\x00s\x00w\x00e\x00r\x00\n\x00"))
	f.Add([]byte("file;answer\n\"a\";\"b\"\"c\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		answers, err := readList(bytes.NewReader(data))
		if err != nil {
			return
		}
		if len(answers) > bytes.Count(data, []byte{'\n'})+1 {
			t.Fatalf("%d answers of %d bytes", len(answers), len(data))
		}
		for _, a := range answers {
			if a.class == "" || a.path == "" {
				t.Fatalf("%+v", a)
			}
		}
	})
}
