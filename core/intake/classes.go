package intake

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// ClassKey is what names of one class have in common: names that differ in capitals, in how accents
// are stored, or in spaces around and within them are one class, whose name is the one that came
// first. Systems that make no difference between such names turn one into the other when folders
// are copied.
func ClassKey(name string) string {
	return strings.ToLower(norm.NFC.String(strings.Join(strings.Fields(name), " ")))
}

// ByFolder says to which classes files belong by where they lie: names are the classes in the order
// in which they first come, class has for each path the index of its own, −1 for a file that lies
// in no folder. Folders of one [ClassKey] are one class.
//
// A folder with files right in it is a class, whatever lies deeper; a folder with only folders in
// it is a collection, and they are the classes. So "clothes/train/dress/1.jpg" is a dress.
func ByFolder(paths []string) (names []string, class []int) {
	class = make([]int, len(paths))
	index := map[string]int{}
	var sort func(files []int, depth int)
	sort = func(files []int, depth int) {
		byDir := map[string][]int{}
		var dirs []string
		for _, i := range files {
			dir := strings.Split(paths[i], "/")[depth]
			if byDir[dir] == nil {
				dirs = append(dirs, dir)
			}
			byDir[dir] = append(byDir[dir], i)
		}
		for _, dir := range dirs {
			direct := false
			for _, i := range byDir[dir] {
				direct = direct || strings.Count(paths[i], "/") == depth+1
			}
			if !direct {
				sort(byDir[dir], depth+1)
				continue
			}
			key := ClassKey(dir)
			k, ok := index[key]
			if !ok {
				k = len(names)
				index[key] = k
				names = append(names, dir)
			}
			for _, i := range byDir[dir] {
				class[i] = k
			}
		}
	}
	var inFolders []int
	for i, p := range paths {
		class[i] = -1
		if strings.Contains(p, "/") {
			inFolders = append(inFolders, i)
		}
	}
	sort(inFolders, 0)
	return names, class
}
