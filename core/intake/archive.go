package intake

import (
	"path"
	"slices"
	"strings"
)

// archiveEndings are those of zips of photos by class: a project of Teachable Machine, and any
// other zip.
var archiveEndings = []string{".tm", ".zip"}

// CalledArchive tells whether a file is called like a zip of photos by class.
func CalledArchive(name string) bool {
	return slices.Contains(archiveEndings, strings.ToLower(path.Ext(name)))
}

// teachableMark stands between class and number in the names that a project of Teachable Machine
// gives its photos.
const teachableMark = "-!-"

// slash stands for a slash in a class's name where paths are made of it.
const slash = "∕"

// ArchivedPath is where a file of a zip lies, by its name there. Photos in a project of Teachable
// Machine, CLASS-!-NUMBER, lie in folders of their classes, which marked tells.
func ArchivedPath(name string) (path string, marked bool) {
	class, number, marked := strings.Cut(name, teachableMark)
	if !marked {
		return name, false
	}
	return strings.ReplaceAll(class, "/", slash) + "/" + number, true
}

// ArchivedClass is the name of the class whose folder in a project of Teachable Machine is called
// folder.
func ArchivedClass(folder string) string { return strings.ReplaceAll(folder, slash, "/") }

// ArchiveManifest is what a project of Teachable Machine has beside its photos.
const ArchiveManifest = "manifest.json"
