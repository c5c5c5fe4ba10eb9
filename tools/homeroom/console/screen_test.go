package console

import (
	"strings"
	"testing"
)

func TestScreen(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"koala 91%\n\tgrün 漢字 عربي\n", "koala 91%\n\tgrün 漢字 عربي\n"},
		{"a\x1b]0;title\x07b", `a\u001b]0;title\u0007b`},
		{"a\u009b2Jb", `a\u009b2Jb`},
		{"\xff\xfe", `\xff\xfe`},
		{"gpj\u202eexe", `gpj\u202eexe`},
		{"100%\rdone", `100%\u000ddone`},
	} {
		var whole, parts strings.Builder
		if _, err := (&Screen{To: &whole}).Write([]byte(test.in)); err != nil || whole.String() != test.want {
			t.Errorf("%q became %q, %v", test.in, whole.String(), err)
		}
		s := &Screen{To: &parts}
		for i := range len(test.in) {
			if _, err := s.Write([]byte{test.in[i]}); err != nil {
				t.Fatal(err)
			}
		}
		if parts.String() != test.want {
			t.Errorf("%q byte by byte became %q", test.in, parts.String())
		}
	}
}
