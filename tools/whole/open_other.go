//go:build !windows

package whole

import (
	"errors"
	"io/fs"
	"os"
)

// openLock opens a lock file, or makes it. Another user's may be there, which can only be read.
func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if errors.Is(err, fs.ErrPermission) {
		if other, fault := os.Open(path); fault == nil {
			return other, nil
		}
	}
	return f, err
}
