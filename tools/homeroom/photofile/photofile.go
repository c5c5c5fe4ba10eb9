// Package photofile finds photos in folders and archives, and reads them.
package photofile

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sync/semaphore"

	"homeroom/core/intake"
	"homeroom/core/photo"
	"homeroom/tools/archive/journal"
	"homeroom/tools/homeroom/console"
)

// A File is a photo to read, or what was wrong with a path.
type File struct {
	Path string
	Err  error
	// Link is the linked folder that the path leads through, "" for none.
	Link string
	in   packed // where it lies in an archive, else nil
}

// packed is a file in an archive.
type packed interface {
	open() (io.ReadCloser, error)
	changed() time.Time
	// size is how many bytes open gives by what the archive says, below 0 where it says nothing.
	size() int64
}

// Remote is a file that is read otherwise than from a disk of this machine.
func Remote(path string, open func() (io.ReadCloser, error)) File {
	return File{Path: path, in: remote{open}}
}

type remote struct{ from func() (io.ReadCloser, error) }

func (r remote) open() (io.ReadCloser, error) { return r.from() }
func (r remote) changed() time.Time           { return time.Time{} }
func (r remote) size() int64                  { return -1 }

// most is how far a file is read: as the decoder would take it.
var most = int64(photo.DefaultLimits.Bytes) + 1

// Read reads the file as far as the decoder would take it.
func (f *File) Read() ([]byte, error) {
	data, _, err := f.ReadWithin(nothing)
	return data, err
}

func nothing(int64) func() { return func() {} }

// ReadWithin is Read of a file for whose bytes there has to be room first: take is called once,
// with how many they are, and waits for it. What it returned is to be called when they are not
// needed any more.
func (f *File) ReadWithin(take func(bytes int64) (release func())) (data []byte, release func(), err error) {
	switch in := f.in.(type) {
	case nil:
		return read(f.Path, take)
	case *streamed:
		in.load(take)
		data, release = in.data, in.release
		*in = streamed{from: in.from, index: in.index, bytes: in.bytes, time: in.time}
		return data, release, in.err
	default:
		release = take(min(max(in.size(), 0), most))
		data, err = readPacked(in, most)
		return data, release, err
	}
}

// Load makes ready for ReadWithin what has to be read in the order of the files. It takes room as
// that does, in its place.
func (f *File) Load(take func(bytes int64) (release func())) {
	if in, is := f.in.(*streamed); is {
		in.load(take)
	}
}

// Packed tells whether the file lies in an archive, so that there is no file of its own.
func (f *File) Packed() bool { return f.in != nil }

// Stat is what the system says of the file; of one in an archive it says nothing.
func (f *File) Stat() (fs.FileInfo, error) {
	if f.in != nil {
		return nil, fs.ErrNotExist
	}
	return os.Stat(f.Path)
}

// Changed is when the file was last changed, in milliseconds since 1970, 0 where that is not known.
func (f *File) Changed() int64 {
	if f.in != nil {
		return max(f.in.changed().UnixMilli(), 0)
	}
	if info, err := os.Stat(f.Path); err == nil {
		return info.ModTime().UnixMilli()
	}
	return 0
}

// Place is how the file is found now, as a journal keeps it; nil of one in an archive, and of one
// that is not there.
func (f *File) Place() *journal.File {
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	path, err := filepath.Abs(f.Path)
	if err != nil {
		return nil
	}
	return &journal.File{Path: path, Size: info.Size(), Changed: info.ModTime()}
}

// Same tells whether two paths are of one file.
func Same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Sources say how photos are found.
type Sources struct {
	Flat  bool      // folders stand for what is right in them, not below
	Input io.Reader // that the path "-" stands for the paths in; nil where "-" is a file
	NUL   bool      // paths in Input end with a zero byte and not with a line
	// Archives has the photos in zip and tar archives taken one by one. The files that it opens are
	// closed by Close.
	Archives bool
	Within   bool // archives that lie in folders, too

	opened []io.Closer
}

// Close closes the archives.
func (o *Sources) Close() error {
	var all []error
	for _, c := range o.opened {
		all = append(all, c.Close())
	}
	return errors.Join(all...)
}

// Find lists the files among paths, and for each folder the photos in it and in the folders under
// it, in the order of their names. A file that is named itself is tried whatever it is; of those in
// folders, what is no picture by its content is left out, and counted. Links are followed, to each
// folder once, after all that lies in the folder itself.
func Find(paths []string) ([]File, intake.LeftOut) { return new(Sources).Find(paths) }

// Find is [Find] in more ways: a pattern such as "2024/**/*.jpg" stands for what it matches.
func (o *Sources) Find(paths []string) ([]File, intake.LeftOut) {
	s := search{sources: o}
	for _, path := range paths {
		if path == "-" && o.Input != nil {
			s.listed()
			continue
		}
		s.named(path)
	}
	return s.found, s.left
}

// named takes a path that was given.
func (s *search) named(path string) {
	info, err := os.Stat(path)
	if err == nil {
		path = unclean(path, info)
	}
	switch {
	case err != nil && errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path, "*?[{"):
		s.pattern(path, err)
	case err != nil:
		s.found = append(s.found, File{Path: path, Err: err})
	case info.IsDir():
		before, left := len(s.found), s.left.Files()
		s.been, s.chain, s.through = map[string]string{}, nil, linkIn(path, true)
		s.folder(path)
		s.followLinks()
		if len(s.found) == before && !s.refused {
			err := errors.New("the folder has no photos in it")
			if n := s.left.Files() - left; n > 0 {
				err = fmt.Errorf("the folder has no photos in it, only other files (%d)", n)
			}
			s.found = append(s.found, File{Path: path, Err: err})
		}
	case s.sources.Archives && info.Mode().IsRegular() && s.archive(path):
	default:
		s.found = append(s.found, File{Path: path, Link: linkIn(filepath.Dir(path), false)}) // what can't be read is said by whoever reads it
	}
}

// unclean is a path that may be joined with others: the name of no other file where its .. is taken
// away with the folder before it, which may be a link.
func unclean(path string, is fs.FileInfo) string {
	if at, err := os.Stat(filepath.Clean(path)); err == nil && os.SameFile(at, is) {
		return path
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// linkIn is the linked folder that the path of a folder leads through, "" for none. Links right
// below the root are the system's, as /tmp is one on a Mac, unless the folder was named so itself.
func linkIn(dir string, named bool) string {
	above := filepath.Dir(dir)
	if above == dir || !named && filepath.IsAbs(dir) && above == filepath.Dir(above) {
		return ""
	}
	if link := linkIn(above, false); link != "" {
		return link
	}
	if at, err := os.Lstat(dir); err != nil || at.IsDir() {
		return ""
	}
	return dir
}

// followLinks goes through the folders that links in the one that was named lead to.
func (s *search) followLinks() {
	for len(s.links) > 0 {
		next := s.links[0]
		s.links = s.links[1:]
		s.chain, s.through = next.chain, cmp.Or(next.link, next.path)
		s.folder(next.path)
	}
}

// pattern takes what a pattern matches, which shells do before, but for those of Windows. As in
// shells, ** goes into no folder that is a link: two links in circles would have more paths than
// end.
func (s *search) pattern(pattern string, none error) {
	var options []doublestar.GlobOption
	if strings.Contains(pattern, "**") {
		options = append(options, doublestar.WithNoFollow())
	}
	base, below := doublestar.SplitPattern(filepath.ToSlash(filepath.Clean(pattern)))
	before := len(s.found)
	tree := &tree{base: filepath.FromSlash(base), failed: func(path string, err error) {
		s.found = append(s.found, File{Path: path, Err: err})
	}}
	matches, err := doublestar.Glob(tree, below, options...)
	switch {
	case err != nil:
		s.found = append(s.found, File{Path: pattern, Err: none})
	case len(matches) == 0 && len(s.found) == before:
		s.found = append(s.found, File{Path: pattern, Err: errors.New("there is no such file, and as a pattern it matches none")})
	}
	for _, match := range matches {
		path := tree.path(match)
		if _, err := os.Lstat(path); err != nil { // it would be taken for a pattern again
			s.found = append(s.found, File{Path: path, Err: err})
			continue
		}
		s.named(path)
	}
}

// tree is what a pattern is looked for in. Unlike [os.DirFS] it has names that are not UTF-8, too,
// and it says which folders can't be read.
type tree struct {
	base   string
	told   map[string]bool
	failed func(path string, err error)
}

func (t *tree) path(name string) string { return filepath.Join(t.base, filepath.FromSlash(name)) }

func (t *tree) Open(name string) (fs.File, error)     { return os.Open(t.path(name)) }
func (t *tree) Stat(name string) (fs.FileInfo, error) { return os.Stat(t.path(name)) }
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	path := t.path(name)
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) && !t.told[path] {
		if t.told == nil {
			t.told = map[string]bool{}
		}
		t.told[path] = true
		t.failed(path, unreadable(err))
	}
	return entries, err
}

// longestPath is the most bytes of a path that is read from a list.
const longestPath = 1 << 20

// listed takes the paths that are listed in the input.
func (s *search) listed() {
	lines := bufio.NewScanner(s.sources.Input)
	lines.Buffer(nil, longestPath)
	if s.sources.NUL {
		lines.Split(func(data []byte, end bool) (int, []byte, error) {
			if i := bytes.IndexByte(data, 0); i >= 0 {
				return i + 1, data[:i], nil
			}
			if end && len(data) > 0 {
				return len(data), data, nil
			}
			return 0, nil, nil
		})
	}
	for lines.Scan() {
		if path := lines.Text(); path != "" {
			s.named(path)
		}
	}
	if err := lines.Err(); err != nil {
		s.found = append(s.found, File{Path: "-", Err: fmt.Errorf("the list of paths can't be read on: %w", err)})
	}
}

// A search goes through folders.
type search struct {
	sources *Sources
	found   []File
	left    intake.LeftOut
	been    map[string]string // folders, by where they really are: the paths that they were read by
	chain   []string          // those that are being gone through, from the one that was named
	through string            // as [File.Link], of what is in the folder that is gone through
	links   []linked          // to go through after it

	classes *classFolders // where it reads one class of several, else nil
	class   string
	refused bool // a folder whose photos are another class's
}

// linked is a link to a folder.
type linked struct {
	path, link string
	chain      []string
}

// folder takes what is in a folder.
func (s *search) folder(path string) {
	real, err := realPath(path)
	if err != nil {
		s.found = append(s.found, File{Path: path, Err: err})
		return
	}
	if first, been := s.been[real]; been {
		switch {
		case s.classes != nil: // which says what is not taken
		case slices.Contains(s.chain, real):
			s.found = append(s.found, File{Path: path, Err: errors.New("it is a link that leads back to a folder above it, which is read without it; take the link away")})
		default:
			s.found = append(s.found, File{Path: path, Err: fmt.Errorf("it is a link to the folder that is read as %s, and each is read once; take the link away, or name it apart", first)})
		}
		return
	}
	s.been[real] = path
	s.chain = append(s.chain, real)
	defer func() { s.chain = s.chain[:len(s.chain)-1] }()
	if s.classes != nil && !s.classes.take(s.class, path, real) {
		s.refused = true
		return
	}
	entries, err := os.ReadDir(path)
	if err != nil { // there may be some all the same
		s.found = append(s.found, File{Path: path, Err: unreadable(err)})
	}
	for _, e := range entries {
		s.entry(filepath.Join(path, e.Name()), e.Name())
	}
}

// unreadable says that a folder can't be read.
func unreadable(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("the folder can't be read (%w)", err)
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
		s.found = append(s.found, File{Path: path, Err: err})
	case info.IsDir() && s.sources.Flat:
	case info.IsDir():
		// What a link leads to may lie in this folder, too, and then has its own path.
		if at, err := os.Lstat(path); err == nil && !at.IsDir() && s.classes == nil {
			s.links = append(s.links, linked{path, s.through, slices.Clone(s.chain)})
			return
		}
		s.folder(path)
	case intake.CalledPhoto(name):
		s.found = append(s.found, File{Path: path, Err: regular(info), Link: s.through})
	case regular(info) != nil:
		s.left.File(name, photo.Kind{Format: "pipe or device"})
	case s.sources.Archives && calledPacked(name):
		s.archiveWithin(path)
	default:
		head, err := readHead(path)
		if kind := photo.KindOf(head); err == nil && !kind.Picture {
			s.left.File(name, kind)
		} else {
			s.found = append(s.found, File{Path: path, Err: err, Link: s.through})
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

// SayLeftOut tells once what was found beside photos.
func SayLeftOut(con *console.Console, left intake.LeftOut) {
	if text := left.String(); text != "" {
		fmt.Fprintf(con.Err, "homeroom: left out: %s\n", text)
	}
}

// Decoded is a photo on its way to the network.
type Decoded struct {
	File
	Photo        *photo.Photo
	Milliseconds float64 // that reading and decoding took

	Release func() // gives back the photo's memory
}

// A Budget is memory that photos share. One that takes more than there is waits for all of it. A
// part is for the bytes of files, which are there before it is known what decoding them takes, and
// the rest for decoding: whoever waits for the rest holds up nobody who has some of it.
type Budget struct{ files, pictures share }

type share struct {
	free *semaphore.Weighted
	all  int64
}

func newShare(bytes int64) share { return share{semaphore.NewWeighted(bytes), bytes} }

func (s *share) take(bytes int64) (release func()) {
	n := min(bytes, s.all)
	s.free.Acquire(context.Background(), n) // never fails without an end of the context
	return func() { s.free.Release(n) }
}

// leastMemory is there for photos whatever the network takes, in bytes.
const leastMemory = 64 << 20

// NewBudget makes one of so many bytes, but of leastMemory at least.
func NewBudget(bytes int64) *Budget {
	bytes = max(bytes, leastMemory)
	return &Budget{newShare(bytes / 4), newShare(bytes - bytes/4)}
}

// Read waits for what the bytes of a file take, and returns what gives it back.
func (b *Budget) Read(bytes int64) (release func()) { return b.files.take(bytes) }

// Take waits for what decoding a file takes beside its bytes, and returns what gives it back.
func (b *Budget) Take(data []byte) (release func()) { return b.pictures.take(photo.Memory(data)) }

// Decode reads photos by read on several threads and gives them out in their order. At most so many
// are in memory at once as there are threads, and one more, and as fit into so many bytes.
func Decode(files []File, threads int, bytes int64, read func(file []byte) (*photo.Photo, error)) iter.Seq[Decoded] {
	return func(yield func(Decoded) bool) {
		done := make(chan struct{})
		defer close(done)
		queue := make(chan chan Decoded, max(threads-1, 0))
		memory := NewBudget(bytes)
		go func() {
			defer close(queue)
			// Memory is taken in the order of the photos, or a later one could hold what an earlier
			// one, for which all wait, is in need of.
			toRead, toDecode := make(chan struct{}), make(chan struct{})
			close(toRead)
			close(toDecode)
			for _, f := range files {
				one := make(chan Decoded, 1)
				room := inTurn{memory, toRead, make(chan struct{}), toDecode, make(chan struct{})}
				toRead, toDecode = room.nextRead, room.nextDecode
				select {
				case queue <- one:
					go func() { one <- decodeOne(f, room, read) }()
				case <-done:
					return
				}
			}
		}()
		for one := range queue {
			d := <-one
			goOn := yield(d)
			d.Release()
			if !goOn {
				return
			}
		}
	}
}

// inTurn is a budget of which a photo takes after the one before it, and before the next.
type inTurn struct {
	*Budget
	toRead, nextRead, toDecode, nextDecode chan struct{}
}

func (t *inTurn) Read(bytes int64) func() {
	<-t.toRead
	defer close(t.nextRead)
	return t.Budget.Read(bytes)
}

func (t *inTurn) Take(data []byte) func() {
	<-t.toDecode
	defer close(t.nextDecode)
	return t.Budget.Take(data)
}

// decodeOne reads a photo. The time that it waits for memory is no time of the photo's.
func decodeOne(f File, memory inTurn, read func(file []byte) (*photo.Photo, error)) Decoded {
	d := Decoded{File: f}
	start := time.Now()
	wait := func() func() {
		at := time.Now()
		return func() { start = start.Add(time.Since(at)) }
	}
	take := func(bytes int64) func() {
		defer wait()()
		return memory.Read(bytes)
	}
	var data []byte
	var gone func()
	if d.Err == nil {
		data, gone, d.Err = f.ReadWithin(take)
	} else {
		gone = take(0)
	}
	waited := wait()
	decoded := memory.Take(data)
	waited()
	d.Release = func() { decoded(); gone() }
	if d.Err == nil {
		d.Photo, d.Err = read(data)
	}
	d.Milliseconds = console.Milliseconds(time.Since(start))
	return d
}

// ErrChanged says that a file changed while it was read.
var ErrChanged = errors.New("it changed while it was read; name it again once it is whole")

// Read reads a file as far as the decoder would take it. One that is longer is refused unread: so
// many bytes on each of several threads could be more than memory holds. A file that changes
// meanwhile is refused, because half of it may be old.
func Read(path string) ([]byte, error) {
	data, _, err := read(path, nothing)
	return data, err
}

// read is Read, with take as [File.ReadWithin] has it.
func read(path string, take func(bytes int64) (release func())) (data []byte, release func(), err error) {
	info, err := os.Stat(path)
	if err == nil {
		err = regular(info)
	}
	if err == nil {
		err = photo.TooLong(info.Size())
	}
	if err != nil {
		return nil, take(0), err
	}
	release = take(info.Size())
	f, err := os.Open(path)
	if err != nil {
		return nil, release, err
	}
	defer f.Close()
	var all bytes.Buffer
	all.Grow(int(info.Size()) + bytes.MinRead) // else a large file is in memory twice while it is read
	// No more than there is room for: of one that has grown no more is needed than to see that.
	if _, err = all.ReadFrom(io.LimitReader(f, info.Size()+1)); err != nil {
		return nil, release, err
	}
	if after, err := f.Stat(); err != nil || int64(all.Len()) != info.Size() || after.Size() != info.Size() || !after.ModTime().Equal(info.ModTime()) {
		return nil, release, cmp.Or(err, ErrChanged)
	}
	return all.Bytes(), release, nil
}
