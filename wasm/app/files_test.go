//go:build !js

package app

import (
	"testing"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach"
	"homeroom/wasm/app/teach/base"
)

// A project file is taken out of whatever is given, and opened; the rest goes where it was given.
func TestProjectFileAmongPhotos(t *testing.T) {
	file := func(name, path string) outside.File {
		return outside.File{Object: object("%s", name), Name: name, Path: path}
	}
	both := []outside.File{file("cat.jpg", ""), file("Pets.HOMEROOM", "")}
	for _, test := range []struct {
		name  string
		event any
		left  int // files
		opens bool
	}{
		{"dropped on Classify", classify.Add{Files: both}, 1, true},
		{"dropped on a class", base.InProject{Generation: 3, Event: teach.AddTo{Class: 2, Files: both}}, 1, true},
		{"nothing else", files{files: both[1:]}, 0, true},
		{"no project", classify.Add{Files: both[:1]}, 1, false},
		{"within a folder", teach.AddFolders{Files: []outside.File{file("old.homeroom", "pets/old.homeroom")}}, 1, false},
	} {
		found, rest := sift(test.event)
		n := 0
		if in, is := rest.(base.InProject); is {
			if in.Generation != 3 || in.Event.(teach.AddTo).Class != 2 {
				t.Errorf("%s: it became %+v", test.name, rest)
			}
			rest = in.Event
		}
		if g, is := rest.(giving); is {
			n = len(g.Given())
		}
		s := New()
		s.Update(test.event)
		if opens := s.teach.Note() != ""; n != test.left || (found.Object != nil) != test.opens || opens != test.opens {
			t.Errorf("%s: %d files are left, %q is found, and %q is told", test.name, n, found.Name, s.teach.Note())
		}
	}
}
