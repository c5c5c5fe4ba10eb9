package classify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
)

// TaughtLine is a photo's line of JSON.
type TaughtLine struct {
	answerLine
	Unknown     bool    `json:"unknown"`
	Strangeness float64 `json:"strangeness"` // above 1 is unknown
}

// classifyTaught names photos with a head of a project.
func (c *Command) classifyTaught(con *console.Console) error {
	t, err := c.OpenTaught(con, c.Head, c.HeadState)
	if err != nil {
		return err
	}
	defer t.Close()
	files, left := photofile.Find(c.Photos)
	photofile.SayLeftOut(con, left)
	wanted, err := c.begin(t.Head.Classes, files)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(con.Out)
	lines.SetEscapeHTML(false)
	failed := false
	for f := range engine.Extract(files, t.Extractors, false) {
		var a head.Answer
		if f.Err == nil {
			a, f.Err = t.Head.Answer(f.Vectors)
		}
		heat := ""
		if f.Err == nil && c.Heat != "" {
			class := wanted
			if class < 0 {
				class = a.Class
			}
			if heat, err = c.heatOf(t, f, class); err != nil {
				return err
			}
		}
		switch {
		case f.Err != nil && c.JSON:
			failed = true
			err = lines.Encode(errorLine{nameOf(f.Path), console.Plain(f.Path, f.Err)})
		case f.Err != nil:
			failed = true
			_, err = fmt.Fprintf(con.Err, "homeroom: %s: %s\n", console.OnOneLine(f.Path), console.Plain(f.Path, f.Err))
		default:
			best := results(t.Head.Classes, a.Probabilities, c.Top)
			if c.JSON {
				line := TaughtLine{answerLine{nameOf(f.Path), f.Width, f.Height, best, console.Round(f.Milliseconds, 3), heat, f.Damaged}, a.Unknown, console.Round(a.Strangeness, 6)}
				err = lines.Encode(line)
				break
			}
			err = printTaught(con, f, a.Unknown, best)
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return console.ErrSome
	}
	return con.Context.Err()
}

func printTaught(con *console.Console, f engine.Features, unknown bool, best []model.Result) error {
	if _, err := fmt.Fprintf(con.Out, "%s  %d × %d, %.0f ms\n", console.OnOneLine(f.Path), f.Width, f.Height, f.Milliseconds); err != nil {
		return err
	}
	if err := printDamage(con, f.Damaged); err != nil {
		return err
	}
	if unknown {
		if _, err := fmt.Fprintln(con.Out, "          unknown: unlike the photos of every class; if one of them, then"); err != nil {
			return err
		}
	}
	for _, r := range best {
		if _, err := fmt.Fprintf(con.Out, "  %5.1f%%  %s\n", 100*r.Score, r.Label); err != nil {
			return err
		}
	}
	return nil
}

// results lists the likeliest classes.
func results(classes []string, p []float64, top int) []model.Result {
	out := make([]model.Result, len(p))
	for i, v := range p {
		out[i] = model.Result{Index: i, Label: classes[i], Score: v}
	}
	slices.SortStableFunc(out, func(a, b model.Result) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(top, len(out))]
}
