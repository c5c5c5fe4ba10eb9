package rounding

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// correlated makes rows of inputs that are mixtures of a few, and their covariance.
func correlated(n, d int) (rows [][]float64, cov *mat.SymDense) {
	r := rand.New(rand.NewPCG(1, 2))
	mix := make([][]float64, d)
	for i := range mix {
		mix[i] = make([]float64, d/3)
		for k := range mix[i] {
			mix[i][k] = r.NormFloat64()
		}
	}
	cov = mat.NewSymDense(d, nil)
	for range n {
		row := make([]float64, d)
		for k := range d / 3 {
			v := r.NormFloat64()
			for i := range row {
				row[i] += v * mix[i][k]
			}
		}
		for i := range row {
			row[i] += 0.1 * r.NormFloat64()
		}
		rows = append(rows, row)
		cov.SymRankOne(cov, 1/float64(n), mat.NewVecDense(d, row))
	}
	return rows, cov
}

// moved is the mean squared change of the output of a row.
func moved(rows [][]float64, w []float64, levels []int8, step float64) float64 {
	sum := 0.0
	for _, x := range rows {
		e := 0.0
		for i, v := range x {
			e += v * (w[i] - float64(levels[i])*step)
		}
		sum += e * e / float64(len(rows))
	}
	return sum
}

// Rounding that takes errors back moves outputs far less than rounding to the nearest levels, and a
// price on bits gives levels that take fewer.
func TestRound(t *testing.T) {
	rows, cov := correlated(400, 48)
	s := newSurgeon(cov)
	r := rand.New(rand.NewPCG(3, 4))
	var bits [255]float64
	for q := range bits {
		bits[q] = 2 + math.Abs(float64(q-127))
	}
	const step = 0.5
	var near, free, priced, length [2]float64
	for range 40 {
		w := make([]float64, 48)
		nearest := make([]int8, len(w))
		for i := range w {
			w[i] = r.NormFloat64()
			nearest[i] = int8(math.Round(w[i] / step))
		}
		near[0] += moved(rows, w, nearest, step)
		for k, price := range []float64{0, s.priceOf(step)} {
			levels := make([]int8, len(w))
			s.round(levels, w, step, &bits, price)
			e := moved(rows, w, levels, step)
			if k == 0 {
				free[0] += e
			} else {
				priced[0] += e
			}
			for _, q := range levels {
				length[k] += bits[int(q)+127]
			}
		}
	}
	if free[0] > near[0]/4 {
		t.Errorf("errors are %.3g, and %.3g by nearest levels", free[0], near[0])
	}
	if length[1] > 0.97*length[0] || priced[0] > near[0] {
		t.Errorf("with a price on bits %.0f are taken, not %.0f, and errors are %.3g, not %.3g", length[1], length[0], priced[0], free[0])
	}
}

// An input that never varies has no say, and nothing but zeros may come in.
func TestNothingComesIn(t *testing.T) {
	s := newSurgeon(mat.NewSymDense(5, nil))
	levels := make([]int8, 5)
	s.round(levels, []float64{0, 0.9, -0.9, 100, -100}, 0.5, new([255]float64), 0)
	if levels[1] != 2 || levels[2] != -2 || levels[3] != 127 || levels[4] != -127 {
		t.Errorf("levels %v", levels)
	}
}

func TestShort(t *testing.T) {
	for _, v := range []float64{1, 0.1, 3e-5, 7.123e10} {
		s := short(v)
		if b := math.Float32bits(s); b&0xffff != 0 || float64(s) < v*(1-1e-7) || float64(s) > v*1.01 {
			t.Errorf("%v becomes %v", v, s)
		}
	}
}

// exact is a small network with float32 weights, and photos cut out of larger ones.
func exact(t *testing.T) (*model.Model, Photos) {
	path := "../../weights/resnet20-cifar10.pack"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Read(path, data)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range m.Graph.Params {
		w := make([]float32, p.Len())
		p.Floats(w)
		m.Graph.Params[name] = pack.Encode(name, p.Dims, w, pack.F32)
	}
	var photos Photos
	files, err := filepath.Glob("../reference/photos/*.jpg")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := photo.Decode(data, photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		w, h := p.Size()
		for i := range 12 {
			x := tensor.New(32, 32, 3)
			side := min(w, h) / 4
			part := &photo.Photo{Width: side, Height: side}
			for y := range side {
				from := 3 * ((i/4*side+y)*w + i%4*side)
				part.Pix = append(part.Pix, p.Pix[from:from+3*side]...)
			}
			m.Preprocess.Apply(x, part)
			photos = append(photos, x)
		}
	}
	return m, photos
}

// TestFit rounds a network for packs of several lengths: each fits, larger ones answer more nearly,
// and all do better than levels that are nearest.
func TestFit(t *testing.T) {
	m, photos := exact(t)
	calibrate, judge := photos[:leastPhotos], photos[leastPhotos:]
	shares := 0.0
	p, err := NewPlan(m, calibrate, func(done float64) { shares = done })
	if err != nil || shares != 1 {
		t.Fatal(shares, err)
	}
	want, err := Outputs(m, judge)
	if err != nil {
		t.Fatal(err)
	}
	last := math.Inf(1)
	for _, length := range []int64{150_000, 220_000} {
		r, size, err := p.Fit(length)
		if err != nil {
			t.Fatal(err)
		}
		if size > length || size < length*98/100 {
			t.Errorf("%d bytes where %d were wanted", size, length)
		}
		var file bytes.Buffer
		if _, err := r.WriteTo(&file); err != nil || int64(file.Len()) != size {
			t.Fatal(file.Len(), err)
		}
		read, err := model.Read("rounded", file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		have, err := Outputs(read, judge)
		if err != nil {
			t.Fatal(err)
		}
		e := apart(have, want)
		if e > last {
			t.Errorf("%d bytes: errors of %.4g, and %.4g of a shorter pack", size, e, last)
		}
		last = e
		plain, err := Outputs(nearest(m, r), judge)
		if err != nil {
			t.Fatal(err)
		}
		if other := apart(plain, want); e > other/1.5 {
			t.Errorf("%d bytes: errors of %.4g, and %.4g with the nearest levels at the same steps", size, e, other)
		}
	}
	if _, _, err := p.Fit(20_000); err == nil || !strings.Contains(err.Error(), "20000 bytes cannot be made") {
		t.Errorf("20,000 bytes: %v", err)
	}
}

// nearest has the weights of m at their nearest levels, at the steps of r.
func nearest(m, r *model.Model) *model.Model {
	g := *m.Graph
	g.Params = map[string]*pack.Tensor{}
	for name, p := range r.Graph.Params {
		g.Params[name] = m.Graph.Params[name]
		if p.DType != pack.I8 {
			continue
		}
		w := m.Graph.Params[name].View()
		q := &pack.Tensor{Name: name, DType: pack.I8, Dims: p.Dims, Scale: p.Scale, Data: make([]byte, len(w))}
		row := len(w) / p.Dims[0]
		for i, v := range w {
			if s := float64(p.Scale[i/row]); s > 0 {
				q.Data[i] = byte(int8(min(max(math.Round(float64(v)/s), -127), 127)))
			}
		}
		g.Params[name] = q
	}
	out := *m
	out.Graph = &g
	return &out
}

func TestPlanRefuses(t *testing.T) {
	m, photos := exact(t)
	if _, err := NewPlan(m, photos[:5], func(float64) {}); err == nil || !strings.Contains(err.Error(), "5 photos to calibrate on") {
		t.Errorf("few photos: %v", err)
	}
	data, err := os.ReadFile("../../weights/resnet20-cifar10.pack")
	if err != nil {
		t.Fatal(err)
	}
	rounded, err := model.Read("rounded", data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewPlan(rounded, photos, func(float64) {}); err == nil || !strings.Contains(err.Error(), "rounded already") {
		t.Errorf("int8: %v", err)
	}
}
