package export

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"homeroom/tools/exports"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/joined"
)

// elementFolder is where the finished page has the element's files.
const elementFolder = "element"

// alone writes what was taught without the photos that it was taught: as a project, or as a web
// page of one file or of a folder, zipped.
func (e *Command) alone(con *console.Console) error {
	if !isProject(e.From) {
		what := "a page with what was taught; name a .homeroom file"
		if e.As == exports.Homeroom {
			what = "a project without its photos; name a .homeroom file (a network is a pack as it is)"
		}
		return fmt.Errorf("--as %s: that is %s", e.As, what)
	}
	t := exports.Taught{Packs: map[string][]byte{}}
	page := e.As != exports.Homeroom
	if page {
		var err error
		if t.Element, err = e.element(); err != nil {
			return err
		}
	}
	p, h, backbones, err := e.taught()
	if err != nil {
		return err
	}
	if t.File, t.Head = p, h; !e.Quick && !page {
		t.Quick = p.QuickHead()
	}
	for name, b := range backbones {
		t.Packs[name] = b.Data
	}
	photos, err := e.photosToCompare(con)
	if err != nil {
		return err
	}
	file, d, err := t.Make(e.As, photos, options(), nil)
	if err == nil {
		err = e.tell(con, d, true, h.Unknown.Set && !h.Unknown.Never)
	}
	if err == nil {
		err = e.save(file)
	}
	if err != nil {
		return fmt.Errorf("%s as %s: %w", e.From, e.As, err)
	}
	card, err := t.Card()
	if err != nil {
		return err
	}
	carries := strings.Join(card.Carries, ", ")
	classes, networks := console.CountClasses(len(h.Classes)), strings.Join(slices.Sorted(maps.Keys(t.Packs)), ", ")
	if page {
		_, err = fmt.Fprintf(con.Out, "%s: %s, with %s in it, %s; %.1f MB; it carries %s\n", e.Out, classes, networks, without(h), float64(len(file))/1e6, carries)
	} else {
		_, err = fmt.Fprintf(con.Out, "%s: %s, %s; it needs %s and carries %s\n", e.Out, classes, without(h, t.Quick), networks, carries)
	}
	return err
}

// element reads the element's files, which the finished page has.
func (e *Command) element() (map[string][]byte, error) {
	var page catalog.Files
	if e.Page != "" {
		page = catalog.InFolder(e.Page)
	} else {
		var err error
		page, err = catalog.FindFiles("HOMEROOM_DIST", "dist", "index.html", ".")
		if errors.Is(err, joined.ErrCut) {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("--as %s takes its scripts from the finished page, which was not found: %w; make it with \"make build\", or name its folder with --page", e.As, err)
		}
	}
	out := map[string][]byte{}
	list, err := fs.ReadDir(page.Files, elementFolder)
	if err != nil {
		return nil, fmt.Errorf("the finished page has no folder %q (%w); make it again with \"make build\"", elementFolder, err)
	}
	for _, f := range list {
		data, err := fs.ReadFile(page.Files, elementFolder+"/"+f.Name())
		if err != nil {
			return nil, err
		}
		out[f.Name()] = data
	}
	return out, nil
}
