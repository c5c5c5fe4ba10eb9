// Package catalogue is the list of networks, and how a pack of it comes to be here.
package catalogue

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/words"
)

// A Network is one entry of weights/catalog.json.
type Network struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Classes is how many things it names; 0 where it is a backbone, for classes of one's own alone.
	Classes int `json:"classes"`
	// Feature is the length of its feature vector; 0 where classes of one's own cannot be taught on it.
	Feature int `json:"feature"`
	// Sizes are the input sizes to offer, in pixels; the usual ones where there are none.
	Sizes      []int `json:"sizes"`
	Preprocess struct {
		Size int `json:"size"`
	} `json:"preprocess"`
	Licence string `json:"licence"`
	Source  string `json:"source"`
}

// mostPackBytes bounds what the page will take in as one pack.
const mostPackBytes = 1 << 30

// Parse reads the list of networks and checks what the page relies on. It returns those that name photos, and
// those on which classes of one's own can be taught.
func Parse(data []byte) (naming, teaching []Network, err error) {
	var list []Network
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, nil, fmt.Errorf("the list of networks is not what it should be: %w", err)
	}
	if len(list) == 0 {
		return nil, nil, fmt.Errorf("the list of networks is empty")
	}
	for _, n := range list {
		switch {
		case n.Name == "":
			return nil, nil, fmt.Errorf("the list of networks has an entry without a name")
		case n.File == "" || strings.ContainsAny(n.File, `/\:?#%`) || strings.HasPrefix(n.File, "."):
			return nil, nil, fmt.Errorf("the list of networks gives %s a file called %q, which is not a plain file name", n.Name, n.File)
		case n.Bytes <= 0 || n.Bytes > mostPackBytes:
			return nil, nil, fmt.Errorf("the list of networks gives %s a size of %d bytes", n.Name, n.Bytes)
		case len(n.SHA256) != 64 || strings.Trim(n.SHA256, "0123456789abcdef") != "":
			return nil, nil, fmt.Errorf("the list of networks gives %s no proper checksum", n.Name)
		case n.Preprocess.Size < 1 || n.Preprocess.Size > 4096:
			return nil, nil, fmt.Errorf("the list of networks gives %s an input size of %d", n.Name, n.Preprocess.Size)
		}
		for _, s := range n.Sizes {
			if s < 1 || s > 4096 {
				return nil, nil, fmt.Errorf("the list of networks offers %s at a size of %d", n.Name, s)
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
		return nil, nil, fmt.Errorf("the list of networks has none that names photos")
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

// sizes are the input sizes that the page offers, in pixels: multiples of the 32 by which these networks shrink a
// photo.
var sizes = []int{128, 160, 192, 224, 256, 288, 320, 384}

// Offered returns the sizes to offer: those that the list of networks has for it, or else the usual ones; its own, and
// the one in use.
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

// Trouble is a download that went wrong. It is told in three sentences: what happened, why, and what to do.
type Trouble struct{ What, Why, Do string }

func (t *Trouble) Error() string { return t.What + " " + t.Why }

func notThere(n Network, status int) *Trouble {
	return &Trouble{
		What: "The network could not be fetched.",
		Why:  fmt.Sprintf("The server answered %d for weights/%s.", status, n.File),
		Do:   "Press Retry. If it stays like this, that file is missing where this page is kept; another network may still work.",
	}
}

func notReached(n Network, err error) *Trouble {
	return &Trouble{
		What: "The network could not be fetched.",
		Why:  fmt.Sprintf("The connection failed while weights/%s was on its way (%v).", n.File, err),
		Do:   "Check your connection, then press Retry.",
	}
}

func cutShort(n Network, got int64) *Trouble {
	return &Trouble{
		What: "The network arrived incomplete.",
		Why:  fmt.Sprintf("Of weights/%s, %s bytes of %s came through.", n.File, words.Thousands(int(got)), words.Thousands(int(n.Bytes))),
		Do:   "Press Retry to fetch it again.",
	}
}

func wrongSum(n Network) *Trouble {
	return &Trouble{
		What: "The network arrived damaged.",
		Why:  fmt.Sprintf("The checksum of weights/%s is not the one that the list of networks gives.", n.File),
		Do:   "Press Retry to fetch it again. If it stays like this, the file does not belong to this version of the page.",
	}
}

func noCatalog(err error) *Trouble {
	return &Trouble{
		What: "The list of networks could not be fetched.",
		Why:  words.Sentence(err.Error()),
		Do:   "Check your connection, then press Retry. If it stays like this, weights/catalog.json may be missing where this page is kept.",
	}
}

// NoEngine is for a network that workers cannot use.
func NoEngine(why string) *Trouble {
	return &Trouble{
		What: "The network could not be started.",
		Why:  words.Sentence(why),
		Do:   "Press Retry. Closing other tabs may help where memory is short.",
	}
}

// Path is where the pack of a network lies. Part of its checksum is in the address, so that no cache on the way answers with the
// pack of another version.
func (n Network) Path() string { return "weights/" + n.File + "?sum=" + n.SHA256[:16] }

// A List is the networks that there are, and the pack that was fetched last, which the views share.
type List struct {
	Naming   []Network // that name photos
	Teaching []Network // on which classes can be taught
	Known    bool      // the list has come
	Trouble  *Trouble  // it has not

	sum  string
	pack outside.Object
}

// Take takes the list as it came.
func (l *List) Take(got outside.GotCatalogue) {
	var naming, teaching []Network
	var err error
	switch {
	case got.Error != "":
		err = fmt.Errorf("the connection failed (%s)", got.Error)
	case got.Status != 200:
		err = fmt.Errorf("the server answered %d for weights/catalog.json", got.Status)
	default:
		naming, teaching, err = Parse(got.Data)
	}
	if err != nil { // what was known before holds
		l.Trouble = noCatalog(err)
		return
	}
	l.Naming, l.Teaching, l.Known, l.Trouble = naming, teaching, true, nil
}

// A Fetch is a pack on its way.
type Fetch struct {
	Network Network
	Text    string  // what is being done
	Part    float64 // of it that is done, below 0 where that is not known
	ticket  int     // 0 where nothing is on its way
	until   time.Time
}

// MostSilence is how long nothing of what is fetched may come before it is given up, and Silent says so.
const (
	MostSilence = 90 * time.Second
	Silent      = "nothing came for a minute and a half"
)

// Tick gives up a pack of which nothing came for long, and returns what is to be told of it then.
func (f *Fetch) Tick(t *outside.Turn) *Trouble {
	if f.ticket == 0 || f.until.After(t.Now) {
		return nil
	}
	f.End(t)
	return notReached(f.Network, errors.New(Silent))
}

// Wake says when Tick is wanted.
func (f *Fetch) Wake(w *outside.Wake) {
	if f.ticket != 0 {
		w.By(f.until)
	}
}

// Begin fetches the pack of a network, or returns it where it is the one that was fetched last.
func (f *Fetch) Begin(t *outside.Turn, l *List, n Network, fresh bool) outside.Object {
	f.End(t)
	f.Network, f.Text, f.Part = n, "Fetching "+n.Called(), -1
	if !fresh && l.sum == n.SHA256 {
		return l.pack
	}
	f.ticket, f.until = t.Ticket(), t.Now.Add(MostSilence)
	t.Ask(outside.GetPack{Ticket: f.ticket, Path: n.Path(), Bytes: n.Bytes, SHA256: n.SHA256, Fresh: fresh})
	return nil
}

// Busy tells whether a pack is on its way.
func (f *Fetch) Busy() bool { return f.ticket != 0 }

// End gives up what is on its way.
func (f *Fetch) End(t *outside.Turn) {
	if f.ticket != 0 {
		t.Ask(outside.DropPack{Ticket: f.ticket})
		f.ticket = 0
	}
}

// Comes takes word of how much is here, and tells whether it was of this pack.
func (f *Fetch) Comes(t *outside.Turn, e outside.PackComes) bool {
	if e.Ticket != f.ticket || f.ticket == 0 {
		return false
	}
	n := f.Network
	f.until = t.Now.Add(MostSilence)
	f.Text = fmt.Sprintf("Fetching %s: %s of %s MB", n.Called(), words.Megabytes(e.Bytes), words.Megabytes(n.Bytes))
	f.Part = float64(e.Bytes) / float64(n.Bytes)
	return true
}

// Got takes the pack, and tells whether it was this one, and what went wrong, if anything did.
func (f *Fetch) Got(l *List, e outside.GotPack) (is bool, trouble *Trouble) {
	if e.Ticket != f.ticket || f.ticket == 0 {
		return false, nil
	}
	f.ticket = 0
	n := f.Network
	switch {
	case e.Pack != nil:
		l.sum, l.pack = n.SHA256, e.Pack
		return true, nil
	case e.Wrong:
		return true, wrongSum(n)
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
