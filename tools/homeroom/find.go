package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"homeroom/tools/homeroom/joined"
)

// found is where files were found: in a folder, or in the program itself.
type found struct {
	files  fs.FS
	folder string // "" for the program
}

// path is what errors call a file.
func (f found) path(name string) string {
	if f.folder == "" {
		return name + " in the program"
	}
	return filepath.Join(f.folder, filepath.FromSlash(name))
}

// find finds the files among which a certain one is: in the folder that the environment variable
// names, or else in the folder name beside the one that the program is in, in the folder within of
// what is joined with the program, or in the folder name in the working folder.
func find(variable, name, file, within string) (found, error) {
	var tried []string
	try := func(folder string) (found, bool) {
		tried = append(tried, folder)
		_, err := os.Stat(filepath.Join(folder, file))
		return found{os.DirFS(folder), folder}, err == nil
	}
	if named := os.Getenv(variable); named != "" {
		if f, ok := try(named); ok {
			return f, nil
		}
		return found{}, fmt.Errorf("there is no %s in %s", file, named)
	}
	if self, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(self); err == nil {
			self = real
		}
		if f, ok := try(filepath.Join(filepath.Dir(self), "..", name)); ok {
			return f, nil
		}
		files, err := joined.Self(self) // for as long as the program runs
		if err == nil {
			inside, err := fs.Sub(files, within)
			return found{files: inside}, err
		}
		if !errors.Is(err, joined.ErrNone) {
			return found{}, err
		}
		tried = append(tried, "the program itself")
	}
	if f, ok := try(name); ok {
		return f, nil
	}
	return found{}, fmt.Errorf("there is no %s in %s", file, strings.Join(tried, " or "))
}
