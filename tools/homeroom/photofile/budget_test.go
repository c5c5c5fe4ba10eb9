package photofile

import (
	"bytes"
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
