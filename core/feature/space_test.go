package feature

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Space{
		"efficientnet-lite0@224":      {"efficientnet-lite0", 224, Plain},
		"efficientnet-lite0@224/flip": {"efficientnet-lite0", 224, Flip},
		"vit@deit@384/wide":           {"vit@deit", 384, Wide},
		"timm/resnet18@8@64":          {"timm/resnet18@8", 64, Plain},
		"@@1":                         {"@", 1, Plain},
	} {
		got, err := Parse(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%q is read as %+v (%v) and written as %q", text, got, err, got.String())
		}
	}
	for _, text := range []string{"", "net", "@224", "net@", "net@x", "net@0", "net@-1", "net@+1", "net@007", "net@99999999", "net@224/", "net@224/sideways", "net@224/flip/wide", "net/flip@"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func TestText(t *testing.T) {
	in := []Space{{"net", 32, Plain}, {"net", 32, Dark}}
	data, err := json.Marshal(in)
	if err != nil || string(data) != `["net@32","net@32/dark"]` {
		t.Fatalf("%s, %v", data, err)
	}
	var out []Space
	if err := json.Unmarshal(data, &out); err != nil || fmt.Sprint(out) != fmt.Sprint(in) {
		t.Errorf("%v, %v", out, err)
	}
	if _, err := json.Marshal(Space{Size: 3}); err == nil {
		t.Error("a space of no network is written")
	}
	if s := in[0].Of(Wide); s.String() != "net@32/wide" || in[0].View != Plain {
		t.Errorf("%v, %v", s, in[0])
	}
}

// FuzzParse looks for a text that is read and written otherwise.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"net@32", "net@32/flip", "a@b@1/wide", "@@1", "a/b@2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err == nil && s.String() != text {
			t.Errorf("%q is written as %q", text, s)
		}
		if again, err := Parse(s.String()); err == nil && again != s {
			t.Errorf("%+v is read as %+v", s, again)
		}
	})
}
