package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/tensor"
	"homeroom/core/training"
	"homeroom/tools/homeroom/catalog"
)

var (
	blocksFolder = flag.String("blocks", "", "folder with the folders train and test, a folder a class in each, for TestBlocks")
	blocksPack   = flag.String("blocks-pack", "", "pack of a vision transformer, for TestBlocks")
	blocksSize   = flag.Int("blocks-size", 0, "input size, for TestBlocks")
)

// TestBlocks measures what the tokens of each block of a vision transformer are worth to teach on:
// the first token and the mean of the others, as core/training/FIGURES.md tells it. One run of the
// network for each photo gives them all.
func TestBlocks(t *testing.T) {
	if *blocksFolder == "" {
		return
	}
	m, err := catalog.OpenModel(*blocksPack)
	if err != nil {
		t.Fatal(err)
	}
	var keep []string
	for i, n := range m.Graph.Nodes {
		if n.Op == graph.Add && i > 0 && (i+1 == len(m.Graph.Nodes) || m.Graph.Nodes[i+1].Op == graph.LayerNorm || m.Graph.Nodes[i+1].Op == graph.Token) {
			keep = append(keep, n.Name)
		}
	}
	c, err := model.NewClassifier(m, model.Options{Size: *blocksSize, Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// What belongs together is told by the first space.
	spaces := []feature.Space{{Network: "feature", Size: c.Size()}}
	for i := range keep {
		spaces = append(spaces, feature.Space{Network: fmt.Sprintf("first-%d", i), Size: c.Size()}, feature.Space{Network: fmt.Sprintf("mean-%d", i), Size: c.Size()})
	}
	b := new(bank.Builder)
	for i, s := range spaces {
		dim := c.FeatureDim()
		if _, err := b.AddSpace(s, dim); err != nil {
			t.Fatal(i, err)
		}
	}
	var train, test []int
	rows := 0
	for _, split := range []string{"train", "test"} {
		files, err := filepath.Glob(filepath.Join(*blocksFolder, split, "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			vectors, err := c.Features(p, feature.Plain)
			if err != nil {
				t.Fatal(err)
			}
			all := [][]float32{slices.Clone(vectors[0])}
			for _, name := range keep {
				x, err := c.Program().Value(name)
				if err != nil {
					t.Fatal(err)
				}
				first, mean := tokens(x)
				all = append(all, first, mean)
			}
			class, err := b.AddClass(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Add(bank.Photo{Name: path, Class: class, Features: all}); err != nil {
				t.Fatal(err)
			}
			if split == "train" {
				train = append(train, rows)
			} else {
				test = append(test, rows)
			}
			rows++
		}
	}
	out := []string{"| tokens | held out | test |", "|---|---|---|"}
	for _, s := range spaces {
		o := learnt(t, b.Bank(), train, test, training.Config{Kind: training.Linear, Input: bank.Input{{s}}})
		out = append(out, fmt.Sprintf("| %s | %.3f | %.3f |", s.Network, o.held, o.Accuracy))
	}
	t.Logf("size %d\n%s", c.Size(), strings.Join(out, "\n"))
}

// tokens returns the first of a layer's tokens and the mean of the others.
func tokens(x tensor.Tensor) (first, mean []float32) {
	first, mean = append(first, x.Data[:x.C]...), make([]float32, x.C)
	n := x.Len() / x.C
	for k := 1; k < n; k++ {
		for i := range mean {
			mean[i] += x.Data[k*x.C+i] / float32(n-1)
		}
	}
	return first, mean
}
