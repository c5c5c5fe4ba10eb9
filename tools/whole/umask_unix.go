//go:build unix

package whole

import (
	"os"
	"sync"
	"syscall"
)

// umask returns the bits that new files don't get. The system tells it only in exchange for
// another, so it is asked once, at the beginning of the first output.
var umask = sync.OnceValue(func() os.FileMode {
	old := syscall.Umask(0o077)
	syscall.Umask(old)
	return os.FileMode(old)
})
