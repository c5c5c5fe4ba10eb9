package place

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// renameTo renames a file to a place where nothing is, also where another run comes between.
func renameTo(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL): // of an old system, or a disk that does not know it
		return os.Rename(from, to)
	}
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
}
