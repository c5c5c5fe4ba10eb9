//go:build !js

package tour

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
)

// shown stands in for the browser: PNGs by the name of what shows them.
var shown = map[outside.Object][]byte{}

func show(png []byte) outside.Object {
	o := &protocol.Handle{Name: fmt.Sprint("picture ", len(shown))}
	shown[o] = png
	return o
}

func koala(t *testing.T) *photo.Photo {
	t.Helper()
	file, err := os.ReadFile("../../tools/reference/photos/koala.jpg")
	if err != nil {
		t.Fatal(err)
	}
	p, err := photo.Decode(file, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func lookInto(t *testing.T, pack string) (lookout, *photo.Photo) {
	t.Helper()
	path := "../../weights/" + pack + ".pack"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Read(path, data)
	if err != nil {
		t.Fatal(err)
	}
	c, err := model.NewClassifier(m, model.Options{Heat: !m.Attends()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p := koala(t)
	return lookout{model: m, size: m.Preprocess.Size, open: c, show: show, photo: func(int, int) (*photo.Photo, error) { return p, nil }, photos: 1}, p
}

func best(t *testing.T, b lookout, change model.Change) altered {
	t.Helper()
	out, err := b.alter(askAlter{change: change, class: -1})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAlter: nothing made otherwise is what the classifier answers; what is painted out is what the
// classifier answers to a photo whose cells are so.
func TestAlter(t *testing.T) {
	b, p := lookInto(t, "efficientnet-lite0")
	c, err := model.NewClassifier(b.model, model.Options{Heat: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, painted := range [][]int{nil, {0, 24, 25, 48}} {
		out, err := b.alter(askAlter{class: -1, grid: 7, painted: painted, picture: true, vector: true})
		if err != nil {
			t.Fatal(err)
		}
		x := c.Input(p)
		for _, cell := range painted {
			for y := cell / 7 * 32; y < cell/7*32+32; y++ {
				for x1 := cell % 7 * 32; x1 < cell%7*32+32; x1++ {
					clear(x.Data[3*(224*y+x1) : 3*(224*y+x1)+3])
				}
			}
		}
		for i, r := range c.Best(c.RunTensor(x), 10) {
			if out.results[i] != r {
				t.Errorf("%v painted out: %+v, want %+v", painted, out.results[i], r)
			}
		}
		m, err := c.HeatMap(out.results[0].Index)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(out.evidence, floats(m.Data[:49])) || out.rows != 7 || out.columns != 7 || out.macs != 385187552 || out.size != 224 {
			t.Errorf("%v painted out: %+v", painted, out)
		}
		if same := out.likeness > 1-1e-9; same != (painted == nil) || out.features != 1280 {
			t.Errorf("%v painted out: %d features, likeness %v", painted, out.features, out.likeness)
		}
		for _, one := range []outside.Object{out.picture, out.vector} {
			if _, err := png.Decode(bytes.NewReader(shown[one])); err != nil {
				t.Error(err)
			}
		}
	}
	if out := best(t, lookout{model: b.model, size: 96, open: b.open, photo: b.photo}, model.Change{}); out.size != 96 || out.rows != 3 || out.macs >= 385187552/4 {
		t.Errorf("at 96: %+v", out)
	}
}

// TestCut: each skip connection is told of as it answers by itself, and cutting what there is none
// of is refused.
func TestCut(t *testing.T) {
	b, _ := lookInto(t, "resnet20-cifar10")
	out, err := b.cut()
	if err != nil || len(out.skips) != 9 {
		t.Fatalf("%d skip connections, %v", len(out.skips), err)
	}
	all := best(t, b, model.Change{}).results
	for i, s := range out.skips {
		now := best(t, b, model.Change{Cut: []string{s.layer}}).results
		kept := slices.IndexFunc(now, func(r model.Result) bool { return r.Label == all[0].Label })
		if now[0] != s.best || now[kept].Score != s.kept || s.plain == (i == 3 || i == 6) || s.kept == all[0].Score {
			t.Errorf("%+v, but by itself %+v", s, now)
		}
	}
	if _, err := b.alter(askAlter{change: model.Change{Cut: []string{"fc"}}}); err == nil || !strings.Contains(err.Error(), `"fc"`) {
		t.Errorf("cutting a layer that adds nothing: %v", err)
	}
}

// TestExcite: the scales are those of the classifier, and holding one down is as dividing it.
func TestExcite(t *testing.T) {
	b, p := lookInto(t, "se-resnet20-cifar10")
	b.photos = 3
	out, err := b.excite(askExcite{grid: 4})
	if err != nil || len(out.layers) != 9 || out.layer != out.layers[8] {
		t.Fatalf("%+v, %v", out, err)
	}
	c, err := model.NewClassifier(b.model, b.model.Inside())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Run(p)
	all, err := c.Excitations()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(out.scales, floats(all[8].Scales)) {
		t.Error("the scales are others than the classifier's")
	}
	for i, v := range out.usual {
		if math.Abs(v-out.scales[i]) > 1e-6 || len(out.patches[i]) != 16 {
			t.Fatalf("channel %d is usually %v, here %v; %d patches", i, v, out.scales[i], len(out.patches[i]))
		}
	}
	x := c.Input(p)
	model.Paint(x, 4, []int{5})
	c.RunTensor(x)
	if all, err = c.Excitations(); err != nil || math.Abs(out.scales[3]-float64(all[8].Scales[3])-out.patches[3][5]) > 1e-6 {
		t.Errorf("patch 5 lowers channel 3 by %v, %v", out.patches[3][5], err)
	}
	none := model.Change{}
	for channel := range out.scales {
		none.Scales = append(none.Scales, model.Scale{Layer: out.layer, Channel: channel})
	}
	// With nothing let through, the block's branch adds nothing.
	silent, before := best(t, b, none), best(t, b, model.Change{})
	if silent.results[0] == before.results[0] {
		t.Error("channels that are held at 0 change nothing")
	}
}

// TestAttend: what a head looks at adds up to all, and after the last block stands the answer.
func TestAttend(t *testing.T) {
	b, p := lookInto(t, "vit-cifar10")
	out, err := b.attend(askAttend{block: 2, patch: 19, names: true})
	if err != nil || out.blocks != 6 || out.block != 2 || len(out.heads) != 3 || out.rows != 8 || out.columns != 8 {
		t.Fatalf("%+v, %v", out, err)
	}
	for h, gaze := range out.heads {
		sum := gaze.rest
		for _, w := range gaze.patches {
			sum += w
		}
		if math.Abs(sum-1) > 1e-5 || len(gaze.patches) != 64 {
			t.Errorf("head %d looks %v in all, at %d patches", h, sum, len(gaze.patches))
		}
	}
	c, err := model.NewClassifier(b.model, b.model.Inside())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answer := c.Best(c.Run(p), 1)[0]
	if last := out.names[5]; last.Label != answer.Label || last.Score != answer.Score {
		t.Errorf("after the last block %+v, the answer %+v", last, answer)
	}
	// The name after a block, by the layers behind the last computed by plain loops.
	for i, block := range b.model.Blocks() {
		x, err := c.Layer(block.Output)
		if err != nil {
			t.Fatal(err)
		}
		x = tensor.Tensor{Shape: tensor.Shape{H: 1, W: 1, C: x.C}, Data: x.Data[:x.C]} // the class token
		nodes := b.model.Graph.Nodes[len(b.model.Graph.Nodes)-2:]
		mean, variance := 0.0, 0.0
		for _, v := range x.Data {
			mean += float64(v) / float64(x.C)
		}
		for _, v := range x.Data {
			variance += (float64(v) - mean) * (float64(v) - mean) / float64(x.C)
		}
		weight, bias := b.model.Graph.Floats(nodes[0].Weight, x.C, 1), b.model.Graph.Floats(nodes[0].Bias, x.C, 0)
		normed := tensor.New(1, 1, x.C)
		for k, v := range x.Data {
			normed.Data[k] = float32((float64(v)-mean)/math.Sqrt(variance+nodes[0].Eps))*weight[k] + bias[k]
		}
		if x, err = b.model.Graph.Forward(&nodes[1], normed); err != nil {
			t.Fatal(err)
		}
		if want := c.Best(x.Data, 1)[0]; want.Label != out.names[i].Label || math.Abs(want.Score-out.names[i].Score) > 1e-4 {
			t.Errorf("after block %d %+v, want %+v", i, out.names[i], want)
		}
	}
}

// TestTrace: what lies outside of what a position sees changes nothing in it, and what lies inside
// does.
func TestTrace(t *testing.T) {
	b, p := lookInto(t, "vgg-cifar10")
	out, err := b.trace(askTrace{down: 0.3, right: 0.6})
	if err != nil || len(out.layers) < 8 {
		t.Fatalf("%d layers, %v", len(out.layers), err)
	}
	fields, err := b.model.Graph.Fields(b.model.InputShape(0))
	if err != nil {
		t.Fatal(err)
	}
	c, err := model.NewClassifier(b.model, b.model.Inside())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, s := range out.layers {
		f := fields[s.layer]
		row, column := nearest(f[0], 0.3*32, s.rows), nearest(f[1], 0.6*32, s.columns)
		at := func(x tensor.Tensor) []float32 {
			c.RunTensor(x)
			v, err := c.Layer(s.layer)
			if err != nil {
				t.Fatal(err)
			}
			return slices.Clone(v.Data[(row*v.W+column)*v.C:][:v.C])
		}
		whole := at(c.Input(p))
		for _, inside := range []bool{false, true} {
			x := c.Input(p)
			for y := range 32 {
				for x1 := range 32 {
					in := y >= int(32*s.top) && y < int(32*s.bottom) && x1 >= int(32*s.left) && x1 < int(32*s.right)
					if in == inside {
						x.Data[3*(32*y+x1)] += 3
					}
				}
			}
			most := 0.0 // Winograd's tiles round what lies beside into it
			for k, v := range at(x) {
				most = max(most, math.Abs(float64(v-whole[k])))
			}
			if same := most < 1e-4; same == inside {
				t.Errorf("%s: changing what it sees: %v; nothing of it changes: %v", s.layer, inside, same)
			}
		}
		if i > 0 && s.pixels < out.layers[i-1].pixels {
			t.Errorf("%s sees %d pixels, less than the layer before", s.layer, s.pixels)
		}
	}
}

// TestFilter draws the filters, and what one makes of a photo, with and without ReLU.
func TestFilter(t *testing.T) {
	b, _ := lookInto(t, "alexnet-conv")
	for _, linear := range []bool{false, true} {
		out, err := b.filter(askFilter{filter: 7, linear: linear})
		if err != nil || out.filters != 64 || out.side != 11 || out.below <= 0 || out.below >= 1 || out.least >= 0 || out.most <= 0 {
			t.Fatalf("%+v, %v", out, err)
		}
		if picture, err := png.Decode(bytes.NewReader(shown[out.sheet])); err != nil || picture.Bounds().Dx() != 8*12+1 {
			t.Errorf("the filters: %v", err)
		}
		picture, err := png.Decode(bytes.NewReader(shown[out.answers]))
		if err != nil || picture.Bounds().Dx() != out.columns || picture.Bounds().Dy() != out.rows {
			t.Fatalf("the map: %v", err)
		}
		black := 0
		for i := range out.rows * out.columns {
			if r, g, blue, _ := picture.At(i%out.columns, i/out.columns).RGBA(); r+g+blue == 0 {
				black++
			}
		}
		if share := float64(black) / float64(out.rows*out.columns); !linear && share < out.below || linear && share > out.below {
			t.Errorf("linear %v: %v of the map is black, and %v below 0", linear, share, out.below)
		}
	}
}

// TestDropout: each lot answers otherwise, the same lot the same, and none is as before.
func TestDropout(t *testing.T) {
	b, _ := lookInto(t, "alexnet-cifar10")
	none, one := best(t, b, model.Change{}), best(t, b, model.Change{Dropout: 1})
	if again := best(t, b, model.Change{Dropout: 1}); !slices.Equal(again.results, one.results) {
		t.Error("a lot drawn twice answers otherwise")
	}
	if other := best(t, b, model.Change{Dropout: 2}); slices.Equal(other.results, one.results) || slices.Equal(none.results, one.results) {
		t.Error("lots answer alike")
	}
	if linear := best(t, b, model.Change{Linear: true}); slices.Equal(linear.results, none.results) {
		t.Error("without activations it answers as with them")
	}
}
