package whole

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrHeld says that a process, perhaps this one, is at work on a file.
var ErrHeld = errors.New("another run is writing it")

// Create makes a file that is not there yet and holds it: until release is called, also after the
// file was closed, [Remove] leaves it and [Hold] fails. Whatever ends the process ends that, too.
func Create(path string, mode os.FileMode) (f *os.File, release func(), err error) {
	for range maxTries {
		if f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode.Perm()); err != nil {
			return nil, nil, err
		}
		release, _ = lock(f, true) // without it Remove cannot tell that the file is held, and leaves it
		if at(path, f) {
			return f, release, nil
		}
		// Remove came between and took it for one that was left.
		release()
		f.Close()
	}
	return nil, nil, fmt.Errorf("%s is taken away again and again", path)
}

// maxTries bounds how often another process may come between.
const maxTries = 100

// Hold holds an open file as [Create] does. The error is [ErrHeld] where another does.
func Hold(f *os.File) (release func(), err error) {
	release, err = lock(f, false)
	if errors.Is(err, errNoLocks) {
		err = nil
	}
	return release, err
}

// Remove removes a file that [Create] made and a process left that was ended; it is none where
// nothing is there. The error is [ErrHeld] where a process is at work on it.
func Remove(path string) error {
	for range maxTries {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is no file", path)
		}
		if again, err := removeLeft(path); !again {
			return err
		}
	}
	return fmt.Errorf("%s: %w", path, ErrHeld)
}

// removeLeft removes a file, unless another is there by now.
func removeLeft(path string) (again bool, err error) {
	f, err := openToHold(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	release, err := lock(f, false)
	if errors.Is(err, errNoLocks) {
		err = fmt.Errorf("it can't be told whether %s was left by a run that ended, or another is writing it; remove it if none is", filepath.Base(path))
	}
	if err == nil {
		if again = !at(path, f); !again {
			err = removeOpen(path, f)
		}
		release()
	}
	f.Close()
	return again, err
}

// at tells whether a file is the one at a path.
func at(path string, f *os.File) bool {
	there, err := os.Lstat(path)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	return err == nil && os.SameFile(there, info)
}

// errNoLocks says that a disk, or the system, knows no locks.
var errNoLocks = errors.New("there are no locks here")
