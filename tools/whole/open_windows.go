package whole

import (
	"os"
	"syscall"
)

// sharingViolation is the system's error for a file that is open in a way that does not let others
// open it as they want to (winerror.h, ERROR_SHARING_VIOLATION).
const sharingViolation = syscall.Errno(32)

// openLock opens a lock file, or makes it, so that no other process may write it while it is open.
func openLock(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case err == sharingViolation:
		return nil, ErrHeld
	case err != nil:
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}
