//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/memfs"
	"github.com/parquet-go/parquet-go"
)

var many = flag.Int("photos", 0, "photos of TestPipeline; make beam has 5,000")

// asProgram has the test binary be the program.
const asProgram = "HOMEROOM_AS_BEAM"

func TestMain(m *testing.M) {
	if err := os.Setenv("HOMEROOM_WEIGHTS", must(filepath.Abs("../../weights"))); err != nil {
		panic(err)
	}
	if os.Getenv(asProgram) != "" {
		flag.CommandLine.Init(os.Args[0], flag.ExitOnError)
		main()
		os.Exit(0)
	}
	flag.Parse()
	beam.Init()
	os.Exit(m.Run())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// sources are photos of the repository.
func sources(t *testing.T) (all [][]byte) {
	t.Helper()
	for _, pattern := range []string{"../reference/photos/*.jpg", "../homeroom/testdata/clothing/*/*/*.jpg"} {
		for _, path := range must(filepath.Glob(pattern)) {
			all = append(all, must(os.ReadFile(path)))
		}
	}
	if len(all) < 20 {
		t.Fatalf("there are only %d photos", len(all))
	}
	return all
}

// photos makes a folder of n photos under other names, each of bytes of its own, but for one that
// is there twice, and one in fifty that can't be named.
func photos(t *testing.T, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "photos")
	all := sources(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("IMG_%05d.jpg", i))
		data := append(bytes.Clone(all[i%len(all)]), fmt.Sprintf("photo %d", i)...)
		var err error
		switch {
		case i == 8:
			data = append(bytes.Clone(all[0]), "photo 0"...)
		case i%100 == 7:
			data = []byte("milk, eggs\n")
		case i%100 == 57:
			err = os.Symlink("nowhere", path)
			data = nil
		}
		if data != nil {
			err = os.WriteFile(path, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lines are lines of JSON by their files, without the time that each photo took.
func lines(t *testing.T, text []byte) (all []string) {
	t.Helper()
	for one := range bytes.Lines(text) {
		var v map[string]json.RawMessage
		if err := json.Unmarshal(one, &v); err != nil {
			t.Fatalf("%v in %s", err, one)
		}
		delete(v, "ms")
		var file string
		if err := json.Unmarshal(v["file"], &file); err != nil {
			t.Fatal(err)
		}
		all = append(all, file+"\x00"+string(must(json.Marshal(v))))
	}
	slices.Sort(all)
	return all
}

// written are the lines of all shards that were written to a folder.
func written(t *testing.T, out string) []string {
	t.Helper()
	var all []byte
	for _, pattern := range []string{"names-*.jsonl", "failures-*.jsonl"} {
		for _, path := range must(filepath.Glob(filepath.Join(out, pattern))) {
			all = append(all, must(os.ReadFile(path))...)
		}
	}
	return lines(t, all)
}

// program is a command line of this program as a process of its own.
func program(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asProgram+"=yes")
	return c
}

// TestPipeline names photos on one worker and on two, killed and begun again, and has every photo
// once, named as homeroom classify names it.
func TestPipeline(t *testing.T) {
	n, kills, size := *many, 3, []string{}
	if n == 0 {
		n, kills, size = 120, 1, []string{"--size", "96"}
	}
	dir, to := photos(t, n), t.TempDir()
	homeroom := filepath.Join(to, "homeroom")
	if out, err := exec.Command("go", "build", "-o", homeroom, "homeroom/tools/homeroom").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	start := time.Now()
	table := filepath.Join(to, "names.jsonl")
	pattern := filepath.Join(dir, "*.jpg")
	out, err := exec.Command(homeroom, append([]string{"classify", "--jsonl", table, pattern}, size...)...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 { // of those that have no name
		t.Fatalf("%v\n%.2000s", err, out)
	}
	took := time.Since(start)
	want := lines(t, must(os.ReadFile(table)))
	if len(want) != n {
		t.Fatalf("classify has %d lines of %d", len(want), n)
	}
	t.Logf("classify: %d photos in %.1f s", n, took.Seconds())
	var near, labels []byte
	random := rand.New(rand.NewPCG(18, uint64(n)))
	for _, workers := range []string{"1", "2"} {
		folder := filepath.Join(to, "of "+workers)
		args := append(slices.Clone(size), "--workers", workers, "--out", folder, "--shards", "16", pattern)
		for range kills {
			c := program(args...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- c.Wait() }()
			select {
			case <-time.After(time.Duration((0.1 + 0.9*random.Float64()) * float64(took) / float64(kills))):
				if err := c.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
				<-done
			case <-done:
			}
			t.Logf("%s workers, killed with %d of 16 shards", workers, len(must(filepath.Glob(filepath.Join(folder, "shard-*.json")))))
		}
		start := time.Now()
		said, err := program(args...).CombinedOutput()
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Fatalf("%v\n%.2000s", err, said)
		}
		t.Logf("%s workers, at last in %.1f s:\n%s", workers, time.Since(start).Seconds(), said)
		if got := written(t, folder); !slices.Equal(got, want) {
			t.Errorf("%s workers: %d lines, and classify has %d; the first that differs is %q", workers, len(got), len(want), differs(got, want))
		}
		again := must(os.ReadFile(filepath.Join(folder, "near-duplicates.jsonl")))
		counts := must(os.ReadFile(filepath.Join(folder, "histogram.csv")))
		if near != nil && (!bytes.Equal(again, near) || !bytes.Equal(counts, labels)) {
			t.Error("two workers find other near-duplicates or other labels than one")
		}
		near, labels = again, counts
	}
	twice := fmt.Sprintf(`{"kind":"same file","files":[%q,%q]}`+"\n", filepath.Join(dir, "IMG_00000.jpg"), filepath.Join(dir, "IMG_00008.jpg"))
	if !strings.HasPrefix(string(near), twice) {
		t.Errorf("near-duplicates are\n%.2000s, want\n%s", near, twice)
	}
	if total(t, labels) != n-failures(want) {
		t.Errorf("the histogram counts %d photos of %d", total(t, labels), n-failures(want))
	}
}

func differs(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return got[i] + " for " + want[i]
		}
	}
	return ""
}

// failures counts lines that tell of an error.
func failures(lines []string) (n int) {
	for _, l := range lines {
		if strings.Contains(l, `"error":`) {
			n++
		}
	}
	return n
}

// total is the photos that a histogram counts.
func total(t *testing.T, histogram []byte) (n int) {
	t.Helper()
	for i, one := range strings.Split(strings.TrimSpace(string(histogram)), "\n") {
		var count int
		if i == 0 {
			continue
		}
		if _, err := fmt.Sscan(one[strings.LastIndexByte(one, ',')+1:], &count); err != nil {
			t.Fatal(err)
		}
		n += count
	}
	return n
}

// TestChanges: of photos that came, changed or went the shards are written anew, and no others;
// other options are refused.
func TestChanges(t *testing.T) {
	dir, out := photos(t, 12), t.TempDir()
	o := Options{Globs: []string{filepath.Join(dir, "**", "*.jpg"), filepath.Join(dir, "IMG_00001.jpg")}, Out: out, Format: "jsonl", Shards: 5, Size: 64, Top: 1, Reads: 2, Near: true, Embed: true}
	run := func(says string) {
		t.Helper()
		if err := work(t.Context(), o, 1); err != nil && !errors.Is(err, errSome) {
			t.Fatal(err)
		}
		if got := len(written(t, out)); fmt.Sprint(got) != says {
			t.Errorf("%d photos were written, want %s", got, says)
		}
	}
	times := func() (all map[string]time.Time) {
		all = map[string]time.Time{}
		for _, path := range must(filepath.Glob(filepath.Join(out, "names-*"))) {
			all[path] = must(os.Stat(path)).ModTime()
		}
		return all
	}
	run("12")
	before := times()
	run("12")
	for path, at := range times() {
		if !at.Equal(before[path]) {
			t.Errorf("%s was written again", path)
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, "IMG_00003.jpg")), os.WriteFile(filepath.Join(dir, "new.jpg"), sources(t)[3], 0o644), os.WriteFile(filepath.Join(dir, "IMG_00004.jpg"), []byte("changed"), 0o644)); err != nil {
		t.Fatal(err)
	}
	run("12")
	shards := map[string]bool{}
	for _, name := range []string{"IMG_00003.jpg", "new.jpg", "IMG_00004.jpg"} {
		shards[o.file("names", shardOf(filepath.Join(dir, name), o.Shards), "jsonl")] = true
	}
	for path, at := range times() {
		if at.Equal(before[path]) == shards[path] {
			t.Errorf("%s, which has photos that changed: %v, was written again: %v", path, shards[path], !at.Equal(before[path]))
		}
	}
	other := o
	other.Shards = 6
	if err := work(t.Context(), other, 1); err == nil || !strings.Contains(err.Error(), "was written with other options") {
		t.Errorf("other shards: %v", err)
	}
	for says, wrong := range map[string]Options{"--out": {Globs: o.Globs}, "name photos": {Out: out}, "--format": {Globs: o.Globs, Out: out, Format: "xml"}, "not registered": {Globs: []string{"nowhere://x/*"}, Out: out, Format: "jsonl", Shards: 1, Top: 1, Reads: 1}} {
		if err := work(t.Context(), wrong, 1); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
}

// TestElsewhere reads and writes another file system than this machine's, in Parquet.
func TestElsewhere(t *testing.T) {
	all := sources(t)
	for i := range 7 {
		memfs.Write(fmt.Sprintf("memfs://photos/%d.jpg", i), all[i])
	}
	memfs.Write("memfs://photos/broken.jpg", []byte("milk"))
	o := Options{Globs: []string{"memfs://photos/*.jpg"}, Out: "memfs://out", Format: "parquet", Shards: 2, Size: 64, Top: 2, Reads: 2, Near: true}
	if err := work(t.Context(), o, 1); !errors.Is(err, errSome) {
		t.Fatal(err)
	}
	type row struct {
		File  string   `parquet:"file"`
		Label string   `parquet:"label,optional"`
		Score *float64 `parquet:"score,optional"`
	}
	var files []string
	for shard := range o.Shards {
		data := must(readFile(t.Context(), o.file("names", shard, "parquet")))
		for _, r := range must(parquet.Read[row](bytes.NewReader(data), int64(len(data)))) {
			if files = append(files, r.File); r.Label == "" || r.Score == nil {
				t.Errorf("%+v has no name", r)
			}
		}
	}
	if slices.Sort(files); len(files) != 7 || files[0] != "memfs://photos/0.jpg" {
		t.Errorf("the files are %q", files)
	}
}

// TestNear finds a photo that was saved smaller, and keys bring any two near hashes together once.
func TestNear(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a := random.Uint64()
		b := a
		for range random.IntN(nearBits + 1) {
			b ^= 1 << random.IntN(64)
		}
		if first(a, b) < 0 {
			t.Fatalf("%x and %x meet under no key", a, b)
		}
	}
	dir, out := t.TempDir(), t.TempDir()
	koala := must(os.ReadFile("../reference/photos/koala.jpg"))
	big := must(jpeg.Decode(bytes.NewReader(koala)))
	small := image.NewRGBA(image.Rect(0, 0, big.Bounds().Dx()/2, big.Bounds().Dy()/2))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			small.Set(x, y, big.At(2*x, 2*y))
		}
	}
	var saved bytes.Buffer
	if err := jpeg.Encode(&saved, small, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"a.jpg": koala, "b.jpg": saved.Bytes(), "c.jpg": must(os.ReadFile("../reference/photos/panda.jpg"))} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := work(t.Context(), Options{Globs: []string{filepath.Join(dir, "*.jpg")}, Out: out, Format: "jsonl", Shards: 3, Top: 1, Reads: 1, Near: true}, 1); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"kind":"same picture","files":[%q,%q]}`+"\n", filepath.Join(dir, "a.jpg"), filepath.Join(dir, "b.jpg"))
	if got := string(must(os.ReadFile(filepath.Join(out, "near-duplicates.jsonl")))); got != want {
		t.Errorf("near-duplicates are %q, want %q", got, want)
	}
}
