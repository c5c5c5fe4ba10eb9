// Package whole writes files so that nobody ever sees half of one.
package whole

import (
	"io"
	"os"
	"path/filepath"
)

// Write has write write a file beside its place, and then moves it there: what was there before stays until all is done, and stays where
// something fails.
func Write(path string, mode os.FileMode, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // of no effect once it is renamed
	err = write(f)
	if err == nil {
		err = f.Chmod(mode)
	}
	if fault := f.Close(); err == nil {
		err = fault
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}
