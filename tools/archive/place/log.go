package place

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"homeroom/core/archive/undo"
)

// log is an undo file that is being written.
type log struct {
	file   File
	next   int
	broken error // of the write that failed: the file may end within a line, and nothing may follow
}

// begin makes an undo file.
func begin(d Disk, path string, mode undo.Mode) (*log, error) {
	f, err := d.Create(path, 0o666)
	if err != nil {
		return nil, fmt.Errorf("the undo file can't be made: %w", err)
	}
	l := &log{file: f, next: 1}
	return l, l.write(undo.Begin(mode, time.Now().Format(time.RFC3339)))
}

// write adds lines, in one piece.
func (l *log) write(lines ...undo.Line) error {
	if l.broken != nil {
		return l.broken
	}
	text, err := undo.Encode(lines...)
	if err != nil {
		return err
	}
	_, l.broken = l.file.Write(text)
	return l.broken
}

// reopen goes on writing an undo file, after its last whole line.
func reopen(path string, whole int64) (*log, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(whole); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(whole, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &log{file: f}, nil
}
