package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/tools/homeroom/published"
)

// smallNetwork writes a checkpoint as safetensors: a ResNet-20 for CIFAR-10, by the table of names
// and shapes that the tests of package models have. Its weights are made up.
func smallNetwork(t *testing.T, path string) {
	t.Helper()
	all, err := published.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, network := range all {
		if network.Arch != "resnet20-cifar10" {
			continue
		}
		type tensor struct {
			DType   string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}
		head := make(map[string]tensor)
		var data []byte
		for _, x := range network.Tensors {
			n := 1
			for _, d := range x.Dims {
				n *= d
			}
			scale, mean := math.Sqrt(4/float64(n/x.Dims[0])), 0.0 // weights that keep activations as large as they are
			if len(x.Dims) == 1 {
				scale = 0.1
				if strings.HasSuffix(x.Name, "running_var") || strings.HasSuffix(x.Name, "weight") {
					mean = 1
				}
			}
			from := len(data)
			for i := range n {
				v := mean + scale*math.Sin(float64(i*i)*12.9898+float64(len(head)))
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(v)))
			}
			head[x.Name] = tensor{"F32", x.Dims, [2]int{from, len(data)}}
		}
		text, err := json.Marshal(head)
		if err != nil {
			t.Fatal(err)
		}
		file := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
		write(t, append(append(file, text...), data...), path)
		return
	}
	t.Fatal("the table of networks has no resnet20-cifar10")
}

// TestConvert goes from a checkpoint to packs, and from those to answers.
func TestConvert(t *testing.T) {
	folder := t.TempDir()
	in := filepath.Join(folder, "small.safetensors")
	smallNetwork(t, in)
	sizes := make(map[string]int)
	best := make(map[string]line)
	photo := "../../core/photo/testdata/pictures/444.jpg"
	for _, dtype := range []string{"int8", "f16", "f32"} {
		out := filepath.Join(folder, dtype+".pack")
		if said := succeed(t, "convert", "--dtype", dtype, in, "-o", out); !strings.Contains(said, out) || !strings.Contains(said, "10 classes") || !strings.Contains(said, dtype) {
			t.Errorf("convert to %s prints %q", dtype, said)
		}
		first := read(t, out)
		sizes[dtype] = len(first)
		succeed(t, "convert", "--dtype", dtype, in, "-o", out)
		if string(read(t, out)) != string(first) {
			t.Errorf("%s: another run gave another pack", dtype)
		}
		lines := parse(t, succeed(t, "classify", "--json", "--model", out, "--top", "10", photo))
		if len(lines[0].Results) != 10 {
			t.Fatalf("%s: %+v", dtype, lines)
		}
		best[dtype] = lines[0]
	}
	if !(sizes["int8"] < sizes["f16"] && sizes["f16"] < sizes["f32"] && sizes["int8"] < sizes["f32"]/3) {
		t.Errorf("the packs have %v bytes", sizes)
	}
	exact := best["f32"].Results[0]
	for dtype, allowed := range map[string]float64{"f16": 0.01, "int8": 0.2} {
		got := best[dtype].Results[0]
		if got.Index != exact.Index || math.Abs(got.Score-exact.Score) > allowed {
			t.Errorf("%s answers %+v, f32 %+v", dtype, got, exact)
		}
	}

	// The default is int8.
	plain := filepath.Join(folder, "plain.pack")
	succeed(t, "convert", in, "-o", plain)
	if string(read(t, plain)) != string(read(t, filepath.Join(folder, "int8.pack"))) {
		t.Error("without --dtype the pack is another than with int8")
	}

	// Labels of one's own, with the line ends of another system.
	var names []string
	for i := range 10 {
		names = append(names, fmt.Sprintf("thing %d", i))
	}
	labels := write(t, []byte(strings.Join(names, "\r\n")+"\r\n"), folder, "labels.txt")
	succeed(t, "convert", in, "--labels", labels, "-o", plain)
	if got := parse(t, succeed(t, "classify", "--json", "--model", plain, photo))[0].Results[0]; got.Label != fmt.Sprintf("thing %d", got.Index) {
		t.Errorf("the best is %+v", got)
	}
	succeed(t, "convert", in, "--arch", "resnet20-cifar10", "-o", plain)
}

// TestConvertFaults: an error names the file, and what was there stays.
func TestConvertFaults(t *testing.T) {
	folder := t.TempDir()
	in := filepath.Join(folder, "small.safetensors")
	smallNetwork(t, in)
	data := read(t, in)
	out := write(t, []byte("precious"), folder, "out.pack")
	few := write(t, []byte("one\ntwo\n"), folder, "few.txt")
	gap := write(t, []byte("one\n\ntwo\n"), folder, "gap.txt")
	bare := write(t, nil, folder, "bare.txt")
	cut := write(t, data[:len(data)-9], folder, "cut.safetensors")
	text := write(t, []byte("no checkpoint"), folder, "text.pth")
	// c (global) os.system, its argument, and a call: what a hostile pickle does.
	hostile := write(t, []byte("\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."), folder, "hostile.pth")
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{in, "--labels", few}, []string{in, "2 labels for its 10 classes"}},
		{[]string{in, "--labels", gap}, []string{gap, "line 2"}},
		{[]string{in, "--labels", bare}, []string{bare, "no labels"}},
		{[]string{in, "--arch", "no-such-network"}, []string{in, "no-such-network"}},
		{[]string{in, "--arch", "vgg16"}, []string{in}},
		{[]string{cut}, []string{filepath.Base(cut), "cut short"}},
		{[]string{text}, []string{filepath.Base(text)}},
		{[]string{hostile}, []string{filepath.Base(hostile), "os.system", "nothing was run"}},
	} {
		fail(t, 1, append([]string{"convert", "-o", out}, c.args...), c.says...)
	}
	fail(t, 1, []string{"convert", in, "-o", filepath.Join(folder, "none", "out.pack")}, filepath.Join(folder, "none"))
	if got := string(read(t, out)); got != "precious" {
		t.Errorf("a conversion that failed left %d bytes where other data was", len(got))
	}
	left, err := filepath.Glob(filepath.Join(folder, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("there is left %q (%v)", left, err)
	}
}

func TestInspect(t *testing.T) {
	folder := t.TempDir()
	in, out := filepath.Join(folder, "small.safetensors"), filepath.Join(folder, "small.pack")
	smallNetwork(t, in)
	succeed(t, "convert", in, "-o", out, "--licence", "CC0-1.0", "--source", "a formula")
	contains := func(name, text string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("inspect %s does not print %q:\n%s", name, want, text)
			}
		}
	}
	table := []string{"layer", "output", "parameters", "multiply-adds", "bytes", "32×32×16", "3×3, stride 2", "1×1×10", "10 classes"}
	contains("of the pack", succeed(t, "inspect", out), append(table, "CC0-1.0", "a formula")...)
	contains("of the checkpoint", succeed(t, "inspect", in), append(table, "safetensors")...)
	contains("at another size", succeed(t, "inspect", "--size", "64", out), "64×64×16")
	contains("of tensors", succeed(t, "inspect", "--tensors", in), "conv1.weight", "16×3×3×3")
	if byName, byFile := succeed(t, "inspect", "efficientnet-lite0"), succeed(t, "inspect", "../../weights/efficientnet-lite0.pack"); byName != byFile {
		t.Errorf("by its name a network is\n%s", byName)
	}
	fail(t, 1, []string{"inspect", "resnet"}, `no network "resnet"`, "efficientnet-lite0")
	contains("of Lite0", succeed(t, "inspect", "../../weights/efficientnet-lite0.pack"), "Apache-2.0", "112×112×32", "385,187,552 multiply-adds")

	data := read(t, out)
	damaged := write(t, append(data[:len(data)-1:len(data)-1], data[len(data)-1]^1), folder, "damaged.pack")
	fail(t, 1, []string{"inspect", damaged}, damaged)
	text := write(t, []byte("nothing of the sort"), folder, "text.txt")
	fail(t, 1, []string{"inspect", text}, filepath.Base(text))
}
