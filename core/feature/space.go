// Package feature names the feature spaces that vectors of photos live in: of one backbone, at one
// input size, over one view of the photo.
package feature

import (
	"slices"
	"strconv"
	"strings"

	"homeroom/core/fault"
)

// View is a way of looking at a photo. A head may average the features of several views, or learn
// from each.
type View string

// The views.
const (
	Plain  View = ""       // as the network was trained: resized, the centre cut out
	Flip   View = "flip"   // the mirror image of Plain
	Close  View = "close"  // the middle four fifths of Plain
	Wide   View = "wide"   // the whole photo, squeezed to a square
	Bright View = "bright" // Plain with levels raised to the power 2/3
	Dark   View = "dark"   // Plain with levels raised to the power 3/2
)

// Views lists all views, Plain first.
var Views = []View{Plain, Flip, Close, Wide, Bright, Dark}

// The networks that photos are looked at with where nobody chose another.
const (
	Network = "efficientnet-lite0-compact"
	// FormerNetwork was that one until there was Network: what was saved without the name of a
	// network is of it.
	FormerNetwork = "efficientnet-lite0"
)

// Space is a feature space: vectors of two photos can be compared if, and only if, they are of the
// same space.
type Space struct {
	Network string // name of the backbone's pack
	Size    int    // input size in pixels
	View    View
}

// MaxSize bounds the input sizes that a space can have.
const MaxSize = 1 << 16

// String returns the one text form of the space: the network, "@" and the size, and after a slash
// the view where that is not Plain, as in "efficientnet-lite0@224/flip".
func (s Space) String() string {
	text := s.Network + "@" + strconv.Itoa(s.Size)
	if s.View != Plain {
		text += "/" + string(s.View)
	}
	return text
}

// Parse reads what String writes. The name of a network may contain "@" and "/": the last "@" is
// the one that counts.
func Parse(text string) (Space, error) {
	at := strings.LastIndexByte(text, '@')
	if at < 1 {
		return Space{}, fault.Errorf("%q names no features: a network, @ and an input size are needed", text)
	}
	digits, view, viewed := strings.Cut(text[at+1:], "/")
	size, err := strconv.Atoi(digits)
	if err != nil || size < 1 || size > MaxSize || strconv.Itoa(size) != digits {
		return Space{}, fault.Errorf("%q names no features: %q is no input size", text, digits)
	}
	s := Space{text[:at], size, View(view)}
	if viewed && (s.View == Plain || !slices.Contains(Views, s.View)) {
		return Space{}, fault.Errorf("features %q are of a view that this program does not know (%q); a newer one may", text, view)
	}
	return s, nil
}

// Of returns the space that a view of the same photo by the same network at the same size lives in.
func (s Space) Of(v View) Space {
	s.View = v
	return s
}

// MarshalText writes the text form.
func (s Space) MarshalText() ([]byte, error) {
	if _, err := Parse(s.String()); err != nil {
		return nil, err
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads the text form.
func (s *Space) UnmarshalText(text []byte) error {
	in, err := Parse(string(text))
	if err == nil {
		*s = in
	}
	return err
}
