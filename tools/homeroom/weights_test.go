package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/head"
)

// TestWeights makes packs and their catalogue by a table whose checkpoints lie
// beside it, and tells what is not as the table says.
func TestWeights(t *testing.T) {
	folder := t.TempDir()
	smallNetwork(t, filepath.Join(folder, "small.safetensors"))
	row := func(name, more string) string {
		return `{"name": "` + name + `", "title": "Small", "dtype": "i8", "labels": "cifar10", "checkpoint": "small.safetensors", "trained_on": "nothing", "licence": "CC0-1.0", "source": "a formula"` + more + `}`
	}
	write(t, []byte("["+row("one", "")+","+row("two", `, "large": true`)+"]"), folder, "sources.json")
	weights := func(more ...string) []string { return append([]string{"weights", "--dir", folder}, more...) }

	fail(t, 1, weights("--check"), "one.pack is missing", "catalog.json is missing", "make weights")
	succeed(t, weights()...)
	if out := succeed(t, weights("--check")...); !strings.Contains(out, "byte for byte") {
		t.Errorf("--check prints %q", out)
	}
	succeed(t, weights("--check", "--only", "two")...)

	// What was made is what classify opens.
	t.Setenv("HOMEROOM_WEIGHTS", folder)
	for _, name := range []string{"one", "two"} {
		var out strings.Builder
		if status := run(&console{ctx: t.Context(), out: &out, err: &out}, []string{"classify", "--model", name, "../../core/photo/testdata/pictures/444.jpg"}); status != 0 || strings.Count(out.String(), "%") != 5 {
			t.Errorf("%s: status %d:\n%s", name, status, out.String())
		}
	}

	// A large pack is not in the repository: without it, all is well.
	if err := os.Remove(filepath.Join(folder, "large", "two.pack")); err != nil {
		t.Fatal(err)
	}
	succeed(t, weights("--check")...)

	write(t, []byte("other"), folder, "one.pack")
	write(t, []byte("old"), folder, "three.pack")
	fail(t, 1, weights("--check"), "one.pack differs", "three.pack is in no row")
	if string(read(t, filepath.Join(folder, "one.pack"))) != "other" {
		t.Error("--check wrote a file")
	}
	fail(t, 1, weights("--only", "four"), `no row named "four"`)
	fail(t, 1, []string{"weights", "--dir", t.TempDir()}, "sources.json")
}

// TestFormerPacks holds each network of the catalogue that says which packs it was before to the
// layers and weights of those: what was taught on them is taken as taught on this one. A network
// whose weights change has to drop its former packs.
func TestFormerPacks(t *testing.T) {
	same := map[string]string{ // SHA-256 of the pack without its title and source
		"efficientnet-lite0": "57ac0b22e2792de9d2b7a174d4b28920c097b2f9ba691f7fb299847b76c43b0b",
		"efficientnet-lite1": "7d47fa24a77ce96f41ea6e982a28be4cc6aad18f07e4475d2723688824ec5a4b",
		"efficientnet-lite2": "c51e8ad68bf6549e1ad9d5104e3792c481830247d8e94d0002d8923292c27265",
		"alexnet-conv":       "cc4069b3ebf51ba8615cce2e71b8088ad2443cf5c3a091fe135703d64122be17",
		"vgg16-conv":         "7b8ba1806f67b836c2773e0e7516b4cf58ab31859ce97195ad10556d2abb475b",
		"vit-small-patch14":  "80cc3cce40dee3edf9908739f9b338ed9987bf1b96168843745f3350af2712ac",
	}
	t.Setenv("HOMEROOM_WEIGHTS", "../../weights")
	in, err := networks()
	if err != nil {
		t.Fatal(err)
	}
	list, err := readCatalog(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if len(e.Former) == 0 {
			continue
		}
		if e.Large {
			if _, err := os.Stat(in.path(e.place())); err != nil {
				t.Logf("%s is not here, and not compared", e.Name)
				continue
			}
		}
		b, err := openPack(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		m := *b.model
		m.Title, m.Source = "", ""
		var out bytes.Buffer
		if _, err := m.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(out.Bytes()); hex.EncodeToString(sum[:]) != same[e.Name] {
			t.Errorf("%s has other layers or weights than its former packs (%x)", e.Name, sum)
		}
		for _, text := range append(e.Former, e.SHA256, strings.Repeat("0", 64)) {
			var sum head.Hash
			if err := sum.UnmarshalText([]byte(text)); err != nil || !b.was(sum) {
				t.Errorf("%s is not the network of %s (%v)", e.Name, text, err)
			}
		}
		if b.was(head.Hash{1}) {
			t.Errorf("%s is the network of any pack", e.Name)
		}
	}
}
