package photofile

import (
	"archive/zip"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"homeroom/core/intake"
	"homeroom/core/photo"
	"homeroom/tools/homeroom/console"
)

// Limits of a zip of photos.
const (
	maxArchived = 100_000 // files
	maxExpanded = 64 << 30
)

// archiveClasses lists the photos in a zip by class: those of a project of Teachable Machine, whose
// names are CLASS-!-NUMBER, and those in folders, as [intake.ByFolder] has it.
func archiveClasses(con *console.Console, path string) ([]Class, func() error, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s is no zip, as projects of Teachable Machine (.tm) are, or it is cut short: %w", path, err)
	}
	out, err := classesIn(con, path, z.File)
	if err != nil {
		z.Close()
		return nil, nil, err
	}
	return out, z.Close, nil
}

func classesIn(con *console.Console, path string, files []*zip.File) ([]Class, error) {
	if len(files) > maxArchived {
		return nil, fmt.Errorf("%s holds %d files; at most %d are expected", path, len(files), maxArchived)
	}
	var left intake.LeftOut
	var names []string
	var photos []*zip.File
	size := uint64(0)
	teachable := false
	for _, f := range files {
		name, marked := intake.ArchivedPath(f.Name)
		switch {
		case f.FileInfo().IsDir() || name == intake.ArchiveManifest:
			continue
		case marked:
			teachable = true
		case leadsOut(name) != nil:
			fmt.Fprintf(con.Err, "homeroom: %s: %s: %v; it is left out\n", path, console.OnOneLine(f.Name), leadsOut(name))
			continue
		case intake.PassedOverPath(name):
			left.Hidden(name)
			continue
		}
		if size += f.UncompressedSize64; size > maxExpanded {
			return nil, fmt.Errorf("%s unpacks to more than %d GB", path, maxExpanded>>30)
		}
		head, err := readPacked(zipped{f}, photo.KindBytes)
		if kind := photo.KindOf(head); err == nil && !kind.Picture {
			left.File(name, kind)
			continue
		}
		names, photos = append(names, name), append(photos, f)
	}
	classes, class := intake.ByFolder(names)
	out := make([]Class, len(classes))
	for i, name := range classes {
		if out[i].Name = name; teachable {
			out[i].Name = intake.ArchivedClass(name)
		}
	}
	for i, f := range photos {
		if class[i] < 0 || blank(out[class[i]]) {
			left.Loose()
			continue
		}
		c := &out[class[i]]
		c.Files = append(c.Files, File{Path: filepath.Join(path, f.Name), in: zipped{f}})
	}
	out = slices.DeleteFunc(out, blank)
	for i := range out {
		slices.SortStableFunc(out[i].Files, func(a, b File) int { return byNumber(a.Path, b.Path) })
	}
	if text := left.String(); text != "" {
		fmt.Fprintf(con.Err, "homeroom: %s: left out: %s\n", path, text)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no photos of classes: a project of Teachable Machine does that was made of pictures, or a zip of a folder for each class", path)
	}
	return out, nil
}

// blank says whether a class has no name, as in a zip that no program wrote.
func blank(c Class) bool { return strings.TrimSpace(c.Name) == "" }

// byNumber compares names that end in numbers, 9 before 10.
func byNumber(a, b string) int {
	number := func(s string) int {
		n, _ := intake.ArchivedPath(filepath.Base(s))
		n, _, _ = strings.Cut(path.Base(n), ".")
		k, err := strconv.Atoi(n)
		if err != nil {
			return -1
		}
		return k
	}
	if d := number(a) - number(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// ExistingPhotos takes the name of a folder of photos, or of a zip of them, that has to be there.
func ExistingPhotos() kong.MapperFunc {
	folder, file := console.Existing(true), console.Existing(false)
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		if next := ctx.Scan.Peek().String(); intake.CalledArchive(next) {
			if info, err := os.Stat(kong.ExpandPath(next)); err != nil || !info.IsDir() {
				return file(ctx, target)
			}
		}
		return folder(ctx, target)
	}
}
