package whole

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "pack")
	text := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, fault := io.WriteString(w, text)
			return errors.Join(fault, err)
		}
	}
	if err := Write(path, 0o755, text("first", nil)); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("enough")
	if err := Write(path, 0o644, text("half of the sec", stop)); !errors.Is(err, stop) {
		t.Errorf("it ended with %v", err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "first" {
		t.Errorf("after a write that failed there is %q, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("beside it there are %v, %v", left, err)
	}
}
