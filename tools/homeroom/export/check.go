package export

import (
	"errors"
	"fmt"
	"io"
	"runtime"

	"homeroom/core/export"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/tools/exports"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
)

// photosToCompare are those of --photos, or else small pictures of the project's.
func (e *Command) photosToCompare(con *console.Console) ([]*photo.Photo, error) {
	if len(e.Photos) == 0 {
		return e.thumbnails()
	}
	files, left := photofile.Find(e.Photos)
	photofile.SayLeftOut(con, left)
	var out []*photo.Photo
	for _, f := range files {
		if len(out) == export.ComparedPhotos {
			break
		}
		if f.Err == nil {
			var data []byte
			if data, f.Err = f.Read(); f.Err == nil {
				var p *photo.Photo
				if p, f.Err = photo.Decode(data, photo.Limits{}); f.Err == nil {
					out = append(out, p)
				}
			}
		}
		if f.Err != nil {
			fmt.Fprintf(con.Err, "homeroom: %s: %s; it is left out\n", console.OnOneLine(f.Path), console.Plain(f.Path, f.Err))
		}
	}
	if len(out) == 0 {
		return nil, errors.New("--photos: there is no photo among them that could be read")
	}
	return out, nil
}

// thumbnails are the first of a project.
func (e *Command) thumbnails() ([]*photo.Photo, error) {
	if !isProject(e.From) {
		return nil, nil
	}
	var out []*photo.Photo
	_, err := engine.ReadProjectWith(e.From, func(_ uint64, file []byte) error {
		if len(out) < export.ComparedPhotos {
			if p, err := photo.Decode(file, photo.Limits{}); err == nil { // others do as well
				out = append(out, p)
			}
		}
		return nil
	})
	return out, err
}

// options are how networks are run.
func options() model.Options { return model.Options{Threads: runtime.GOMAXPROCS(0)} }

// tell says what running the file on photos told.
func (e *Command) tell(con *console.Console, d export.Difference, classes, unknown bool) error {
	if d.Photos == 0 {
		_, err := fmt.Fprintf(con.Err, "homeroom: %s was read back and not run, for want of photos; give some with --photos to have its answers compared\n", e.Out)
		return err
	}
	of := "a score"
	if !classes {
		of = "a feature, in units of the largest,"
	}
	text := fmt.Sprintf("run on %s, %s differs by %.2g at most", console.Counted(d.Photos, "photo"), of, d.Largest)
	if unknown && e.As != exports.TeachableMachine {
		text += fmt.Sprintf(", strangeness by %.2g", d.Strangeness)
	}
	_, err := io.WriteString(con.Out, text+"\n")
	return err
}
