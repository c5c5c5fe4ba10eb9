package rules

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
	"unicode/utf8"
)

// mostComment is how wide a line of a comment may be, a tab counted as four.
const mostComment = 100

// TestCommentsWrap holds comments that have lines of their own to one width. What is laid out by
// hand, behind a tab, and what an example prints are as wide as they are.
func TestCommentsWrap(t *testing.T) {
	seen := 0
	walkGo(t, func(name string, data []byte, files *token.FileSet, f *ast.File) {
		for _, group := range f.Comments {
			printed := false // by an example
			for _, c := range group.List {
				text := strings.TrimPrefix(c.Text, "// ")
				printed = printed || strings.HasSuffix(name, "_test.go") && (strings.HasPrefix(text, "Output:") || strings.HasPrefix(text, "Unordered output:"))
				if printed || text == c.Text { // a directive, or laid out by hand
					continue
				}
				seen++
				at := files.Position(c.Pos())
				before := data[at.Offset-at.Column+1 : at.Offset]
				if width := 4*len(before) + utf8.RuneCountInString(c.Text); strings.Trim(string(before), "\t") == "" && width > mostComment {
					t.Errorf("%s:%d: a comment has %d columns, more than %d", name, at.Line, width, mostComment)
				}
			}
		}
	})
	if seen < 5000 {
		t.Errorf("only %d lines were looked at", seen)
	}
}
