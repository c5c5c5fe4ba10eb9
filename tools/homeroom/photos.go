package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/semaphore"

	"homeroom/core/intake"
	"homeroom/core/photo"
)

// A photoFile is a photo to read, or what was wrong with a path.
type photoFile struct {
	path string
	err  error
	in   *zip.File // where it lies in a zip
}

// read reads the file as far as the decoder would take it.
func (f *photoFile) read() ([]byte, error) {
	if f.in != nil {
		return readArchived(f.in, int64(photo.DefaultLimits.Bytes)+1)
	}
	return readPhoto(f.path)
}

// changed is when the file was last changed, in milliseconds since 1970, 0 where that is not known.
func (f *photoFile) changed() int64 {
	if f.in != nil {
		return max(f.in.Modified.UnixMilli(), 0)
	}
	if info, err := os.Stat(f.path); err == nil {
		return info.ModTime().UnixMilli()
	}
	return 0
}

// findPhotos lists the files among paths, and for each folder the photos in it and in the folders
// under it, in the order of their names. A file that is named itself is tried whatever it is; of
// those in folders, what is no picture by its content is left out, and counted. Links are followed,
// to each folder once.
func findPhotos(paths []string) ([]photoFile, intake.LeftOut) {
	var s search
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			s.found = append(s.found, photoFile{path: path, err: err})
			continue
		}
		if !info.IsDir() {
			s.found = append(s.found, photoFile{path: path}) // what can't be read is said by whoever reads it
			continue
		}
		before, left := len(s.found), s.left.Files()
		s.been = map[string]bool{}
		s.folder(path)
		if len(s.found) == before {
			err := errors.New("the folder has no photos in it")
			if n := s.left.Files() - left; n > 0 {
				err = fmt.Errorf("the folder has no photos in it, only other files (%d)", n)
			}
			s.found = append(s.found, photoFile{path: path, err: err})
		}
	}
	return s.found, s.left
}

// A search goes through folders.
type search struct {
	found []photoFile
	left  intake.LeftOut
	been  map[string]bool // folders, by where they really are
}

// folder takes what is in a folder.
func (s *search) folder(path string) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		s.found = append(s.found, photoFile{path: path, err: err})
		return
	}
	if real, err = filepath.Abs(real); err == nil && s.been[real] {
		return
	}
	s.been[real] = true
	entries, err := os.ReadDir(path)
	if err != nil {
		s.found = append(s.found, photoFile{path: path, err: err})
		return
	}
	for _, e := range entries {
		s.entry(filepath.Join(path, e.Name()), e.Name())
	}
}

// entry takes one of the things in a folder.
func (s *search) entry(path, name string) {
	if intake.PassedOver(name) {
		s.left.Hidden(name)
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		s.found = append(s.found, photoFile{path: path, err: err})
	case info.IsDir():
		s.folder(path)
	case intake.CalledPhoto(name):
		s.found = append(s.found, photoFile{path: path, err: regular(info)})
	case regular(info) != nil:
		s.left.File(photo.Kind{Format: "pipe or device"})
	default:
		head, err := readHead(path)
		if kind := photo.KindOf(head); err == nil && !kind.Picture {
			s.left.File(kind)
		} else {
			s.found = append(s.found, photoFile{path: path, err: err})
		}
	}
}

// regular says why something that is there is no file to read: a pipe could be waited for for ever.
func regular(info fs.FileInfo) error {
	what := ""
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		what = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		what = "a pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	default:
		what = "something else"
	}
	return fmt.Errorf("it is %s and not a file, so it is not read; save the photo to a file", what)
}

// readHead reads as much of a file as tells what it is.
func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, photo.KindBytes)
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// sayLeftOut tells once what was found beside photos.
func sayLeftOut(con *console, left intake.LeftOut) {
	if text := left.String(); text != "" {
		fmt.Fprintf(con.err, "homeroom: left out: %s\n", text)
	}
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

// decode reads photos by read on several threads and gives them out in their order. At most so many
// are in memory at once as there are threads, and one more, and as fit into so many bytes.
func decode(files []photoFile, threads int, bytes int64, read func(file []byte) (*photo.Photo, error)) iter.Seq[decoded] {
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
						}, read)
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

// decodeOne reads a photo. take is called once, with what was read, before memory for the picture
// is taken; what it returns is to be called once the photo is not needed any more.
func decodeOne(f photoFile, take func(data []byte) (release func()), read func(file []byte) (*photo.Photo, error)) decoded {
	d := decoded{photoFile: f}
	start := time.Now()
	var data []byte
	if d.err == nil {
		data, d.err = f.read()
	}
	waiting := time.Now()
	d.release = take(data)
	start = start.Add(time.Since(waiting)) // which is no time of the photo's
	if d.err == nil {
		d.photo, d.err = read(data)
	}
	d.ms = ms(time.Since(start))
	return d
}

// readPhoto reads a file as far as the decoder would take it: it may be longer
// than memory.
func readPhoto(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := regular(info); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	most := int64(photo.DefaultLimits.Bytes) + 1
	var data bytes.Buffer
	data.Grow(int(min(info.Size(), most)) + bytes.MinRead) // else a large file is in memory twice while it is read
	_, err = data.ReadFrom(io.LimitReader(f, most))
	return data.Bytes(), err
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
