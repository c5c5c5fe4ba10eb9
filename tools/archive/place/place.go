package place

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"homeroom/core/archive/undo"
)

// How photos come to their places, as in [undo.Mode].
const (
	Copy = undo.Copy
	Link = undo.Link
	Move = undo.Move
)

// A Step is a file with the place that it gets, both as the system writes paths.
type Step struct {
	From, To string
	// Size and Changed are what the file was when it was named; a file that is another now is left.
	// A Size below 0 stands for not known.
	Size    int64
	Changed time.Time
	// Beside are files that go with it, all or none.
	Beside []Step
}

// Work is steps to carry out.
type Work struct {
	Disk  Disk
	Mode  undo.Mode
	Steps []Step
	Undo  string                                  // the undo file, which must not be there yet
	Told  func(s Step, skipped string, err error) // of every step that was begun
}

// batch is how many steps are written to the undo file at once before they are carried out.
const batch = 64

// A Result counts what was done.
type Result struct {
	Placed  int // steps, each with what goes with it
	There   int // that were at their places before
	Failed  int
	NotDone int // that were not begun, because the disk was full or the work was ended
}

// Do carries out steps. A step that fails leaves its files as they were, and the others go on; a
// full disk ends the work, and so does the end of ctx: the error then says so, and what was done so
// far stays done.
func Do(ctx context.Context, w Work) (r Result, err error) {
	if len(w.Steps) == 0 {
		return r, nil
	}
	l, err := create(w.Disk, w.Undo)
	if err != nil {
		return Result{NotDone: len(w.Steps)}, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := l.begin(w.Mode); err != nil {
		return Result{NotDone: len(w.Steps)}, fmt.Errorf("the undo file %s can't be written: %w", w.Undo, err)
	}
	p := &placing{Work: w, log: l, known: map[string]bool{}}
	for from := 0; from < len(w.Steps); from += batch {
		steps := w.Steps[from:min(from+batch, len(w.Steps))]
		ids, err := p.announce(steps)
		if err != nil {
			r.NotDone = len(w.Steps) - from
			return r, fmt.Errorf("the undo file %s can't be written, so nothing more is done: %w", w.Undo, err)
		}
		for i, s := range steps {
			if err := ctx.Err(); err != nil {
				r.NotDone = len(w.Steps) - from - i
				return r, err
			}
			skipped, err := p.group(s, ids[i])
			w.Told(s, skipped, err)
			switch {
			case err == nil && skipped != "":
				r.There++
			case err == nil:
				r.Placed++
			default:
				r.Failed++
			}
			if full(err) {
				r.NotDone = len(w.Steps) - from - i - 1
				return r, ErrFull
			}
		}
	}
	return r, nil
}

// placing is work under way.
type placing struct {
	Work
	log   *log
	known map[string]bool // folders whose times are written down
}

// announce writes to the undo file what is about to be done: folders with their times, and steps.
// It returns the ID of each step; what goes with it follows. A step whose place is not free is not
// announced, or what is there would seem to have come by it.
func (p *placing) announce(steps []Step) ([]int, error) {
	var lines []undo.Line
	ids := make([]int, len(steps))
	one := func(s Step) {
		for _, dir := range []string{filepath.Dir(s.From), filepath.Dir(s.To)} {
			for ; !p.known[dir]; dir = filepath.Dir(dir) {
				p.known[dir] = true
				if info, err := p.Disk.Stat(dir); err == nil {
					lines = append(lines, undo.Line{Folder: undo.Name(dir), Time: info.ModTime().UnixNano()})
					break
				}
			}
		}
		l := undo.Line{From: undo.Name(s.From), To: undo.Name(s.To), ID: p.log.next}
		if info, err := p.Disk.Stat(s.From); err == nil {
			l.Size, l.Time = info.Size(), info.ModTime().UnixNano()
		}
		lines = append(lines, l)
		p.log.next++
	}
	for i, s := range steps {
		all := append([]Step{s}, s.Beside...)
		if slices.ContainsFunc(all, func(one Step) bool { return there(p.Disk, one.To) }) {
			continue
		}
		ids[i] = p.log.next
		for _, s := range all {
			one(s)
		}
	}
	if err := p.log.write(lines...); err != nil {
		return nil, err
	}
	return ids, p.log.file.Sync()
}

// group places a file with those that go with it, or none of them.
func (p *placing) group(s Step, id int) (skipped string, err error) {
	if id == 0 {
		if same, err := p.same(s.From, s.To); err != nil || same {
			return "it is there already", err
		}
		return "", taken(s.To)
	}
	if err := p.folder(filepath.Dir(s.To)); err != nil {
		return "", err
	}
	var begun []undo.Line
	for i, one := range append([]Step{s}, s.Beside...) {
		l := undo.Line{From: undo.Name(one.From), To: undo.Name(one.To)}
		if info, err := p.Disk.Stat(one.From); err == nil {
			l.Size, l.Time = info.Size(), info.ModTime().UnixNano()
		}
		begun = append(begun, l)
		if stage, err := p.one(one, id+i); err != nil {
			return "", p.takeBack(begun, id, stage, err)
		}
	}
	return "", nil
}

// takeBack takes back files of a group, of which the last one came to a stage and failed for a
// reason.
func (p *placing) takeBack(begun []undo.Line, id int, last stage, reason error) error {
	for i := len(begun) - 1; i >= 0; i-- {
		at := placed
		if i == len(begun)-1 {
			at = last
		}
		if _, err := back(p.Disk, p.Mode, begun[i], at); err != nil {
			return fmt.Errorf("%w; and %s could not be taken back: %w", reason, begun[i].To, err)
		}
		_ = p.log.write(undo.Line{Undone: id + i}) // without it the undo sees for itself that nothing is there
	}
	return reason
}

// same tells whether the file at to has the bytes of the one at from, so that there is nothing to
// do.
func (p *placing) same(from, to string) (bool, error) {
	at, err := p.Disk.Lstat(to)
	if err != nil || !at.Mode().IsRegular() {
		return false, err
	}
	info, err := p.Disk.Stat(from)
	if err != nil || at.Size() != info.Size() {
		return false, err
	}
	return equal(p.Disk, from, to)
}

// folder makes a folder, and those above it.
func (p *placing) folder(dir string) error {
	info, err := p.Disk.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("%s is a file, and a folder is to be there", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if above := filepath.Dir(dir); above != dir {
		if err := p.folder(above); err != nil {
			return err
		}
	}
	if err := p.log.write(undo.Line{Made: undo.Name(dir)}); err != nil {
		return err
	}
	if err := p.Disk.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// A stage is how far a step is known to have come.
type stage int

const (
	announced stage = iota // what is at its place is of this step only if its part is the same file
	begun                  // it may be there, by what lies where
	placed
)

// one places a file: it is brought to its part, gets its name beside that, and only when the undo
// file says so do the part and the original of a move go. So a run that is ended leaves either that
// line or the part, and nobody takes what another run put there for this one's.
func (p *placing) one(s Step, id int) (stage, error) {
	at, err := p.Disk.Lstat(s.From)
	if err != nil {
		return announced, err
	}
	info, err := p.Disk.Stat(s.From)
	if err != nil {
		return announced, err
	}
	switch {
	case !info.Mode().IsRegular():
		return announced, errors.New("it is no file any more")
	case s.Size >= 0 && (info.Size() != s.Size || !s.Changed.IsZero() && !info.ModTime().Equal(s.Changed)):
		return announced, errors.New("it has changed since it was named; name it again")
	case p.Mode == Move && at.Mode()&fs.ModeSymlink != 0:
		return announced, errors.New("it is a link to a file elsewhere, and moved it may lead nowhere; copy it, or move what it leads to")
	case there(p.Disk, s.To):
		return announced, taken(s.To)
	}
	beside := part(s.To)
	if err := p.Disk.RemoveLeft(beside); err != nil { // of a run that was ended
		return announced, err
	}
	release, err := p.bring(s, beside, info)
	defer release() // once the part is gone: else it would be another run's to remove
	if errors.Is(err, errNoLinks) {
		return p.rename(s, s.From, id) // by which it can be moved all the same
	}
	if err != nil {
		return announced, known(err, s.To)
	}
	if there(p.Disk, s.To) { // by a run that had the part before
		return announced, errors.Join(taken(s.To), p.Disk.Remove(beside))
	}
	switch err := p.Disk.Link(beside, s.To); {
	case err == nil:
	case errors.Is(err, fs.ErrExist) || there(p.Disk, s.To):
		return announced, errors.Join(taken(s.To), p.Disk.Remove(beside))
	case full(err) || missing(err):
		return announced, err
	default:
		return p.rename(s, beside, id)
	}
	if err := p.log.write(undo.Line{Done: id}); err != nil {
		return announced, err
	}
	if err := p.Disk.Remove(beside); err != nil {
		return placed, err
	}
	return placed, p.original(s)
}

// taken is the error of a place that is not free.
func taken(to string) error { return fmt.Errorf("something is at %s already", to) }

// rename brings a file to its place on a disk without hard links, from where it was or from its
// part.
func (p *placing) rename(s Step, from string, id int) (stage, error) {
	if err := p.log.write(undo.Line{Begun: id}); err != nil {
		return announced, err
	}
	if err := p.Disk.Rename(from, s.To); err != nil {
		return announced, err
	}
	if err := p.log.write(undo.Line{Done: id}); err != nil {
		return begun, err
	}
	if from == s.From {
		return placed, nil
	}
	return placed, p.original(s)
}

// original removes the original of a move.
func (p *placing) original(s Step) error {
	if p.Mode != Move {
		return nil
	}
	return ignoreMissing(p.Disk.Remove(s.From))
}

// errNoLinks says that a disk knows no hard links.
var errNoLinks = errors.New("the disk knows no hard links")

// bring makes the part of a step, and holds it until release is called.
func (p *placing) bring(s Step, beside string, info fs.FileInfo) (release func(), err error) {
	nothing := func() {}
	from := s.From
	switch p.Mode {
	case Copy:
		return copyFile(p.Disk, from, beside, info, false)
	case Link:
		if from, err = filepath.EvalSymlinks(from); err != nil { // or some systems link the link
			return nothing, err
		}
	}
	err = p.Disk.Link(from, beside)
	switch {
	case err == nil:
		release, err := p.Disk.Hold(beside)
		if err != nil { // by whom the photo itself is held: then nobody else takes the part away either
			return nothing, nil
		}
		return release, nil
	case errors.Is(err, syscall.EXDEV) && p.Mode == Move:
		return copyFile(p.Disk, from, beside, info, true)
	case errors.Is(err, syscall.EXDEV):
		return nothing, fmt.Errorf("it lies on another disk than %s, and a hard link can't lead there; copy it", s.To)
	case p.Mode == Link || full(err) || missing(err) || errors.Is(err, fs.ErrExist):
		return nothing, err
	}
	return nothing, errNoLinks
}

// copyFile copies a file to a place where nothing is, and holds the copy until release is called.
func copyFile(d Disk, from, to string, info fs.FileInfo, sync bool) (release func(), err error) {
	nothing := func() {}
	in, err := d.Open(from)
	if err != nil {
		return nothing, err
	}
	defer in.Close()
	out, err := d.Create(to, info.Mode())
	if err != nil {
		return nothing, err
	}
	done := false
	defer func() {
		if !done {
			out.Close()
			out.Release()
		}
	}()
	n, err := io.Copy(out, in)
	if err == nil && sync {
		err = out.Sync() // the original goes next
	}
	if fault := out.Close(); err == nil {
		err = fault
	}
	if err == nil {
		err = unchanged(d, from, info, n)
	}
	if err == nil {
		err = d.Chtimes(to, info.ModTime())
	}
	if err != nil {
		return nothing, errors.Join(err, ignoreMissing(d.Remove(to)))
	}
	done = true
	return out.Release, nil
}

// unchanged says of a file of which n bytes were copied that it is another by now.
func unchanged(d Disk, path string, was fs.FileInfo, n int64) error {
	now, err := d.Stat(path)
	if err == nil && (n != was.Size() || now.Size() != n || !now.ModTime().Equal(was.ModTime())) {
		err = errors.New("it changed while it was copied; try again")
	}
	return err
}

// known has an error about a part tell of the place, which is the name that people know.
func known(err error, to string) error {
	var at *fs.PathError
	if errors.As(err, &at) && at.Path == part(to) {
		at.Path = to
	}
	return err
}

func ignoreMissing(err error) error {
	if err == nil || missing(err) {
		return nil
	}
	return err
}

// equal compares the bytes of two files.
func equal(d Disk, a, b string) (bool, error) {
	x, err := d.Open(a)
	if err != nil {
		return false, err
	}
	defer x.Close()
	y, err := d.Open(b)
	if err != nil {
		return false, err
	}
	defer y.Close()
	p, q := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, err := io.ReadFull(x, p)
		m, fault := io.ReadFull(y, q)
		if !bytes.Equal(p[:n], q[:m]) {
			return false, nil
		}
		ended, endedToo := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF), errors.Is(fault, io.EOF) || errors.Is(fault, io.ErrUnexpectedEOF)
		switch {
		case err != nil && !ended:
			return false, err
		case fault != nil && !endedToo:
			return false, fault
		case ended || endedToo:
			return ended == endedToo, nil
		}
	}
}
