package models_test

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"homeroom/models"
)

// savedWhole is what PyTorch says of a network that was saved as a whole:
// tools/reference/saved_fixtures.py.
type savedWhole struct {
	ownHead
	Refused string // a part of what it must be refused for, or ""
	Modules []struct {
		Name, Class string
		Attributes  map[string]any
	}
}

// integers turns JSON's numbers to what a pickle has.
func integers(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) {
			return int64(v)
		}
	case []any:
		for i := range v {
			v[i] = integers(v[i])
		}
	}
	return v
}

// TestPoint4SavedWhole: a network that was saved as a whole is built of its own strides, padding,
// dilation, epsilons, poolings, heads and activations, or refused for the layer that is not its
// family's.
func TestPoint4SavedWhole(t *testing.T) {
	f, err := os.Open("testdata/saved.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []savedWhole
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			opt := models.Options{Modules: map[string]models.Module{}}
			for _, m := range s.Modules {
				for k, v := range m.Attributes {
					m.Attributes[k] = integers(v)
				}
				opt.Modules[m.Name] = models.Module{Class: m.Class, Attributes: m.Attributes}
			}
			n, err := models.BuildWith("", s.source(), opt)
			if s.Refused != "" {
				if err == nil || !strings.Contains(err.Error(), s.Refused) || !strings.Contains(err.Error(), "ONNX") {
					t.Errorf("%v, want a refusal for %q", err, s.Refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(n.Assumed) > 0 {
				t.Errorf("assumed, where all is said: %q", n.Assumed)
			}
			for i, v := range run(t, n, s.Size) {
				if d := math.Abs(float64(v) - s.Logits[i]); !(d <= 1e-4) {
					t.Errorf("output %d is %v, PyTorch's %v", i, v, s.Logits[i])
				}
			}
		})
	}
}
