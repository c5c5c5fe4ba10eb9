package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"homeroom/core/pack"
	"homeroom/tools/homeroom/published"
)

// part is a tensor of a small checkpoint, whose elements are all the same number.
type part struct {
	name  string
	dims  []int
	value float32
}

// small are checkpoints of every family and of everybody's names, with an eighth or less of the
// channels.
func small() [][]part {
	all, err := published.All()
	if err != nil {
		panic(err)
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
		panic(fmt.Sprintf("%d of %d networks are in the table", len(out), len(wanted)))
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

// TestSmallCheckpoints: networks of every family go the whole way in both of the usual formats.
func TestSmallCheckpoints(t *testing.T) {
	for i, state := range small() {
		for _, x := range []input{{formatFile, asSafetensors(state)}, {formatArchive, briefly(state, len(fewOnes)/4)}} {
			if at, said, err := wholeWay(x.format, x.data, 4<<20); err != nil || at != wasOpened {
				t.Errorf("seed %d, format %d: %q, %v", i, x.format, said, err)
			}
		}
	}
}

// edit changes a checkpoint as the bytes of a script say: four bytes a change. Names, shapes and
// values stay near those of real ones, so that most ways of being wrong are met behind the first
// checks.
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
