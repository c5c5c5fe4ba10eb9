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
	f, release, err = holdAt(path, true, func() (*os.File, error) {
		return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode.Perm())
	})
	if errors.Is(err, errNoLocks) { // Remove cannot tell that the file is held, and leaves it
		err = nil
	}
	return f, release, err
}

// Take opens a lock file, or makes it, and holds it until end is called, which removes it, or the
// process ends. Others can read what is written to it. The error is [ErrHeld] where another has it.
func Take(path string) (f *os.File, end func() error, err error) {
	f, release, err := holdAt(path, false, func() (*os.File, error) { return openLock(path) })
	if err != nil {
		return nil, nil, err
	}
	return f, func() error {
		var err error
		if at(path, f) { // or a person took it away
			err = removeOpen(path, f)
		}
		release()
		f.Close()
		return err
	}, nil
}

// holdAt holds the file that open opens at a path. Where another process removed the file before it
// was held, it is opened again. The file is open where the error is nil or errNoLocks.
func holdAt(path string, wait bool, open func() (*os.File, error)) (f *os.File, release func(), err error) {
	for range maxTries {
		if f, err = open(); err != nil {
			return nil, nil, err
		}
		release, err = lock(f, wait)
		if err != nil && !errors.Is(err, errNoLocks) {
			f.Close()
			return nil, nil, err
		}
		if at(path, f) {
			return f, release, err
		}
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
	f, release, err := holdAt(path, false, func() (*os.File, error) {
		info, err := os.Lstat(path)
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is no file", path)
		}
		if err != nil {
			return nil, err
		}
		return openToHold(path)
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, errNoLocks):
		err = fmt.Errorf("it can't be told whether %s was left by a run that ended, or another is writing it; remove it if none is", filepath.Base(path))
	case err != nil:
		return err
	default:
		err = removeOpen(path, f)
	}
	release()
	f.Close()
	return err
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
