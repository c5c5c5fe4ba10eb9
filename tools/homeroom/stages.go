package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/tensor"
)

// printStages prints a row for each run of layers with maps of one size, as the
// tables of papers do: what convolutions, poolings and dense layers follow one
// another, repeated blocks once.
func printStages(out io.Writer, g *graph.Graph, in tensor.Shape) error {
	costs, err := g.Costs(in)
	if err != nil {
		return err
	}
	type stage struct {
		size         string
		layers       []string
		params, macs int64
	}
	var all []stage
	var params, macs int64
	for _, c := range costs {
		size := fmt.Sprintf("%d×%d", c.Out.H, c.Out.W)
		what := layerOf(c)
		last := len(all) - 1
		// Layers of single vectors inside a stage, such as squeeze-and-excitation, do not end it.
		inside := c.Out.Pixels() == 1 && last >= 0 && !endsIn(g, c.Node.Name)
		if last < 0 || all[last].size != size && !inside {
			all = append(all, stage{size: size})
			last++
		}
		if what != "" && !inside {
			all[last].layers = append(all[last].layers, what)
		} else if c.Node.Op == graph.Mul {
			all[last].layers = append(all[last].layers, "SE")
		}
		all[last].params += int64(c.Params)
		all[last].macs += c.MACs
		params, macs = params+int64(c.Params), macs+c.MACs
	}
	rows := [][]string{{"output", "layers", "parameters", "multiply-adds"}}
	for _, s := range all {
		rows = append(rows, []string{s.size, strings.Join(blocks(s.layers), "; "), grouped(s.params), grouped(s.macs)})
	}
	if err := writeTable(out, rows, 2); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n%s parameters, %s multiply-adds at %v\n", grouped(params), grouped(macs), in)
	return err
}

// layerOf writes a layer as papers do, "3×3, 64, /2" for a stride of 2, or "" for
// those that they do not list.
func layerOf(c graph.Cost) string {
	n := c.Node
	stride := ""
	if n.Stride[0] > 1 {
		stride = fmt.Sprintf(", /%d", n.Stride[0])
	}
	window := fmt.Sprintf("%d×%d", n.Kernel[0], n.Kernel[1])
	switch n.Op {
	case graph.Conv:
		switch {
		case n.Groups == c.Out.C:
			return fmt.Sprintf("%s depthwise, %d%s", window, c.Out.C, stride)
		case n.Groups > 1:
			return fmt.Sprintf("%s in %d groups, %d%s", window, n.Groups, c.Out.C, stride)
		}
		return fmt.Sprintf("%s, %d%s", window, c.Out.C, stride)
	case graph.MaxPool:
		return fmt.Sprintf("max pool %s%s", window, stride)
	case graph.AvgPool:
		return fmt.Sprintf("average pool %s%s", window, stride)
	case graph.AdaptiveAvgPool:
		return "average pool to " + window
	case graph.GAP:
		return "GAP"
	case graph.Dense:
		return fmt.Sprintf("dense %d", c.Out.C)
	case graph.Attention:
		return fmt.Sprintf("attention, %d heads", n.Heads)
	}
	return ""
}

// endsIn says whether a layer leads to the output through single vectors alone,
// as a network's head does.
func endsIn(g *graph.Graph, name string) bool {
	for i := range g.Nodes {
		if n := &g.Nodes[i]; n.Op == graph.Mul && slices.Contains(n.In[1:], name) {
			return false
		}
	}
	if name == g.Output {
		return true
	}
	for i := range g.Nodes {
		if n := &g.Nodes[i]; slices.Contains(n.In, name) {
			return endsIn(g, n.Name)
		}
	}
	return false
}

// blocks writes what is repeated once: a, b, b, b, c becomes a; b × 3; c, and so
// for sequences of up to eight. Where one begins a layer later and is as long, the
// layer stands alone: it is a stem or the last of another block.
func blocks(list []string) []string {
	var out []string
	for i := 0; i < len(list); {
		length, times := repeated(list[i:])
		if l, n := repeated(list[i+1:]); l*n >= length*times {
			length, times = 1, 1
		}
		text := strings.Join(list[i:i+length], " → ")
		if times > 1 && length > 1 {
			text = fmt.Sprintf("(%s) × %d", text, times)
		} else if times > 1 {
			text = fmt.Sprintf("%s × %d", text, times)
		}
		out = append(out, text)
		i += length * times
	}
	return out
}

// repeated returns the length of the sequence that begins a list and is repeated
// at once so often that it covers most of it.
func repeated(list []string) (length, times int) {
	length, times = 1, 1
	for l := 1; l <= 8 && 2*l <= len(list); l++ {
		n := 1
		for (n+1)*l <= len(list) && slices.Equal(list[:l], list[n*l:(n+1)*l]) {
			n++
		}
		if n > 1 && n*l > length*times {
			length, times = l, n
		}
	}
	return length, times
}
