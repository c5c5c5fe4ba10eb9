package postlink

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	. "homeroom/tools/wasmlink/wasmbin"
)

// known is what a program's memory has of each of its functions: its name, and its entry with the
// beginning of each of its tables, whose ends only the next one's beginning tells.
func known(t *testing.T, memory []byte) (names []string, has [][]byte) {
	t.Helper()
	f, err := findFunctions(memory)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.number {
		e, err := f.entry(i)
		if err != nil {
			t.Fatal(err)
		}
		b := slices.Clone(memory[e.at.At : e.at.At+e.at.Size])
		for _, at := range e.tables {
			b = append(b, memory[at:at+4]...)
		}
		names, has = append(names, e.name), append(has, b)
	}
	return names, has
}

// What is known of functions that are left out goes; what is known of the others is as it was, to
// the byte.
func TestForget(t *testing.T) {
	const unused = "homeroom/tools/wasmlink/postlink/testdata/program/unused"
	m, err := Decode(buildProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	before, err := m.ReadData()
	if err != nil {
		t.Fatal(err)
	}
	names, was := known(t, before)
	gone := func(name string) bool { return InPackage(linkerName(name), unused) }
	spans, err := forget(m, gone)
	cleared := int64(0)
	for _, s := range spans {
		cleared += s.Size
	}
	if err != nil || cleared < 100 {
		t.Fatalf("%d bytes are cleared, %v", cleared, err)
	}
	after, err := m.ReadData()
	if err != nil {
		t.Fatal(err)
	}
	_, is := known(t, after)
	left := 0
	for i, name := range names {
		if gone(name) {
			left++
			if len(bytes.Trim(is[i], "\x00")) != 0 {
				t.Errorf("of %s there is still %x", name, is[i])
			}
		} else if !bytes.Equal(is[i], was[i]) {
			t.Errorf("%s: %x, and was %x", name, is[i], was[i])
		}
	}
	if left == 0 {
		t.Error("the program has no function that is left out")
	}
	changed := int64(0)
	for i := range before {
		if i >= len(after) || after[i] != before[i] {
			changed++
		}
	}
	if changed > cleared {
		t.Errorf("%d bytes are other than they were, of %d that were to be cleared", changed, cleared)
	}
}

// A memory whose table is laid out in another way is refused, not guessed at.
func TestFindFunctionsRefuses(t *testing.T) {
	m, err := Decode(buildProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := m.ReadData()
	if err != nil {
		t.Fatal(err)
	}
	at := int64(strings.Index(string(memory), string(lineTable)))
	change := func(i int64, v uint64) []byte {
		out := append([]byte(nil), memory...)
		binary.LittleEndian.PutUint64(out[at+8*i:], v)
		return out
	}
	for name, bad := range map[string][]byte{
		"none":            memory[:at],
		"two":             append(append([]byte(nil), memory...), lineTable...),
		"cut short":       memory[:at+headerSize-1],
		"many functions":  change(1, 1<<40),
		"another header":  change(4, 64),
		"tables in names": change(7, 72),
		"no end":          change(8, 1<<60),
	} {
		f, err := findFunctions(bad)
		if err == nil && name == "tables in names" { // each entry then has its name elsewhere
			_, err = f.entry(0)
		}
		if err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	f, err := findFunctions(memory)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(memory[f.first+4:], 1<<31)
	if _, err := f.entry(0); err == nil {
		t.Error("an entry outside the memory is read")
	}
}
