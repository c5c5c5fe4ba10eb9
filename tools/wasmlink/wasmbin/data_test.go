package wasmbin

import (
	"bytes"
	"slices"
	"testing"
)

// withData is a module with pieces of data, which lays each at its address.
func withData(pieces ...piece) *Module {
	m := New()
	data := appendU32(nil, uint32(len(pieces)))
	for _, p := range pieces {
		data = append(appendSLEB(append(data, 0, byte(I32Const)), p.at), byte(End), byte(len(p.data)))
		data = append(data, p.data...)
	}
	m.layout = append(m.layout, section{id: secData, width: 1, data: data})
	return m
}

// The memory that a module brings is the same before and after; what is far apart stays so.
func TestJoinData(t *testing.T) {
	far := piece{-1 << 31, []byte("above two gigabytes")}
	for _, c := range []struct {
		name   string
		in     []piece
		gap    int64
		pieces []piece
	}{
		{"none", nil, 8, nil},
		{"near", []piece{{16, []byte("abc")}, {24, []byte("de")}}, 5, []piece{{16, []byte("abc\x00\x00\x00\x00\x00de")}}},
		{"not near enough", []piece{{16, []byte("abc")}, {24, []byte("de")}}, 4, []piece{{16, []byte("abc")}, {24, []byte("de")}}},
		{"out of order", []piece{far, {20, []byte("b")}, {16, []byte("a")}}, 3, []piece{{16, []byte("a\x00\x00\x00b")}, far}},
		{"overlapping", []piece{{17, []byte("b")}, {16, []byte("aa")}}, 8, []piece{{17, []byte("b")}, {16, []byte("aa")}}},
	} {
		m := withData(c.in...)
		n, err := m.JoinData(c.gap)
		if err != nil || n != len(c.pieces) {
			t.Errorf("%s: %d pieces, %v", c.name, n, err)
		}
		if got, want := m.layout[len(m.layout)-1].data, withData(c.pieces...).layout[len(m.layout)-1].data; !bytes.Equal(got, want) {
			t.Errorf("%s: got %x, want %x", c.name, got, want)
		}
	}

	passive := withData(piece{16, []byte("a")})
	data := &passive.layout[len(passive.layout)-1].data
	*data = []byte{1, 1, 1, 'a'}
	if n, err := passive.JoinData(8); n != 1 || err != nil || !slices.Equal(*data, []byte{1, 1, 1, 'a'}) {
		t.Errorf("a piece without an address: %d, %v, %x", n, err, *data)
	}
	for _, cut := range []int{1, 3, 6} {
		m := withData(piece{16, []byte("abc")})
		data := &m.layout[len(m.layout)-1].data
		*data = (*data)[:cut]
		if _, err := m.JoinData(8); err == nil {
			t.Errorf("data cut short after %d bytes are taken", cut)
		}
	}
	m := withData(piece{16, []byte("abc")})
	m.layout[len(m.layout)-1].data = append(m.layout[len(m.layout)-1].data, 0)
	if _, err := m.JoinData(8); err == nil {
		t.Error("bytes behind the last piece are taken")
	}
}

// What is cleared is zero afterwards and takes no room; all else is as it was.
func TestClearData(t *testing.T) {
	in := []piece{{16, []byte("abcdef")}, {24, []byte("gh")}, {30, []byte("ijk")}}
	for _, c := range []struct {
		name  string
		spans []Span
		want  []piece
	}{
		{"nothing", nil, in},
		{"the middle", []Span{{17, 2}}, []piece{{16, []byte("a")}, {19, []byte("def")}, {24, []byte("gh")}, {30, []byte("ijk")}}},
		{"two in one", []Span{{16, 1}, {18, 2}}, []piece{{17, []byte("b")}, {20, []byte("ef")}, {24, []byte("gh")}, {30, []byte("ijk")}}},
		{"over two pieces", []Span{{20, 5}}, []piece{{16, []byte("abcd")}, {25, []byte("h")}, {30, []byte("ijk")}}},
		{"all", []Span{{0, 100}}, nil},
		{"beside them", []Span{{0, 16}, {22, 2}, {26, 4}, {33, 9}}, in},
	} {
		m := withData(in...)
		was, err := m.ReadData()
		if err != nil || len(was) != 33 {
			t.Fatalf("%d bytes, %v", len(was), err)
		}
		if err := m.ClearData(c.spans); err != nil {
			t.Fatal(c.name, err)
		}
		if got, want := m.layout[len(m.layout)-1].data, withData(c.want...).layout[len(m.layout)-1].data; !bytes.Equal(got, want) {
			t.Errorf("%s: got %x, want %x", c.name, got, want)
		}
		for _, s := range c.spans {
			for at := s.At; at < min(s.At+s.Size, 33); at++ {
				was[at] = 0
			}
		}
		if is, err := m.ReadData(); err != nil || !bytes.Equal(is, was[:len(is)]) || len(bytes.Trim(was[len(is):], "\x00")) > 0 {
			t.Errorf("%s: %x, not %x, %v", c.name, is, was, err)
		}
	}
	if err := New().ClearData([]Span{{1, 2}}); err != nil {
		t.Error("a module without data:", err)
	}
	overlapping := withData(piece{16, []byte("ab")}, piece{17, []byte("c")})
	if _, err := overlapping.ReadData(); err == nil || overlapping.ClearData([]Span{{16, 1}}) == nil {
		t.Error("pieces that overlap are read or cleared")
	}
	if _, err := withData(piece{1 << 30, []byte("a")}).ReadData(); err == nil {
		t.Error("a memory of a gigabyte is read")
	}
}
