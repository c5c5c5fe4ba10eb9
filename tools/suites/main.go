// Command suites decodes pictures for tools/reference/suites.py, which compares them with what
// Pillow makes of them.
//
// It reads a path a line and answers each with a line of JSON, and behind that the pixels: width ×
// height × 3 bytes.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"homeroom/core/photo"
)

// answer is what is written of a file. Of one that is refused the size is 0 × 0.
type answer struct {
	Format  string `json:"format"`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
	Damaged string `json:"damaged"`
	Error   string `json:"error"`
	Kind    string `json:"kind"` // of the error
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		p, a := decode(lines.Text())
		if err := encoder.Encode(a); err != nil {
			fail(err)
		}
		if p != nil {
			out.Write(p.Pix)
		}
		if err := out.Flush(); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func decode(path string) (*photo.Photo, answer) {
	data, err := os.ReadFile(path)
	if err != nil {
		fail(err)
	}
	p, err := photo.Decode(data, photo.Limits{})
	if err != nil {
		fault := err.(*photo.Error)
		return nil, answer{Format: fault.Format, Error: fault.Text, Kind: fault.Kind.Error()}
	}
	return p, answer{Format: p.Format, Width: p.Width, Height: p.Height, Damaged: p.Damaged}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "suites:", err)
	os.Exit(1)
}
