package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cache", "findings.json")
	found := func(part, network string, threads int, ms float64) finding {
		return finding{Part: part, Result: result{network, threads, map[string]measured{homeroom: {Times: []float64{ms}}}}}
	}
	first := findings{found(partNative, "ResNet-18 (native)", 1, 1), found(partBrowser, "VGG-16", 1, 2), found(partBrowser, "ResNet-18", 2, 3)}
	if err := first.merge(file); err != nil {
		t.Fatal(err)
	}
	second := findings{found(partBrowser, "VGG-16", 1, 20), found(partBrowser, "ResNet-18", 1, 4)}
	if err := second.merge(file); err != nil {
		t.Fatal(err)
	}
	var got []string
	var ms []float64
	for _, x := range second {
		got = append(got, x.Result.Network)
		ms = append(ms, x.Result.ms(homeroom))
	}
	if s := strings.Join(got, ","); s != "ResNet-18,VGG-16,ResNet-18,ResNet-18 (native)" {
		t.Errorf("in this order: %s", s)
	}
	for i, want := range []float64{4, 20, 3, 1} {
		if ms[i] != want {
			t.Errorf("%s has %v ms, want %v", got[i], ms[i], want)
		}
	}
	if err := os.WriteFile(file, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := second.merge(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a spoilt file gives %v", err)
	}
}
