package weights

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Origin is where a file lies on the index.
type Origin struct {
	Project string `json:"project,omitempty"`
	File    string `json:"file,omitempty"` // of the project: a wheel or an sdist
	Bytes   int64  `json:"bytes,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
	Member  string `json:"member,omitempty"` // path in that archive
}

// Sample is a file that the tests of the converter read.
type Sample struct {
	Name string `json:"name"` // of the file in the cache
	Origin
}

// Source is one row of the table: a checkpoint and how a pack is made of it. The checkpoint is a
// file of this repository, or a member of an archive on the index.
type Source struct {
	Name   string `json:"name"`             // of the pack, "efficientnet-lite0"
	Title  string `json:"title"`            // for people
	Arch   string `json:"arch,omitempty"`   // variant, as package models calls it; "" is told from the checkpoint
	DType  string `json:"dtype"`            // how the pack stores weights: i8, f16 or f32
	Labels string `json:"labels,omitempty"` // which set of labels, as package models calls it; "" for a backbone

	// Checkpoint is a file of this repository, by its path from the table's folder.
	Checkpoint string `json:"checkpoint,omitempty"`

	Origin

	GAP    bool   `json:"gap,omitempty"`    // end in the average of the last feature map
	Output string `json:"output,omitempty"` // value of an ONNX model to end in

	// How photos are prepared, where the checkpoint and its family do not say.
	Resize int    `json:"resize,omitempty"`
	Mean   string `json:"mean,omitempty"`
	Std    string `json:"std,omitempty"`

	// Plain keeps the pack from being entropy coded.
	Plain bool `json:"plain,omitempty"`
	// Rounded takes the weights of the pack that lies there, which package rounding made of the
	// checkpoint's. They follow from photos, and in their last bits from the machine's kernels, so
	// that they are kept and not made anew; the fingerprint holds them.
	Rounded   bool   `json:"rounded,omitempty"`
	Large     bool   `json:"large,omitempty"`    // the pack is not in the repository: it goes to the folder large
	TrainedOn string `json:"trained_on"`         // data set, "ImageNet-1k"
	Accuracy  string `json:"accuracy,omitempty"` // share of test photos that the pack names rightly, and of which
	Licence   string `json:"licence"`            // SPDX identifier
	Source    string `json:"source,omitempty"`   // what the checkpoint of this repository was made by
	// Former are the SHA-256 of packs that were this one before: the same layers and weights, with
	// another manifest. What was taught on those was taught on this network.
	Former []string `json:"former,omitempty"`
	// Fingerprint is what model.Model.Fingerprint has to give of the pack. People teach on a
	// network by its name, and features of other weights may not mix with theirs: other weights
	// need another name. "" is for networks that nobody taught on yet.
	Fingerprint string `json:"fingerprint,omitempty"`
	Note        string `json:"note,omitempty"` // what else a person should know
}

// SourcesName is the table's file name.
const SourcesName = "sources.json"

// SamplesName is the file name of the list of samples.
const SamplesName = "samples.json"

// readTable reads a JSON list in which every field is known.
func readTable(name string, to any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// ReadSamples reads the list of samples in a folder.
func ReadSamples(folder string) ([]Sample, error) {
	name := filepath.Join(folder, SamplesName)
	var list []Sample
	if err := readTable(name, &list); err != nil {
		return nil, err
	}
	for _, s := range list {
		err := s.Origin.check()
		if err == nil && !plain(s.Name) {
			err = fmt.Errorf("a name that can't be a file's")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", name, s.Name, err)
		}
	}
	return list, nil
}

// ReadSources reads the table in a folder.
func ReadSources(folder string) ([]Source, error) {
	name := filepath.Join(folder, SourcesName)
	var list []Source
	if err := readTable(name, &list); err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for _, s := range list {
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", name, s.Name, err)
		}
		if seen[s.Name] {
			return nil, fmt.Errorf("%s: there are two rows named %q", name, s.Name)
		}
		seen[s.Name] = true
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s has no rows", name)
	}
	return list, nil
}

// plain says whether a name is that of a file, without a path.
func plain(name string) bool {
	return name != "" && name == path.Base(name) && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, `\:`)
}

func (s *Source) check() error {
	switch {
	case !plain(s.Name):
		return fmt.Errorf("a name that can't be a file's")
	case s.DType == "" || s.TrainedOn == "" || s.Licence == "":
		return fmt.Errorf("dtype, trained_on and licence have to be there")
	case s.Labels == "" && !s.GAP && s.Output == "":
		return fmt.Errorf("labels have to be there, or gap or output, which make a backbone")
	case s.Checkpoint != "" && s.Origin != Origin{}:
		return fmt.Errorf("it has both a checkpoint of this repository and one of the index")
	case (s.Checkpoint != "") != (s.Source != ""):
		return fmt.Errorf("a checkpoint of this repository needs its source, and one of the index has its package for that")
	case s.Rounded && (s.Fingerprint == "" || s.DType != "i8" || s.Large):
		return fmt.Errorf("rounded weights have to be of i8, in the repository, and held by a fingerprint")
	}
	for _, sum := range s.Former {
		if !isSHA256(sum) {
			return fmt.Errorf("its former checksum %q is not 64 hexadecimal digits", sum)
		}
	}
	if s.Fingerprint != "" && !isSHA256(s.Fingerprint) {
		return fmt.Errorf("its fingerprint %q is not 64 hexadecimal digits", s.Fingerprint)
	}
	if s.Checkpoint != "" {
		return nil
	}
	return s.Origin.check()
}

// From says where the weights come from: the package and its version, which any client of the index
// finds, or what made the checkpoint of this repository.
func (s *Source) From() string {
	from := s.Source
	if s.Checkpoint == "" {
		from = "Python package " + s.Project + " " + s.version()
	}
	if s.Rounded {
		from += ", weights rounded by tools/rounding"
	}
	return from
}

func isSHA256(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

// version is that of the package, as the file's name tells it.
func (o *Origin) version() string {
	_, rest, _ := strings.Cut(strings.TrimSuffix(o.File, ".tar.gz"), "-")
	version, _, _ := strings.Cut(rest, "-")
	return version
}

func (o *Origin) check() error {
	switch {
	case !plain(o.File):
		return fmt.Errorf("its file %q is no plain file name", o.File)
	case !plain(o.Project):
		return fmt.Errorf("its project %q is no name of one", o.Project)
	case !isSHA256(o.SHA256):
		return fmt.Errorf("its checksum %q is not 64 hexadecimal digits", o.SHA256)
	case o.Bytes <= 0 || o.Bytes > maxBytes:
		return fmt.Errorf("a length of %d bytes", o.Bytes)
	case o.Member == "":
		return fmt.Errorf("its member has to be there")
	}
	return nil
}

// maxBytes bounds what is fetched, and what a checkpoint unpacks to.
const maxBytes = 1 << 31
