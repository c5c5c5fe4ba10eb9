package outside

import (
	"strings"

	"homeroom/core/intake"
	"homeroom/core/photo"
)

// Sift leaves out what was found beside photos. A file that was given by itself, in no folder, is
// taken as it is where single is set.
func Sift(files []File, single bool) (kept []File, left intake.LeftOut) {
	for _, f := range files {
		name := f.hidden()
		switch {
		case name != "":
			left.Hidden(name)
		case f.Object == nil: // a folder that was not gone into
			left.Hidden(f.Name)
		case f.Path == "" && single, intake.CalledPhoto(f.Name), f.Head == nil: // who reads it says what is wrong
			kept = append(kept, f)
		default:
			if kind := photo.KindOf(f.Head); kind.Picture {
				kept = append(kept, f)
			} else {
				left.File(f.Name, kind)
			}
		}
	}
	return kept, left
}

// WantsHead tells whether the first bytes of a file are wanted, which tell what it is: where its
// name does not.
func (f File) WantsHead() bool { return f.Object != nil && !intake.CalledPhoto(f.Name) }

// Untrodden is what stands for a folder that is not to be gone into, so that it is counted; nil
// where it is. chosen is how many files and folders a person chose together with it, 0 where it was
// found in another: one that was chosen alone is meant.
func Untrodden(name, path string, chosen int) *File {
	switch {
	case chosen == 1, !intake.PassedOver(name):
		return nil
	case chosen > 1:
		path = "./" + name // it came along with others
	}
	return &File{Name: name, Path: path}
}

// hidden is the first part of the path within a folder that is passed over, "" for none.
func (f File) hidden() string {
	_, path, _ := strings.Cut(f.Path, "/") // the folder itself was chosen
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && intake.PassedOver(part) {
			return part
		}
	}
	return ""
}
