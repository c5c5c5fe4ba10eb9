// Package catalogue is the list of networks, and how a pack of it comes to be here.
package catalogue

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"homeroom/core/fault"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// A Network is one entry of weights/catalog.json.
type Network struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Classes is how many things it names; 0 where it is a backbone, for classes of one's own
	// alone.
	Classes int `json:"classes"`
	// Feature is the length of its feature vector; 0 where classes of one's own cannot be taught on
	// it.
	Feature int `json:"feature"`
	// Sizes are the input sizes to offer, in pixels; the usual ones where there are none.
	Sizes      []int `json:"sizes"`
	Preprocess struct {
		Size int `json:"size"`
	} `json:"preprocess"`
	Parameters float64 `json:"parameters"`
	MACs       float64 `json:"macs"`     // multiply-adds for a photo
	Accuracy   string  `json:"accuracy"` // share of test photos that it names rightly; "" where that is not known
	Licence    string  `json:"licence"`
	Place      string  `json:"-"` // where its file lies, if that is not among the packs
	Source     string  `json:"source"`
}

// mostPackBytes bounds what the page will take in as one pack.
const mostPackBytes = 1 << 30

// Parse reads the list of networks and checks what the page relies on. It returns those that name
// photos, and those on which classes of one's own can be taught.
func Parse(data []byte) (naming, teaching []Network, err error) {
	var list []Network
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, nil, fault.Errorf("the list of networks is not what it should be: %w", err)
	}
	if len(list) == 0 {
		return nil, nil, fault.Errorf("the list of networks is empty")
	}
	for _, n := range list {
		switch {
		case n.Name == "":
			return nil, nil, fault.Errorf("the list of networks has an entry without a name")
		case n.File == "" || strings.ContainsAny(n.File, `/\:?#%`) || strings.HasPrefix(n.File, "."):
			return nil, nil, fault.Errorf("the list of networks gives %s a file called %q, which is not a plain file name", n.Name, n.File)
		case n.Bytes <= 0 || n.Bytes > mostPackBytes:
			return nil, nil, fault.Errorf("the list of networks gives %s a size of %d bytes", n.Name, n.Bytes)
		case len(n.SHA256) != 64 || strings.Trim(n.SHA256, "0123456789abcdef") != "":
			return nil, nil, fault.Errorf("the list of networks gives %s no proper checksum", n.Name)
		case n.Preprocess.Size < 1 || n.Preprocess.Size > 4096:
			return nil, nil, fault.Errorf("the list of networks gives %s an input size of %d", n.Name, n.Preprocess.Size)
		}
		for _, s := range n.Sizes {
			if s < 1 || s > 4096 {
				return nil, nil, fault.Errorf("the list of networks offers %s at a size of %d", n.Name, s)
			}
		}
	}
	for _, n := range list {
		if n.Classes > 0 {
			naming = append(naming, n)
		}
		if n.Feature > 0 {
			teaching = append(teaching, n)
		}
	}
	if len(naming) == 0 {
		return nil, nil, fault.Errorf("the list of networks has none that names photos")
	}
	return naming, teaching, nil
}

// Called returns the title that people read.
func (n Network) Called() string {
	if n.Title != "" {
		return n.Title
	}
	return n.Name
}

// Choose returns the entry with this name, and the first one where there is none.
func Choose(list []Network, name string) int {
	for i, n := range list {
		if n.Name == name {
			return i
		}
	}
	return 0
}

// sizes are the input sizes that the page offers, in pixels: multiples of the 32 by which these
// networks shrink a photo.
var sizes = []int{128, 160, 192, 224, 256, 288, 320, 384}

// Offered returns the sizes to offer: those that the list of networks has for it, or else the usual
// ones; its own, and the one in use.
func (n Network) Offered(inUse int) []int {
	out, own := append([]int(nil), n.Sizes...), n.Preprocess.Size
	if len(out) == 0 {
		out = append(out, sizes...)
	}
	for _, s := range []int{own, inUse} {
		at := len(out)
		for i, have := range out {
			if have >= s {
				at = i
				break
			}
		}
		if s > 0 && (at == len(out) || out[at] != s) {
			out = append(out[:at], append([]int{s}, out[at:]...)...)
		}
	}
	return out
}

// Trouble is a download that went wrong. It is told in three sentences: what happened, why, and
// what to do.
type Trouble struct{ What, Why, Do string }

func (t *Trouble) Error() string { return t.What + " " + t.Why }

// Stalled is for when nothing has come of a file for some seconds. It may yet.
func Stalled(path, what string, seconds int) *Trouble {
	return &Trouble{
		What: what,
		Why:  text.Say("Nothing of {1} has arrived for {2} s.", path, seconds),
		Do:   text.Say("Check your connection, then press Retry. If more of it comes, this goes on by itself."),
	}
}

func notThere(n Network, status int) *Trouble {
	return &Trouble{
		What: text.Say("The network could not be fetched."),
		Why:  text.Say("The server answered {1} for {2}.", strconv.Itoa(status), n.place()),
		Do:   text.Say("Press Retry. If it stays like this, that file is missing where this page is kept; another network may still work."),
	}
}

func notReached(n Network, err error) *Trouble {
	return &Trouble{
		What: text.Say("The network could not be fetched."),
		Why:  text.Say("The connection failed while {1} was on its way ({2}).", n.place(), text.Of(err)),
		Do:   text.Say("Check your connection, then press Retry."),
	}
}

func cutShort(n Network, got int64) *Trouble {
	trouble := &Trouble{
		What: text.Say("The network arrived incomplete."),
		Why:  text.Say("Of {1}, {2} bytes of {3} came through.", n.place(), got, n.Bytes),
		Do:   text.Say("Press Retry."),
	}
	if got > 0 {
		trouble.Do = text.Say("Press Retry: what has come is kept.")
	}
	return trouble
}

// notInFile is of the page as one file, which lists what it ought to have.
func notInFile(n Network) *Trouble {
	return &Trouble{
		What: text.Say("The network is missing in this file."),
		Why:  text.Say("The file is cut short: it ends before {1} does.", "weights/"+n.File),
		Do:   text.Say("Copy the whole file again from where you have it, and open that. Another network may still work."),
	}
}

func wrongSum(n Network, single bool) *Trouble {
	if single {
		return &Trouble{
			What: text.Say("The network in this file is damaged."),
			Why:  text.Say("The checksum of {1} is not the one that the list of networks gives.", "weights/"+n.File),
			Do:   text.Say("Copy the file again from where you have it, and open that. Another network may still work."),
		}
	}
	return &Trouble{
		What: text.Say("The network arrived damaged."),
		Why:  text.Say("The checksum of {1} is not the one that the list of networks gives.", "weights/"+n.File),
		Do:   text.Say("Press Retry to fetch it again. If it stays like this, the file does not belong to this version of the page."),
	}
}

func noCatalog(err error, single bool) *Trouble {
	if single {
		return &Trouble{
			What: text.Say("The networks are missing in this file."),
			Why:  words.Sentence(text.Of(err)),
			Do:   text.Say("Copy the whole file again from where you have it, and open that."),
		}
	}
	return &Trouble{
		What: text.Say("The list of networks could not be fetched."),
		Why:  words.Sentence(text.Of(err)),
		Do:   text.Say("Check your connection, then press Retry. If it stays like this, weights/catalog.json may be missing where this page is kept."),
	}
}

// NoEngine is for a network that workers cannot use.
func NoEngine(why string) *Trouble {
	return &Trouble{
		What: text.Say("The network could not be started."),
		Why:  words.Sentence(why),
		Do:   text.Say("Press Retry. Closing other tabs may help where memory is short."),
	}
}

// Path is where the pack of a network lies. Part of its checksum is in the address, so that no
// cache on the way answers with the pack of another version.
func (n Network) Path() string { return n.place() + "?sum=" + n.SHA256[:min(16, len(n.SHA256))] }

func (n Network) place() string { return cmp.Or(n.Place, "weights/"+n.File) }

// A List is the networks that there are, and the pack that was fetched last, which the views share.
type List struct {
	Naming   []Network // that name photos
	Teaching []Network // on which classes can be taught
	Known    bool      // the list has come
	Trouble  *Trouble  // it has not
	Single   bool      // the whole page is one file

	sum     string
	pack    outside.Object
	ticket  int // of the list that is on its way, 0 where none is
	silence outside.Silence
}

// Path is where the list lies.
const Path = "weights/catalog.json"

// Fetch fetches the list; fresh goes past every stored copy. One that is on its way is given up.
func (l *List) Fetch(t *outside.Turn, fresh bool) {
	if l.ticket != 0 {
		t.Ask(outside.DropFetch{Ticket: l.ticket})
	}
	l.Trouble = nil
	l.ticket = t.Ticket()
	l.silence.Begin(t)
	t.Ask(outside.GetCatalogue{Ticket: l.ticket, Fresh: fresh})
}

// Waits tells whether the list is on its way.
func (l *List) Waits() bool { return l.ticket != 0 }

// Comes takes word of how much is here, and tells whether it was of the list.
func (l *List) Comes(t *outside.Turn, e outside.Comes) bool {
	if e.Ticket != l.ticket || l.ticket == 0 {
		return false
	}
	if l.silence.Told() {
		l.Trouble = nil
	}
	l.silence.Heard(t)
	return true
}

// Tick takes the time, and tells whether the trouble is another: nothing comes.
func (l *List) Tick(t *outside.Turn) bool {
	if !l.silence.Tick(t) {
		return false
	}
	l.Trouble = Stalled(Path, text.Say("The list of networks does not come through."), l.silence.Seconds())
	return true
}

// Wake says when Tick is wanted.
func (l *List) Wake(w *outside.Wake) { l.silence.Wake(w) }

// Take takes the list as it came, and tells whether it was the one that is waited for.
func (l *List) Take(got outside.GotCatalogue) bool {
	if got.Ticket != l.ticket || l.ticket == 0 {
		return false
	}
	l.ticket = 0
	l.silence.End()
	l.Trouble = l.read(got)
	return true
}

// read reads the list. Where it cannot be read, what was known before holds.
func (l *List) read(got outside.GotCatalogue) *Trouble {
	var naming, teaching []Network
	var err error
	switch {
	case got.Error != "":
		err = errors.New(text.Say("the connection failed ({1})", text.Foreign(got.Error)))
	case got.Status != 200 && l.Single:
		err = errors.New(text.Say("this file is cut short: its list of networks is missing"))
	case got.Status != 200:
		err = errors.New(text.Say("the server answered {1} for {2}", strconv.Itoa(got.Status), Path))
	default:
		naming, teaching, err = Parse(got.Data)
	}
	if err != nil {
		return noCatalog(err, l.Single)
	}
	l.Naming, l.Teaching, l.Known = naming, teaching, true
	return nil
}

// A Fetch is a pack on its way.
type Fetch struct {
	Network Network
	Text    string  // what is being done
	Part    float64 // of it that is done, below 0 where that is not known
	ticket  int     // 0 where nothing is on its way
	fresh   bool
	silence outside.Silence

	arrived outside.Object // what came of it before the connection broke, of which had bytes are there
	had     int64
	since   time.Time // when it was asked for

	again time.Time // when it is asked for again by itself; zero where it is not
	tries int       // how often it was since anything came
}

// pauses are how long a Fetch waits where a connection broke and nothing came by it: that passes,
// as where a device wakes or changes networks, or it does not.
var pauses = [...]time.Duration{time.Second, 2 * time.Second, 4 * time.Second}

// Stalled says that nothing of the pack comes, nil where something does. It may come yet.
func (f *Fetch) Stalled() *Trouble {
	if !f.silence.Told() {
		return nil
	}
	return Stalled(f.Network.place(), text.Say("The network does not come through."), f.silence.Seconds())
}

// Tick takes the time, and tells whether Stalled now says something.
func (f *Fetch) Tick(t *outside.Turn) bool {
	if !f.again.IsZero() && !f.again.After(t.Now) {
		f.again = time.Time{}
		f.ask(t)
	}
	return f.silence.Tick(t)
}

// Wake says when Tick is wanted.
func (f *Fetch) Wake(w *outside.Wake) {
	w.By(f.again)
	f.silence.Wake(w)
}

// Has tells whether the pack of a network is the one that was fetched last.
func (l *List) Has(n Network) bool { return l.sum == n.SHA256 }

// Begin fetches the pack of a network, or returns it where it is the one that was fetched last.
func (f *Fetch) Begin(t *outside.Turn, l *List, n Network, fresh bool) outside.Object {
	f.End(t)
	if n.SHA256 != f.Network.SHA256 {
		f.arrived, f.had = nil, 0
	}
	f.Network, f.Text, f.Part, f.fresh = n, text.Say("Fetching {1}", n.Called()), -1, fresh
	if !fresh && l.sum == n.SHA256 {
		return l.pack
	}
	f.ask(t)
	return nil
}

// ask asks for the pack, or for what is missing of it.
func (f *Fetch) ask(t *outside.Turn) {
	n := f.Network
	f.ticket, f.since = t.Ticket(), t.Now
	f.silence.Begin(t)
	t.Ask(outside.GetPack{Ticket: f.ticket, Path: n.Path(), Bytes: n.Bytes, SHA256: n.SHA256, Fresh: f.fresh, Part: f.arrived, From: f.had})
}

// Ticket is that of what is on its way, 0 where nothing is.
func (f *Fetch) Ticket() int { return f.ticket }

// Busy tells whether a pack is on its way, or will be asked for again in a moment.
func (f *Fetch) Busy() bool { return f.ticket != 0 || !f.again.IsZero() }

// End gives up what is on its way.
func (f *Fetch) End(t *outside.Turn) {
	f.again, f.tries = time.Time{}, 0
	if f.ticket != 0 {
		t.Ask(outside.DropFetch{Ticket: f.ticket})
		f.ticket = 0
		f.silence.End()
	}
}

// Comes takes word of how much is here, and tells whether it was of this pack.
func (f *Fetch) Comes(t *outside.Turn, e outside.Comes) bool {
	if e.Ticket != f.ticket || f.ticket == 0 {
		return false
	}
	n := f.Network
	f.silence.Heard(t)
	f.Text = text.Say("Fetching {1}: {2} of {3} MB", n.Called(), words.Megabytes(e.Bytes), words.Megabytes(n.Bytes))
	f.Part = float64(e.Bytes) / float64(n.Bytes)
	if took, came := t.Now.Sub(f.since), e.Bytes-f.had; took > time.Second && came > 0 {
		left := time.Duration(float64(took) * float64(n.Bytes-e.Bytes) / float64(came))
		f.Text += " · " + text.Say("{1} left", words.Roughly(left))
	}
	return true
}

// Got takes the pack, and tells whether it was this one, and what went wrong, if anything did.
// Where the connection broke after more had come, the rest is asked for, and it is Busy as before;
// so it is where nothing came, as long as that is tried again.
func (f *Fetch) Got(t *outside.Turn, l *List, e outside.GotPack) (is bool, trouble *Trouble) {
	if e.Ticket != f.ticket || f.ticket == 0 {
		return false, nil
	}
	f.ticket = 0
	f.silence.End()
	n, more := f.Network, e.Part != nil && e.Bytes > f.had
	f.arrived, f.had = e.Part, 0
	if e.Part != nil {
		f.had = e.Bytes
	}
	broke := e.Error != "" && e.Status == 0 && !l.Single
	if more {
		f.tries = 0
	}
	switch {
	case more:
		f.ask(t)
		return true, nil
	case broke && f.tries < len(pauses):
		f.again = t.Now.Add(pauses[f.tries])
		f.tries++
		f.Text = text.Say("Fetching {1}: the connection broke, and is tried again", n.Called())
		t.Soon()
		return true, nil
	case e.Pack != nil:
		l.sum, l.pack = n.SHA256, e.Pack
		return true, nil
	case e.Wrong:
		return true, wrongSum(n, l.Single)
	case e.Status != 0 && l.Single:
		return true, notInFile(n)
	case e.Status != 0:
		return true, notThere(n, e.Status)
	case e.Bytes > 0 || e.Error == "":
		return true, cutShort(n, e.Bytes)
	}
	return true, notReached(n, errors.New(e.Error))
}

// Keep has a pack kept for use without a connection, and those dropped that the list no longer has.
func (l *List) Keep(t *outside.Turn, n Network, pack outside.Object) {
	if t.Device.Single {
		return
	}
	keep := outside.KeepPack{Path: n.Path(), Bytes: n.Bytes, Pack: pack}
	for _, k := range slices.Concat(l.Naming, l.Teaching) {
		keep.Wanted = append(keep.Wanted, k.Path())
	}
	t.Ask(keep)
}
