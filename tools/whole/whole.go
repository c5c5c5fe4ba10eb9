// Package whole writes files so that nobody ever sees half of one, and so that no output replaces
// an input.
package whole

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Check says before the work whether a file can be written at path: its folder is there and takes
// files, what is there already is no folder and may be written, and it is none of inputs, under
// whatever name. Inputs that are not there are passed over. The errors name path.
func Check(path string, inputs ...string) error {
	to, special, err := resolve(path)
	if err != nil {
		return err
	}
	there, err := os.Stat(to)
	if err == nil {
		for _, in := range inputs {
			if info, err := os.Stat(in); err == nil && os.SameFile(there, info) {
				return fmt.Errorf("%s: that is %s itself, which is only read; give the output another name", path, in)
			}
		}
	}
	if special {
		return nil
	}
	if err == nil {
		f, err := os.OpenFile(to, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("%s can't be written (%w); give the output another name", path, cause(err))
		}
		f.Close()
	}
	f, release, err := create(to)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: there is no folder %s to write it to", path, filepath.Dir(to))
	}
	if err != nil {
		return fmt.Errorf("%s: the folder %s takes no files (%w); name another, or free it", path, filepath.Dir(to), cause(err))
	}
	defer release()
	return errors.Join(f.Close(), discard(f.Name()))
}

// Write has write write a file beside its place, and then moves it there: what was there before
// stays until all is done, and stays where something fails. A file that is there keeps its
// permissions, a new one gets mode less the umask. A symbolic link stays, and the file that it
// leads to is written; a device or pipe is written as it is.
func Write(path string, mode os.FileMode, write func(io.Writer) error) (err error) {
	to, special, err := resolve(path)
	if err != nil {
		return err
	}
	there, err := os.OpenFile(to, os.O_WRONLY, 0)
	switch {
	case special && err != nil:
		return err
	case special:
		return errors.Join(write(there), there.Close())
	case err == nil:
		there.Close()
	case errors.Is(err, fs.ErrPermission): // what may not be written is not replaced either
		return fmt.Errorf("%s can't be written: %w", path, cause(err))
	}
	f, release, err := create(to)
	if err != nil {
		return fmt.Errorf("%s can't be written: %w", path, cause(err))
	}
	defer release()
	defer func() {
		if err != nil {
			_ = discard(f.Name()) // while it is held: the name is another's then
		}
	}()
	err = write(f)
	var at *fs.PathError
	if errors.As(err, &at) && at.Path == f.Name() {
		at.Path = path // which is the name that people know
	}
	if err == nil {
		err = permit(f, to, mode)
	}
	if err == nil {
		err = f.Sync() // or a name could outlive the loss of power, and its contents not
	}
	if fault := f.Close(); err == nil {
		err = fault
	}
	if err == nil {
		err = finish(f.Name(), to)
	}
	return err
}

// Folder makes a folder for outputs, with those above it, where it is not there yet. The errors
// name path.
func Folder(path string) error {
	err := os.MkdirAll(path, 0o777)
	if err == nil {
		return nil
	}
	// What is in the way is path itself, or the nearest above it that is there.
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, fault := os.Stat(at)
		switch {
		case fault == nil && !info.IsDir() && at == filepath.Clean(path):
			return fmt.Errorf("%s is a file, and a folder is wanted; name another", path)
		case fault == nil && !info.IsDir():
			return fmt.Errorf("%s can't be a folder: %s is a file; name another", path, at)
		}
		if _, there := os.Lstat(at); fault != nil && there == nil {
			return fmt.Errorf("%s can't be a folder: %s can't be followed (%w); name another", path, at, cause(fault))
		}
		if fault == nil || at == filepath.Dir(at) {
			return fmt.Errorf("the folder %s can't be made (%w); name another", path, cause(err))
		}
	}
}

// maxLinks bounds a chain of symbolic links.
const maxLinks = 40

// resolve follows symbolic links from path to the file that is to be written, which need not be
// there. It is special where it is written as it is: a device, a pipe, a socket.
func resolve(path string) (to string, special bool, err error) {
	to = path
	for range maxLinks {
		info, err := os.Lstat(to)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return to, false, nil
		case err != nil:
			return "", false, err
		case info.IsDir():
			return "", false, fmt.Errorf("%s is a folder; name a file in it", path)
		case info.Mode()&fs.ModeSymlink == 0:
			return to, !info.Mode().IsRegular(), nil
		}
		next, err := os.Readlink(to)
		if err != nil {
			return "", false, err
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(to), next)
		}
		to = next
	}
	return "", false, fmt.Errorf("%s is a link that leads in circles", path)
}

// pending are the files beside their places that are not finished.
var pending = struct {
	sync.Mutex
	names map[string]bool
}{names: map[string]bool{}}

// Abandon removes all files that are not finished, for a program that is told to end.
func Abandon() {
	pending.Lock() // and keeps it: nothing is begun or moved any more
	for name := range pending.names {
		os.Remove(name)
	}
}

// create makes a file beside to, for its owner alone until it is finished, and holds it. What is
// left there of processes that were ended is removed.
func create(to string) (f *os.File, release func(), err error) {
	pending.Lock()
	defer pending.Unlock()
	// Names have a limit of 255 bytes, to which this adds.
	base := filepath.Base(to)
	beside := filepath.Join(filepath.Dir(to), ".homeroom-new-"+strings.ToValidUTF8(base[:min(len(base), 200)], "")+"-")
	n := 1
	for ; f == nil; n++ {
		if n > maxBeside {
			return nil, nil, fmt.Errorf("%d runs are writing it, or %s1 and so on are no files of theirs", maxBeside, beside)
		}
		name := beside + strconv.Itoa(n)
		f, release, err = Create(name, 0o600)
		if errors.Is(err, fs.ErrExist) && Remove(name) == nil {
			f, release, err = Create(name, 0o600)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, nil, err
		}
	}
	pending.names[f.Name()] = true
	for ; n <= maxBeside; n++ { // those of several that were ended
		if _, err := os.Lstat(beside + strconv.Itoa(n)); err != nil {
			break
		}
		_ = Remove(beside + strconv.Itoa(n)) // or somebody is at work on it
	}
	return f, release, nil
}

// maxBeside bounds how many processes may write one file at once.
const maxBeside = 1000

// finish moves a file that create made to its place.
func finish(name, to string) error {
	pending.Lock()
	defer pending.Unlock()
	err := os.Rename(name, to)
	if err == nil {
		delete(pending.names, name)
	}
	return err
}

// discard removes a file that create made.
func discard(name string) error {
	pending.Lock()
	defer pending.Unlock()
	delete(pending.names, name)
	err := os.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

// permit gives f the permissions of the file at to, or those of a new file.
func permit(f *os.File, to string, mode os.FileMode) error {
	if info, err := os.Stat(to); err == nil {
		return f.Chmod(info.Mode().Perm())
	}
	return f.Chmod(mode &^ umask())
}

// cause is an error without the name of the file, which is told beside it.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
