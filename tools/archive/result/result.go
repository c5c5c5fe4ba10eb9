// Package result is what a run tells of each photo, and the tables that it is written to.
package result

import (
	"encoding/json"
	"io"
	"time"
	"unicode/utf8"

	"homeroom/core/model"
)

// A Result is what is told of a photo.
type Result struct {
	File          string
	Error         string // why it has no name; the rest is empty then
	Width, Height int
	Results       []model.Result // best first
	Milliseconds  float64        // reading, decoding, resizing and the network; of the journal's, 0
	Heat          string         // file of the heat map, where one was asked for
	Damaged       string         // what is wrong with a file of which what was there was named
	Taken         int64          // by the photo itself, in milliseconds since 1970, 0 where it does not say
	Zoned         bool           // the photo says the time zone of Taken; otherwise it is as if it were UTC
	Sequence      int            // number of the burst that it is of, from 1; 0 for none
	Taught        bool           // named by a head of a project, which alone tells the next two
	Unknown       bool
	Strangeness   float64 // above 1 is unknown
}

// Best is the likeliest name with its score, "" where the photo is unknown or failed.
func (r *Result) Best() (label string, score float64) {
	if r.Unknown || len(r.Results) == 0 {
		return "", 0
	}
	return r.Results[0].Label, r.Results[0].Score
}

// Margin tells how sure the best name is: how far its score is above the next one's. It is below 0
// for what is unknown.
func (r *Result) Margin() float64 {
	switch {
	case r.Unknown:
		return -1
	case len(r.Results) == 0:
		return 2
	case len(r.Results) == 1:
		return r.Results[0].Score
	}
	return r.Results[0].Score - r.Results[1].Score
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

type answerLine struct {
	fileName
	Width    int            `json:"width"`
	Height   int            `json:"height"`
	Results  []model.Result `json:"results"`
	MS       float64        `json:"ms"`
	Heat     string         `json:"heat,omitempty"`
	Damaged  string         `json:"damaged,omitempty"`
	Sequence int            `json:"sequence,omitempty"`
}

type taughtLine struct {
	answerLine
	Unknown     bool    `json:"unknown"`
	Strangeness float64 `json:"strangeness"`
}

type errorLine struct {
	fileName
	Error string `json:"error"`
}

// A Writer takes results, one after the other.
type Writer interface {
	Write(r *Result) error
	// Close ends what is written. It does not close what is beneath.
	Close() error
}

// JSONL writes a line of JSON for each result.
func JSONL(w io.Writer) Writer {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return jsonl{e}
}

type jsonl struct{ *json.Encoder }

func (j jsonl) Close() error { return nil }

func (j jsonl) Write(r *Result) error {
	name := nameOf(r.File)
	if r.Error != "" {
		return j.Encode(errorLine{name, r.Error})
	}
	line := answerLine{name, r.Width, r.Height, r.Results, r.Milliseconds, r.Heat, r.Damaged, r.Sequence}
	if r.Taught {
		return j.Encode(taughtLine{line, r.Unknown, r.Strangeness})
	}
	return j.Encode(line)
}

// taken is when a photo was taken, as tables have it, "" where that is not known.
func (r *Result) taken() string {
	if r.Taken == 0 {
		return ""
	}
	return time.UnixMilli(r.Taken).UTC().Format("2006-01-02T15:04:05.000")
}

// stored is a result as a journal keeps it.
type stored struct {
	Top         int            `json:"top"` // how many names there were to be
	Width       int            `json:"width,omitempty"`
	Height      int            `json:"height,omitempty"`
	Results     []model.Result `json:"results,omitempty"`
	Damaged     string         `json:"damaged,omitempty"`
	Taken       int64          `json:"taken,omitempty"`
	Zoned       bool           `json:"zoned,omitempty"`
	Taught      bool           `json:"taught,omitempty"`
	Unknown     bool           `json:"unknown,omitempty"`
	Strangeness float64        `json:"strangeness,omitempty"`
	Error       string         `json:"error,omitempty"`
}

// Store is a result as a journal keeps it: what follows from the photo's bytes. top is how many
// names there were to be.
func (r *Result) Store(top int) (string, error) {
	text, err := json.Marshal(stored{top, r.Width, r.Height, r.Results, r.Damaged, r.Taken, r.Zoned, r.Taught, r.Unknown, r.Strangeness, r.Error})
	return string(text), err
}

// Restore gives back what Store kept, of another file with the same bytes maybe; ok is false where
// it has fewer names than are wanted now.
func Restore(text, file string, top int) (r Result, ok bool) {
	var s stored
	if json.Unmarshal([]byte(text), &s) != nil || s.Error == "" && s.Top < top {
		return Result{}, false
	}
	return Result{File: file, Error: s.Error, Width: s.Width, Height: s.Height, Results: s.Results[:min(top, len(s.Results))],
		Damaged: s.Damaged, Taken: s.Taken, Zoned: s.Zoned, Taught: s.Taught, Unknown: s.Unknown, Strangeness: s.Strangeness}, true
}
