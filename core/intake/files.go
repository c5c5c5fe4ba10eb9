package intake

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"homeroom/core/photo"
)

// helpers are files and folders that systems and programs leave beside photos, in small letters.
// Hidden ones go without saying.
var helpers = map[string]bool{
	"thumbs.db": true, "ehthumbs.db": true, "desktop.ini": true, "icon\r": true, // Windows, macOS
	"__macosx": true, "$recycle.bin": true, "recycler": true, "system volume information": true, "network trash folder": true, "temporary items": true,
	"@eadir": true, "#recycle": true, "#snapshot": true, "@recycle": true, "@recently-snapshot": true, // network storage
	"lost+found": true, "__pycache__": true, "node_modules": true,
}

// PassedOver tells whether what lies in a folder under a name is hidden, or a helper of a system or
// program: neither a photo nor a class, nor is there any below it.
func PassedOver(name string) bool {
	return strings.HasPrefix(name, ".") || helpers[strings.ToLower(name)]
}

// PassedOverPath tells whether any part of a path, with slashes, is [PassedOver].
func PassedOverPath(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if PassedOver(part) {
			return true
		}
	}
	return false
}

var photoEndings = map[string]bool{".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true, ".gif": true, ".webp": true, ".bmp": true}

// CalledPhoto tells whether a file is called like a photo that can be read. Such a file is taken
// without a look, so that it is said of each that is none; any other is told by its content, by
// [photo.KindOf].
func CalledPhoto(name string) bool { return photoEndings[strings.ToLower(path.Ext(name))] }

// CalledSidecar tells whether a file is called like an XMP sidecar, in which programs keep what
// they know of the photo beside it.
func CalledSidecar(name string) bool { return strings.EqualFold(path.Ext(name), ".xmp") }

// LeftOut counts what was found in folders and not taken.
type LeftOut struct {
	kinds  map[string]int // files that are no pictures, by what they are
	loose  int            // photos that lie in no class's folder
	hidden int
	names  map[string]bool // of what is hidden, the first few
}

// File counts a file that is no picture. A sidecar is part of a photo and passed over with it, so
// that nothing is said of it.
func (l *LeftOut) File(name string, kind photo.Kind) {
	if CalledSidecar(name) {
		return
	}
	what := kind.Format
	if what == "" {
		what = "unknown"
	}
	l.add(what, 1)
}

func (l *LeftOut) add(what string, n int) {
	if l.kinds == nil {
		l.kinds = map[string]int{}
	}
	l.kinds[what] += n
}

// Loose counts a photo that lies beside the folders of classes, in none.
func (l *LeftOut) Loose() { l.loose++ }

// Hidden counts a file or folder that is [PassedOver].
func (l *LeftOut) Hidden(name string) {
	l.hidden++
	if l.names == nil {
		l.names = map[string]bool{}
	}
	if len(l.names) < 4 {
		l.names[name] = true
	}
}

// Add counts what another counted.
func (l *LeftOut) Add(other LeftOut) {
	for what, n := range other.kinds {
		l.add(what, n)
	}
	for _, name := range slices.Sorted(maps.Keys(other.names)) {
		l.Hidden(name)
	}
	l.hidden += other.hidden - len(other.names)
	l.loose += other.loose
}

// Files returns how many files were no pictures.
func (l *LeftOut) Files() int {
	n := 0
	for _, k := range l.kinds {
		n += k
	}
	return n
}

// String says what was left out, "" where nothing was: "3 files that are not pictures (2 text, 1
// film)".
func (l *LeftOut) String() string {
	var parts []string
	if n := l.Files(); n > 0 {
		kinds := slices.Sorted(maps.Keys(l.kinds))
		sort.SliceStable(kinds, func(i, j int) bool { return l.kinds[kinds[i]] > l.kinds[kinds[j]] })
		var each []string
		for _, k := range kinds {
			each = append(each, fmt.Sprintf("%d %s", l.kinds[k], k))
		}
		if n == 1 {
			parts = append(parts, "1 file that is not a picture ("+kinds[0]+")")
		} else {
			parts = append(parts, fmt.Sprintf("%d files that are not pictures (%s)", n, strings.Join(each, ", ")))
		}
	}
	if l.loose == 1 {
		parts = append(parts, "1 photo that lies in no class's folder")
	} else if l.loose > 1 {
		parts = append(parts, fmt.Sprintf("%d photos that lie in no class's folder", l.loose))
	}
	if l.hidden > 0 {
		what := "hidden or helper files and folders"
		if l.hidden == 1 {
			what = "hidden or helper file or folder"
		}
		var names []string
		for _, name := range slices.Sorted(maps.Keys(l.names)) {
			if strings.ContainsFunc(name, unicode.IsControl) {
				name = strconv.Quote(name)
			}
			names = append(names, name)
		}
		parts = append(parts, fmt.Sprintf("%d %s (%s)", l.hidden, what, strings.Join(names, ", ")))
	}
	if n := len(parts); n == 3 {
		return parts[0] + ", " + parts[1] + " and " + parts[2]
	}
	return strings.Join(parts, " and ")
}
