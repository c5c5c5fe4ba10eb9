package place

import (
	"path/filepath"
	"strings"

	"homeroom/core/archive/sorting"
)

// Planner gives photos places in a folder by a template. A place where something else is counts as
// taken; one with the same bytes does not, so that sorting again changes nothing.
func Planner(d Disk, folder string, template sorting.Template) *sorting.Planner {
	return &sorting.Planner{Template: template, Taken: func(to, from string) bool {
		path := filepath.Join(folder, filepath.FromSlash(to))
		at, err := d.Lstat(path)
		if err != nil {
			return false // nothing is there, or it will be said why the place can't be had
		}
		info, err := d.Stat(from)
		if err != nil || !at.Mode().IsRegular() || at.Size() != info.Size() {
			return true
		}
		same, err := equal(d, from, path)
		return err != nil || !same
	}}
}

// Resolve makes a step of the system's paths.
func Resolve(folder string, s sorting.Step) Step {
	out := Step{From: s.From, To: filepath.Join(folder, filepath.FromSlash(s.To)), Size: -1}
	for _, b := range s.Beside {
		out.Beside = append(out.Beside, Resolve(folder, b))
	}
	return out
}

// Beside lists the files that go with a photo; see [sorting.Beside].
func Beside(d Disk, photo string) []string {
	return sorting.Beside(photo, func(path string) bool {
		info, err := d.Stat(path)
		return err == nil && info.Mode().IsRegular()
	}, func() []string {
		stem := strings.TrimSuffix(photo, filepath.Ext(photo))
		others, err := filepath.Glob(escaped(stem) + ".*")
		if err != nil {
			return nil
		}
		return others
	})
}

// escaped is a path as a pattern that only it matches.
func escaped(path string) string {
	if filepath.Separator == '\\' {
		return path // where patterns know no escape, names have no signs of theirs but [
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}
