package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"unicode/utf8"

	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// engine are the flags of every command that runs a network.
type engine struct {
	Model    string `placeholder:"NAME|FILE.pack" help:"Network of the catalogue, or a pack. Default: the first of the catalogue."`
	Size     int    `placeholder:"N" help:"Input size in pixels. Default: what the network was trained with."`
	Threads  int    `placeholder:"N" help:"Threads to use. Default: one for each core."`
	Memory   int    `placeholder:"MB" default:"2048" help:"Megabytes that networks and photos in work may take together; what does not fit waits."`
	Exact    bool   `help:"Decode photos in full. Default: large JPEGs at the scale that the network needs, which is two to three times as fast."`
	Portable bool   `hidden:"" help:"Run the portable kernels."`
}

// Validate is called by kong.
func (e *engine) Validate() error {
	if err := mostThreads.orNone("--threads", e.Threads); err != nil {
		return fmt.Errorf("%w on this machine", err)
	}
	return (limits{256, 1 << 20}).orNone("--memory", e.Memory)
}

// AfterApply is called by kong. What is no longer used is given back before there is more than
// that.
func (e *engine) AfterApply() error {
	debug.SetMemoryLimit(e.bytes())
	return nil
}

// mostThreads are four for each core: more wait for each other.
var mostThreads = limits{1, max(16, 4*runtime.GOMAXPROCS(0))}

// bytes is the memory that there is.
func (e *engine) bytes() int64 { return int64(cmp.Or(e.Memory, 2048)) << 20 }

func (e *engine) threads() int {
	if e.Threads == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return e.Threads
}

// open opens the network; heat makes ready for heat maps.
func (e *engine) open(heat bool) (*model.Classifier, error) {
	m, err := openModel(e.Model)
	if err != nil {
		return nil, err
	}
	return model.NewClassifier(m, model.Options{Size: e.Size, Threads: e.threads(), Portable: e.Portable, Heat: heat, Exact: e.Exact, Memory: e.bytes()})
}

type classify struct {
	engine
	Head string `type:"existingfile" placeholder:"FILE.homeroom" help:"Project whose own classes to name photos with."`
	headState
	Top int `default:"5" help:"How many labels to give."`
	heatMaps
	JSON   bool     `name:"json" help:"Print one JSON object a photo, each on a line."`
	Photos []string `arg:"" name:"photo" help:"Photos, or folders of them."`
}

// Validate is called by kong.
func (c *classify) Validate() error {
	if c.Top < 1 {
		return fmt.Errorf("--top %d: one label or more", c.Top)
	}
	if err := c.heatMaps.Validate(); err != nil {
		return err
	}
	return c.engine.Validate()
}

// answerLine is a photo's line of JSON.
type answerLine struct {
	fileName
	Width   int            `json:"width"`
	Height  int            `json:"height"`
	Results []model.Result `json:"results"`
	MS      float64        `json:"ms"`                // reading, decoding, resizing and the network
	Heat    string         `json:"heat,omitempty"`    // file of the heat map, where one was asked for
	Damaged string         `json:"damaged,omitempty"` // what is wrong with a file of which what was there was named
}

// errorLine is that of a photo that failed.
type errorLine struct {
	fileName
	Error string `json:"error"`
}

// fileName is how JSON names a file, which is UTF-8 always. A path that is not has its bytes beside
// it.
type fileName struct {
	File  string `json:"file"`
	Bytes []byte `json:"file_bytes,omitempty"` // base64
}

func nameOf(path string) fileName {
	if utf8.ValidString(path) {
		return fileName{File: path}
	}
	return fileName{path, []byte(path)}
}

func (c *classify) Run(con *console) error {
	if c.Head != "" {
		return c.classifyTaught(con)
	}
	files, left := findPhotos(c.Photos)
	sayLeftOut(con, left)
	classifier, err := c.open(c.Heat != "")
	if err != nil {
		return err
	}
	defer classifier.Close()
	if len(classifier.Model.Labels) == 0 {
		return fmt.Errorf("%s is a backbone without classes of its own, so it has no names to give; teach it some first", classifier.Model.Name)
	}
	wanted, err := c.begin(classifier.Model.Labels, files)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(con.out)
	lines.SetEscapeHTML(false)
	failed := false
	for d := range decode(files, c.threads(), c.bytes()-classifier.Program().Memory(), classifier.Decode) {
		var a model.Answer
		heat := ""
		if d.err == nil {
			a = classifier.Answer(d.photo, c.Top)
			a.Milliseconds.Decode = d.ms
			if c.Heat != "" {
				class := wanted
				if class < 0 {
					class = a.Results[0].Index
				}
				var m tensor.Tensor
				if m, err = classifier.HeatMap(class); err != nil {
					return err
				}
				if heat, err = c.write(d.path, d.photo, photo.Heat{Map: m, Seen: classifier.Seen(a.Width, a.Height)}); err != nil {
					return err
				}
			}
		}
		if d.err != nil {
			failed = true
			if c.JSON {
				err = lines.Encode(errorLine{nameOf(d.path), plain(d.path, d.err)})
			} else {
				_, err = fmt.Fprintf(con.err, "homeroom: %s: %s\n", onOneLine(d.path), plain(d.path, d.err))
			}
		} else {
			if c.JSON {
				err = lines.Encode(answerLine{nameOf(d.path), a.Width, a.Height, a.Results, round(a.Milliseconds.Sum(), 3), heat, a.Damaged})
			} else {
				err = printAnswer(con, d.path, a)
			}
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return errSome
	}
	return nil
}

func printAnswer(con *console, path string, a model.Answer) error {
	if _, err := fmt.Fprintf(con.out, "%s  %d × %d, %.0f ms\n", onOneLine(path), a.Width, a.Height, a.Milliseconds.Sum()); err != nil {
		return err
	}
	if err := printDamage(con, a.Damaged); err != nil {
		return err
	}
	for _, r := range a.Results {
		if _, err := fmt.Fprintf(con.out, "  %5.1f%%  %s\n", 100*r.Score, r.Label); err != nil {
			return err
		}
	}
	return nil
}

// printDamage tells, where a photo's file is damaged, that what was there of it was named.
func printDamage(con *console, damaged string) error {
	if damaged == "" {
		return nil
	}
	_, err := fmt.Fprintf(con.out, "          damaged: what was there is named (%s)\n", damaged)
	return err
}

func round(x float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(x*scale) / scale
}
