// Package alike is the commands that compare photos: duplicates and similar.
package alike

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"homeroom/core/archive/alike"
	"homeroom/core/feature"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/naming"
	"homeroom/tools/homeroom/photofile"
)

// Duplicates is the command that finds photos that are there more than once.
type Duplicates struct {
	engine.Flags
	Jobs int `placeholder:"N" help:"Photos in work at once. Default: one for each thread."`
	naming.Remembering
	naming.Tables
	photofile.Finding
	Burst  time.Duration `default:"2s" placeholder:"TIME" help:"How long after one another photos of a burst are taken, at most."`
	JSON   bool          `name:"json" help:"Print one JSON object a group, each on a line."`
	Photos []string      `arg:"" name:"photo" help:"Photos, folders of them, zip and tar archives, patterns, or - for paths on standard input."`
}

// Validate is called by kong.
func (d *Duplicates) Validate() error {
	if err := errors.Join(d.Check(d.Photos), naming.CheckJobs(d.Jobs), d.Tables.Validate()); err != nil {
		return err
	}
	return d.Flags.Validate()
}

// see reads the features of photos and gives out those of each, in their order. A photo that can't
// be read is told, and counted.
func see(con *console.Console, flags engine.Flags, jobs int, remembering *naming.Remembering, files []photofile.File, take func(f *engine.Features)) (failed int, err error) {
	b, err := catalog.OpenBackbone(flags.Model)
	if err != nil {
		return 0, err
	}
	space := feature.Space{Network: b.Model.Name, Size: cmp.Or(flags.Size, b.Model.Preprocess.Size)}
	flags.Threads = cmp.Or(jobs, flags.Threads) // each extractor has one
	extractors, err := flags.Extractors([]feature.Space{space}, map[string]*catalog.Backbone{b.Model.Name: b})
	if err != nil {
		return 0, err
	}
	defer func() {
		for _, e := range extractors {
			e.Close()
		}
	}()
	j, err := remembering.Open(files)
	if err != nil {
		return 0, err
	}
	var memory *engine.Memory
	if j != nil {
		defer func() { err = errors.Join(err, j.Close()) }()
		memory = &engine.Memory{Journal: j, Resume: remembering.Resume, Seer: fmt.Sprintf("%s %s exact=%v", space, hex.EncodeToString(b.Sum[:8]), flags.Exact)}
	}
	progress := con.Progress("looking at photos", len(files))
	known := 0
	defer func() {
		if progress.End(); known > 0 && con.Terminal != nil {
			fmt.Fprintf(con.Err, "%s by the journal\n", console.Counted(known, "photo"))
		}
	}()
	for f := range engine.ExtractNew(files, extractors, false, memory) {
		if f.End != nil {
			return failed, f.End
		}
		if f.Known {
			known++
		}
		if err := con.Context.Err(); err != nil {
			return failed, err
		}
		progress.Done()
		if f.Err != nil {
			failed++
			fmt.Fprintf(progress, "homeroom: %s: %s\n", console.OnOneLine(f.Path), console.Plain(f.Path, f.Err))
			continue
		}
		take(&f)
	}
	return failed, nil
}

// member is a photo of a group, in JSON.
type member struct {
	File   string `json:"file"`
	Bytes  []byte `json:"file_bytes,omitempty"` // where the name is not UTF-8
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Size   int64  `json:"bytes,omitempty"`
}

func memberOf(f *engine.Features) member {
	m := member{Width: f.Width, Height: f.Height}
	m.File, m.Bytes = console.JSONName(f.Path)
	if info, err := os.Stat(f.Path); err == nil {
		m.Size = info.Size()
	}
	return m
}

// group is photos of one kind, in JSON.
type group struct {
	Kind  alike.Kind `json:"kind"`
	Files []member   `json:"files"`
}

// Run carries out the command.
func (d *Duplicates) Run(con *console.Console) (err error) {
	sources := d.Sources(con.In)
	defer func() { err = errors.Join(err, sources.Close()) }()
	files, left := sources.Find(d.Photos)
	photofile.SayLeftOut(con, left)
	if err := check(&d.Tables, files); err != nil {
		return err
	}
	var photos []alike.Photo
	var members []member
	var paths []string
	failed, err := see(con, d.Flags, d.Jobs, &d.Remembering, files, func(f *engine.Features) {
		m := memberOf(f)
		photos = append(photos, alike.Photo{Sum: f.Hash, Perceptual: f.Perceptual, Taken: f.Taken, Dated: f.Dated, Features: f.Vectors[0], Pixels: f.Width * f.Height, Bytes: m.Size})
		members, paths = append(members, m), append(paths, f.Path)
	})
	if err != nil {
		return err
	}
	var groups []group
	var rows []copied
	text := &strings.Builder{}
	for k, g := range alike.Find(photos, d.Burst, func(float64) bool { return true }) {
		groups = append(groups, group{Kind: g.Kind})
		fmt.Fprintf(text, "%s:\n", g.Kind)
		for _, i := range g.Photos {
			m := &members[i]
			groups[k].Files = append(groups[k].Files, *m)
			rows = append(rows, copied{k + 1, string(g.Kind), strings.ToValidUTF8(m.File, "�"), m.Bytes, m.Width, m.Height, m.Size})
			fmt.Fprintf(text, "  %s  %d × %d, %s bytes\n", console.OnOneLine(paths[i]), m.Width, m.Height, console.Grouped(m.Size))
		}
	}
	return tell(con, &d.Tables, d.JSON, text.String(), groups, rows, failed)
}

// Similar is the command that finds photos that are like one.
type Similar struct {
	engine.Flags
	Jobs int `placeholder:"N" help:"Photos in work at once. Default: one for each thread."`
	naming.Remembering
	naming.Tables
	photofile.Finding
	Top   int      `default:"10" help:"How many photos to give."`
	JSON  bool     `name:"json" help:"Print one JSON object a photo, each on a line."`
	Photo string   `arg:"" type:"existingfile" help:"The photo."`
	Among []string `arg:"" name:"among" help:"Photos to look among: files, folders, zip and tar archives, patterns, or - for paths on standard input."`
}

// Validate is called by kong.
func (s *Similar) Validate() error {
	if s.Top < 1 {
		return fmt.Errorf("--top %d: one photo or more", s.Top)
	}
	if err := errors.Join(s.Check(s.Among), naming.CheckJobs(s.Jobs), s.Tables.Validate()); err != nil {
		return err
	}
	return s.Flags.Validate()
}

// near is a photo with how near it is.
type near struct {
	path   string
	Cosine float64
}

// Run carries out the command.
func (s *Similar) Run(con *console.Console) (err error) {
	sources := s.Sources(con.In)
	defer func() { err = errors.Join(err, sources.Close()) }()
	files, left := sources.Find(s.Among)
	photofile.SayLeftOut(con, left)
	if err := check(&s.Tables, append([]photofile.File{{Path: s.Photo}}, files...)); err != nil {
		return err
	}
	var wanted *engine.Features
	var found []near
	all := append([]photofile.File{{Path: s.Photo}}, files...)
	first := true
	failed, err := see(con, s.Flags, s.Jobs, &s.Remembering, all, func(f *engine.Features) {
		if first {
			first = false
			if f.Path == s.Photo {
				one := *f
				wanted = &one
				return
			}
		}
		if wanted == nil || photofile.Same(f.Path, s.Photo) {
			return
		}
		found = append(found, near{f.Path, alike.Cosine(wanted.Vectors[0], f.Vectors[0])})
		if len(found) > 2*s.Top+64 { // only the nearest are kept
			found = nearest(found, s.Top)
		}
	})
	if err != nil {
		return err
	}
	if wanted == nil {
		return console.ErrSome
	}
	var rows []likened
	text := &strings.Builder{}
	for _, n := range nearest(found, s.Top) {
		row := likened{Cosine: console.Round(n.Cosine, 6)}
		row.File, row.Bytes = console.JSONName(n.path)
		row.File = strings.ToValidUTF8(row.File, "�")
		rows = append(rows, row)
		fmt.Fprintf(text, "  %.3f  %s\n", n.Cosine, console.OnOneLine(n.path))
	}
	return tell(con, &s.Tables, s.JSON, text.String(), rows, rows, failed)
}

func nearest(found []near, top int) []near {
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(b.Cosine, a.Cosine) })
	return found[:min(top, len(found))]
}
