package place

import (
	"errors"
	"fmt"
	"os"
	"time"

	"homeroom/core/archive/undo"
	"homeroom/tools/whole"
)

// log is an undo file that is being written.
type log struct {
	file   File
	next   int
	broken error // of the write that failed: the file may end within a line, and nothing may follow
}

// create makes an undo file.
func create(d Disk, path string) (*log, error) {
	f, err := d.Create(path, 0o666)
	if err != nil {
		return nil, fmt.Errorf("the undo file can't be made: %w", err)
	}
	return &log{file: f, next: 1}, nil
}

// begin writes how photos come to their places.
func (l *log) begin(mode undo.Mode) error {
	return l.write(undo.Begin(mode, time.Now().Format(time.RFC3339)))
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

// reopen opens an undo file to go on with it. No run may be at work on it.
func reopen(path string) (*log, *os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	release, err := whole.Hold(f)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w; wait until it has ended", path, err), f.Close())
	}
	return &log{file: held{f, release}}, f, nil
}

// close closes the undo file.
func (l *log) close() error {
	defer l.file.Release()
	return l.file.Close()
}
