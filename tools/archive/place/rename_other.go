//go:build !linux

package place

import "os"

func renameTo(from, to string) error { return os.Rename(from, to) }
