//go:build unix

package main

import (
	"flag"
	"os"
	"regexp"
	"testing"
)

// TestPage: docs/beam.md tells of flags that are there.
func TestPage(t *testing.T) {
	page := must(os.ReadFile("../../docs/beam.md"))
	others := map[string]bool{"--jsonl": true}
	found := 0
	for _, f := range regexp.MustCompile(`--[a-z][a-z_-]*`).FindAllString(string(page), -1) {
		if found++; flag.Lookup(f[2:]) == nil && !others[f] {
			t.Errorf("there is no %s", f)
		}
	}
	if found < 20 {
		t.Errorf("the page has only %d flags", found)
	}
}
