package outside

import (
	"archive/zip"
	"io"
	"path"
	"strings"

	"homeroom/core/fault"
	"homeroom/core/intake"
)

// Limits of a zip of photos that is given to the page.
const (
	maxArchived = 20_000  // files
	maxExpanded = 2 << 30 // bytes
)

// IsArchive tells whether a file is to be unpacked: it is called like a zip of photos, and was
// given by itself.
func (f File) IsArchive() bool { return f.Path == "" && intake.CalledArchive(f.Name) }

// A Packed is a file in a zip, without an Object yet.
type Packed struct {
	File
	Entry *zip.File // nil where what is in it is not wanted: it is handed on to be counted
}

// Unpack lists the files in a zip of photos, in its place: as those of a folder of its name. Errors
// say what is wrong with the zip, without naming it.
func Unpack(f File, r io.ReaderAt, size int64) ([]Packed, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fault.Errorf("it is no zip, as projects of Teachable Machine (.tm) are, or it is cut short: %w", err)
	}
	if len(z.File) > maxArchived {
		return nil, fault.Errorf("it holds %d files; at most %d are expected", len(z.File), maxArchived)
	}
	folder := strings.TrimSuffix(f.Name, path.Ext(f.Name))
	left := uint64(maxExpanded)
	var out []Packed
	for _, e := range z.File {
		name, marked := intake.ArchivedPath(e.Name)
		if e.FileInfo().IsDir() || name == intake.ArchiveManifest {
			continue
		}
		one := Packed{File: File{Name: path.Base(name), Path: folder + "/" + name, Bytes: int64(e.UncompressedSize64), Changed: f.Changed}}
		if marked || !intake.PassedOverPath(name) {
			if e.UncompressedSize64 > left {
				return nil, fault.Errorf("it unpacks to more than %d GB", maxExpanded>>30)
			}
			left -= e.UncompressedSize64
			one.Entry = e
		}
		out = append(out, one)
	}
	return out, nil
}
