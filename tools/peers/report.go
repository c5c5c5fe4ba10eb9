package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"homeroom/core/export"
)

// versions lists the peers.
func (b *bench) versions() []string {
	out := []string{b.browser.version}
	for python, packages := range map[string][]string{b.python: {"ai-edge-litert", "mediapipe"}, b.torch: {"onnxruntime", "torch"}} {
		for _, name := range packages {
			if text, err := b.command(python, "-c", "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))", name); err == nil {
				out = append(out, name+" "+strings.TrimSpace(string(text)))
			}
		}
	}
	var wanted struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	if text, err := os.ReadFile(filepath.Join("tools", "peers", "npm", "package.json")); err == nil && json.Unmarshal(text, &wanted) == nil {
		for name, version := range wanted.Dependencies {
			out = append(out, name+" "+version)
		}
	}
	return out
}

// limit is the most that a format may differ.
func limit(format string) float64 {
	if strings.HasSuffix(format, " f32") {
		return export.Tolerance
	}
	return export.CoarseTolerance
}

// report writes the page.
func report(rows []row, versions []string) string {
	var s strings.Builder
	slices.Sort(versions)
	s.WriteString(`# Exports in their peers

Every file was written by ` + "`homeroom export`" + ` and run in the programs that people take it to, on so many photos of this repository as the table says, cut as its card says. Written by ` + "`make peers`" + `; the difference is the
largest between a probability there and in Homeroom.

The aim is a difference of at most 0.0001 with weights in f32, and with f16 and int8 of at most 0.02 with the same best name on 98% of photos; what misses it is in bold. Homeroom's own weights are int8, so files with int8 hold the very same
numbers: behind DequantizeLinear in ONNX and DEQUANTIZE in TensorFlow Lite, so that readers compute by them in float32. Strangeness, above 1, is the answer "unknown"; its largest difference, and on how many photos it says "unknown" as Homeroom does, is told where a file and its peer give it.

| classifier | format | peer | photos | largest difference | same best name | strangeness |
|---|---|---|---|---|---|---|
`)
	for _, r := range rows {
		if r.Refused != "" {
			fmt.Fprintf(&s, "| %s | %s | – | – | refused: %s | – | – |\n", r.Subject, r.Format, r.Refused)
			continue
		}
		mark, strange := "", "–"
		if r.Unknown {
			strange = fmt.Sprintf("%.1e, %d of %d", r.Strangeness, r.SameUnknown, r.Photos)
		}
		if most := limit(r.Format); r.Largest > most || 100*r.Same < 98*r.Photos || r.Unknown && 100*r.SameUnknown < 98*r.Photos {
			mark = "**"
		}
		fmt.Fprintf(&s, "| %s | %s | %s | %d | %s%.1e%s | %s%d of %d%s | %s |\n", r.Subject, r.Format, r.Peer, r.Photos, mark, r.Largest, mark, mark, r.Same, r.Photos, mark, strange)
	}
	fmt.Fprintf(&s, "\nPeers: %s.\n", strings.Join(versions, ", "))
	return s.String()
}
