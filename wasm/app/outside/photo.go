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
				left.File(kind)
			}
		}
	}
	return kept, left
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
