package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"homeroom/tools/homeroom/joined"
)

// Files is where files were found: in a folder, or in the program itself.
type Files struct {
	Files  fs.FS
	Folder string // "" for the program
}

// InFolder is the files of a folder.
func InFolder(folder string) Files { return Files{Files: os.DirFS(folder), Folder: folder} }

// Path is what errors call a file.
func (f Files) Path(name string) string {
	if f.Folder == "" {
		return name + " in the program"
	}
	return filepath.Join(f.Folder, filepath.FromSlash(name))
}

// FindFiles finds the files among which a certain one is: in the folder that the environment
// variable names, or else in the folder name beside the one that the program is in, in the folder
// within of what is joined with the program, or in the folder name in the working folder.
func FindFiles(variable, name, file, within string) (Files, error) {
	var tried []string
	try := func(folder string) (Files, bool) {
		tried = append(tried, folder)
		_, err := os.Stat(filepath.Join(folder, file))
		return InFolder(folder), err == nil
	}
	if named := os.Getenv(variable); named != "" {
		if f, ok := try(named); ok {
			return f, nil
		}
		return Files{}, fmt.Errorf("there is no %s in %s", file, named)
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
			return Files{Files: inside}, err
		}
		if !errors.Is(err, joined.ErrNone) {
			return Files{}, err
		}
		tried = append(tried, "the program itself")
	}
	if f, ok := try(name); ok {
		return f, nil
	}
	return Files{}, fmt.Errorf("there is no %s in %s", file, strings.Join(tried, " or "))
}
