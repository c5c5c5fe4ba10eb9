package checkpoint

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// expectation is what tools/reference/checkpoint_fixtures.py says that a file holds.
type expectation struct {
	Format  string
	Tensors []struct {
		Name   string
		DType  string
		Dims   []int
		Values []any // numbers, or strings where JSON has no number; nil if they are complex
	}
}

func expectations(t testing.TB) map[string]expectation {
	data, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]expectation
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func same(got float32, want any) bool {
	v, ok := want.(float64)
	if !ok {
		parsed, err := strconv.ParseFloat(want.(string), 64)
		if err != nil {
			return false
		}
		v = parsed
	}
	return math.Float32bits(got) == math.Float32bits(float32(v))
}

// Every tensor of every file that the reference wrote: name, order, type, dims and each element's
// bits.
func TestAgainstReference(t *testing.T) {
	all := expectations(t)
	if len(all) < 40 {
		t.Errorf("only %d files", len(all))
	}
	for file, want := range all {
		t.Run(file, func(t *testing.T) {
			c, err := Open(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if c.Format != want.Format {
				t.Errorf("format %s, want %s", c.Format, want.Format)
			}
			var names, wantNames []string
			for _, x := range c.Tensors {
				names = append(names, x.Name)
			}
			for _, x := range want.Tensors {
				wantNames = append(wantNames, x.Name)
			}
			if strings.Contains(file, "own_module") || strings.Contains(file, "safetensors") { // described by name, not in order
				slices.Sort(names)
				slices.Sort(wantNames)
			}
			if !slices.Equal(names, wantNames) {
				t.Fatalf("tensors %q, want %q", names, wantNames)
			}
			for _, x := range want.Tensors {
				got := c.Tensor(x.Name)
				if got.DType.String() != x.DType || !slices.Equal(got.Dims, x.Dims) {
					t.Errorf("%s: %v %v, want %v %v", x.Name, got.DType, got.Dims, x.DType, x.Dims)
					continue
				}
				values, err := got.Floats()
				if x.Values == nil {
					if err == nil || !strings.Contains(err.Error(), "complex") {
						t.Errorf("%s: complex elements give %v, %v", x.Name, values, err)
					}
					continue
				}
				if err != nil || len(values) != len(x.Values) {
					t.Errorf("%s: %d elements of %d, %v", x.Name, len(values), len(x.Values), err)
					continue
				}
				for i, v := range values {
					if !same(v, x.Values[i]) {
						t.Errorf("%s: element %d is %v, want %v", x.Name, i, v, x.Values[i])
						break
					}
				}
			}
		})
	}
}

func open(t *testing.T, file string) *Checkpoint {
	t.Helper()
	c, err := Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestModules(t *testing.T) {
	for _, file := range []string{"module.zip.pt", "module.legacy.pt", "module_p1.legacy.pt", "module_p5.legacy.pt"} {
		c := open(t, file)
		var got []string
		for _, m := range c.Modules {
			got = append(got, m.Name+"="+m.Class)
		}
		const nn = "torch.nn.modules."
		want := []string{
			"=" + nn + "container.Sequential", "conv=" + nn + "conv.Conv2d", "bn=" + nn + "batchnorm.BatchNorm2d", "act=" + nn + "activation.SiLU",
			"pool=" + nn + "pooling.AdaptiveAvgPool2d", "flat=" + nn + "flatten.Flatten", "fc=" + nn + "linear.Linear",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: modules %q", file, got)
			continue
		}
		conv, bn := c.Modules[1].Attributes, c.Modules[2].Attributes
		if s, ok := conv["stride"].([]any); !ok || !slices.Equal(s, []any{int64(2), int64(2)}) || conv["groups"] != int64(1) || conv["padding_mode"] != "zeros" {
			t.Errorf("%s: the convolution's attributes are %v", file, conv)
		}
		if bn["eps"] != 1e-3 || bn["training"] != false {
			t.Errorf("%s: the batch norm's attributes are %v", file, bn)
		}
	}
	own := open(t, "own_module.zip.pt")
	if m := own.Modules[0]; m.Class != "__main__.Net" || m.Attributes["fn"] != "torch.nn.functional.relu" {
		t.Errorf("somebody's own module is %+v", m)
	}
	if own.Meta["epoch"] != int64(7) {
		t.Errorf("beside it lies %v", own.Meta)
	}
	if m := open(t, "parallel_module.zip.pt").Modules; len(m) != 1 || m[0].Name != "" || m[0].Class != "torch.nn.modules.linear.Linear" {
		t.Errorf("without its wrapper: %+v", m)
	}
	if m := open(t, "script.zip.pt").Modules; len(m) != 3 || m[1].Name != "0" || !strings.Contains(m[1].Class, "Conv2d") {
		t.Errorf("scripted: %+v", m)
	}
}

func TestMeta(t *testing.T) {
	for file, want := range map[string]map[string]any{
		"wrapped_state_dict.zip.pt": {"epoch": int64(12), "best_acc1": 0.75, "arch": "resnet18"},
		"wrapped_deep.legacy.pt":    {"epoch": int64(12), "arch": "resnet18"},
		"arrays.safetensors":        {"format": "np", "arch": "tiny"},
		"nested_p4.pickle":          {},
	} {
		meta := open(t, file).Meta
		for k, v := range want {
			if meta[k] != v {
				t.Errorf("%s: %s is %v, want %v", file, k, meta[k], v)
			}
		}
	}
	meta := open(t, "wrapped_net.zip.pt").Meta
	args, _ := meta["args"].(map[string]any)
	if args["lr"] != 0.1 || args["data"] != "/data" {
		t.Errorf("the arguments are %v", meta["args"])
	}
	if lr, _ := meta["lr"].([]any); !slices.Equal(lr, []any{0.1, 0.01}) {
		t.Errorf("the rates are %v", meta["lr"])
	}
	for protocol := range 6 {
		meta := open(t, "nested_p"+strconv.Itoa(protocol)+".pickle").Meta
		net, _ := meta["Net_0"].(map[string]any)
		if net["steps"] != 3.0 {
			t.Errorf("protocol %d: numpy's scalar is %v in %v", protocol, net["steps"], meta)
		}
	}
}

func TestElementsThatAreNoNumbers(t *testing.T) {
	for file, tensor := range map[string]string{"quantised.zip.pt": "quantised", "sparse.zip.pt": "sparse"} {
		c := open(t, file)
		if _, err := c.Tensor(tensor).Floats(); err == nil || !strings.Contains(err.Error(), "not a plain tensor") || !strings.HasPrefix(err.Error(), file+`: tensor "`+tensor) {
			t.Errorf("%s: %v", file, err)
		}
		if v, err := c.Tensor("plain").Floats(); err != nil || len(v) != 2 {
			t.Errorf("%s: the plain one beside it: %v, %v", file, v, err)
		}
	}
}

// Tensors that share a storage are each read right, and their file isn't held twice.
func TestSharedStorage(t *testing.T) {
	for _, file := range []string{"shared.zip.pt", "shared.legacy.pt"} {
		c := open(t, file)
		a, b := c.Tensor("encoder.weight"), c.Tensor("decoder.weight")
		if a.data != b.data {
			t.Errorf("%s: tied weights have two storages", file)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := Open("testdata/nothing.pt"); !os.IsNotExist(err) {
		t.Error(err)
	}
	if _, err := Open("testdata"); err == nil || !strings.Contains(err.Error(), "isn't a file") {
		t.Error(err)
	}
	if _, err := Open("testdata/structured.npy"); err == nil || !strings.Contains(err.Error(), "structured.npy: a numpy array's header: its elements are records") {
		t.Error(err)
	}
}
