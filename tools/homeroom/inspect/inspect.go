// Package inspect is the command that shows the layers of a network, and what they see.
package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/network"
	"homeroom/tools/whole"
)

// Command is the flags and arguments of inspect, and what carries it out.
type Command struct {
	Size int `placeholder:"N" help:"Input size in pixels. Default: the network's own."`
	network.Building
	Stages  bool `help:"Print a row for each stage, as the tables of papers do, not for each layer."`
	Tensors bool `help:"Print a checkpoint's tensors as they are, not the layers made of them."`
	JSON    bool `name:"json" help:"Print one JSON object."`
	insides
	File string `arg:"" help:"Pack, checkpoint or ONNX model, or the name of a network of the catalogue."`
}

// Validate is called by kong.
func (c *Command) Validate() error {
	if c.Tensors && (c.JSON || c.Stages || c.Photo != "") {
		return errors.New("--tensors is about a checkpoint, --json, --stages and --photo about its network")
	}
	if c.Stages && (c.JSON || c.Photo != "") {
		return errors.New("--stages goes with neither --json nor --photo")
	}
	if c.File != "" && !c.listed() {
		if _, err := os.Stat(c.File); err != nil {
			return err
		}
	}
	return c.insides.check()
}

// listed tells whether what is named is a network of the catalogue: a name that no file has, and
// that is none of a file.
func (c *Command) listed() bool {
	_, err := os.Stat(c.File)
	return errors.Is(err, fs.ErrNotExist) && !c.Tensors && filepath.Base(c.File) == c.File && filepath.Ext(c.File) == ""
}

// packMagic is what a pack begins with.
const packMagic = "\x89HRP"

// Run carries out the command.
func (c *Command) Run(con *console.Console) error {
	if c.Out != "" {
		if err := whole.Check(c.Out, c.File, c.Photo); err != nil {
			return err
		}
	}
	m, title, err := c.open()
	if err != nil {
		return err
	}
	switch {
	case m == nil:
		return c.printTensors(con.Out)
	case c.JSON:
		return c.printJSON(con.Out, m)
	}
	fmt.Fprintln(con.Out, title)
	if err := printPreparation(con.Out, m, c.Size); err != nil {
		return err
	}
	fmt.Fprintln(con.Out)
	in := m.InputShape(c.Size)
	switch {
	case c.Photo != "":
		return c.insides.print(con.Out, m, c.Size)
	case c.Stages:
		return printStages(con.Out, m.Graph, in)
	}
	return printLayers(con.Out, m.Graph, in)
}

// open opens the network of the file, with a title for people; nil where there is a checkpoint
// whose tensors alone are to be shown.
func (c *Command) open() (m *model.Model, title string, err error) {
	isPack := c.listed()
	if !isPack {
		if isPack, err = beginsWith(c.File, packMagic); err != nil {
			return nil, "", err
		}
	}
	if isPack || strings.HasSuffix(c.File, ".pack") {
		if m, err = catalog.OpenModel(c.File); err != nil {
			return nil, "", err
		}
		title = fmt.Sprintf("%s (%s), %s, licence %s\nfrom %s", or(m.Title, m.Name), m.Arch, console.CountClasses(len(m.Labels)), or(m.Licence, "not stated"), or(m.Source, "a source that is not stated"))
		return m, title, nil
	}
	kind := strings.ToUpper(strings.TrimPrefix(filepath.Ext(c.File), ".")) + ", shapes and constants computed"
	if !network.IsGraph(c.File) {
		ck, err := checkpoint.Open(c.File)
		if err != nil {
			return nil, "", err
		}
		kind = fmt.Sprintf("%s of %d tensors", ck.Format, len(ck.Tensors))
		if err := ck.Close(); err != nil {
			return nil, "", err
		}
		if c.Tensors {
			return nil, "", nil
		}
	}
	n, err := c.Building.Open(c.File)
	if err != nil {
		if !network.IsGraph(c.File) && c.Arch == "" && c.Photo == "" && !c.JSON {
			return nil, "", nil
		}
		return nil, "", err
	}
	title = fmt.Sprintf("%s, %s, %s, batch norms folded", n.Title, kind, console.CountClasses(n.Classes))
	m, err = network.Named(c.File, n, nil)
	if err != nil {
		// What the classes are called doesn't matter here.
		numbers := make([]string, n.Classes)
		for i := range numbers {
			numbers[i] = fmt.Sprintf("class %d", i)
		}
		m, err = network.Named(c.File, n, numbers)
	}
	return m, title, err
}

// printPreparation tells how photos come in and what goes out at an input size, 0 being the
// network's own.
func printPreparation(out io.Writer, m *model.Model, size int) error {
	g, p := m.Graph, m.Preprocess
	fmt.Fprintf(out, "photos: %v\n", p)
	shapes, err := g.Shapes(m.InputShape(size))
	if err != nil {
		return err
	}
	if g.Feature != "" {
		fmt.Fprintf(out, "feature vector: %d from %s\n", shapes[g.Feature].C, g.Feature)
	}
	if g.Map != "" {
		fmt.Fprintf(out, "last feature map: %v from %s\n", shapes[g.Map], g.Map)
	}
	if g.FixedSize > 0 {
		fmt.Fprintf(out, "input size: %d alone, for its flattened head; with --gap any\n", g.FixedSize)
	}
	return nil
}

func beginsWith(path, magic string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f, head); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, err
	}
	return bytes.Equal(head, []byte(magic)), nil
}

// printLayers prints a table of layers that can be held beside a paper's.
func printLayers(out io.Writer, g *graph.Graph, in tensor.Shape) error {
	costs, err := g.Costs(in)
	if err != nil {
		return err
	}
	rows := [][]string{
		{"layer", "kind", "detail", "output", "parameters", "multiply-adds", "bytes"},
		{graph.Input, "", "", in.String(), "", "", ""},
	}
	var params, bytes, macs int64
	for _, c := range costs {
		params, bytes, macs = params+int64(c.Params), bytes+int64(c.Bytes), macs+c.MACs
		rows = append(rows, []string{
			c.Node.Name, string(c.Node.Op), detail(c.Node), c.Out.String(), console.Grouped(int64(c.Params)), console.Grouped(c.MACs), console.Grouped(int64(c.Bytes)),
		})
	}
	if err := writeTable(out, rows, 4); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n%d layers, %s parameters, %s multiply-adds, %s bytes of weights\n", len(costs), console.Grouped(params), console.Grouped(macs), console.Grouped(bytes))
	return err
}

// printTensors prints what a checkpoint holds, and why no network is made of it where none can be.
func (c *Command) printTensors(out io.Writer) error {
	ck, err := checkpoint.Open(c.File)
	if err != nil {
		return err
	}
	defer ck.Close()
	fmt.Fprintf(out, "%s, %s, %d tensors\n", c.File, ck.Format, len(ck.Tensors))
	if !c.Tensors {
		if _, err := c.Building.Build(c.File, ck); err != nil {
			fmt.Fprintf(out, "no layers to show: %s\n", strings.TrimPrefix(err.Error(), c.File+": "))
		}
	}
	fmt.Fprintln(out)
	rows := [][]string{{"tensor", "type", "shape", "elements", "bytes"}}
	var elements, bytes int64
	for _, t := range ck.Tensors {
		n := int64(t.Len())
		elements, bytes = elements+n, bytes+n*int64(t.DType.Size())
		rows = append(rows, []string{t.Name, t.DType.String(), shape(t.Dims), console.Grouped(n), console.Grouped(n * int64(t.DType.Size()))})
	}
	if err := writeTable(out, rows, 3); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n%d tensors, %s elements, %s bytes\n", len(ck.Tensors), console.Grouped(elements), console.Grouped(bytes))
	return err
}

// writeTable prints rows of cells in columns, those from column numbers on aligned to the right.
func writeTable(out io.Writer, rows [][]string, numbers int) error {
	// tabwriter knows one alignment only, so what stands right is padded before.
	width := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, cell := range r {
			if i >= numbers {
				cell = fmt.Sprintf("%*s", width[i], cell)
			}
			cells[i] = cell
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

// detail tells what the kind of a layer leaves open.
func detail(n *graph.Node) string {
	var parts []string
	if n.Kernel != [2]int{} {
		parts = append(parts, shape(n.Kernel[:]))
	}
	pair := func(name string, v [2]int) {
		switch {
		case max(v[0], v[1]) <= 1:
		case v[0] == v[1]:
			parts = append(parts, fmt.Sprintf("%s %d", name, v[0]))
		default:
			parts = append(parts, fmt.Sprintf("%s %s", name, shape(v[:])))
		}
	}
	pair("stride", n.Stride)
	pair("dilation", n.Dilation)
	if n.Groups > 1 {
		parts = append(parts, fmt.Sprintf("groups %d", n.Groups))
	}
	if more := n.Detail(); more != "" {
		parts = append(parts, more)
	}
	pair("scale", n.Scale)
	if n.Alpha != 0 && n.Rows == 0 {
		parts = append(parts, fmt.Sprintf("alpha %v", float32(n.Alpha)))
	}
	if n.Heads > 0 {
		parts = append(parts, fmt.Sprintf("%d heads", n.Heads))
	}
	return strings.Join(parts, ", ")
}

// shape writes extents as 3×3.
func shape(dims []int) string {
	parts := make([]string, len(dims))
	for i, d := range dims {
		parts[i] = fmt.Sprint(d)
	}
	return strings.Join(parts, "×")
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
