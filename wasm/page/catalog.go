package page

import (
	"encoding/json"
	"fmt"
	"strings"

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

// parseCatalog reads the list of networks and checks what the page relies on. It returns those that name photos, and
// those on which classes of one's own can be taught.
func parseCatalog(data []byte) (naming, teaching []Network, err error) {
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

// called returns the title that people read.
func (n Network) called() string {
	if n.Title != "" {
		return n.Title
	}
	return n.Name
}

// choose returns the entry with this name, and the first one where there is none.
func choose(list []Network, name string) int {
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

// offered returns the sizes to offer: those that the list of networks has for it, or else the usual ones; its own, and
// the one in use.
func (n Network) offered(inUse int) []int {
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

// A download that went wrong is told in three sentences: what happened, why, and what to do.
type trouble struct{ What, Why, Do string }

func (t *trouble) Error() string { return t.What + " " + t.Why }

func notThere(n Network, status int) *trouble {
	return &trouble{
		What: "The network could not be fetched.",
		Why:  fmt.Sprintf("The server answered %d for weights/%s.", status, n.File),
		Do:   "Press Retry. If it stays like this, that file is missing where this page is kept; another network may still work.",
	}
}

func notReached(n Network, err error) *trouble {
	return &trouble{
		What: "The network could not be fetched.",
		Why:  fmt.Sprintf("The connection failed while weights/%s was on its way (%v).", n.File, err),
		Do:   "Check your connection, then press Retry.",
	}
}

func cutShort(n Network, got int64) *trouble {
	return &trouble{
		What: "The network arrived incomplete.",
		Why:  fmt.Sprintf("Of weights/%s, %s bytes of %s came through.", n.File, words.Thousands(int(got)), words.Thousands(int(n.Bytes))),
		Do:   "Press Retry to fetch it again.",
	}
}

// notInFile is of the page as one file, which lists what it ought to have.
func notInFile(n Network) *trouble {
	return &trouble{
		What: "The network is missing in this file.",
		Why:  fmt.Sprintf("The file is cut short: it ends before weights/%s does.", n.File),
		Do:   "Copy the whole file again from where you have it, and open that. Another network may still work.",
	}
}

// stalled is for when nothing has come for some seconds. It may yet.
func stalled(path, what string, seconds int) *trouble {
	return &trouble{
		What: what,
		Why:  fmt.Sprintf("Nothing of %s has arrived for %d seconds.", path, seconds),
		Do:   "Check your connection, then press Retry. If more of it comes, this goes on by itself.",
	}
}

func wrongSum(n Network, single bool) *trouble {
	if single {
		return &trouble{
			What: "The network in this file is damaged.",
			Why:  fmt.Sprintf("The checksum of weights/%s is not the one that the list of networks gives.", n.File),
			Do:   "Copy the file again from where you have it, and open that. Another network may still work.",
		}
	}
	return &trouble{
		What: "The network arrived damaged.",
		Why:  fmt.Sprintf("The checksum of weights/%s is not the one that the list of networks gives.", n.File),
		Do:   "Press Retry to fetch it again. If it stays like this, the file does not belong to this version of the page.",
	}
}

func noCatalog(err error, single bool) *trouble {
	if single {
		return &trouble{
			What: "The networks are missing in this file.",
			Why:  sentence(err.Error()),
			Do:   "Copy the whole file again from where you have it, and open that.",
		}
	}
	return &trouble{
		What: "The list of networks could not be fetched.",
		Why:  sentence(err.Error()),
		Do:   "Check your connection, then press Retry. If it stays like this, weights/catalog.json may be missing where this page is kept.",
	}
}

func noEngine(why string) *trouble {
	return &trouble{
		What: "The network could not be started.",
		Why:  sentence(why),
		Do:   "Press Retry. Closing other tabs may help where memory is short.",
	}
}

// sentence makes an error's text into one.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimRight(s[1:], ".") + "."
}
