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

// Source is one row of the table: a checkpoint and what a pack of it is called.
type Source struct {
	Name    string `json:"name"`   // of the pack, "efficientnet-lite0"
	Title   string `json:"title"`  // for people
	Arch    string `json:"arch"`   // variant, as package models calls it
	DType   string `json:"dtype"`  // how the pack stores weights: i8, f16 or f32
	Labels  string `json:"labels"` // which set of labels, as package models calls it
	Project string `json:"project"`
	File    string `json:"file"` // of the project on the index
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Member  string `json:"member"`  // the checkpoint's path in that file, a zip archive
	Licence string `json:"licence"` // SPDX identifier
	Source  string `json:"source"`  // address of a page about it
}

// SourcesName is the table's file name.
const SourcesName = "sources.json"

// ReadSources reads the table in a folder.
func ReadSources(folder string) ([]Source, error) {
	name := filepath.Join(folder, SourcesName)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	var list []Source
	if err := in.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
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

func (s *Source) check() error {
	plain := func(name string) bool {
		return name != "" && name == path.Base(name) && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, `\:`)
	}
	switch {
	case !plain(s.Name):
		return fmt.Errorf("a name that can't be a file's")
	case !plain(s.File):
		return fmt.Errorf("its file %q is no plain file name", s.File)
	case !plain(s.Project):
		return fmt.Errorf("its project %q is no name of one", s.Project)
	case len(s.SHA256) != 64 || strings.Trim(s.SHA256, "0123456789abcdef") != "":
		return fmt.Errorf("its checksum %q is not 64 hexadecimal digits", s.SHA256)
	case s.Bytes <= 0 || s.Bytes > maxBytes:
		return fmt.Errorf("a length of %d bytes", s.Bytes)
	case s.Member == "" || s.Arch == "" || s.DType == "" || s.Labels == "":
		return fmt.Errorf("member, arch, dtype and labels have to be there")
	case s.Licence == "" || s.Source == "":
		return fmt.Errorf("licence and source have to be there")
	}
	return nil
}

// maxBytes bounds what is fetched, and what a checkpoint unpacks to.
const maxBytes = 1 << 31
