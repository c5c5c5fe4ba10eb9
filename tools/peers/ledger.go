package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A ledger keeps rows from run to run, of one state of all that they come from.
type ledger struct {
	path  string
	parts []string // that this run measures
	State string
	Rows  map[string][]row // by part
}

// measuredWith are files of the repository that change what peers answer.
var measuredWith = []string{
	"tools/peers/page/peers.js", "tools/peers/npm/package.json", "tools/reference/peers.txt", "tools/reference/peers.py", "tools/reference/export_peers.py",
	"docs/pytorch.md", clothes, animals, "weights/efficientnet-lite0.pack", "weights/efficientnet-lite2.pack",
}

// state is a digest of the program, the photos and what runs the peers.
func (b *bench) state() (string, error) {
	sum := sha256.New()
	for _, root := range append([]string{b.program}, measuredWith...) {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			file, err := os.Open(path)
			if err != nil {
				return err
			}
			defer file.Close()
			fmt.Fprintln(sum, path)
			_, err = io.Copy(sum, file)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// partOf is a format of a subject, as parts call it.
func partOf(s subject, f format) string {
	name := s.part + ":" + f.as
	if f.weights != "f32" {
		name += "-" + f.weights
	}
	return name
}

func allParts() []string {
	var out []string
	for _, s := range subjects {
		out = append(out, s.part)
	}
	return out
}

// ledger begins a run of some parts, of all where none is named: then what was kept is forgotten,
// as what is of another state always is.
func (b *bench) ledger(parts string) (*ledger, error) {
	now, err := b.state()
	if err != nil {
		return nil, err
	}
	fresh := ledger{path: filepath.Join(b.work, "rows.json"), State: now, Rows: map[string][]row{}}
	if parts == "" {
		return &fresh, nil
	}
	k := fresh
	k.parts = strings.Split(parts, ",")
	for _, p := range k.parts {
		if !slices.ContainsFunc(subjects, func(s subject) bool {
			return slices.ContainsFunc(formats, func(f format) bool { return p == s.part || p == partOf(s, f) })
		}) {
			return nil, fmt.Errorf("there is no part %q", p)
		}
	}
	text, err := os.ReadFile(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return &k, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil {
		return nil, err
	}
	if k.State != now {
		fresh.parts = k.parts
		return &fresh, nil
	}
	return &k, nil
}

func (k *ledger) wants(s subject, f format) bool {
	return k.parts == nil || slices.Contains(k.parts, s.part) || slices.Contains(k.parts, partOf(s, f))
}

func (k *ledger) wantsAny(s subject) bool {
	return slices.ContainsFunc(formats, func(f format) bool { return k.wants(s, f) })
}

func (k *ledger) keep(s subject, f format, rows []row) error {
	k.Rows[partOf(s, f)] = rows
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return os.WriteFile(k.path, text, 0o666)
}

// all gives the rows in their order, and the parts that have none.
func (k *ledger) all() (rows []row, missing []string) {
	for _, s := range subjects {
		for _, f := range formats {
			some, ok := k.Rows[partOf(s, f)]
			if !ok {
				missing = append(missing, partOf(s, f))
			}
			rows = append(rows, some...)
		}
	}
	return rows, missing
}
