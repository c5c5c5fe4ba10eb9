package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"homeroom/core/photo"
)

// A photoFile is a photo to read, or what was wrong with a path.
type photoFile struct {
	path string
	err  error
}

// extensions are the names by which photos in a folder are known. A file that
// is named itself is tried whatever it is called.
var extensions = map[string]bool{".jpg": true, ".jpeg": true, ".jpe": true, ".png": true, ".gif": true, ".webp": true, ".bmp": true}

// findPhotos lists the files among paths, and for each folder the photos in it
// and the folders under it, in the order of their names. Hidden files in
// folders are passed over: some systems put such beside each photo.
func findPhotos(paths []string) []photoFile {
	var out []photoFile
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			out = append(out, photoFile{path, err})
			continue
		}
		if !info.IsDir() {
			out = append(out, photoFile{path, nil})
			continue
		}
		before := len(out)
		filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			hidden := p != path && strings.HasPrefix(d.Name(), ".")
			switch {
			case err != nil:
				out = append(out, photoFile{p, err})
			case hidden && d.IsDir():
				return fs.SkipDir
			case !hidden && !d.IsDir() && extensions[strings.ToLower(filepath.Ext(p))]:
				out = append(out, photoFile{p, nil})
			}
			return nil
		})
		if len(out) == before {
			out = append(out, photoFile{path, errors.New("the folder has no photos in it")})
		}
	}
	return out
}

// decoded is a photo on its way to the network.
type decoded struct {
	photoFile
	photo *photo.Photo
	ms    float64 // that reading and decoding took

	release func() // gives back the photo's memory
}

// A budget is memory that photos share. One that takes more than there is waits for all of it.
type budget struct {
	free *semaphore.Weighted
	all  int64
}

// leastMemory is there for photos whatever the network takes, in bytes.
const leastMemory = 64 << 20

func newBudget(bytes int64) *budget {
	bytes = max(bytes, leastMemory)
	return &budget{semaphore.NewWeighted(bytes), bytes}
}

// take waits for what decoding a file takes, and returns what gives it back.
func (b *budget) take(data []byte) (release func()) {
	n := min(photo.Memory(data)+int64(len(data)), b.all)
	b.free.Acquire(context.Background(), n) // never fails without an end of the context
	return func() { b.free.Release(n) }
}

// decode reads photos on several threads and gives them out in their order. At most so many are in
// memory at once as there are threads, and one more, and as fit into so many bytes.
func decode(files []photoFile, threads int, bytes int64) iter.Seq[decoded] {
	return func(yield func(decoded) bool) {
		done := make(chan struct{})
		defer close(done)
		queue := make(chan chan decoded, max(threads-1, 0))
		memory := newBudget(bytes)
		go func() {
			defer close(queue)
			// Memory is taken in the order of the photos, or a later one could hold what an earlier
			// one, for which all wait, is in need of.
			turn := make(chan struct{})
			close(turn)
			for _, f := range files {
				one, mine, next := make(chan decoded, 1), turn, make(chan struct{})
				turn = next
				select {
				case queue <- one:
					go func() {
						one <- decodeOne(f, func(data []byte) func() {
							<-mine
							defer close(next)
							return memory.take(data)
						})
					}()
				case <-done:
					return
				}
			}
		}()
		for one := range queue {
			d := <-one
			goOn := yield(d)
			d.release()
			if !goOn {
				return
			}
		}
	}
}

// decodeOne reads a photo. take is called once, with what was read, before memory for the picture is
// taken; what it returns is to be called once the photo is not needed any more.
func decodeOne(f photoFile, take func(data []byte) (release func())) decoded {
	d := decoded{photoFile: f}
	start := time.Now()
	var data []byte
	if d.err == nil {
		data, d.err = readPhoto(f.path)
	}
	waiting := time.Now()
	d.release = take(data)
	start = start.Add(time.Since(waiting)) // which is no time of the photo's
	if d.err == nil {
		d.photo, d.err = photo.Decode(data, photo.Limits{})
	}
	d.ms = ms(time.Since(start))
	return d
}

// readPhoto reads a file as far as the decoder would take it: it may be longer
// than memory, or have no end.
func readPhoto(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(photo.DefaultLimits.Bytes)+1))
}

// plain is an error's text without the path that is printed beside it.
func plain(path string, err error) string {
	var p *fs.PathError
	if errors.As(err, &p) && p.Path == path {
		if errors.Is(p.Err, fs.ErrNotExist) {
			return "there is no such file"
		}
		return fmt.Sprintf("the file can't be read (%v)", p.Err)
	}
	return err.Error()
}
