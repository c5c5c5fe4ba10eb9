package teach

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/head"
	"homeroom/wasm/markup"
	"homeroom/wasm/sheet"
	"homeroom/wasm/words"
)

// Shorthands that every view here uses.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
	is   = markup.Is
)

type (
	node = markup.Node
	key  = markup.Key
)

// do names what the page does when an element is used; args become data attributes of their own.
func do(what string, args ...any) []markup.Attr {
	out := []markup.Attr{at("data-do", what)}
	for i := 0; i+1 < len(args); i += 2 {
		out = append(out, at("data-"+args[i].(string), args[i+1]))
	}
	return out
}

// The tabs of the view.
const (
	TabPhotos   = "photos"
	TabResults  = "results"
	TabTry      = "try"
	TabVersions = "versions"
	TabSettings = "settings"
)

var tabs = []struct{ id, title string }{
	{TabPhotos, "Photos"}, {TabResults, "Results"}, {TabTry, "Try it"}, {TabVersions, "Versions"}, {TabSettings, "Settings"},
}

// How much is shown at a time.
const (
	PageOfClasses = 24
	PageOfPhotos  = 96
	inCard        = 8 // photos of a class on its card
)

// A Screen is what the view shows: a project, and how the page stands.
type Screen struct {
	Project  *Project
	Projects []Summary // all that are saved, newest first
	Tab      string
	Save     Save
	// Elsewhere says that another tab holds the project: here it is only shown.
	Elsewhere bool
	Engine    Engine
	Other     Engine // a network that the version in use answers with besides
	Reading   Reading
	Problems  []Problem
	Damaged   int // photos whose files are damaged, since reading began: what was there of them was taken
	Twins     int // photos that were in their class already, since reading began
	Notices   []Notice
	Filing    string // what is being done about a project file, "" for nothing
	// Gathering says which files are being looked through, "" for none.
	Gathering string

	Search  string
	Classes int // how many classes are shown
	Open    int // class whose photos are all shown, 0 for none
	Photos  int // how many photos of it are shown
	Picks   map[int]bool

	// Picked and PickedTried are the photo whose dialogue is open: of the project, or tried; 0 for none.
	Picked, PickedTried int

	Networks   []Network
	Companions []string // names of those that photos are looked at with besides
	Spaces     []string // that photos are read in
	Absent     int      // photos that keep all from being looked at again, for they are not at hand
	Keeping    Keeping
	Camera     Camera
	Learning   Learning
	Result     *Result
	Cell       *Cell // of the confusion matrix, whose photos are shown

	AllClasses bool // the table of results shows all classes

	Try     Try
	Compare [2]int
	Heat    sheet.Heat
	Sizes   Sizes
	Curve   CurveState

	// Thumb gives the address of a photo's thumbnail, "" where it is not there yet.
	Thumb func(id int) string
	// Full gives the address of the photo itself, "" where only its thumbnail is at hand. A photo that was tried has its ID
	// below 0.
	Full func(id int) string
	// Inside is what shows what is inside the network for the photo whose dialogue is open.
	Inside func() *node
}

// Network is one that can be chosen.
type Network struct {
	Name, Title string
	Bytes       int64
	Size        int
	Sizes       []int
}

// Save is how the project is kept.
type Save struct {
	State string // "saved", "saving", "failed", or "elsewhere": another tab does it
	What  string // in a few words, where it failed
	Why   string // it could not be saved, and what to do
	Never bool   // nothing can be saved here, and trying again is no help
	Firm  bool   // the browser promised not to clear it
}

// Keeping is how the photos themselves are kept.
type Keeping struct {
	Asking      bool // whether they are to be deleted
	Done, Of    int  // that are being stored
	Used, Quota int64
}

// Engine is how the network stands: Text says what is being done before it is ready.
type Engine struct {
	Text          string
	Part          float64 // of it, below 0 where not known
	What, Why, Do string  // it went wrong
	Ready         bool
}

// Reading is how far the photos are that were added.
type Reading struct {
	Done, Of int
	Left     string // time left, in words
	Paused   bool
	Why      string // it was paused by the page
	Again    bool   // photos that are here already are looked at mirrored and whole
}

// Problem is a file that could not be read.
type Problem struct{ Name, Why string }

// Notice is something to tell that stays until it is dismissed.
type Notice struct {
	Text       string
	Do, Action string // a button
	More       []Action
}

// Action is a button of a notice about a project that is not open.
type Action struct{ Do, Action, Project string }

// Nodes returns what the view shows.
func (s *Screen) Nodes() []*node {
	if s.Project == nil {
		return []*node{el("p.quiet", "Opening your project…")}
	}
	empty := len(s.Project.Classes) == 0
	out := []*node{s.desk(), s.intro(empty)}
	out = append(out, s.strip()...)
	if empty && s.Tab == TabPhotos {
		out = append(out, s.start())
	}
	out = append(out, s.tablist())
	var kids []*node
	switch s.Tab {
	case TabPhotos:
		if !empty {
			kids = s.photosTab()
		}
	case TabResults:
		kids = s.resultsTab()
	case TabTry:
		kids = s.tryTab()
	case TabVersions:
		kids = s.versionsTab()
	case TabSettings:
		kids = s.settingsTab()
	}
	panel := el("div.panel.panel-"+s.Tab, at("role", "tabpanel"), at("id", "panel"), at("aria-labelledby", "tab-"+s.Tab), at("tabindex", "-1"), key("panel-"+s.Tab),
		flag("hidden", empty && s.Tab == TabPhotos), kids)
	out = append(out, panel, s.photoDialog(), s.cameraDialog())
	return slices.DeleteFunc(out, func(n *node) bool { return n == nil })
}

// desk is the bar with the project's name, how it is saved, and what can be done with it as a whole.
func (s *Screen) desk() *node {
	p := s.Project
	undo, redo := "Undo", "Redo"
	if t := p.CanUndo(); t != "" {
		undo += ": " + t
	}
	if t := p.CanRedo(); t != "" {
		redo += ": " + t
	}
	var others []*node
	for _, o := range s.Projects {
		if o.ID == p.ID {
			continue
		}
		others = append(others, el("li", key(o.ID), el("button", at("type", "button"), do("project-open", "id", o.ID),
			el("span", o.Name), el("small", words.Plural(o.Classes, "class", "classes")+", "+words.Photos(o.Photos)))))
	}
	var list *node
	if others != nil {
		list = el("ul.project-list", at("role", "list"), at("aria-label", "Other projects"), others)
	}
	return el("section.desk", at("aria-label", "Project"), key("desk"),
		el("div.desk-name",
			el("label.hidden-text", at("for", "project-name"), "Name of the project"),
			el("input", at("id", "project-name"), at("type", "text"), at("maxlength", MaxName), at("autocomplete", "off"), at("value", p.Name), do("project-name")),
			s.saved()),
		el("div.desk-tools",
			iconButton("undo", undo, "M6.5 3.5 3 7l3.5 3.5M3.4 7H10a3.4 3.4 0 0 1 0 6.8H7", p.CanUndo() == ""),
			iconButton("redo", redo, "M9.5 3.5 13 7l-3.5 3.5M12.6 7H6a3.4 3.4 0 0 0 0 6.8h3", p.CanRedo() == ""),
			el("details.drop-menu", at("data-menu", "project"),
				el("summary.button", "Project"),
				el("div.menu-list",
					el("button", at("type", "button"), do("project-save"), "Save as a file"),
					el("label.menu-file", el("input.picker", at("type", "file"), at("accept", ".homeroom"), at("aria-label", "Open a project file"), do("project-file")), el("span", "Open a project file")),
					el("button", at("type", "button"), do("project-new"), "New project"),
					el("button", at("type", "button"), do("project-delete"), "Delete this project"),
					el("p.menu-note", "Undo reaches back over the last "+strconv.Itoa(maxUndo)+" changes, those of earlier visits too. Versions stay, and so does what was saved."),
					list))),
	)
}

func (s *Screen) saved() *node {
	text := map[string]string{"saved": "Saved on this device", "saving": "Saving…", "failed": "Not saved", "elsewhere": "Open in another tab"}[s.Save.State]
	title := "Everything is kept in this browser as it happens: features, thumbnails, labels and heads."
	if s.Save.Firm {
		title += " The browser has promised not to clear it by itself."
	}
	return el("p.saved", at("data-saved", s.Save.State), at("title", title), el("span.status-dot", at("aria-hidden", "true")), el("span", text))
}

func iconButton(what, label, path string, off bool) *node {
	return el("button.icon", at("type", "button"), do(what), at("aria-label", label), at("title", label), flag("disabled", off),
		icon(path))
}

func icon(path string) *node {
	return el("svg", at("viewBox", "0 0 16 16"), at("width", 18), at("height", 18), at("aria-hidden", "true"), at("focusable", "false"), el("path", at("d", path)))
}

func (s *Screen) intro(empty bool) *node {
	if !empty {
		return el("h1.hidden-text", key("intro-small"), "Teach your own classes")
	}
	return el("section.intro", key("intro"),
		el("h1", "Teach it your own classes"),
		el("p.lead", "Make two classes, give each a few photos, and a second later it tells them apart. ",
			el("strong", "Your photos never leave this device.")))
}

// start is what an empty project shows: ways to begin.
func (s *Screen) start() *node {
	return el("section.drop.start", at("aria-label", "Begin"), at("data-drop", "folders"), key("start"),
		folderArt(),
		el("div.drop-text",
			el("p.drop-hint", "Drop a folder for each class here. A folder's name becomes the class's name."),
			el("div.drop-buttons",
				folderPicker("Add folders", true)),
			el("p.start-or", "or name a class first, then add photos or use your camera"),
			s.newClass("start")))
}

func folderPicker(text string, primary bool) *node {
	class := "label.button"
	if primary {
		class += ".primary"
	}
	return el(class, at("data-needs", "folders"), el("input.picker", at("type", "file"), flag("multiple", true), flag("webkitdirectory", true), at("aria-label", text), do("pick-folders")), el("span", text))
}

func folderArt() *node {
	folder := func(x, y, turn float64, class string) *node {
		return el("g", at("transform", fmt.Sprintf("translate(%g %g) rotate(%g)", x, y, turn)),
			el("path", at("class", class), at("d", "M0 8a5 5 0 0 1 5-5h14l6 6h28a5 5 0 0 1 5 5v29a5 5 0 0 1-5 5H5a5 5 0 0 1-5-5z")))
	}
	return el("svg.drop-art", at("viewBox", "0 0 160 96"), at("aria-hidden", "true"), at("focusable", "false"),
		folder(10, 26, -7, "art-back"), folder(92, 20, 7, "art-back"),
		el("g", at("transform", "translate(51 26)"),
			el("rect", at("class", "art-sky"), at("x", 8), at("y", -12), at("width", 42), at("height", 34), at("rx", 3)),
			el("circle", at("class", "art-sun"), at("cx", 40), at("cy", -4), at("r", 5)),
			el("path", at("class", "art-front"), at("d", "M0 8a5 5 0 0 1 5-5h14l6 6h28a5 5 0 0 1 5 5v29a5 5 0 0 1-5 5H5a5 5 0 0 1-5-5z")),
			el("rect", at("class", "art-word"), at("x", 11), at("y", 26), at("width", 36), at("height", 6), at("rx", 3))))
}

func (s *Screen) newClass(where string) *node {
	id := "new-class-" + where
	return el("form.new-class", do("class-new"), key("new-class"),
		el("label.hidden-text", at("for", id), "Name of the new class"),
		el("input", at("id", id), at("name", "name"), at("type", "text"), at("maxlength", MaxName), at("autocomplete", "off"), at("placeholder", "Name, such as Apples")),
		el("button.button", at("type", "submit"), "Add class"))
}

// strip says what is going on: reading, learning, and what went wrong.
func (s *Screen) strip() []*node {
	var out []*node
	if e := s.Engine; e.What != "" {
		out = append(out, el("section.fault", at("role", "alert"), key("engine-fault"), el("h2", e.What), el("p", e.Why), el("p", e.Do),
			el("button.button", at("type", "button"), do("engine-retry"), "Retry")))
	} else if !e.Ready && e.Text != "" && s.Reading.Of > 0 {
		out = append(out, gettingReady("engine", "Getting ready", e))
	}
	if s.Other.Text != "" {
		out = append(out, gettingReady("other", "Getting another network ready", s.Other))
	}
	if s.Filing != "" {
		out = append(out, el("section.load", at("aria-label", "Project file"), key("filing"), el("label", at("for", "filing-bar"), s.Filing), el("progress", at("id", "filing-bar"))))
	}
	if s.Gathering != "" {
		out = append(out, el("section.load", at("aria-label", "Adding files"), key("gathering"), el("label", at("for", "gathering-bar"), s.Gathering), el("progress", at("id", "gathering-bar"))))
	}
	if s.Elsewhere {
		out = append(out, el("section.fault.elsewhere", at("role", "status"), key("elsewhere"), el("h2", "This project is open in another tab."),
			el("p", "Here you can look at it and try photos on it. To add or change something, go to that tab, or work on it here: then that tab only shows it."),
			el("button.button.primary", at("type", "button"), do("project-take"), "Work on it here")))
	}
	if s.Save.State == "failed" {
		what := s.Save.What
		if what == "" {
			what = "The latest changes are not saved."
		}
		var again *node
		if !s.Save.Never {
			again = el("button.button", at("type", "button"), do("save-again"), "Try again")
		}
		out = append(out, el("section.fault", at("role", "alert"), key("save-fault"), el("h2", what), el("p", s.Save.Why),
			el("div.fault-buttons", again, el("button.button", at("type", "button"), do("project-save"), "Save it as a file now"))))
	}
	if r := s.Reading; r.Of > 0 {
		button := el("button.button.small", at("type", "button"), do("reading-pause"), "Pause")
		if r.Paused {
			button = el("button.button.small.primary", at("type", "button"), do("reading-continue"), "Continue")
		}
		out = append(out, el("section.progress", at("aria-label", "Reading photos"), key("reading"),
			el("label", at("for", "reading-bar"), r.line()),
			el("progress", at("id", "reading-bar"), at("max", r.Of), at("value", r.Done)),
			button, reason(r)))
	}
	for i, n := range s.Notices {
		out = append(out, el("section.notice", at("role", "status"), key("notice-"+n.Text), el("p", n.Text), noticeButton(n), moreButtons(n),
			el("button.close", at("type", "button"), do("notice-close", "index", i), at("aria-label", "Dismiss"), icon("M3.5 3.5l9 9m0-9l-9 9"))))
	}
	if len(s.Problems) > 0 {
		var rows []*node
		for _, p := range s.Problems[:min(50, len(s.Problems))] {
			rows = append(rows, el("li", el("strong", p.Name+":"), " ", el("span", p.Why)))
		}
		if more := len(s.Problems) - 50; more > 0 {
			rows = append(rows, el("li", "and "+words.Thousands(more)+" more"))
		}
		out = append(out, el("details.problems", key("problems"),
			el("summary", words.Plural(len(s.Problems), "file", "files")+" could not be read; the others went on"),
			el("ul", rows),
			el("button.link", at("type", "button"), do("problems-close"), "Clear this list")))
	}
	if len(s.Project.Classes) > 0 {
		out = append(out, s.learningStrip())
	}
	return out
}

// reason says why the page paused reading.
func reason(r Reading) *node {
	if !r.Paused || r.Why == "" {
		return nil
	}
	return el("p.progress-why", at("role", "status"), r.Why)
}

func gettingReady(id, label string, e Engine) *node {
	bar := el("progress", at("id", id+"-bar"), at("max", 1))
	if e.Part >= 0 {
		bar.Attrs = append(bar.Attrs, at("value", e.Part))
	}
	return el("section.load", at("aria-label", label), key(id), el("label", at("for", id+"-bar"), e.Text), bar)
}

func noticeButton(n Notice) *node {
	if n.Action == "" {
		return nil
	}
	return el("button.button.small", at("type", "button"), do(n.Do), n.Action)
}

func moreButtons(n Notice) []*node {
	var out []*node
	for _, a := range n.More {
		out = append(out, el("button.button.small", at("type", "button"), do(a.Do, "id", a.Project), a.Action))
	}
	return out
}

func (s *Screen) tablist() *node {
	list := el("div.tabs", at("role", "tablist"), at("aria-label", "Teach"), key("tabs"), flag("hidden", len(s.Project.Classes) == 0 && s.Tab == TabPhotos && len(s.Project.Versions) == 0))
	for _, t := range tabs {
		n := el("button.tab", at("type", "button"), at("role", "tab"), at("id", "tab-"+t.id), is("aria-selected", s.Tab == t.id), at("aria-controls", "panel"),
			do("tab", "tab", t.id), t.title, key(t.id))
		if s.Tab != t.id {
			n.Attrs = append(n.Attrs, at("tabindex", -1))
		}
		list.Kids = append(list.Kids, n)
	}
	return list
}

// photosTab is the classes with their photos.
func (s *Screen) photosTab() []*node {
	if c := s.Project.Class(s.Open); c != nil {
		return []*node{s.openClass(c)}
	}
	p := s.Project
	var found []Class
	for _, c := range p.Classes {
		if s.Search == "" || strings.Contains(strings.ToLower(c.Name), strings.ToLower(s.Search)) {
			found = append(found, c)
		}
	}
	most := 0
	for _, c := range p.Classes {
		most = max(most, len(p.Members(c.ID)))
	}
	head := el("div.shelf", key("shelf"),
		s.newClass("shelf"),
		folderPicker("Add folders", false))
	if len(p.Classes) > 8 || s.Search != "" {
		head.Kids = append(head.Kids, el("div.search",
			el("label.hidden-text", at("for", "class-search"), "Find a class"),
			el("input", at("id", "class-search"), at("type", "search"), at("placeholder", "Find a class"), at("autocomplete", "off"), at("value", s.Search), do("class-search"))))
	}
	count := words.Plural(len(p.Classes), "class", "classes") + ", " + words.Photos(p.Count())
	if s.Search != "" {
		count = words.Thousands(len(found)) + " of " + words.Plural(len(p.Classes), "class", "classes")
	}
	out := []*node{head, el("p.balance", key("balance"), el("strong", count), " ", p.Balance())}
	list := el("ul.classes", at("role", "list"), at("aria-label", "Classes"), key("classes"))
	for _, c := range found[:min(s.Classes, len(found))] {
		list.Kids = append(list.Kids, s.classCard(c, most))
	}
	out = append(out, list)
	if len(found) > s.Classes {
		out = append(out, el("p.more", key("more"), el("button.button", at("type", "button"), do("classes-more"),
			"Show "+words.Thousands(min(PageOfClasses, len(found)-s.Classes))+" more of "+words.Plural(len(found), "class", "classes"))))
	}
	return out
}

// Balance says in words how evenly photos are spread over classes.
func (p *Project) Balance() string {
	least, most := Class{}, Class{}
	few, many := 0, 0
	for i, c := range p.Classes {
		n := len(p.Members(c.ID))
		if i == 0 || n < few {
			least, few = c, n
		}
		if i == 0 || n > many {
			most, many = c, n
		}
	}
	switch {
	case len(p.Classes) == 0:
		return ""
	case len(p.Classes) == 1:
		return "Add a second class: there must be something to tell apart."
	case few == 0 && many == 0:
		return "Give each class a few photos; ten make a good start."
	case few == 0:
		return least.Name + " has no photos yet and is not learnt."
	case few < 5:
		return least.Name + " has " + words.Photos(few) + ": a few more would help it most."
	case many > 3*few:
		return fmt.Sprintf("%s has %s, %s only %s: classes of like size are learnt best.", most.Name, words.Photos(many), least.Name, words.Thousands(few))
	default:
		return "Evenly spread."
	}
}

func (s *Screen) classCard(c Class, most int) *node {
	members := s.Project.Members(c.ID)
	id := strconv.Itoa(c.ID)
	photos := el("ul.tiles", at("role", "list"), at("aria-label", "Photos of "+c.Name))
	shown := members
	if len(shown) > inCard {
		shown = shown[len(shown)-inCard+1:] // the newest, so that what was just added shows
	}
	for _, ph := range shown {
		photos.Kids = append(photos.Kids, s.tile(ph))
	}
	if len(members) > len(shown) {
		photos.Kids = append(photos.Kids, el("li.tile.more-tile", key("more"), el("button", at("type", "button"), do("class-open", "class", id),
			at("aria-label", "All "+words.Photos(len(members))+" of "+c.Name), "All "+words.Thousands(len(members)))))
	}
	if len(members) == 0 {
		photos = el("p.well", "Drop photos here, add them, or use the camera.")
	}
	share := 0.0
	if most > 0 {
		share = float64(len(members)) / float64(most)
	}
	return el("li.class", at("data-class", id), at("data-drop", "class"), key(id),
		el("div.class-head",
			el("label.hidden-text", at("for", "class-"+id), "Name of the class "+c.Name),
			el("input.class-name", at("id", "class-"+id), at("type", "text"), at("maxlength", MaxName), at("autocomplete", "off"), at("value", c.Name), do("class-name", "class", id)),
			el("button.close", at("type", "button"), do("class-remove", "class", id), at("aria-label", "Remove the class "+c.Name), at("title", "Remove this class"), icon("M3.5 3.5l9 9m0-9l-9 9"))),
		el("div.share", at("aria-hidden", "true"), at("--share", fmt.Sprintf("%.1f%%", 100*share))),
		el("p.class-count", words.Photos(len(members)), s.classNote(c)),
		photos,
		el("div.class-tools",
			el("label.button.small", el("input.picker", at("type", "file"), flag("multiple", true), at("accept", "image/*,.heic,.heif,.avif"), at("aria-label", "Add photos to "+c.Name), do("class-pick", "class", id)), el("span", "Add photos")),
			el("button.button.small", at("type", "button"), do("camera-open", "class", id), at("aria-label", "Camera for "+c.Name), "Camera")))
}

// classNote says how the class fares, once that is known.
func (s *Screen) classNote(c Class) *node {
	if s.Result == nil || s.Result.Report == nil {
		return nil
	}
	for _, r := range s.Result.Report.Classes {
		if r.Name == c.Name && r.Photos > 0 {
			return el("span.class-right", head.Share(right(r), r.Photos, words.Percent)+" recognised")
		}
	}
	return nil
}

// tile is one photo in a list.
func (s *Screen) tile(ph *Photo) *node {
	id := strconv.Itoa(ph.ID)
	n := el("li.tile", at("data-photo", id), key("p"+id))
	if ph.Spaces == nil {
		n.Attrs = append(n.Attrs, at("data-stage", "reading"))
	}
	label := ph.Name
	if a := s.answerOf(ph.ID); a != nil && !a.Right {
		n.Attrs = append(n.Attrs, at("data-wrong", ""))
		label += ", taken for " + a.Label
	}
	button := el("button", at("type", "button"), do("photo-open", "photo", id), at("draggable", "true"), at("aria-label", label), at("title", label))
	if url := s.Thumb(ph.ID); url != "" {
		button.Kids = append(button.Kids, el("img", at("alt", ""), at("src", url), at("draggable", "false"), at("decoding", "async")))
	}
	n.Kids = append(n.Kids, button)
	return n
}

// openClass is one class with all its photos, which can be picked, moved and removed together.
func (s *Screen) openClass(c *Class) *node {
	members := s.Project.Members(c.ID)
	picked := len(s.Picks)
	list := el("ul.tiles.wide", at("role", "list"), at("aria-label", "Photos of "+c.Name))
	for _, ph := range members[:min(s.Photos, len(members))] {
		t := s.tile(ph)
		id := strconv.Itoa(ph.ID)
		t.Kids = append(t.Kids, el("label.pick", el("input", at("type", "checkbox"), flag("checked", s.Picks[ph.ID]), at("aria-label", "Pick "+ph.Name), do("photo-pick", "photo", id))))
		list.Kids = append(list.Kids, t)
	}
	var more *node
	if len(members) > s.Photos {
		more = el("p.more", el("button.button", at("type", "button"), do("photos-more"), "Show "+words.Thousands(min(PageOfPhotos, len(members)-s.Photos))+" more"))
	}
	said := words.Thousands(picked) + " picked"
	if picked == 0 {
		said = "Pick photos to move or remove them."
	}
	tools := el("div.pick-tools", el("span", said), el("button.link", at("type", "button"), do("pick-all"), "Pick all"))
	if picked > 0 {
		tools.Kids = append(tools.Kids, s.mover("picked-move", "Move them to", c.ID),
			el("button.button.small", at("type", "button"), do("picked-remove"), "Remove them"))
	}
	id := strconv.Itoa(c.ID)
	return el("section.open-class", at("data-class", id), at("data-drop", "class"), key("open-"+id), at("aria-labelledby", "open-title"),
		el("div.open-head",
			el("button.button.small", at("type", "button"), do("class-close"), "All classes"),
			el("h2", at("id", "open-title"), c.Name), el("span.class-count", words.Photos(len(members)), s.classNote(*c)),
			el("label.button.small", el("input.picker", at("type", "file"), flag("multiple", true), at("accept", "image/*,.heic,.heif,.avif"), at("aria-label", "Add photos to "+c.Name), do("class-pick", "class", id)), el("span", "Add photos")),
			el("button.button.small", at("type", "button"), do("camera-open", "class", id), "Camera")),
		tools, list, more)
}

// mover is a list of classes to move photos to.
func (s *Screen) mover(what, label string, from int, args ...any) *node {
	options := []*node{el("option", at("value", ""), label+"…")}
	for _, c := range s.Project.Classes {
		if c.ID != from {
			options = append(options, el("option", at("value", c.ID), c.Name, key(strconv.Itoa(c.ID))))
		}
	}
	return el("select", do(what, args...), at("aria-label", label), at("value", ""), options)
}
