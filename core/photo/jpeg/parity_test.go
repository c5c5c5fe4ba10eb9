package jpeg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// parity is what tools/reference/jpeg_fixtures.py made: NAME.jpg, and NAME-D.ppm, what
// libjpeg-turbo makes of it at 1/D.
var parity = sync.OnceValues(func() (map[string][]byte, error) {
	f, err := os.Open(filepath.Join("testdata", "parity.tar.gz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	all := make(map[string][]byte)
	for archive := tar.NewReader(z); ; {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if all[entry.Name], err = io.ReadAll(archive); err != nil {
			return nil, err
		}
	}
})

// files returns the JPEGs of parity by name.
func files(t testing.TB) map[string][]byte {
	t.Helper()
	all, err := parity()
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]byte)
	for path, data := range all {
		if name, ok := strings.CutSuffix(path, ".jpg"); ok {
			out[name] = data
		}
	}
	return out
}

// rows decodes a file and returns all its pixels.
func rows(data []byte, opt Options) (*Picture, []byte, error) {
	p, err := Decode(data, opt)
	if err != nil {
		return nil, nil, err
	}
	pix := make([]byte, 3*p.Width*p.Height)
	for y := range p.Height {
		p.Row(y, pix[3*p.Width*y:])
	}
	return p, pix, nil
}

// TestParity holds every kind of file, whole and damaged, at every scale, to the pixels of
// libjpeg-turbo. They are equal.
func TestParity(t *testing.T) {
	all, err := parity()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for name, data := range files(t) {
		for _, d := range []int{1, 2, 4, 8} {
			want := all[fmt.Sprintf("%s-%d.ppm", name, d)]
			if want == nil {
				continue
			}
			tried++
			p, pix, err := rows(data, Options{Denominator: d})
			if err != nil {
				t.Errorf("%s at 1/%d: %v", name, d, err)
				continue
			}
			head := fmt.Sprintf("P6\n%d %d\n255\n", p.Width, p.Height)
			if !bytes.HasPrefix(want, []byte(head)) {
				t.Errorf("%s at 1/%d: %d × %d, want %q", name, d, p.Width, p.Height, want[:15])
				continue
			}
			want = want[len(head):]
			worst, different := 0, 0
			for i := range pix {
				if by := max(int(pix[i])-int(want[i]), int(want[i])-int(pix[i])); by > 0 {
					worst = max(worst, by)
					different++
				}
			}
			if worst > 0 {
				t.Errorf("%s at 1/%d: %d of %d samples differ, by %d at most", name, d, different, len(pix), worst)
			}
			whole := !strings.HasPrefix(name, "damaged-") && !strings.HasPrefix(name, "unfinished-") || strings.Contains(name, "trailer")
			if whole && p.Damaged != "" {
				t.Errorf("%s at 1/%d is called damaged: %s", name, d, p.Damaged)
			}
			// Data may be spoilt so that they are other data.
			silent := whole || strings.Contains(name, "-bytes-lost-") || strings.Contains(name, "-bits-turned")
			if !silent && p.Damaged == "" && d == 1 {
				t.Errorf("%s: nothing is said of the damage", name)
			}
		}
	}
	if tried < 600 {
		t.Errorf("only %d were tried", tried)
	}
}
