// Package undo is the file that says what was done to photos, so that it can be taken back: a line
// of JSON before and after each step. The page and the program write and read the same.
package undo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// A Mode is how photos come to their places.
type Mode string

// The modes. All but Move leave originals where they are.
const (
	Copy Mode = "copy"
	Link Mode = "link" // another name of the same file, on the same disk
	Move Mode = "move"
)

// A Name is a path in JSON: as text, or in base64 where it is not UTF-8.
type Name string

func (n Name) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(n)) {
		return json.Marshal(string(n))
	}
	return json.Marshal(map[string][]byte{"bytes": []byte(n)})
}

func (n *Name) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*n = Name(text)
		return nil
	}
	var coded map[string][]byte
	if err := json.Unmarshal(data, &coded); err != nil {
		return err
	}
	*n = Name(coded["bytes"])
	return nil
}

// A Line is one of an undo file.
type Line struct {
	// The first line has these.
	Homeroom string `json:"homeroom,omitempty"` // kind
	Version  int    `json:"version,omitempty"`
	Mode     Mode   `json:"mode,omitempty"`
	Date     string `json:"date,omitempty"`
	// Folder is one of before, with when it was changed last.
	Folder Name `json:"folder,omitempty"`
	// Made is a folder that is about to be made.
	Made Name `json:"made,omitempty"`
	// From and To are a file that is about to be placed.
	From Name  `json:"from,omitempty"`
	To   Name  `json:"to,omitempty"`
	Size int64 `json:"size,omitempty"`
	Time int64 `json:"time,omitempty"` // when it was changed last, in nanoseconds since 1970
	// ID is the number of From and To, from 1; Begun, Done and Undone tell what became of it. Begun
	// comes before a file is renamed to its place, Done before the original of a move goes.
	ID     int `json:"id,omitempty"`
	Begun  int `json:"begun,omitempty"`
	Done   int `json:"done,omitempty"`
	Undone int `json:"undone,omitempty"`
}

const (
	kind    = "undo"
	version = 2
)

// Limits of an undo file.
const (
	maxLine  = 1 << 20
	maxLines = 100_000_000
)

// Begin is the first line of an undo file. date is the time in RFC 3339.
func Begin(mode Mode, date string) Line {
	return Line{Homeroom: kind, Version: version, Mode: mode, Date: date}
}

// Encode is lines as they stand in an undo file.
func Encode(lines ...Line) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, one := range lines {
		if err := e.Encode(one); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// A Record is what an undo file tells.
type Record struct {
	Version int // the first had no Begun, and Done after the original had gone
	Mode    Mode
	Folders []Line
	Made    []string
	Steps   []Line // by ID, from 1
	Begun   map[int]bool
	Done    map[int]bool
	Undone  map[int]bool
	Whole   int64 // bytes of the whole lines
}

// ErrNoUndo says that a file is no undo file.
var ErrNoUndo = errors.New("it is no undo file of homeroom's")

// Read reads an undo file. Its last line may be cut short, of a program that was ended.
func Read(in io.Reader) (*Record, error) {
	r := &Record{Begun: map[int]bool{}, Done: map[int]bool{}, Undone: map[int]bool{}}
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
		var l Line
		if err := json.Unmarshal(text, &l); err != nil {
			if n == 1 {
				return nil, ErrNoUndo
			}
			return nil, fmt.Errorf("line %d is damaged: %w", n, err)
		}
		r.Whole += int64(len(text))
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
func (r *Record) take(n int, l Line) error {
	switch {
	case n == 1 && (l.Homeroom != kind || l.Version < 1):
		return ErrNoUndo
	case n == 1 && l.Version > version:
		return fmt.Errorf("it is of a later version of homeroom (%d, and %d is known): undo it with that", l.Version, version)
	case n == 1:
		r.Version, r.Mode = l.Version, l.Mode
		if r.Mode != Copy && r.Mode != Link && r.Mode != Move {
			return fmt.Errorf("it tells of a mode %q, and there are %s, %s and %s", r.Mode, Copy, Link, Move)
		}
	case l.Folder != "":
		r.Folders = append(r.Folders, l)
	case l.Made != "":
		r.Made = append(r.Made, string(l.Made))
	case l.From != "" && l.To != "":
		if l.ID != len(r.Steps)+1 {
			return fmt.Errorf("line %d has step %d after %d others", n, l.ID, len(r.Steps))
		}
		r.Steps = append(r.Steps, l)
	case l.Begun > 0 && l.Begun <= len(r.Steps):
		r.Begun[l.Begun] = true
	case l.Done > 0 && l.Done <= len(r.Steps):
		r.Done[l.Done] = true
	case l.Undone > 0 && l.Undone <= len(r.Steps):
		r.Undone[l.Undone] = true
	default:
		return fmt.Errorf("line %d says nothing that is known", n)
	}
	return nil
}
