package base

import (
	"maps"
	"slices"
	"sort"
	"strings"

	rules "homeroom/core/intake"
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/text"
)

// manyFiles is from how many files on it is said that they are looked through, which takes a second
// and more.
const manyFiles = 1000

// An Intake is files on their way into classes.
type Intake struct {
	*Base
	Gathering string // which files are being looked through, "" for none
	LastClass int    // that photos were added to last
}

// Gather says how many files were found so far.
func (n *Intake) Gather(e outside.Gathering) {
	switch {
	case e.Files < manyFiles:
		n.Gathering = ""
	case e.Walking:
		n.Gathering = say("Looking through the folders: {1|# file|# files} so far", e.Files)
	default:
		n.Gathering = say("Looking through {1|# file|# files}", e.Files)
	}
}

// Sift leaves out what lies about in folders without being a photo.
func Sift(t *outside.Turn, files []outside.File) []outside.File {
	kept, left := outside.Sift(files, false)
	if text := left.String(); text != "" {
		t.Say(say("Left out: {1}.", foreign(text)))
	}
	return kept
}

// latest is the year 2200, in milliseconds: no file was last changed after it.
const latest = 7_258_118_400_000

// photosOf makes photos of files.
func (n *Intake) photosOf(t *outside.Turn, files []outside.File) (photos []*project.Photo, ok bool) {
	for _, f := range files {
		ph, err := n.NewPhoto(f.Name)
		if err != nil {
			n.Notice(t, Sentence(text.Of(err)))
			return nil, false
		}
		if i := strings.LastIndexByte(f.Path, '/'); i > 0 {
			ph.Folder = f.Path[:i]
		}
		if f.Changed > 0 && f.Changed < latest {
			ph.Taken = f.Changed // until it is read, and may say itself when it was taken
		}
		n.Files[ph.ID] = f
		photos = append(photos, ph)
	}
	return photos, true
}

// came has photos read that an edit put into classes.
func (n *Intake) came(t *outside.Turn, photos []*project.Photo, e *project.Edit) {
	for _, ph := range photos {
		if n.Keep {
			n.Need += float64(n.Files[ph.ID].Bytes)
		}
	}
	n.Added = append(n.Added, photos...)
	n.Change(t, e)
}

// AddTo adds files to a class. taken, where not 0, is when the first of them was taken, so that
// photos of one burst stay together when it is checked.
func (n *Intake) AddTo(t *outside.Turn, class int, files []outside.File, taken int64) {
	n.Gathering = ""
	files = Sift(t, files)
	if n.Class(class) == nil || len(files) == 0 {
		return
	}
	photos, ok := n.photosOf(t, files)
	if !ok {
		return
	}
	for i, ph := range photos {
		if taken > 0 {
			ph.Taken = taken + int64(i)
		}
	}
	n.LastClass = class
	n.came(t, photos, n.AddPhotos(class, photos))
}

// AddUnlabelled adds files without a class, whatever folders they lie in.
func (n *Intake) AddUnlabelled(t *outside.Turn, files []outside.File) {
	n.Gathering = ""
	files = Sift(t, files)
	if len(files) == 0 {
		return
	}
	if photos, ok := n.photosOf(t, files); ok {
		n.came(t, photos, n.Base.AddUnlabelled(photos))
	}
}

// TakeFolders adds files to the classes that their folders name. Those that lie in none go into
// open, where that is a class.
func (n *Intake) TakeFolders(t *outside.Turn, files []outside.File, open int) {
	n.Gathering = ""
	files = Sift(t, files)
	// What matters of a file is the folder that it lies in; there are fewer of those.
	var loose []outside.File
	inFolder := map[string][]outside.File{}
	for _, f := range files {
		if i := strings.LastIndexByte(f.Path, '/'); i > 0 {
			inFolder[f.Path[:i]] = append(inFolder[f.Path[:i]], f)
		} else {
			loose = append(loose, f)
		}
	}
	places := slices.Sorted(maps.Keys(inFolder))
	paths := make([]string, len(places))
	for i, place := range places {
		files := inFolder[place]
		sort.SliceStable(files, func(i, j int) bool { return files[i].Path < files[j].Path })
		paths[i] = inFolder[place][0].Path
	}
	names, class := rules.ByFolder(paths)
	folders := make([]project.Folder, len(names))
	for i, name := range names {
		folders[i].Name = name
	}
	var photos []*project.Photo
	for i, place := range places {
		some, ok := n.photosOf(t, inFolder[place])
		if !ok {
			return
		}
		photos = append(photos, some...)
		folders[class[i]].Photos = append(folders[class[i]].Photos, some...)
	}
	if len(photos) > 0 {
		e, err := n.AddFolders(folders)
		if err != nil {
			n.Notice(t, Sentence(text.Of(err)))
			return
		}
		n.came(t, photos, e)
	}
	n.addLoose(t, loose, open)
}

// addLoose adds files that lie in no folder.
func (n *Intake) addLoose(t *outside.Turn, files []outside.File, open int) {
	switch {
	case len(files) == 0:
	case len(n.Classes) == 0:
		if e, err := n.AddClass(t.Words(say("Class {1}", 1))); err == nil {
			n.Change(t, e)
			n.AddTo(t, n.Classes[0].ID, files, 0)
		}
	case open != 0:
		n.AddTo(t, open, files, 0)
	case len(n.Classes) == 1:
		n.AddTo(t, n.Classes[0].ID, files, 0)
	default:
		n.Notice(t, say("Drop single photos on the class that they belong to."))
	}
}

// View says that files are being looked through.
func (n *Intake) View() *node {
	if n.Gathering == "" {
		return nil
	}
	return el("section.load", at("aria-label", say("Adding files")), key("gathering"), el("label", at("for", "gathering-bar"), n.Gathering), el("progress", at("id", "gathering-bar")))
}
