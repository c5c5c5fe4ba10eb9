package host

import (
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// encodings are those that the build lays beside a file, the one that packs best first: the name of
// the encoding in HTTP and what is added to the name of the file.
var encodings = [...][2]string{{"br", ".br"}, {"gzip", ".gz"}}

// packedFile is a file as the build compressed it.
type packedFile struct {
	fs.File
	io.ReadSeeker
	name, suffix string
}

func (p *packedFile) Read(b []byte) (int, error) { return p.ReadSeeker.Read(b) }

// packed opens the best encoding of a file that there is and the client takes, nil where it is sent
// as it is. It says in Vary where another client would get another answer. Parts are only given of
// files as they are.
func (h *Handler) packed(w http.ResponseWriter, r *http.Request, name string) *packedFile {
	takes := accepted(r.Header.Values("Accept-Encoding"))
	var best *packedFile
	varies := false
	for _, e := range encodings {
		f, err := h.files.Open(name + e[1])
		if err != nil {
			continue
		}
		info, err := f.Stat()
		content, seeks := f.(io.ReadSeeker)
		if err != nil || !seeks || !info.Mode().IsRegular() {
			f.Close()
			continue
		}
		varies = true
		if best == nil && takes[e[0]] && r.Header.Get("Range") == "" {
			best = &packedFile{f, content, e[0], e[1]}
			continue
		}
		f.Close()
	}
	if varies {
		w.Header().Add("Vary", "Accept-Encoding")
	}
	return best
}

// accepted reads Accept-Encoding (RFC 9110, section 12.5.3): which of our encodings a client takes.
func accepted(fields []string) map[string]bool {
	takes, named, any := map[string]bool{}, map[string]bool{}, false
	for item := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		name, weight, _ := strings.Cut(item, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		wanted := quality(weight) > 0
		switch name {
		case "*":
			any = wanted
		case "x-gzip":
			name = "gzip"
			fallthrough
		default:
			takes[name], named[name] = wanted, true
		}
	}
	for _, e := range encodings {
		if !named[e[0]] {
			takes[e[0]] = any
		}
	}
	return takes
}

// quality reads "q=0.5"; what is missing is 1, and what cannot be read is 0.
func quality(text string) float64 {
	text = strings.TrimSpace(text)
	if text == "" {
		return 1
	}
	name, value, _ := strings.Cut(text, "=")
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if !strings.EqualFold(strings.TrimSpace(name), "q") || err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
