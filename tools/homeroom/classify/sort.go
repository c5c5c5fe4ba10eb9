package classify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	plan "homeroom/core/archive/sorting"
	"homeroom/core/archive/undo"
	"homeroom/tools/archive/place"
	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/console"
)

// sorting are the flags of sorting.
type sorting struct {
	SortInto string `placeholder:"DIR" help:"Put photos into folders by their names."`
	By       string `default:"copy" enum:"copy,link,move" help:"How photos come there: copy, link (another name of the same file, which takes no space) or move."`
	Template string `default:"{label}/{name}" help:"Path of each photo in DIR. Its parts are {label}, {year}, {month}, {day}, {date}, {name}, {stem}, {ending} and {folder}."`
	DryRun   bool   `help:"Print what --sort-into and --xmp would do, and do nothing of it."`
	UndoFile string `placeholder:"FILE" help:"Where to write what homeroom undo takes. Default: a new file in DIR."`

	parsed plan.Template
}

// Validate is called by kong.
func (s *sorting) Validate() (err error) {
	if s.SortInto == "" && (s.UndoFile != "" || s.By != "copy" || s.Template != plan.Default) {
		return errors.New("--by, --template and --undo-file go with --sort-into")
	}
	if s.parsed, err = plan.Parse(s.Template); err != nil {
		return fmt.Errorf("--template: %w", err)
	}
	return nil
}

// sort puts photos into folders.
func (r *run) sort(all []result.Result) error {
	folder, err := filepath.Abs(r.SortInto)
	if err != nil {
		return err
	}
	steps, err := r.steps(folder, all)
	if err != nil {
		return err
	}
	if r.DryRun {
		for _, s := range steps {
			if _, err := fmt.Fprintf(r.con.Out, "%s %s -> %s\n", r.By, console.OnOneLine(s.From), console.OnOneLine(s.To)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(steps) == 0 {
		return nil
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("--sort-into %s: %w", r.SortInto, err)
	}
	undoFile := r.UndoFile
	if undoFile == "" {
		undoFile = filepath.Join(folder, "homeroom-undo-"+time.Now().Format("20060102-150405.000")+".jsonl")
	}
	r.progress = r.con.Progress("sorting photos", len(steps))
	defer r.progress.End()
	done, err := place.Do(r.con.Context, place.Work{Disk: place.OS{}, Mode: undo.Mode(r.By), Steps: steps, Undo: undoFile, Told: func(s place.Step, _ string, err error) {
		r.progress.Done()
		if err != nil {
			fmt.Fprintf(r.progress, "homeroom: %s: it is left where it is: %s\n", console.OnOneLine(s.From), console.Plain(s.From, err))
			r.count.failed++
		}
	}})
	r.progress.End()
	if err != nil {
		err = fmt.Errorf("%w; %d photos were not sorted", err, done.NotDone)
	}
	if _, made := os.Lstat(undoFile); made == nil && (r.con.Terminal != nil || err != nil) {
		fmt.Fprintf(r.con.Err, "%s sorted, %d were there before; take it back with: homeroom undo %s\n", console.Counted(done.Placed, "photo"), done.There, undoFile)
	}
	return err
}

// steps is the plan: a place for each photo that was named.
func (r *run) steps(folder string, all []result.Result) ([]place.Step, error) {
	planner := place.Planner(place.OS{}, folder, r.parsed)
	var steps []place.Step
	seen := map[string]bool{}
	for i := range all {
		one := &all[i]
		path, err := filepath.Abs(one.File)
		if err != nil {
			return nil, err
		}
		if one.Error != "" || seen[path] {
			continue
		}
		seen[path] = true
		if r.files[one.File].Packed() {
			fmt.Fprintf(r.con.Err, "homeroom: %s: it is not sorted, because it lies in an archive; unpack it\n", console.OnOneLine(one.File))
			r.count.failed++
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			fmt.Fprintf(r.con.Err, "homeroom: %s: it is not sorted: %s\n", console.OnOneLine(one.File), console.Plain(path, err))
			r.count.failed++
			continue
		}
		beside := place.Beside(place.OS{}, path)
		if err := r.unmoved(one.File, append([]string{path}, beside...)); err != nil {
			fmt.Fprintf(r.con.Err, "homeroom: %s: it is left where it is: %s\n", console.OnOneLine(one.File), console.Plain(path, err))
			r.count.failed++
			continue
		}
		taken := time.UnixMilli(one.Taken).UTC()
		if one.Taken == 0 {
			taken = info.ModTime()
		}
		label, _ := r.sure(one)
		s, err := planner.Place(plan.Photo{Path: path, Label: label, Taken: taken}, beside)
		if err != nil {
			return nil, err
		}
		step := place.Resolve(folder, s)
		step.Size, step.Changed = info.Size(), info.ModTime()
		steps = append(steps, step)
	}
	return steps, nil
}

// unmoved says why a photo is not to be moved together with what goes with it: paths are theirs.
func (r *run) unmoved(file string, paths []string) error {
	if undo.Mode(r.By) != place.Move {
		return nil
	}
	if link := r.files[file].Link; link != "" {
		to, err := filepath.EvalSymlinks(link)
		if err != nil {
			return err
		}
		return fmt.Errorf("%s is a link to a folder elsewhere; copy it, or name the folder that it lies in, below %s", console.OnOneLine(link), console.OnOneLine(to))
	}
	for _, path := range paths {
		if at, err := os.Lstat(path); err == nil && at.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s is a link to a file elsewhere, and moved it may lead nowhere; copy it, or move what it leads to", console.OnOneLine(filepath.Base(path)))
		}
	}
	return nil
}
