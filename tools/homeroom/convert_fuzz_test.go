package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/tools/checkpoint"
)

// The whole way from the bytes of a checkpoint to a pack that opens: checkpoint, models, folding, quantising, writing, reading.

// part is a tensor of a small checkpoint, whose elements are all the same number.
type part struct {
	name  string
	dims  []int
	value float32
}

// small are checkpoints of every family and of everybody's names, with an eighth or less of the channels.
func small(tb testing.TB) [][]part {
	all, err := references()
	if err != nil {
		tb.Fatal(err)
	}
	wanted := []string{
		"torchvision resnet18", "torchvision resnet50", "timm seresnet18", "timm legacy_seresnet50", "torchvision alexnet", "torchvision vgg11", "timm vgg11", "torchvision vgg11_bn",
		"torchvision mobilenet_v2", "timm mobilenetv2_100", "torchvision mobilenet_v3_small", "timm mobilenetv3_small_100", "torchvision efficientnet_b0", "timm efficientnet_b0",
		"efficientnet_lite_pytorch efficientnet-lite0", "timm vit_tiny_patch16_224", "timm deit_tiny_distilled_patch16_224", "torchvision vit_b_32", "train_cifar10 resnet20", "train_cifar10 vgg",
	}
	var out [][]part
	for _, w := range wanted {
		for _, r := range all {
			if r.Whose+" "+r.Name != w {
				continue
			}
			by := 8
			if strings.Contains(w, "vgg11") || strings.Contains(w, "alexnet") {
				by = 32
			} else if strings.Contains(w, "50") {
				by = 16
			} else if strings.Contains(w, "vit_b") {
				by = 12
			} else if strings.Contains(w, "tiny") {
				by = 3
			}
			var state []part
			blocks := 0
			for _, t := range r.Tensors {
				// A few of a transformer's equal blocks are enough.
				if i := strings.IndexAny(t.Name, "0123456789"); strings.Contains(w, "vi") && (strings.HasPrefix(t.Name, "blocks.") || strings.Contains(t.Name, "encoder_layer_")) && t.Name[i] != '0' {
					blocks++
					continue
				}
				p := part{name: t.Name, dims: append([]int{}, t.Dims...), value: 0.01}
				for k := range p.dims {
					if (k < 2 || len(p.dims) == 3 && k == 2) && p.dims[k] > 3 && !(len(p.dims) == 3 && k == 1) {
						p.dims[k] = max(p.dims[k]/by, 1)
					}
				}
				if strings.HasSuffix(t.Name, "running_var") {
					p.value = 1
				}
				state = append(state, p)
			}
			out = append(out, state)
			break
		}
	}
	if len(out) != len(wanted) {
		tb.Fatalf("%d of %d networks are in the table", len(out), len(wanted))
	}
	return out
}

// asSafetensors writes a checkpoint.
func asSafetensors(state []part) []byte {
	type entry struct {
		DType   string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	header := bytes.NewBufferString("{")
	var data []byte
	for i, p := range state {
		from := len(data)
		n := 1
		for _, d := range p.dims {
			n *= d
		}
		if n < 0 || n > 1<<20 {
			n = 0 // the reader says so
		}
		v := binary.LittleEndian.AppendUint16(nil, p.half())
		data = append(data, bytes.Repeat(v, n)...)
		text, _ := json.Marshal(entry{"F16", p.dims, [2]int{from, len(data)}})
		name, _ := json.Marshal(p.name)
		if i > 0 {
			header.WriteByte(',')
		}
		fmt.Fprintf(header, "%s:%s", name, text)
	}
	header.WriteByte('}')
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(header.Len())), header.Bytes()...), data...)
}

// half is the value as a float16.
func (p part) half() uint16 {
	return binary.LittleEndian.Uint16(pack.Encode("x", []int{1}, []float32{p.value}, pack.F16).Data)
}

// toPack goes the whole way. Whatever is wrong must be refused under the file's name, and what is built must open again.
func toPack(t *testing.T, data []byte, b building, dtype pack.DType) (built bool) {
	c, err := checkpoint.Read("x", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		if errors.Is(err, checkpoint.ErrFault) || !strings.HasPrefix(err.Error(), "x: ") {
			t.Fatal(err)
		}
		return false
	}
	elements := 0
	for _, x := range c.Tensors {
		if elements += x.Len(); elements > 4<<20 || x.Len() < 0 {
			return false // slow, not wrong
		}
	}
	n, err := b.build("x", c)
	if err != nil {
		if !strings.HasPrefix(err.Error(), "x: ") {
			t.Fatal(err)
		}
		return false
	}
	n.Quantise(dtype)
	labels := make([]string, n.Classes)
	for i := range labels {
		labels[i] = fmt.Sprint(i)
	}
	m, err := named("x", n, labels)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return false // said of the model
	}
	if _, err := model.Read("x.pack", out.Bytes()); err != nil {
		t.Fatalf("what was written does not open: %v", err)
	}
	return true
}

// TestSmallCheckpoints: the seeds of the fuzz tests go the whole way.
func TestSmallCheckpoints(t *testing.T) {
	for i, state := range small(t) {
		for _, data := range [][]byte{asSafetensors(state), asTorch(pickled(state))} {
			c, err := checkpoint.Read("x", bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := new(building).build("x", c); err != nil {
				t.Errorf("seed %d: %v", i, err)
			}
			if !toPack(t, data, building{}, pack.I8) {
				t.Errorf("seed %d makes no pack", i)
			}
		}
	}
}

// edit changes a checkpoint as the bytes of a script say: four bytes a change. Names, shapes and values stay near those of real ones, so
// that most ways of being wrong are met behind the first checks.
func edit(state []part, script []byte) []part {
	state = append([]part{}, state...)
	prefixes := []string{"model.", "module.", "net.backbone.", "ema.", "0.", "1.", "features.", "fc.", "classifier.", "a.b.c."}
	heads := []part{
		{"fc.1.weight", []int{5, 64}, 0.1}, {"fc.1.bias", []int{5}, 0}, {"classifier.weight", []int{1, 64}, 0.1}, {"head.0.weight", []int{7, 160}, 0.1}, {"head.3.weight", []int{3, 7}, 1},
		{"head.1.running_mean", []int{7}, 0}, {"head.1.running_var", []int{7}, 1}, {"1.2.running_mean", []int{128}, 0}, {"1.2.running_var", []int{128}, -1}, {"1.4.weight", []int{8, 128}, 1},
		{"prelu.weight", []int{1}, 1}, {"fc.weight", []int{1, 64}, 1}, {"n_averaged", []int{}, 1}, {"loss.weight", []int{4}, 1}, {"dist_token", []int{1, 1, 64}, 1}, {"fc_norm.weight", []int{64}, 1},
	}
	for len(script) >= 4 && len(state) > 0 && len(state) < 2000 {
		op, a, b, c := script[0], script[1], script[2], script[3]
		script = script[4:]
		at := (int(a)<<8 | int(b)) % len(state)
		p := &state[at]
		p.dims = append([]int{}, p.dims...)
		switch op % 14 {
		case 0:
			state = append(state[:at:at], state[at+1:]...)
		case 1:
			if len(p.dims) > 0 {
				p.dims[int(c)%len(p.dims)] = int(c >> 2)
			}
		case 2:
			if len(p.dims) > 0 {
				p.dims[int(c)%len(p.dims)]++
			}
		case 3:
			p.dims = append(p.dims, 1+int(c)%3)
		case 4:
			if len(p.dims) > 0 {
				p.dims = p.dims[1:]
			}
		case 5:
			p.name = state[int(c)%len(state)].name
		case 6:
			for i := range state {
				state[i].name = prefixes[int(c)%len(prefixes)] + state[i].name
			}
		case 7:
			state = append(state, heads[int(c)%len(heads)])
		case 8:
			p.value = []float32{0, -1, 6e4, 1e30, 1e-7, 1, float32(c)}[int(c)%7]
		case 9:
			q := *p
			q.name = prefixes[int(c)%len(prefixes)] + q.name
			state = append(state, q)
		case 10:
			other := &state[int(c)%len(state)]
			*p, *other = *other, *p
		case 11:
			_, p.name, _ = strings.Cut(p.name, ".")
		case 12: // a whole copy under another prefix
			if len(state) < 500 {
				for _, q := range state {
					q.name = prefixes[int(c)%len(prefixes)] + q.name
					state = append(state, q)
				}
			}
		case 13:
			for i := range state { // all without a head
				if len(state[i].dims) == 2 && i%2 == int(c)%2 {
					state[i].name = strings.Replace(state[i].name, ".weight", ".0.weight", 1)
				}
			}
		}
	}
	return state
}

// FuzzStateToPack edits real names and shapes of every family.
func FuzzStateToPack(f *testing.F) {
	states := small(f)
	for i := range states {
		f.Add(byte(i), byte(i), []byte{})
		f.Add(byte(i), byte(7*i), []byte{6, 0, 0, byte(i), 7, 0, 0, byte(i), 2, 0, byte(5 * i), 1})
		f.Add(byte(i), byte(3*i), []byte{12, 0, 0, byte(i), 8, 0, byte(9 * i), byte(i)})
	}
	f.Fuzz(func(t *testing.T, which, how byte, script []byte) {
		if len(script) > 256 {
			return
		}
		b := building{GAP: how&1 != 0, Activation: []string{"", "none", "silu", "nothing"}[how>>1&3], Weights: []string{"", "ema", "model", "0"}[how>>3&3], Heads: int(how >> 6)}
		if how>>5&1 != 0 {
			b.Arch = []string{"resnet18", "vit-tiny-patch16", "vgg-custom", "tf-efficientnet-b0"}[how>>6]
		}
		toPack(t, asSafetensors(edit(states[int(which)%len(states)], script)), b, pack.I8)
	})
}

// pickled writes a state dict as PyTorch pickles one: all tensors begin at the first element of one storage of ones.
func pickled(state []part) []byte {
	out := []byte("\x80\x02}(")
	str := func(s string) {
		out = append(binary.LittleEndian.AppendUint32(append(out, 'X'), uint32(len(s))), s...)
	}
	ints := func(list []int) {
		out = append(out, '(')
		for _, n := range list {
			out = binary.LittleEndian.AppendUint32(append(out, 'J'), uint32(n))
		}
		out = append(out, 't')
	}
	for _, p := range state {
		str(p.name)
		out = append(out, "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"...)
		out = append(binary.LittleEndian.AppendUint32(append(out, 'J'), storageLength), "tQK\x00"...)
		ints(p.dims)
		strides := make([]int, len(p.dims))
		n := 1
		for i := len(p.dims) - 1; i >= 0; i-- {
			strides[i] = n
			n *= max(p.dims[i], 1)
		}
		ints(strides)
		out = append(out, "\x89}tR"...)
	}
	return append(out, "u."...)
}

// storageLength is that of the one storage of asTorch, enough for a small network's largest tensor.
const storageLength = 1 << 18

var storageOfOnes = bytes.Repeat([]byte{0, 0, 0x80, 0x3f}, storageLength)

// asTorch puts an object in an archive of torch.save's, whose checksums are right.
func asTorch(object []byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range []struct {
		name string
		data []byte
	}{{"archive/data.pkl", object}, {"archive/data/0", storageOfOnes}, {"archive/version", []byte("3\n")}} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Store})
		if err != nil {
			panic(err)
		}
		if _, err := f.Write(m.data); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// FuzzTorchToPack varies the pickle of a state dict, in an archive whose checksums hold.
func FuzzTorchToPack(f *testing.F) {
	for _, state := range small(f) {
		f.Add(pickled(state))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		if len(object) > 1<<18 {
			return
		}
		toPack(t, asTorch(object), building{}, pack.F16)
	})
}

// FuzzBytesToPack varies the bytes of a file, of whatever format.
func FuzzBytesToPack(f *testing.F) {
	for _, state := range small(f) {
		if data := asSafetensors(state); len(data) < 1<<18 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { toPack(t, data, building{}, pack.F32) })
}
