package rounding

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/tensor"
)

// Plan is what is known of a network before its weights are rounded.
type Plan struct {
	model  *model.Model // with float32 weights
	layers []*layer
	rows   [][]*surgeon // of each layer, by group
	power  []float64    // of each layer: its steps go with the deviations of its outputs to this power
	steps  [][]float64  // of each layer and row, but for a factor that is the same for all
	// Of each layer and row, the deviation of the weights from 0 and the largest of them.
	spreads, largest [][]float64
}

// Photos are inputs of a network, preprocessed.
type Photos []tensor.Tensor

// leastPhotos is how many calibration photos are needed: of fewer, the covariances say too little.
const leastPhotos = 32

// judged is how many of the calibration photos sensitivity is measured on.
const judged = 16

// NewPlan looks at what the layers of a network with float32 weights do on calibration photos. told
// is called with how much is done, from 0 to 1.
func NewPlan(m *model.Model, photos Photos, told func(done float64)) (*Plan, error) {
	if len(photos) < leastPhotos {
		return nil, fmt.Errorf("%d photos to calibrate on; at least %d are needed, and some hundred are better", len(photos), leastPhotos)
	}
	for _, t := range m.Graph.Params {
		if t.DType == pack.I8 {
			return nil, errors.New("the weights are rounded already; begin with the checkpoint")
		}
	}
	layers, err := observe(m, photos)
	if err != nil {
		return nil, err
	}
	p := &Plan{model: m, layers: layers, power: make([]float64, len(layers)), steps: make([][]float64, len(layers))}
	for _, l := range layers {
		groups := make([]*surgeon, l.groups)
		var all errgroup.Group
		all.SetLimit(runtime.GOMAXPROCS(0))
		for g := range groups {
			all.Go(func() error {
				s := newSurgeon(l.covariance(g))
				groups[g] = &s
				l.gram[g], l.block[g] = nil, nil
				return nil
			})
		}
		_ = all.Wait() // none fails
		p.rows = append(p.rows, groups)
	}
	for i, l := range layers {
		spreads, largest := make([]float64, l.rows), make([]float64, l.rows)
		for r, w := range p.weights(i) {
			spreads[r] = floats.Norm(w, 2) / math.Sqrt(float64(l.depth))
			largest[r] = floats.Norm(w, math.Inf(1))
		}
		p.spreads, p.largest = append(p.spreads, spreads), append(p.largest, largest)
	}
	return p, p.weigh(photos[:judged], told)
}

// weights returns the rows of a layer.
func (p *Plan) weights(i int) [][]float64 {
	l := p.layers[i]
	t := p.model.Graph.Params[l.node.Weight]
	row, out := make([]float32, l.depth), make([][]float64, l.rows)
	for r := range out {
		t.Row(r, row)
		out[r] = make([]float64, l.depth)
		for k, v := range row {
			out[r][k] = float64(v)
		}
	}
	return out
}

// group returns the surgeon of a row.
func (p *Plan) group(i, row int) *surgeon { return p.rows[i][row*p.layers[i].groups/p.layers[i].rows] }

// relative returns steps of a layer's rows that go with the deviations of their outputs to a power,
// scaled so that a level takes about bits.
func (p *Plan) relative(i int, power, bits float64) []float64 {
	w := p.weights(i)
	out := make([]float64, len(w))
	most := 0.0
	for r := range w {
		out[r] = p.group(i, r).deviation(w[r])
		most = max(most, out[r])
	}
	entropy := 0.0
	for r := range w {
		out[r] = math.Pow(max(out[r], 1e-3*most, 1e-12), power)
		// That of a normal distribution in steps.
		entropy += max(math.Log2(math.Sqrt(2*math.Pi*math.E)*max(p.spreads[i][r], 1e-12)/out[r]), -20) / float64(len(w))
	}
	for r := range out {
		out[r] *= math.Exp2(entropy - bits)
	}
	return out
}

// probeBits is at how many bits a weight a layer is rounded alone.
const probeBits = 4.5

// weigh measures how much the outputs move when one layer alone is rounded, and sets the steps by
// it: that their squared errors add up to the least for all weights together, the step of a layer
// goes with the root of its weights over its error at a step of one.
func (p *Plan) weigh(photos Photos, told func(done float64)) error {
	want, err := Outputs(p.model, photos)
	if err != nil {
		return err
	}
	for i, l := range p.layers {
		least, name := math.Inf(1), l.node.Weight
		for _, power := range []float64{0, 0.5, 1} {
			steps := p.relative(i, power, probeBits)
			with := *p.model.Graph
			with.Params = maps.Clone(with.Params)
			t := with.Params[name]
			rounded := make([]float32, 0, t.Len())
			for r, w := range p.weights(i) {
				for _, v := range w {
					q := min(max(math.Round(v/steps[r]), -127), 127)
					rounded = append(rounded, float32(q*steps[r]))
				}
			}
			with.Params[name] = pack.Encode(name, t.Dims, rounded, pack.F32)
			m := *p.model
			m.Graph = &with
			have, err := Outputs(&m, photos)
			if err != nil {
				return err
			}
			if e := apart(have, want); e < least {
				least, p.power[i] = e, power
				factor := math.Sqrt(float64(l.rows*l.depth) / max(e, 1e-12))
				for r := range steps {
					steps[r] *= factor
				}
				p.steps[i] = steps
			}
		}
		told(float64(i+1) / float64(len(p.layers)))
	}
	return nil
}

// Outputs runs a network, and returns what it says of each photo before any softmax,
// [photos][labels].
func Outputs(m *model.Model, photos Photos) ([][]float32, error) {
	c, err := model.NewClassifier(m, model.Options{})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	out := make([][]float32, len(photos))
	for i, p := range photos {
		out[i] = slices.Clone(c.RunTensor(p))
	}
	return out, nil
}

// apart is the mean squared distance of outputs. What all of a photo's have in common is left out:
// no probability depends on it.
func apart(a, b [][]float32) float64 {
	sum := 0.0
	for i := range a {
		mean := 0.0
		for k := range a[i] {
			mean += float64(a[i][k]-b[i][k]) / float64(len(a[i]))
		}
		for k := range a[i] {
			d := float64(a[i][k]-b[i][k]) - mean
			sum += d * d / float64(len(a[i])*len(a))
		}
	}
	return sum
}

// Round rounds the weights with all steps times a factor; 1 has no meaning but beside others.
func (p *Plan) Round(factor float64) *model.Model {
	g := *p.model.Graph
	g.Params = maps.Clone(g.Params)
	for i, l := range p.layers {
		weight, bias := p.roundLayer(i, factor)
		g.Params[weight.Name] = weight
		if l.node.Bias != "" {
			g.Params[l.node.Bias] = bias
		}
	}
	for i := range g.Nodes {
		// Biases of other layers stay as they are.
		if n := &g.Nodes[i]; n.Bias != "" && g.Params[n.Bias].DType == pack.F32 && (n.Op == graph.Conv || n.Op == graph.Dense) {
			t := g.Params[n.Bias]
			g.Params[n.Bias] = pack.Encode(t.Name, t.Dims, t.View(), pack.F16)
		}
	}
	out := *p.model
	out.Graph, out.Coded = &g, true
	return &out
}

// classes is how many kinds of rows are told apart where the bits of levels are estimated.
const classes = 8

// roundLayer rounds one layer. The bias takes the mean error of each output back; it is nil where
// the layer has none.
func (p *Plan) roundLayer(i int, factor float64) (weight, bias *pack.Tensor) {
	l := p.layers[i]
	t := p.model.Graph.Params[l.node.Weight]
	w := p.weights(i)
	steps := make([]float64, len(w))
	out := &pack.Tensor{Name: t.Name, DType: pack.I8, Dims: t.Dims, Data: make([]byte, t.Len()), Scale: make([]float32, len(w))}
	for r := range w {
		out.Scale[r] = short(max(p.steps[i][r]*factor, p.largest[i][r]/126))
		steps[r] = float64(out.Scale[r])
	}
	bits, kind := tables(w, steps)
	levels := make([][]int8, len(w))
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for r := range w {
		all.Go(func() error {
			levels[r] = make([]int8, l.depth)
			s := p.group(i, r)
			s.round(levels[r], w[r], steps[r], &bits[kind[r]], s.priceOf(steps[r]))
			return nil
		})
	}
	_ = all.Wait() // none fails
	biases := p.model.Graph.Floats(l.node.Bias, len(w), 0)
	for r := range w {
		mean := l.mean(r * l.groups / l.rows)
		moved := 0.0
		for k, q := range levels[r] {
			out.Data[r*l.depth+k] = byte(q)
			moved += (float64(q)*steps[r] - w[r][k]) * mean[k]
		}
		biases[r] -= float32(moved)
	}
	if l.node.Bias == "" {
		return out, nil
	}
	return out, pack.Encode(l.node.Bias, []int{len(biases)}, biases, pack.F16)
}

// short rounds a scale up to 8 bits, so that the lower half of its bytes takes no room.
func short(v float64) float32 {
	b := math.Float32bits(float32(v))
	if b&0xffff != 0 {
		b = b&^0xffff + 0x10000
	}
	return math.Float32frombits(b)
}

// tables estimates what each level takes in rows of each kind, from their nearest levels.
func tables(w [][]float64, steps []float64) (bits [classes][255]float64, kind []int) {
	spread := make([]float64, len(w))
	order := make([]int, len(w))
	for r := range w {
		order[r] = r
		for _, v := range w[r] {
			spread[r] += math.Abs(v) / steps[r] / float64(len(w[r]))
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case spread[a] < spread[b]:
			return -1
		case spread[a] > spread[b]:
			return 1
		}
		return a - b
	})
	kind = make([]int, len(w))
	var count [classes][255]float64
	for n, r := range order {
		kind[r] = n * classes / len(order)
		for _, v := range w[r] {
			count[kind[r]][int(min(max(math.Round(v/steps[r]), -127), 127))+127]++
		}
	}
	for k := range count {
		smooth, sum := [255]float64{}, 0.0
		for q := range smooth {
			// A wide bell for many levels, so that what did not occur by chance has neighbours'
			// bits.
			weight := 0.0
			for d := -3; d <= 3; d++ {
				if at := q + d; at >= 0 && at < 255 {
					v := math.Exp(-float64(d*d) / 2)
					smooth[q] += v * count[k][at]
					weight += v
				}
			}
			smooth[q] = smooth[q]/weight + 0.02
			sum += smooth[q]
		}
		for q := range smooth {
			bits[k][q] = -math.Log2(smooth[q] / sum)
		}
	}
	return bits, kind
}

// factorFor returns the factor at which weights take about so many bits.
func (p *Plan) factorFor(bits float64) float64 {
	low, high := -60.0, 60.0 // logarithms
	for range 40 {
		middle := (low + high) / 2
		if p.bitsAt(math.Exp2(middle)) > bits {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp2(high)
}

// bitsAt estimates what a weight takes, as if those of each row had a normal distribution.
func (p *Plan) bitsAt(factor float64) float64 {
	sum, n := 0.0, 0.0
	for i, l := range p.layers {
		for r, spread := range p.spreads[i] {
			step := max(p.steps[i][r]*factor, p.largest[i][r]/126)
			if step > 0 && spread > 0 {
				sum += float64(l.depth) * 0.5 * math.Log2(1+2*math.Pi*math.E*spread*spread/(step*step))
			}
			n += float64(l.depth)
		}
	}
	return sum / n
}

// within is how far from the wanted length a pack may be.
const within = 0.004

// Fit rounds the weights so that the pack has about the wanted length in bytes, and no more.
func (p *Plan) Fit(bytes int64) (*model.Model, int64, error) {
	n := 0
	for _, l := range p.layers {
		n += l.rows * l.depth
	}
	// The first guess is by the bits alone that normal distributions take; then, steps that are
	// twice as wide take a bit less for each weight.
	factor := p.factorFor(8 * float64(bytes) / float64(n))
	var fits *model.Model
	var length int64
	for try := range 12 {
		m := p.Round(factor)
		size, err := m.WriteTo(io.Discard)
		if err != nil {
			return nil, 0, err
		}
		if size <= bytes && (fits == nil || size > length) {
			fits, length = m, size
		}
		if size <= bytes && float64(bytes-size) <= within*float64(bytes) {
			break
		}
		if try > 7 && fits != nil {
			break
		}
		aim := float64(bytes) * (1 - within/2)
		factor *= math.Exp2(min(max(8*(float64(size)-aim)/float64(n), -6), 6))
	}
	if fits == nil {
		return nil, 0, fmt.Errorf("a pack of %d bytes cannot be made: the layers, scales and labels alone take most of it", bytes)
	}
	return fits, length, nil
}
