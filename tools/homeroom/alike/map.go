package alike

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"homeroom/core/embedding"
	"homeroom/core/matrix"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/naming"
	"homeroom/tools/homeroom/photofile"
)

// Map is the command that lays photos out as points of a plane, those that look alike near one
// another.
type Map struct {
	engine.Flags
	Jobs int `placeholder:"N" help:"Photos in work at once. Default: one for each thread."`
	naming.Remembering
	naming.Tables
	photofile.Finding
	Seed   uint64   `default:"1" help:"Begins what is drawn by lot: the same seed gives the same map."`
	JSON   bool     `name:"json" help:"Print one JSON object a photo, each on a line."`
	Photos []string `arg:"" name:"photo" help:"Photos, folders of them, zip and tar archives, patterns, or - for paths on standard input."`
}

// Validate is called by kong.
func (m *Map) Validate() error {
	if err := errors.Join(m.Check(m.Photos), naming.CheckJobs(m.Jobs), m.Tables.Validate()); err != nil {
		return err
	}
	return m.Flags.Validate()
}

// laid is a photo with where it lies.
type laid struct {
	File  string  `json:"file" parquet:"file"`
	Bytes []byte  `json:"file_bytes,omitempty" parquet:"file_bytes,optional"` // where the name is not UTF-8
	X     float64 `json:"x" parquet:"x"`
	Y     float64 `json:"y" parquet:"y"`
}

func (laid) head() []string { return []string{"file", "x", "y", "file_bytes"} }

func (l laid) cells() []string {
	return []string{l.File, strconv.FormatFloat(l.X, 'f', 6, 64), strconv.FormatFloat(l.Y, 'f', 6, 64), base64.StdEncoding.EncodeToString(l.Bytes)}
}

// Run carries out the command.
func (m *Map) Run(con *console.Console) (err error) {
	sources := m.Sources(con.In)
	defer func() { err = errors.Join(err, sources.Close()) }()
	files, left := sources.Find(m.Photos)
	photofile.SayLeftOut(con, left)
	if len(files) > embedding.MostPhotos {
		return fmt.Errorf("%d photos are more than the %d that a map is made of: give fewer", len(files), embedding.MostPhotos)
	}
	if err := check(&m.Tables, files); err != nil {
		return err
	}
	var paths []string
	var vectors [][]float32
	failed, err := see(con, m.Flags, m.Jobs, &m.Remembering, files, func(f *engine.Features) {
		paths, vectors = append(paths, f.Path), append(vectors, f.Vectors[0])
	})
	if err != nil {
		return err
	}
	var points []embedding.Point
	if len(vectors) > 0 {
		const parts = 100
		progress := con.Progress("laying photos out", parts)
		done := 0
		points, err = embedding.Map(con.Context, matrix.Table{N: len(vectors), D: len(vectors[0]), Read: func(to []float32, i int) { copy(to, vectors[i]) }},
			embedding.Options{Seed: m.Seed, Progress: func(share float64) {
				for ; done < int(share*parts); done++ {
					progress.Done()
				}
			}})
		if progress.End(); err != nil {
			return err
		}
	}
	var rows []laid
	text := &strings.Builder{}
	for i, p := range points {
		row := laid{X: console.Round(float64(p.X), 6), Y: console.Round(float64(p.Y), 6)}
		row.File, row.Bytes = console.JSONName(paths[i])
		row.File = strings.ToValidUTF8(row.File, "�")
		rows = append(rows, row)
		fmt.Fprintf(text, "  %6.3f  %6.3f  %s\n", p.X, p.Y, console.OnOneLine(paths[i]))
	}
	return tell(con, &m.Tables, m.JSON, text.String(), rows, rows, failed)
}
