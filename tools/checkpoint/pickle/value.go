package pickle

import (
	"fmt"
	"io"
)

// Global is the name of something that Python would import.
type Global struct{ Module, Name string }

// String gives the name as a Python programmer would write it.
func (g Global) String() string { return g.Module + "." + g.Name }

// Bytes is a short bytes object.
type Bytes []byte

// Span is a str or bytes object of more than [Inline] bytes, still in the file.
type Span struct {
	R    io.ReaderAt
	Off  int64
	N    int64
	Text bool // UTF-8 of a str, not bytes or a str of Python 2
}

// Open reads the span's bytes as they are in the file.
func (s *Span) Open() *io.SectionReader { return io.NewSectionReader(s.R, s.Off, s.N) }

// List is a list, set or frozenset.
type List struct{ Items []any }

// Tuple is a tuple.
type Tuple []any

// Dict is a dict in order of insertion.
type Dict struct {
	Keys, Values []any
	index        map[any]int
}

// Get finds the value of a string key.
func (d *Dict) Get(key string) (any, bool) {
	if i, ok := d.index[key]; ok {
		return d.Values[i], true
	}
	return nil, false
}

// Len is the number of keys.
func (d *Dict) Len() int { return len(d.Keys) }

// Set adds a key or replaces its value. Keys that Go can't compare, such as tuples, are each taken
// as new.
func (d *Dict) Set(key, value any) {
	switch key.(type) {
	case nil, bool, string, int64, float64, Global:
		if i, ok := d.index[key]; ok {
			d.Values[i] = value
			return
		}
		if d.index == nil {
			d.index = make(map[any]int)
		}
		d.index[key] = len(d.Keys)
	}
	d.Keys = append(d.Keys, key)
	d.Values = append(d.Values, value)
}

// Object is what a pickle would have constructed by calling Class, on paper only.
type Object struct {
	Class Global
	Args  Tuple // positional arguments
	KArgs *Dict // keyword arguments, or nil
	State any   // what __setstate__ would have been given, or nil
	Items Dict  // what was set by key, as on a subclass of dict
	List  List  // what was appended, as on a subclass of list
}

// Persistent is a reference to something outside the pickle.
type Persistent struct{ ID any }

// UnsafeError says that a pickle uses a name in a way that it may not.
type UnsafeError struct {
	Global Global
	At     int64  // where, in bytes from the start of the pickle's file
	Use    string // what it was going to do: call, construct, import
}

func (e *UnsafeError) Error() string {
	return fmt.Sprintf("the pickle wants to %s %s, which no checkpoint needs (at byte %d); nothing was run. Save the weights alone, as torch.save(model.state_dict(), …) or safetensors do", e.Use, e.Global, e.At)
}
