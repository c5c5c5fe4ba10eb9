package engine

import (
	"fmt"
	"io"
	"os"

	"homeroom/core/project"
	"homeroom/tools/whole"
)

// WriteProject writes a project.
func WriteProject(path string, p *project.File) error {
	return whole.Write(path, 0o666, func(w io.Writer) error {
		if err := project.Write(w, p); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
}

// ReadProject reads a project but for its thumbnails.
func ReadProject(path string) (*project.File, error) {
	return ReadProjectWith(path, func(uint64, []byte) error { return nil })
}

// ReadProjectWith reads a project, and gives out its thumbnails.
func ReadProjectWith(path string, thumb func(id uint64, file []byte) error) (*project.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file: a .homeroom file is wanted", path)
	}
	return project.ReadFrom(path, f, info.Size(), project.Limits{}, thumb)
}
