package classify

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/markup"
)

// missing is the photos that came back without their files. A file that is given again is known by
// its name, length and time.
type missing struct {
	cards map[mark][]*card
	found int // files that were given since it was told last
}

// A mark is what a file is known by.
type mark struct {
	name           string
	bytes, changed int64
}

func markOf(f outside.File) mark { return mark{f.Name, f.Bytes, f.Changed} }

// list notes the photos whose files are missing.
func (m *missing) list(photos []*queue.Photo, cards map[int]*card) {
	m.cards = map[mark][]*card{}
	for _, p := range photos {
		if c := cards[p.ID]; p.Missing {
			m.cards[markOf(c.File)] = append(m.cards[markOf(c.File)], c)
		}
	}
}

// claim is the card whose file this is, nil for none: one of the same path comes first.
func (m *missing) claim(f outside.File) *card {
	of := m.cards[markOf(f)]
	if len(of) == 0 {
		return nil
	}
	at := 0
	for i, c := range of {
		if c.File.Path == f.Path {
			at = i
			break
		}
	}
	c := of[at]
	if of = append(of[:at:at], of[at+1:]...); len(of) == 0 {
		delete(m.cards, markOf(f))
	} else {
		m.cards[markOf(f)] = of
	}
	return c
}

// say tells how many files were given again.
func (m *missing) say(t *outside.Turn) {
	if m.found > 0 {
		t.Say(say("The files of {1|# photo|# photos} are here again.", m.found))
		m.found = 0
	}
}

// view asks for the files, where some photos cannot be named without. give is the event by which
// they are given.
func (m *missing) view(photo func(int) *queue.Photo, absent int, give func([]outside.File) any) []*markup.Node {
	out := []*markup.Node{}
	if absent == 0 {
		return out
	}
	n, folders := 0, true
	for _, of := range m.cards {
		for _, c := range of {
			if photo(c.Photo.ID) != nil {
				n++
				folders = folders && c.File.Path != ""
			}
		}
	}
	return append(out, el("div.missing", at("role", "group"), at("aria-label", say("Files that are needed")), markup.Key("missing"),
		el("p", say("The page was loaded again, and a browser lets go of files then. {1|# photo|# photos} can be named once you choose the files again, all at once.", absent)),
		choose(say("Choose the files again"), "all", "missing-files", folders && n > 0, give)))
}

// choose is the button by which files are given again: those of a folder, or single ones.
func choose(label, key, id string, folder bool, give func([]outside.File) any) *markup.Node {
	input := el("input.picker", at("type", "file"), flag("multiple", true), at("aria-label", label), markup.Files(give))
	if id != "" {
		input.Attrs = append(input.Attrs, at("id", id))
	}
	if folder {
		input.Attrs = append(input.Attrs, flag("webkitdirectory", true))
	} else {
		input.Attrs = append(input.Attrs, at("accept", "image/*,.heic,.heif,.avif"))
	}
	return el("label.button.small", markup.Key(key), input, el("span", label))
}
