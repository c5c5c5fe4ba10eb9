//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package whole

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// lock locks a file by flock, which ends with the last of its descriptors. Release has one of its
// own, so that the file may be closed before, which is when some disks say what is wrong.
func lock(f *os.File, wait bool) (release func(), err error) {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		if err = syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return func() {}, ErrHeld
	case err != nil:
		return func() {}, errNoLocks
	}
	own, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return func() {}, err
	}
	syscall.CloseOnExec(own)
	return func() { _ = syscall.Close(own) }, nil
}

// openToHold opens a file that is to be locked. Where it is another kind of file by now it is not
// waited for, and no link is followed.
func openToHold(path string) (*os.File, error) {
	const how = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	f, err := os.OpenFile(path, os.O_RDWR|how, 0)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.OpenFile(path, os.O_RDONLY|how, 0)
	}
	return f, err
}

// removeOpen removes an open file.
func removeOpen(path string, _ *os.File) error { return os.Remove(path) }
