package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

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
}

// decode reads photos on several threads and gives them out in their order. At
// most so many are in memory at once as there are threads, and one more.
func decode(files []photoFile, threads int) iter.Seq[decoded] {
	return func(yield func(decoded) bool) {
		done := make(chan struct{})
		defer close(done)
		queue := make(chan chan decoded, max(threads-1, 0))
		go func() {
			defer close(queue)
			for _, f := range files {
				one := make(chan decoded, 1)
				select {
				case queue <- one:
					go func() { one <- decodeOne(f) }()
				case <-done:
					return
				}
			}
		}()
		for one := range queue {
			if !yield(<-one) {
				return
			}
		}
	}
}

func decodeOne(f photoFile) decoded {
	d := decoded{photoFile: f}
	if d.err != nil {
		return d
	}
	start := time.Now()
	var data []byte
	if data, d.err = readPhoto(f.path); d.err == nil {
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
