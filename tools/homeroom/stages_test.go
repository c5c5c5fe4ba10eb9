package main

import (
	"slices"
	"strings"
	"testing"
)

func TestBlocks(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a", "a"}, {"a a", "a × 2"}, {"a b", "a; b"},
		{"a b b b c", "a; b × 3; c"},
		{"s a b c a b c d", "s; (a → b → c) × 2; d"}, {"s a a b a b", "s; a; (a → b) × 2"},
		{"a b a b a b a b", "(a → b) × 4"},
	} {
		if got := blocks(strings.Fields(c.in)); !slices.Equal(got, strings.Split(c.want, "; ")) {
			t.Errorf("blocks(%s) = %q, want %s", c.in, got, c.want)
		}
	}
}

// The table of VGG-16 is column D of its paper's table 1, with GAP for the flattened head; squeeze-and-excitation stands
// in its block and does not end a row.
func TestInspectStages(t *testing.T) {
	out := succeed(t, "inspect", "--stages", "../../weights/vgg16-conv.pack")
	for _, want := range []string{
		"224×224  3×3, 64 × 2 ", "112×112  max pool 2×2, /2; 3×3, 128 × 2 ", "56×56    max pool 2×2, /2; 3×3, 256 × 3 ",
		"28×28    max pool 2×2, /2; 3×3, 512 × 3 ", "14×14    max pool 2×2, /2; 3×3, 512 × 3 ", "14,714,688 parameters",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out = succeed(t, "inspect", "--stages", unzipped(t, t.TempDir(), "se_resnet20_cifar10.pt"))
	for _, want := range []string{"32×32   3×3, 16; (3×3, 16 → 3×3, 16 → SE) × 3", "8×8     3×3, 64, /2; 3×3, 64; SE; 1×1, 64, /2; (3×3, 64 → 3×3, 64 → SE) × 2", "1×1     GAP; dense 10"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
