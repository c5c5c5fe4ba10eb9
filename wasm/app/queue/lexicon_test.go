package queue

import (
	"strings"
	"testing"
	"unsafe"

	"homeroom/wasm/protocol"
)

// TestLexicon: what many answers share they have once, and no answer has room to spare.
func TestLexicon(t *testing.T) {
	l := Lexicon{}
	photo := func() *Photo {
		answer := func() *Answer {
			a := &Answer{By: strings.Clone("lite0@64"), Called: strings.Clone("Lite0"), Results: make([]protocol.Result, 0, 100)}
			a.Results = append(a.Results, protocol.Result{Label: strings.Clone("koala"), Score: 0.5}, protocol.Result{Label: strings.Clone("panda"), Score: 0.25})
			return a
		}
		p := &Photo{By: strings.Clone("lite0@64"), Answer: answer(), Earlier: []*Answer{answer()}}
		l.Photo(p)
		return p
	}
	texts := func(p *Photo) (out []string) {
		out = append(out, p.By)
		for _, a := range []*Answer{p.Answer, p.Earlier[0]} {
			out = append(out, a.By, a.Called, a.Results[0].Label, a.Results[1].Label)
		}
		return out
	}
	one, other := texts(photo()), texts(photo())
	for i, s := range one {
		if s != other[i] || unsafe.StringData(s) != unsafe.StringData(other[i]) {
			t.Errorf("%q and %q are two texts", s, other[i])
		}
	}
	if p := photo(); cap(p.Answer.Results) > 8 || p.Answer.Results[1].Score != 0.25 {
		t.Errorf("an answer has %v with room for %d", p.Answer.Results, cap(p.Answer.Results))
	}
	l.Photo(&Photo{}) // has no answer yet
}
