// Package checkpointtest has what tests of readers of networks share.
package checkpointtest

import (
	"runtime"
	"testing"
)

// Bounded runs a reader on a file of so many bytes, and fails where it allocates far more than
// that: 128 MB, which limits for small files allow, and 512 bytes for each of the file's.
func Bounded(t testing.TB, size int, read func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 128<<20+512*uint64(size) {
		t.Errorf("%d bytes were allocated for a file of %d", n, size)
	}
}
