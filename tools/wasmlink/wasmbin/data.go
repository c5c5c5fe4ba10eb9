package wasmbin

import (
	"cmp"
	"errors"
	"slices"
)

// piece is bytes of the memory that a module brings.
type piece struct {
	at   int64
	data []byte
}

// pieces gives the pieces of initial memory in order, and their number. They are nil where one
// isn't at a constant address, or two overlap.
func (m *Module) pieces() (list []piece, n int, err error) {
	at := m.dataSection()
	if at < 0 {
		return nil, 0, nil
	}
	r := &reader{b: m.layout[at].data}
	list = make([]piece, r.count("pieces of data"))
	n = len(list)
	for i := range list {
		if kind := r.u32(); kind != 0 && r.err == nil {
			return nil, n, nil
		}
		if op := r.instr(); op.Op != I32Const && r.err == nil {
			return nil, n, nil
		} else if list[i].at = int64(uint32(op.Imm)); r.instr().Op != End && r.err == nil {
			return nil, n, nil
		}
		list[i].data = r.bytes(int(r.u32()))
	}
	if r.err == nil && r.more() {
		r.fail(r.p, "%d bytes left over at the end of the data", len(r.b)-r.p)
	}
	if r.err != nil {
		return nil, 0, r.err
	}
	slices.SortStableFunc(list, func(a, b piece) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < n; i++ {
		if list[i].at < list[i-1].end() {
			return nil, n, nil
		}
	}
	return list, n, nil
}

func (p piece) end() int64 { return p.at + int64(len(p.data)) }

func (m *Module) dataSection() int {
	return slices.IndexFunc(m.layout, func(s section) bool { return s.id == secData })
}

// setPieces writes pieces in the place of those that there are.
func (m *Module) setPieces(list []piece) {
	data := appendU32(nil, uint32(len(list)))
	for _, p := range list {
		data = appendInstr(append(data, 0), Instr{Op: I32Const, Imm: uint64(int64(int32(p.at)))})
		data = appendU32(appendInstr(data, Instr{Op: End}), uint32(len(p.data)))
		data = append(data, p.data...)
	}
	m.layout[m.dataSection()].data = data
}

// AddData has the module bring spans of this memory, too.
func (m *Module) AddData(memory []byte, spans []Span) error {
	list, n, err := m.pieces()
	if err != nil {
		return err
	}
	if list == nil && n > 0 {
		return errors.New("its pieces of data overlap, or have no constant address")
	}
	if m.dataSection() < 0 {
		after := slices.IndexFunc(m.layout, func(s section) bool { return s.id == secCode }) + 1
		m.layout = slices.Insert(m.layout, after, section{id: secData, width: 1})
	}
	for _, s := range spans {
		list = append(list, piece{s.At, memory[s.At : s.At+s.Size]})
	}
	m.setPieces(list)
	return nil
}

// JoinData makes one of pieces of initial memory that at most gap zero bytes lie between, and puts
// all of them in order. A piece's own address and length take some eight bytes, which no
// compression makes smaller, as it does zeros. It returns how many pieces are left. Modules with a
// piece that isn't at a constant address, or with pieces that overlap, stay as they are.
func (m *Module) JoinData(gap int64) (pieces int, err error) {
	list, n, err := m.pieces()
	if err != nil || list == nil {
		return n, err
	}
	var joined []piece
	for i, p := range list {
		if i > 0 && p.at-list[i-1].end() <= gap {
			last := &joined[len(joined)-1]
			last.data = append(append(last.data, make([]byte, p.at-last.end())...), p.data...)
		} else {
			joined = append(joined, piece{p.at, slices.Clone(p.data)})
		}
	}
	m.setPieces(joined)
	return len(joined), nil
}

// Span is Size bytes of memory from the address At.
type Span struct{ At, Size int64 }

// ReadData gives the memory that a module brings, from address 0 to its last byte. It is an error
// if that is above 256 MiB, or if it can't be told where a piece of it goes.
func (m *Module) ReadData() ([]byte, error) {
	list, n, err := m.pieces()
	if err != nil {
		return nil, err
	}
	if list == nil && n > 0 {
		return nil, errors.New("its pieces of data overlap, or have no constant address")
	}
	var out []byte
	for _, p := range list {
		if p.end() > 256<<20 {
			return nil, errors.New("its data are beyond 256 MiB")
		}
		out = append(append(out, make([]byte, p.at-int64(len(out)))...), p.data...)
	}
	return out, nil
}

// ClearData makes spans of the initial memory zero, and cuts them out of the pieces that hold them.
// The spans are in order and don't overlap.
func (m *Module) ClearData(spans []Span) error {
	list, n, err := m.pieces()
	if err != nil {
		return err
	}
	if list == nil && n > 0 {
		return errors.New("its pieces of data overlap, or have no constant address")
	}
	var out []piece
	for _, p := range list {
		for len(spans) > 0 && spans[0].At+spans[0].Size <= p.at {
			spans = spans[1:]
		}
		for _, s := range spans {
			if s.At >= p.end() {
				break
			}
			if s.At > p.at {
				out = append(out, piece{p.at, p.data[:s.At-p.at]})
			}
			p.data = p.data[min(s.At+s.Size-p.at, int64(len(p.data))):]
			p.at = s.At + s.Size
		}
		if len(p.data) > 0 {
			out = append(out, p)
		}
	}
	if list != nil {
		m.setPieces(out)
	}
	return nil
}
