package checkpoint

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestScriptAttributes: constants that a scripted class declares, and those of a traced one's
// calls.
func TestScriptAttributes(t *testing.T) {
	for _, c := range []struct {
		text string
		want map[string]any
	}{
		{"class Conv2d(Module):\n  dilation : Final[Tuple[int, int]] = (1, 2)\n  padding_mode : Final[str] = \"zeros\"\n  groups : Final[int] = 4\n  stride : Final[Tuple[int, int]] = (2, 2)\n",
			map[string]any{"dilation": []any{int64(1), int64(2)}, "padding_mode": "zeros", "groups": int64(4), "stride": []any{int64(2), int64(2)}}},
		{"    input = torch._convolution(argument_1, weight, None, [1, 1], [2, 3], [1, 1], False, [0, 0], 1, False, False, True, True)\n",
			map[string]any{"stride": []any{int64(1), int64(1)}, "padding": []any{int64(2), int64(3)}, "dilation": []any{int64(1), int64(1)}, "groups": int64(1)}},
		{"    out = torch.batch_norm((a).forward(b, c, ), w, b, m, v, False, 0.1, 1.0000000000000001e-05, True)\n", map[string]any{"eps": 1.0000000000000001e-05}},
		{"    x = torch.max_pool2d(argument_1, [3, 3], [2, 2], [1, 1])\n",
			map[string]any{"kernel_size": []any{int64(3), int64(3)}, "stride": []any{int64(2), int64(2)}, "padding": []any{int64(1), int64(1)}, "dilation": int64(1), "ceil_mode": false}},
		{"    return torch.gelu(x, approximate=\"tanh\")\n", map[string]any{"approximate": "tanh"}},
		{"    y = torch.pad(x, [3, 3, 3, 3], \"reflect\")\n", map[string]any{"padding_mode": "reflect"}},
	} {
		if got := attributesIn(c.text); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q has %v, want %v", c.text, got, c.want)
		}
	}
	if got := callsIn("    x = torch.leaky_relu_(torch.conv2d(x), 0.1)\n    y = __torch__.torch.nn.functional.relu(x, True, )"); !reflect.DeepEqual(got, []string{"leaky_relu", "ReLU"}) {
		t.Errorf("%q", got)
	}
}

// scriptWithout is an archive of the testdata with a file of its code changed.
func scriptWithout(tb testing.TB, change func(name string, data []byte) []byte) []byte {
	tb.Helper()
	data, err := os.ReadFile("testdata/script.zip.pt")
	if err != nil {
		tb.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			tb.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			tb.Fatal(err)
		}
		if text = change(f.Name, text); text == nil {
			continue
		}
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err == nil {
			_, err = to.Write(text)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// TestScriptWithoutCode: what code does not show is refused by the layer's name, never assumed.
func TestScriptWithoutCode(t *testing.T) {
	for what, change := range map[string]func(name string, data []byte) []byte{
		"without the code of __torch__.torch.nn.modules.conv.Conv2d": func(name string, data []byte) []byte {
			if strings.HasSuffix(name, "modules/conv.py") {
				return nil
			}
			return data
		},
		`does not show the stride of its layer "0"`: func(name string, data []byte) []byte {
			return bytes.ReplaceAll(data, []byte("stride :"), []byte("s :"))
		},
	} {
		if _, err := readBytes(scriptWithout(t, change)); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want %q", err, what)
		}
	}
}

// TestScriptOfFrozenNorms: a frozen batch norm that was traced is refused, since its epsilon is in
// no code, and one that was scripted, with its epsilon as an attribute, is taken.
func TestScriptOfFrozenNorms(t *testing.T) {
	const class = "__torch__.torchvision.ops.misc.FrozenBatchNorm2d"
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	to, err := w.CreateHeader(&zip.FileHeader{Name: "net/code/__torch__/torchvision/ops/misc.py", Method: zip.Store})
	if err == nil {
		_, err = io.WriteString(to, "class FrozenBatchNorm2d(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    _0 = torch.rsqrt(torch.add(rv, CONSTANTS.c0))\n")
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	a, err := openZip(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	traced := &Checkpoint{Modules: []*Module{{Name: "bn1", Class: class, Attributes: map[string]any{}}}}
	if err := traced.readScript(a, "net/"); err == nil || !strings.Contains(err.Error(), `does not show the eps of its layer "bn1", a torchvision.ops.misc.FrozenBatchNorm2d`) {
		t.Errorf("traced: %v", err)
	}
	scripted := &Checkpoint{Modules: []*Module{{Name: "bn1", Class: class, Attributes: map[string]any{"eps": 1e-3}}}}
	if err := scripted.readScript(a, "net/"); err != nil || scripted.Modules[0].Attributes["eps"] != 1e-3 {
		t.Errorf("scripted: %v, %v", err, scripted.Modules[0].Attributes)
	}
}

// FuzzScript varies the code of one class in a sound archive.
func FuzzScript(f *testing.F) {
	var code []byte
	scriptWithout(f, func(name string, data []byte) []byte {
		if strings.HasSuffix(name, "modules/conv.py") {
			code = data
		}
		return data
	})
	f.Add(code)
	f.Add([]byte("class Conv2d(Module):\n  def forward(self):\n    return torch._convolution(x, w, None, [1, 1], [2, 3], [1, 1], False, [0, 0], 1)\n"))
	f.Fuzz(func(t *testing.T, code []byte) {
		c, err := readBytes(scriptWithout(t, func(name string, data []byte) []byte {
			if strings.HasSuffix(name, "modules/conv.py") {
				return code
			}
			return data
		}))
		sound(t, c, err)
	})
}
