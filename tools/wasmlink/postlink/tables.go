package postlink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	. "homeroom/tools/wasmlink/wasmbin"
)

// lineTable begins the table of functions of a program of Go 1.20 and later for WebAssembly
// (internal/abi, CurrentPCLnTabMagic): the number, two zeros, instructions of one byte and pointers
// of eight.
var lineTable = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// Where fields of its header and of a function's entry are (runtime, pcHeader and _func), in bytes.
const (
	headerSize    = 72
	entryName     = 4
	entryTables   = 16 // of frame sizes, files and lines, each at its offset
	entryCount    = 28 // of further tables, whose offsets follow the entry
	entryFuncData = 43
	entrySize     = 44
)

// functions is the table of functions in a program's memory: what the runtime knows of each, for
// stack traces and the collector.
type functions struct {
	memory                          []byte
	names, tables, tablesEnd, first int64 // addresses
	number                          int64
}

func findFunctions(memory []byte) (*functions, error) {
	at := bytes.Index(memory, lineTable)
	if at < 0 || bytes.Contains(memory[at+1:], lineTable) || len(memory) < at+headerSize {
		return nil, errors.New("its memory doesn't have one table of functions as Go's linker makes it")
	}
	field := func(i int) int64 { return int64(binary.LittleEndian.Uint64(memory[at+8*i:])) }
	base := int64(at)
	f := &functions{memory, base + field(4), base + field(7), base + field(8), base + field(8), field(1)}
	end := int64(len(memory))
	if f.number < 0 || f.number > end || field(4) != headerSize || f.names > f.tables || f.tables > f.tablesEnd || f.first+8*f.number > end {
		return nil, errors.New("its table of functions isn't laid out as Go's linker lays it out")
	}
	return f, nil
}

// entry is what the table has of one function.
type entry struct {
	name   string
	at     Span    // of the entry itself
	tables []int64 // addresses
}

// entry reads that of a function by its number.
func (f *functions) entry(i int64) (e entry, err error) {
	defer func() { // an offset that leads out of the memory
		if recover() != nil {
			err = fmt.Errorf("entry %d of its table of functions leads out of it", i)
		}
	}()
	word := func(at int64) int64 { return int64(binary.LittleEndian.Uint32(f.memory[at:])) }
	at := f.first + word(f.first+8*i+4)
	name := f.memory[f.names+word(at+entryName) : f.tables]
	e.name = string(name[:bytes.IndexByte(name, 0)])
	further := word(at + entryCount)
	e.at = Span{At: at, Size: entrySize + 4*further + 4*int64(f.memory[at+entryFuncData])}
	for k := range 3 + further {
		from := at + entryTables + 4*k
		if k >= 3 {
			from = at + entrySize + 4*(k-3)
		}
		if offset := word(from); offset != 0 { // 0 is no table
			e.tables = append(e.tables, f.tables+offset)
		}
	}
	_ = f.memory[:e.at.At+e.at.Size]
	return e, nil
}

// forget clears what the program knows of functions that are never entered, or not before it is
// back: nothing is asked about them until then. Of tables that functions share, those of functions
// that stay are kept. It returns what it cleared, in order.
func forget(m *Module, gone func(name string) bool) ([]Span, error) {
	memory, err := m.ReadData()
	if err != nil {
		return nil, err
	}
	f, err := findFunctions(memory)
	if err != nil {
		return nil, err
	}
	var clear []Span
	kept := map[int64]bool{} // of all tables, which belong to functions that stay
	for i := range f.number {
		e, err := f.entry(i)
		if err != nil {
			return nil, err
		}
		out := gone(e.name)
		if out {
			clear = append(clear, e.at)
		}
		for _, t := range e.tables {
			kept[t] = kept[t] || !out
		}
	}
	starts := make([]int64, 0, len(kept)+1)
	for t := range kept {
		starts = append(starts, t)
	}
	slices.Sort(starts)
	for i, t := range starts {
		if !kept[t] {
			end := f.tablesEnd
			if i+1 < len(starts) {
				end = starts[i+1]
			}
			clear = append(clear, Span{At: t, Size: end - t})
		}
	}
	slices.SortFunc(clear, func(a, b Span) int { return int(a.At - b.At) })
	var joined []Span
	for _, s := range clear {
		if n := len(joined); n > 0 && s.At <= joined[n-1].At+joined[n-1].Size {
			joined[n-1].Size = max(joined[n-1].Size, s.At+s.Size-joined[n-1].At)
		} else {
			joined = append(joined, s)
		}
	}
	return joined, m.ClearData(joined)
}
