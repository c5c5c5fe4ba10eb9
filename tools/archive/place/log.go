package place

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"
)

// name is a path in JSON: as text, or in base64 where it is not UTF-8.
type name string

func (n name) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(n)) {
		return json.Marshal(string(n))
	}
	return json.Marshal(map[string][]byte{"bytes": []byte(n)})
}

func (n *name) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*n = name(text)
		return nil
	}
	var coded map[string][]byte
	if err := json.Unmarshal(data, &coded); err != nil {
		return err
	}
	*n = name(coded["bytes"])
	return nil
}

// line is one of an undo file.
type line struct {
	// The first line has these.
	Homeroom string `json:"homeroom,omitempty"` // undoKind
	Version  int    `json:"version,omitempty"`
	Mode     Mode   `json:"mode,omitempty"`
	Date     string `json:"date,omitempty"`
	// Folder is one of before, with when it was changed last.
	Folder name `json:"folder,omitempty"`
	// Made is a folder that is about to be made.
	Made name `json:"made,omitempty"`
	// From and To are a file that is about to be placed.
	From name  `json:"from,omitempty"`
	To   name  `json:"to,omitempty"`
	Size int64 `json:"size,omitempty"`
	Time int64 `json:"time,omitempty"` // when it was changed last, in nanoseconds since 1970
	// ID is the number of From and To, from 1; Done and Undone tell what became of it.
	ID     int `json:"id,omitempty"`
	Done   int `json:"done,omitempty"`
	Undone int `json:"undone,omitempty"`
}

const (
	undoKind    = "undo"
	undoVersion = 1
)

// Limits of an undo file.
const (
	maxLine  = 1 << 20
	maxLines = 100_000_000
)

// log is an undo file that is being written.
type log struct {
	file   File
	next   int
	broken error // of the write that failed: the file may end within a line, and nothing may follow
}

// begin makes an undo file.
func begin(d Disk, path string, mode Mode) (*log, error) {
	f, err := d.Create(path, 0o666)
	if err != nil {
		return nil, fmt.Errorf("the undo file can't be made: %w", err)
	}
	l := &log{file: f, next: 1}
	return l, l.write(line{Homeroom: undoKind, Version: undoVersion, Mode: mode, Date: time.Now().Format(time.RFC3339)})
}

// write adds lines, in one piece.
func (l *log) write(lines ...line) error {
	if l.broken != nil {
		return l.broken
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, one := range lines {
		if err := e.Encode(one); err != nil {
			return err
		}
	}
	_, l.broken = l.file.Write(b.Bytes())
	return l.broken
}

// record is what an undo file tells.
type record struct {
	mode    Mode
	folders []line
	made    []string
	steps   []line // by ID, from 1
	done    map[int]bool
	undone  map[int]bool
	whole   int64 // bytes of the whole lines
}

// ErrNoUndo says that a file is no undo file.
var ErrNoUndo = errors.New("it is no undo file of homeroom's")

// readRecord reads an undo file. Its last line may be cut short, of a program that was ended.
func readRecord(in io.Reader) (*record, error) {
	r := &record{done: map[int]bool{}, undone: map[int]bool{}}
	lines := bufio.NewReaderSize(in, 1<<16)
	for n := 1; n <= maxLines; n++ {
		text, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if err != nil { // without its line end, so nothing was done by it
			if n == 1 {
				return nil, ErrNoUndo
			}
			return r, nil
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			if n == 1 {
				return nil, ErrNoUndo
			}
			return nil, fmt.Errorf("line %d is damaged: %w", n, err)
		}
		r.whole += int64(len(text))
		if err := r.take(n, l); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("it has more than %d lines", maxLines)
}

// readLine returns a line with its end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var all []byte
	for {
		more, err := in.ReadSlice('\n')
		if all = append(all, more...); !errors.Is(err, bufio.ErrBufferFull) {
			return all, err
		}
		if len(all) > maxLine {
			return nil, fmt.Errorf("it is longer than %d bytes", maxLine)
		}
	}
}

// take takes a line.
func (r *record) take(n int, l line) error {
	switch {
	case n == 1 && (l.Homeroom != undoKind || l.Version < 1):
		return ErrNoUndo
	case n == 1 && l.Version > undoVersion:
		return fmt.Errorf("it is of a later version of homeroom (%d, and %d is known): undo it with that", l.Version, undoVersion)
	case n == 1:
		r.mode = l.Mode
		if r.mode != Copy && r.mode != Link && r.mode != Move {
			return fmt.Errorf("it tells of a mode %q, and there are %s, %s and %s", r.mode, Copy, Link, Move)
		}
	case l.Folder != "":
		r.folders = append(r.folders, l)
	case l.Made != "":
		r.made = append(r.made, string(l.Made))
	case l.From != "" && l.To != "":
		if l.ID != len(r.steps)+1 {
			return fmt.Errorf("line %d has step %d after %d others", n, l.ID, len(r.steps))
		}
		r.steps = append(r.steps, l)
	case l.Done > 0 && l.Done <= len(r.steps):
		r.done[l.Done] = true
	case l.Undone > 0 && l.Undone <= len(r.steps):
		r.undone[l.Undone] = true
	default:
		return fmt.Errorf("line %d says nothing that is known", n)
	}
	return nil
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
