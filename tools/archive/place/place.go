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
// full disk ends the work, and so does the end of ctx: the error then says so, and what was done
// so far stays done.
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
		return "", fmt.Errorf("something is at %s already", s.To)
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
		if err := p.one(one, id+i); err != nil {
			return "", p.takeBack(begun, id, err)
		}
	}
	return "", nil
}

// takeBack takes back files of a group, of which the last one failed for a reason.
func (p *placing) takeBack(begun []undo.Line, id int, reason error) error {
	for i := len(begun) - 1; i >= 0; i-- {
		// What another run put there meanwhile is not this one's, even where it is the same.
		if i == len(begun)-1 && (errors.Is(reason, fs.ErrExist)) {
			_ = p.log.write(undo.Line{Undone: id + i})
			continue
		}
		if _, err := back(p.Disk, p.Mode, begun[i], i < len(begun)-1); err != nil {
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

// taken is the error of a place that is not free.
type taken string

func (t taken) Error() string { return fmt.Sprintf("something is at %s already", string(t)) }
func (taken) Unwrap() error   { return fs.ErrExist }

// one places a file.
func (p *placing) one(s Step, id int) error {
	at, err := p.Disk.Lstat(s.From)
	if err != nil {
		return err
	}
	info, err := p.Disk.Stat(s.From)
	if err != nil {
		return err
	}
	switch {
	case !info.Mode().IsRegular():
		return errors.New("it is no file any more")
	case s.Size >= 0 && (info.Size() != s.Size || !s.Changed.IsZero() && !info.ModTime().Equal(s.Changed)):
		return errors.New("it has changed since it was named; name it again")
	case p.Mode == Move && at.Mode()&fs.ModeSymlink != 0:
		return errors.New("it is a link to a file elsewhere, and moved it may lead nowhere; copy it, or move what it leads to")
	case there(p.Disk, s.To):
		return taken(s.To)
	}
	switch p.Mode {
	case Link:
		err = p.link(s)
	case Copy:
		err = p.copy(s, info)
	case Move:
		if err = into(p.Disk, s.From, s.To); errors.Is(err, syscall.EXDEV) {
			if err = p.copy(s, info); err == nil {
				err = orElse(p.Disk.Remove(s.From), p.Disk, s.To)
			}
		}
	}
	if err != nil {
		return err
	}
	return p.log.write(undo.Line{Done: id})
}

// link gives a file another name.
func (p *placing) link(s Step) error {
	from, err := filepath.EvalSymlinks(s.From) // or some systems link the link
	if err != nil {
		return err
	}
	if err = p.Disk.Link(from, s.To); errors.Is(err, syscall.EXDEV) {
		return fmt.Errorf("it lies on another disk than %s, and a hard link can't lead there; copy it", s.To)
	}
	return err
}

// copy copies a file. It is under its name only once it is whole.
func (p *placing) copy(s Step, info fs.FileInfo) (err error) {
	in, err := p.Disk.Open(s.From)
	if err != nil {
		return err
	}
	defer in.Close()
	beside := part(s.To)
	if err := p.Disk.RemoveLeft(beside); err != nil { // of a run that was ended
		return err
	}
	out, err := p.Disk.Create(beside, info.Mode())
	if err != nil {
		return err
	}
	defer out.Release() // once it is in its place, or gone: else it would be another run's to remove
	defer func() {
		var at *fs.PathError
		if errors.As(err, &at) && at.Path == beside {
			at.Path = s.To // which is the name that people know
		}
		if err != nil {
			err = errors.Join(err, ignoreMissing(p.Disk.Remove(beside)))
		}
	}()
	n, err := io.Copy(out, in)
	if err == nil && p.Mode == Move {
		err = out.Sync() // the original goes next
	}
	if fault := out.Close(); err == nil {
		err = fault
	}
	if err != nil {
		return err
	}
	after, err := p.Disk.Stat(s.From)
	if err != nil {
		return err
	}
	if n != info.Size() || after.Size() != n || !after.ModTime().Equal(info.ModTime()) {
		return errors.New("it changed while it was copied; try again")
	}
	if err := p.Disk.Chtimes(beside, info.ModTime()); err != nil {
		return err
	}
	return into(p.Disk, beside, s.To)
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
