package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/tools/checkpoint"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/homeroom/network"
	"homeroom/tools/keras"
	"homeroom/tools/onnxgraph"
	"homeroom/tools/tflite"
)

// The whole way from bytes to a graph and to a pack that opens, for every format, by inputs that
// are tried quickly: networks of a few channels, nothing on the disk, checksums and lengths that
// hold.

// formats are how the bytes of an input become a file.
const (
	formatFile    = iota // they are the file
	formatArchive        // a pickle, in an archive of torch.save's
	formatLegacy         // what follows the magic number of PyTorch before 1.6
	formatHeader         // the header of safetensors
	formatArray          // an array in an archive of numpy's
	formatEdited         // the number of a small network, how it is built, and changes of its names and shapes
	formatONNX           // a model
	formatTFLite         // likewise
	formatH5             // likewise, of Keras
	formats
)

// reach is how far an input gets.
type reach int

const (
	wasRefused reach = iota // the file is
	wasRead                 // its tensors are there
	wasBuilt                // they are a network
	wasOpened               // whose pack opens
	reaches
)

// largest is how many elements the tensors of an input have at most where many are tried: more is
// slow, not wrong.
const largest = 1 << 16

// wholeWay takes an input as far as it gets, unless its tensors have more elements than most. An
// error is a fault of the program: whatever is wrong with a file must be refused under its name,
// and what was built must open again.
func wholeWay(format byte, data []byte, most int) (at reach, said string, fault error) {
	defer func() {
		if r := recover(); r != nil {
			fault = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	refuse := func(err error) (reach, string, error) {
		if errors.Is(err, checkpoint.ErrFault) || !strings.HasPrefix(err.Error(), "x: ") {
			return at, "", fmt.Errorf("refused as %q", err)
		}
		return at, err.Error(), nil
	}
	var n *network.Network
	if format%formats >= formatONNX {
		foreign, err := foreignOf(format, data)
		if err != nil {
			return refuse(err)
		}
		at = wasRead
		if n, err = new(network.Building).OfForeign("x", foreign, onnxgraph.Options{Size: 32}); err != nil {
			return refuse(err)
		}
	} else {
		b := new(network.Building)
		if format%formats == formatEdited && len(data) > 1 {
			b = buildingOf(data[1])
		}
		file := fileOf(format, data)
		c, err := checkpoint.Read("x", bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return refuse(err)
		}
		at = wasRead
		elements := 0
		for _, x := range c.Tensors {
			if elements += x.Len(); elements > most || x.Len() < 0 {
				return at, "large", nil
			}
		}
		if n, err = b.Build("x", c); err != nil {
			return refuse(err)
		}
	}
	at = wasBuilt
	weights := 0
	for _, p := range n.Graph.Params {
		weights += len(p.Data)
	}
	if weights > 16*most {
		return at, "large", nil
	}
	n.Quantise([]pack.DType{pack.I8, pack.F16, pack.F32}[len(data)%3])
	labels := make([]string, n.Classes)
	for i := range labels {
		labels[i] = fmt.Sprint(i)
	}
	m, err := network.Named("x", n, labels)
	if err != nil {
		return at, "", err
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return at, err.Error(), nil // said of the model
	}
	if _, err := model.Read("x", out.Bytes()); err != nil {
		return at, "", fmt.Errorf("what was written does not open: %w", err)
	}
	return wasOpened, "", nil
}

// foreignOf reads a file that has a graph in it.
func foreignOf(format byte, data []byte) (*network.Foreign, error) {
	switch format % formats {
	case formatTFLite:
		m, err := tflite.Read("x", data)
		if err != nil {
			return nil, err
		}
		return network.OfTFLite(m)
	case formatH5:
		return network.OfKeras(keras.ReadH5("x", data))
	}
	m, err := onnx.Read("x", data)
	return &network.Foreign{Arch: "onnx", Model: m}, err
}

// fileOf makes the file of an input.
func fileOf(format byte, data []byte) []byte {
	switch format % formats {
	case formatArchive:
		return stored([]storedFile{{"a/data.pkl", data, crc32.ChecksumIEEE(data)}, {"a/data/0", fewOnes, fewOnesSum}})
	case formatLegacy:
		return append([]byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.}."), data...)
	case formatHeader:
		file := binary.LittleEndian.AppendUint64(make([]byte, 0, len(data)+1<<15), uint64(len(data)))
		file = append(file, data...)
		// The data are as long as the header says, where it says so.
		var parts map[string]struct {
			Offsets []int `json:"data_offsets"`
		}
		end := 0
		if json.Unmarshal(data, &parts) == nil {
			for _, p := range parts {
				if len(p.Offsets) == 2 && p.Offsets[1] > end && p.Offsets[1] <= 2*largest {
					end = p.Offsets[1]
				}
			}
		}
		for len(file)-8-len(data) < end {
			file = append(file, fewOnes[:min(end-(len(file)-8-len(data)), len(fewOnes))]...)
		}
		return file
	case formatEdited:
		if len(data) < 2 || len(data) > 256 {
			return nil
		}
		states := narrowed()
		return fileOf(formatArchive, briefly(edit(states[int(data[0])%len(states)], data[2:]), len(fewOnes)/4))
	case formatArray:
		return stored([]storedFile{{"w.npy", data, crc32.ChecksumIEEE(data)}})
	}
	return data
}

// buildingOf are flags of convert's.
func buildingOf(how byte) *network.Building {
	b := &network.Building{GAP: how&1 != 0, Activation: []string{"", "none", "silu", "nothing"}[how>>1&3], Weights: []string{"", "ema", "model", "0"}[how>>3&3], Heads: int(how >> 6)}
	if how>>5&1 != 0 {
		b.Arch = []string{"resnet18", "vit-tiny-patch16", "vgg-custom", "tf-efficientnet-b0"}[how>>6]
	}
	return b
}

// narrowed are the networks of small with fewer channels still.
var narrowed = sync.OnceValue(func() (states [][]part) {
	for _, state := range small() {
		states = append(states, narrow(state, 8))
	}
	return states
})

// fewOnes is the one storage of a pickle, float32 ones, which a larger tensor repeats.
var (
	fewOnes    = bytes.Repeat([]byte{0, 0, 0x80, 0x3f}, 1<<10)
	fewOnesSum = crc32.ChecksumIEEE(fewOnes)
)

type storedFile struct {
	name string
	data []byte
	sum  uint32
}

// stored makes an archive of files as they are.
func stored(files []storedFile) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		size := uint64(len(f.data))
		to, err := w.CreateRaw(&zip.FileHeader{Name: f.name, Method: zip.Store, CRC32: f.sum, CompressedSize64: size, UncompressedSize64: size})
		if err == nil {
			_, err = to.Write(f.data)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// input is one of FuzzToGraph.
type input struct {
	format byte
	data   []byte
}

// seedInputs are small files of every format, most of which go the whole way.
func seedInputs(tb testing.TB) (seeds []input) {
	for i, state := range narrowed() {
		seeds = append(seeds, input{formatEdited, []byte{byte(i), 0}}, input{formatEdited, []byte{byte(i), byte(7 * i), 6, 0, 0, byte(i), 7, 0, 0, byte(i), 2, 0, byte(5 * i), 1}})
		seeds = append(seeds, input{formatArchive, briefly(state, len(fewOnes)/4)})
		legacy := append(briefly(narrow(state, 4), 64), "](X\x01\x00\x00\x000e."...)
		legacy = append(binary.LittleEndian.AppendUint64(legacy, 64), fewOnes[:4*64]...)
		if len(legacy) < 1<<14 {
			seeds = append(seeds, input{formatLegacy, legacy})
		}
		file := asSafetensors(state)
		header := file[8 : 8+binary.LittleEndian.Uint64(file)]
		seeds = append(seeds, input{formatHeader, header})
		if len(file) < 1<<14 {
			seeds = append(seeds, input{formatFile, file})
		}
	}
	for _, object := range wholeModules(tb) {
		seeds = append(seeds, input{formatArchive, object})
	}
	for _, name := range []string{"pooled_17", "gates_17", "gates_20", "across_20", "shuffle_20", "windows_20", "quantised_17", "norms_17", "dense_20", "padded_20", "pools_20", "resized_20"} {
		seeds = append(seeds, input{formatONNX, inflated(tb, "../onnxgraph/testdata/layers/"+name+".onnx.gz")})
	}
	for format, path := range map[byte]string{formatTFLite: "tflite/testdata/half.tflite", formatH5: "keras/testdata/keras2.h5"} {
		data, err := os.ReadFile("../" + path)
		if err != nil {
			tb.Fatal(err)
		}
		seeds = append(seeds, input{format, data})
	}
	for _, name := range []string{
		"dtypes.legacy.pt", "dtypes.zip.pt", "module.legacy.pt", "module.zip.pt", "module_p4.legacy.pt", "nested_p0.pickle", "nested_p2.pickle", "nested_p5.pickle", "shared.legacy.pt",
		"sparse.zip.pt", "quantised.zip.pt", "newer_dtypes.zip.pt", "wrapped_ema.zip.pt", "wrapped_deep.legacy.pt", "with_metadata.zip.pt", "array.npy", "object.npy", "arrays.npz",
		"torch.safetensors", "arrays.safetensors", "double_storage.hostile",
	} {
		data, err := os.ReadFile("../checkpoint/testdata/" + name)
		if err != nil {
			tb.Fatal(err)
		}
		seeds = append(seeds, input{formatFile, data})
	}
	for _, name := range []string{"array.npy", "object.npy", "structured.npy"} {
		data, err := os.ReadFile("../checkpoint/testdata/" + name)
		if err != nil {
			tb.Fatal(err)
		}
		seeds = append(seeds, input{formatArray, data})
	}
	return seeds
}

func inflated(tb testing.TB, path string) []byte {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(z); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// narrow leaves a network so many channels at its widest: each extent is shrunk alike, so that what
// fits goes on to fit. A transformer keeps one head of 64, and gets small patches.
func narrow(state []part, channels int) []part {
	widest, transformer := 0, false
	for _, p := range state {
		if len(p.dims) > 1 {
			widest = max(widest, p.dims[0])
		}
		transformer = transformer || strings.Contains(p.name, "attn") || strings.Contains(p.name, "self_attention")
	}
	by := max(widest/channels, 1)
	out := slices.Clone(state)
	for i := range out {
		out[i].dims = slices.Clone(out[i].dims)
		for k, d := range out[i].dims {
			switch {
			case transformer && k > 1 && len(out[i].dims) == 4:
				out[i].dims[k] = 4
			case !transformer && d > 7 && k < 2:
				out[i].dims[k] = max(d/by, 1)
			}
		}
	}
	return out
}

// briefly is a state dict's pickle as PyTorch writes it, names of functions and storages by memo:
// all tensors begin at the first element of one storage of ones.
func briefly(state []part, storage int) []byte {
	w := &pickler{storage: storage}
	w.out = append(w.out, "\x80\x02}("...)
	for _, p := range state {
		w.text(p.name)
		w.tensor(p.dims)
	}
	return append(w.out, "u."...)
}

// pickler writes what PyTorch pickles.
type pickler struct {
	out     []byte
	memo    map[string]byte
	storage int // elements of the one that all tensors are in
}

// once writes an opcode's text, or what it was memorised as.
func (w *pickler) once(text string) {
	if w.memo == nil {
		w.memo = map[string]byte{}
	}
	if at, ok := w.memo[text]; ok {
		w.out = append(w.out, 'h', at)
		return
	}
	w.out = append(w.out, text...)
	if len(w.memo) < 256 {
		at := byte(len(w.memo))
		w.memo[text] = at
		w.out = append(w.out, 'q', at)
	}
}

func (w *pickler) text(s string) {
	if len(s) < 256 {
		w.out = append(append(w.out, 0x8c, byte(len(s))), s...)
		return
	}
	w.out = append(binary.LittleEndian.AppendUint32(append(w.out, 'X'), uint32(len(s))), s...)
}

func (w *pickler) ints(list []int) {
	w.out = append(w.out, '(')
	for _, n := range list {
		if n < 256 {
			w.out = append(w.out, 'K', byte(n))
		} else {
			w.out = binary.LittleEndian.AppendUint32(append(w.out, 'J'), uint32(n))
		}
	}
	w.out = append(w.out, 't')
}

func (w *pickler) tensor(dims []int) {
	w.once("ctorch._utils\n_rebuild_tensor_v2\n")
	w.out = append(w.out, '(')
	w.once("(\x8c\x07storagectorch\nFloatStorage\n\x8c\x010\x8c\x03cpuM" + string([]byte{byte(w.storage), byte(w.storage >> 8)}) + "tQ")
	w.out = append(w.out, "K\x00"...)
	w.ints(dims)
	strides := make([]int, len(dims))
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		strides[i] = n
		n *= max(dims[i], 1)
	}
	if n > w.storage {
		clear(strides) // as an expanded tensor's
	}
	w.ints(strides)
	w.out = append(w.out, "\x89}tR"...)
}

// value writes plain data.
func (w *pickler) value(v any) {
	switch v := v.(type) {
	case nil:
		w.out = append(w.out, 'N')
	case bool:
		w.out = append(w.out, map[bool]byte{true: 0x88, false: 0x89}[v])
	case string:
		w.text(v)
	case float64:
		if v == float64(int(v)) {
			w.out = binary.LittleEndian.AppendUint32(append(w.out, 'J'), uint32(int32(v)))
			return
		}
		w.out = append(w.out, 'G')
		w.out = binary.BigEndian.AppendUint64(w.out, math.Float64bits(v))
	case []any:
		w.out = append(w.out, '(')
		for _, x := range v {
			w.value(x)
		}
		w.out = append(w.out, 't')
	}
}

// wholeModules are pickles of networks that were saved as a whole, of models/testdata, with fewer
// channels.
func wholeModules(tb testing.TB) (objects [][]byte) {
	var all []struct {
		Name    string
		Tensors []struct {
			Name string
			Dims []int
		}
		Modules []savedModule
	}
	if err := json.Unmarshal(inflated(tb, "../../models/testdata/saved.json.gz"), &all); err != nil {
		tb.Fatal(err)
	}
	for _, s := range all {
		if !slices.Contains([]string{"resnet18", "resnet18 tanh head", "vgg11 leaky", "mobilenet_v3", "timm resnet18"}, s.Name) {
			continue
		}
		var state []part
		for _, t := range s.Tensors {
			if t.Name == "" || strings.HasSuffix(t.Name, "num_batches_tracked") {
				continue
			}
			p := part{name: t.Name, dims: slices.Clone(t.Dims), value: 1}
			for k, d := range p.dims {
				if d > 7 && k < 2 {
					p.dims[k] = max(d/32, 1)
				}
			}
			state = append(state, p)
		}
		w := &pickler{out: []byte("\x80\x02"), storage: len(fewOnes) / 4}
		w.module("", s.Modules, state)
		objects = append(objects, append(w.out, '.'))
	}
	return objects
}

type savedModule struct {
	Name, Class string
	Attributes  map[string]any
}

// module writes the module of that name with all below it.
func (w *pickler) module(name string, all []savedModule, state []part) {
	at := slices.IndexFunc(all, func(m savedModule) bool { return m.Name == name })
	dot := strings.LastIndex(all[at].Class, ".")
	w.once("c" + all[at].Class[:dot] + "\n" + all[at].Class[dot+1:] + "\n")
	w.out = append(w.out, ")\x81}("...)
	below := func(full string) (string, bool) {
		rest, ok := strings.CutPrefix(full, name)
		if name != "" && ok {
			rest, ok = strings.CutPrefix(rest, ".")
		}
		return rest, ok && rest != "" && !strings.Contains(rest, ".")
	}
	w.text("_parameters")
	w.out = append(w.out, "}("...)
	for _, p := range state {
		if short, ok := below(p.name); ok {
			w.text(short)
			w.tensor(p.dims)
		}
	}
	w.out = append(w.out, 'u')
	w.text("_modules")
	w.out = append(w.out, "}("...)
	for _, m := range all {
		if short, ok := below(m.Name); ok {
			w.text(short)
			w.module(m.Name, all, state)
		}
	}
	w.out = append(w.out, 'u')
	keys := make([]string, 0, len(all[at].Attributes))
	for key := range all[at].Attributes {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		w.text(key)
		w.value(all[at].Attributes[key])
	}
	w.out = append(w.out, "ub"...)
}

// FuzzToGraph varies small files of every format on their whole way to a graph and a pack that
// opens.
func FuzzToGraph(f *testing.F) {
	for _, s := range seedInputs(f) {
		f.Add(s.format, s.data)
	}
	f.Fuzz(func(t *testing.T, format byte, data []byte) {
		if len(data) > longestInput {
			return
		}
		if _, _, err := wholeWay(format, data, largest); err != nil {
			t.Fatal(err)
		}
	})
}

// TestSeedsGoTheWholeWay: inputs that are varied begin where there is much to get wrong.
func TestSeedsGoTheWholeWay(t *testing.T) {
	var at [formats][reaches]int
	for i, s := range seedInputs(t) {
		got, said, err := wholeWay(s.format, s.data, largest)
		if err != nil {
			t.Fatal(err)
		}
		at[s.format][got]++
		if testing.Verbose() {
			t.Log(i, s.format, len(s.data), got, said)
		}
	}
	for _, format := range []int{formatFile, formatArchive, formatLegacy, formatHeader, formatEdited, formatONNX, formatTFLite, formatH5} {
		if at[format][wasOpened] == 0 {
			t.Errorf("no seed of format %d makes a pack: %v", format, at[format])
		}
	}
}
