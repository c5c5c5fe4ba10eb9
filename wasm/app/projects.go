package app

import (
	"slices"
	"strings"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach"
	"homeroom/wasm/app/teach/base"
)

// A giving is an event of files that a person gave, wherever on the page.
type giving interface {
	Given() []outside.File
	Only(files []outside.File) any // the same with these files
}

func (e files) Given() []outside.File        { return e.files }
func (e files) Only(some []outside.File) any { return files{some, e.pasted} }

// isProject tells whether a file is a project's. One in a folder of photos lies there by chance.
func isProject(f outside.File) bool {
	return f.Object != nil && f.Path == "" && strings.HasSuffix(strings.ToLower(f.Name), ".homeroom")
}

// sift opens a project file that is among what was given, and returns the event without it: nil
// where nothing else is there.
func (s *State) sift(t *outside.Turn, event any) any {
	inner := event
	in, within := event.(base.InProject)
	if within {
		inner = in.Event
	}
	e, is := inner.(giving)
	if !is {
		return event
	}
	i := slices.IndexFunc(e.Given(), isProject)
	if i < 0 {
		return event
	}
	s.teach.Update(t, teach.DropFile{File: e.Given()[i]})
	t.Soon()
	rest := slices.DeleteFunc(slices.Clone(e.Given()), isProject)
	switch {
	case len(rest) == 0:
		return nil
	case within:
		return base.InProject{Generation: in.Generation, Event: e.Only(rest)}
	}
	return e.Only(rest)
}
