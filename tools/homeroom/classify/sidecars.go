package classify

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"homeroom/core/archive/xmp"
	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/whole"
)

// sidecars are the flags of XMP sidecars.
type sidecars struct {
	XMP      bool    `name:"xmp" help:"Write the best name into an XMP sidecar beside each photo, for digiKam, darktable and Lightroom."`
	MinScore float64 `default:"0.5" placeholder:"SCORE" help:"Score below which a name is not sure enough for --xmp and --sort-into."`
}

// Validate is called by kong.
func (s *sidecars) Validate() error {
	if !(s.MinScore >= 0 && s.MinScore <= 1) {
		return fmt.Errorf("--min-score %v: from 0 to 1", s.MinScore)
	}
	return nil
}

// sure is the best name of a photo, "" where it is not sure enough.
func (s *sidecars) sure(r *result.Result) (label string, score float64) {
	if label, score = r.Best(); score < s.MinScore {
		return "", 0
	}
	return label, score
}

// maxSidecar is the most bytes of a sidecar that is read.
const maxSidecar = 16 << 20

// sidecar writes what a photo shows beside it, and tells whether that changed anything.
func (r *run) sidecar(one *result.Result) (changed bool, err error) {
	if r.files[one.File].Packed() {
		return false, errors.New("the photo lies in an archive; unpack it")
	}
	path := one.File + ".xmp"
	old, err := readSidecar(path)
	if err != nil {
		return false, err
	}
	var names []xmp.Name
	if label, score := r.sure(one); label != "" {
		names = []xmp.Name{{Label: label, Confidence: score, Network: r.namers.Network}}
	}
	text, err := xmp.Merge(old, names)
	if err != nil || string(text) == string(old) {
		return false, err
	}
	if r.DryRun {
		_, err := fmt.Fprintf(r.con.Out, "write %s\n", console.OnOneLine(path))
		return false, err
	}
	return true, whole.Write(path, 0o666, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

func readSidecar(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", filepath.Base(path))
	case info.Size() > maxSidecar:
		return nil, fmt.Errorf("%s has %d MB, too many for a sidecar", filepath.Base(path), info.Size()>>20)
	}
	data, err := os.ReadFile(path)
	return data, err
}
