package project

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"homeroom/core/training"
)

// hostile returns the files of testdata/hostile: projects that were made to take gigabytes when
// they are unpacked, to keep the page from showing them, or to answer with what is no number.
func hostile(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/hostile/*.gz")
	if err != nil || len(paths) == 0 {
		t.Fatal("there are none: ", err)
	}
	out := map[string][]byte{}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		out[strings.TrimSuffix(filepath.Base(path), ".gz")] = data
	}
	return out
}

// allocated returns how many bytes f allocates in all, which is no less than it has at any time.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostileProjectsAreRefusedByName(t *testing.T) {
	want := map[string]string{
		"bomb-manifest3.homeroom":     "photo",
		"bomb-versions.homeroom":      "versions are not numbered",
		"crash-created-1e18.homeroom": "date 1000000000000000000",
		"hang-deep-settings.homeroom": "32 deep",
		"nan-head.homeroom":           "not finite numbers",
	}
	for name, data := range hostile(t) {
		if want[name] == "" {
			continue
		}
		var err error
		took := allocated(func() { _, err = Read(name, data, Limits{}) })
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") || !strings.Contains(err.Error(), want[name]) {
			t.Errorf("%s: %v, want %q in it", name, err, want[name])
		}
		if took > 100<<20 {
			t.Errorf("%s: to refuse it took %d MB", name, took>>20)
		}
	}
}

// TestEveryPartHasALimit has one part after the other too large, too many or too deep, and packed
// to little.
func TestEveryPartHasALimit(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector, which runs short tests, takes memory of its own")
	}
	var b bytes.Buffer
	if err := Write(&b, sample(t, training.Linear)); err != nil {
		t.Fatal(err)
	}
	good := b.Bytes()
	// with has the value of a name in the manifest replaced by what is written.
	with := func(name string, write func(w io.Writer)) []byte {
		return repack(t, good, func(part string, c []byte) (string, []byte) {
			if part != manifestName {
				return part, c
			}
			var m map[string]json.RawMessage
			if err := json.Unmarshal(c, &m); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			out.WriteByte('{')
			for _, key := range []string{"format", "version", "name", "created", "saved", "networks", "classes", "spaces", "photos", "versions", "current", "settings", "parts", "later"} {
				if v := m[key]; v != nil || key == name {
					if out.Len() > 1 {
						out.WriteByte(',')
					}
					fmt.Fprintf(&out, "%q:", key)
					if key == name {
						write(&out)
					} else {
						out.Write(v)
					}
				}
			}
			out.WriteByte('}')
			return part, out.Bytes()
		})
	}
	many := func(n int, open, one, shut string) func(io.Writer) {
		return func(w io.Writer) {
			io.WriteString(w, open)
			for i := range n {
				if i > 0 {
					io.WriteString(w, ",")
				}
				fmt.Fprint(w, strings.ReplaceAll(one, "#", fmt.Sprint(i+1)))
			}
			io.WriteString(w, shut)
		}
	}
	version := func(report string) func(io.Writer) {
		return func(w io.Writer) { fmt.Fprintf(w, `[{"id":1,"date":1,"has_last":true,"held":3,"valid":%s}]`, report) }
	}
	text := func(f func(io.Writer)) string { var b bytes.Buffer; f(&b); return b.String() }
	deflated := func(part string, zeros int) []byte { // a part that unpacks to much
		return repackAs(t, good, int(zip.Deflate), func(name string, c []byte) (string, []byte) {
			if name == part {
				return name, make([]byte, zeros)
			}
			return name, c
		})
	}
	for _, c := range []struct {
		what string
		data []byte
		want string
	}{
		{"photos without end", with("photos", many(210_000, "[", `{"id":#}`, "]")), "more than 200000 photos"},
		{"versions without end", with("versions", many(2000, "[", `{"id":#}`, "]")), "versions; at most"},
		{"classes without end", with("classes", many(10_000, "[", `"c#"`, "]")), "more than 4096 classes"},
		{"networks without end", with("networks", many(10_000, "[", `{"name":"n#"}`, "]")), "more than 64 networks"},
		{"spaces without end", with("spaces", many(10_000, "[", `{"name":"n@#","dim":1}`, "]")), "more than 64 kinds"},
		{"a name without end", with("name", many(1, `"`, strings.Repeat("x", 20<<20), `"`)), "more than 64 KB"},
		{"the name of a class without end", with("classes", many(1, `["`, strings.Repeat("x", 20<<20), `"]`)), "more than 64 KB"},
		{"a list of missing vectors without end", with("spaces", many(500_000, `[{"name":"net@32","dim":6,"missing":[`, "#", "]}]")), "more than"},
		{"more missing vectors than photos", with("spaces", many(22, "[", `{"name":"net@#","dim":6,"missing":[`+text(many(100_000, "", "#", ""))+`]}`, "]")), "missing vectors"},
		{"settings without end", with("settings", many(1, `"`, strings.Repeat("x", 8<<20), `"`)), "more than"},
		{"something unknown without end", with("later", many(1, `"`, strings.Repeat("x", 8<<20), `"`)), "more than 1024 KB"},
		{"parts without end", with("parts", many(250_000, "{", `"p#":{}`, "}")), "one too many"},
		{"long names of photos", with("photos", many(20_000, "[", `{"id":#,"split":"train","name":"`+strings.Repeat("x", 4000)+`"}`, "]")), "letters in names"},
		{"deep settings", with("settings", many(1, strings.Repeat("[", 9000), "1", strings.Repeat("]", 9000))), "32 deep"},
		{"deep photos", with("photos", many(1, strings.Repeat("[", 9000), "1", strings.Repeat("]", 9000))), "32 deep"},
		{"classes of a report without end", with("versions", version(text(many(10_000, `{"classes":[`, `{"name":"#"}`, `]}`)))), "more than 4096 classes in a report"},
		{"rows of a report without end", with("versions", version(text(many(10_000, `{"confusion":[`, `[]`, `]}`)))), "more than 4096 classes"},
		{"cells of a report without end", with("versions", version(text(many(250_000, `{"cells":[`, `[0,0,1]`, `]}`)))), "more than 200000 cells"},
		{"steps without end", with("versions", many(150_000, `[{"id":1,"curve":[`, `{"step":#}`, `]}]`)), "more than 100000 steps"},
		{"a report of fewer classes than its head", with("versions", version(`{"photos":1,"classes":[{"name":"oak"}],"confusion":[[1]]}`)), "3 classes, and a report of it has 1"},
		{"a cell that is not there", with("versions", version(`{"classes":[],"cells":[[0,7,1]]}`)), "class 7"},
		{"an accuracy of 3", with("versions", version(`{"accuracy":3}`)), "share 3"},
		{"the date of a version", with("versions", many(1, "[", `{"id":1,"date":1000000000000000000}`, "]")), "date 1000000000000000000"},
		{"the date of a photo", with("photos", many(1, "[", `{"id":1,"taken":-1000000000000000000,"split":"train"}`, "]")), "date -1000000000000000000"},
		{"the date of saving", with("saved", many(1, "", "1000000000000000", "")), "date 1000000000000000"},
		{"a field twice", with("saved", many(1, "", `1,"name":"other"`, "")), `"name" twice`},
		{"features from nothing", deflated(featuresName, 64<<20), "was not written by Homeroom"},
		{"a head from nothing", deflated("heads/1.safetensors", 64<<20), "was not written by Homeroom"},
	} {
		var err error
		took := allocated(func() { _, err = Read("x.homeroom", c.data, Limits{}) })
		if err == nil || !strings.HasPrefix(err.Error(), "x.homeroom: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q in it", c.what, err, c.want)
		}
		if took > 100<<20+5*uint64(len(c.data)) {
			t.Errorf("%s: %d MB were allocated to refuse %d KB", c.what, took>>20, len(c.data)>>10)
		}
		t.Logf("%s: %d KB, %d MB allocated", c.what, len(c.data)>>10, took>>20)
	}
}
