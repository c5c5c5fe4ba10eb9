package place

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"homeroom/core/archive/sorting"
	"homeroom/core/archive/undo"
	"homeroom/tools/whole"
)

// flaky is a disk that fills up, fails, loses files, has its bounds in the middle of the tree, or
// is switched off.
type flaky struct {
	OS
	random  *rand.Rand
	faults  float64 // how often a call fails
	left    int64   // bytes until it is full; below 0 for no end
	apart   bool    // the folder "out" is another disk
	noLinks bool    // it knows no hard links
	off     int     // calls until the program is killed; below 0 for never
	once    int     // calls until one fails; 0 for never
	vanish  func()  // makes a file vanish, now and then
}

type killed struct{}

func (d *flaky) call() error {
	if d.off == 0 {
		panic(killed{})
	}
	d.off--
	if d.once--; d.once == 0 {
		return syscall.EIO
	}
	if d.vanish != nil && d.random.Float64() < 0.01 {
		d.vanish()
	}
	if d.faults > 0 && d.random.Float64() < d.faults {
		return []error{syscall.EIO, syscall.EACCES, syscall.ENOSPC}[d.random.IntN(3)]
	}
	return nil
}

func (d *flaky) across(from, to string) bool {
	out := func(p string) bool { return strings.Contains(p, string(filepath.Separator)+"out") }
	return d.apart && out(from) != out(to)
}

func (d *flaky) Open(path string) (io.ReadCloser, error) {
	if err := d.call(); err != nil {
		return nil, err
	}
	return d.OS.Open(path)
}

func (d *flaky) Create(path string, mode fs.FileMode) (File, error) {
	if err := d.call(); err != nil {
		return nil, err
	}
	f, err := d.OS.Create(path, mode)
	return &flakyFile{f, d}, err
}

func (d *flaky) Hold(path string) (func(), error) {
	if err := d.call(); err != nil {
		return nil, err
	}
	return d.OS.Hold(path)
}

func (d *flaky) Link(from, to string) error {
	switch err := d.call(); {
	case err != nil:
		return err
	case d.across(from, to):
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EXDEV}
	case d.noLinks && !there(d.OS, to) && there(d.OS, from):
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM}
	}
	err := d.OS.Link(from, to)
	if d.off == 0 {
		panic(killed{}) // right after it
	}
	return err
}

func (d *flaky) Rename(from, to string) error {
	if err := d.call(); err != nil {
		return err
	}
	if d.across(from, to) {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.EXDEV}
	}
	return d.OS.Rename(from, to)
}

func (d *flaky) Remove(path string) error {
	if err := d.call(); err != nil {
		return err
	}
	return d.OS.Remove(path)
}

func (d *flaky) RemoveLeft(path string) error {
	if err := d.call(); err != nil {
		return err
	}
	return d.OS.RemoveLeft(path)
}

func (d *flaky) Mkdir(path string) error {
	if err := d.call(); err != nil {
		return err
	}
	return d.OS.Mkdir(path)
}

func (d *flaky) Chtimes(path string, t time.Time) error {
	if err := d.call(); err != nil {
		return err
	}
	return d.OS.Chtimes(path, t)
}

type flakyFile struct {
	File
	disk *flaky
}

// Sync takes time, and shows nothing here.
func (f *flakyFile) Sync() error { return nil }

func (f *flakyFile) Write(data []byte) (int, error) {
	if err := f.disk.call(); err != nil {
		n, _ := f.File.Write(data[:len(data)/2])
		return n, err
	}
	if f.disk.left >= 0 {
		if int64(len(data)) > f.disk.left {
			n, _ := f.File.Write(data[:f.disk.left])
			f.disk.left = 0
			return n, syscall.ENOSPC
		}
		f.disk.left -= int64(len(data))
	}
	return f.File.Write(data)
}

// entry is what a snapshot has of a path.
type entry struct {
	mode  fs.FileMode
	time  int64
	bytes string // of a file, or where a link leads
}

// snapshot is a tree as it is.
func snapshot(t *testing.T, root string) map[string]entry {
	t.Helper()
	out := map[string]entry{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		e := entry{mode: info.Mode(), time: info.ModTime().UnixNano()}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			e.bytes, err = os.Readlink(path)
		case info.Mode().IsRegular():
			var data []byte
			data, err = os.ReadFile(path)
			e.bytes = string(data)
		}
		out[path] = e
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// tree makes a folder of photos whose names clash, with sidecars, links of both kinds, and a folder
// to sort into in which some of the places are taken. It returns the photos.
func tree(t *testing.T, random *rand.Rand, root string) (photos []string) {
	t.Helper()
	for _, dir := range []string{"in/a", "in/b/deep", "in/\xff", "out/koala"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), []fs.FileMode{0o644, 0o600, 0o444}[random.IntN(3)]); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(1_500_000_000+random.Int64N(1e8), random.Int64N(1e9))
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{"1.jpg", "1.JPG", "2.jpg", "é.jpg", "e\u0301.jpg", "con.jpg", "\xfe\n.jpg", strings.Repeat("x", 250) + ".jpg"}
	for i, dir := range []string{"in", "in/a", "in/b", "in/b/deep", "in/\xff"} {
		for k, name := range names {
			if random.IntN(4) == 0 {
				continue
			}
			path := filepath.Join(root, dir, name)
			put(path, fmt.Sprintf("photo %d", (i+k)%7)) // some are the same to the byte
			photos = append(photos, path)
			if random.IntN(3) == 0 && len(name) < 200 {
				put(path+".xmp", "sidecar of "+path)
			}
		}
	}
	for i, to := range []string{photos[0], "nowhere", photos[len(photos)-1]} {
		link := filepath.Join(root, "in", fmt.Sprintf("link%d.jpg", i))
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		photos = append(photos, link)
	}
	hard := filepath.Join(root, "in", "hard.jpg")
	if err := os.Link(photos[1], hard); err != nil {
		t.Fatal(err)
	}
	photos = append(photos, hard)
	// What seems to have been sorted before, to the byte and the time.
	twin := filepath.Join(root, "out/koala", sorting.Safe(filepath.Base(photos[0]), ""))
	put(twin, string(must(os.ReadFile(photos[0]))))
	at := must(os.Stat(photos[0])).ModTime()
	if err := os.Chtimes(twin, at, at); err != nil {
		t.Fatal(err)
	}
	put(filepath.Join(root, "out/koala/2.jpg"), "another's")
	if random.IntN(2) == 0 {
		put(filepath.Join(root, "out/bear"), "a file where a folder is to be")
	}
	old := time.Unix(1_400_000_000, 123456789)
	for _, dir := range []string{"in/a", "in/b/deep", "in/b", "in/\xff", "in", "out/koala", "out"} {
		if err := os.Chtimes(filepath.Join(root, dir), old, old); err != nil {
			t.Fatal(err)
		}
	}
	return photos
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// plan places photos by two labels.
func plan(t *testing.T, root string, photos []string) []Step {
	t.Helper()
	template, err := sorting.Parse("{label}/{name}")
	if err != nil {
		t.Fatal(err)
	}
	p := Planner(OS{}, filepath.Join(root, "out"), template)
	var steps []Step
	for i, path := range photos {
		s, err := p.Place(sorting.Photo{Path: path, Label: []string{"koala", "bear"}[i%2]}, Beside(OS{}, path))
		if err != nil {
			t.Fatal(err)
		}
		step := Resolve(filepath.Join(root, "out"), s)
		step.Size = -1
		if info, err := os.Stat(path); err == nil {
			step.Size, step.Changed = info.Size(), info.ModTime()
		}
		steps = append(steps, step)
	}
	return steps
}

var errNoUndo = undo.ErrNoUndo // where undo is a path

// TestNothingIsLost sorts on disks that fail in every way, kills the program, and undoes it. After
// sorting, all bytes that were there are there, where they were or at their place, and nothing that
// was not to be sorted has changed; after the undo the tree is as it was, times and all.
func TestNothingIsLost(t *testing.T) {
	runs := 150
	if testing.Short() {
		runs = 40
	}
	base := t.TempDir()
	for seed := range runs {
		random := rand.New(rand.NewPCG(uint64(seed), 18))
		root := filepath.Join(base, fmt.Sprint(seed))
		photos := tree(t, random, root)
		steps := plan(t, root, photos)
		before := snapshot(t, root)
		gone := map[string]bool{}
		d := &flaky{random: random, left: -1, off: -1, apart: random.IntN(2) == 0, noLinks: random.IntN(4) == 0}
		switch random.IntN(6) {
		case 0:
			d.faults = 0.05
		case 1:
			d.left = random.Int64N(20_000)
		case 2:
			d.off = random.IntN(250)
		case 3:
			d.once = random.IntN(250)
		case 4:
			d.vanish = func() {
				if path := photos[random.IntN(len(photos))]; os.Remove(path) == nil {
					gone[path] = true
				}
			}
		}
		mode := []undo.Mode{Copy, Link, Move}[random.IntN(3)]
		undo := filepath.Join(base, fmt.Sprintf("undo-%d", seed))
		what := fmt.Sprintf("seed %d, %s, %+v", seed, mode, *d)
		told := map[string]bool{}
		func() {
			defer func() {
				if fault := recover(); fault != nil && fault != (killed{}) {
					panic(fault)
				}
			}()
			r, err := Do(t.Context(), Work{Disk: d, Mode: mode, Steps: steps, Undo: undo, Told: func(s Step, skipped string, err error) {
				if told[s.From] {
					t.Errorf("%s: %s is told twice", what, s.From)
				}
				told[s.From] = true
				if err == nil || strings.Contains(err.Error(), "taken back") || len(gone) > 0 {
					return
				}
				for _, one := range append([]Step{s}, s.Beside...) {
					if _, was := before[one.To]; !was && there(OS{}, one.To) && d.faults == 0 {
						t.Errorf("%s: %q failed (%v), and %q is there", what, s.From, err, one.To)
					}
				}
			}})
			if n := r.Placed + r.There + r.Failed + r.NotDone; n != len(steps) || len(told) != n-r.NotDone {
				t.Errorf("%s: of %d steps %+v were told, %d with a line (%v)", what, len(steps), r, len(told), err)
			}
			if r.NotDone > 0 && err == nil {
				t.Errorf("%s: %d steps were not done, without a word", what, r.NotDone)
			}
		}()
		checkInPlace(t, what, mode, steps, before, snapshot(t, root), gone)

		// The undo is killed half-way, sometimes, and called again.
		if there(OS{}, undo) {
			undoAll(t, what, undo, random)
		}
		after := snapshot(t, root)
		for path, e := range before {
			if !gone[path] && after[path] != e && !(e.mode.IsDir() && len(gone) > 0) {
				t.Errorf("%s: after the undo %q was %v and is %v", what, path, e, after[path])
			}
		}
		for path := range after {
			if _, was := before[path]; !was && len(gone) == 0 {
				t.Errorf("%s: after the undo %q is left", what, path)
			}
		}
		if t.Failed() {
			return
		}
	}
}

func undoAll(t *testing.T, what, undo string, random *rand.Rand) {
	t.Helper()
	d := &flaky{random: random, off: -1, left: -1}
	if random.IntN(3) == 0 {
		d.off = random.IntN(60)
	}
	for d != nil {
		func() {
			defer func() {
				if fault := recover(); fault != nil && fault != (killed{}) {
					panic(fault)
				}
			}()
			now := d
			d = &flaky{random: random, off: -1, left: -1}
			if _, err := Undo(t.Context(), now, undo, func(from, to string, err error) {}); err != nil && !errors.Is(err, errNoUndo) {
				t.Errorf("%s: the undo: %v", what, err)
			}
			d = nil
		}()
	}
}

// checkInPlace says what was lost or changed.
func checkInPlace(t *testing.T, what string, mode undo.Mode, steps []Step, before, now map[string]entry, gone map[string]bool) {
	t.Helper()
	to := map[string]string{}
	for _, s := range steps {
		to[s.From] = s.To
		for _, b := range s.Beside {
			to[b.From] = b.To
		}
	}
	for path, e := range before {
		if e.mode.IsDir() || gone[path] {
			continue
		}
		at, here := now[path]
		if here && at != e {
			t.Errorf("%s: %q was %v and is %v", what, path, e, at)
		}
		if here {
			continue
		}
		moved, placed := now[to[path]]
		if mode != Move || !placed || moved.bytes != e.bytes || moved.time != e.time || moved.mode != e.mode {
			t.Errorf("%s: %q, %v, is gone, and at %q is %v", what, path, e, to[path], moved)
		}
	}
}

// TestUndoAfterChanges: what people did since is kept.
func TestUndoAfterChanges(t *testing.T) {
	for _, mode := range []undo.Mode{Copy, Link, Move} {
		root := t.TempDir()
		var steps []Step
		for _, name := range []string{"same", "edited", "taken", "removed"} {
			path := filepath.Join(root, name)
			if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
				t.Fatal(err)
			}
			steps = append(steps, Step{From: path, To: filepath.Join(root, "out", name), Size: -1})
		}
		undo := filepath.Join(root, "undo")
		r, err := Do(t.Context(), Work{Disk: OS{}, Mode: mode, Steps: steps, Undo: undo, Told: func(s Step, _ string, err error) {
			if err != nil {
				t.Error(s, err)
			}
		}})
		if err != nil || r.Placed != 4 {
			t.Fatal(r, err)
		}
		write := func(text string, path ...string) { // as editors do, a new file in place of the old one
			path = append([]string{root}, path...)
			if err := errors.Join(os.WriteFile(filepath.Join(root, "new"), []byte(text), 0o644), os.Rename(filepath.Join(root, "new"), filepath.Join(path...))); err != nil {
				t.Fatal(err)
			}
		}
		write("edited by a person", "out", "edited")
		write("another photo", "taken")
		if err := os.Remove(filepath.Join(root, "out", "removed")); err != nil {
			t.Fatal(err)
		}
		left := map[string]string{}
		u, err := Undo(t.Context(), OS{}, undo, func(from, to string, err error) {
			if err != nil {
				left[filepath.Base(from)] = err.Error()
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for path, e := range snapshot(t, root) {
			if name, _ := filepath.Rel(root, path); !e.mode.IsDir() && name != "undo" {
				got[name] = e.bytes
			}
		}
		want := map[string]string{"same": "same", "taken": "another photo", "out/taken": "taken", "edited": "edited", "out/edited": "edited by a person", "removed": "removed"}
		leave := []string{"edited", "taken"}
		if mode == Move {
			want = map[string]string{"same": "same", "taken": "another photo", "out/taken": "taken", "edited": "edited by a person"}
			leave = []string{"removed", "taken"}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: there is %v, want %v", mode, got, want)
		}
		names := slices.Sorted(func(yield func(string) bool) {
			for name := range left {
				if !yield(name) {
					return
				}
			}
		})
		if !slices.Equal(names, leave) || u.Left != len(leave) {
			t.Errorf("%s: %v were left, want %q; %+v", mode, left, leave, u)
		}
	}
}

// TestTwoRunsAtOnce: of two runs that put photos at the same places each keeps its own, and both
// are taken back.
func TestTwoRunsAtOnce(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(18, seed))
		root, mode := t.TempDir(), []undo.Mode{Move, Copy}[seed%2]
		var runs [2][]Step
		for i, from := range []string{"x", "y"} {
			for k := range 40 {
				path := filepath.Join(root, from, fmt.Sprintf("%d.jpg", k))
				step := Step{From: path, To: filepath.Join(root, "out", "koala", fmt.Sprintf("%d.jpg", k)), Size: -1}
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(strings.Repeat(path, 5000)), 0o644)); err != nil {
					t.Fatal(err)
				}
				runs[i] = append(runs[i], step)
			}
			random.Shuffle(len(runs[i])/4, func(a, b int) { runs[i][a], runs[i][b] = runs[i][b], runs[i][a] })
		}
		before := contents(t, root)
		noLinks := random.IntN(2) == 0
		var working sync.WaitGroup
		for i := range runs {
			d := &flaky{random: rand.New(rand.NewPCG(seed, uint64(i))), left: -1, off: -1, apart: true, noLinks: noLinks}
			working.Go(func() {
				if _, err := Do(t.Context(), Work{Disk: d, Mode: mode, Steps: runs[i], Undo: filepath.Join(root, fmt.Sprint("undo", i)), Told: func(Step, string, error) {}}); err != nil {
					t.Error(err)
				}
			})
		}
		working.Wait()
		now := contents(t, root)
		for text := range before {
			if now[text] == 0 || mode == Move && now[text] != 1 {
				t.Errorf("seed %d, %s: %.60s… is there %d times", seed, mode, text, now[text])
			}
		}
		for text := range now {
			if before[text] == 0 {
				t.Errorf("seed %d, %s: %d bytes of %.60s… are nobody's", seed, mode, len(text), text)
			}
		}
		for i := range runs {
			if _, err := Undo(t.Context(), OS{}, filepath.Join(root, fmt.Sprint("undo", i)), func(_, _ string, err error) {
				if err != nil {
					t.Errorf("seed %d, %s: the undo: %v", seed, mode, err)
				}
			}); err != nil {
				t.Error(err)
			}
		}
		for _, steps := range runs {
			for _, s := range steps {
				if data, err := os.ReadFile(s.From); err != nil || string(data) != strings.Repeat(s.From, 5000) {
					t.Errorf("seed %d, %s: after the undo %s has %d bytes, %v", seed, mode, s.From, len(data), err)
				}
			}
		}
		if len(contents(t, root)) != len(before) {
			t.Errorf("seed %d, %s: after the undo there is more than before", seed, mode)
		}
		if t.Failed() {
			return
		}
	}
}

// contents counts files by what is in them, but for undo files.
func contents(t *testing.T, root string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for path, e := range snapshot(t, root) {
		if e.mode.IsRegular() && !strings.HasPrefix(filepath.Base(path), "undo") {
			out[e.bytes]++
		}
	}
	return out
}

// TestUndoWhileSorting: what a run is at work on is not taken back, and its files are not taken for
// left ones.
func TestUndoWhileSorting(t *testing.T) {
	root := t.TempDir()
	from, file := filepath.Join(root, "a.jpg"), filepath.Join(root, "undo")
	if err := os.WriteFile(from, []byte("photo"), 0o644); err != nil {
		t.Fatal(err)
	}
	steps := []Step{{From: from, To: filepath.Join(root, "out", "a.jpg"), Size: -1}, {From: from, To: filepath.Join(root, "out", "b.jpg"), Size: -1}}
	busy, err := (OS{}).Create(part(filepath.Join(root, "b.jpg")), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Release()
	defer busy.Close()
	steps[1].To = filepath.Join(root, "b.jpg")
	r, err := Do(t.Context(), Work{Disk: OS{}, Mode: Copy, Steps: steps, Undo: file, Told: func(s Step, _ string, err error) {
		if s.To == steps[1].To && !errors.Is(err, whole.ErrHeld) {
			t.Errorf("a file that another run is writing: %v", err)
		}
		if _, err := Undo(t.Context(), OS{}, file, func(string, string, error) {}); !errors.Is(err, whole.ErrHeld) {
			t.Errorf("an undo meanwhile: %v", err)
		}
	}})
	if err != nil || r.Placed != 1 || r.Failed != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if u, err := Undo(t.Context(), OS{}, file, func(string, string, error) {}); err != nil || u.Back != 1 {
		t.Errorf("%+v, %v", u, err)
	}
}

// TestEnded: the end of the context ends the work between two files.
func TestEnded(t *testing.T) {
	root := t.TempDir()
	photos := tree(t, rand.New(rand.NewPCG(1, 2)), root)
	ctx, end := context.WithCancel(t.Context())
	n := 0
	r, err := Do(ctx, Work{Disk: OS{}, Mode: Copy, Steps: plan(t, root, photos), Undo: filepath.Join(root, "undo"), Told: func(Step, string, error) {
		if n++; n == 3 {
			end()
		}
	}})
	if !errors.Is(err, context.Canceled) || r.NotDone != len(photos)-3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestUndoOfThePage takes back what the page did, whose paths lead from the folder that the undo
// file is in.
func TestUndoOfThePage(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "sorted", "koala"), 0o755); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 5, 7, 12, 0, 0, 0, time.UTC)
	for _, path := range []string{"sorted/koala/1.jpg", "2.jpg"} {
		if err := errors.Join(os.WriteFile(filepath.Join(root, path), []byte(path), 0o644), os.Chtimes(filepath.Join(root, path), at, at)); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := undo.Encode(undo.Begin(Move, "2024-05-07T12:00:00Z"), undo.Line{Made: "sorted"}, undo.Line{Made: "sorted/koala"},
		undo.Line{From: "a/1.jpg", To: "sorted/koala/1.jpg", Size: 18, Time: at.UnixNano(), ID: 1}, undo.Line{Done: 1},
		undo.Line{From: "2.jpg", To: "sorted/koala/2.jpg", Size: 5, Time: at.UnixNano(), ID: 2})
	file := filepath.Join(root, "undo.jsonl")
	if err := errors.Join(err, os.WriteFile(file, lines, 0o644)); err != nil {
		t.Fatal(err)
	}
	if u, err := Undo(t.Context(), OS{}, file, func(from, to string, err error) { t.Logf("%s, %s: %v", from, to, err) }); err != nil || u != (Undone{Back: 1, Before: 1}) {
		t.Errorf("%+v, %v", u, err)
	}
	now := snapshot(t, root)
	if len(now) != 5 || now[filepath.Join(root, "a", "1.jpg")].bytes != "sorted/koala/1.jpg" || now[filepath.Join(root, "2.jpg")].bytes != "2.jpg" {
		t.Errorf("the folder has %v", now)
	}
}
