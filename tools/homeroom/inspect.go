package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint"
)

type inspect struct {
	Size int `placeholder:"N" help:"Input size in pixels. Default: the network's own."`
	building
	Stages  bool   `help:"Print a row for each size of map, as the tables of papers do, not for each layer."`
	Tensors bool   `help:"Print a checkpoint's tensors as they are, not the layers made of them."`
	File    string `arg:"" type:"existingfile" help:"Pack, checkpoint or ONNX model."`
}

// packMagic is what a pack begins with.
const packMagic = "\x89HRP"

func (c *inspect) Run(con *console) error {
	isPack, err := beginsWith(c.File, packMagic)
	if err != nil {
		return err
	}
	if isPack || strings.HasSuffix(c.File, ".pack") {
		data, err := os.ReadFile(c.File)
		if err != nil {
			return err
		}
		m, err := model.Read(c.File, data)
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "%s (%s), %s, licence %s\nfrom %s\n", or(m.Title, m.Name), m.Arch, classes(len(m.Labels)), or(m.Licence, "not stated"), or(m.Source, "a source that is not stated"))
		return printNetwork(con.out, m.Graph, m.Preprocess, c.Size, c.Stages)
	}
	if isONNX(c.File) {
		n, err := c.building.open(c.File)
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "%s, ONNX, %s, shapes and constants computed, batch norms folded\n", n.Title, classes(n.Classes))
		return printNetwork(con.out, n.Graph, n.Preprocess, c.Size, c.Stages)
	}
	ck, err := checkpoint.Open(c.File)
	if err != nil {
		return err
	}
	defer ck.Close()
	fmt.Fprintf(con.out, "%s, %s, %d tensors\n", c.File, ck.Format, len(ck.Tensors))
	if !c.Tensors {
		var n *network
		if n, err = c.building.build(c.File, ck); err == nil {
			fmt.Fprintf(con.out, "%s, %s, batch norms folded\n", n.Title, classes(n.Classes))
			return printNetwork(con.out, n.Graph, n.Preprocess, c.Size, c.Stages)
		}
		if c.Arch != "" {
			return err
		}
		fmt.Fprintf(con.out, "no layers to show: %s\n", strings.TrimPrefix(err.Error(), c.File+": "))
	}
	fmt.Fprintln(con.out)
	return printTensors(con.out, ck.Tensors)
}

func classes(n int) string {
	if n == 0 {
		return "a backbone without classes"
	}
	return fmt.Sprintf("%d classes", n)
}

// printNetwork tells how photos come in and what goes out, and prints the
// layers at an input size, 0 being the network's own.
func printNetwork(out io.Writer, g *graph.Graph, p photo.Preprocess, size int, stages bool) error {
	fmt.Fprintf(out, "photos: %v\n", p)
	if size == 0 {
		size = p.Size
	}
	in := tensor.Shape{H: size, W: size, C: 3}
	shapes, err := g.Shapes(in)
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
	fmt.Fprintln(out)
	if stages {
		return printStages(out, g, in)
	}
	return printLayers(out, g, in)
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
			c.Node.Name, string(c.Node.Op), detail(c.Node), c.Out.String(), grouped(int64(c.Params)), grouped(c.MACs), grouped(int64(c.Bytes)),
		})
	}
	if err := writeTable(out, rows, 4); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n%d layers, %s parameters, %s multiply-adds, %s bytes of weights\n", len(costs), grouped(params), grouped(macs), grouped(bytes))
	return err
}

func printTensors(out io.Writer, list []*checkpoint.Tensor) error {
	rows := [][]string{{"tensor", "type", "shape", "elements", "bytes"}}
	var elements, bytes int64
	for _, t := range list {
		n := int64(t.Len())
		elements, bytes = elements+n, bytes+n*int64(t.DType.Size())
		rows = append(rows, []string{t.Name, t.DType.String(), shape(t.Dims), grouped(n), grouped(n * int64(t.DType.Size()))})
	}
	if err := writeTable(out, rows, 3); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%d tensors, %s elements, %s bytes\n", len(list), grouped(elements), grouped(bytes))
	return err
}

// writeTable prints rows of cells in columns, those from column numbers on
// aligned to the right.
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

// grouped writes a number with a comma before every three digits.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
