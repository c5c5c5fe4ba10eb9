package intake

import (
	"reflect"
	"strings"
	"testing"

	"homeroom/core/photo"
)

func TestByFolder(t *testing.T) {
	for _, c := range []struct {
		paths string
		names []string
		class []int
	}{
		{"cats/1.jpg cats/2.jpg dogs/1.jpg", []string{"cats", "dogs"}, []int{0, 0, 1}},
		{"pets/cats/1.jpg pets/dogs/1.jpg", []string{"cats", "dogs"}, []int{0, 1}},
		{"c/train/dress/1.jpg c/test/dress/2.jpg c/train/hat/1.jpg", []string{"dress", "hat"}, []int{0, 0, 1}},
		{"cats/1.jpg cats/beach/2.jpg", []string{"cats"}, []int{0, 0}},
		{"1.jpg cats/2.jpg", []string{"cats"}, []int{-1, 0}},
		{"1.jpg", nil, []int{-1}},
		{"Cats/1.jpg cats/2.jpg CATS/3.jpg", []string{"Cats"}, []int{0, 0, 0}},
		{"cafe\u0301/1.jpg caf\u00e9/2.jpg", []string{"cafe\u0301"}, []int{0, 0}},
	} {
		names, class := ByFolder(strings.Fields(c.paths))
		if !reflect.DeepEqual(names, c.names) || !reflect.DeepEqual(class, c.class) {
			t.Errorf("%s: %q %v, want %q %v", c.paths, names, class, c.names, c.class)
		}
	}
}

// TestClassNames has names that are one class, and some that are not.
func TestClassNames(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Dog", "dog", true}, {"É", "e\u0301", true}, {"Ångström", "A\u030angstro\u0308m", true}, {"  red  hat ", "Red hat", true}, {"가", "\u1100\u1161", true},
		{"dog", "dogs", false}, {"resume", "résumé", false}, {"1", "l", false}, {"ﬁg", "fig", false},
	} {
		if got := ClassKey(c.a) == ClassKey(c.b); got != c.same {
			t.Errorf("%q and %q: one class is %v", c.a, c.b, got)
		}
	}
}

// TestPassedOver has what lies beside photos without being any.
func TestPassedOver(t *testing.T) {
	for _, name := range []string{
		".git", ".ipynb_checkpoints", "__MACOSX", "@eaDir", "#recycle", "#snapshot", "$RECYCLE.BIN", "System Volume Information", "lost+found", "__pycache__", "@Recycle",
		".DS_Store", "._a.jpg", "Thumbs.db", "desktop.ini", "THUMBS.DB", "Icon\r", ".Trash-1000",
	} {
		if !PassedOver(name) {
			t.Errorf("%q is taken", name)
		}
	}
	for _, name := range []string{"cats", "a.jpg", "MACOSX", "git", "#1 dog", "@home", "recycle", "thumbs", "..."} {
		if PassedOver(name) && name != "..." {
			t.Errorf("%q is passed over", name)
		}
	}
}

// TestToldByContent has files of every sort of name and content.
func TestToldByContent(t *testing.T) {
	jpeg, heic, text := []byte("\xff\xd8\xff\xe0\x00\x10JFIF"), []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), []byte("milk, eggs")
	for _, c := range []struct {
		name string
		head []byte
		want bool
	}{
		{"a.jpg", jpeg, true}, {"b.jfif", jpeg, true}, {"c.mpo", jpeg, true}, {"none", jpeg, true}, {"wrong.txt", jpeg, true}, {"d.HEIC", heic, true}, {"e", heic, true},
		{"letter.jpg", text, true}, {"empty.png", nil, true}, // called photos, so it is said what they are
		{"notes.txt", text, false}, {"empty", nil, false}, {"film.mp4", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00"), false},
	} {
		if got := CalledPhoto(c.name) || photo.KindOf(c.head).Picture; got != c.want {
			t.Errorf("%s is taken: %v", c.name, got)
		}
	}
}

// TestSaidOnce has the words for what was left out.
func TestSaidOnce(t *testing.T) {
	var l LeftOut
	if l.String() != "" {
		t.Errorf("of nothing is said %q", l.String())
	}
	l.File("koala.jpg.xmp", photo.KindOf([]byte("<x:xmpmeta/>")))
	l.File("koala.XMP", photo.KindOf([]byte("<x:xmpmeta/>")))
	if l.String() != "" || l.Files() != 0 {
		t.Errorf("of sidecars is said %q", l.String())
	}
	l.File("notes.txt", photo.KindOf([]byte("milk")))
	if got, want := l.String(), "1 file that is not a picture (text)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	l.File("xmp", photo.KindOf([]byte("eggs")))
	l.File("a.mp4", photo.KindOf([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00")))
	l.File("data", photo.KindOf([]byte("\x01\x02\x03")))
	l.Hidden(".git")
	l.Hidden("@eaDir")
	l.Hidden("@eaDir")
	want := "4 files that are not pictures (2 text, 1 film, 1 unknown) and 3 hidden or helper files and folders (.git, @eaDir)"
	if got := l.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var sum LeftOut
	sum.Add(l)
	if sum.String() != want || sum.Files() != 4 {
		t.Errorf("added up it is %q", sum.String())
	}
}
