package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/model"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
)

// TestWeights makes packs and their catalogue by a table whose checkpoints lie beside it, and tells
// what is not as the table says.
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
		if status := run(&console.Console{Context: t.Context(), Out: &out, Err: &out}, []string{"classify", "--model", name, "../../core/photo/testdata/pictures/444.jpg"}); status != 0 || strings.Count(out.String(), "%") != 5 {
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

	// Other weights under a name that people taught on are refused.
	write(t, []byte("["+row("one", `, "fingerprint": "`+strings.Repeat("01", 32)+`"`)+"]"), folder, "sources.json")
	fail(t, 1, weights(), "one: its fingerprint is ", "give it another name")
	fail(t, 1, []string{"weights", "--dir", t.TempDir()}, "sources.json")
}

// TestRoundedWeights: a row of rounded weights takes those of the pack that lies there, with the
// fingerprint that they have, and refuses what are none of the checkpoint's.
func TestRoundedWeights(t *testing.T) {
	folder := t.TempDir()
	smallNetwork(t, filepath.Join(folder, "small.safetensors"))
	row := func(fingerprint, more string) {
		write(t, []byte(`[{"name": "one", "title": "Small", "dtype": "i8", "labels": "cifar10", "checkpoint": "small.safetensors", "trained_on": "nothing", "licence": "CC0-1.0", "source": "a formula"`+
			`, "fingerprint": "`+fingerprint+`"`+more+`}]`), folder, "sources.json")
	}
	weights := func(more ...string) []string { return append([]string{"weights", "--dir", folder}, more...) }
	place := filepath.Join(folder, "one.pack")
	row(strings.Repeat("01", 32), `, "rounded": true`)
	fail(t, 1, weights(), "one.pack", "make rounded")

	// Rounded by convert.
	if status, _, complaints := execute(t, "convert", filepath.Join(folder, "small.safetensors"), "--name", "one", "--labels", "../../weights/cifar10.txt", "--bytes-budget", "190000", "--calibrate", "../../core/photo/testdata/pictures", "-o", place); status != 0 {
		t.Fatal(complaints)
	}
	m, err := model.Read(place, read(t, place))
	if err != nil {
		t.Fatal(err)
	}
	print, err := m.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	row(hex.EncodeToString(print[:]), `, "rounded": true`)
	succeed(t, weights()...)
	made := read(t, place)
	n, err := model.Read(place, made)
	if err != nil || n.Source != "a formula, weights rounded by tools/rounding" || n.Licence != "CC0-1.0" {
		t.Errorf("it is from %q, %v", n.Source, err)
	}
	succeed(t, weights("--check")...)

	// Weights of another network, and none at all.
	for _, tensor := range m.Graph.Params {
		if len(tensor.Dims) > 1 {
			clear(tensor.Data)
		}
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	write(t, out.Bytes(), folder, "one.pack")
	fail(t, 1, weights(), "no rounding of the checkpoint's")
	write(t, made[:len(made)-1], folder, "one.pack")
	fail(t, 1, weights(), "one.pack", "cut short")
}

// TestFormerPacks holds each network of the catalogue that says which packs it was before to the
// layers and weights of those: what was taught on them is taken as taught on this one. A network
// whose weights change has to drop its former packs.
func TestFormerPacks(t *testing.T) {
	t.Setenv("HOMEROOM_WEIGHTS", "../../weights")
	in, err := catalog.Find()
	if err != nil {
		t.Fatal(err)
	}
	list, err := catalog.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if len(e.Former) == 0 {
			continue
		}
		if e.Large {
			if _, err := os.Stat(in.Path(e.Place())); err != nil {
				t.Logf("%s is not here, and not compared", e.Name)
				continue
			}
		}
		b, err := catalog.OpenPack(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		if print, err := b.Model.Fingerprint(); err != nil || hex.EncodeToString(print[:]) != e.Fingerprint {
			t.Errorf("%s has another fingerprint than its former packs (%x, %v)", e.Name, print, err)
		}
		for _, text := range append(e.Former, e.SHA256, strings.Repeat("0", 64)) {
			var sum bank.Hash
			if err := sum.UnmarshalText([]byte(text)); err != nil || !b.Was(sum) {
				t.Errorf("%s is not the network of %s (%v)", e.Name, text, err)
			}
		}
		if b.Was(bank.Hash{1}) {
			t.Errorf("%s is the network of any pack", e.Name)
		}
	}
}
