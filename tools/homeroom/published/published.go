// Package published has the shapes of networks as others publish them, for tests.
package published

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"homeroom/core/graph"
	"homeroom/models"
)

// zeros is a checkpoint with the names and shapes of another, and nothing but zeros in it.
type zeros map[string][]int

func (z zeros) Names() []string {
	var names []string
	for name := range z {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (z zeros) Dims(name string) []int { return z[name] }

func (z zeros) Floats(name string) ([]float32, error) {
	n := 1
	for _, d := range z[name] {
		n *= d
	}
	return make([]float32, n), nil
}

// reference is a network that others publish, as the tests of package models have it.
type reference struct {
	Whose, Name, Arch string
	Tensors           []struct {
		Name string
		Dims []int
	}
	build func() (*models.Network, error)
}

// All reads the list of them once.
var All = sync.OnceValues(func() (all []*reference, err error) {
	f, err := os.Open(filepath.Join(root(), "models", "testdata", "parity.json.gz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	err = json.NewDecoder(z).Decode(&all)
	for _, r := range all {
		r.build = sync.OnceValues(func() (*models.Network, error) {
			src := zeros{}
			for _, x := range r.Tensors {
				src[x.Name] = append([]int{}, x.Dims...)
			}
			return models.Build(r.Arch, src)
		})
	}
	return all, err
})

// Graph builds a network as others publish it, with weights of zero. What it returns may be
// changed.
func Graph(t *testing.T, whose, arch string) *graph.Graph {
	t.Helper()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(r *reference) bool { return r.Whose == whose && r.Arch == arch })
	if i < 0 {
		t.Fatalf("there is no %s of %s", arch, whose)
	}
	n, err := all[i].build()
	if err != nil {
		t.Fatal(err)
	}
	g := *n.Graph
	g.Nodes = slices.Clone(g.Nodes)
	return &g
}

// root is the folder of the repository, in or below which tests run.
func root() string {
	folder, _ := os.Getwd()
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil || folder == filepath.Dir(folder) {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}
