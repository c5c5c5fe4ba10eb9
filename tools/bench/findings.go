package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"homeroom/core/model"
)

// What there is to measure.
const (
	partBrowser = "browser" // one photo at a time, in the browser
	partPhotos  = "photos"  // many photos, in the browser
	partPlain   = "plain"   // the build without relaxed SIMD, in the browser
	partLayers  = "layers"  // each layer, in the browser
	partNative  = "native"  // outside of the browser
	partStart   = "start"   // the page until it has named its first photo
	partPhoto   = "photo"   // what comes before the network
	partTeach   = "teach"   // learning a head, in the browser; finds partLarge as well
	partLarge   = "large"
	partWhole   = "whole" // whole photos, from files to names
)

var parts = []string{partBrowser, partPhotos, partPlain, partNative, partStart, partPhoto, partTeach, partLarge, partLayers, partWhole}

// A finding is a result, with when and on which build it was found.
type finding struct {
	Part   string
	Date   string
	Build  string // commit
	Result result
	What   string `json:",omitempty"` // what the heads of partTeach were learnt from
	// Figures are there for the parts that have no peers; Result is empty then.
	Figures []figure `json:",omitempty"`
	// Profile is there for partLayers; of Result only the network and the threads are.
	Profile *model.Profile `json:",omitempty"`
}

// findings are all that is known. A whole run finds everything; with --merge it may be found in
// several runs, each of which keeps the machine to itself for less long.
type findings []finding

func (f *findings) add(s setting, part string, r result) {
	*f = append(*f, finding{Part: part, Date: s.Date, Build: s.Build, Result: r})
}

// figures returns those of one part.
func (f findings) figures(part string) []figure {
	for _, x := range f {
		if x.Part == part {
			return x.Figures
		}
	}
	return nil
}

// of returns the results of one part.
func (f findings) of(part string) []result {
	var out []result
	for _, x := range f {
		if x.Part == part && x.Figures == nil && x.Profile == nil {
			out = append(out, x.Result)
		}
	}
	return out
}

func (f findings) all() []result {
	var out []result
	for _, part := range parts {
		out = append(out, f.of(part)...)
	}
	return out
}

// same reports whether y measures what x measured.
func (x finding) same(y finding) bool {
	return x.Part == y.Part && x.Result.Network == y.Result.Network && x.Result.Threads == y.Result.Threads
}

// merge adds the findings that a file keeps and f has nothing newer for, brings them in the order
// of the tables, and keeps all of them in the file.
func (f *findings) merge(file string) error {
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var old findings
	if err == nil {
		if err := json.Unmarshal(data, &old); err != nil {
			return fmt.Errorf("%s: %w; delete it, or measure without --merge", file, err)
		}
	}
	for _, x := range old {
		if !slices.ContainsFunc(*f, x.same) {
			*f = append(*f, x)
		}
	}
	slices.SortStableFunc(*f, func(x, y finding) int {
		return cmp.Or(slices.Index(parts, x.Part)-slices.Index(parts, y.Part), x.Result.Threads-y.Result.Threads, place(x.Result)-place(y.Result))
	})
	if data, err = json.MarshalIndent(*f, "", " "); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

// place is where a network comes in the tables.
func place(r result) int {
	return slices.IndexFunc(networks, func(n network) bool { return len(r.Network) >= len(n.name) && r.Network[:len(n.name)] == n.name })
}

// builds lists the commits that were measured.
func (f findings) builds() []string {
	var out []string
	for _, x := range f {
		if x.Build != "" && !slices.Contains(out, x.Build) {
			out = append(out, x.Build)
		}
	}
	slices.Sort(out)
	return out
}
