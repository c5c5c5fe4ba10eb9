package inspect

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/safetensors"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/photofile"
	"homeroom/tools/whole"
)

// insides are the flags that say what of the inside of a network is wanted.
type insides struct {
	Photo string `type:"existingfile" placeholder:"FILE" help:"Run the network on a photo, and print what each layer gave, the channel scales of squeeze-and-excitation, and where the heads of a transformer look."`
	Layer string `placeholder:"NAME" help:"Write the feature maps of this layer; of an attention layer the attention of each head."`
	Out   string `short:"o" placeholder:"FILE" help:"Where they go: .png for a sheet of pictures, .npy or .safetensors for numbers."`
	Exact bool   `help:"Decode the photo in full."`
}

func (l *insides) check() error {
	switch {
	case (l.Layer == "") != (l.Out == ""):
		return errors.New("--layer and --out go together")
	case l.Layer != "" && l.Photo == "":
		return errors.New("--layer needs a --photo to give a layer something to see")
	case l.Out == "":
		return nil
	}
	switch strings.ToLower(filepath.Ext(l.Out)) {
	case ".png", ".npy", ".safetensors":
		return nil
	}
	return fmt.Errorf("--out %s: a .png, .npy or .safetensors file can be written", l.Out)
}

// run runs a network on the photo, and keeps all there is to see.
func (l *insides) run(m *model.Model, size int) (*model.Classifier, model.Answer, error) {
	data, err := photofile.Read(l.Photo)
	if err != nil {
		return nil, model.Answer{}, err
	}
	opt := m.Inside()
	opt.Size, opt.Threads, opt.Exact = size, runtime.GOMAXPROCS(0), l.Exact
	c, err := model.NewClassifier(m, opt)
	if err != nil {
		return nil, model.Answer{}, err
	}
	a, err := c.Classify(data, 1)
	if err != nil {
		c.Close()
		return nil, a, fmt.Errorf("%s: %w", l.Photo, err)
	}
	return c, a, nil
}

// print prints what a network made of the photo, or writes the maps of one layer.
func (l *insides) print(out io.Writer, m *model.Model, size int) error {
	c, a, err := l.run(m, size)
	if err != nil {
		return err
	}
	defer c.Close()
	name := ""
	if len(a.Results) > 0 {
		name = fmt.Sprintf(", named %s (%.1f%%)", a.Results[0].Label, 100*a.Results[0].Score)
	}
	fmt.Fprintf(out, "%s, %d × %d, seen at %d × %d%s\n", l.Photo, a.Width, a.Height, c.Size(), c.Size(), name)
	if l.Layer != "" {
		told, err := l.write(c)
		if err == nil {
			_, err = fmt.Fprintln(out, told)
		}
		return err
	}
	if err := printMaps(out, c); err != nil {
		return err
	}
	if err := printExcitations(out, c); err != nil {
		return err
	}
	return printAttention(out, c)
}

// printMaps prints a row for each layer: what it gave.
func printMaps(out io.Writer, c *model.Classifier) error {
	rows := [][]string{{"layer", "kind", "output", "least", "mean", "most", "zeros", "silent", "strongest channels"}}
	for i := range c.Model.Graph.Nodes {
		n := &c.Model.Graph.Nodes[i]
		v, err := c.Program().Value(n.Name)
		if err != nil {
			return err
		}
		s := model.StatisticsOf(v)
		var strongest []string
		for _, k := range s.Channels[:min(3, len(s.Channels))] {
			strongest = append(strongest, fmt.Sprint(k))
		}
		rows = append(rows, []string{
			n.Name, string(n.Op), v.Shape.String(), figure(s.Min), figure(s.Mean), figure(s.Max),
			fmt.Sprintf("%.1f%%", 100*s.Zeros), fmt.Sprint(s.Silent), strings.Join(strongest, ", "),
		})
	}
	fmt.Fprintln(out, "\nLayers: zeros are a share of all elements, silent the channels that are 0 throughout.")
	return writeTable(out, rows, 3)
}

// printExcitations prints a row for each squeeze-and-excitation.
func printExcitations(out io.Writer, c *model.Classifier) error {
	all, err := c.Excitations()
	if err != nil || len(all) == 0 {
		return err
	}
	rows := [][]string{{"squeeze-and-excitation", "channels", "least", "mean", "most", "strongest channels", "weakest channels"}}
	for _, e := range all {
		order := e.Order()
		list := func(at func(i int) int) string {
			var parts []string
			for i := range min(3, len(order)) {
				k := order[at(i)]
				parts = append(parts, fmt.Sprintf("%d (%.2f)", k, e.Scales[k]))
			}
			return strings.Join(parts, ", ")
		}
		least, mean, most := e.Range()
		rows = append(rows, []string{
			e.Layer, fmt.Sprint(len(e.Scales)), fmt.Sprintf("%.3f", least), fmt.Sprintf("%.3f", mean), fmt.Sprintf("%.3f", most),
			list(func(i int) int { return i }), list(func(i int) int { return len(order) - 1 - i }),
		})
	}
	fmt.Fprintln(out, "\nSqueeze-and-excitation: what each channel is multiplied by.")
	return writeTable(out, rows, 1)
}

// printAttention prints a row for each head of each block.
func printAttention(out io.Writer, c *model.Classifier) error {
	heads, err := c.AttentionHeads()
	if err != nil || len(heads) == 0 {
		return err
	}
	p, _ := c.Patches()
	rows := [][]string{{"attention", "head", "mean distance", "entropy", "on tokens in front"}}
	for _, h := range heads {
		share := "none"
		if p.Prefix > 0 {
			share = fmt.Sprintf("%.1f%%", 100*h.Prefix)
		}
		rows = append(rows, []string{h.Layer, fmt.Sprint(h.Head), fmt.Sprintf("%.1f px", h.Distance), fmt.Sprintf("%.2f bits", h.Entropy), share})
	}
	fmt.Fprintf(out, "\nAttention of %d × %d patches, %g pixels apart, behind %s: the mean distance between a patch and those it attends to,\n"+
		"the entropy of its weights (at most %.2f bits), and the share that goes to tokens in front of the patches, such as the class token.\n",
		p.Rows, p.Columns, p.Right, console.Counted(p.Prefix, "token"), math.Log2(float64(p.Prefix+p.Rows*p.Columns)))
	return writeTable(out, rows, 1)
}

// figure writes a number with three digits that count.
func figure(x float32) string { return fmt.Sprintf("%.3g", x) }

// write writes the maps of the layer, and tells what it wrote.
func (l *insides) write(c *model.Classifier) (told string, err error) {
	v, err := c.Layer(l.Layer)
	if err != nil {
		return "", fmt.Errorf("%w; inspect without --layer lists them", err)
	}
	axes := "[rows][columns][channels]"
	for i := range c.Model.Graph.Nodes {
		if n := &c.Model.Graph.Nodes[i]; n.Name == l.Layer && n.Op == graph.Attention {
			axes = "[heads][to][from]"
		}
	}
	dims := []int{v.H, v.W, v.C}
	var write func(io.Writer) (int64, error)
	switch strings.ToLower(filepath.Ext(l.Out)) {
	case ".png":
		maps, err := c.Maps(l.Layer)
		if err != nil {
			return "", err
		}
		sheet, black, white, err := maps.Sheet()
		if err != nil {
			return "", err
		}
		told = fmt.Sprintf("%s: %s of %d × %d, row by row, from black for %s to white for %s", l.Out, console.Counted(len(maps.Planes), "map"), maps.Columns, maps.Rows, figure(black), figure(white))
		write = func(w io.Writer) (int64, error) { return 0, png.Encode(w, sheet) }
	case ".npy":
		told = fmt.Sprintf("%s: float32 %v, %s", l.Out, dims, axes)
		write = func(w io.Writer) (int64, error) { return writeNPY(w, dims, v.Data[:v.Len()]) }
	default:
		told = fmt.Sprintf("%s: %q, float32 %v, %s", l.Out, l.Layer, dims, axes)
		file := safetensors.File{Tensors: []safetensors.Tensor{{Name: l.Layer, Dims: dims, F32: v.Data[:v.Len()]}}}
		write = file.WriteTo
	}
	return told, whole.Write(l.Out, 0o666, func(w io.Writer) error { _, err := write(w); return err })
}

// writeNPY writes numbers in numpy's format, version 1 (numpy.lib.format).
func writeNPY(w io.Writer, dims []int, x []float32) (int64, error) {
	var list strings.Builder
	for _, d := range dims {
		fmt.Fprintf(&list, "%d, ", d)
	}
	const before = 10 // magic, version, length of the header
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", list.String())
	header += strings.Repeat(" ", 63-(before+len(header))%64) + "\n"
	data := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	data = append(data, header...)
	for _, v := range x {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	n, err := w.Write(data)
	return int64(n), err
}

// layerLine is a layer in JSON. What a photo gave is there where one was shown.
type layerLine struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`
	Detail     string   `json:"detail,omitempty"`
	Output     [3]int   `json:"output"` // rows, columns, channels
	Parameters int      `json:"parameters"`
	MACs       int64    `json:"multiply_adds"`
	Bytes      int      `json:"bytes"`
	Min        *float32 `json:"min,omitempty"`
	Mean       *float32 `json:"mean,omitempty"`
	Max        *float32 `json:"max,omitempty"`
	Zeros      *float64 `json:"zeros,omitempty"`
	Silent     *int     `json:"silent,omitempty"`
}

type excitationLine struct {
	Layer  string    `json:"layer"`
	Scales []float32 `json:"scales"`
}

type headLine struct {
	Layer    string  `json:"layer"`
	Head     int     `json:"head"`
	Distance float64 `json:"distance"` // in pixels
	Entropy  float64 `json:"entropy"`  // in bits
	Prefix   float64 `json:"prefix"`   // share on the tokens in front of the patches
}

type patchesLine struct {
	Rows    int     `json:"rows"`
	Columns int     `json:"columns"`
	Down    float64 `json:"down"` // pixels from one to the next
	Right   float64 `json:"right"`
	Prefix  int     `json:"prefix"` // tokens in front of them
}

// networkLine is a network in JSON.
type networkLine struct {
	Name        string           `json:"name"`
	Arch        string           `json:"arch"`
	Title       string           `json:"title"`
	Classes     int              `json:"classes"`
	Size        int              `json:"size"`
	Parameters  int64            `json:"parameters"`
	MACs        int64            `json:"multiply_adds"`
	Photo       string           `json:"photo,omitempty"`
	Results     []model.Result   `json:"results,omitempty"`
	Layers      []layerLine      `json:"layers"`
	Excitations []excitationLine `json:"excitations,omitempty"`
	Patches     *patchesLine     `json:"patches,omitempty"`
	Attention   []headLine       `json:"attention,omitempty"`
	Preprocess  photo.Preprocess `json:"preprocess"`
}

// printJSON prints all that the tables show, and every channel's scale.
func (c *Command) printJSON(out io.Writer, m *model.Model) error {
	in := m.InputShape(c.Size)
	costs, err := m.Graph.Costs(in)
	if err != nil {
		return err
	}
	line := networkLine{Name: m.Name, Arch: m.Arch, Title: m.Title, Classes: len(m.Labels), Size: in.H, Preprocess: m.Preprocess}
	for _, k := range costs {
		line.Parameters += int64(k.Params)
		line.MACs += k.MACs
		line.Layers = append(line.Layers, layerLine{
			Name: k.Node.Name, Kind: string(k.Node.Op), Detail: detail(k.Node), Output: [3]int{k.Out.H, k.Out.W, k.Out.C},
			Parameters: k.Params, MACs: k.MACs, Bytes: k.Bytes,
		})
	}
	if c.Photo != "" {
		if err := line.see(c.insides, m, c.Size); err != nil {
			return err
		}
	}
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	return lines.Encode(line)
}

// see adds what the network made of the photo.
func (line *networkLine) see(l insides, m *model.Model, size int) error {
	c, a, err := l.run(m, size)
	if err != nil {
		return err
	}
	defer c.Close()
	line.Photo, line.Results = l.Photo, a.Results
	for i := range line.Layers {
		v, err := c.Program().Value(line.Layers[i].Name)
		if err != nil {
			return err
		}
		s := model.StatisticsOf(v)
		at := &line.Layers[i]
		at.Min, at.Mean, at.Max, at.Zeros, at.Silent = &s.Min, &s.Mean, &s.Max, &s.Zeros, &s.Silent
	}
	excitations, err := c.Excitations()
	if err != nil {
		return err
	}
	for _, e := range excitations {
		line.Excitations = append(line.Excitations, excitationLine(e))
	}
	if p, ok := c.Patches(); ok {
		line.Patches = &patchesLine{p.Rows, p.Columns, p.Down, p.Right, p.Prefix}
	}
	heads, err := c.AttentionHeads()
	if err != nil {
		return err
	}
	for _, h := range heads {
		line.Attention = append(line.Attention, headLine(h))
	}
	if l.Layer != "" {
		if _, err := l.write(c); err != nil {
			return err
		}
	}
	return nil
}
