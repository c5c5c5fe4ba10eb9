package network

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/export"
	"homeroom/core/photo"
	"homeroom/models"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/keras"
	"homeroom/tools/onnxgraph"
	"homeroom/tools/tflite"
)

// graphKinds are the ends of names of files that hold a network's graph beside its weights.
var graphKinds = []string{".onnx", ".tflite", ".h5", ".hdf5", ".keras", ".json", ".zip"}

// IsGraph goes by the name: an ONNX model has no mark of its own.
func IsGraph(path string) bool {
	return slices.Contains(graphKinds, strings.ToLower(filepath.Ext(path)))
}

// Foreign is a classifier that another program wrote.
type Foreign struct {
	Arch   string
	Model  *onnx.Model
	labels []string
	photo  *photo.Preprocess // without a size, nil where nothing is known
	photos string            // who says how photos are prepared, for people
	known  bool
}

// squares is how most programs show a photo to such networks: its largest square in the middle,
// made smaller.
func squares(mean, std float64) *photo.Preprocess {
	return &photo.Preprocess{
		CropFraction: 1, Interpolation: photo.Bilinear,
		Mean: [3]float64{mean, mean, mean}, Std: [3]float64{std, std, std},
	}
}

// readForeign reads a file with a graph in it.
func readForeign(path string) (*Foreign, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".onnx":
		m, err := onnx.Open(path)
		if err != nil {
			return nil, err
		}
		f := &Foreign{Arch: "onnx", Model: m, labels: onnxLabels(m), photos: "an ONNX model does not say; the usual one of networks trained on ImageNet is taken"}
		f.take(cardOf([]byte(m.Metadata["homeroom"])))
		return f, nil
	case ".tflite":
		m, err := tflite.Open(path)
		if err != nil {
			return nil, err
		}
		return OfTFLite(m)
	case ".json":
		text, err := readForeignFile(path)
		if err != nil {
			return nil, err
		}
		read := func(name string) ([]byte, error) {
			if name != filepath.Base(name) {
				return nil, fmt.Errorf("%q is not a file beside it", name)
			}
			if info, err := os.Lstat(filepath.Join(filepath.Dir(path), name)); err == nil && info.Mode()&os.ModeSymlink != 0 {
				return nil, fmt.Errorf("%q is a link, and not a file beside it", name)
			}
			return readForeignFile(filepath.Join(filepath.Dir(path), name))
		}
		metadata, err := read("metadata.json")
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		return ofTFJS(filepath.Base(path), text, metadata, read)
	}
	data, err := readForeignFile(path)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(path)
	switch strings.ToLower(filepath.Ext(path)) {
	case ".keras":
		return OfKeras(keras.ReadKeras(name, data))
	case ".zip":
		return readArchive(name, data)
	}
	return OfKeras(keras.ReadH5(name, data))
}

// maxForeign bounds a file that is read as a whole.
const maxForeign = 2 << 30

func readForeignFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxForeign {
		return nil, fmt.Errorf("%s isn't a file of at most 2 GB", path)
	}
	return os.ReadFile(path)
}

// onnxLabels are those that a model's metadata have.
func onnxLabels(m *onnx.Model) []string {
	for _, key := range classKeys {
		if text := m.Metadata[key]; text != "" {
			return strings.Split(text, ",")
		}
	}
	return nil
}

// cardOf is Homeroom's own card, where a file has one that fits; its levels are normalised by the
// network.
func cardOf(text []byte) *export.Card {
	var card export.Card
	if json.Unmarshal(text, &card) != nil || len(card.Inputs) != 1 || card.Inputs[0].Size < 1 || card.Inputs[0].Resize < 1 {
		return nil
	}
	return &card
}

// take goes by a card, where there is one, for all but how levels are normalised.
func (f *Foreign) take(card *export.Card) {
	if card == nil {
		return
	}
	mean, std := [3]float64{}, [3]float64{1, 1, 1}
	if f.photo != nil && f.known {
		mean, std = f.photo.Mean, f.photo.Std
	}
	in := card.Inputs[0]
	f.photo = &photo.Preprocess{
		CropFraction: min(float64(in.Size)/float64(in.Resize), 1), Resize: in.Resize, Squash: in.Squash, Interpolation: photo.Interpolation(in.Filter), Mean: mean, Std: std,
	}
	f.labels, f.photos, f.known = card.Labels, "the file's card says so", true
}

// OfTFLite takes a TensorFlow Lite model.
func OfTFLite(m *tflite.Model) (*Foreign, error) {
	f := &Foreign{Arch: "tflite", Model: m.ONNX, labels: m.Labels, photo: squares(127.5, 127.5),
		photos: "the file does not say; the middle square, its levels brought to −1 to 1, is taken, as for most models of TensorFlow Lite"}
	if own := cardOf(m.Files["homeroom.json"]); own != nil {
		f.take(own)
		return f, nil
	}
	if n := len(m.Mean); n > 0 && n == len(m.Std) && (n == 1 || n == 3) {
		for c := range 3 {
			f.photo.Mean[c], f.photo.Std[c] = float64(m.Mean[c%n]), float64(m.Std[c%n])
		}
		f.photos, f.known = "the file's metadata say how levels are normalised, and not how photos are cut; their middle square is taken", true
	}
	return f, nil
}

// OfKeras takes a Keras model that was read, or what was wrong with it.
func OfKeras(m *keras.Model, err error) (*Foreign, error) {
	if err != nil {
		return nil, err
	}
	f := &Foreign{Arch: "keras", Model: m.ONNX, photo: squares(127.5, 127.5),
		photos: "the file does not say; the middle square, its levels brought to −1 to 1, is taken, as for MobileNet"}
	if m.Levels {
		f.photo, f.photos = squares(0, 1), "the network brings levels to its range by itself; how photos are cut the file does not say, and their middle square is taken"
	}
	return f, nil
}

// ofTFJS reads a layers model; metadata are those of Teachable Machine, or nothing.
func ofTFJS(name string, text, metadata []byte, read func(string) ([]byte, error)) (*Foreign, error) {
	m, err := keras.ReadTFJS(name, text, read)
	f, err := OfKeras(m, err)
	if err != nil || metadata == nil {
		return f, err
	}
	var about struct {
		Package string   `json:"packageName"`
		Labels  []string `json:"labels"`
		Own     struct {
			Card json.RawMessage `json:"homeroom"`
		} `json:"userMetadata"`
	}
	if err := json.Unmarshal(metadata, &about); err != nil {
		return nil, fmt.Errorf("metadata.json, beside %s: %w", name, err)
	}
	f.Arch, f.labels = "teachable-machine", about.Labels
	if about.Package == "@teachablemachine/image" || len(about.Own.Card) > 0 {
		f.photo = squares(127, 127)
		f.photos, f.known = "as Teachable Machine does: the middle square, levels/127 − 1", true
	}
	f.take(cardOf(about.Own.Card))
	return f, nil
}

// readArchive reads what Teachable Machine exports: a zip of a model in one of three formats, and
// its labels.
func readArchive(name string, data []byte) (*Foreign, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%s is no zip, or it is cut short: %w", name, err)
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		files[path.Base(f.Name)] = f
	}
	read := func(file string) ([]byte, error) {
		f := files[file]
		if f == nil {
			return nil, fmt.Errorf("there is no %s in it: %w", file, os.ErrNotExist)
		}
		in, err := f.Open()
		if err != nil {
			return nil, err
		}
		defer in.Close()
		most := min(int64(maxForeign), 1000*int64(len(data))+1<<20)
		part, err := io.ReadAll(io.LimitReader(in, most+1))
		if err == nil && int64(len(part)) > most {
			err = fmt.Errorf("%s in it has more than %d bytes", file, most)
		}
		return part, err
	}
	var f *Foreign
	labels := true
	switch model := modelIn(files); {
	case model == "":
		return nil, fmt.Errorf("%s holds no model: no model.json, .tflite, .h5 or .keras, as Teachable Machine's exports do", name)
	case model == "model.json":
		labels = false
		metadata, err := read("metadata.json")
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		text, err := read(model)
		if err == nil {
			f, err = ofTFJS(model, text, metadata, read)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	default:
		part, err := read(model)
		if err == nil {
			switch path.Ext(model) {
			case ".tflite":
				var m *tflite.Model
				if m, err = tflite.Read(model, part); err == nil {
					f, err = OfTFLite(m)
				}
			case ".h5":
				f, err = OfKeras(keras.ReadH5(model, part))
			default:
				f, err = OfKeras(keras.ReadKeras(model, part))
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if labels && f.labels == nil {
		if text, err := read("labels.txt"); err == nil {
			f.labels = numbered(string(text))
		}
	}
	return f, nil
}

// modelIn finds the model among the files of a zip.
func modelIn(files map[string]*zip.File) string {
	if files["model.json"] != nil {
		return "model.json"
	}
	for _, kind := range []string{".tflite", ".h5", ".keras"} {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if path.Ext(name) == kind {
				return name
			}
		}
	}
	return ""
}

// numbered reads labels, one a line, which Teachable Machine puts a number before.
func numbered(text string) []string {
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	bare := make([]string, len(lines))
	for i, l := range lines {
		number, name, ok := strings.Cut(l, " ")
		if n, err := strconv.Atoi(number); err != nil || n != i || !ok {
			return lines
		}
		bare[i] = name
	}
	return bare
}

// readGraph makes a network of a file with a graph in it.
func (b *Building) readGraph(path string) (*Network, error) {
	f, err := readForeign(path)
	if err != nil {
		return nil, err
	}
	return b.OfForeign(path, f, onnxgraph.Options{Output: b.Output, GAP: b.GAP})
}

// OfForeign makes a network of what was read.
func (b *Building) OfForeign(path string, f *Foreign, opt onnxgraph.Options) (*Network, error) {
	r, err := onnxgraph.Import(f.Model, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	n := &models.Network{
		Arch: f.Arch, Title: name, Graph: r.Graph, Preprocess: models.ImageNetPhotos(r.Size), Classes: r.Classes,
	}
	if b.Arch != "" {
		n.Arch = b.Arch
	}
	if n.Classes == 1000 && f.labels == nil {
		n.LabelSet = models.ImageNet
	}
	if n.Classes == 1 && r.Graph.Output != r.Graph.Feature {
		if err := n.TwoOutputs(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	out := &Network{Network: n, photos: f.photos, known: f.known}
	if f.photo != nil {
		n.Preprocess = *f.photo
		n.Preprocess.Size = r.Size
	}
	if r.Bytes {
		n.Preprocess.Mean, n.Preprocess.Std = [3]float64{}, [3]float64{1, 1, 1}
		out.photos = "the model takes levels from 0 to 255 and normalises them itself; how photos are resized it does not say, and " + usualCut(f.photo)
	}
	if len(f.labels) == n.Classes {
		out.labels = f.labels
	}
	return out, nil
}

func usualCut(p *photo.Preprocess) string {
	if p != nil {
		return "their middle square is taken"
	}
	return "the usual way of networks trained on ImageNet is taken"
}
