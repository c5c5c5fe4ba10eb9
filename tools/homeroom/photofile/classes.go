package photofile

import (
	"fmt"
	"os"
	"path/filepath"

	"homeroom/core/intake"
	"homeroom/core/photo"
	"homeroom/tools/homeroom/console"
)

// Class is the photos of one class.
type Class struct {
	Name  string
	Files []File
}

// ReadClasses lists the folders in a folder, each a class named like it, or the classes in a zip.
// Folders whose names are one class's, as [intake.ClassKey] has it, are one. Links are followed, to
// each folder once among all classes. What is left out is told.
func ReadClasses(con *console.Console, folder string) ([]Class, error) {
	if info, err := os.Stat(folder); err == nil && !info.IsDir() && intake.CalledArchive(folder) {
		classes, end, err := archiveClasses(con, folder)
		if err == nil {
			con.After(end)
		}
		return classes, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	folders, err := newClassFolders(con, folder)
	if err != nil {
		return nil, err
	}
	var out []Class
	var left intake.LeftOut
	index := map[string]int{}
	for _, e := range entries {
		name, path := e.Name(), filepath.Join(folder, e.Name())
		if intake.PassedOver(name) {
			left.Hidden(name)
			continue
		}
		info, err := os.Stat(path) // links to folders count
		switch {
		case err != nil:
			fmt.Fprintf(con.Err, "homeroom: %s: %s; it is left out\n", path, console.Plain(path, err))
			continue
		case !info.IsDir():
			leaveLoose(&left, path, info)
			continue
		}
		s := search{sources: new(Sources), classes: folders, class: name}
		s.named(path)
		left.Add(s.left)
		files := s.found
		if len(files) == 0 {
			continue // all of it is another class's, which was said
		}
		key := intake.ClassKey(name)
		if k, ok := index[key]; ok {
			fmt.Fprintf(con.Err, "homeroom: %s: taken for the class %s, since the names differ in capitals or in how accents are stored only\n", path, out[k].Name)
			out[k].Files = append(out[k].Files, files...)
			continue
		}
		index[key] = len(out)
		out = append(out, Class{name, files})
	}
	if text := left.String(); text != "" {
		fmt.Fprintf(con.Err, "homeroom: %s: left out: %s\n", folder, text)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no folders in it: a folder is wanted for each class, named like the class, with its photos", folder)
	}
	return out, nil
}

// leaveLoose counts a file that lies beside the folders of classes.
func leaveLoose(left *intake.LeftOut, path string, info os.FileInfo) {
	if regular(info) != nil {
		left.File(path, photo.Kind{Format: "pipe or device"})
		return
	}
	head, err := readHead(path)
	if kind := photo.KindOf(head); err == nil && !kind.Picture {
		left.File(path, kind)
	} else {
		left.Loose()
	}
}

// IndexOfClass finds a class by its name, as [intake.ClassKey] has it, −1 where there is none.
func IndexOfClass(classes []string, name string) int {
	key := intake.ClassKey(name)
	for i, c := range classes {
		if c == name {
			return i
		}
	}
	for i, c := range classes {
		if intake.ClassKey(c) == key {
			return i
		}
	}
	return -1
}
