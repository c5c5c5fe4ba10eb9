package app

import (
	"slices"
	"strings"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
)

// files were dropped or pasted where no element takes them.
type files struct {
	files  []outside.File
	pasted bool
}

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

// sift finds a project file among what was given. rest is the event without it: nil where nothing
// else is there, and the event itself where there is no such file.
func sift(event any) (file outside.File, rest any) {
	inner := event
	in, within := event.(base.InProject)
	if within {
		inner = in.Event
	}
	e, is := inner.(giving)
	if !is {
		return file, event
	}
	i := slices.IndexFunc(e.Given(), isProject)
	if i < 0 {
		return file, event
	}
	file = e.Given()[i]
	others := slices.DeleteFunc(slices.Clone(e.Given()), isProject)
	switch {
	case len(others) == 0:
		return file, nil
	case within:
		return file, base.InProject{Generation: in.Generation, Event: e.Only(others)}
	}
	return file, e.Only(others)
}
