package sorting

import (
	"path"
	"strings"
)

// Beside lists the files that go with a photo: its sidecar, under the photo's whole name, or under
// its name with another ending where no other file but the photo has that name. there tells whether
// a file is at a path, and others lists the files that are called like the photo but for the
// ending, the photo among them.
func Beside(photo string, there func(path string) bool, others func() []string) []string {
	for _, ending := range []string{".xmp", ".XMP"} {
		if there(photo + ending) {
			return []string{photo + ending}
		}
	}
	list := others()
	if len(list) != 2 {
		return nil
	}
	for _, other := range list {
		if strings.EqualFold(path.Ext(other), ".xmp") {
			return []string{other}
		}
	}
	return nil
}
