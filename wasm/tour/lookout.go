package tour

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"slices"
	"time"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/wasm/app/outside"
)

// A lookout is a network that is looked into.
type lookout struct {
	model *model.Model
	size  int
	open  *model.Classifier // of the model at that size, made with Options.Heat
	show  func(png []byte) outside.Object
	// photo is the photo that is looked at, or with the number of another that one, for an input to
	// which the shorter side is resized.
	photo  func(number, shorter int) (*photo.Photo, error)
	photos int
	wholes map[int][]float32 // feature vectors of the photo as it is, by input size; nil for none
}

// mostNames is how many results are told of a photo.
const mostNames = 10

// bestOf are the best of the last run.
func bestOf(c *model.Classifier, logits []float32) []model.Result { return c.Best(logits, mostNames) }

// drawn is a picture as elements show it: its PNG.
func (b lookout) drawn(picture image.Image) (outside.Object, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, err
	}
	return b.show(out.Bytes()), nil
}

// seenBy is the picture that a network sees, with what is painted out of it grey.
func (b lookout) seenBy(c *model.Classifier, p *photo.Photo, grid int, painted []int) (outside.Object, error) {
	size := c.Size()
	out, pix := image.NewNRGBA(image.Rect(0, 0, size, size)), c.Crop(p)
	for i := range size * size {
		copy(out.Pix[4*i:], pix[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	for _, cell := range painted {
		at := func(n int) int { return n * size / grid }
		draw.Draw(out, image.Rect(at(cell%grid), at(cell/grid), at(cell%grid+1), at(cell/grid+1)), image.NewUniform(color.Gray{127}), image.Point{}, draw.Src)
	}
	return b.drawn(out)
}

func (b lookout) alter(ask askAlter) (out altered, err error) {
	changed, err := b.model.Changed(ask.change)
	if err != nil {
		return out, err
	}
	if ask.size == 0 {
		ask.size = b.size
	}
	heats, c := !changed.Attends(), b.open
	if !ask.change.None() || c.Size() != ask.size {
		if c, err = model.NewClassifier(changed, model.Options{Size: ask.size, Heat: heats}); err != nil {
			return out, err
		}
		defer c.Close()
	}
	out.size = c.Size()
	costs, err := changed.Graph.Costs(changed.InputShape(out.size))
	if err != nil {
		return out, err
	}
	for _, cost := range costs {
		out.macs += float64(cost.MACs)
	}
	p, err := b.photo(0, c.Shorter())
	if err != nil {
		return out, err
	}
	x := c.Input(p)
	var whole []float32
	if ask.vector && changed.Graph.Feature != "" {
		if whole = b.wholes[out.size]; whole == nil || !ask.change.None() {
			c.RunTensor(x)
			v, err := c.Layer(changed.Graph.Feature)
			if err != nil {
				return out, err
			}
			whole = slices.Clone(v.Data[:v.Len()])
			if b.wholes != nil && ask.change.None() {
				b.wholes[out.size] = whole
			}
		}
	}
	model.Paint(x, ask.grid, ask.painted)
	start := time.Now()
	logits := c.RunTensor(x)
	out.milliseconds = float64(time.Since(start)) / float64(time.Millisecond)
	out.results, out.class = bestOf(c, logits), ask.class
	if out.class < 0 && len(out.results) > 0 {
		out.class = out.results[0].Index
	}
	if whole != nil {
		v, err := c.Layer(changed.Graph.Feature)
		if err != nil {
			return out, err
		}
		now := v.Data[:v.Len()]
		out.features, out.likeness = len(now), cosine(whole, now)
		if out.vector, err = b.drawn(tiles(now, slices.Max(whole))); err != nil {
			return out, err
		}
	}
	if m, err := c.HeatMap(out.class); heats && err == nil { // not every network has one
		out.rows, out.columns = m.H, m.W
		out.evidence = floats(m.Data[:m.Len()])
	}
	if ask.picture {
		out.picture, err = b.seenBy(c, p, ask.grid, ask.painted)
	}
	return out, err
}

func floats(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

func cosine(a, b []float32) float64 {
	ab, aa, bb := 0.0, 0.0, 0.0
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// tiles draws numbers as pixels, from black for 0 to white, about twice as many across as down.
func tiles(x []float32, white float32) *image.Gray {
	across := max(1, int(math.Ceil(math.Sqrt(2*float64(len(x))))))
	out := image.NewGray(image.Rect(0, 0, across, (len(x)+across-1)/across))
	for i, v := range x {
		if white > 0 {
			out.Pix[i] = uint8(255*min(max(v/white, 0), 1) + 0.5)
		}
	}
	return out
}

// cut switches each skip connection off in turn.
func (b lookout) cut() (out cuts, err error) {
	p, err := b.photo(0, b.open.Shorter())
	if err != nil {
		return out, err
	}
	run := func(cut ...string) ([]model.Result, []float32, error) {
		changed, err := b.model.Changed(model.Change{Cut: cut})
		if err != nil {
			return nil, nil, err
		}
		c, err := model.NewClassifier(changed, model.Options{Size: b.size})
		if err != nil {
			return nil, nil, err
		}
		defer c.Close()
		logits := c.Run(p)
		return bestOf(c, logits), logits, nil
	}
	all, _, err := run()
	if err != nil || len(all) == 0 {
		return out, err
	}
	for _, s := range b.model.Graph.Shortcuts() {
		now, logits, err := run(s.Add)
		if err != nil {
			return out, err
		}
		scores := make([]float64, len(logits))
		model.Softmax(scores, logits)
		out.skips = append(out.skips, skip{layer: s.Add, plain: s.Plain, best: now[0], kept: scores[all[0].Index]})
	}
	return out, nil
}

// excite tells what a squeeze-and-excitation makes of a photo.
func (b lookout) excite(ask askExcite) (out excited, err error) {
	out.layers = b.model.Graph.Excitations()
	if len(out.layers) == 0 {
		return out, fmt.Errorf("%s has no squeeze-and-excitation", b.model.Name)
	}
	if out.layer = ask.layer; !slices.Contains(out.layers, out.layer) {
		out.layer = out.layers[len(out.layers)-1]
	}
	c, err := model.NewClassifier(b.model, model.Options{Size: b.size, Keep: []string{out.layer}})
	if err != nil {
		return out, err
	}
	defer c.Close()
	p, err := b.photo(0, c.Shorter())
	if err != nil {
		return out, err
	}
	var fault error
	scales := func() []float64 {
		v, err := c.Layer(out.layer)
		if err != nil {
			fault = err
			return nil
		}
		return floats(v.Data[:v.Len()])
	}
	c.Run(p)
	out.scales = scales()
	if b.photos > 1 {
		out.usual = make([]float64, len(out.scales))
	}
	for number := 1; number < b.photos; number++ {
		other, err := b.photo(number, c.Shorter())
		if err != nil {
			return out, err
		}
		c.Run(other)
		for i, v := range scales() {
			out.usual[i] += v / float64(b.photos-1)
		}
	}
	out.patches = make([][]float64, len(out.scales))
	c.Occlusions(p, ask.grid, func(int) {
		for i, v := range scales() {
			out.patches[i] = append(out.patches[i], out.scales[i]-v)
		}
	})
	return out, fault
}

// attend tells what the heads of a block look at from a patch.
func (b lookout) attend(ask askAttend) (out attended, err error) {
	blocks := b.model.Blocks()
	if len(blocks) == 0 {
		return out, fmt.Errorf("%s has no self-attention", b.model.Name)
	}
	out.blocks, out.block = len(blocks), ask.block
	if out.block < 0 || out.block >= len(blocks) {
		out.block = len(blocks) - 1
	}
	c, err := model.NewClassifier(b.model, model.Options{Size: b.size, Attention: true})
	if err != nil {
		return out, err
	}
	defer c.Close()
	p, err := b.photo(0, c.Shorter())
	if err != nil {
		return out, err
	}
	c.Run(p)
	lie, ok := c.Patches()
	a, err := c.Layer(blocks[out.block].Attention)
	if err != nil {
		return out, err
	}
	count := lie.Rows * lie.Columns
	if !ok || a.W != lie.Prefix+count || ask.patch < 0 || ask.patch >= count {
		return out, fmt.Errorf("%s has no patch %d to look from", b.model.Name, ask.patch)
	}
	out.rows, out.columns = lie.Rows, lie.Columns
	for h := range a.H {
		row := floats(a.Data[(h*a.W+lie.Prefix+ask.patch)*a.C:][:a.C])
		look := gaze{patches: row[lie.Prefix:]}
		for _, w := range row[:lie.Prefix] {
			look.rest += w
		}
		out.heads = append(out.heads, look)
	}
	if !ask.names {
		return out, nil
	}
	for _, block := range blocks {
		early, err := b.model.Changed(model.Change{Until: block.Output})
		if err != nil {
			return out, err
		}
		c, err := model.NewClassifier(early, model.Options{Size: b.size})
		if err != nil {
			return out, err
		}
		names := bestOf(c, c.Run(p))
		c.Close()
		if len(names) > 0 {
			out.names = append(out.names, names[0])
		}
	}
	return out, nil
}

// trace tells what part of a photo each convolution and pooling sees from a place.
func (b lookout) trace(ask askTrace) (out traced, err error) {
	in := b.model.InputShape(b.size)
	fields, err := b.model.Graph.Fields(in)
	if err != nil {
		return out, err
	}
	costs, err := b.model.Graph.Costs(in)
	if err != nil {
		return out, err
	}
	for _, cost := range costs {
		n, shape := cost.Node, cost.Out
		f, known := fields[n.Name]
		if !known || n.Kernel[0] == 0 {
			continue
		}
		row, column := nearest(f[0], ask.down*float64(in.H), shape.H), nearest(f[1], ask.right*float64(in.W), shape.W)
		top, bottom := f[0].At(row, in.H)
		left, right := f[1].At(column, in.W)
		h, w := float64(in.H), float64(in.W)
		out.layers = append(out.layers, sight{
			layer: n.Name, kernel: n.Kernel[0], rows: shape.H, columns: shape.W, channels: shape.C, pixels: f[0].Size, weights: cost.Params,
			top: float64(top) / h, bottom: float64(bottom) / h, left: float64(left) / w, right: float64(right) / w,
		})
	}
	return out, nil
}

// nearest is the position of a layer whose field has its middle nearest to a pixel.
func nearest(f graph.Field, pixel float64, positions int) int {
	at := (pixel - float64(f.Start) - float64(f.Size)/2) / float64(f.Step)
	return min(max(int(math.Round(at)), 0), positions-1)
}

// filter shows the filters of the first layer, and what one of them makes of a photo.
func (b lookout) filter(ask askFilter) (out filtered, err error) {
	n := &b.model.Graph.Nodes[0]
	w := b.model.Graph.Params[n.Weight]
	if n.Op != graph.Conv || w == nil || len(w.Dims) != 4 || w.Dims[3] != 3 || w.Dims[1] != w.Dims[2] {
		return out, fmt.Errorf("%s does not begin with filters of a photo's colours", b.model.Name)
	}
	out.filters, out.side, out.across = w.Dims[0], w.Dims[1], 8
	if ask.filter < 0 || ask.filter >= out.filters {
		return out, fmt.Errorf("%s has no filter %d", b.model.Name, ask.filter)
	}
	values := make([]float32, w.Len())
	w.Floats(values)
	if out.sheet, err = b.drawn(filters(values, out.filters, out.side, out.across)); err != nil {
		return out, err
	}
	c, err := model.NewClassifier(b.model, model.Options{Size: b.size, Keep: []string{n.Name}})
	if err != nil {
		return out, err
	}
	defer c.Close()
	p, err := b.photo(0, c.Shorter())
	if err != nil {
		return out, err
	}
	c.Run(p)
	v, err := c.Layer(n.Name)
	if err != nil {
		return out, err
	}
	out.rows, out.columns = v.H, v.W
	plane := make([]float32, v.H*v.W)
	below := 0
	for i := range plane {
		plane[i] = v.Data[i*v.C+ask.filter]
		if plane[i] < 0 {
			below++
		}
	}
	out.below = float64(below) / float64(len(plane))
	out.least, out.most = float64(slices.Min(plane)), float64(slices.Max(plane))
	out.answers, err = b.drawn(diverging(tensor.Tensor{Shape: tensor.Shape{H: v.H, W: v.W, C: 1}, Data: plane}, !ask.linear))
	return out, err
}

// filters draws filters side by side, with a rim of a pixel around each: grey where a weight is 0,
// each as strong as its own largest weight allows.
func filters(values []float32, count, side, across int) *image.NRGBA {
	cell := side + 1
	out := image.NewNRGBA(image.Rect(0, 0, across*cell+1, (count+across-1)/across*cell+1))
	for k := range count {
		one := values[k*side*side*3:][:side*side*3]
		most := max(slices.Max(one), -slices.Min(one), 1e-12)
		for i := range side * side {
			at := out.PixOffset(k%across*cell+1+i%side, k/across*cell+1+i/side)
			for c := range 3 {
				out.Pix[at+c] = uint8(127.5 + 127.5*one[3*i+c]/most)
			}
			out.Pix[at+3] = 255
		}
	}
	return out
}

// diverging draws a map: what is above 0 from black to white, and what is below 0 from black to
// blue, or black where it is cut off.
func diverging(m tensor.Tensor, cut bool) *image.NRGBA {
	most := max(slices.Max(m.Data), -slices.Min(m.Data), 1e-12)
	out := image.NewNRGBA(image.Rect(0, 0, m.W, m.H))
	for i, v := range m.Data[:m.Len()] {
		level := uint8(255*min(max(v, -v)/most, 1) + 0.5)
		pixel := out.Pix[4*i : 4*i+4]
		pixel[3] = 255
		switch {
		case v > 0:
			pixel[0], pixel[1], pixel[2] = level, level, level
		case !cut:
			pixel[1], pixel[2] = level/2, level
		}
	}
	return out
}

// answer answers what a stop asks.
func (b lookout) answer(ask any) (any, error) {
	switch ask := ask.(type) {
	case askAlter:
		return b.alter(ask)
	case askCut:
		return b.cut()
	case askExcite:
		return b.excite(ask)
	case askAttend:
		return b.attend(ask)
	case askTrace:
		return b.trace(ask)
	case askFilter:
		return b.filter(ask)
	}
	return nil, fmt.Errorf("%T is no question", ask)
}
