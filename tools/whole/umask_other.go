//go:build !unix

package whole

import "os"

// umask is nothing where files have no such permissions.
func umask() os.FileMode { return 0 }
