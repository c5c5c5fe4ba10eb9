package sorting

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Default is the template where none is given.
const Default = "{label}/{name}"

// Unnamed is the label of photos that have none, because they are unknown or not sure enough.
const Unnamed = "unsure"

// A Photo is what a template takes from one.
type Photo struct {
	Path  string    // of its file, as the system writes it
	Label string    // "" for Unnamed
	Taken time.Time // in the time zone that folders go by; zero where it is not known
}

// A Template makes a path of a photo. Its parts in braces are label, year, month, day, date
// (2006-01-02), name (koala.jpg), stem (koala), ending (.jpg) and folder (that the photo lies in).
type Template struct {
	parts []string // of the path, each text with parts in braces
}

var fields = []string{"label", "year", "month", "day", "date", "name", "stem", "ending", "folder"}

// Undated is what year, month, day and date are of a photo that does not tell its time.
const Undated = "undated"

// Parse reads a template.
func Parse(text string) (Template, error) {
	if strings.Contains(text, `\`) {
		return Template{}, fmt.Errorf("the template %q has a backslash in it; folders are divided by /, on every system", text)
	}
	if path.IsAbs(text) {
		return Template{}, fmt.Errorf("the template %q begins with /; it is for paths inside the folder that is sorted into", text)
	}
	named := false
	var t Template
	for part := range strings.SplitSeq(text, "/") {
		if part == "" || part == "." || part == ".." {
			return Template{}, fmt.Errorf("the template %q has %q for a part of its path", text, part)
		}
		for rest := part; ; {
			before, after, opened := strings.Cut(rest, "{")
			if strings.Contains(before, "}") {
				return Template{}, fmt.Errorf("the template %q closes a brace that it did not open", text)
			}
			if !opened {
				break
			}
			field, next, closed := strings.Cut(after, "}")
			if !closed || !slices.Contains(fields, field) {
				return Template{}, fmt.Errorf("the template %q has {%s in it; there are {%s}", text, strings.TrimSuffix(field, "}"), strings.Join(fields, "}, {"))
			}
			named, rest = field == "name" || field == "stem", next
		}
		t.parts = append(t.parts, part)
	}
	if !named {
		last := t.parts[len(t.parts)-1]
		if !strings.Contains(last, "{name}") && !strings.Contains(last, "{stem}") {
			return Template{}, errors.New("the last part of the template is the file's name, so it needs {name}, or {stem} and {ending}")
		}
	}
	return t, nil
}

// path returns where a photo belongs, with slashes, in names that any file system takes.
func (t Template) path(p Photo) string {
	base := baseName(p.Path)
	ending := path.Ext(base)
	stem := strings.TrimSuffix(base, ending)
	if stem == "" {
		stem, ending = base, ""
	}
	date := func(layout string) string {
		if p.Taken.IsZero() {
			return Undated
		}
		return p.Taken.Format(layout)
	}
	label := p.Label
	if strings.TrimSpace(label) == "" {
		label = Unnamed
	}
	field := func(name string) (value string, is bool) {
		switch name {
		case "{label}":
			return inPart(label), true
		case "{year}":
			return date("2006"), true
		case "{month}":
			return date("01"), true
		case "{day}":
			return date("02"), true
		case "{date}":
			return date("2006-01-02"), true
		case "{name}":
			return inPart(base), true
		case "{stem}":
			return inPart(stem), true
		case "{ending}":
			return inPart(ending), true
		case "{folder}":
			return inPart(baseName(folderOf(p.Path))), true
		}
		return "", false
	}
	parts := make([]string, len(t.parts))
	for i, part := range t.parts {
		kept := ""
		if i == len(parts)-1 && (strings.HasSuffix(part, "{name}") || strings.HasSuffix(part, "{ending}")) {
			kept = inPart(ending)
		}
		parts[i] = Safe(fill(part, field), kept)
	}
	return strings.Join(parts, "/")
}

// fill puts values in the place of the fields of a text. What is put in is not looked at again.
func fill(text string, field func(name string) (value string, is bool)) string {
	var out strings.Builder
	for {
		from := strings.IndexByte(text, '{')
		end := strings.IndexByte(text[max(from, 0):], '}')
		if from < 0 || end < 0 {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:from])
		text = text[from:]
		if value, is := field(text[:end+1]); is {
			out.WriteString(value)
			text = text[end+1:]
		} else {
			out.WriteByte('{')
			text = text[1:]
		}
	}
}

// separators divide paths, on one system or another.
const separators = `/\`

func baseName(p string) string {
	p = strings.TrimRight(p, separators)
	return p[strings.LastIndexAny(p, separators)+1:]
}

func folderOf(p string) string {
	p = strings.TrimRight(p, separators)
	return p[:max(0, strings.LastIndexAny(p, separators))]
}

// inPart keeps what is put into a template from dividing the path, and from reading as a template.
func inPart(text string) string { return parting.Replace(text) }

var parting = strings.NewReplacer("/", "∕", `\`, "∖")

// longest is the most bytes of a name that is made, less than the 255 that file systems take: a
// sidecar's ending and the number of a name that is taken twice go behind it.
const longest = 240

// devices are names that Windows keeps for devices, whatever ending they have.
var devices = []string{
	"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "com0",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "lpt0", "conin$", "conout$", "clock$",
}

// Safe makes a name that Windows, macOS and Linux take alike: without the signs and endings that
// one of them does not allow, not of a device, not hidden, and not too long; what is cut off is cut
// before the ending, where the name has that.
func Safe(name, ending string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return '�'
		case unicode.IsControl(r), strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case r == '/' || r == '\\':
			return '_'
		case 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069: // they show a name in another order
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "�"))
	if strings.HasSuffix(name, ending) && len(ending) <= longest/2 {
		name = strings.TrimSuffix(name, ending)
	} else {
		ending = ""
	}
	name, ending = cut(name, longest-len(ending)), strings.TrimRight(ending, " .")
	if ending == "" {
		name = strings.TrimRight(name, " .")
	}
	name = strings.TrimLeft(name, " ")
	if strings.HasPrefix(name, ".") || name == "" {
		name = "_" + name
	}
	first, _, _ := strings.Cut(name+ending, ".")
	if slices.Contains(devices, strings.ToLower(strings.TrimSpace(first))) {
		name = "_" + name
	}
	return name + ending
}

// cut shortens text to so many bytes, at the end of a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
