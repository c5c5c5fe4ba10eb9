package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// report writes the page.
func report(rows []row, photos int, versions []string) string {
	var s strings.Builder
	slices.Sort(versions)
	fmt.Fprintf(&s, `# Exports in their peers

Every file was written by `+"`homeroom export`"+` and run in the programs that people take it to, on %d photos of this repository, cut as its card says. Written by `+"`make peers`"+`; the difference is the
largest between a probability there and in Homeroom.

With weights in f32 at most 0.0001 is let pass, with f16 and int8 at most 0.02. LiteRT and MediaPipe round what goes into a layer to bytes where the weights are int8 (dynamic range), ONNX Runtime does not. Homeroom's own weights
are int8, so ONNX with int8 holds the very same numbers.

| classifier | format | peer | photos | largest difference | same best name |
|---|---|---|---|---|---|
`, photos)
	for _, r := range rows {
		if r.Refused != "" {
			fmt.Fprintf(&s, "| %s | %s | – | – | refused: %s | – |\n", r.Subject, r.Format, r.Refused)
			continue
		}
		fmt.Fprintf(&s, "| %s | %s | %s | %d | %.1e | %d of %d |\n", r.Subject, r.Format, r.Peer, r.Photos, r.Largest, r.Same, r.Photos)
	}
	fmt.Fprintf(&s, "\nPeers: %s.\n", strings.Join(versions, ", "))
	return s.String()
}
