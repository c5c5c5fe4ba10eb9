package constant

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/tools/checkpoint/onnx"
)

// resize resamples a constant, as exporters do with position embeddings. Each axis whose length
// changes is resampled by itself (Resize of the ONNX specification; cubic is Keys 1981 with the
// node's coefficient).
func resize(n *onnx.Node, in []*Tensor) (*Tensor, error) {
	x := in[0]
	rank := len(x.Dims)
	var scales []float64
	sizes := slices.Clone(x.Dims)
	switch {
	case len(in) > 3 && in[3] != nil:
		list, err := in[3].Ints()
		if err != nil {
			return nil, err
		}
		if len(list) != rank {
			return nil, fmt.Errorf("%d sizes for %v", len(list), x.Dims)
		}
		sizes = list
		for i, d := range x.Dims {
			scales = append(scales, float64(sizes[i])/float64(d))
		}
	case len(in) > 2 && in[2] != nil && in[2].Len() == rank:
		for i, d := range x.Dims {
			scales = append(scales, in[2].At(i))
			f := math.Floor(float64(d) * scales[i])
			if !(f >= 0 && f <= fewElements) {
				return nil, fmt.Errorf("a scale of %v", scales[i])
			}
			sizes[i] = int(f)
		}
	default:
		return nil, errors.New("its sizes are missing")
	}
	out := &Tensor{Dims: x.Dims, Floats: x.Vector()}
	for axis := range x.Dims {
		if sizes[axis] == x.Dims[axis] {
			continue
		}
		if sizes[axis] < 1 || x.Dims[axis] < 1 {
			return nil, fmt.Errorf("a length of %d", sizes[axis])
		}
		if n.Int("antialias", 0) != 0 && sizes[axis] < x.Dims[axis] {
			return nil, errors.New("it smoothes while it shrinks, which is not known here; export the model at its own size")
		}
		dims := slices.Clone(out.Dims)
		dims[axis] = sizes[axis]
		if err := x.checkSize(dims); err != nil {
			return nil, err
		}
		outer, inner := Elements(dims[:axis]), Elements(dims[axis+1:])
		made := make([]float32, Elements(dims))
		for i := range sizes[axis] {
			taps, err := tapsOf(n, i, x.Dims[axis], sizes[axis], scales[axis])
			if err != nil {
				return nil, err
			}
			for o := range outer {
				to := made[(o*sizes[axis]+i)*inner:][:inner]
				for k := range inner {
					sum := 0.0
					for _, t := range taps {
						sum += t.weight * float64(out.Floats[(o*x.Dims[axis]+t.index)*inner+k])
					}
					to[k] = float32(sum)
				}
			}
		}
		out = &Tensor{Dims: dims, Floats: made}
	}
	return out, nil
}

// tap is a sample and its weight.
type tap struct {
	index  int
	weight float64
}

// tapsOf gives what sample i of size takes from n samples.
func tapsOf(node *onnx.Node, i, n, size int, scale float64) ([]tap, error) {
	var x float64
	switch how := node.String("coordinate_transformation_mode", "half_pixel"); how {
	case "half_pixel":
		x = (float64(i)+0.5)/scale - 0.5
	case "pytorch_half_pixel":
		if size > 1 {
			x = (float64(i)+0.5)/scale - 0.5
		}
	case "asymmetric":
		x = float64(i) / scale
	case "align_corners":
		if size > 1 {
			x = float64(i) * float64(n-1) / float64(size-1)
		}
	default:
		return nil, fmt.Errorf("coordinates by %q are not known here", how)
	}
	base := math.Floor(x)
	at := func(k float64) int { return int(min(max(base+k, 0), float64(n-1))) }
	switch mode := node.String("mode", "nearest"); mode {
	case "linear":
		f := x - base
		return []tap{{at(0), 1 - f}, {at(1), f}}, nil
	case "cubic":
		if node.Int("exclude_outside", 0) != 0 {
			return nil, errors.New("leaving out what lies outside is not known here")
		}
		a := float64(node.Float("cubic_coeff_a", -0.75))
		var taps []tap
		for k := -1.0; k <= 2; k++ {
			d, w := math.Abs(x-(base+k)), 0.0
			if d <= 1 {
				w = ((a+2)*d-(a+3))*d*d + 1
			} else if d < 2 {
				w = ((a*d-5*a)*d+8*a)*d - 4*a
			}
			taps = append(taps, tap{at(k), w})
		}
		return taps, nil
	default:
		return nil, fmt.Errorf("resizing by %q is not known here", mode)
	}
}
