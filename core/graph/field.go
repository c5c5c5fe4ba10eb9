package graph

import "homeroom/core/tensor"

// A Field is what the positions of a layer see of the input, along one side: position i sees the
// pixels from Start + i·Step on, Size of them, of which those outside of the input are padding
// (Araujo et al. 2019, Computing Receptive Fields of Convolutional Neural Networks, equations 1 to
// 4).
type Field struct{ Start, Step, Size int }

// Fields returns the fields of view, down and right, of all layers that have positions of their
// own: those behind a layer that joins all positions, as global average pooling and attention do,
// are left out. in is the shape of the input.
func (g *Graph) Fields(in tensor.Shape) (map[string][2]Field, error) {
	shapes, err := g.Shapes(in)
	if err != nil {
		return nil, err
	}
	whole := Field{Step: 1, Size: 1}
	fields := map[string][2]Field{Input: {whole, whole}}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		x, known := fields[n.In[0]]
		from, to := shapes[n.In[0]], shapes[n.Name]
		switch n.Op {
		case Conv, MaxPool, AvgPool:
			w, err := n.Window(from)
			if err != nil {
				return nil, &Error{n.Name, err}
			}
			x[0] = x[0].behind(w.KH, w.SH, w.DH, w.Top)
			x[1] = x[1].behind(w.KW, w.SW, w.DW, w.Left)
		case Add, Mul:
			other, is := fields[n.In[1]]
			if shapes[n.In[1]] != from {
				is = false // one number for all positions, which it has seen all of
			}
			known = known && is && x[0].Step == other[0].Step && x[1].Step == other[1].Step
			for side := range x {
				x[side] = x[side].with(other[side])
			}
		default:
			known = known && len(n.In) == 1 && from.H == to.H && from.W == to.W && n.Op != GAP && n.Op != Attention && n.Op != GroupNorm
		}
		if known {
			fields[n.Name] = x
		}
	}
	return fields, nil
}

// behind is the field of a window over positions that have this one.
func (f Field) behind(kernel, stride, dilation, padding int) Field {
	return Field{Start: f.Start - padding*f.Step, Step: f.Step * stride, Size: f.Size + (kernel-1)*dilation*f.Step}
}

// with is the field of what reads positions with both.
func (f Field) with(other Field) Field {
	start := min(f.Start, other.Start)
	return Field{Start: start, Step: f.Step, Size: max(f.Start+f.Size, other.Start+other.Size) - start}
}

// At returns the pixels that position i sees, from the first up to and without the last, inside of
// an input of so many.
func (f Field) At(i, of int) (from, to int) {
	from = f.Start + i*f.Step
	return min(max(from, 0), of), min(max(from+f.Size, 0), of)
}
