package project

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homeroom/core/head"
	"homeroom/core/training"
)

// fuzzLimits keep a fuzzed file from taking long.
var fuzzLimits = Limits{Bytes: 1 << 20, Manifest: 1 << 18}

// use goes with a file that was read all the way that the program and the page go: heads answer,
// the project opens, is changed, and goes into a file that can be read again.
func use(t *testing.T, f *File) {
	t.Helper()
	for i := range f.Versions {
		v := &f.Versions[i]
		for _, h := range []*head.Head{v.Best, v.Last, v.Quick} {
			if h == nil {
				continue
			}
			vectors := make([][]float32, len(h.Spaces))
			for k, s := range h.Spaces {
				vectors[k] = make([]float32, s.Dim)
			}
			a, err := h.Answer(vectors)
			if err != nil {
				continue // of numbers too large, which it says
			}
			if _, err := json.Marshal(a); err != nil {
				t.Fatalf("its answer is no JSON: %v", err)
			}
		}
	}
	f.Head()
	if err := Write(io.Discard, f); err != nil {
		t.Fatal(err)
	}
	p, figures, err := f.Open("id")
	if err != nil {
		return
	}
	for p.Undo() != nil {
		t.Fatal("a file brings edits")
	}
	for _, c := range p.Classes {
		p.RemoveClass(c.ID)
		break
	}
	for p.Undo() != nil {
	}
	for number, text := range figures {
		g, err := DecodeFigures(text)
		if err != nil {
			t.Fatalf("version %d: %v", number, err)
		}
		g.Encode()
	}
	again, err := p.File(time.Unix(9, 0), f.Networks, f.Bank, f.Unlabelled, learntOf(t, f, figures))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Write(&out, again); err != nil {
		t.Fatal(err)
	}
	if _, err := Read("again", out.Bytes(), Limits{}); err != nil {
		t.Fatalf("what was opened is written as something that is not read: %v", err)
	}
}

// seeds are small files of every kind, of the program and of the page.
func seeds(f *testing.F) (out [][]byte) {
	paths := ofTheProgram(f)
	for _, kind := range training.Kinds { // of which a new one has no file there
		var b bytes.Buffer
		if err := Write(&b, sample(f, kind)); err != nil {
			f.Fatal(err)
		}
		path := filepath.Join(f.TempDir(), string(kind)+".homeroom")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			f.Fatal(err)
		}
		paths = append(paths, path)
	}
	for _, path := range append(paths, looseFile) {
		file, p, figures := opened(f, path, "id")
		for id := range file.Thumbs {
			if id > 2 {
				delete(file.Thumbs, id)
			}
		}
		page, err := p.File(time.Unix(9, 0), file.Networks, file.Bank, file.Unlabelled, learntOf(f, file, figures))
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range []*File{file, page} {
			var b bytes.Buffer
			if err := Write(&b, one); err != nil {
				f.Fatal(err)
			}
			out = append(out, b.Bytes())
		}
	}
	return out
}

// contents are the parts of a file.
func contents(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err == nil {
			parts[f.Name], err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return parts
}

// FuzzRead goes the whole way with bytes of any kind.
func FuzzRead(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data)
		f.Add(data[:200])
	}
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if file, err := Read("x", data, fuzzLimits); err == nil {
			use(t, file)
		}
	})
}

// FuzzManifest reads a manifest alone.
func FuzzManifest(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(contents(f, data)[manifestName])
	}
	f.Add([]byte(`{"photos":[{}]}`))
	f.Add([]byte(`{"versions":[{"id":1,"valid":{"classes":[{"name":"a"}],"confusion":[[1]],"cells":[[0,0,1]]}}],"parts":{"x":{}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := readManifest(bytes.NewReader(text), int64(len(text)), fuzzLimits.or(DefaultLimits))
		if err != nil {
			return
		}
		if err := m.check(fuzzLimits.or(DefaultLimits)); err != nil {
			return
		}
		if _, err := json.Marshal(m); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

// FuzzMended goes the whole way with any manifest and parts, whose sizes and checksums are right.
func FuzzMended(f *testing.F) {
	for _, data := range seeds(f) {
		c := contents(f, data)
		f.Add(c[manifestName], c[featuresName], c[headName(1)], c[lastName(1)], c[heldName(1)])
	}
	f.Fuzz(func(t *testing.T, text, features, first, second, held []byte) {
		lim := fuzzLimits.or(DefaultLimits)
		m, err := readManifest(bytes.NewReader(text), int64(len(text)), lim)
		if err != nil {
			return
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal(text, &fields) != nil {
			return
		}
		parts := map[string][]byte{}
		sums := map[string]part{}
		for name := range m.names(lim) {
			switch {
			case name == featuresName:
				parts[name] = features
			case strings.HasPrefix(name, "thumbs/"):
				parts[name] = []byte{0xff, 0xd8}
			case strings.HasSuffix(name, ".held.safetensors"):
				parts[name] = held
			case strings.HasSuffix(name, ".last.safetensors"), strings.HasSuffix(name, ".quick.safetensors"):
				parts[name] = second
			default:
				parts[name] = first
			}
			sums[name] = part{int64(len(parts[name])), sha256.Sum256(parts[name])}
		}
		if fields["parts"], err = json.Marshal(sums); err != nil {
			t.Fatal(err)
		}
		if parts[manifestName], err = json.Marshal(fields); err != nil {
			return
		}
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for name, c := range parts {
			p, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			if err != nil {
				t.Fatal(err)
			}
			p.Write(c)
		}
		w.Close()
		if file, err := Read("x", out.Bytes(), fuzzLimits); err == nil {
			use(t, file)
		}
	})
}
