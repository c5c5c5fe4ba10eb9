package console

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"time"
	"unicode/utf8"
)

// Milliseconds is a duration as JSON and reports have it.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Round rounds to so many digits behind the point.
func Round(x float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(x*scale) / scale
}

// Percent writes a share as the reports do.
func Percent(v float64) string { return fmt.Sprintf("%.1f%%", 100*v) }

// Counted is a number of things, whose word takes an s where there are more than one.
func Counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// CountClasses tells how many classes a network has.
func CountClasses(n int) string {
	if n == 0 {
		return "a backbone without classes"
	}
	return fmt.Sprintf("%d classes", n)
}

// Grouped writes a number with a comma before every three digits.
func Grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plain is an error's text without the path that is printed beside it.
func Plain(path string, err error) string {
	var p *fs.PathError
	if errors.As(err, &p) && p.Path == path {
		switch {
		case errors.Is(p.Err, fs.ErrNotExist):
			return "there is no such file"
		case p.Op == "remove":
			return fmt.Sprintf("its folder does not let it go (%v)", p.Err)
		}
		return fmt.Sprintf("the file can't be read (%v)", p.Err)
	}
	return err.Error()
}

// JSONName is how JSON names a file, which is UTF-8 always: a path that is not has its bytes beside
// it.
func JSONName(path string) (name string, bytes []byte) {
	if utf8.ValidString(path) {
		return path, nil
	}
	return path, []byte(path)
}
