package place

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"homeroom/core/archive/undo"
	"homeroom/tools/whole"
)

// Undone counts what was taken back.
type Undone struct {
	Back   int // files that are as they were
	Before int // that an earlier undo took back, or that were never placed
	Left   int // that were left, of which each was told why
}

// Undo takes back what an undo file tells of, the last first. A file that was changed since is
// never removed: one that was moved goes back as it is now, a copy stays. It may be ended at any
// moment and called again. Paths that lead from no root, as the page writes them, lead from the
// folder of the undo file.
func Undo(ctx context.Context, d Disk, path string, told func(from, to string, err error)) (u Undone, err error) {
	l, f, err := reopen(path)
	if err != nil {
		return u, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	r, err := undo.Read(f)
	if err != nil {
		return u, fmt.Errorf("%s: %w", path, err)
	}
	err = f.Truncate(r.Whole) // what follows was not written whole
	if err == nil {
		_, err = f.Seek(r.Whole, io.SeekStart)
	}
	if err != nil {
		return u, err
	}
	from(filepath.Dir(path), r)
	for i := len(r.Steps) - 1; i >= 0; i-- {
		if err := ctx.Err(); err != nil {
			return u, err
		}
		s := r.Steps[i]
		if r.Undone[s.ID] {
			u.Before++
			continue
		}
		did, err := back(d, r.Mode, s, come(r, s.ID))
		switch {
		case err != nil:
			u.Left++
			told(string(s.From), string(s.To), err)
			if full(err) {
				return u, ErrFull
			}
			continue
		case did:
			u.Back++
			told(string(s.From), string(s.To), nil)
		default:
			u.Before++
		}
		if err := l.write(undo.Line{Undone: s.ID}); err != nil {
			return u, err
		}
	}
	for i := len(r.Made) - 1; i >= 0; i-- {
		_ = d.Remove(r.Made[i]) // stays where something is in it
	}
	for _, f := range r.Folders {
		if err := d.Chtimes(string(f.Folder), time.Unix(0, f.Time)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return u, err
		}
	}
	return u, nil
}

// from has paths that lead from no root lead from a folder.
func from(dir string, r *undo.Record) {
	at := func(n undo.Name) undo.Name {
		if n == "" || filepath.IsAbs(string(n)) {
			return n
		}
		return undo.Name(filepath.Join(dir, filepath.FromSlash(string(n))))
	}
	for i := range r.Steps {
		r.Steps[i].From, r.Steps[i].To = at(r.Steps[i].From), at(r.Steps[i].To)
	}
	for i := range r.Folders {
		r.Folders[i].Folder = at(r.Folders[i].Folder)
	}
	for i := range r.Made {
		r.Made[i] = string(at(undo.Name(r.Made[i])))
	}
}

// come is how far an undo file knows a step to have come.
func come(r *undo.Record, id int) stage {
	switch {
	case r.Done[id]:
		return placed
	case r.Begun[id] || r.Version < 2: // which had no parts of moves and links
		return begun
	}
	return announced
}

// back takes one step back, as far as it was done; the program may have been ended before, within
// or right after what is known.
func back(d Disk, mode undo.Mode, s undo.Line, at stage) (did bool, err error) {
	to := string(s.To)
	beside := part(to)
	if at == announced && own(d, beside, to) {
		at = placed
	}
	did, err = restore(d, mode, s, at)
	if err != nil {
		return did, err
	}
	// Only now: without it, it would not be known whose the file is.
	if err := d.RemoveLeft(beside); err != nil && !errors.Is(err, whole.ErrHeld) { // which is another run's
		return did, err
	}
	return did, nil
}

// own tells whether a place was got by way of a part that a run left which was ended.
func own(d Disk, beside, to string) bool {
	x, err := d.Lstat(beside)
	if err != nil {
		return false
	}
	y, err := d.Lstat(to)
	if err != nil || !os.SameFile(x, y) {
		return false
	}
	release, err := d.Hold(beside)
	if errors.Is(err, whole.ErrHeld) {
		return false // it is another run's, which is at work
	}
	if err == nil {
		release()
	}
	return true
}

// restore has a file be where it was before.
func restore(d Disk, mode undo.Mode, s undo.Line, come stage) (did bool, err error) {
	from, to, done := string(s.From), string(s.To), come == placed
	at, err := d.Lstat(to)
	if missing(err) {
		if done && !there(d, from) {
			return false, errors.New("it is neither where it was put nor where it was before")
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !at.Mode().IsRegular() {
		if !done {
			return false, nil // another's
		}
		return false, fmt.Errorf("%s is no file any more", to)
	}
	origin, err := d.Stat(from)
	if err != nil && !missing(err) {
		return false, err
	}
	switch {
	case err == nil && come == announced: // what is there is another run's
		return false, nil
	case err == nil:
		return removeCopy(d, s, done, at, origin)
	case mode != Move && !done:
		return false, nil
	case mode != Move:
		return false, fmt.Errorf("%s is all there is of it, since %s is gone", to, from)
	case come == announced:
		return false, fmt.Errorf("%s is gone, and what is at %s was not put there by this run; where another moved it, undo that", from, to)
	case !done && (at.Size() != s.Size || at.ModTime().UnixNano() != s.Time):
		return false, fmt.Errorf("%s is gone, and what is at %s is another file", from, to)
	}
	if err := os.MkdirAll(filepath.Dir(from), 0o777); err != nil {
		return false, err
	}
	if err = into(d, to, from); errors.Is(err, syscall.EXDEV) {
		err = across(d, to, from, at)
	}
	return err == nil, err
}

// across moves a file to a place on another disk, where nothing is.
func across(d Disk, from, to string, info fs.FileInfo) error {
	beside := part(to)
	if err := d.RemoveLeft(beside); err != nil { // of a run that was ended
		return err
	}
	release, err := copyFile(d, from, beside, info, true)
	defer release()
	if err != nil {
		return known(err, to)
	}
	if err := into(d, beside, to); err != nil {
		return errors.Join(err, ignoreMissing(d.Remove(beside)))
	}
	return orElse(d.Remove(from), d, to)
}

// removeCopy removes what is at the place of a file that is also where it was, if it is the same to
// the byte.
func removeCopy(d Disk, s undo.Line, done bool, at, origin fs.FileInfo) (did bool, err error) {
	from, to := string(s.From), string(s.To)
	same := os.SameFile(at, origin)
	if !same && at.Size() == origin.Size() && (done || at.ModTime().Equal(origin.ModTime())) {
		if same, err = equal(d, from, to); err != nil {
			return false, err
		}
	}
	switch {
	case same:
		return true, d.Remove(to)
	case !done:
		return false, nil // another's
	}
	return false, fmt.Errorf("%s and %s differ by now, so both stay", from, to)
}
