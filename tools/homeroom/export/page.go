package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"homeroom/core/feature"
	"homeroom/tools/exports"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/joined"
	"homeroom/tools/whole"
)

// elementFolder is where the finished page has the element's files.
const elementFolder = "element"

// page writes what was taught as a web page: one file, or a folder, zipped.
func (e *Command) page(con *console.Console) error {
	if !isProject(e.From) {
		return fmt.Errorf("--as %s: that is a page with what was taught; name a .homeroom file", e.As)
	}
	element, err := e.element()
	if err != nil {
		return err
	}
	p, err := engine.ReadProject(e.From)
	if err != nil {
		return err
	}
	alone := p.ClassifierOnly()
	if alone == nil {
		return fmt.Errorf("%s has no head yet: nothing was taught in it", e.From)
	}
	var spaces []feature.Space
	for _, s := range alone.Head().Spaces {
		spaces = append(spaces, s.Name)
	}
	backbones, err := catalog.OpenBackbones(spaces, e.Model)
	if err != nil {
		return fmt.Errorf("%s: %w", e.From, err)
	}
	packs, names := map[string][]byte{}, []string{}
	for name, b := range backbones {
		packs[name], names = b.Data, append(names, name)
	}
	var file bytes.Buffer
	err = exports.Page(&file, e.As, p, packs, element)
	size := file.Len()
	if err == nil {
		err = whole.Write(e.Out, 0o666, func(w io.Writer) error { _, err := file.WriteTo(w); return err })
	}
	if err != nil {
		return fmt.Errorf("%s as %s: %w", e.From, e.As, err)
	}
	_, err = fmt.Fprintf(con.Out, "%s: %s, with %s in it, %s; %.1f MB\n", e.Out, console.CountClasses(len(alone.Bank.Classes)), strings.Join(names, ", "), without(alone), float64(size)/1e6)
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
