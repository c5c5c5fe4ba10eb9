//go:build js && wasm

package page

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"honnef.co/go/js/dom/v2"

	"homeroom/core/intake"
	"homeroom/wasm/teach"
	"homeroom/wasm/words"
)

// photoKind is the kind of what is dragged when a photo of the project is.
const photoKind = "application/x-homeroom-photos"

// dragging lets photos be dragged from class to class.
func (t *teacher) dragging() {
	root := element(t.root)
	root.AddEventListener("dragstart", false, func(ev dom.Event) {
		tile := ev.Underlying().Get("target").Call("closest", "[data-photo]")
		if tile.IsNull() {
			return
		}
		id := tile.Call("getAttribute", "data-photo").String()
		ids := []string{id}
		if n, _ := strconv.Atoi(id); t.screen.Picks[n] {
			ids = nil
			for _, picked := range t.picked() {
				ids = append(ids, strconv.Itoa(picked))
			}
		}
		transfer := ev.Underlying().Get("dataTransfer")
		transfer.Call("setData", photoKind, strings.Join(ids, ","))
		transfer.Set("effectAllowed", "move")
	})
	over := js.Null()
	mark := func(zone js.Value) {
		if over.Truthy() && !over.Equal(zone) {
			over.Get("classList").Call("remove", "over")
		}
		if zone.Truthy() {
			zone.Get("classList").Call("add", "over")
		}
		over = zone
	}
	root.AddEventListener("dragover", false, func(ev dom.Event) {
		zone := ev.Underlying().Get("target").Call("closest", "[data-drop]")
		photos := carries(ev, photoKind)
		if photos && (zone.IsNull() || zone.Call("getAttribute", "data-drop").String() != "class") {
			zone = js.Null()
		}
		mark(zone)
		if photos && zone.Truthy() {
			ev.PreventDefault()
			ev.Underlying().Get("dataTransfer").Set("dropEffect", "move")
		}
	})
	root.AddEventListener("drop", false, func(ev dom.Event) {
		mark(js.Null())
		if !carries(ev, photoKind) {
			return
		}
		ev.PreventDefault()
		zone := ev.Underlying().Get("target").Call("closest", "[data-drop=class]")
		if zone.IsNull() {
			return
		}
		if t.reading() {
			return
		}
		class, _ := strconv.Atoi(zone.Call("getAttribute", "data-class").String())
		var ids []int
		for _, s := range strings.Split(ev.Underlying().Get("dataTransfer").Call("getData", photoKind).String(), ",") {
			if id, err := strconv.Atoi(s); err == nil {
				ids = append(ids, id)
			}
		}
		t.change(t.project().MovePhotos(ids, class))
	})
	root.AddEventListener("dragend", false, func(dom.Event) { mark(js.Null()) })
	root.AddEventListener("dragleave", false, func(ev dom.Event) {
		if ev.Underlying().Get("relatedTarget").IsNull() {
			mark(js.Null())
		}
	})
}

// dropped takes files that were dropped on an element of this view.
func (t *teacher) dropped(on js.Value, got []incoming) {
	t.screen.Gathering = ""
	if t.project() == nil { // it is still being opened
		t.early = append(t.early, func() { t.dropped(on, got) })
		return
	}
	zone := js.Null()
	if on.Get("closest").Truthy() {
		zone = on.Call("closest", "[data-drop]")
	}
	switch {
	case t.screen.Tab == teach.TabTry:
		t.tryFiles(got)
	case zone.Truthy() && zone.Call("getAttribute", "data-drop").String() == "class":
		class, _ := strconv.Atoi(zone.Call("getAttribute", "data-class").String())
		t.addTo(class, got)
	default:
		t.addFolders(got)
	}
}

// pasted takes pictures from the clipboard: for the class that has the keyboard, or that photos were added to last.
func (t *teacher) pasted(got []incoming) {
	p := t.project()
	if p == nil {
		t.early = append(t.early, func() { t.pasted(got) })
		return
	}
	if t.screen.Tab == teach.TabTry {
		t.tryFiles(got)
		return
	}
	class := t.screen.Open
	if class == 0 {
		if card := js.Global().Get("document").Get("activeElement").Call("closest", "[data-class]"); card.Truthy() {
			class, _ = strconv.Atoi(card.Call("getAttribute", "data-class").String())
		}
	}
	if class == 0 {
		class = t.lastClass
	}
	if p.Class(class) == nil && len(p.Classes) > 0 {
		class = p.Classes[0].ID
	}
	if p.Class(class) == nil {
		t.notice("Add a class first, then paste a picture into it.", "", "")
		return
	}
	t.addTo(class, got)
}

// A breath lets events have their turn in the middle of long work on the page's own thread.
type breath struct{ last time.Time }

// take is called between pieces of the work, on a goroutine that may wait.
func (b *breath) take() {
	switch now := time.Now(); {
	case b.last.IsZero():
		b.last = now
	case now.Sub(b.last) > 20*time.Millisecond:
		time.Sleep(time.Millisecond)
		b.last = time.Now()
	}
}

// gather lists picked files, with where they lie in a picked folder.
func gather(files js.Value) []incoming {
	var b breath
	got := make([]incoming, files.Length())
	for i := range got {
		f := files.Index(i)
		got[i] = incoming{f, f.Get("webkitRelativePath").String()}
		b.take()
	}
	return got
}

// sift leaves out what is no photo, and says so. Once it has looked, another project may be open.
func (t *teacher) sift(got []incoming) []incoming {
	kept, left := sift(got, false)
	if text := left.String(); text != "" {
		t.app.say("Left out: " + text + ".")
	}
	return kept
}

// addTo adds files to a class.
func (t *teacher) addTo(class int, got []incoming) {
	p := t.project()
	if t.reading() {
		return
	}
	t.gathering(len(got))
	defer t.gathering(0)
	got = t.sift(got)
	if p != t.project() || p.Class(class) == nil || len(got) == 0 {
		return
	}
	photos, files, ok := t.photosOf(got)
	if !ok || p != t.project() || p.Class(class) == nil {
		return
	}
	t.lastClass = class
	e := p.AddPhotos(class, photos)
	t.roomCheck(files)
	t.reader.add(photos, files)
	t.change(e)
}

// latest is the year 2200, in milliseconds: no file was last changed after it.
const latest = 7_258_118_400_000

// photosOf makes photos of files.
func (t *teacher) photosOf(got []incoming) (photos []*teach.Photo, files []js.Value, ok bool) {
	p := t.project()
	var b breath
	for _, f := range got {
		b.take()
		ph, err := p.NewPhoto(f.name())
		if err != nil {
			t.notice(sentence(err.Error()), "", "")
			return nil, nil, false
		}
		if i := strings.LastIndexByte(f.path, '/'); i > 0 {
			ph.Folder = f.path[:i]
		}
		if changed := f.file.Get("lastModified"); changed.Type() == js.TypeNumber && changed.Float() > 0 && changed.Float() < latest {
			ph.Taken = int64(changed.Float()) // until it is read, and may say itself when it was taken
		}
		photos, files = append(photos, ph), append(files, f.file)
	}
	return photos, files, p == t.project()
}

// roomCheck has reading wait where the browser will not have room for what is kept of these files.
func (t *teacher) roomCheck(files []js.Value) {
	fulls := 0.0
	if t.project().Keep {
		for _, f := range files {
			fulls += f.Get("size").Float()
		}
	}
	go t.keeper.roomFor(len(files), fulls)
}

// addFolders adds files to the classes that their folders name.
func (t *teacher) addFolders(got []incoming) {
	p := t.project()
	if t.reading() {
		return
	}
	t.gathering(len(got))
	defer t.gathering(0)
	got = t.sift(got)
	if len(got) == 0 || p != t.project() {
		return
	}
	// What matters of a file is the folder that it lies in; there are fewer of those.
	var pause breath
	var loose []incoming
	byFolder := map[string][]incoming{}
	for _, f := range got {
		if i := strings.LastIndexByte(f.path, '/'); i > 0 {
			byFolder[f.path[:i]] = append(byFolder[f.path[:i]], f)
		} else {
			loose = append(loose, f)
		}
		pause.take()
	}
	places := slices.Sorted(maps.Keys(byFolder))
	paths := make([]string, len(places))
	for i, place := range places {
		files := byFolder[place]
		slices.SortStableFunc(files, func(a, b incoming) int { return strings.Compare(a.path, b.path) })
		paths[i] = files[0].path
		pause.take()
	}
	names, class := intake.ByFolder(paths)
	folders := make([]teach.Folder, len(names))
	for i, name := range names {
		folders[i].Name = name
	}
	var photos []*teach.Photo
	var files []js.Value
	for i, place := range places {
		some, theirs, ok := t.photosOf(byFolder[place])
		if !ok || p != t.project() {
			return
		}
		photos, files = append(photos, some...), append(files, theirs...)
		folders[class[i]].Photos = append(folders[class[i]].Photos, some...)
	}
	if len(photos) > 0 {
		e, err := p.AddFolders(folders)
		if err != nil {
			t.notice(sentence(err.Error()), "", "")
			return
		}
		t.roomCheck(files)
		t.reader.add(photos, files)
		t.change(e)
	}
	switch {
	case len(loose) == 0:
	case len(p.Classes) == 0:
		e, err := p.AddClass("Class 1")
		if err == nil {
			t.change(e)
			t.addTo(p.Classes[0].ID, loose)
		}
	case t.screen.Open != 0:
		t.addTo(t.screen.Open, loose)
	case len(p.Classes) == 1:
		t.addTo(p.Classes[0].ID, loose)
	default:
		t.notice("Drop single photos on the class that they belong to.", "", "")
	}
}

// manyFiles is from how many files on it is said that they are looked through, which takes a second and more.
const manyFiles = 1000

// gathering says that so many files are being looked through, 0 that it is done.
func (t *teacher) gathering(n int) {
	t.screen.Gathering = ""
	if n >= manyFiles {
		t.screen.Gathering = "Looking through " + words.Plural(n, "file", "files")
	}
	t.draw()
}

// found says how many files were found so far in folders that were dropped.
func (t *teacher) found(n int) {
	if n >= manyFiles {
		t.screen.Gathering = "Looking through the folders: " + words.Plural(n, "file", "files") + " so far"
		t.drawLater()
	}
}
