package place

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"homeroom/tools/whole"
)

// A Disk is what is done with files. Tests have one that fills up and fails.
type Disk interface {
	Lstat(path string) (fs.FileInfo, error)
	Stat(path string) (fs.FileInfo, error)
	Open(path string) (io.ReadCloser, error)
	// Create makes a file that is not there yet, and holds it until File.Release is called.
	Create(path string, mode fs.FileMode) (File, error)
	// Hold holds a file that is there as Create does, where nobody else does.
	Hold(path string) (release func(), err error)
	// Link fails where something is at to.
	Link(from, to string) error
	// Rename may replace what is at to: it is for a place that was found free.
	Rename(from, to string) error
	Remove(path string) error
	// RemoveLeft removes a file that Create made, if it is there and no run is at work on it.
	RemoveLeft(path string) error
	Mkdir(path string) error
	Chtimes(path string, changed time.Time) error
}

// A File is one that is being written.
type File interface {
	io.Writer
	Sync() error
	Close() error
	Release()
}

// OS is the disks of this machine.
type OS struct{}

func (OS) Lstat(path string) (fs.FileInfo, error)  { return os.Lstat(path) }
func (OS) Stat(path string) (fs.FileInfo, error)   { return os.Stat(path) }
func (OS) Open(path string) (io.ReadCloser, error) { return os.Open(path) }
func (OS) Create(path string, mode fs.FileMode) (File, error) {
	f, release, err := whole.Create(path, mode)
	if err != nil {
		return nil, err
	}
	return held{f, release}, nil
}
func (OS) Hold(path string) (release func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	release, err = whole.Hold(f)
	return release, errors.Join(err, f.Close())
}
func (OS) Link(from, to string) error             { return os.Link(from, to) }
func (OS) Rename(from, to string) error           { return renameTo(from, to) }
func (OS) Remove(path string) error               { return os.Remove(path) }
func (OS) RemoveLeft(path string) error           { return whole.Remove(path) }
func (OS) Mkdir(path string) error                { return os.Mkdir(path, 0o777) }
func (OS) Chtimes(path string, t time.Time) error { return os.Chtimes(path, time.Time{}, t) }

// held is a file of [OS].
type held struct {
	*os.File
	release func()
}

func (h held) Release() { h.release() }

// ErrFull says that a disk takes no more, so that there is no use in going on.
var ErrFull = errors.New("the disk is full")

// full tells whether an error is of a disk that takes no more.
func full(err error) bool {
	for _, e := range []error{ErrFull, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// there tells whether something is at a path.
func there(d Disk, path string) bool {
	_, err := d.Lstat(path)
	return err == nil || !missing(err)
}

// missing tells whether an error says that nothing is at a path.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// into brings the file at from, which lies on the same disk, to a path where nothing is.
func into(d Disk, from, to string) error {
	err := d.Link(from, to)
	switch {
	case err == nil:
		return orElse(d.Remove(from), d, to)
	case errors.Is(err, fs.ErrExist) || there(d, to):
		return fmt.Errorf("something is at %s already", to)
	case errors.Is(err, syscall.EXDEV) || errors.Is(err, fs.ErrNotExist) || full(err):
		return err
	}
	return d.Rename(from, to) // of a disk without hard links
}

// orElse removes a file again where what was to follow failed.
func orElse(err error, d Disk, path string) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, d.Remove(path))
}

// part is the name beside a place under which a file is until it is whole, and until the undo file
// says that it is in its place.
func part(to string) string {
	base := filepath.Base(to)
	return filepath.Join(filepath.Dir(to), ".homeroom-part-"+base[:min(len(base), 200)])
}
