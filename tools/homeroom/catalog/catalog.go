// Package catalog finds the networks that come with Homeroom, and opens their packs.
package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"homeroom/core/model"
	"homeroom/core/photo"
)

// Entry is one network of weights/catalog.json. The first one of the list is what is used when
// nothing else is said.
type Entry struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Arch    string `json:"arch"`
	File    string `json:"file"`            // in the catalogue's folder, or in the folder large under it
	Large   bool   `json:"large,omitempty"` // the file is not in the repository, so it may be missing
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	DType   string `json:"dtype"`            // of the weights: i8, f16 or f32
	Classes int    `json:"classes"`          // 0 for a backbone to teach on
	Labels  string `json:"labels,omitempty"` // file with the labels, one a line, in the order of the logits

	Feature     int    `json:"feature"`                // length of the feature vector, 0 where there is none
	FeatureName string `json:"feature_name,omitempty"` // the layer that gives it

	Parameters int64 `json:"parameters"`
	MACs       int64 `json:"macs"` // multiply-adds of a photo at the network's own size

	Preprocess photo.Preprocess `json:"preprocess"`
	FixedSize  bool             `json:"fixed_size,omitempty"` // it takes no other size than its own
	Sizes      []int            `json:"sizes"`                // input sizes to offer

	TrainedOn string `json:"trained_on"`
	Accuracy  string `json:"accuracy,omitempty"` // share of test photos that it names rightly, and of which
	Licence   string `json:"licence"`            // SPDX identifier
	Source    string `json:"source"`
	Note      string `json:"note,omitempty"`

	// Fingerprint is that of the model. Former are the SHA-256 of earlier packs that had the same.
	Fingerprint string   `json:"fingerprint"`
	Former      []string `json:"former,omitempty"`
}

// Large is where packs lie that are not in the repository.
const Large = "large"

// Place is the pack's path from the catalogue's folder.
func (e *Entry) Place() string {
	if e.Large {
		return Large + "/" + e.File
	}
	return e.File
}

// Name is what the file of the catalogue is called.
const Name = "catalog.json"

// Find finds the catalogue and its packs.
func Find() (Files, error) {
	f, err := FindFiles("HOMEROOM_WEIGHTS", "weights", Name, "weights")
	if err != nil {
		return Files{}, fmt.Errorf("the networks were not found: %w; name a .pack file with --model, or their folder in HOMEROOM_WEIGHTS", err)
	}
	return f, nil
}

// Read reads the catalogue that is among files.
func Read(in Files) ([]Entry, error) {
	path := in.Path(Name)
	data, err := fs.ReadFile(in.Files, Name)
	if err != nil {
		return nil, err
	}
	var list []Entry
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s is no catalogue of networks: %w", path, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s lists no network", path)
	}
	for _, e := range list {
		if e.Name == "" || e.File == "" || e.File != filepath.Base(e.File) {
			return nil, fmt.Errorf("%s lists %q with the file %q, which is no plain file name", path, e.Name, e.File)
		}
	}
	return list, nil
}

// OpenModel opens a pack by its file, or a network of the catalogue by its name; "" is the first
// one there. A name ends in .pack or has a separator in it where it is that of a file.
func OpenModel(name string) (*model.Model, error) {
	b, err := OpenPack(name)
	if err != nil {
		return nil, err
	}
	return b.Model, nil
}

// OpenPack is [OpenModel], and tells which pack it is and which it was before.
func OpenPack(name string) (*Backbone, error) {
	data, path, former, err := readPack(name)
	if err != nil {
		return nil, err
	}
	m, err := model.Read(path, data)
	if err != nil {
		return nil, err
	}
	return &Backbone{m, data, sha256.Sum256(data), former}, nil
}

// readPack reads the pack of a name, and returns its path and what the catalogue calls former packs
// of it.
func readPack(name string) (data []byte, path string, former []string, err error) {
	fail := func(err error) ([]byte, string, []string, error) { return nil, "", nil, err }
	if strings.HasSuffix(name, ".pack") || strings.ContainsRune(name, os.PathSeparator) {
		data, err := os.ReadFile(name)
		return data, name, nil, err
	}
	in, err := Find()
	if err != nil {
		return fail(err)
	}
	list, err := Read(in)
	if err != nil {
		return fail(err)
	}
	var names []string
	for _, e := range list {
		if name != "" && e.Name != name {
			names = append(names, e.Name)
			continue
		}
		path, name := in.Path(e.Place()), e.Place()
		if in.Folder == "" {
			name = e.File // the finished page has all packs in one folder
		}
		data, err := fs.ReadFile(in.Files, name)
		if errors.Is(err, fs.ErrNotExist) && e.Large {
			return fail(fmt.Errorf("%s is not in the repository, for its size: make it with \"make weights\"", path))
		}
		if err != nil {
			return fail(err)
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != e.SHA256 {
			return fail(fmt.Errorf("%s is not the file that %s lists: its checksum is another; fetch both again, or make them with \"make weights\"", path, Name))
		}
		return data, path, e.Former, nil
	}
	return fail(fmt.Errorf("there is no network %q; there are %s, or name a .pack file", name, strings.Join(names, ", ")))
}
