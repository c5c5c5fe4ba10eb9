package convert

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/tensor"
	"homeroom/models"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/network"
	"homeroom/tools/weights"
	"homeroom/tools/whole"
)

// Weights is the flags of weights, and what carries it out.
type Weights struct {
	Only    string `placeholder:"NAME" help:"Make this network alone, and leave the catalogue's other entries as they are."`
	Dir     string `default:"weights" type:"existingdir" placeholder:"DIR" help:"Folder with sources.json, which the packs and the catalogue go to."`
	Samples bool   `help:"Fetch the files that the converter's tests read to the cache, and make nothing."`
	Check   bool   `help:"Write nothing; tell whether the files there are what the sources give, byte for byte."`
	Cache   string `placeholder:"DIR" help:"Folder that keeps what is fetched. Default: homeroom in the user's cache folder."`
}

// Run carries out the command.
func (r *Weights) Run(con *console.Console) error {
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
	from := weights.Fetcher{Folder: cache}
	if r.Samples {
		list, err := weights.ReadSamples(r.Dir)
		if err != nil {
			return err
		}
		for _, s := range list {
			path, err := from.Member(con.Context, s.Name, s.Origin)
			if err != nil {
				return err
			}
			fmt.Fprintln(con.Out, path)
		}
		return nil
	}
	files := make(map[string][]byte)
	var entries []catalog.Entry
	have := map[string]catalog.Entry{}
	if r.Only != "" {
		list, err := catalog.Read(catalog.InFolder(r.Dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range list {
			have[e.Name] = e
		}
		if !slices.ContainsFunc(sources, func(s weights.Source) bool { return s.Name == r.Only }) {
			return fmt.Errorf("%s has no row named %q", weights.SourcesName, r.Only)
		}
	}
	for _, s := range sources {
		if r.Only != "" && s.Name != r.Only {
			if e, ok := have[s.Name]; ok {
				entries = append(entries, e)
			}
			continue
		}
		path := filepath.Join(r.Dir, filepath.FromSlash(s.Checkpoint))
		if s.Checkpoint == "" {
			if path, err = from.Member(con.Context, s.Name+filepath.Ext(s.Member), s.Origin); err != nil {
				return err
			}
		}
		e, data, err := makePack(s, path, r.Dir)
		if err != nil {
			return err
		}
		files[filepath.FromSlash(e.Place())] = data
		if e.Labels != "" {
			files[e.Labels] = []byte(strings.Join(models.Labels(s.Labels), "\n") + "\n")
		}
		entries = append(entries, e)
		fmt.Fprintf(con.Out, "%s  %s  %s bytes\n", e.SHA256[:16], e.Place(), console.Grouped(e.Bytes))
	}
	text, err := json.MarshalIndent(entries, "", "  ")
	if err != nil {
		return err
	}
	files[catalog.Name] = append(text, '\n')
	if r.Check {
		return compareFiles(con.Out, r.Dir, files, sources)
	}
	if err := whole.Folder(filepath.Join(r.Dir, catalog.Large)); err != nil {
		return err
	}
	for name, data := range files {
		if err := whole.Write(filepath.Join(r.Dir, name), 0o666, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
	}
	return nil
}

// makePack converts a checkpoint as the table of sources says. Rounded weights are those of the
// pack in a folder.
func makePack(s weights.Source, path, folder string) (catalog.Entry, []byte, error) {
	fail := func(err error) (catalog.Entry, []byte, error) {
		return catalog.Entry{}, nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	dtype, err := pack.ParseDType(s.DType)
	if err != nil {
		return fail(err)
	}
	labels := models.Labels(s.Labels)
	if labels == nil && s.Labels != "" {
		return fail(fmt.Errorf("there is no set of labels named %q", s.Labels))
	}
	how := network.Building{Arch: s.Arch, GAP: s.GAP, Output: s.Output}
	n, err := how.Open(path)
	if err != nil {
		return fail(err)
	}
	prepare := network.Preparing{Resize: s.Resize, Mean: s.Mean, Std: s.Std}
	if err := prepare.Apply(n.Network); err != nil {
		return fail(err)
	}
	costs, err := n.Graph.Costs(tensor.Shape{H: n.Preprocess.Size, W: n.Preprocess.Size, C: 3})
	if err != nil {
		return fail(err)
	}
	if s.Rounded {
		err = roundedAs(n.Graph, filepath.Join(folder, s.Name+".pack"))
	} else {
		n.Quantise(dtype)
	}
	if err != nil {
		return fail(err)
	}
	m, err := network.Named(path, n, labels)
	if err != nil {
		return fail(err)
	}
	m.Name, m.Licence, m.Source, m.Coded = s.Name, s.Licence, s.From(), coded(dtype) && !s.Plain
	if s.Title != "" {
		m.Title = s.Title
	}
	print, err := m.Fingerprint()
	if err != nil {
		return fail(err)
	}
	if has := hex.EncodeToString(print[:]); s.Fingerprint != "" && s.Fingerprint != has {
		return fail(fmt.Errorf("its fingerprint is %s, not the %s of %s: with other weights it gives other features than people taught on; give it another name", has, s.Fingerprint, weights.SourcesName))
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return fail(err)
	}
	sum := sha256.Sum256(out.Bytes())
	e := catalog.Entry{
		Name: m.Name, Title: m.Title, Arch: m.Arch, File: m.Name + ".pack", Large: s.Large,
		Bytes: int64(out.Len()), SHA256: hex.EncodeToString(sum[:]), DType: dtype.String(),
		Classes: len(m.Labels), FeatureName: m.Graph.Feature, Preprocess: m.Preprocess,
		FixedSize: m.Graph.FixedSize > 0, Sizes: sizesOf(m),
		Fingerprint: hex.EncodeToString(print[:]), Former: s.Former,
		TrainedOn: s.TrainedOn, Accuracy: s.Accuracy, Licence: m.Licence, Source: m.Source, Note: s.Note,
	}
	if s.Labels != "" {
		e.Labels = s.Labels + ".txt"
	}
	if e.Feature, err = featureLength(m); err != nil {
		return fail(err)
	}
	for _, c := range costs {
		e.Parameters += int64(c.Params)
		e.MACs += c.MACs
	}
	return e, out.Bytes(), nil
}

// roundedAs gives a graph the rounded weights of a pack. They have to be its own, rounded.
func roundedAs(g *graph.Graph, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("its rounded weights: %w; \"make rounded\" makes them, and then it needs another name", err)
	}
	kept, err := model.Read(path, data)
	if err != nil {
		return err
	}
	if len(kept.Graph.Params) != len(g.Params) {
		return fmt.Errorf("%s has %d tensors, and the checkpoint %d", path, len(kept.Graph.Params), len(g.Params))
	}
	for name, exact := range g.Params {
		t := kept.Graph.Params[name]
		if t == nil || !slices.Equal(t.Dims, exact.Dims) {
			return fmt.Errorf("%s has no %s of %v, which the checkpoint has", path, name, exact.Dims)
		}
		if strings.HasSuffix(name, ".weight") {
			if off := apart(exact, t); off > mostRounded {
				return fmt.Errorf("%s: %s is no rounding of the checkpoint's, from which it is %.2f times its length away", path, name, off)
			}
		}
		g.Params[name] = t
	}
	return nil
}

// mostRounded is how far rounded weights of a layer may lie from the exact ones, in lengths of
// those.
const mostRounded = 0.5

// apart is the distance of two tensors, in lengths of the first.
func apart(a, b *pack.Tensor) float64 {
	x, y := a.View(), b.View()
	off, all := 0.0, 0.0
	for i := range x {
		d := float64(x[i]) - float64(y[i])
		off, all = off+d*d, all+float64(x[i])*float64(x[i])
	}
	return math.Sqrt(off / max(all, 1e-30))
}

// sizesOf lists the input sizes to offer for a model: its own alone where it takes no other, else
// some around it. Convolutional networks shrink a photo by 32, and vision transformers cut it into
// patches, so that those are their steps.
func sizesOf(m *model.Model) []int {
	own := m.Preprocess.Size
	if m.Graph.FixedSize > 0 {
		return []int{own}
	}
	sizes := []int{96, 128, 160, 192, 224, 256, 288, 320, 384}
	if own <= 64 {
		sizes = []int{32, 40, 48, 64}
	}
	for _, n := range m.Graph.Nodes {
		if n.Op == graph.Tokens {
			step := stepOf(m.Graph)
			for i, s := range sizes {
				sizes[i] = (s + step/2) / step * step
			}
		}
	}
	sizes = append(sizes, own)
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

// stepOf returns the side of a patch: the stride of the first convolution.
func stepOf(g *graph.Graph) int {
	for _, n := range g.Nodes {
		if n.Op == graph.Conv {
			return max(n.Stride[0], 1)
		}
	}
	return 1
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
func compareFiles(out io.Writer, folder string, files map[string][]byte, sources []weights.Source) error {
	var faults []error
	for name, want := range files {
		have, err := os.ReadFile(filepath.Join(folder, name))
		switch {
		case errors.Is(err, fs.ErrNotExist) && filepath.Dir(name) == catalog.Large:
			// It is not in the repository, so it may be missing.
		case errors.Is(err, fs.ErrNotExist):
			faults = append(faults, fmt.Errorf("%s is missing", name))
		case err != nil:
			faults = append(faults, err)
		case !bytes.Equal(have, want):
			faults = append(faults, fmt.Errorf("%s differs", name))
		}
	}
	packs, err := filepath.Glob(filepath.Join(folder, "*.pack")) // large ones from earlier do no harm
	if err != nil {
		return err
	}
	for _, path := range packs {
		if !slices.ContainsFunc(sources, func(s weights.Source) bool { return s.Name+".pack" == filepath.Base(path) }) {
			faults = append(faults, fmt.Errorf("%s is in no row of %s", filepath.Base(path), weights.SourcesName))
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s is not what its sources give: %w; make it with \"make weights\"", folder, errors.Join(faults...))
	}
	_, err = fmt.Fprintf(out, "%s is what its sources give, byte for byte\n", folder)
	return err
}
