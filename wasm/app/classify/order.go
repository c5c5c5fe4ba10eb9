package classify

import (
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"homeroom/wasm/app/answers"
	"homeroom/wasm/app/queue"
	wording "homeroom/wasm/text"
)

// An order says which photos are shown, and how they lie.
type order struct {
	find string // in the path of a file, or in its name
	only string // "" for all
	by   string // "" for as they came
	in   string // groups, "" for none
	like int    // ID of the photo to which those are most like that are shown; 0 for all
}

// What is shown.
const (
	onlyUnsure = "unsure" // whose names are guesses
	onlyFailed = "failed" // that could not be read, or not all of them
	onlyTwins  = "same"   // whose files are the same as others
	onlyAlike  = "alike"  // that look like others
)

// How they lie.
const (
	bySure   = "sure" // the surest first
	byUnsure = "unsure"
	byLabel  = "label"
	byFolder = "folder"
)

// What groups photos lie in.
const (
	inLabels  = "label"
	inFolders = "folder"
	inDays    = "day"   // in which they were taken
	inStacks  = "alike" // of photos that look alike, of which one is shown until a stack is spread
)

// grouped tells whether groups have headings.
func (o order) grouped() bool { return o.in != "" && o.in != inStacks }

// Keys of groups that come last.
const (
	lastKey    = "􏿿"
	lastButKey = "􏿾"
)

// group is the group of a photo, and what it is called.
func (o order) group(p *queue.Photo) (key, title string) {
	switch o.in {
	case inLabels:
		switch {
		case p.Stage == queue.Failed:
			return lastButKey, say("Could not be named")
		case p.Answer == nil || len(p.Answer.Results) == 0:
			return lastKey, say("Not named yet")
		}
		return strings.ToLower(p.Answer.Best()), p.Answer.Shown()
	case inFolders:
		if dir := path.Dir(p.Path); dir != "." {
			return dir, named(dir)
		}
		return lastKey, say("Without a folder")
	case inDays:
		if p.Taken == 0 {
			return lastKey, say("Day not known")
		}
		day := time.UnixMilli(p.Taken).UTC()
		return day.Format("2006-01-02"), wording.Weekday(day)
	}
	return "", ""
}

// place is the order for the page's address, "" where all photos lie as they came.
func (o order) place() string {
	out := ""
	for _, part := range [][2]string{{"by", o.by}, {"find", o.find}, {"in", o.in}, {"only", o.only}} {
		if part[1] != "" {
			out += "&" + part[0] + "=" + url.QueryEscape(part[1])
		}
	}
	if o.like > 0 {
		out += "&like=" + strconv.Itoa(o.like)
	}
	return strings.TrimPrefix(out, "&")
}

// orderAt is the order that a place names.
func orderAt(place string) order {
	q, _ := url.ParseQuery(place)
	like, _ := strconv.Atoi(q.Get("like"))
	return order{find: q.Get("find"), only: q.Get("only"), by: q.Get("by"), in: q.Get("in"), like: max(like, 0)}
}

// shows tells whether a photo is among those that are shown.
func (o order) shows(p *queue.Photo) bool {
	switch o.only {
	case onlyUnsure:
		if p.Answer == nil || !p.Answer.Unsure() {
			return false
		}
	case onlyFailed:
		if p.Stage != queue.Failed && answers.Damage(p) == "" {
			return false
		}
	case onlyTwins:
		if p.Twin == "" {
			return false
		}
	case onlyAlike:
		if p.Stack == 0 {
			return false
		}
	}
	if o.like != 0 && p.Like == 0 {
		return false
	}
	if o.find == "" {
		return true
	}
	text := p.Name
	if p.Path != "" {
		text = p.Path
	}
	find := strings.ToLower(o.find)
	return strings.Contains(strings.ToLower(text), find) || p.Answer != nil && strings.Contains(strings.ToLower(p.Answer.Best()), find)
}

// A rank is where a photo lies among others.
type rank struct {
	group  string
	text   string
	number float64
	with   int // ID of the first of its stack, or its own
	id     int
}

// rank is that of a photo: those without a name come last where names count.
func (o order) rank(p *queue.Photo) rank {
	r := rank{id: p.ID, with: p.ID}
	r.group, _ = o.group(p)
	if o.like != 0 && o.by == "" {
		r.number = -p.Like
		return r
	}
	if o.only == onlyAlike { // beside one another
		r.with = p.Stack
		return r
	}
	if o.only == onlyTwins {
		r.text = p.Twin // beside one another
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
	switch o.by {
	case bySure:
		r.number = -score
	case byUnsure:
		if r.number = score; score < 0 {
			r.number = 2
		}
	case byLabel:
		if r.number = -score; score < 0 {
			r.text = "\U0010ffff"
		} else {
			r.text = strings.ToLower(p.Answer.Best())
		}
	case byFolder:
		r.text = path.Dir(p.Path)
	}
	return r
}

func (r *rank) compare(to *rank) int {
	switch { // of thousands, each word counts
	case r.group != to.group:
		return strings.Compare(r.group, to.group)
	case r.text != to.text:
		return strings.Compare(r.text, to.text)
	case r.number < to.number:
		return -1
	case r.number > to.number:
		return 1
	case r.with != to.with:
		return r.with - to.with
	}
	return r.id - to.id
}
