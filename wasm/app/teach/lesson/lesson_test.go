//go:build !js

package lesson

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// TestLessonPhotosAreThere: each photo of the lesson lies in site/lesson, with whom to thank, and
// nothing else does.
func TestLessonPhotosAreThere(t *testing.T) {
	const folder = "../../../../site/lesson/"
	data, err := os.ReadFile(folder + "photos.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ File, Title, Author, Licence, Address, Package, SHA256 string }
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	total := 0
	for _, ph := range slices.Concat(lessonPhotos, lessonNew) {
		want = append(want, ph.file)
	}
	for _, ph := range list {
		got = append(got, ph.File)
		if min(len(ph.Title), len(ph.Author), len(ph.Licence), len(ph.Address), len(ph.Package), len(ph.SHA256)) == 0 {
			t.Errorf("of %s it is not said where it comes from: %+v", ph.File, ph)
		}
		picture, err := os.ReadFile(folder + ph.File)
		if err != nil {
			t.Error(err)
		}
		total += len(picture)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("there are %q, and the lesson has %q", got, want)
	}
	if total > 400_000 {
		t.Errorf("they take %d bytes", total)
	}
}
