package keras

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"homeroom/tools/hdf5"
)

// ReadH5 makes a model of Keras' .h5: the whole model with its weights, as model.save writes it.
// name is what errors call it.
func ReadH5(name string, data []byte) (*Model, error) {
	m, err := readH5(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

func readH5(data []byte) (*Model, error) {
	root, err := hdf5.Read(data)
	if err != nil {
		return nil, err
	}
	text, in := text(root, "model_config"), root.Groups["model_weights"]
	if text == "" || in == nil {
		return nil, errors.New("it has weights alone, or is no model of Keras: save the whole of it with model.save")
	}
	top, err := readTopology(json.RawMessage(text))
	if err != nil {
		return nil, err
	}
	w := newNamed(major(textOf(root, in, "keras_version")))
	w.gather("", in)
	return build(top, w)
}

// text is an attribute of one string, "" where there is none.
func text(g *hdf5.Group, name string) string {
	if a := g.Attributes[name].Text; len(a) == 1 {
		return a[0]
	}
	return ""
}

func textOf(a, b *hdf5.Group, name string) string {
	if t := text(a, name); t != "" {
		return t
	}
	return text(b, name)
}

// major is the first number of a version, 0 where there is none.
func major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(first) // what is no number is no version that is known
	return n
}

// gather adds the arrays of a group and of those in it.
func (w *named) gather(path string, g *hdf5.Group) {
	for name, d := range g.Data {
		w.add(path+name, &Array{d.Dims, d.Floats})
	}
	for name, inner := range g.Groups {
		w.gather(path+name+"/", inner)
	}
}

// maxPart bounds a part of a .keras file.
const maxPart = 2 << 30

// ReadKeras makes a model of a .keras file, a zip of its topology and its weights.
func ReadKeras(name string, data []byte) (*Model, error) {
	m, err := readKeras(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

func readKeras(data []byte) (*Model, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("this is no .keras file, or it is cut short: %w", err)
	}
	part := func(name string, most int64) ([]byte, error) {
		f, err := z.Open(name)
		if err != nil {
			return nil, fmt.Errorf("it has no %s, as .keras files do", name)
		}
		defer f.Close()
		// Weights hardly shrink, so that what grows much is hostile.
		most = min(most, 64*int64(len(data))+1<<20)
		b, err := io.ReadAll(io.LimitReader(f, most+1))
		if err != nil {
			return nil, fmt.Errorf("its part %s is damaged (%w): save the file again", name, err)
		}
		if int64(len(b)) > most {
			return nil, fmt.Errorf("%s has more than %d bytes", name, most)
		}
		return b, nil
	}
	config, err := part("config.json", maxTopology)
	if err != nil {
		return nil, err
	}
	about, err := part("metadata.json", 1<<20)
	if err != nil {
		return nil, err
	}
	file, err := part("model.weights.h5", maxPart)
	if err != nil {
		return nil, err
	}
	var version struct {
		Keras string `json:"keras_version"`
	}
	if err := json.Unmarshal(about, &version); err != nil {
		return nil, fmt.Errorf("metadata.json: %w", err)
	}
	if v := major(version.Keras); v != 3 {
		return nil, fmt.Errorf("it is of Keras %d, whose weights have no names in a .keras file: save it as .h5", v)
	}
	root, err := hdf5.Read(file)
	if err != nil {
		return nil, fmt.Errorf("model.weights.h5: %w", err)
	}
	top, err := readTopology(config)
	if err != nil {
		return nil, err
	}
	w := &listed{arrays: map[string][]*Array{}}
	if err := w.gather("", root); err != nil {
		return nil, fmt.Errorf("model.weights.h5: %w", err)
	}
	return build(top, w)
}

// listed are weights by the path of their layer, in the order that the layer has them.
type listed struct{ arrays map[string][]*Array }

func (w *listed) three() bool { return true }

// gather adds the weights of layers, each of which has its name beside them.
func (w *listed) gather(path string, g *hdf5.Group) error {
	list := g.Groups["layers"]
	if list == nil {
		return nil
	}
	for called, l := range list.Groups {
		vars := l.Groups["vars"]
		if vars == nil {
			continue
		}
		name := text(vars, "name")
		if name == "" {
			return fmt.Errorf("the layer %q has no name there, as in files of early versions of Keras 3: save it anew, or as .h5", clip(called))
		}
		all := []*Array{}
		for i := range len(vars.Data) {
			d := vars.Data[strconv.Itoa(i)]
			if d == nil {
				break
			}
			all = append(all, &Array{d.Dims, d.Floats})
		}
		full := path + "/" + name
		w.arrays[full] = all
		if err := w.gather(full, l); err != nil {
			return err
		}
	}
	return nil
}

func (w *listed) of(l *layer, names []string) ([]*Array, error) {
	all := w.arrays["/"+strings.Join(l.path, "/")]
	if len(all) < len(names) {
		return nil, fmt.Errorf("its weights %q are missing", slices.Clone(names[len(all):]))
	}
	return all[:len(names)], nil
}
