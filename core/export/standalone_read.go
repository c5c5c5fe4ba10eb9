package export

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Limits of what a file is unpacked to.
const (
	mostUnpacked = 1 << 30 // bytes
	mostRatio    = 64      // to those it was packed in, beyond a million
)

func mostOf(packed uint64) int {
	return int(min(mostUnpacked, 1<<20+mostRatio*min(packed, mostUnpacked)))
}

// partStart begins a part, up to what is said of it.
const partStart = `<script type="text/plain" `

// ReadSingle reads a page that [Page.Single] wrote: its project, packs and those files of the
// element that are parts of it. Style and script must be those that the page's policy lets browsers
// run.
func ReadSingle(file []byte) (*Page, error) {
	between := func(from, to string) string {
		_, rest, _ := bytes.Cut(file, []byte(from))
		found, _, ok := bytes.Cut(rest, []byte(to))
		if !ok {
			return ""
		}
		return string(found)
	}
	policy := between(`<meta http-equiv="Content-Security-Policy" content="`, `"`)
	for what, code := range map[string]string{"style": between("<style>", "</style>"), "script": between("\n<script>", "</script>\n</body>\n</html>\n")} {
		if code == "" || !strings.Contains(policy, integrity(code)) {
			return nil, fmt.Errorf("the page's %s is missing, or is not the one that its policy allows", what)
		}
	}
	out := &Page{Element: map[string][]byte{}, Packs: map[string][]byte{}}
	for rest := file; ; {
		var ok bool
		if _, rest, ok = bytes.Cut(rest, []byte(partStart)); !ok {
			break
		}
		said, text, _ := bytes.Cut(rest, []byte(">"))
		if text, rest, ok = bytes.Cut(text, []byte("</script>\n")); !ok {
			return nil, errors.New("the page is cut short")
		}
		attribute := func(name string) string {
			_, value, _ := strings.Cut(string(said), "data-"+name+`="`)
			value, _, _ = strings.Cut(value, `"`)
			return value
		}
		name := html.UnescapeString(attribute("part"))
		n, err := strconv.Atoi(attribute("bytes"))
		planes, other := strconv.Atoi(attribute("planes"))
		if err = errors.Join(err, other); err == nil && (planes < 0 || planes > 8) {
			err = fmt.Errorf("it has %d planes", planes)
		}
		var data []byte
		if err == nil {
			data, err = bytesOf(text, n)
		}
		if err == nil && planes > 0 {
			data, err = unpacked(data, planes, mostOf(uint64(len(data))))
		}
		if err != nil {
			return nil, fmt.Errorf("the page's part %q: %w", name, err)
		}
		if err := out.take(name, data); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"worker.js", "engine.bin"} {
		if out.Element[name] == nil {
			return nil, fmt.Errorf("the page's part %q is missing", name)
		}
	}
	return out, nil
}

// take takes a part, which may be there once.
func (p *Page) take(name string, data []byte) error {
	pack, isPack := strings.CutPrefix(name, packName)
	into, key := p.Element, name
	switch {
	case isPack:
		into, key = p.Packs, pack
	case name == "project" && p.Project == nil:
		p.Project = data
		return nil
	case !slices.Contains(elementFiles, name):
		return fmt.Errorf("the page has a part %q, which it should not", name)
	}
	if into[key] != nil {
		return fmt.Errorf("the page has two parts %q", name)
	}
	into[key] = data
	return nil
}

// ReadFolder reads a page that [Page.Folder] wrote.
func ReadFolder(file []byte) (*Page, error) {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	out := &Page{Element: map[string][]byte{}, Packs: map[string][]byte{}}
	index := false
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		most := mostOf(f.CompressedSize64)
		data, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
		r.Close()
		if err == nil && len(data) > most {
			err = fmt.Errorf("more than %d bytes come of it", most)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		element, isElement := strings.CutPrefix(f.Name, "homeroom/")
		pack, isPack := strings.CutSuffix(f.Name, ".pack")
		switch {
		case isElement:
			err = out.take(element, data)
		case isPack:
			err = out.take(packName+pack, data)
		case f.Name == "classifier.homeroom":
			err = out.take("project", data)
		case f.Name == "index.html":
			index = bytes.Contains(data, []byte(`src="classifier.homeroom"`)) && bytes.Contains(data, []byte(`src="homeroom/element.js"`))
		}
		if err != nil {
			return nil, err
		}
	}
	if !index {
		return nil, errors.New("index.html is missing, or shows no classifier")
	}
	return out, out.check()
}
