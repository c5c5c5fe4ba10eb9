package wasmbin

import (
	"cmp"
	"slices"
)

// piece is bytes of the memory that a module brings.
type piece struct {
	at   int64
	data []byte
}

// JoinData makes one of pieces of initial memory that at most gap zero bytes lie between, and puts
// all of them in order. A piece's own address and length take some eight bytes, which no
// compression makes smaller, as it does zeros. It returns how many pieces are left. Modules with a
// piece that isn't at a constant address, or with pieces that overlap, stay as they are.
func (m *Module) JoinData(gap int64) (pieces int, err error) {
	at := slices.IndexFunc(m.layout, func(s section) bool { return s.id == secData })
	if at < 0 {
		return 0, nil
	}
	r := &reader{b: m.layout[at].data}
	list := make([]piece, r.count("pieces of data"))
	for i := range list {
		if kind := r.u32(); kind != 0 && r.err == nil {
			return len(list), nil
		}
		if op := r.instr(); op.Op != I32Const && r.err == nil {
			return len(list), nil
		} else if list[i].at = int64(uint32(op.Imm)); r.instr().Op != End && r.err == nil {
			return len(list), nil
		}
		list[i].data = r.bytes(int(r.u32()))
	}
	if r.err == nil && r.more() {
		r.fail(r.p, "%d bytes left over at the end of the data", len(r.b)-r.p)
	}
	if r.err != nil {
		return 0, r.err
	}
	slices.SortStableFunc(list, func(a, b piece) int { return cmp.Compare(a.at, b.at) })
	var joined []piece
	end := int64(0)
	for i, p := range list {
		if i > 0 && p.at < end {
			return len(list), nil
		}
		if i > 0 && p.at-end <= gap {
			last := &joined[len(joined)-1]
			last.data = append(append(last.data, make([]byte, p.at-end)...), p.data...)
		} else {
			joined = append(joined, piece{p.at, slices.Clone(p.data)})
		}
		end = p.at + int64(len(p.data))
	}
	data := appendU32(nil, uint32(len(joined)))
	for _, p := range joined {
		data = appendInstr(append(data, 0), Instr{Op: I32Const, Imm: uint64(int64(int32(p.at)))})
		data = appendU32(appendInstr(data, Instr{Op: End}), uint32(len(p.data)))
		data = append(data, p.data...)
	}
	m.layout[at].data = data
	return len(joined), nil
}
