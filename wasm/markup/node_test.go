package markup

import "testing"

func TestEl(t *testing.T) {
	var none *Node
	n := El("p.note.small", A("id", "x"), Flag("hidden", false), Flag("disabled", true), Is("aria-busy", true),
		"one", none, El("b", "two"), []*Node{El("i", "three"), nil}, Key("k"), nil, "")
	if n.Tag != "p" || n.Key != "k" {
		t.Errorf("made a %q with the key %q", n.Tag, n.Key)
	}
	if got := n.Words(); got != "one two three" {
		t.Errorf("it says %q", got)
	}
	for name, want := range map[string]string{"class": "note small", "id": "x", "disabled": "", "aria-busy": "true"} {
		if got, ok := n.Get(name); !ok || got != want {
			t.Errorf("%s is %q, %v; want %q", name, got, ok, want)
		}
	}
	if _, ok := n.Get("hidden"); ok {
		t.Error("a flag that is off is there")
	}
	if n.Find("id", "x") != n || n.Find("id", "y") != nil {
		t.Error("Find does not find by attribute")
	}
}

func TestElRefusesOtherParts(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a number was taken for a part")
		}
	}()
	El("p", 3)
}
