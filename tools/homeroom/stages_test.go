package main

import (
	"strings"
	"testing"
)

func TestInspectStages(t *testing.T) {
	// Simonyan and Zisserman 2014 (arXiv 1409.1556), table 1, column D.
	out := succeed(t, "inspect", "--stages", "../../weights/vgg16-conv.pack")
	for _, want := range []string{
		"\n224×224×3    conv 3×3      224×224×64              2       1 ", "\n112×112×64   conv 3×3      112×112×128             2       1 ",
		"\n56×56×128    conv 3×3      56×56×256               3       1 ", "\n28×28×256    conv 3×3      28×28×512               3       1 ",
		"\n14×14×512    conv 3×3      14×14×512               3       1 ", "\n14×14×512    max pool 2×2  7×7×512                 1       2 ", "14,714,688 parameters",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out = succeed(t, "inspect", "--stages", "../../weights/efficientnet-lite0.pack")
	for _, want := range []string{"\n112×112×16  inverted residual 3×3, relu6  56×56×24    96, 144 (×6)    2       2 ", "\n7×7×1280    GAP ", "385,187,552 multiply-adds"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out = succeed(t, "inspect", "--stages", unzipped(t, t.TempDir(), "se_resnet20_cifar10.pt"))
	if want := "\n32×32×16  residual (3×3, 32 → 3×3, 32), SE  16×16×32             3       2 "; !strings.Contains(out, want) {
		t.Errorf("no %q in\n%s", want, out)
	}
}
