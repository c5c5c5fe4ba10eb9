package convert

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/models"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/photofile"
	"homeroom/tools/rounding"
)

// budgeting are the flags that have weights rounded for a pack of a wanted length.
type budgeting struct {
	BytesBudget int64    `name:"bytes-budget" placeholder:"N" help:"Most bytes that the pack may have: weights are rounded to as few levels as that takes, where it changes answers least. Needs --calibrate. The network then gives other features than one that was converted otherwise, so give it a --name of its own."`
	Calibrate   []string `type:"existingpath" placeholder:"PATH" help:"Photos, or folders of them, that show what the layers see; some hundred, like those that the network is for."`
	Judge       []string `type:"existingpath" placeholder:"PATH" help:"Other photos, or folders of them: prints how many the network still gives the same best name as with the checkpoint's weights, beside its size."`
}

func (b *budgeting) check(d pack.DType) error {
	switch {
	case b.BytesBudget < 0:
		return fmt.Errorf("--bytes-budget %d: a length in bytes is wanted", b.BytesBudget)
	case b.BytesBudget > 0 && len(b.Calibrate) == 0:
		return errors.New("--bytes-budget needs photos to --calibrate with")
	case b.BytesBudget > 0 && d != pack.I8:
		return errors.New("--bytes-budget rounds to int8; leave --dtype out")
	case b.BytesBudget == 0 && len(b.Calibrate) > 0:
		return errors.New("--calibrate is for --bytes-budget, which is missing")
	}
	return nil
}

// convert returns a network that has the checkpoint's weights with rounded ones, and compares the
// two where that was asked for.
func (b *budgeting) convert(con *console.Console, exact *model.Model, d pack.DType) (*model.Model, error) {
	if len(b.Judge) > 0 && len(exact.Labels) == 0 {
		return nil, errors.New("--judge compares names, and the network has none")
	}
	// All photos are read before the work.
	used := map[[sha256.Size]byte]string{}
	calibrate, err := b.inputs(con, exact, b.Calibrate, used)
	if err != nil {
		return nil, err
	}
	judge, err := b.inputs(con, exact, b.Judge, used)
	if err != nil {
		return nil, err
	}
	if len(b.Judge) > 0 && len(judge) == 0 {
		return nil, errors.New("--judge: none of the photos could be read")
	}
	m := storedAs(exact, d, coded(d))
	if b.BytesBudget > 0 {
		t := console.NewTimer(con, "weighing layers", 100)
		plan, err := rounding.NewPlan(exact, calibrate, func(done float64) { t.Done(int(100 * done)) })
		if err != nil {
			return nil, err
		}
		if m, _, err = plan.Fit(b.BytesBudget); err != nil {
			return nil, err
		}
	}
	if len(judge) == 0 {
		return m, nil
	}
	return m, compare(con, exact, m, judge)
}

// inputs decodes photos for a network. Files are added to used, or refused where another set of
// photos has them.
func (b *budgeting) inputs(con *console.Console, m *model.Model, paths []string, used map[[sha256.Size]byte]string) (rounding.Photos, error) {
	files, left := photofile.Find(paths)
	photofile.SayLeftOut(con, left)
	var out rounding.Photos
	now := map[[sha256.Size]byte]string{}
	for _, f := range files {
		if f.Err != nil {
			return nil, f.Err
		}
		data, err := photofile.Read(f.Path)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		if other := used[sum]; other != "" {
			return nil, fmt.Errorf("%s and %s are the same photo: those that are judged may not be among those that weights are rounded by", other, f.Path)
		}
		now[sum] = f.Path
		p, err := photo.DecodeFor(data, photo.Limits{}, m.Preprocess.Shorter())
		if err != nil {
			fmt.Fprintf(con.Err, "homeroom: %s is left out: %v\n", f.Path, err)
			continue
		}
		x := tensor.New(m.Preprocess.Size, m.Preprocess.Size, 3)
		m.Preprocess.Apply(x, p)
		out = append(out, x)
	}
	for sum, path := range now {
		used[sum] = path
	}
	return out, nil
}

// agreement is how much of what a network answers another one answers, too.
type agreement struct {
	same   int     // photos with the same best name
	photos int     // all of them
	score  float64 // mean distance of the best name's score
}

// compare prints the size and the agreement of each way of storing a network, and of m.
func compare(con *console.Console, exact, m *model.Model, inputs rounding.Photos) error {
	want, err := scores(exact, inputs)
	if err != nil {
		return err
	}
	fmt.Fprintf(con.Out, "%-16s %12s %12s %16s %s\n", "weights", "bytes", "a weight", "same best name", "its score differs by")
	for _, row := range []struct {
		name  string
		model *model.Model
	}{{"f32", exact}, {"f16", storedAs(exact, pack.F16, false)}, {"int8", storedAs(exact, pack.I8, false)}, {"int8, coded", storedAs(exact, pack.I8, true)}, {"this pack", m}} {
		size, err := row.model.WriteTo(io.Discard)
		if err != nil {
			return err
		}
		have, err := scores(row.model, inputs)
		if err != nil {
			return err
		}
		a := agree(want, have)
		fmt.Fprintf(con.Out, "%-16s %12s %12.3f %7d of %5d %.4f\n", row.name, console.Grouped(size), float64(size)/float64(parametersOf(exact)), a.same, a.photos, a.score)
	}
	return nil
}

// storedAs is a network with its weights of another type.
func storedAs(m *model.Model, d pack.DType, coded bool) *model.Model {
	g := *m.Graph
	g.Params = maps.Clone(g.Params)
	n := models.Network{Graph: &g}
	n.Quantise(d)
	out := *m
	out.Graph, out.Coded = n.Graph, coded
	return &out
}

// parametersOf counts all parameters.
func parametersOf(m *model.Model) (n int) {
	for _, t := range m.Graph.Params {
		n += t.Len()
	}
	return n
}

// scores runs a network on inputs, and returns the probabilities.
func scores(m *model.Model, inputs rounding.Photos) ([][]float64, error) {
	outputs, err := rounding.Outputs(m, inputs)
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(outputs))
	for i, o := range outputs {
		out[i] = make([]float64, len(o))
		model.Softmax(out[i], o)
	}
	return out, nil
}

func agree(want, have [][]float64) (a agreement) {
	a.photos = len(want)
	for i := range want {
		best := slices.Index(want[i], slices.Max(want[i]))
		if cmp.Compare(have[i][best], slices.Max(have[i])) == 0 {
			a.same++
		}
		a.score += math.Abs(want[i][best]-have[i][best]) / float64(len(want))
	}
	return a
}
