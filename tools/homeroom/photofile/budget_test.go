package photofile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"homeroom/core/photo"
)

// Photos in work never take more than there is, and each gets its turn.
func TestOneBudgetOfMemory(t *testing.T) {
	var blank bytes.Buffer
	if err := png.Encode(&blank, image.NewGray(image.Rect(0, 0, 1000, 1000))); err != nil {
		t.Fatal(err)
	}
	each := photo.Memory(blank.Bytes())
	if each < 3e6 || each > 16e6 {
		t.Fatalf("a picture of a million pixels is said to take %d bytes", each)
	}
	folder := t.TempDir()
	var files []File
	for i := range 40 {
		path := filepath.Join(folder, string(rune('a'+i))+".png")
		if err := os.WriteFile(path, blank.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, File{Path: path})
	}
	files[7].Path = filepath.Join(folder, "gone")
	var mu sync.Mutex
	now, most := int64(0), int64(0)
	memory := NewBudget(leastMemory)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			release := memory.Take(blank.Bytes())
			mu.Lock()
			now += each
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Millisecond)
			mu.Lock()
			now -= each
			mu.Unlock()
			release()
		})
	}
	all.Wait()
	if most > leastMemory {
		t.Errorf("%d bytes were taken at once of %d", most, leastMemory)
	}
	i := 0
	for d := range Decode(files, 16, each, func(file []byte) (*photo.Photo, error) { return photo.Decode(file, photo.Limits{}) }) {
		if d.Path != files[i].Path || (d.Err != nil) != (i == 7) {
			t.Errorf("photo %d is %s, %v", i, d.Path, d.Err)
		}
		i++
	}
	if i != len(files) {
		t.Errorf("%d photos came", i)
	}
}

// TestReadingWaitsForMemory: files are not read before there is room for their bytes, also those of
// archives, and what fails gives it back.
func TestReadingWaitsForMemory(t *testing.T) {
	dir := t.TempDir()
	const each = 10 << 20 // of which one fits into a quarter of leastMemory
	data := make([]byte, each)
	paths := []string{filepath.Join(dir, "a.jpg"), filepath.Join(dir, "b.jpg")}
	var inZip, inTar bytes.Buffer
	z, gz := zip.NewWriter(&inZip), gzip.NewWriter(&inTar)
	tarred := tar.NewWriter(gz)
	for i, name := range []string{"c.jpg", "d.jpg"} {
		if err := os.WriteFile(paths[i], data, 0o644); err != nil {
			t.Fatal(err)
		}
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		if err == nil {
			err = tarred.WriteHeader(&tar.Header{Name: name, Size: each, Mode: 0o644})
		}
		if err == nil {
			_, err = tarred.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), tarred.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"z.zip": inZip.Bytes(), "t.tgz": inTar.Bytes()} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	o := &Sources{Archives: true}
	defer o.Close()
	found, _ := o.Find(append(paths, filepath.Join(dir, "gone.jpg")))
	if len(found) != 7 {
		t.Fatalf("found %v", found)
	}
	memory := NewBudget(leastMemory)
	var mu sync.Mutex
	held, most, asked := int64(0), int64(0), 0
	var all sync.WaitGroup
	for i := range found {
		f := &found[i]
		take := func(n int64) func() {
			release := memory.Read(n)
			mu.Lock()
			defer mu.Unlock()
			asked++
			held += n
			most = max(most, held)
			return func() {
				mu.Lock()
				held -= n
				mu.Unlock()
				release()
			}
		}
		f.Load(take)
		all.Go(func() {
			data, release, err := f.ReadWithin(take)
			defer release()
			if gone := filepath.Base(f.Path) == "gone.jpg"; gone != (err != nil) || !gone && len(data) != each {
				t.Errorf("%s: %d bytes, %v", f.Path, len(data), err)
			}
		})
	}
	all.Wait()
	if held != 0 || most != each || asked != len(found) {
		t.Errorf("%d bytes are held in the end, %d at most; it was asked for %d times", held, most, asked)
	}
	for _, f := range found[:6] { // what was read can be read again
		if data, err := f.Read(); err != nil || len(data) != each {
			t.Errorf("again, %s: %d bytes, %v", f.Path, len(data), err)
		}
	}
}

// TestLongerThanItsArchiveSays: no more of a file is read than its archive says it has.
func TestLongerThanItsArchiveSays(t *testing.T) {
	var data bytes.Buffer
	z := zip.NewWriter(&data)
	w, err := z.Create("a.jpg")
	if err == nil {
		_, err = w.Write(make([]byte, 1<<20))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(data.Bytes()), int64(data.Len()))
	if err != nil {
		t.Fatal(err)
	}
	r.File[0].UncompressedSize64 = 1000
	f := File{Path: "a.jpg", in: zipped{r.File[0]}}
	if data, err := f.Read(); err == nil || len(data) > 1001 {
		t.Errorf("%d bytes are read, %v", len(data), err)
	}
}
