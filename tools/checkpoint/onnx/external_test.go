package onnx_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"homeroom/tools/checkpoint/onnx"
)

// elsewhere is a model of one tensor of three floats whose elements are somewhere else.
func elsewhere(pairs ...string) []byte {
	field := func(b []byte, n protowire.Number, v []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
	}
	number := func(b []byte, n protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
	}
	tensor := number(number(nil, 1, 3), 2, 1)
	tensor = field(tensor, 8, []byte("w"))
	for i := 0; i < len(pairs); i += 2 {
		tensor = field(tensor, 13, field(field(nil, 1, []byte(pairs[i])), 2, []byte(pairs[i+1])))
	}
	tensor = number(tensor, 14, 1)
	return field(field(nil, 7, field(nil, 5, tensor)), 8, number(nil, 2, 20))
}

// Elements in a file beside the model are read; whatever is no plain file there is refused by name,
// with what to do.
func TestElementsBesideTheModel(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var data []byte
	for i := range 8 {
		data = binary.LittleEndian.AppendUint32(data, uint32(i))
	}
	write("w.data", data)
	write("m.onnx", nil)
	if err := os.Mkdir(filepath.Join(folder, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	linked := os.Symlink(filepath.Join(folder, "w.data"), filepath.Join(folder, "link")) == nil
	big, err := os.Create(filepath.Join(folder, "big"))
	if err == nil {
		err = big.Truncate(1 << 32)
	}
	if err != nil {
		t.Skip(err)
	}
	big.Close()
	cases := []struct {
		name  string
		pairs []string
		says  string // "" where it is read
	}{
		{"as written", []string{"location", "w.data", "offset", "8", "length", "12"}, ""},
		{"without length", []string{"location", "w.data", "offset", "20"}, ""},
		{"from the beginning", []string{"location", "w.data"}, ""},
		{"missing", []string{"location", "none.data"}, `"none.data", which is not there: keep that file in the same folder`},
		{"a path", []string{"location", "../w.data"}, "only a plain name"},
		{"from the root", []string{"location", "/etc/passwd"}, "only a plain name"},
		{"Windows' paths", []string{"location", `..\w.data`}, "only a plain name"},
		{"a drive", []string{"location", "c:w.data"}, "only a plain name"},
		{"the folder itself", []string{"location", ".."}, "only a plain name"},
		{"nowhere", nil, "only a plain name"},
		{"a folder", []string{"location", "folder"}, "no file"},
		{"a link", []string{"location", "link"}, "a link, and none is followed"},
		{"too large", []string{"location", "big"}, "at most"},
		{"another length", []string{"location", "w.data", "length", "8"}, "take 12 bytes, and 8"},
		{"beyond the end", []string{"location", "w.data", "offset", "24"}, "cut short or is another model's"},
		{"far beyond", []string{"location", "w.data", "offset", "4611686018427387903"}, "cut short"},
		{"no number", []string{"location", "w.data", "offset", "-4"}, "no possible number"},
	}
	for _, c := range cases {
		if c.name == "a link" && !linked {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			write("m.onnx", elsewhere(c.pairs...))
			m, err := onnx.Open(filepath.Join(folder, "m.onnx"))
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), `tensor "w"`) {
					t.Errorf("got %v, want an error that says %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if w := m.Graph.Initialisers[0]; len(w.Data) != 12 {
				t.Errorf("%d bytes of elements", len(w.Data))
			}
		})
	}
}
