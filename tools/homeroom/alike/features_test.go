package alike

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/naming"
	"homeroom/tools/homeroom/photofile"
)

const each = 15 // photos of a class

var featuresOf = flag.String("features-of", "", "write core/embedding/testdata/clothing.gz: features of 15 photos of each class of this folder, the folder train of github.com/alexeygrigorev/clothing-dataset-small (CC0)")

// TestFeatures writes the features that core/embedding is tested on: of each photo 1,280 whole
// numbers of a byte, the largest 127, as the page holds them; 15 photos of a class, class by class.
func TestFeatures(t *testing.T) {
	if *featuresOf == "" {
		t.Skip("-features-of FOLDER writes them")
	}
	folders, err := filepath.Glob(filepath.Join(*featuresOf, "*"))
	if err != nil || len(folders) != 10 {
		t.Fatal(len(folders), err)
	}
	var files []photofile.File
	for _, folder := range folders {
		names, err := filepath.Glob(filepath.Join(folder, "*.jpg"))
		if err != nil || len(names) < each {
			t.Fatal(folder, len(names), err)
		}
		slices.Sort(names)
		for _, name := range names[:each] {
			files = append(files, photofile.File{Path: name})
		}
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	con := &console.Console{Context: context.Background(), Out: &bytes.Buffer{}, Err: os.Stderr}
	failed, err := see(con, engine.Flags{}, 1, &naming.Remembering{}, files, func(f *engine.Features) {
		row := make([]byte, len(f.Vectors[0]))
		most := slices.Max(f.Vectors[0])
		for i, v := range f.Vectors[0] {
			row[i] = byte(int8(math.Round(float64(127 * v / most))))
		}
		_, _ = z.Write(row)
	})
	if err != nil || failed > 0 {
		t.Fatal(failed, err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.FromSlash("../../../core/embedding/testdata/clothing.gz")
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
