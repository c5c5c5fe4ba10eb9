package page

import "strings"

// likelyPhoto tells whether a file of a folder is worth a card: not what systems leave in folders, and not what is
// plainly of another kind. A file without a known kind gets its chance.
func likelyPhoto(name, kind string) bool {
	switch lower := strings.ToLower(name); {
	case strings.HasPrefix(name, "."), lower == "thumbs.db", lower == "desktop.ini":
		return false
	default:
		return kind == "" || strings.HasPrefix(kind, "image/")
	}
}

// commonPhoto tells of a file by its name alone that it is a photo; the browser would say so by the same name.
func commonPhoto(name string) bool {
	if strings.HasPrefix(name, ".") {
		return false
	}
	switch i := strings.LastIndexByte(name, '.'); strings.ToLower(name[i+1:]) {
	case "jpg", "jpeg", "png", "webp", "gif", "bmp":
		return i > 0
	}
	return false
}
