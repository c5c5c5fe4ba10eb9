// Package answers writes what photos were named as files for other programs.
package answers

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// savedTop is how many answers a saved row holds.
const savedTop = 5

// CSV writes one row a photo: file, size, the best answers with their scores, what others answered
// before, time, what went wrong, and what is wrong with a file that was named all the same; where
// classes that a person taught were asked for, whether it shows none of them. It begins with a byte
// order mark, without which spreadsheets take the file for another encoding.
func CSV(photos []*queue.Photo) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	head := []string{"file", "path", "width", "height"}
	asked := slices.ContainsFunc(photos, func(p *queue.Photo) bool { return p.Answer != nil && (p.Answer.Taught || p.Answer.Unknown) })
	for i := range savedTop {
		n := strconv.Itoa(i + 1)
		head = append(head, "label "+n, "score "+n)
	}
	others := earlierOf(photos)
	for _, o := range others {
		head = append(head, cell("label by "+o.called), cell("score by "+o.called))
	}
	last := []string{"ms", "error", "damaged"}
	if asked {
		last = append(last, "unknown")
	}
	if err := w.Write(slices.Concat(head, last)); err != nil {
		return nil, err
	}
	for _, p := range photos {
		row := make([]string, len(head)+len(last))
		row[0], row[1] = cell(p.Name), cell(p.Path)
		if a := p.Answer; a != nil {
			row[2], row[3] = strconv.Itoa(a.Width), strconv.Itoa(a.Height)
			for i, r := range a.Results[:min(savedTop, len(a.Results))] {
				row[4+2*i] = cell(r.Label)
				row[5+2*i] = strconv.FormatFloat(r.Score, 'g', -1, 64)
			}
			for i, o := range others {
				for _, e := range p.Earlier {
					if e.By == o.by && len(e.Results) > 0 {
						row[4+2*savedTop+2*i] = cell(e.Best())
						row[5+2*savedTop+2*i] = strconv.FormatFloat(e.Results[0].Score, 'g', -1, 64)
					}
				}
			}
			row[len(head)] = strconv.FormatFloat(a.Milliseconds(), 'f', 1, 64)
		}
		row[len(head)+1], row[len(head)+2] = cell(text.English.Words(problem(p))), cell(Damage(p))
		if asked && p.Answer != nil && p.Answer.Unknown {
			row[len(head)+3] = "yes"
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// other is what answered photos before.
type other struct{ by, called string }

// earlierOf lists what answered any of the photos before.
func earlierOf(photos []*queue.Photo) (out []other) {
	for _, p := range photos {
		for _, a := range p.Earlier {
			if o := (other{a.By, a.Called}); !slices.Contains(out, o) {
				out = append(out, o)
			}
		}
	}
	return out
}

// cell keeps a spreadsheet from taking a text for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// JSON writes an array with one object a photo, with the fields that the command line prints.
func JSON(photos []*queue.Photo) ([]byte, error) {
	type row struct {
		File    string            `json:"file"`
		Path    string            `json:"path,omitempty"`
		Width   int               `json:"width,omitempty"`
		Height  int               `json:"height,omitempty"`
		Results []protocol.Result `json:"results,omitempty"`
		MS      float64           `json:"ms,omitempty"`
		Error   string            `json:"error,omitempty"`
		Damaged string            `json:"damaged,omitempty"`
		Unknown bool              `json:"unknown,omitempty"`
	}
	rows := make([]row, len(photos))
	for i, p := range photos {
		rows[i] = row{File: p.Name, Path: p.Path, Error: text.English.Words(problem(p))}
		if a := p.Answer; a != nil {
			rows[i].Width, rows[i].Height, rows[i].Results, rows[i].MS = a.Width, a.Height, a.Results, a.Milliseconds()
			rows[i].Damaged, rows[i].Unknown = a.Damaged, a.Unknown
		}
	}
	data, err := json.MarshalIndent(rows, "", "  ")
	return append(data, '\n'), err
}

// Damage says what is wrong with the file of a photo that was named all the same.
func Damage(p *queue.Photo) string {
	if p.Answer == nil {
		return ""
	}
	return p.Answer.Damaged
}

// problem says why a photo has no answer, or nothing where it has one.
func problem(p *queue.Photo) string {
	switch p.Stage {
	case queue.Named:
		return ""
	case queue.Failed:
		return p.Problem
	default:
		return "not named yet"
	}
}
