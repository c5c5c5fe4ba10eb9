// Package classify is the command that names photos.
package classify

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
)

// Command is the flags and arguments of classify, and what carries it out.
type Command struct {
	engine.Flags
	Head string `type:"existingfile" placeholder:"FILE.homeroom" help:"Project whose own classes to name photos with."`
	engine.HeadState
	Top int `default:"5" help:"How many labels to give."`
	heatMaps
	JSON   bool     `name:"json" help:"Print one JSON object a photo, each on a line."`
	Photos []string `arg:"" name:"photo" help:"Photos, or folders of them."`
}

// Validate is called by kong.
func (c *Command) Validate() error {
	if c.Top < 1 {
		return fmt.Errorf("--top %d: one label or more", c.Top)
	}
	if err := c.heatMaps.Validate(); err != nil {
		return err
	}
	return c.Flags.Validate()
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

// Run carries out the command.
func (c *Command) Run(con *console.Console) error {
	if c.Head != "" {
		return c.classifyTaught(con)
	}
	files, left := photofile.Find(c.Photos)
	photofile.SayLeftOut(con, left)
	classifier, err := c.Open(c.Heat != "")
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
	lines := json.NewEncoder(con.Out)
	lines.SetEscapeHTML(false)
	failed := false
	for d := range photofile.Decode(files, c.ThreadCount(), c.MemoryBytes()-classifier.Program().Memory(), classifier.Decode) {
		var a model.Answer
		heat := ""
		if d.Err == nil {
			a = classifier.Answer(d.Photo, c.Top)
			a.Milliseconds.Decode = d.Milliseconds
			if c.Heat != "" {
				class := wanted
				if class < 0 {
					class = a.Results[0].Index
				}
				var m tensor.Tensor
				if m, err = classifier.HeatMap(class); err != nil {
					return err
				}
				if heat, err = c.write(d.Path, d.Photo, photo.Heat{Map: m, Seen: classifier.Seen(a.Width, a.Height)}); err != nil {
					return err
				}
			}
		}
		if d.Err != nil {
			failed = true
			if c.JSON {
				err = lines.Encode(errorLine{nameOf(d.Path), console.Plain(d.Path, d.Err)})
			} else {
				_, err = fmt.Fprintf(con.Err, "homeroom: %s: %s\n", console.OnOneLine(d.Path), console.Plain(d.Path, d.Err))
			}
		} else {
			if c.JSON {
				err = lines.Encode(answerLine{nameOf(d.Path), a.Width, a.Height, a.Results, console.Round(a.Milliseconds.Sum(), 3), heat, a.Damaged})
			} else {
				err = printAnswer(con, d.Path, a)
			}
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return console.ErrSome
	}
	return nil
}

func printAnswer(con *console.Console, path string, a model.Answer) error {
	if _, err := fmt.Fprintf(con.Out, "%s  %d × %d, %.0f ms\n", console.OnOneLine(path), a.Width, a.Height, a.Milliseconds.Sum()); err != nil {
		return err
	}
	if err := printDamage(con, a.Damaged); err != nil {
		return err
	}
	for _, r := range a.Results {
		if _, err := fmt.Fprintf(con.Out, "  %5.1f%%  %s\n", 100*r.Score, r.Label); err != nil {
			return err
		}
	}
	return nil
}

// printDamage tells, where a photo's file is damaged, that what was there of it was named.
func printDamage(con *console.Console, damaged string) error {
	if damaged == "" {
		return nil
	}
	_, err := fmt.Fprintf(con.Out, "          damaged: what was there is named (%s)\n", damaged)
	return err
}
