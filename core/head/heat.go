package head

import (
	"errors"
	"math"
	"slices"

	"homeroom/core/bank"
	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/matrix"
	"homeroom/core/tensor"
)

// HeatMap returns the evidence for a class at each position of the last feature map m, [H][W][C],
// of one of the head's spaces, as H×W×1: the class activation map of Zhou et al. 2016 (arXiv
// 1512.04150, equation 2), less the mean over all classes, since a softmax knows differences only.
// Its mean over positions is what this space adds to the class's logit, above the mean of all
// logits; below 0 a position speaks against the class.
//
// vectors are the photo's features as Answer takes them. The map must be that whose mean is the
// vector of space. A head that takes the root of a feature is shared out in proportion to the
// feature; a network, by its slope at this photo; of nearest neighbours, by the slope of their
// votes.
func (h *Head) HeatMap(class int, vectors [][]float32, space feature.Space, m tensor.Tensor) (tensor.Tensor, error) {
	none := tensor.Tensor{}
	if class < 0 || class >= len(h.Classes) {
		return none, fault.Errorf("head: there is no class %d of %d to make a heat map for", class, len(h.Classes))
	}
	r, err := h.Input.Reader(h.Spaces)
	if err != nil {
		return none, err
	}
	x := matrix.New(1, r.Dim)
	if err := r.Read(x.Row(0), vectors); err != nil {
		return none, err
	}
	// Where the space lies in the input, and its share of the mean there.
	at, share, sum := -1, float32(0), 0.0
	from := 0
	for i, p := range h.Input {
		if slices.Contains(p, space) {
			at, share = from, 1/float32(len(p))
			sum = absolute(x.Row(0)[from : from+r.Dims[i]])
			break
		}
		from += r.Dims[i]
	}
	if at < 0 {
		return none, fault.Errorf("head: features %q are not among those of this head, %v", space, h.Input)
	}
	if k := slices.IndexFunc(h.Spaces, func(s bank.Space) bool { return s.Name == space }); h.Spaces[k].Dim != m.C {
		return none, errors.New("head: the feature map is not of the network that the head was taught with")
	}
	raw := slices.Clone(x.Row(0))
	h.Scale.Apply(x.Row(0))
	slope := h.Slope(x, class)
	weight := make([]float32, m.C)
	for j := range weight {
		w := slope[at+j] * h.Scale.Factor[at+j] * share
		if h.Scale.Root {
			// √(x/Σ) = x/√(x·Σ): each position gets the part of x that it brings.
			v := math.Abs(float64(raw[at+j])) * sum
			if v == 0 {
				continue
			}
			w /= float32(math.Sqrt(v))
		}
		weight[j] = w
	}
	out := tensor.New(m.H, m.W, 1)
	for p := range m.H * m.W {
		out.Data[p] = float32(matrix.Dot(weight, m.Data[p*m.C:(p+1)*m.C]))
	}
	return out, nil
}

// Slope returns how the logit of a class, less the mean of all logits, changes with standardised x,
// [1][D], at x.
func (h *Head) Slope(x *matrix.Matrix, class int) []float32 {
	c := len(h.Classes)
	// Over the logits: 1 for the class, less 1/C for all.
	back := make([]float32, c)
	for k := range back {
		back[k] = -1 / float32(c)
	}
	back[class]++
	if h.Memory != nil {
		return h.Memory.slope(x, back)
	}
	l := Learnt{Layers: h.Layers}
	for i := len(h.Layers) - 1; i >= 0; i-- {
		layer := h.Layers[i]
		down := make([]float32, layer.In)
		for o, b := range back {
			for j, w := range layer.Weight[o*layer.In : (o+1)*layer.In] {
				down[j] += b * w
			}
		}
		if i > 0 {
			hidden := (&Learnt{Layers: l.Layers[:i]}).Scores(x, 0)
			for j, v := range hidden.Row(0) {
				if v <= 0 {
					down[j] = 0
				}
			}
		}
		back = down
	}
	return back
}

// Rollout returns how much each patch of a photo went into the class token (or, of a network
// without one, into the mean of the patches), as rows×columns×1 with a sum of 1: attention roll-out
// (Abnar and Zuidema 2020, arXiv 2005.00928, section 3). layers are the attention weights of the
// blocks in order, [heads][to][from]; each is averaged over its heads, half of it replaced by the
// residual's identity, and multiplied with those before. prefix is the number of tokens in front of
// the patches, the class token first.
func Rollout(layers []tensor.Tensor, rows, columns, prefix int) (tensor.Tensor, error) {
	tokens := prefix + rows*columns
	if len(layers) == 0 || prefix < 0 {
		return tensor.Tensor{}, errors.New("head: there is no attention to roll out")
	}
	// What is wanted of the last layer's tokens, carried back to the patches.
	want := make([]float32, tokens)
	if prefix > 0 {
		want[0] = 1
	} else {
		for i := range want {
			want[i] = 1 / float32(tokens)
		}
	}
	for i := len(layers) - 1; i >= 0; i-- {
		a := layers[i]
		if a.W != tokens || a.C != tokens {
			return tensor.Tensor{}, fault.Errorf("head: attention of %d × %d tokens where there are %d", a.W, a.C, tokens)
		}
		down := make([]float32, tokens)
		for t, v := range want {
			down[t] += v / 2
			v /= 2 * float32(a.H)
			for h := range a.H {
				for from, w := range a.Data[(h*tokens+t)*tokens:][:tokens] {
					down[from] += v * w
				}
			}
		}
		want = down
	}
	out := tensor.New(rows, columns, 1)
	sum := float32(0)
	for i := range out.Data[:rows*columns] {
		out.Data[i] = want[prefix+i]
		sum += want[prefix+i]
	}
	if sum > 0 {
		for i := range out.Data[:rows*columns] {
			out.Data[i] /= sum
		}
	}
	return out, nil
}
