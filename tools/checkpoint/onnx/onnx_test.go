package onnx

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func open(t testing.TB, name string) *Model {
	t.Helper()
	m, err := Open(filepath.Join("testdata", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every initialiser as the onnx package reads it: name, order, type, dims and elements.
func TestAgainstReference(t *testing.T) {
	data, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct {
		Opset   int64
		Tensors []struct {
			Name, Type string
			Dims       []int
			Values     []any
		}
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for name, want := range all {
		m := open(t, name)
		if m.Opsets[""] != want.Opset || len(m.Graph.Initialisers) != len(want.Tensors) {
			t.Errorf("%s: operator sets %v and %d initialisers, want %d and %d", name, m.Opsets, len(m.Graph.Initialisers), want.Opset, len(want.Tensors))
			continue
		}
		for i, x := range want.Tensors {
			got := m.Graph.Initialisers[i]
			if got.Name != x.Name || got.Type.String() != x.Type || !slices.Equal(got.Dims, x.Dims) {
				t.Errorf("%s: %s %v %v, want %s %s %v", name, got.Name, got.Type, got.Dims, x.Name, x.Type, x.Dims)
				continue
			}
			values, err := got.Floats()
			if x.Values == nil {
				if err == nil || !strings.Contains(err.Error(), x.Name) {
					t.Errorf("%s: elements that are no numbers give %v, %v", x.Name, values, err)
				}
				continue
			}
			if err != nil || len(values) != len(x.Values) {
				t.Errorf("%s: %v, %v; want %v", x.Name, values, err, x.Values)
				continue
			}
			ints, intErr := got.Int64s()
			for j, v := range values {
				w, ok := x.Values[j].(float64)
				if s, isString := x.Values[j].(string); isString {
					w, err = strconv.ParseFloat(s, 64)
					ok = err == nil
				}
				if !ok || v != float32(w) {
					t.Errorf("%s: element %d is %v, want %v", x.Name, j, v, x.Values[j])
				}
				if whole := strings.Contains(x.Type, "INT") && x.Type != "UINT64" || x.Type == "BOOL"; whole != (intErr == nil) {
					t.Errorf("%s: as whole numbers: %v", x.Name, intErr)
				} else if whole && ints[j] != int64(w) {
					t.Errorf("%s: element %d is %d, want %v", x.Name, j, ints[j], w)
				}
			}
		}
	}
}

func TestNetwork(t *testing.T) {
	m := open(t, "network")
	if m.IRVersion != 10 || m.Producer != "fixtures" || m.Opsets["com.example"] != 1 || m.Metadata["labels"] != "cat,dog" {
		t.Errorf("%+v", m)
	}
	g := m.Graph
	feeds := g.Feeds()
	want := []Dim{{-1, "batch"}, {3, ""}, {8, ""}, {-1, ""}}
	if len(feeds) != 1 || feeds[0].Name != "image" || feeds[0].Type.String() != "FLOAT" || !slices.Equal(feeds[0].Shape, want) {
		t.Errorf("the image is %+v", feeds)
	}
	if len(g.Inputs) != 2 || len(g.Outputs) != 1 || g.Outputs[0].Name != "scores" || len(g.Values) != 1 || g.Values[0].Name != "features" {
		t.Errorf("inputs %v, outputs %v, values %v", g.Inputs, g.Outputs, g.Values)
	}
	var ops []string
	for _, n := range g.Nodes {
		ops = append(ops, n.Op)
	}
	if !slices.Equal(ops, []string{"Conv", "Clip", "Constant", "ReduceMean", "LeakyRelu", "Softmax"}) {
		t.Errorf("operators %v", ops)
	}
	conv, clipNode := g.Nodes[0], g.Nodes[1]
	if conv.Name != "/conv/Conv" || !slices.Equal(conv.Inputs, []string{"image", "conv.weight", "conv.bias"}) || !slices.Equal(conv.Outputs, []string{"features"}) ||
		!slices.Equal(conv.Ints("pads"), []int64{1, 1, 1, 1}) || conv.Int("group", 7) != 1 || conv.Int("absent", 7) != 7 || conv.Ints("group") != nil || conv.String("auto_pad", "NOTSET") != "NOTSET" {
		t.Errorf("the convolution is %+v", conv)
	}
	if !slices.Equal(clipNode.Inputs, []string{"features", "", "six"}) {
		t.Errorf("an input that is left out: %q", clipNode.Inputs)
	}
	axes, err := g.Nodes[2].Attributes["value"].Tensor.Int64s()
	if err != nil || !slices.Equal(axes, []int64{2, 3}) {
		t.Errorf("the constant is %v, %v", axes, err)
	}
	if g.Nodes[4].Float("alpha", 0) != 0.125 || g.Nodes[5].Int("axis", 1) != -1 {
		t.Errorf("%+v, %+v", g.Nodes[4].Attributes, g.Nodes[5].Attributes)
	}
	if g.Initialiser("six") == nil || g.Initialiser("seven") != nil {
		t.Error("Initialiser finds the wrong one")
	}
}

func TestAttributes(t *testing.T) {
	m := open(t, "attributes")
	n := m.Graph.Nodes[0]
	a := n.Attributes
	if n.Domain != "com.example" || a["f"].F != 0.5 || a["i"].I != -3 || a["s"].S != "text" || a["t"].Tensor.Len() != 2 || a["g"].Graph.Nodes[0].Op != "Identity" ||
		!reflect.DeepEqual(a["floats"].Floats, []float32{0.5, 1.5}) || !reflect.DeepEqual(a["ints"].Ints, []int64{-1, 1 << 40}) ||
		!reflect.DeepEqual(a["strings"].Strings, []string{"a", "b"}) || len(a["tensors"].Tensors) != 1 || len(a["graphs"].Graphs) != 2 {
		t.Errorf("%+v", a)
	}
	for name, kind := range map[string]Kind{"f": Float, "i": Int, "s": String, "t": TensorKind, "g": GraphKind, "floats": Floats, "ints": Ints, "strings": Strings, "tensors": TensorsKind, "graphs": GraphsKind} {
		if a[name].Kind != kind {
			t.Errorf("%s is of kind %d, want %d", name, a[name].Kind, kind)
		}
	}
	if m.Graph.Inputs[0].Shape != nil || m.Graph.Outputs[0].Shape == nil {
		t.Error("an unknown shape and a known one are mixed up")
	}
	if fn := m.Functions[0]; fn.Name != "Twice" || fn.Domain != "com.example" || !slices.Equal(fn.Inputs, []string{"a"}) || len(fn.Nodes) != 1 || !slices.Equal(fn.Attributes, []string{"k"}) {
		t.Errorf("the function is %+v", fn)
	}
}

// Messages by hand: field number and content, one after another.
func bytesField(n protowire.Number, parts ...[]byte) []byte {
	b := protowire.AppendTag(nil, n, protowire.BytesType)
	return protowire.AppendBytes(b, slices.Concat(parts...))
}

func intField(n protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), uint64(v))
}

func text(n protowire.Number, s string) []byte { return bytesField(n, []byte(s)) }

func modelOf(graph ...[]byte) []byte {
	return slices.Concat(intField(1, 8), bytesField(8, intField(2, 17)), bytesField(7, graph...))
}

func TestHostile(t *testing.T) {
	tensor := func(parts ...[]byte) []byte { return modelOf(bytesField(5, append(parts, text(8, "w"))...)) }
	node := func(parts ...[]byte) []byte {
		return modelOf(bytesField(1, append([][]byte{text(4, "Op"), text(3, "n")}, parts...)...))
	}
	nest := func(n int) []byte {
		g := text(2, "g")
		for range n {
			g = bytesField(1, bytesField(5, text(1, "body"), bytesField(6, g)))
		}
		return modelOf(g)
	}
	network, err := os.ReadFile("testdata/network.onnx")
	if err != nil {
		t.Fatal(err)
	}
	external, err := os.ReadFile("testdata/external.onnx")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "no graph"},
		{"text", []byte("hello, hello"), "isn't an ONNX model"},
		{"zip", []byte("PK\x03\x04aaaaaaaaaaaa"), "isn't an ONNX model"},
		{"cut", network[:len(network)/2], "cut short"},
		{"no operator set", bytesField(7), "no graph or no operator set"},
		{"two graphs", slices.Concat(modelOf(), bytesField(7)), "two graphs"},
		{"wrong type", slices.Concat(modelOf(), intField(7, 1)), "wrong type"},
		{"huge field", append(modelOf(), 0x3a, 0xff, 0xff, 0xff, 0xff, 0x07), "cut short"},
		{"group", append(modelOf(), 0x3b, 0x3c), "isn't an ONNX model"},
		{"external", external, `x: tensor "w": its elements lie in another file ("../../secret.bin"), which is read beside a model file only`},
		{"external by location alone", tensor(intField(14, 1), intField(2, 1)), "another file"},
		{"segments", tensor(bytesField(3)), "segments"},
		{"twice", modelOf(bytesField(5, text(8, "w")), bytesField(5, text(8, "w"))), `tensor "w": it comes twice`},
		{"sparse", modelOf(bytesField(15)), "sparse"},
		{"negative dim", tensor(intField(1, -1), intField(2, 1)), "none may be negative"},
		{"huge dim", tensor(intField(1, math.MaxInt64), intField(2, 1)), "more elements than any file"},
		{"huge dims", tensor(intField(1, 1<<20), intField(1, 1<<20), intField(2, 1)), "more elements than any file"},
		{"huge after zero", tensor(intField(1, 0), intField(1, math.MaxInt64), intField(2, 1)), "more elements than any file"},
		{"many dims", tensor(bytesField(1, make([]byte, 33))), "33 axes"},
		{"raw", tensor(intField(1, 1<<20), intField(2, 1), text(9, "abcd")), "they take 4194304 bytes, and it has 4"},
		{"floats", tensor(intField(1, 2), intField(2, 1), text(4, "abcd")), "they take 8 bytes, and it has 4"},
		{"ragged floats", tensor(intField(1, 2), intField(2, 1), text(4, "abc")), "wrong type"},
		{"ints", tensor(intField(1, 1<<30), intField(2, 7), intField(7, 1)), "they are 1073741824 numbers, and it has 1"},
		{"nothing", tensor(intField(1, 1<<30), intField(2, 3)), "they are 1073741824 numbers, and it has 0"},
		{"attribute twice", node(bytesField(5, text(1, "a"), intField(3, 1)), bytesField(5, text(1, "a"), intField(3, 1))), `node 0 (Op "n"): attribute "a": it comes twice`},
		{"attribute kind", node(bytesField(5, text(1, "a"), intField(20, 99))), "kind 99"},
		{"attribute without its tensor", node(bytesField(5, text(1, "a"), intField(20, 4))), "its value is missing"},
		{"sparse attribute", node(bytesField(5, text(1, "a"), bytesField(22))), "sparse"},
		{"attribute's tensor", node(bytesField(5, text(1, "a"), bytesField(5, intField(1, 2), intField(2, 1)))), `attribute "a": dims [2] of FLOAT: they take 8 bytes`},
		{"nested graphs", nest(20), "nested too deeply"},
		{"many nested graphs", nest(5000), "nested too deeply"},
		{"many nodes", modelOf([]byte(strings.Repeat("\x0a\x00", 2<<20))), "more than 1048576 parts"},
		{"many inputs", node([]byte(strings.Repeat("\x0a\x00", 2<<20))), "more than 1048576 parts"},
		{"many axes", modelOf(bytesField(11, bytesField(2, bytesField(1, bytesField(2, []byte(strings.Repeat("\x0a\x00", 100))))))), "more than 32 axes"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := Read("x", c.data)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: read as %+v", c.name, m)
		} else if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x: ") {
			t.Errorf("%s: %q doesn't say %q", c.name, err, c.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 512<<20 {
			t.Errorf("%s: %d MB allocated for %d bytes", c.name, n>>20, len(c.data))
		}
	}
	if _, err := Read("x", nest(15)); err != nil {
		t.Errorf("graphs in graphs: %v", err)
	}
}

func TestEveryCut(t *testing.T) {
	for _, name := range []string{"network", "attributes", "tensors"} {
		data, err := os.ReadFile("testdata/" + name + ".onnx")
		if err != nil {
			t.Fatal(err)
		}
		for n := range data {
			sound(t, data[:n])
		}
	}
}

// sound checks what must hold of whatever was read.
func sound(t *testing.T, data []byte) {
	m, err := Read("x", data)
	if err != nil {
		if !strings.HasPrefix(err.Error(), "x: ") {
			t.Fatalf("the error doesn't name the file: %v", err)
		}
		return
	}
	total := 0
	for _, x := range m.Graph.Initialisers {
		if total += len(x.Data); total > 64*len(data)+1024 {
			t.Fatalf("%d bytes of tensors from %d of file", total, len(data))
		}
		if v, err := x.Floats(); err == nil && len(v) != x.Len() {
			t.Fatalf("%q gives %d elements of %d", x.Name, len(v), x.Len())
		}
		if v, err := x.Int64s(); err == nil && len(v) != x.Len() && x.width() > 0 {
			t.Fatalf("%q gives %d whole numbers of %d", x.Name, len(v), x.Len())
		}
	}
	m.Graph.Feeds()
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"network", "attributes", "tensors", "external"} {
		data, err := os.ReadFile("testdata/" + name + ".onnx")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { sound(t, data) })
}
