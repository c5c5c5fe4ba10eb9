package checkpoint

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Tensors of every type and pickle protocol, in both of PyTorch's formats, that another project
// keeps for its own tests: the Go module nlpodyssey/gopickle v0.2.0.
func TestGopickle(t *testing.T) {
	cmd := exec.Command("go", "mod", "download", "-json", "github.com/nlpodyssey/gopickle@v0.2.0")
	cmd.Dir = t.TempDir() // outside of this module, which does not need it
	out, err := cmd.Output()
	var module struct{ Dir string }
	if err != nil || json.Unmarshal(out, &module) != nil || module.Dir == "" {
		t.Skipf("the module's files are not to be had: %v", err)
	}
	floats, whole := []float64{1.2, -3.4, 5.6, -7.8}, []float64{1, -2, 3, -4}
	step := map[string]float64{"float16": 1 << 10, "bfloat16": 1 << 7, "float32": 1 << 23, "float64": 1 << 23}
	files := 0
	for kind, want := range map[string][]float64{
		"float16": floats, "bfloat16": floats, "float32": floats, "float64": floats,
		"int8": whole, "int16": whole, "int32": whole, "int64": whole,
		"uint8": {1, 10, 100, 255}, "bool": {1, 0, 1, 0},
	} {
		for proto := 1; proto <= 5; proto++ {
			for _, format := range []string{"", "_zip"} {
				path := filepath.Join(module.Dir, "pytorch", "testdata", fmt.Sprintf("tensor_%s_proto%d%s.pt", kind, proto, format))
				if _, err := os.Stat(path); err != nil {
					t.Error(err)
					continue
				}
				files++
				c, err := Open(path)
				if err != nil {
					t.Error(err)
					continue
				}
				if want := map[string]string{"": "pytorch-legacy", "_zip": "pytorch"}[format]; c.Format != want {
					t.Errorf("%s: format %s", path, c.Format)
				}
				if len(c.Tensors) != 1 || !strings.EqualFold(c.Tensors[0].DType.String(), kind) {
					t.Errorf("%s: %d tensors of %v", path, len(c.Tensors), c.Tensors[0].DType)
					c.Close()
					continue
				}
				got, err := c.Tensors[0].Floats()
				if err != nil || len(got) != len(want) {
					t.Errorf("%s: %v, %v", path, got, err)
				}
				for i, w := range want {
					off := 0.0
					if step[kind] > 0 {
						off = math.Abs(w) / step[kind]
					}
					if i < len(got) && !(math.Abs(float64(got[i])-w) <= off) {
						t.Errorf("%s: element %d is %v, want %v", path, i, got[i], w)
					}
				}
				c.Close()
			}
		}
	}
	if files != 100 {
		t.Errorf("%d files were read, want 100", files)
	}
}
