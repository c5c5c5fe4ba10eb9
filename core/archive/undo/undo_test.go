package undo

import (
	"bytes"
	"strings"
	"testing"
)

// TestNoUndoFile has files that are none.
func TestNoUndoFile(t *testing.T) {
	for text, want := range map[string]string{
		"": "no undo file", "milk\n": "no undo file", "{}\n": "no undo file", `{"homeroom":"undo","version":3}` + "\n": "later version",
		`{"homeroom":"undo","version":1,"mode":"burn"}` + "\n":                                                    "burn",
		`{"homeroom":"undo","version":1,"mode":"move"}` + "\n" + `{"from":"a","to":"b","id":2}` + "\n":            "step 2 after 0",
		`{"homeroom":"undo","version":1,"mode":"move"}` + "\n" + strings.Repeat("x", maxLine+1<<17) + "\n":        "longer than",
		`{"homeroom":"undo","version":1,"mode":"move"}` + "\n" + `{"done":1}` + "\n":                              "nothing that is known",
		`{"homeroom":"undo","version":1,"mode":"move"}` + "\n" + `{"from":"a","to":` + "\n" + `{"done":1}` + "\n": "damaged",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
	}
}

// FuzzRecord reads any undo file.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"homeroom":"undo","version":1,"mode":"move"}` + "\n" + `{"folder":"/a","time":5}` + "\n" + `{"made":{"bytes":"/w=="}}` + "\n" + `{"from":"a","to":"b","id":1}` + "\n" + `{"begun":1}` + "\n" + `{"done":1}` + "\n" + `{"und`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if r.Whole > int64(len(data)) || len(r.Begun) > len(r.Steps) || len(r.Done) > len(r.Steps) || len(r.Undone) > len(r.Steps) {
			t.Fatalf("%d bytes give %+v", len(data), r)
		}
	})
}
