//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package whole

import "os"

// lock does nothing: Windows itself keeps a file from being removed while it is open.
func lock(*os.File, bool) (release func(), err error) { return func() {}, nil }

func openToHold(path string) (*os.File, error) { return os.Open(path) }

// removeOpen removes a file, for which it may not be open here.
func removeOpen(path string, f *os.File) error {
	f.Close()
	return os.Remove(path)
}
