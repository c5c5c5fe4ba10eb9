package console

import (
	"fmt"
	"os"
	"reflect"

	"github.com/alecthomas/kong"
)

// Text takes an argument as it is. kong's own way goes through JSON, in which a file name that is
// not UTF-8 becomes another.
func Text(ctx *kong.DecodeContext, target reflect.Value) error {
	s, err := popText(ctx)
	if err == nil {
		target.SetString(s)
	}
	return err
}

func popText(ctx *kong.DecodeContext) (string, error) {
	t, err := ctx.Scan.PopValue("text")
	if err != nil {
		return "", err
	}
	return t.String(), nil
}

// Existing takes the name of a file, or of a folder, that has to be there.
func Existing(folder bool) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		path, err := popText(ctx)
		if err != nil {
			return err
		}
		if ctx.Value.Set && ctx.Value.Target.Type() == target.Type() {
			return nil // a default, which something else was given in place of
		}
		path = kong.ExpandPath(path)
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return fmt.Errorf("%s", plainPath(path, err))
		case folder && !info.IsDir():
			return fmt.Errorf("%s is no folder", path)
		case !folder && info.IsDir():
			return fmt.Errorf("%s is a folder, and a file is wanted", path)
		}
		target.SetString(path)
		return nil
	}
}

// plainPath is an error of a path with the path before it.
func plainPath(path string, err error) string { return path + ": " + Plain(path, err) }

// Limits are the least and the most that a number may be.
type Limits struct{ Least, Most int }

// Check tells of a number that is out of its limits.
func (l Limits) Check(flag string, n int) error {
	if n < l.Least || n > l.Most {
		return fmt.Errorf("%s %d: from %d to %d", flag, n, l.Least, l.Most)
	}
	return nil
}

// OrNone is check where 0 stands for a number that was not given.
func (l Limits) OrNone(flag string, n int) error {
	if n == 0 {
		return nil
	}
	return l.Check(flag, n)
}
