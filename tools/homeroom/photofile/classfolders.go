package photofile

import (
	"fmt"
	"path/filepath"
	"strings"

	"homeroom/core/intake"
	"homeroom/tools/homeroom/console"
)

// classFolders are the folders of classes, of which each folder below gives its photos to one class
// though links lead to it from others: a photo in two classes teaches neither.
type classFolders struct {
	con  *console.Console
	root string            // the folder that they lie in, as it really is
	been map[string]string // names of classes, by folders as they really are
}

func newClassFolders(con *console.Console, folder string) (*classFolders, error) {
	real, err := realPath(folder)
	return &classFolders{con, real, map[string]string{}}, err
}

// take tells whether a folder's photos are the class's. Of a folder that lies in the folder of
// another class, whichever is read first, and of one that another class took, it says so.
func (c *classFolders) take(class, path, real string) bool {
	if real == c.root {
		fmt.Fprintf(c.con.Err, "homeroom: %s: it leads back to the folder that all classes lie in; it is left out\n", console.OnOneLine(path))
		return false
	}
	owner, taken := c.been[real]
	if !taken {
		owner = c.ownerOf(real, class)
	}
	if intake.ClassKey(owner) == intake.ClassKey(class) {
		c.been[real] = class
		return !taken
	}
	said := "was taken in class " + owner + " already"
	if !taken {
		said = "is taken in class " + owner + ", in whose folder it lies"
	}
	fmt.Fprintf(c.con.Err, "homeroom: %s: %s; it is left out of class %s\n", console.OnOneLine(path), said, class)
	return false
}

// ownerOf is the class in whose folder a folder really lies, or else the one that asks for it.
func (c *classFolders) ownerOf(real, class string) string {
	below, err := filepath.Rel(c.root, real)
	if err != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		return class
	}
	below = filepath.ToSlash(below)
	if intake.PassedOverPath(below) {
		return class // no class reads it unless by a link
	}
	owner, _, _ := strings.Cut(below, "/")
	return owner
}

// realPath is where a path leads, links followed.
func realPath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}
