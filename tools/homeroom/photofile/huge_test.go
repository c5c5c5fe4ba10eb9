package photofile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"homeroom/core/photo"
)

// TestHugeFile: a file that is longer than any photo is refused unread, with its true size.
func TestHugeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.jpg")
	if err := errors.Join(os.WriteFile(path, []byte("\xff\xd8\xff"), 0o644), os.Truncate(path, 5_000_000_000)); err != nil {
		t.Skip(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(path)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, photo.ErrTooLarge) || !strings.Contains(err.Error(), "5,000,000,000 bytes") {
		t.Errorf("it says %v", err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
}
