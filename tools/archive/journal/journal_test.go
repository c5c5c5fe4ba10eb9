package journal

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestKeeps has answers that are there after the journal was closed, each by its photo and namer.
func TestKeeps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd? #%20name.journal")
	now := time.Now()
	file := File{"a\xff\n.jpg", 12, now}
	key := Key{[32]byte{1, 2}, "lite0@224"}
	j := open(t, path)
	if _, ok := j.Answer(key); ok {
		t.Error("it has an answer from the beginning")
	}
	if err := errors.Join(j.Add(key, `{"results":[{"label":"koala","score":0.5}]}`, &file), j.Close()); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	defer j.Close()
	if a, ok := j.Answer(key); !ok || !strings.Contains(a, "koala") {
		t.Errorf("the answer is %q", a)
	}
	if _, ok := j.Answer(Key{key.Sum, "lite2@260"}); ok {
		t.Error("another network's answer is given")
	}
	if sum, ok := j.Sum(file); !ok || sum != key.Sum {
		t.Error("the file is not known")
	}
	for _, other := range []File{{file.Path, 13, now}, {file.Path, 12, now.Add(1)}, {"b", 12, now}} {
		if _, ok := j.Sum(other); ok {
			t.Errorf("%v is known", other)
		}
	}
	var label string
	if err := j.db.QueryRow("SELECT label FROM photos").Scan(&label); err != nil || label != "koala" {
		t.Errorf("the view says %q, %v", label, err)
	}
}

// TestSeen keeps what was seen of photos, and takes nothing for it that is not.
func TestSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.journal")
	j := open(t, path)
	one := Seen{Width: 30, Height: 20, Taken: -5, Perceptual: 1 << 63, Features: []float32{0, -1.5, 3e30}}
	none := Seen{Error: "it is no picture"}
	key, other := Key{[32]byte{1}, "lite0@224"}, Key{[32]byte{2}, "lite0@224"}
	file := File{"a.jpg", 12, time.Now()}
	if err := errors.Join(j.AddSeen(key, &one, &file), j.AddSeen(other, &none, nil), j.Close()); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	defer j.Close()
	if s, ok := j.Seen(key, 3); !ok || !reflect.DeepEqual(s, one) {
		t.Errorf("%+v came back as %+v", one, s)
	}
	if s, ok := j.Seen(other, 3); !ok || !reflect.DeepEqual(s, none) {
		t.Errorf("%+v came back as %+v", none, s)
	}
	for _, k := range []Key{{key.Sum, "lite2@260"}, {[32]byte{3}, key.Namer}} {
		if _, ok := j.Seen(k, 3); ok {
			t.Errorf("%v was never seen", k)
		}
	}
	if _, ok := j.Seen(key, 4); ok {
		t.Error("three features are taken for four")
	}
	if sum, ok := j.Sum(file); !ok || sum != key.Sum {
		t.Error("the file is not known")
	}
}

// FuzzSeen reads any bytes in place of what was seen: what is taken is written the same again.
func FuzzSeen(f *testing.F) {
	one := Seen{Width: 30, Height: 20, Taken: 1, Perceptual: 2, Features: []float32{1, 2}}
	f.Add(one.encode())
	f.Add((&Seen{Error: "none"}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Seen
		if !s.decode(b, 2) {
			return
		}
		var again Seen
		if !again.decode(s.encode(), 2) || !reflect.DeepEqual(s, again) {
			t.Fatalf("%+v comes back as %+v", s, again)
		}
	})
}

// TestOneRun: a second run is told of the first, and has the journal after it.
func TestOneRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.journal")
	j := open(t, path)
	if _, err := Open(path); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("a second run is told %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
}

// TestOthers has files that are no journals, and stay as they are.
func TestOthers(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.db")
	db, err := sql.Open("sqlite", other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE mine (a)"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	text := filepath.Join(dir, "list.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("milk, eggs\n", 200)), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{other: "another program", text: "no journal", dir: "is no file", filepath.Join(dir, "no", "where"): "can't be made"} {
		before, _ := os.ReadFile(path)
		j, err := Open(path)
		if err == nil {
			j.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%s was changed", path)
		}
	}
}

// TestKilled ends a process in the middle of writing, ten times: what it said was written is there,
// and the next run is not kept out.
func TestKilled(t *testing.T) {
	if path := os.Getenv("JOURNAL_TO_WRITE"); path != "" {
		j := open(t, path)
		for i := 0; ; i++ {
			key := Key{[32]byte{byte(i), byte(i >> 8), byte(i >> 16)}, os.Getenv("JOURNAL_NAMER")}
			if err := errors.Join(j.Add(key, fmt.Sprintf(`{"n":%d}`, i), nil), j.Flush()); err != nil {
				t.Fatal(err)
			}
			fmt.Println(i)
		}
	}
	path := filepath.Join(t.TempDir(), "a.journal")
	for run := range 10 {
		c := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
		namer := fmt.Sprint("namer ", run)
		c.Env = append(os.Environ(), "JOURNAL_TO_WRITE="+path, "JOURNAL_NAMER="+namer)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		last := -1
		for n := 0; n < 5+7*run; n++ {
			if _, err := fmt.Fscanln(out, &last); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // it was killed
		j := open(t, path)
		for i := range last + 1 {
			if _, ok := j.Answer(Key{[32]byte{byte(i), byte(i >> 8), byte(i >> 16)}, namer}); !ok {
				t.Fatalf("run %d: of %d answers, the one of %d is gone", run, last+1, i)
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzOpen opens any file as a journal: it is one and takes answers, or is told to be none and
// stays as it is.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "a.journal")
	j, err := Open(path)
	if err == nil {
		err = errors.Join(j.Add(Key{[32]byte{1}, "lite0@224"}, `{"results":[]}`, &File{"a.jpg", 1, time.Unix(1, 0)}), j.Close())
	}
	whole, fault := os.ReadFile(path)
	if err := errors.Join(err, fault); err != nil {
		f.Fatal(err)
	}
	f.Add(whole[:100], uint16(0))
	f.Add([]byte("milk, eggs"), uint16(3))
	for at := uint16(0); int(at) < len(whole); at += 997 {
		f.Add([]byte{0xff, 0, 1}, at)
	}
	f.Fuzz(func(t *testing.T, patch []byte, at uint16) {
		// A whole journal is changed in a place, or there is the patch alone.
		data := append([]byte(nil), whole...)
		if at == 0 {
			data = patch
		} else {
			copy(data[min(int(at), len(data)):], patch)
		}
		path := filepath.Join(t.TempDir(), "a.journal")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		j, err := Open(path)
		if err != nil {
			now, fault := os.ReadFile(path)
			if fault != nil || len(now) < len(data) {
				t.Fatalf("a journal of %d bytes that can't be opened (%v) has %d then, %v", len(data), err, len(now), fault)
			}
			return
		}
		key := Key{[32]byte{2}, "lite0@224"}
		j.Answer(Key{[32]byte{1}, "lite0@224"})
		j.Seen(key, 2)
		j.Sum(File{"a.jpg", 1, time.Unix(1, 0)})
		if err := errors.Join(j.Add(key, `{"results":[]}`, nil), j.Flush()); err == nil {
			if _, ok := j.Answer(key); !ok && j.Flush() == nil {
				t.Fatal("an answer that was written is not there, and nothing is said")
			}
		}
		_ = j.Close() // which may say that the database is damaged
	})
}
