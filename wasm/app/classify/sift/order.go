// Package sift says which photos of many are shown, and how they lie.
package sift

import (
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"homeroom/wasm/app/answers"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/text"
)

// An Order says which photos are shown, and how they lie.
type Order struct {
	Find string // in the path of a file, or in its name
	Only string // "" for all
	By   string // "" for as they came
	In   string // groups, "" for none
	Like int    // ID of the photo to which those are most like that are shown; 0 for all
}

// What is shown.
const (
	OnlyUnsure = "unsure" // whose names are guesses
	OnlyFailed = "failed" // that could not be read, or not all of them
	OnlyTwins  = "same"   // whose files are the same as others
	OnlyAlike  = "alike"  // that look like others
)

// How they lie.
const (
	BySure   = "sure" // the surest first
	ByUnsure = "unsure"
	ByLabel  = "label"
	ByFolder = "folder"
)

// What groups photos lie in.
const (
	InLabels  = "label"
	InFolders = "folder"
	InDays    = "day"   // in which they were taken
	InStacks  = "alike" // of photos that look alike, of which one is shown until a stack is spread
)

// Grouped tells whether groups have headings.
func (o Order) Grouped() bool { return o.In != "" && o.In != InStacks }

// Compared tells whether photos are compared with one another for it.
func (o Order) Compared() bool { return o.In == InStacks || o.Only == OnlyAlike }

// Keys of groups that come last.
const (
	lastKey    = "􏿿"
	lastButKey = "􏿾"
)

// Group is the key of the group in which a photo lies, by which groups are in order, with names in
// a language.
func (o Order) Group(p *queue.Photo, in *answers.Names) string {
	switch o.In {
	case InLabels:
		switch {
		case p.Stage == queue.Failed:
			return lastButKey
		case p.Answer == nil || len(p.Answer.Results) == 0:
			return lastKey
		}
		return in.Of(p.Answer).Shown
	case InFolders:
		if dir := path.Dir(p.Path); dir != "." {
			return dir
		}
		return lastKey
	case InDays:
		if p.Taken == 0 {
			return lastKey
		}
		return day(p).Format("2006-01-02")
	}
	return ""
}

// Title is what the group of a photo is called. Of thousands of photos one of each group is asked
// for it.
func (o Order) Title(p *queue.Photo) string {
	last := o.Group(p, &answers.Names{}) == lastKey
	switch {
	case o.In == InLabels && p.Stage == queue.Failed:
		return text.Say("Could not be named")
	case o.In == InLabels && last:
		return text.Say("Not named yet")
	case o.In == InLabels:
		return p.Answer.Shown()
	case o.In == InFolders && last:
		return text.Say("Without a folder")
	case o.In == InFolders:
		return text.Name(path.Dir(p.Path))
	case last:
		return text.Say("Day not known")
	}
	return text.Weekday(day(p))
}

// day is when a photo was taken, by the clock of its camera.
func day(p *queue.Photo) time.Time { return time.UnixMilli(p.Taken).UTC() }

// Place is the order for the page's address, "" where all photos lie as they came.
func (o Order) Place() string {
	out := ""
	for _, part := range [][2]string{{"by", o.By}, {"find", o.Find}, {"in", o.In}, {"only", o.Only}} {
		if part[1] != "" {
			out += "&" + part[0] + "=" + url.QueryEscape(part[1])
		}
	}
	if o.Like > 0 {
		out += "&like=" + strconv.Itoa(o.Like)
	}
	return strings.TrimPrefix(out, "&")
}

// At is the order that a place names.
func At(place string) Order {
	q, _ := url.ParseQuery(place)
	like, _ := strconv.Atoi(q.Get("like"))
	return Order{Find: q.Get("find"), Only: q.Get("only"), By: q.Get("by"), In: q.Get("in"), Like: max(like, 0)}
}

// Shows tells whether a photo is among those that are shown.
func (o Order) Shows(p *queue.Photo, in *answers.Names) bool {
	switch o.Only {
	case OnlyUnsure:
		if p.Answer == nil || !p.Answer.Unsure() {
			return false
		}
	case OnlyFailed:
		if p.Stage != queue.Failed && answers.Damage(p) == "" {
			return false
		}
	case OnlyTwins:
		if p.Twin == "" {
			return false
		}
	case OnlyAlike:
		if p.Stack == 0 {
			return false
		}
	}
	if o.Like != 0 && p.Like == 0 {
		return false
	}
	if o.Find == "" {
		return true
	}
	text := p.Name
	if p.Path != "" {
		text = p.Path
	}
	find := strings.ToLower(o.Find)
	return strings.Contains(strings.ToLower(text), find) || p.Answer != nil && strings.Contains(in.Of(p.Answer).Found, find)
}

// A Rank is where a photo lies among others.
type Rank struct {
	Group  string
	Text   string
	Number float64
	With   int // ID of the first of its stack, or its own
	ID     int
}

// Rank is that of a photo: those without a name come last where names count.
func (o Order) Rank(p *queue.Photo, in *answers.Names) Rank {
	r := Rank{ID: p.ID, With: p.ID}
	r.Group = o.Group(p, in)
	if o.Like != 0 && o.By == "" {
		r.Number = -p.Like
		return r
	}
	if o.Only == OnlyAlike { // beside one another
		r.With = p.Stack
		return r
	}
	if o.Only == OnlyTwins {
		r.Text = p.Twin // beside one another
		return r
	}
	score := -1.0
	switch a := p.Answer; {
	case a == nil || len(a.Results) == 0:
	case a.Unknown:
		score = 0
	default:
		score = a.Results[0].Score
	}
	switch o.By {
	case BySure:
		r.Number = -score
	case ByUnsure:
		if r.Number = score; score < 0 {
			r.Number = 2
		}
	case ByLabel:
		if r.Number = -score; score < 0 {
			r.Text = "\U0010ffff"
		} else {
			r.Text = in.Of(p.Answer).Shown
		}
	case ByFolder:
		r.Text = path.Dir(p.Path)
	}
	return r
}

// Compare is below 0 where a photo lies before another, and above where after it.
func (r *Rank) Compare(to *Rank) int {
	switch { // of thousands, each word counts
	case r.Group != to.Group:
		return strings.Compare(r.Group, to.Group)
	case r.Text != to.Text:
		return strings.Compare(r.Text, to.Text)
	case r.Number < to.Number:
		return -1
	case r.Number > to.Number:
		return 1
	case r.With != to.With:
		return r.With - to.With
	}
	return r.ID - to.ID
}
